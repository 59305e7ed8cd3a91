"""Numbers that measure time: their units, and what a name says of the numbers it stands for.

A number is never scaled by a guess. Its unit is the one behind it, the one in its name, that
of a producer whose form is known, or told by the number (seconds since 1970 have ten digits);
a fraction of three digits or more is one of seconds. Otherwise nobody tells it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final


def _words(text: str) -> list[str]:
    return text.split()


_SECOND: Final = 1_000_000
#: From line to line, on the average: longer steps are of a counter, not of a clock.
_STEP: Final = 600 * _SECOND
#: What `name_says` gives.
TIME_NAMES: Final = ("time", "end", "took", "work", "unit")
_NAMES: Final = {
    Fraction(_SECOND): "s sec secs second seconds sekunden 秒",
    Fraction(1000): "ms msec msecs milli millis millisecond milliseconds 毫秒",
    Fraction(1): "us µs μs usec usecs micro micros microsecond microseconds 微秒",
    Fraction(1, 1000): "ns nsec nsecs nano nanos nanosecond nanoseconds 纳秒",
}
#: Microseconds of a unit.
UNITS: Final = {name: size for size, names in _NAMES.items() for name in names.split()}
#: A unit behind a number.
UNIT: Final = (
    "(?:" + "|".join(sorted(UNITS, key=lambda name: (-len(name), name))) + ")(?![A-Za-z0-9_])"
)
#: A number as people write it; `value_of` reads it.
NUMBER: Final = r"[0-9]{1,19}(?:[.,][0-9]{1,9})*"
_WITH_UNIT: Final = re.compile(rf"\s*[+~]?({NUMBER})\s?({UNIT})?\s*", re.IGNORECASE)
_FORM: Final = re.compile(r"([0-9]{1,19})(?:([.,])([0-9]{1,9}))?")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.[0-9]{1,9})?")
#: Words of a name: small and capital letters of other alphabets are no Chinese ones.
_WORD: Final = re.compile(
    r"[A-Z]+(?![a-zß-ÿµμ])|[A-Z]?[a-zß-ÿµμ]+|[\u0370-\u04ff]+|[\u3040-\u9fff]+"
)
_TIMES: Final = frozenset(
    _words(
        "t time timestamp ts stamp date datetime clock epoch tick ticks uptime millis zeit"
        " zeitstempel uhrzeit heure hora когда время"
    )
)
_TOOK: Final = frozenset(
    _words(
        "duration dur took taken latency rtt dauer laufzeit antwortzeit durée duración cost spent"
        " длительность used elapsed consumed"
    )
)
#: Words that stand behind one for time: ``Time used``.
TAKEN: Final = "(?i:used|taken|spent|elapsed|consumed|cost)"
#: With a word for time: how long something took, unless the values are times of day.
_OF_WORK: Final = frozenset(
    _words(
        "response resp answer reply exec execution processing process run running round trip card"
        " transmit exchange apdu"
    )
)
#: Words that stand in front of one for time: ``Response time``.
OF_WORK: Final = "(?i:" + "|".join(sorted(_OF_WORK)) + ")"
_STARTS: Final = frozenset(_words("start begin request req send sent tx command cmd"))
_ENDS: Final = frozenset(_words("end stop finish finished done recv received rx rsp"))
_NO_TIME: Final = frozenset(["delta", "diff", "timeout", "zone", "out", "timezone"])
_TOOK_HAN: Final = re.compile("耗时|用时|时长|历时|响应时间|执行时间|处理时间|所用时间|耗費|時間差")
_TIME_HAN: Final = re.compile("时间|時間|日期|时刻|時刻")


def words_of(name: str) -> list[str]:
    """The words of a name, in small letters: ``elapsedMs`` and ``elapsed_ms`` are the same."""
    return [word.lower() for word in _WORD.findall(name)]


def unit_in(name: str) -> Fraction | None:
    """Microseconds of the unit that a name ends in: ``time_ms``, ``Dauer (ms)``, ``耗时(µs)``."""
    tail = "".join(words_of(name)[-1:])
    if tail in UNITS:
        return UNITS[tail]
    if not tail.isascii() and (size := UNITS.get(tail[-2:], UNITS.get(tail[-1:]))) is not None:
        return size  # 耗时毫秒
    found = re.search(rf"[\[(/]\s?({UNIT})\s?[\])]?\s*\Z", name, re.IGNORECASE)
    return UNITS[found[1].lower()] if found else None


def name_says(name: str) -> str:
    """What a name says of its values.

    ``time``, ``end`` (of an answer), ``took`` (a duration), ``work`` (a duration, or the time
    of an answer), ``unit`` (a unit alone, or *elapsed*: the values tell), or nothing.
    """
    words = set(words_of(name))
    if words & _NO_TIME:
        return ""
    if words & _TOOK or _TOOK_HAN.search(name):
        return "took"
    if words & _TIMES or _TIME_HAN.search(name):
        if words & _ENDS:
            return "end"
        return "work" if words & _OF_WORK and not words & _STARTS else "time"
    return "unit" if words and all(word in UNITS or word == "elapsed" for word in words) else ""


def value_of(text: str, *, comma: bool | None = None) -> Fraction | None:
    """The number that a text is.

    Args:
        text: digits, with a point or a comma.
        comma: a comma is a decimal one (True), stands between thousands (False), or nobody
            knows: a comma with three digits behind is then no number.
    """
    if _GROUPED.fullmatch(text):
        return Fraction(text.replace(",", ""))
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    if found[2] == "," and len(found[3]) == 3 and len(found[1]) < 4 and found[1] != "0":
        if comma is None:
            return None
        if not comma:
            return Fraction(found[1] + found[3])
    return Fraction(text.replace(",", "."))


def decimal_comma(texts: Sequence[str]) -> bool | None:
    """Whether commas in these numbers are decimal ones; None when they do not tell."""
    for text in texts:
        if _GROUPED.fullmatch(text):
            return False
        found = _FORM.fullmatch(text)
        if (
            found
            and found[2] == ","
            and (len(found[3]) != 3 or len(found[1]) > 3 or found[1] == "0")
        ):
            return True
    return None


def with_unit(text: str) -> tuple[str, Fraction | None] | None:
    """Digits and the unit behind them; None for a text that is no number."""
    found = _WITH_UNIT.fullmatch(text)
    if found is None:
        return None
    return found[1], UNITS[found[2].lower()] if found[2] else None


def rises(values: Sequence[Fraction]) -> bool:
    """Numbers that never fall and are not all the same."""
    return len(values) > 2 and values[-1] > values[0] and all(a <= b for a, b in pairwise(values))


def told_by_size(values: Sequence[Fraction], texts: Sequence[str]) -> Fraction | None:
    """Microseconds of the unit that the numbers themselves tell.

    Times since 1970 between 2001 and 2039; a fraction of three digits or more is of seconds.
    """
    for size in UNITS.values():
        low, high = (Fraction(limit) * _SECOND / size for limit in (10**9, 22 * 10**8))
        steps = (values[-1] - values[0]) * size / len(values) if values else 0
        if steps < _STEP and values and all(low <= value < high for value in values):
            return size
    fractions = [len(re.split("[.,]", text)[1]) for text in texts if re.search("[.,]", text)]
    if fractions and len(fractions) == len(texts) and min(fractions) > 2:
        return Fraction(_SECOND)
    return None
