"""Times in lines of their own, each above the line it belongs to: a log of two lines a message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ykt_sim.trace.readers.loose.rows import LogRow, RowKind

_MOST: Final = 0.8
_LEAST: Final = 2


class Above:
    """Gives rows the time of the line above them.

    Args:
        known: in this log times stand there (`stand_above`).
    """

    def __init__(self, *, known: bool) -> None:
        self._known = known
        self._t: float | None = None

    def row(self, row: LogRow) -> LogRow:
        """A row that has no time, with that of a line of mere words directly above it."""
        if not self._known or _is_blank(row):
            return row
        above, self._t = self._t, row.t if row.kind is RowKind.OTHER else None
        return row if row.t is not None or above is None else replace(row, t=above)


def stand_above(rows: Iterable[LogRow]) -> bool:
    """No line with bytes has a time, but most of them a line with nothing else above them."""
    timed = told = 0
    above: LogRow | None = None
    for row in rows:
        if _is_blank(row):
            continue
        if row.kind is not RowKind.OTHER and not row.bare:
            if row.t is not None:
                return False
            told += 1
            timed += above is not None and above.kind is RowKind.OTHER and above.t is not None
        above = row
    return timed >= _LEAST and timed >= _MOST * told


def _is_blank(row: LogRow) -> bool:
    return row.kind is RowKind.OTHER and row.t is None and not row.key.strip()
