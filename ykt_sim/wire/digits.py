"""Digits on the wire: card numbers, BCD dates, seconds since 1988, a year that is missing.

Everything here takes and gives plain text or integers. What is no date gives None:
real cards hold zeros, FF and nonsense where a date should be, and that is data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from ykt_sim.errors import PackError

#: Lingnan Tong metro records count seconds of local time from here [INF, medium: two real counts].
EPOCH_1988: Final = datetime(1988, 1, 1)  # noqa: DTZ001 - local time of the gate, zone unknown

_PAN_DIGITS: Final = 19


def unhex(text: str) -> bytes:
    """Bytes of hex text, spaces allowed, either case; ValueError says what is wrong."""
    digits = "".join(text.split())
    for place, digit in enumerate(digits, 1):
        if digit not in "0123456789abcdefABCDEF":
            raise ValueError(f"not hex: {digit!r} at digit {place}")
    if len(digits) % 2:
        raise ValueError(f"odd number of hex digits ({len(digits)})")
    return bytes.fromhex(digits)


def _pan(pan: str) -> str:
    if not re.fullmatch(r"[0-9]{1,19}", pan):
        raise PackError(f"expected 1 to {_PAN_DIGITS} decimal digits, got {pan!r}", field="pan")
    return pan


def pack_pan_right(pan: str) -> str:
    """PAN as in 9F0C and EF 15: 20 nibbles, right-aligned, leading zeros [DUMP]."""
    return _pan(pan).rjust(20, "0")


def pack_pan_left(pan: str) -> str:
    """PAN as in DF11 and tag 5A: 20 nibbles, left-aligned, trailing F [DUMP]."""
    return _pan(pan).ljust(20, "F")


def unpack_pan(nibbles: str) -> str | None:
    """Card number from either packing (19 digits when full), or None when it is no number.

    A trailing F tells the left-aligned form; otherwise one leading zero nibble is dropped.
    """
    text = nibbles.upper()
    if text.endswith("F"):
        text = text.rstrip("F")
    elif text.startswith("0"):
        text = text[1:]
    return text if re.fullmatch(r"[0-9]+", text) and text.strip("0") else None


@lru_cache(maxsize=1024)
def iso_date(digits: str) -> str | None:
    """``20241027`` to ``2024-10-27``; None when the eight digits are no date."""
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


def iso_time(digits: str) -> str | None:
    """``212555`` to ``21:25:55`` (four digits: ``21:25``); None when it is no time of day."""
    if not re.fullmatch(r"[0-9]{4}(?:[0-9]{2})?", digits):
        return None
    parts = [digits[i : i + 2] for i in range(0, len(digits), 2)]
    if parts[0] > "23" or any(part > "59" for part in parts[1:]):
        return None
    return ":".join(parts)


@lru_cache(maxsize=1024)
def iso_datetime(digits: str) -> str | None:
    """``20241027212555`` to ``2024-10-27T21:25:55``; None when the digits are no date."""
    day, clock = iso_date(digits[:8]), iso_time(digits[8:])
    return f"{day}T{clock}" if day and clock and len(digits) == 14 else None


def iso_month_day(digits: str) -> str | None:
    """``1027`` to ``10-27``; None when no year has such a day (29 February passes)."""
    return (iso_date("2000" + digits) or "")[5:] or None if len(digits) == 4 else None


def seconds_1988(count: int) -> str:
    """Seconds since 1988-01-01 as local ISO time [INF, medium]."""
    return (EPOCH_1988 + timedelta(seconds=count)).isoformat()


def infer_years(
    month_days: Sequence[str], year: int, month: int = 12, day: int = 31
) -> list[int | None]:
    """Give a year to each ``MMDD`` of a log without years, newest record first.

    The newest record is taken not to lie after that day of that month of ``year``: the year
    anchor is the monthly statistics record. Walking back, a jump to a later day of the
    calendar means the year before.
    Records that hold no date get None and do not move the year.

    Args:
        month_days: four digits each, newest first.
        year: four-digit year of the anchor.
        month: month of the anchor, 1 to 12.
        day: day of the anchor, 31 for "any day of the month".
    """
    years: list[int | None] = []
    previous = f"{month:02d}{day:02d}"
    for digits in month_days:
        if iso_month_day(digits) is None:
            years.append(None)
            continue
        if digits > previous:
            year -= 1
        previous = digits
        years.append(year)
    return years
