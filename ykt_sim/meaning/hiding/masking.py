"""Hides card numbers in whatever is shown: their first six and last four digits stay.

A number that a trace holds (`hiding.identities`) is found in any text: as digits, in groups, in hex
at any nibble, as ASCII in hex, and as the part of it that diversifies keys. A hidden digit is a
``*``, so nothing changes its place.
"""

from __future__ import annotations

import re
from typing import Final

from ykt_sim.meaning.hiding.identities import FACTOR_DIGITS, PAN_DIGITS, is_blank, learn_event
from ykt_sim.meaning.understand import Understood
from ykt_sim.wire.decision import mask

#: A number or part with fewer digits of its own, filling aside, is no card's: it is found anywhere.
_TELLING: Final = 5
#: Personal bytes with fewer hex digits are chance in other places.
_LONG: Final = 16


class Masker:
    """What has to be hidden, learnt event by event; a `hiding.identities.Learner`."""

    def __init__(self) -> None:
        self._digits: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._sizes: tuple[int, ...] = ()
        self._runs: re.Pattern[str] | None = None
        self._pattern: re.Pattern[str] | None = None

    def take(self, item: Understood) -> None:
        """Learn the numbers of one event."""
        learn_event(self, item)

    # -- learning --------------------------------------------------------------------

    def learn_pan(self, number: str) -> None:
        """Hide a card number, and what of it diversifies keys."""
        hidden = mask(number)
        self._hide(number, hidden)
        if len(number) == PAN_DIGITS:
            self._hide(number[-FACTOR_DIGITS:], hidden[-FACTOR_DIGITS:])

    def learn_lnt(self, number: str) -> None:
        """Hide a Lingnan Tong number."""
        self._hide(number, mask(number))

    def learn_factor(self, digits: str) -> None:
        """Hide the end of a card number as it is hidden in the whole one."""
        if len(digits) == FACTOR_DIGITS:
            self._hide(digits, mask(digits.rjust(PAN_DIGITS, "0"))[-FACTOR_DIGITS:])

    def learn_part(self, digits: str) -> None:
        """Hide a part of a number altogether."""
        self._hide(digits, "*" * len(digits))

    def learn_person(self, raw: bytes) -> None:
        """Hide a name or document number, as bytes and as text."""
        digits = raw.hex().upper()
        if len(digits) < _LONG or len(set(digits)) < 3:
            return
        self._word(digits, "*" * len(digits))
        shown = raw.rstrip(b"\x00\xff ").decode("gb18030", "ignore")
        if len(shown) > 1:
            self._word(shown, "*" * len(shown))

    def learn_terminal(self, number: str) -> None:
        """A terminal's number is shown."""

    def learn(self, digits: str) -> None:
        """Other numbers are shown."""

    def allow(self, code: str) -> None:
        """The number of an institution is shown."""

    def _hide(self, number: str, hidden: str) -> None:
        if not number.isdecimal():
            if len(number.strip("F").strip("0")) >= _TELLING:
                self._word(number, hidden)
            return
        if is_blank(number) or len(number.strip("0")) < _TELLING or number in self._digits:
            return
        self._digits[number] = hidden
        wide = "".join(("**" if new == "*" else f"3{new}") for new in hidden)
        self._digits[number.encode("ascii").hex()] = wide
        self._sizes = tuple(sorted({len(one) for one in self._digits}, reverse=True))
        least = self._sizes[-1] - 1
        self._runs = re.compile(rf"[0-9](?:[ -]?[0-9]){{{least},}}")

    def _word(self, word: str, hidden: str) -> None:
        self._words[word.upper()] = hidden
        self._pattern = None

    # -- hiding ----------------------------------------------------------------------

    def text(self, text: str) -> str:
        """The text without what was learnt; as long as before."""
        if self._runs is not None:
            text = self._runs.sub(self._run, text)
        if self._words:
            if self._pattern is None:
                words = sorted(self._words, key=lambda word: (-len(word), word))
                self._pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
            text = self._pattern.sub(lambda found: self._words[found[0].upper()], text)
        return text

    def _run(self, found: re.Match[str]) -> str:
        """A run of digits, perhaps in groups, with every number in it hidden."""
        run = found[0]
        grouped = " " in run or "-" in run
        digits = re.sub("[ -]", "", run) if grouped else run
        out = list(digits)
        for at in range(len(digits)):
            for size in self._sizes:
                hidden = self._digits.get(digits[at : at + size], "")
                for place, mark in enumerate(hidden, at):
                    if mark == "*":
                        out[place] = mark
        if not grouped:
            return "".join(out)
        marks = iter(out)
        return "".join(mark if mark in " -" else next(marks) for mark in run)


class Unmasked(Masker):
    """Hides nothing: the numbers were asked for."""

    def take(self, item: Understood) -> None:
        """Nothing is learnt."""
