"""Rows of a database as a program dumps them: ``INSERT INTO t (names) VALUES (...), (...);``.

Each row becomes a line of CSV, and the names one in front of the first; the table is then
read as any other. Names come from the statement, from the ``CREATE TABLE`` above it, or are
numbers, so that what stands in the columns tells what they hold.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Final

from ykt_sim.trace.readers.base import Line

_INSERT: Final = re.compile(
    r"\s*INSERT\s+(?:IGNORE\s+|OR\s+\w{1,9}\s+)?INTO\s+[^\s(]{1,120}\s*"
    r"(?:\((?P<names>[^()']{1,4000})\)\s*)?VALUES\s*",
    re.IGNORECASE,
)
_CREATE: Final = re.compile(r"\s*CREATE\s+TABLE\b", re.IGNORECASE)
_COLUMN: Final = re.compile(r"\s+[`\"\[](?P<name>[^`\"\]]{1,64})[`\"\]]\s")
_TEXT: Final = r"'(?:[^'\\]++|\\.|'')*+'"
_ROW: Final = re.compile(rf"\s*[,;]?\s*\((?P<row>(?:{_TEXT}|[^()'])*+)\)")
_CELL: Final = re.compile(rf"\s*(?:[XxBb]?(?P<text>{_TEXT})|(?P<bare>[^,']*))\s*(?:,|\Z)")
_ESCAPED: Final = re.compile(r"\\(.)|''")

_Lines = Iterator[tuple[Line, bool]]


def are_statements(texts: Iterable[str]) -> bool:
    """A log has such a statement among its first lines."""
    return any("INSERT" in text.upper() and _INSERT.match(text) for text in texts)


def as_csv(lines: Iterable[tuple[Line, bool]]) -> _Lines:
    """The lines, those of statements as lines of CSV.

    Args:
        lines: of the file, and whether each is the last and has no end.
    """
    created: list[str] = []
    stated = ""
    headed = creating = inside = False
    for line, partial in lines:
        found = _INSERT.match(line.text)
        creating = (creating or _CREATE.match(line.text) is not None) and found is None
        if creating and (column := _COLUMN.match(line.text)) is not None:
            created.append(column["name"])
        inside = found is not None or (inside and line.text.lstrip()[:1] in {"(", ","})
        at = found.end() if found is not None else 0
        rows = list(_rows(line.text, at)) if inside else []
        stated = stated or (found["names"] or "" if found is not None else "")
        if not rows:
            yield (line if found is None else line._replace(text="")), partial
            continue
        if not headed:
            headed = True
            names = [name.strip(' `"[]') for name in stated.split(",")] if stated else created
            if len(names) != len(rows[0]):
                names = [f"x{number}" for number in range(1, len(rows[0]) + 1)]
            yield Line(line.number, line.offset, csv_line(names)), False
        for at, row in enumerate(rows, 1):
            last = at == len(rows)
            yield Line(line.number, line.offset, csv_line(row), line.cut and last), partial and last


def _rows(text: str, at: int) -> Iterator[list[str]]:
    while (found := _ROW.match(text, at)) is not None:
        at = found.end()
        row = found["row"]
        cells: list[str] = []
        place = 0
        while place < len(row) and (cell := _CELL.match(row, place)) is not None:
            place = cell.end()
            shown = cell["bare"] or ""
            if cell["text"]:
                shown = _ESCAPED.sub(lambda one: one[1] or "'", cell["text"][1:-1])
            cells.append("" if shown.strip().upper() == "NULL" else shown.strip())
        yield cells


def csv_line(cells: list[str]) -> str:
    """Cells as a line of CSV, without its end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()
