"""Moments of a terminal's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_FORMAT: Final = "%Y%m%d%H%M%S"


@lru_cache(maxsize=256)
def later(moment: str, **delta: int) -> str:
    """A moment of 14 digits moved by days or minutes."""
    at = datetime.strptime(moment, _FORMAT).replace(tzinfo=UTC) + timedelta(**delta)
    return at.strftime(_FORMAT)
