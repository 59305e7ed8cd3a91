"""Moments as terminals send them, held against a clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_FORMAT: Final = "%Y%m%d%H%M%S"


def seconds(moment: str) -> float | None:
    """Seconds of 14 digits YYYYMMDDhhmmss; None where they are no moment."""
    try:
        return datetime.strptime(moment, _FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def dated(digits: str, clock: str) -> str:
    """Ten digits MMDDhhmmss with the year that brings them nearest to a clock of 14 digits.

    A Lingnan Tong card is sent no year, so at New Year the last one or the next may be meant.
    Digits that are no moment in any year, and a clock that is none, take the clock's own year.
    """
    now = seconds(clock)
    if now is None:
        return clock[:4] + digits
    year = int(clock[:4])
    guesses = [f"{one:04d}{digits}" for one in range(year - 1, year + 2)]
    found = {moment: seconds(moment) for moment in guesses}
    real = {moment: at for moment, at in found.items() if at is not None}
    if not real:
        return clock[:4] + digits
    return min(real, key=lambda moment: abs(real[moment] - now))
