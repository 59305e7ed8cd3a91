r"""Rows of a database shown one field a line: MySQL's ``\G``, PostgreSQL's ``\x``.

Each record becomes a line of CSV, and the names of the first record one in front of it; the
table is then read as any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ykt_sim.trace.readers.base import Line
from ykt_sim.trace.readers.loose.records.statements import csv_line

_RECORD: Final = re.compile(
    r"\s*(?:\*{5,80}\s*\d{1,12}\. row\s*\*{5,80}|-\[ RECORD \d{1,12} \][-+]*)\s*"
)
_FIELD: Final = re.compile(r"\s*(?P<name>[A-Za-z_][\w$ ]{0,63}?)\s*(?P<sign>: ?|\| ?)(?P<cell>.*)")

#: Fields of a record; what has more is none.
_MOST: Final = 200

_Lines = Iterator[tuple[Line, bool]]


def are_vertical(texts: Iterable[str]) -> bool:
    """A log has such records among its first lines."""
    return sum(_RECORD.fullmatch(text) is not None for text in texts) > 1


def one_a_line(lines: Iterable[tuple[Line, bool]]) -> _Lines:
    """The lines, each record as one line of CSV, at the place of its first line.

    Args:
        lines: of the file, and whether each is the last and has no end.
    """
    names: list[str] = []
    cells: dict[str, str] = {}
    begun: Line | None = None
    for line, partial in lines:
        if _RECORD.fullmatch(line.text):
            yield from _record(begun, names, cells)
            begun, cells = line, {}
        elif (
            begun is not None
            and len(cells) < _MOST
            and (field := _FIELD.fullmatch(line.text)) is not None
        ):
            cells[field["name"].strip()] = field["cell"].strip()
            if partial:
                begun = begun._replace(cut=True)
        else:
            yield from _record(begun, names, cells)
            begun, cells = None, {}
            yield line, partial
    yield from _record(begun, names, cells)


def _record(begun: Line | None, names: list[str], cells: dict[str, str]) -> _Lines:
    """A record; in front of the first the names, behind the names what has none."""
    if begun is None or not cells:
        return
    if not names:
        names += cells
        yield Line(begun.number, begun.offset, csv_line(names)), False
    more = [cell for name, cell in cells.items() if name not in names]
    row = [cells.get(name, "") for name in names]
    yield begun._replace(text=csv_line(["" if c == "NULL" else c for c in (*row, *more)])), False
