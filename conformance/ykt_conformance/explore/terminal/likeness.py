"""Who a card of a scene is: listed, of nobody, or like somebody who is listed.

A terminal that compares a part of a number only is found by numbers that share that part: the
same end, the same beginning, one digit off in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ykt_conformance.cases.scenes import people
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT
from ykt_sim.profiles.registry import load_registry

#: Words for an issuer, and for a number of the black list or one like it.
ISSUERS: Final = ("own", "nobody", "mismatch", "beside", "front", "near", "nearown")
_ALIKE: Final = ("next", "ending", "inner")
BLACK: Final = ("yes", *_ALIKE)
#: Ten digits of a card number begin here; so many follow.
_FIRST, _SPAN = 950_000_000, 9_000_000


class Numbers:
    """Card numbers that were given away: none is given twice.

    What a terminal remembers of a card would else be held against another one.

    Args:
        begin: the first number where the terminal lives longer than a scene; None: numbers are
            drawn by the scene's own randoms.
    """

    def __init__(self, begin: int | None = None) -> None:
        self._next = begin
        self._given: set[str] = set()

    def ten(self) -> str:
        """Ten digits that no card had before; empty where the bench is to draw them."""
        if self._next is None:
            return ""
        self._next += 1
        return f"{_FIRST + self._next % _SPAN:010d}"

    def one_of(self, alike: Iterator[str]) -> str:
        """The first of these numbers that no card had before.

        Raises:
            Impossible: all are given.
        """
        for number in alike:
            if number not in self._given:
                self._given.add(number)
                return number
        raise Impossible("every number like it was given to another card")


def identity(
    bench: TerminalBench, kind: str, issuer: str, black: str, numbers: Numbers
) -> dict[str, Any]:
    """What `TerminalBench.card` is asked for, so that a card is who it is to be.

    Args:
        bench: of the terminal.
        kind: of the card.
        issuer: one of `ISSUERS`, a number in the white list, or empty.
        black: one of `BLACK`, the place of a number in the list, or empty.
        numbers: given so far.

    Raises:
        Impossible: the terminal's statement lists no such issuer or number.
    """
    found = _issuer(bench, issuer) if kind != LNT else {}
    if black:
        return found | _black(bench, kind, black, numbers)
    if kind != "blank" and (ten := numbers.ten()):
        found["number"] = ten
    return found


def _issuer(bench: TerminalBench, word: str) -> dict[str, Any]:
    if word == "front":
        who, iin = bench.pair()
        near = _changed(iin, range(1, 4))
        iin = next(one for one in near if (who, one) not in _known(bench))
    elif word in ("near", "nearown"):
        who, iin = bench.pair(own=word == "nearown")
        listed = {pair[0] for pair in _known(bench)}
        who = next(one for one in _changed(who, (7, 6, 5, 0)) if one not in listed)
    else:
        return people.issuer(bench, word)
    return {"issuer": who, "iin": iin}


def _known(bench: TerminalBench) -> set[tuple[str, str]]:
    listed = ((pair[0], pair[1]) for pair in bench.ics["white_list"]["pairs"])
    return {*load_registry().pairs(), *listed}


def _changed(digits: str, places: Iterator[int] | range | tuple[int, ...]) -> Iterator[str]:
    """The same digits with another one at one of these places, place by place."""
    for at in places:
        for step in range(1, 10):
            other = (int(digits[at]) + step) % 10
            yield f"{digits[:at]}{other}{digits[at + 1 :]}"


def _black(bench: TerminalBench, kind: str, word: str, numbers: Numbers) -> dict[str, Any]:
    """A number of the black list, or one like it."""
    size = 16 if kind == LNT else 19
    listed = [str(n) for n in bench.ics["black_list"]["numbers"] if len(str(n)) == size]
    if not listed:
        raise Impossible(f"the ICS lists no number of {size} digits in the black list")
    pairs = bench.ics["white_list"]["pairs"]
    number = listed[int(word) % len(listed) if word.isdecimal() else 0]
    if word in _ALIKE:
        iins = [pair[1] for pair in pairs] if kind != LNT else []
        alike = (one for one in _alike(number, word, iins) if one not in listed)
        number = numbers.one_of(alike)
    if kind == LNT:
        return {"number": number[-10:]}
    issuer = next((pair[0] for pair in pairs if pair[1] == number[:8]), bench.pair()[0])
    return {"pan": number, "iin": number[:8], "issuer": issuer}


def _alike(number: str, word: str, iins: list[str]) -> Iterator[str]:
    """Numbers like one that is listed: the next ones, the same end, one digit off in between.

    Args:
        number: 19 digits of a PAN, or 16 of a Lingnan Tong card.
        word: ``next``, ``ending``, ``inner``.
        iins: that are taken, for the same end behind another one.
    """
    front = 8 if len(number) == 19 else 6
    last = len(number) - 1
    if word == "next":
        yield from _changed(number, (last,))
        yield from (two for one in _changed(number, (last - 1,)) for two in _changed(one, (last,)))
    elif word == "ending":
        others = [iin for iin in iins if iin != number[:front]]
        yield from (iin + number[front:] for iin in others)
        for start in (number[:front], *others):
            yield from _changed(start + number[front:], (front,))
    else:
        yield from _changed(number, range(last - 1, front - 1, -1))
