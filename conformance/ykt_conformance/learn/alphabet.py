"""The alphabets that are learnt: few steps each, so that the machine behind them stays small.

A letter is a step of an exploration (`explore.steps`), so a word is a list of steps that
``ykt conform explore card --replay`` plays. Amounts are chosen so that money has few states:
one fen of much, or all there is and all that fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from ykt_conformance.drive.limits import TEAR
from ykt_conformance.explore.steps import NAMES
from ykt_conformance.model.world import BASIC, ECASH, MIFARE, PPSE
from ykt_sim.codes import LNT, TUNION
from ykt_sim.errors import UsageError

Letters = tuple[str, ...]
_BALANCE: Final = "send 805C000204"
_LOG: Final = "send 00B201C400"
_INFO: Final = "send 00B0950000"
_INDUSTRY: Final = "send 00B201D400"
_ABSENT: Final = "select F000000000010105"
_BEGIN: Final = "init purchase 0"
_COMMIT: Final = "commit 1 500"
_WRONG: Final = "commit 1 mac=zero"
_PROVE: Final = "prove last last"
_PROVE_LOAD: Final = "prove 02 last"
_NEW_PIN: Final[Mapping[str, str]] = {TUNION: "393837363534", LNT: "654321"}
#: A byte of a file that is written under the line MAC, by application.
_LINE: Final[Mapping[str, str]] = {TUNION: "line 16 5 01", BASIC: "line 15 36 01"}
_READ_LINE: Final[Mapping[str, str]] = {TUNION: "send 00B0960000", BASIC: _INFO}
#: What INITIALIZE begins, by the entry of the form that claims it.
_INIT: Final[Mapping[str, str]] = {
    "simple": "init purchase", "composite": "init composite", "load": "init load",
    "unload": "init unload", "overdraft": "init overdraft",
}  # fmt: skip


class Subject(msgspec.Struct, frozen=True):
    """What one machine is about.

    Attributes:
        name: e.g. ``tunion-purse``.
        letters: the alphabet.
        before: steps that every word begins with: the card's keys are told by what they read.
        lasts: the letters are only for a card of which there is a fresh one each time.
    """

    name: str
    letters: Letters
    before: Letters
    lasts: bool = False


def every(form: Mapping[str, Any], can: frozenset[str], *, gentle: bool) -> tuple[Subject, ...]:
    """What there is to learn of a card.

    Args:
        form: the ICS as nested mappings.
        can: capabilities of the target.
        gentle: nothing that a power-on does not undo.
    """
    found = [*_applications(form, gentle=gentle)]
    for purse in (TUNION, LNT):
        if form[purse]["claimed"]:
            found += _of_purse(form, purse, can, gentle=gentle)
    if form[LNT]["claimed"] and not gentle:
        found.append(_line(BASIC))
    return tuple(found)


def wanted(found: Iterable[Subject], only: Iterable[str], *, gentle: bool) -> tuple[Subject, ...]:
    """Those that are learnt.

    Args:
        found: all that there are.
        only: names of subjects, whole or behind the application's; none: all.
        gentle: nothing that a power-on does not undo.

    Raises:
        UsageError: no subject of that name.
    """
    known = [one for one in found if not (gentle and one.lasts)]
    names = tuple(only)
    for name in names:
        if not any(_named(one, name) for one in known):
            raise UsageError(
                f"no subject {name!r}; expected one of {', '.join(one.name for one in known)}"
            )
    return tuple(one for one in known if not names or any(_named(one, n) for n in names))


def _named(subject: Subject, name: str) -> bool:
    return name in (subject.name, subject.name.partition("-")[2])


def _names(form: Mapping[str, Any]) -> tuple[str, ...]:
    there = {PPSE: form[PPSE]["claimed"], TUNION: form[TUNION]["claimed"],
             ECASH: form[ECASH]["claimed"], BASIC: form[LNT]["claimed"],
             LNT: form[LNT]["claimed"],
             MIFARE: form[LNT]["claimed"] and form[LNT]["mf1x"] != "absent"}  # fmt: skip
    return tuple(name for name in NAMES if there.get(name))


def _before(purse: str) -> Letters:
    """The numbers that a purse's keys come from are read, and a purchase is begun and left.

    So there is always a commit to send.
    """
    if purse == TUNION:
        return ("select tunion", _INFO, _BEGIN)
    return ("select lnt-basic", _INFO, "select lnt", _BEGIN)


def _applications(form: Mapping[str, Any], *, gentle: bool) -> Sequence[Subject]:
    names = _names(form)
    purses = [name for name in names if name in (TUNION, LNT)]
    letters: Letters = ("reset", *(f"select {name}" for name in names), _ABSENT)
    if LNT in names and form[LNT]["fid_select"]:
        letters += ("select DDF1", "select ADF3")
    letters += (_INFO, _BALANCE, _BEGIN)
    if not gentle:
        letters += ("commit 1",)
    before = tuple(step for purse in purses for step in _before(purse))
    return (Subject("card-applications", letters, (*before, "reset")),)


def _of_purse(
    form: Mapping[str, Any], purse: str, can: frozenset[str], *, gentle: bool
) -> Iterable[Subject]:
    claimed = form[purse]
    begin: Letters = ("reset", f"select {purse}")
    before = (*_before(purse), "reset")
    pin: Letters = ("verify",) if claimed["pin"] else ()
    amount = 0 if gentle else 1
    inits = tuple(f"{text} {amount}" for word, text in _INIT.items() if claimed[word])
    composite = purse == TUNION and claimed["composite"]
    cache: Letters = ("cache 1A 01 1",) if composite and claimed["ef1a"] else ()
    ends: Letters = () if gentle else (_COMMIT, _WRONG)
    proof: Letters = (_PROVE, _PROVE_LOAD) if claimed["proof"] else ()
    purse_letters = (*begin, *pin, *inits, *cache, *ends, *proof, _BALANCE, _LOG)
    yield Subject(f"{purse}-purse", purse_letters, before)
    yield Subject(
        f"{purse}-money",
        (*begin, *pin, "init purchase all", "init purchase all+1", "init load room",
         "init load room+1", "commit 1", _BALANCE),
        (*_before(purse), _BALANCE, "reset"), lasts=True,
    )  # fmt: skip
    if claimed["pin"]:
        yield from _pins(purse, begin, before)
    if purse == TUNION:
        yield _files(begin, before)
        yield Subject(
            f"{purse}-authentication",
            (*begin, "challenge 4", "challenge 8", "auth", "auth mac=flip0", "record 1 01 1",
             _BALANCE), (*before[:-1], _INDUSTRY, "reset"), lasts=True,
        )  # fmt: skip
        yield _line(purse)
    others = ("select lnt",) if purse == TUNION and form[LNT]["claimed"] else ()
    yield Subject(
        f"{purse}-blocking",
        (*begin, *others, "challenge 4", "block 0", "block 1", "unblock", "unblock mac=zero",
         "cardblock", _BALANCE, _BEGIN), before, lasts=True,
    )  # fmt: skip
    tears: Letters = ("tear:1 commit 1", "tear:2 commit 1") if TEAR in can else ()
    yield Subject(
        f"{purse}-tears",
        (*begin, *inits[:2], *cache, "commit 1", "pull commit 1", *tears, *proof[:1], _BALANCE),
        before, lasts=True,
    )  # fmt: skip


def _pins(purse: str, begin: Letters, before: Letters) -> Iterable[Subject]:
    new = _NEW_PIN[purse]
    show: Letters = (*begin, "verify", "verify mac=flip0")
    for name, letters in (
        ("pin", (f"change {new}", f"change {new} mac=flip0", "init load 1")),
        ("reload", (f"reload {new}", f"reload {new} mac=zero")),
        ("unlock", ("challenge 4", f"unlock {new}", f"unlock {new} mac=zero")),
    ):
        yield Subject(f"{purse}-{name}", (*show, *letters), before, lasts=True)


def _files(begin: Letters, before: Letters) -> Subject:
    """The current file, and what is read of it without a name."""
    return Subject(
        "tunion-files",
        (*begin, _INFO, "send 00B0960000", "send 00B0000000", _LOG, "send 00B2010400",
         "send 00B201D000", "send 00B2010000", "send 00B201F400"),
        before,
    )  # fmt: skip


def _line(name: str) -> Subject:
    """A file under the line MAC."""
    line = _LINE[name]
    return Subject(
        f"{name}-line",
        ("reset", f"select {name}", "challenge 4", "challenge 8", line, f"{line} mac=zero",
         f"{line} cla=00", _READ_LINE[name]),
        (*_before(name), "reset"), lasts=True,
    )  # fmt: skip
