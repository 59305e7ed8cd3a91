"""Try mistakes, one and two at a time, until one gives the code that was received."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import msgspec

from ykt_sim.errors import CryptoError
from ykt_sim.meaning.explain.inputs import Inputs, make, session_of
from ykt_sim.meaning.explain.keybox import KeyBox
from ykt_sim.meaning.explain.mistakes import PAIRS, Alternative, Mistake, mistakes_for


class Try(NamedTuple):
    """One or two mistakes and the code that they give."""

    mistakes: tuple[Mistake, ...]
    code: bytes


@dataclass(frozen=True)
class Explanation:
    """What is known of one wrong code.

    Attributes:
        inputs: what the right code is made of.
        received: the code in the trace.
        expected: the right one; None where its key is not known.
        session: the session key, None where there is none.
        kcv, master_kcv: check values of the key and of its master, empty where not known.
        published: the key is one of the published test keys, so that the values may be told.
        fits: mistakes that give the received code, each alone or two together; which of them
            it was cannot be told from this code.
        tried: how many gave another code than the right one.
        inert: how many gave the right code, so that they could not be tried.
        pairs: two at a time were tried too.
    """

    inputs: Inputs
    received: bytes
    expected: bytes | None = field(default=None, repr=False)
    session: bytes | None = field(default=None, repr=False)
    kcv: bytes = b""
    master_kcv: bytes = b""
    published: bool = False
    fits: tuple[tuple[Mistake, ...], ...] = ()
    tried: int = 0
    inert: int = 0
    pairs: bool = False


class Search:
    """All tries for one code.

    Args:
        inputs: what the right code is made of.
        box: keys.
        around: other values that the trace knows of.

    Attributes:
        inert: how many tries gave the right code so far.
    """

    def __init__(self, inputs: Inputs, box: KeyBox, around: Sequence[Alternative] = ()) -> None:
        path = inputs.path
        levels = box.levels(path.standard, path.factors)
        structs = msgspec.structs
        self.inputs = structs.replace(inputs, path=structs.replace(path, factors=levels))
        self.inert = 0
        self._box = box
        self._right = self._code(self.inputs)
        self._single: list[tuple[Mistake, Inputs]] = []
        self._mistakes = tuple(
            mistakes_for(
                self.inputs,
                around,
                factors=box.factors,
                others=box.others(self.inputs.path),
                told=path.factors if path.factors != levels else (),
            )
        )

    @property
    def right(self) -> bytes | None:
        """The right code, None where its key is not known."""
        return self._right

    @property
    def published(self) -> bool:
        """The key is one of the published test keys."""
        return self._box.published(self.inputs.path)

    def check_values(self) -> tuple[bytes, bytes]:
        """Check values of the key and of its master, as `KeyBox.check_values`."""
        return self._box.check_values(self.inputs.path)

    def session(self) -> bytes | None:
        """The session key that the right code is made with."""
        key = self._box.key(self.inputs.path)
        return session_of(self.inputs, key) if key and self.inputs.in_session else None

    def single(self) -> Iterator[Try]:
        """Mistakes one at a time; those that change nothing are counted and left out."""
        self._single.clear()
        self.inert = 0
        for mistake in self._mistakes:
            made = mistake.change(self.inputs)
            code = None if made is None else self._code(made)
            if made is None or code is None:
                continue
            if code == self._right:
                self.inert += 1
                continue
            self._single.append((mistake, made))
            yield Try((mistake,), code)

    def double(self) -> Iterator[Try]:
        """Two of different groups together, of those that did something in `single`."""
        single = self._single
        for at, (one, made) in enumerate(single):
            for two, _ in single[at + 1 :]:
                if (one.group, two.group) not in PAIRS:
                    continue
                both = two.change(made)
                code = None if both is None else self._code(both)
                if code is None:
                    continue
                if code == self._right:
                    self.inert += 1
                    continue
                yield Try((one, two), code)

    def _code(self, inputs: Inputs) -> bytes | None:
        key = self._box.key(inputs.path)
        if key is None and inputs.fixed is None:
            return None
        try:
            return make(inputs, key or b"")
        except CryptoError:
            return None


def explain(search: Search, received: bytes, *, pairs: bool = True) -> Explanation:
    """Find what makes the received code out of the inputs.

    Two mistakes together are tried only when none alone gives the code.

    Args:
        search: all tries for the code.
        received: the wrong code.
        pairs: try two at a time as well.
    """
    found = Explanation(search.inputs, received)
    if search.right is None:
        return found
    tried = 0
    fits: list[tuple[Mistake, ...]] = []
    for tries in (search.single, search.double) if pairs else (search.single,):
        for one in tries():
            tried += 1
            if one.code == received:
                fits.append(one.mistakes)
        if fits:
            break
    kcv, master_kcv = search.check_values()
    return replace(
        found,
        kcv=kcv,
        master_kcv=master_kcv,
        expected=search.right,
        session=search.session(),
        published=search.published,
        fits=tuple(fits),
        tried=tried,
        inert=search.inert,
        pairs=pairs and (not fits or len(fits[0]) > 1),
    )
