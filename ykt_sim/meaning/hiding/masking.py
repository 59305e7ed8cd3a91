"""Hides card numbers in whatever is shown: their first six and last four digits stay.

This is the one rule of masking, for the screen, for pages and for results. A number that a trace
holds (`hiding.identities`) is found in any text: as digits, in groups or as separate bytes, in hex
at any nibble, as ASCII in hex, and as the parts of it that diversify keys or are printed. A hidden
digit is a ``*``, so nothing changes its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from ykt_sim.meaning.hiding.identities import (
    FACTOR_DIGITS,
    LNT_PREFIX,
    PAN_DIGITS,
    is_blank,
    learn_event,
)
from ykt_sim.meaning.hiding.words import Words
from ykt_sim.meaning.spans import Span
from ykt_sim.meaning.understand import Understood
from ykt_sim.wire.decision import mask
from ykt_sim.wire.fields import FieldKind

#: A number with fewer digits of its own, filling aside, is no card's: it is found anywhere.
_TELLING: Final = 5
#: The same for a part of a number, which is looked for by fewer digits.
_TELLING_PART: Final = 6
#: Personal bytes with fewer hex digits are chance in other places.
_LONG: Final = 16
#: Texts that are remembered with what became of them, and the marks that one may have for it.
_REMEMBERED: Final = 1 << 14
_SHORT: Final = 600
#: What may stand between two digits of a number: blanks, marks of lists and groups, ``0x``.
_MARK: Final = r"[\s,:;.|/_()'\"-]"
_BETWEEN: Final = rf"(?:{_MARK}{{1,4}}(?:0[xX])?)?"
_DIGIT: Final = re.compile(r"(?<![0-9A-Za-z])0[xX](?=[0-9])|([0-9])")


class _Runs:
    """Finds runs of digits, in groups or not, in which a number of some size has room."""

    def __init__(self, least: int) -> None:
        self.least = least
        more = max(0, least - 1)
        self._enough = re.compile(rf"(?:[^0-9]*+[0-9]){{{least}}}")
        self._solid = re.compile(rf"[0-9]{{{least},}}")
        # Only the first digit of some can begin a run, and no other mark is in one.
        begins = rf"(?<![0-9])(?=[0-9](?:[0-9xX]|{_MARK}){{{more}}})"
        self._grouped = re.compile(rf"{begins}[0-9](?:{_BETWEEN}[0-9]){{{more},}}")

    def replaced(self, text: str, change: Callable[[re.Match[str]], str]) -> str:
        """The text with every run changed."""
        if not self._enough.match(text):  # as it is with most lines, and quickly seen
            return text
        return (self._solid if text.isalnum() else self._grouped).sub(change, text)


class Masker:
    """What has to be hidden, learnt event by event; a `hiding.identities.Learner`."""

    def __init__(self, *, numbers: bool = True) -> None:
        """Begin with nothing learnt.

        Args:
            numbers: hide card numbers; False where they were asked for.
        """
        self._numbers = numbers
        self._digits: dict[str, str] = {}
        self._words = Words()
        self._sizes: tuple[int, ...] = ()
        self._runs = _Runs(0)
        self._heads: set[str] = set()
        self._known: dict[str, str] = {}

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
        """Hide a Lingnan Tong number, and what of it is printed on the card."""
        hidden = mask(number)
        self._hide(number, hidden)
        if len(number) == FACTOR_DIGITS and number.startswith(LNT_PREFIX):
            at = len(LNT_PREFIX)
            self._hide(number[at:], hidden[at:], _TELLING_PART)

    def learn_factor(self, digits: str) -> None:
        """Hide the end of a card number as it is hidden in the whole one."""
        if len(digits) == FACTOR_DIGITS:
            self._hide(digits, mask(digits.rjust(PAN_DIGITS, "0"))[-FACTOR_DIGITS:])

    def learn_part(self, digits: str) -> None:
        """Hide a part of a number altogether."""
        self._hide(digits, "*" * len(digits), _TELLING_PART)

    def learn_person(self, raw: bytes) -> None:
        """Hide a name or document number, as bytes and as text."""
        digits = raw.hex().upper()
        if len(digits) < _LONG or len(set(digits)) < 3:
            return
        self.learn_word(digits, "*" * len(digits))
        shown = raw.rstrip(b"\x00\xff ").decode("gb18030", "ignore")
        if len(shown) > 1:
            self.learn_word(shown, "*" * len(shown))

    def learn_terminal(self, number: str) -> None:
        """A terminal's number is shown."""

    def learn(self, digits: str) -> None:
        """Other numbers are shown."""

    def allow(self, code: str) -> None:
        """The number of an institution is shown."""

    def learn_word(self, word: str, hidden: str) -> None:
        """Put something else in the place of a word, which is found in either case."""
        if self._words.learn(word, hidden):
            self._known.clear()

    def _hide(self, number: str, hidden: str, telling: int = _TELLING) -> None:
        if not self._numbers:
            return
        if not number.isdecimal():
            if len(number.strip("F").strip("0")) >= telling:
                self.learn_word(number, hidden)
            return
        if is_blank(number) or len(number.strip("0")) < telling or number in self._digits:
            return
        self._look_for(number, hidden)
        wide = "".join(("**" if new == "*" else f"3{new}") for new in hidden)
        self._look_for(number.encode("ascii").hex(), wide)

    def _look_for(self, digits: str, hidden: str) -> None:
        self._digits[digits] = hidden
        self._known.clear()
        if len(digits) not in self._sizes:
            self._sizes = tuple(sorted({*self._sizes, len(digits)}, reverse=True))
        least = self._sizes[-1]
        if least != self._runs.least:
            self._runs = _Runs(least)
            self._heads = {number[:least] for number in self._digits}
        self._heads.add(digits[:least])

    # -- hiding ----------------------------------------------------------------------

    def text(self, text: str) -> str:
        """The text without what was learnt; with as many digits as before."""
        if len(text) > _SHORT:
            return self._hidden(text)
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[text] = self._hidden(text)
        return found

    def _hidden(self, text: str) -> str:
        if self._digits:
            text = self._runs.replaced(text, self._run)
        return self._words.replaced(text)

    def hex(self, data: bytes, spans: Iterable[Span] = ()) -> str:
        """Bytes in hex, two characters each; personal fields among the spans are hidden."""
        digits = self.text(data.hex().upper())
        for span in spans:
            if span.kind is FieldKind.PERSONAL and any(data[span.offset :][: span.size]):
                start, end = 2 * span.offset, 2 * (span.offset + span.size)
                digits = digits[:start] + "*" * (end - start) + digits[end:]
        return digits

    def _run(self, found: re.Match[str]) -> str:
        """A run of digits, perhaps in groups, with every number in it hidden."""
        run = found[0]
        places: Sequence[int]
        if run.isdigit():
            digits, places = run, range(len(run))
        else:
            places = [one.start(1) for one in _DIGIT.finditer(run) if one[1]]
            digits = "".join([run[at] for at in places])
        least, heads = self._runs.least, self._heads
        starts = [at for at in range(len(digits) - least + 1) if digits[at : at + least] in heads]
        if not starts:
            return run
        out = list(run)
        for at in starts:
            for size in self._sizes:
                hidden = self._digits.get(digits[at : at + size], "")
                for place, mark in enumerate(hidden, at):
                    if mark == "*":
                        out[places[place]] = mark
        return "".join(out)


class Unmasked(Masker):
    """Hides nothing: everything was asked for."""

    def take(self, item: Understood) -> None:
        """Nothing is learnt."""
