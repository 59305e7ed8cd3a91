"""Times in front of the bytes of a line: read, and taken out of the text.

A time of day with or without a date, milliseconds behind a point, a comma or a colon, a
zone, AM and PM; seconds since 1970; seconds since the start with a fraction. A number whose
unit nobody tells is no time.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_DATE: Final = (
    r"(?:(?P<y>\d{4})[-/.年](?P<mo>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"|(?P<d2>\d{1,2})[-/.](?P<mo2>\d{1,2})[-/.](?P<y2>\d{4})"
    r"|(?P<mo3>\d{2})[-/](?P<d3>\d{2}))"
)
_STAMP: Final = re.compile(
    rf"(?<![0-9A-Za-z:.])(?:{_DATE}[T_ ,]{{1,3}})?"
    r"(?P<h>[01]?\d|2[0-3])[:时](?P<mi>[0-5]\d)[:分](?P<s>[0-5]\d|60)秒?"
    r"(?:[.,](?P<f>\d{1,9})|:(?P<ms>\d{3}))?(?!:?[0-9A-Fa-f]{2}(?![0-9A-Fa-f]))(?![0-9A-Fa-f])"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))?"
    r"(?:\s?(?P<zone>Z|[+-]\d{2}:?\d{2})(?![0-9A-Za-z]))?"
)
_DAY_ONLY: Final = re.compile(r"(?<![0-9A-Za-z-])\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![0-9A-Za-z-])")
_EPOCH: Final = re.compile(
    r"\s{0,8}[\[(]?(1[0-9]{9})(?:[.,]([0-9]{1,9})|([0-9]{3}))?(?![0-9A-Fa-f])"
)
_SINCE: Final = re.compile(
    r"\s{0,8}[\[(]\s{0,12}\+?([0-9]{1,8})\.([0-9]{3}|[0-9]{6})(?:\s?s)?[\])]"
)
_TOOK: Final = re.compile(
    r"(?<![\w.])([0-9]{1,7}(?:\.[0-9]{1,6})?)\s?(ms|us|µs|毫秒|ns|s|秒)(?![A-Za-z])"
)
#: A time stands in the first characters of a line, or not at all.
_FRONT: Final = 120
_DAY: Final = 86_400_000_000


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


class Stamped:
    """Seconds since the first time of a log, and the same text without its time.

    Times of one log are of one kind; a time of day that jumps back by more than half a day
    is of the next day. A time before the one before it is not believed.

    Args:
        unpadded: fractions of one to three digits are whole milliseconds (``.7`` is 7 ms).
    """

    def __init__(self, *, unpadded: bool = False) -> None:
        self._unpadded = unpadded
        self._first: int | None = None
        self._last = 0
        self._day = 0

    @property
    def known(self) -> bool:
        """A time has been seen."""
        return self._first is not None

    def take(self, text: str) -> tuple[float | None, str]:
        """The time of a line, and the line with blanks where times were."""
        micros, text = self._find(text)
        for took in reversed(list(_TOOK.finditer(text))):
            text = _blank(text, took.start(), took.end())
        if micros is None:
            return None, text
        if self._first is None:
            self._first = micros
        self._last = max(self._last, micros)
        return max(0, micros - self._first) / 1_000_000, text

    def _find(self, text: str) -> tuple[int | None, str]:
        found = _STAMP.search(text[:_FRONT])
        if found is not None:
            micros = self._of_day(found)
            text = _blank(text, found.start(), found.end())
            for more in reversed(list(_DAY_ONLY.finditer(text))):
                text = _blank(text, more.start(), more.end())
            return micros, text
        found = _EPOCH.match(text)
        if found is not None:
            fraction = found[2] or found[3] or ""
            micros = int(found[1]) * 1_000_000 + int(fraction[:6].ljust(6, "0") or 0)
            return micros, _blank(text, found.start(1), found.end())
        found = _SINCE.match(text)
        if found is not None:
            micros = int(found[1]) * 1_000_000 + int(found[2][:6].ljust(6, "0"))
            return micros, _blank(text, 0, found.end())
        return None, text

    def _of_day(self, found: re.Match[str]) -> int:
        hour = int(found["h"])
        if found["half"]:
            hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
        micros = ((hour * 60 + int(found["mi"])) * 60 + int(found["s"])) * 1_000_000
        micros += self._fraction(found["f"], found["ms"])
        zone = found["zone"]
        if zone and zone != "Z":
            digits = zone[1:].replace(":", "")
            shift = (int(digits[:2]) * 60 + int(digits[2:])) * 60_000_000
            micros -= shift if zone[0] == "+" else -shift
        day = _ordinal(found)
        if day is not None:
            self._day = day * _DAY
            return self._day + micros
        if micros + self._day < self._last - _DAY // 2:
            self._day += _DAY
        return self._day + micros

    def _fraction(self, fraction: str | None, colon: str | None) -> int:
        if colon is not None:
            return int(colon) * 1000
        if fraction is None:
            return 0
        if self._unpadded and len(fraction) < 4:
            return int(fraction) * 1000
        return int(fraction[:6].ljust(6, "0"))


def _ordinal(found: re.Match[str]) -> int | None:
    """The day as a number; without a year, one of a year that has 29 February."""
    year = int(found["y"] or found["y2"] or 2000)
    month = int(found["mo"] or found["mo2"] or found["mo3"] or 0)
    day = int(found["d"] or found["d2"] or found["d3"] or 0)
    if not month:
        return None
    if found["mo2"] and month > 12:
        month, day = day, month
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return None


def unpadded_fractions(texts: list[str]) -> bool:
    """The fractions of a log have one, two and three digits: milliseconds without zeros."""
    sizes = {
        len(found["f"]) for text in texts if (found := _STAMP.search(text[:_FRONT])) and found["f"]
    }
    return 3 in sizes and bool(sizes & {1, 2}) and max(sizes) == 3


def took(text: str) -> float | None:
    """Milliseconds that a line says something took, as ``(24ms)`` at its end."""
    found = re.search(r"[(\[]\s?([0-9]{1,7}(?:\.[0-9]{1,6})?)\s?(ms|us|µs|毫秒)\s?[)\]]", text)
    if found is None:
        return None
    value = float(found[1])
    return round(value / 1000 if found[2] in {"us", "µs"} else value, 6)
