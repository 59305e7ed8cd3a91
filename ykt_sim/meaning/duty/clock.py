"""Moments of 14 digits, as they stand in DEBIT and in EF 1E."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_FORMAT: Final = "%Y%m%d%H%M%S"


def seconds_of(moment: str) -> float | None:
    """Seconds of a moment of 14 digits; None where it is none."""
    try:
        return datetime.strptime(moment, _FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def seconds_between(first: str, second: str) -> float | None:
    """Seconds from one moment to another; None where either is none."""
    one, other = seconds_of(first), seconds_of(second)
    return None if one is None or other is None else other - one


def dated(digits: str, clock: str) -> str:
    """Ten digits MMDDhhmmss with the year that brings them nearest to a clock of 14 digits.

    A Lingnan Tong card is sent no year, so at New Year the last one or the next may be meant.
    Digits that are no moment in any year, and a clock that is none, take the clock's own year.
    """
    now = seconds_of(clock)
    if now is None:
        return clock[:4] + digits
    year = int(clock[:4])
    guesses = [f"{one:04d}{digits}" for one in range(year - 1, year + 2)]
    found = {moment: seconds_of(moment) for moment in guesses}
    real = {moment: at for moment, at in found.items() if at is not None}
    if not real:
        return clock[:4] + digits
    return min(real, key=lambda moment: abs(real[moment] - now))
