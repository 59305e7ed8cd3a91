"""The number in front of the lines of a log that runs: time since some start.

It is told by what it does over the lines: it never falls, it rises, and it is no byte, no
length and no number of the line. Its unit is told by `units`, by the head of the log or by
the form of the line, where that is one of a known producer. When nobody tells the unit the
times are not understood, and the log says so.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.timing import units
from ykt_sim.trace.readers.loose.tokens import pieces

_FRONT: Final = 64
_COUNT: Final = re.compile(
    r"(?P<open>[\[(<{@#|])?\s{0,12}(?P<step>[+~])?(?<![0-9A-Za-z.,:_/\\-])"
    r"(?:(?P<minutes>\d{1,3}):(?P<seconds>[0-5]\d[.,]\d{1,6})|(?P<n>\d{1,19}(?:[.,]\d{1,9})?))"
    rf"(?:\s?(?P<unit>{units.UNIT})|\s{{1,8}}(?P<far>{units.UNIT})(?=\s?[\])]))?(?P<close>\s{{0,3}}(?:[\])}}:|;,]|(?(open)>|(?!))))?"
)
#: Behind the number stands what is no byte.
_WORD: Final = re.compile(r"\s*(?:[^\s0-9A-Fa-f\"'({]|[A-Za-z_]*[G-Zg-z])")
_WORDS: Final = "words"
_SPARE: Final = re.compile(r"(?:\s*\d{1,8}\s{1,8})?[\s|>*-]*(?:\[?[A-Za-z]{1,8}\]?[\s:|]{1,3})?")
#: Forms whose unit is known: ESP-IDF (esp_log_timestamp) and Flipper Zero (furi_get_tick).
_PRODUCERS: Final = (
    re.compile(r"\s*[EWIDV] \(\d+\) [^\s:]+:"),
    re.compile(r"\s*\d+ \[[EWIDT]\]\s?\["),
)
_HEAD: Final = re.compile(
    rf"(?:time(?!out)|stamp|tick|clock|时间|zeit)[^\n\d]{{0,24}}?(?<![A-Za-z])({units.UNIT})",
    re.IGNORECASE,
)
_HEAD_LINES: Final = 20
_SPAN: Final = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?:\D|\Z)")
#: A row of bytes, perhaps with an offset: no line that a time belongs to.
_BYTES_ONLY: Final = re.compile(
    r"[\s\"'\[({<|*]*(?:[0-9A-Fa-f]{4,8}[:\s]\s*)?(?:0[xX])?[0-9A-Fa-f]{2}"
    r"(?:[ ,:-]|0[xX]|[0-9A-Fa-f]{2})*"
    r"[\s\"'\])}>|;,]*(?:\Z|[|\s].{0,40}\Z)"
)
_FRACTION: Final = re.compile(r"\.\d{3,}\Z")
_MOST: Final = 0.8
_SOME: Final = 0.25
_LINES: Final = 500
#: A number that runs is seen to do so.
_VALUES: Final = 3


class Running(NamedTuple):
    """Where the number stands, and what it counts.

    Attributes:
        key: the signs around it and the unit behind.
        size: microseconds of one; None when nobody tells.
        first: its first line, from 1, and `shown` what stands there.
        of_day: the digits are those of a time of day, HHMMSS.
        alike: only such numbers are it: with a fraction or without, of so many digits.
        steps: each is the time since the line before: ``(+5 ms)``.
    """

    key: tuple[str, str, str]
    size: Fraction | None
    first: int
    shown: str
    of_day: bool = False
    alike: frozenset[tuple[bool, int]] | None = None
    steps: bool = False

    def take(self, text: str) -> tuple[int | None, str]:
        """Microseconds of a line, and the line without the number."""
        for found, key in _candidates(text):
            if key == self.key and (self.alike is None or _form(found) in self.alike):
                text = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
                value = _value(found)
                if self.size is None or value is None:
                    return None, text
                return int((_of_day(value) if self.of_day else value) * self.size), text
        return None, text


def is_bytes_only(text: str) -> bool:
    """A row of bytes, perhaps with an offset: no line that a time belongs to."""
    return _BYTES_ONLY.match(text) is not None


def _candidates(text: str) -> list[tuple[re.Match[str], tuple[str, str, str]]]:
    """The numbers in the front of a line, the first of each kind."""
    found: dict[tuple[str, str, str], re.Match[str]] = {}
    front = text[:_FRONT]
    for one in _COUNT.finditer(front):
        close = (one["close"] or "").strip()
        if one["open"] == "<" and close != ">":
            continue  # an arrow, and the first byte behind it
        behind = text[one.end() : one.end() + 1]
        if not close and (behind.isalnum() or behind in {".", "_", "-"}):
            continue
        form = "m" if one["minutes"] else ""
        unit = (one["unit"] or one["far"] or "").lower()
        key = (form + (one["open"] or ""), unit, close)
        # Mere digits are a time only where the line begins.
        if not (key[1] or (key[0] and close)) and not _SPARE.fullmatch(text[: one.start()]):
            continue
        # No byte and no count has thousandths.
        apart = _WORD.match(text, one.end()) or _FRACTION.search(one["n"] or "")
        if key[0] in {"", "m"} and not key[1] and not close and apart:
            key = (key[0], "", _WORDS)
        found.setdefault(key, one)
    return [(one, key) for key, one in found.items()]


def _value(found: re.Match[str]) -> Fraction | None:
    if found["minutes"]:
        return int(found["minutes"]) * 60 + Fraction(found["seconds"].replace(",", "."))
    return units.value_of(found["n"], comma=True)


def _form(found: re.Match[str]) -> tuple[bool, int]:
    """Whether the number has a fraction, and how many digits in front of it."""
    whole = re.split("[.,]", found["n"] or found["minutes"] or "")
    return len(whole) > 1, len(whole[0])


def _of_day(value: Fraction) -> Fraction:
    whole = int(value)
    return whole // 10000 * 3600 + whole // 100 % 100 * 60 + whole % 100 + (value - whole)


def running_of(texts: Sequence[str]) -> Running | None:
    """The number that runs through a log; None when there is none.

    Args:
        texts: its first lines, of ordinary signs, without numbers of lines.
    """
    kinds: dict[tuple[str, str, str], list[tuple[int, re.Match[str]]]] = defaultdict(list)
    lines = bytes_lines = 0
    for number, text in enumerate(texts[:_LINES], 1):
        lines += bool(text.strip()) and not is_bytes_only(text)
        bytes_lines += any(len(piece.data) > 1 for piece in pieces(text[: 4 * _FRONT]))
        for found, key in _candidates(text):
            kinds[key].append((number, found))
    for key, whole in sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0])):
        there, alike = _alike(whole)
        plain = not (key[1] or key[0].strip("m") or key[2] == _WORDS)
        enough = max(4, _MOST * bytes_lines) if plain else max(3, _SOME * lines)
        values = [value for _, one in there if (value := _value(one)) is not None]
        if len(there) < enough or len(values) < len(there):
            continue
        if key[1] and not units.rises(values) and all(one["step"] for _, one in there):
            first, shown = there[0]
            return Running(key, units.UNITS[key[1]], first, shown[0].strip(), steps=True)
        if not units.rises(values):
            continue
        if len(set(values)) < _VALUES:
            continue  # one that jumps once, as [9000] does behind many [0]
        rests = [(one, texts[number - 1]) for number, one in there]
        if not _runs(key, values, rests, plain=plain):
            continue
        size, of_day = _size(key, values, [one["n"] or "" for _, one in there], texts)
        first, shown = there[0]
        return Running(key, size, first, shown[0].strip(), of_day, alike)
    return None


def _alike(
    there: list[tuple[int, re.Match[str]]],
) -> tuple[list[tuple[int, re.Match[str]]], frozenset[tuple[bool, int]] | None]:
    """The numbers that run: all, or those of the usual form, which may get a digit more.

    A line of chatter may begin with a number of its own.
    """
    values = [value for _, one in there if (value := _value(one)) is not None]
    if len(values) == len(there) and units.rises(values):
        return there, None
    (fraction, size), _ = Counter(_form(one) for _, one in there).most_common(1)[0]
    forms = frozenset((fraction, size + more) for more in (-1, 0, 1))
    return [item for item in there if _form(item[1]) in forms], forms


def _runs(
    key: tuple[str, str, str],
    values: list[Fraction],
    there: list[tuple[re.Match[str], str]],
    *,
    plain: bool,
) -> bool:
    """The number is no counter, no length and no byte, no answer and no command."""
    steps = {b - a for a, b in pairwise(values)}
    if not key[1] and (max(steps) <= 1 or len(steps) == 1) and all(v == int(v) for v in values):
        return False
    sizes = commands = before = alone = 0
    for one, text in there:
        rest = pieces(text[one.end() :])
        alone += text.strip() == one[0].strip() and _is_said(one["n"] or "")
        whole = pieces(text)
        sizes += any(_value(one) in {len(p.data), 2 * len(p.data)} for p in rest)
        commands += any(fits.is_usual_command(piece.data) for piece in rest)
        before += any(fits.is_usual_command(piece.data) for piece in whole)
    counted = max(sizes, alone) * 2 < len(there)
    return counted and (not plain or commands >= max(before, 1))


def _is_said(digits: str) -> bool:
    """Digits alone in their line that may be a status word or a command: ``[9000]``."""
    data = bytes.fromhex(digits) if digits.isdigit() and len(digits) % 2 == 0 else b""
    return fits.is_sw(data) or fits.is_usual_command(data)


def _size(
    key: tuple[str, str, str], values: list[Fraction], digits: list[str], texts: Sequence[str]
) -> tuple[Fraction | None, bool]:
    """Microseconds of one, and whether the digits are a time of day."""
    second = units.UNITS["s"]
    if key[0].startswith("m"):
        return second, False
    if key[1]:
        return units.UNITS[key[1]], False
    if all(_SPAN.match(one) for one in digits):
        fraction = all(re.search("[.,]", one) for one in digits)
        of_day = fraction and any(one.startswith("0") for one in digits)
        # HHMMSS or seconds: without a zero in front nobody knows.
        return (second if of_day else None), of_day
    return units.told_by_size(values, digits) or _by_form(key, len(values), texts), False


def _by_form(key: tuple[str, str, str], count: int, texts: Sequence[str]) -> Fraction | None:
    """Microseconds that a known producer or the head of the log tells."""
    if sum(any(form.match(text) for form in _PRODUCERS) for text in texts) >= count:
        return units.UNITS["ms"]
    for text in texts[:_HEAD_LINES]:
        if (told := _HEAD.search(text)) and not any(key == one for _, one in _candidates(text)):
            return units.UNITS[told[1].lower()]
    return None
