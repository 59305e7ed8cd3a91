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
