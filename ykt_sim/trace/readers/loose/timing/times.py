"""Times in front of the bytes of a line: read, and taken out of the text.

A time of day with or without a date, milliseconds behind a point, a comma or a colon, a
zone, AM and PM; seconds since 1970; the same without signs (``[240301 081500.041]``); a
number that runs (`running`); what stands under a name (`fields`). A number whose unit nobody
tells is no time.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Final

from ykt_sim.trace.readers.loose.timing.fields import Clocks, Read, attributes, fields_of
from ykt_sim.trace.readers.loose.timing.running import Running, is_bytes_only, running_of
from ykt_sim.trace.readers.loose.timing.units import NUMBER, UNIT, UNITS, value_of
from ykt_sim.trace.readers.loose.tokens import pieces

_DATE: Final = (
    r"(?:(?P<y>\d{4})[-/.年](?P<mo>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"|(?P<d2>\d{1,2})[-/.](?P<mo2>\d{1,2})[-/.](?P<y2>\d{4})"
    r"|(?P<y4>20\d\d|\d\d)(?P<mo4>0[1-9]|1[0-2])(?P<d4>[0-3]\d)"
    r"|(?P<mo3>\d{2})[-/](?P<d3>\d{2}))"
)
_STAMP: Final = re.compile(
    rf"(?<![0-9A-Za-z:.])(?:{_DATE}[T_ ,]{{1,3}})?"
    r"(?P<h>[01]?\d|2[0-3])[:时](?P<mi>[0-5]\d)[:分](?P<s>[0-5]\d|60)秒?"
    r"(?:[.,](?P<f>\d{3},\d{3}(?=\])|\d{1,9})|:(?P<ms>\d{3}))?(?!:?[0-9A-Fa-f]{2}(?![0-9A-Fa-f]))(?![0-9A-Fa-f])"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))?"
    r"(?:\s?(?P<zone>Z|[+-]\d{2}:?\d{2})(?![0-9A-Za-z]))?"
)
_COMPACT: Final = re.compile(
    r"\s{0,8}[\[(<]?(?:(?P<y>20\d\d|\d\d)(?P<mo>0[1-9]|1[0-2])(?P<d>[0-3]\d)[ T_-]?)"
    r"(?P<h>[01]\d|2[0-3])(?P<mi>[0-5]\d)(?P<s>[0-5]\d)(?:[.,:]?(?P<f>\d{6}|\d{3}))?"
    r"(?:Z|[+-]\d{4})?(?:\s?[\])>:|;,]|(?=\s))"
)
#: A comma behind the seconds that cuts fields: what follows is no fraction.
_COMMA: Final = re.compile(r":[0-5]\d:[0-5]\d,\s?(?=[0-9A-Fa-f]{2}(?![0-9]))(?!\d\d)")
_DAY_ONLY: Final = re.compile(r"(?<![0-9A-Za-z-])\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![0-9A-Za-z-])")
_EPOCH: Final = re.compile(
    r"\s{0,8}[\[(]?(1[0-9]{9})(?:[.,]([0-9]{1,9})|([0-9]{3}))?(?![0-9A-Fa-f])"
)
_SINCE: Final = re.compile(
    r"\s{0,8}[\[(]\s{0,12}\+?([0-9]{1,8})\.([0-9]{3}|[0-9]{6})(?:\s?s)?[\])]"
)
_TOOK: Final = re.compile(rf"(?<![\w.,])({NUMBER})(?:\s?{UNIT}|\s{{1,8}}{UNIT}(?=\s?[)\]]))")
_SPENT: Final = re.compile(
    rf"(?:[(\[]\s?(?:(?:in|after|took|elapsed|time|耗时|用时)[\s:=]{{0,2}})?(?P<a>{NUMBER})\s?"
    rf"(?P<ua>{UNIT})\s?[)\]]|(?:\b(?:took|in|after|elapsed|duration|rtt|time|cost|used|spent)\b|耗时|用时)"
    rf"[\s:=]{{0,3}}(?P<b>{NUMBER})\s?(?P<ub>{UNIT}))",
    re.IGNORECASE,
)
_WAITS: Final = re.compile(
    r"(?:time-?out|wait|delay|sleep|every|interval|limit|within|超时|等待)\W{0,3}(?:\w{1,8}\s)?\Z",
    re.IGNORECASE,
)
#: So many times with signs, and no other between them, are the only ones of a log.
_SIGNED: Final = 3
#: A time stands in the first characters of a line, or not at all.
_FRONT: Final = 120
_LONG: Final = 4096
#: Signs of a stamp, and what may stand behind one that ends its line.
_STAMP_SIZE: Final = 40
_LINE_END: Final = re.compile(r"[\s\"'\])},;|]{0,12}\Z")
_SOME: Final = 0.25
_MOST: Final = 0.8
_DAY: Final = 86_400_000_000


def _stamp_of(text: str) -> re.Match[str] | None:
    """The stamp that begins in the front of a line, or the one that a long line ends in."""
    found = _STAMP.search(text, 0, _FRONT + _STAMP_SIZE)
    if found is not None and found.start() < _FRONT:
        return found
    for found in _STAMP.finditer(text, max(_FRONT, len(text) - 2 * _STAMP_SIZE)):
        if _LINE_END.match(text, found.end()):
            return found
    return None


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


class Stamped:
    """Seconds since the first time of a log, and the same text without its time.

    Times of one log are of one kind; a time of day that jumps back by more than half a day
    is of the next day. A time before the one before it is not believed.

    Args:
        unpadded: fractions of one to three digits are whole milliseconds (``.7`` is 7 ms).
        running: the number that is the time, in a log whose times are of that kind.
        named: the times that stand under a name.
        commas: a comma behind the seconds cuts fields, no fraction follows.
        compact: dates and times are written without signs.
        column: where times stand in lines; that of the head of the log stands behind words.
    """

    def __init__(
        self,
        *,
        unpadded: bool = False,
        running: Running | None = None,
        named: Clocks | None = None,
        commas: bool = False,
        compact: bool = False,
        column: int | None = None,
    ) -> None:
        self._unpadded = unpadded
        self._running = running
        self._named = named
        self._commas = commas
        self._compact = compact
        self._column = column
        self._first: int | None = None
        self._last = 0
        self._day = 0
        self._steps = 0
        #: Times with signs in a row, since seconds since 1970 were seen.
        self._signed = 0

    @property
    def known(self) -> bool:
        """A time has been seen."""
        return self._first is not None

    @property
    def why(self) -> str:
        """What is not understood of the times of the log; nothing when all is, or none are."""
        running = self._running
        if running is not None and running.size is None:
            return f"line {running.first}: nobody tells the unit of {running.shown!r}"
        return self._named.why if self._named is not None else ""

    def take(self, text: str) -> tuple[float | None, float | None, str]:
        """The time of a line, the milliseconds that it says, and the line without both."""
        if (head := self._head(text)) is not None:
            return None, None, head
        named = None
        if self._named is not None and self._named.names:
            named, text = self._of_names(text)
        micros, rest = self._find(text)
        if self._running is not None:
            micros, rest = self._running.take(text)
            if self._running.steps:
                self._steps += micros or 0
                micros = self._steps
            rest = self._find(rest)[1]
        elif micros is None and named is not None:
            micros = named.micros
        took = (named.took if named is not None else None) or took_in(rest)
        rest = _TOOK.sub(lambda spent: " " * len(spent[0]), rest)
        return None if micros is None else self.since(micros), took, rest

    def raw(self, text: str) -> int | None:
        """Microseconds of the stamp of a line, whatever came before it."""
        self._last = self._day = 0
        return self._find(text)[0]

    def _head(self, text: str) -> str | None:
        """A line above the first one with a time, when it tells a time itself, without it."""
        found = _stamp_of(text)
        if self._column is None or self._first is not None or found is None:
            return None
        if found.start() <= self._column:
            return None
        for stamp in (_STAMP, _DAY_ONLY):
            text = stamp.sub(lambda one: " " * len(one[0]), text)
        return None if any(len(piece.data) > 1 for piece in pieces(text)) else text

    def since(self, micros: int) -> float:
        """Seconds since the first time of the log."""
        if self._first is None:
            self._first = micros
        self._last = max(self._last, micros)
        return max(0, micros - self._first) / 1_000_000

    def _of_names(self, text: str) -> tuple[Read, str]:
        """What the named times of a line say, and the line without those that are numbers."""
        named = self._named
        if named is None:
            return Read(), text
        there = {name: one for name, one in fields_of(text).items() if name in named.names}
        for value, start, end in there.values():
            if ":" not in value:
                text = _blank(text, start, end)
        return named.read({name: value for name, (value, _, _) in there.items()}), text

    def _find(self, text: str) -> tuple[int | None, str]:
        if self._compact and (short := _COMPACT.match(text)) is not None:
            return self._of_day(short), _blank(text, 0, short.end())
        found = _stamp_of(text)
        if (
            found is not None
            and self._commas
            and found["f"]
            and "," in found[0][-len(found["f"]) - 1 :]
        ):
            found = _STAMP.search(text[: found.start("f") - 1], found.start()) or found
        if found is not None:
            self._signed += 1
            micros = self._of_day(found)
            text = _blank(text, found.start(), found.end())
            while (again := _stamp_of(text)) is not None and (again["f"] or again["ms"]):
                text = _blank(text, again.start(), again.end())  # the same by another clock
            for more in reversed(list(_DAY_ONLY.finditer(text))):
                text = _blank(text, more.start(), more.end())
            return micros, text
        # Where lines have a time of day, ten digits in front of a line are bytes.
        found = _EPOCH.match(text) if self._signed < _SIGNED else None
        if found is not None:
            self._signed = 0
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
        if "half" in found.re.groupindex and found["half"]:
            hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
        micros = ((hour * 60 + int(found["mi"])) * 60 + int(found["s"])) * 1_000_000
        short = "half" not in found.re.groupindex
        micros += self._fraction(found["f"], None if short else found["ms"])
        zone = None if short else found["zone"]
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
        fraction = fraction.replace(",", "")
        if self._unpadded and len(fraction) < 4:
            return int(fraction) * 1000
        return int(fraction[:6].ljust(6, "0"))


def _ordinal(found: re.Match[str]) -> int | None:
    """The day as a number; without a year, one of a year that has 29 February."""
    there = found.groupdict()
    year, month, day = (
        int(next((value for style in ("", "2", "3", "4") if (value := there.get(name + style))), 0))
        for name in ("y", "mo", "d")
    )
    if not month:
        return None
    year = 2000 if not year else year + 2000 * (year < 100)
    if there.get("mo2") and month > 12:
        month, day = day, month
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return None


def unpadded_fractions(texts: list[str]) -> bool:
    """The fractions of a log have one, two and three digits: milliseconds without zeros."""
    sizes = {len(found["f"]) for text in texts if (found := _stamp_of(text)) and found["f"]}
    return 3 in sizes and bool(sizes & {1, 2}) and max(sizes) == 3


def commas_cut(texts: list[str]) -> bool:
    """A comma behind the seconds is followed by bytes in some line, so it is in all."""
    return any(_COMMA.search(text[:_FRONT]) for text in texts)


def _timed_lines(texts: list[str]) -> list[str]:
    """The lines that a time may belong to."""
    return [text for text in texts if text.strip() and not is_bytes_only(text)]


def compact_stamps(texts: list[str]) -> bool:
    """Lines begin with a date and a time without signs, all of one form, that never fall."""
    found = [one for text in texts if text.strip() and (one := _COMPACT.match(text))]
    digits = [re.sub(r"\D", "", one[0]) for one in found]
    lines = len(_timed_lines(texts))
    same = len({len(one) for one in digits}) == 1
    return len(found) > 2 and len(found) >= _SOME * lines and same and digits == sorted(digits)


def backwards(texts: list[str]) -> bool:
    """The times of a log run from the newest to the oldest."""
    plain = Stamped()
    found = [micros for text in texts if (micros := plain.raw(text)) is not None]
    falls = sum(b < a for a, b in pairwise(found))
    return falls > 2 and found == sorted(found, reverse=True)


def stamped(texts: list[str]) -> bool:
    """Most lines have a time with signs, or of seconds since 1970."""
    plain = Stamped()
    lines = _timed_lines(texts)
    return sum(plain.take(text)[0] is not None for text in lines) * 3 > len(lines) > 0


def took_in(text: str) -> float | None:
    """Milliseconds that a line says something took, as ``(24ms)`` at its end."""
    for found in _SPENT.finditer(text[-_LONG:]):
        if _WAITS.search(text[-_LONG:][: found.start()]):
            continue
        digits, unit = found["a"] or found["b"], found["ua"] or found["ub"]
        value = value_of(digits)
        if value is not None:
            return round(float(value * UNITS[unit.lower()] / 1000), 6)
    return None


def usual_column(texts: list[str]) -> int | None:
    """Where nearly all times of a log begin in their lines."""
    found = [one.start() for text in texts if (one := _stamp_of(text))]
    column, count = Counter(found).most_common(1)[0] if found else (0, 0)
    return column if count > 2 and count >= _MOST * len(found) else None


def clock_of(texts: list[str]) -> Stamped:
    """The times of a log, of the kind that its first lines show.

    Args:
        texts: of ordinary signs, without numbers of lines.
    """
    compact = compact_stamps(texts)
    timed = compact or stamped(texts)
    running = None if timed else running_of(texts)
    return Stamped(
        unpadded=unpadded_fractions(texts),
        running=running,
        named=attributes(texts, timed=timed or running is not None),
        commas=commas_cut(texts),
        compact=compact,
        column=usual_column(texts),
    )
