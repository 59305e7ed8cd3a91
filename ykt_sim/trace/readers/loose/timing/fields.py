"""Times and durations that stand under a name: in a column, an attribute, a ``key=value``.

What a name says of its values is told by `units`; whether it says so rightly by the values.
A name that says too little (``ms``, ``elapsed``) is of a duration where exchanges stand whole
in a line and the numbers go up and down, of a time where they rise over lines of one side.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from ykt_sim.trace.readers.loose.timing import units
from ykt_sim.trace.readers.loose.tokens import pieces

_FIELD: Final = re.compile(
    rf"(?<![\w.@])(?P<name>(?:(?:{units.OF_WORK})\s)?[A-Za-z_][A-Za-z_.]{{0,30}}(?:\s(?:{units.TAKEN}))?"
    r"|耗时|用时|时间|响应时间)"
    r"(?:(?P<sep>=)|\s?(?:[:=]|(?<=[时间]))\s{0,2})"
    rf"(?:\"(?P<quoted>[^\"]{{1,40}})\"|'(?P<single>[^']{{1,40}})'"
    rf"|(?P<value>{units.NUMBER}\s?(?:{units.UNIT})?)(?![\w.:/-]))"
)
_CLOCK: Final = re.compile(r"\d:[0-5]\d")
_MOST: Final = 0.8
_FEW: Final = 3
#: Microseconds that no exchange with a card is shorter than.
_LEAST: Final = 2000


class Counted(NamedTuple):
    """What the values of a name count: microseconds of one where they name no unit."""

    name: str
    size: Fraction | None
    comma: bool | None

    def micros(self, text: str) -> Fraction | None:
        """Microseconds of a value; None when it is none."""
        read = units.with_unit(text)
        if read is None:
            return None
        value, size = units.value_of(read[0], comma=self.comma), read[1] or self.size
        return None if value is None or size is None else value * size


class Read(NamedTuple):
    """Of one line: microseconds, or a text that has the time in it; a duration in ms."""

    micros: int | None = None
    text: str = ""
    took: float | None = None


class Clocks:
    """The named times of a log.

    Args:
        lines: the fields of its first lines.
        whole: command and answer stand in one line.
        timed: the log has times of another kind.
        says: what names hold (``time``, ``took``, ``end``), where the user says it.

    Attributes:
        names: of the fields that hold times and durations.
        why: what is not understood of them, and nothing when all is.
    """

    def __init__(
        self,
        lines: Sequence[Mapping[str, str]],
        *,
        whole: bool,
        timed: bool = False,
        says: Mapping[str, str] | None = None,
    ) -> None:
        self._timed = timed
        self._time: Counted | None = None
        self._end: Counted | None = None
        self._took: Counted | None = None
        self.names: frozenset[str] = frozenset()
        self.why = ""
        values: dict[str, list[str]] = defaultdict(list)
        for fields in lines:
            for name, value in fields.items():
                if value.strip():
                    values[name].append(value.strip())
        meanings = {
            name: says.get(name.lower(), "") if says else units.name_says(name) for name in values
        }
        clocks = [name for name, shown in values.items() if all(map(_CLOCK.search, shown))]
        if clocks and not says and not {"time", "end"} & set(meanings.values()):
            meanings[clocks[0]] = "time"  # created_at, 发生于: what stands there is one
        # Names that say it all come first: they tell what the others are.
        for meaning in units.TIME_NAMES:
            for name in (one for one in values if meanings[one] == meaning):
                self._add(name, meaning, values[name], whole=whole)

    def _add(self, name: str, meaning: str, values: list[str], *, whole: bool) -> None:
        clock = sum(_CLOCK.search(value) is not None for value in values) * 2 > len(values)
        read = [parts for value in values if (parts := units.with_unit(value)) is not None]
        if not clock and len(read) < _MOST * len(values):
            return
        self.names |= {name}
        if meaning == "work":
            meaning = "end" if clock else "took"
        size, comma = None, units.decimal_comma([text for text, _ in read])
        if not clock:
            meaning, size = self._of_numbers(name, meaning, read, comma=comma, whole=whole)
        elif meaning not in {"time", "end"}:
            return
        counted = Counted(name, size, comma)
        if meaning == "time":
            self._time = self._time or counted
        elif meaning == "end":
            self._end = self._end or counted
        elif meaning == "took":
            self._took = self._took or counted

    def _of_numbers(  # noqa: PLR0911 - a list of what may not be told
        self,
        name: str,
        meaning: str,
        read: list[tuple[str, Fraction | None]],
        *,
        comma: bool | None,
        whole: bool,
    ) -> tuple[str, Fraction | None]:
        """What numbers under a name are, and microseconds of one that names no unit.

        Times rise, by more than an exchange takes.
        """
        digits = [text for text, _ in read]
        numbers = [one for text in digits if (one := units.value_of(text, comma=comma)) is not None]
        if len(numbers) < len(read):
            return self._wonder(f"{name!r}: nobody tells what the comma in {digits[0]!r} is"), None
        rising = units.rises(numbers)
        if meaning == "unit":
            first = rising and not self._timed and self._time is None
            if first and whole:
                return self._wonder(f"{name!r} is a time or a duration, nobody tells"), None
            meaning = "time" if first else "took"
        size = units.unit_in(name)
        known = size or read[0][1]
        if known is None and meaning != "took":
            known = size = units.told_by_size(numbers, digits)
        if known is None:
            return self._wonder(f"{name!r}: nobody tells the unit of {digits[0][:20]!r}"), None
        if meaning != "time" or len(numbers) < _FEW:
            return meaning, size
        if not rising:
            return "took" if whole else self._wonder(f"{name!r}: times go up and down"), size
        step = (numbers[-1] - numbers[0]) * known / (len(numbers) - 1)
        if whole and step < _LEAST:
            return self._wonder(f"{name!r} is a time or a duration, nobody tells"), None
        return meaning, size

    def _wonder(self, why: str) -> str:
        self.why = self.why or why
        return ""

    def read(self, fields: Mapping[str, str]) -> Read:
        """The time and the duration in the fields of a line."""
        micros, text, took = None, "", None
        if self._time is not None and (value := fields.get(self._time.name, "").strip()):
            exact = self._time.micros(value)
            micros, text = (None, value) if exact is None else (int(exact), "")
        if self._took is not None and (value := fields.get(self._took.name, "").strip()):
            spent = self._took.micros(value)
            took = None if spent is None else round(float(spent / 1000), 6)
        return Read(micros, text, took)

    def end(self, fields: Mapping[str, str]) -> Read:
        """The time of the answer, where it has one of its own."""
        if self._end is None or not (value := fields.get(self._end.name, "").strip()):
            return Read()
        exact = self._end.micros(value)
        return Read(None, value) if exact is None else Read(int(exact))


def fields_of(text: str) -> dict[str, tuple[str, int, int]]:
    """Named values of a line whose names speak of time: value, and where the field stands."""
    found: dict[str, tuple[str, int, int]] = {}
    for one in _FIELD.finditer(text[:400]):
        name = one["name"]
        if len(name) == 1 and not one["sep"]:
            continue  # the T of who transmits
        if units.name_says(name):
            value = one["quoted"] or one["single"] or one["value"]
            found.setdefault(name, (value, one.start(), one.end()))
    return found


def attributes(texts: Sequence[str], *, timed: bool) -> Clocks:
    """The named times in the lines of a log.

    Args:
        texts: its first lines.
        timed: the log has times of another kind, so that a named one is none.
    """
    lines = []
    sides = 0
    for text in texts:
        values = {name: value for name, (value, _, _) in fields_of(text).items()}
        if timed:
            values = {name: one for name, one in values.items() if units.name_says(name) != "time"}
        if values:
            lines.append(values)
            sides += any(len(piece.data) > 1 for piece in pieces(text))
    return Clocks(lines, whole=sides * 2 < len(lines), timed=timed)
