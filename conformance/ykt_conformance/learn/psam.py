"""The alphabets of a PSAM; its letters are steps of `explore.psam.steps`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ykt_conformance.drive.limits import TEAR
from ykt_conformance.learn.alphabet import Letters, Subject
from ykt_conformance.model.psam.state import Claims
from ykt_sim.codes import TUNION

#: A purchase of one card, and one of another: its MAC1 is judged each time.
_BEGIN: Final = "init 200 09 1 1 1"
_OTHER: Final = "init 256 06 2 2 2"
_ABSENT: Final = "select F000000000010105"
#: Tries that are used up letter by letter: of more the machine would be too large.
_COUNTED: Final = 3


def every(form: Mapping[str, Any], can: frozenset[str], *, gentle: bool) -> tuple[Subject, ...]:
    """What there is to learn of a PSAM.

    Args:
        form: its terminal's ICS as nested mappings.
        can: capabilities of the target.
        gentle: nothing that a power-on does not undo.
    """
    del gentle  # what lasts says so itself
    return tuple(_every(Claims.of(form), can))


def _every(claims: Claims, can: frozenset[str]) -> Iterator[Subject]:
    standards = tuple(dict.fromkeys(claims.applications.values())) or (TUNION,)
    enters = tuple(f"select {one}" for one in standards)
    reads = ("read 15", "read 16 0 6", "read 16 7 1", "read 17", "read 01", "challenge 4")
    unknown = "send 007F000000"
    letters = ("reset", "select mf", *enters, _ABSENT, *reads, unknown)
    yield Subject("psam-files", letters, ("reset",))
    tears: Letters = (f"tear:1 {_BEGIN}", f"tear:2 {_BEGIN}", "tear:2 check") if TEAR in can else ()
    for standard, enter in zip(standards, enters, strict=True):
        before = ("select mf", enter, _BEGIN, "reset")
        begin: Letters = ("reset", "select mf", enter, _BEGIN, "check")
        odd = ("challenge 8", "read 16 0 6", f"{_BEGIN} cut=1", "check cut=1")
        letters = (*begin, _OTHER, "check 1", *odd)
        yield Subject(f"{standard}-purchase", letters, before, lasts=True)
        letters = (*begin, f"pull {_BEGIN}", "pull check", *tears)
        yield Subject(f"{standard}-tears", letters, before, lasts=True)
        if 0 < claims.tries <= _COUNTED:
            yield Subject(f"{standard}-tries", (*begin, "check mac=zero"), before, lasts=True)
