"""Times of a log as seconds since its first time stamp."""

from __future__ import annotations

import re
from typing import Final

_DAY: Final = 86_400_000_000
_OF_DAY: Final = re.compile(
    r"(?<![0-9:.])([01]?[0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:[.,]([0-9]{1,9})(?![0-9]))?"
)


class LogClock:
    """Seconds since the first time stamp, never negative.

    All sums are in whole microseconds, so that long logs lose nothing.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._last = 0
        self._day = 0

    def at(self, microseconds: int) -> float:
        """Seconds of a time stamp in microseconds since any fixed moment."""
        if self._first is None:
            self._first = microseconds
        return max(0, microseconds - self._first) / 1_000_000

    def of_day(self, microseconds: int) -> float:
        """Seconds of a time of day; a jump back by more than half a day is a new day."""
        if microseconds < self._last - _DAY // 2:
            self._day += _DAY
        self._last = microseconds
        return self.at(self._day + microseconds)

    def find(self, text: str) -> float | None:
        """Seconds of the first ``HH:MM:SS.mmm`` in a text; None where there is none."""
        found = _OF_DAY.search(text)
        return None if found is None else self.of_day(time_of_day(*found.groups()))


def time_of_day(hours: str, minutes: str, seconds: str, fraction: str | None) -> int:
    """Microseconds since midnight."""
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))


def duration(text: str) -> float | None:
    """Milliseconds of ``61ms``, ``0.16ms`` or ``8s378ms``; None for anything else."""
    found = DURATION.fullmatch(text)
    if found is None:
        return None
    return round(int(found[1] or 0) * 1000 + float(found[2]), 3)


#: A time as apdu4j writes it.
DURATION: Final = re.compile(r"(?:([0-9]{1,6})s)?([0-9]{1,6}(?:\.[0-9]{1,6})?)ms")
