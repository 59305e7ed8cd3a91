"""Logs that are tables: CSV with names in the first line, and one JSON object a line.

What a column holds is told by its name, with the words of `words`, or by the user
(`columns_of`); which way the bytes of a row went by a column of directions, or by the column
they stand in. A direction that no table knows is told by what fits, as in any log (`survey`).
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace.readers.base import Line
from ykt_sim.trace.readers.loose.fields import Clocks, Read
from ykt_sim.trace.readers.loose.objects import flattened
from ykt_sim.trace.readers.loose.rows import LogRow, Parser, RowKind, left_of
from ykt_sim.trace.readers.loose.tokens import Dress, pieces, plain, undressed
from ykt_sim.trace.readers.loose.units import TIME_NAMES, name_says
from ykt_sim.trace.readers.loose.words import Says, label, lane_word

_DIRECTIONS: Final = frozenset(
    ["dir", "direction", "way", "type", "side", "role", "kind", "方向", "类型", "收发"]
)
_LANES: Final = frozenset(
    ["channel", "slot", "lane", "device", "reader", "target", "通道", "卡槽", "设备"]
)
_BYTES: Final = {
    Says.COMMAND: "command",
    Says.ANSWER: "answer",
    Says.APDU: "apdu",
    Says.DATA: "data",
    Says.STATUS: "sw",
    Says.SW1: "sw1",
    Says.SW2: "sw2",
}
#: What is of the side that a name in front tells.
_SIDED: Final = frozenset({"command", "answer", "apdu", "data"})
_COLUMNS: Final = ("time", "took", "lane", "dir", *_BYTES.values())
_SEPARATORS: Final = ",;\t|"
_LINES: Final = 20
#: A line that only draws: the one below the names, or a frame.
_DRAWN: Final = re.compile(r"[-|:+=\s]*")


def _meaning(name: str) -> str:
    """What a column of this name holds."""
    name = name.strip().strip("\"'")
    if len(name) > 1 and (of_time := name_says(name)):
        return of_time
    name = name.lower()
    for meaning, names in (("dir", _DIRECTIONS), ("lane", _LANES)):
        if name in names:
            return meaning
    says = label(f"{name}:").says
    return "" if says is None else _BYTES.get(says, "")


def named_column(name: str, columns: dict[str, str] | None = None) -> str:
    """What a column of this name holds, a path of names in JSON (``request.hex``).

    The side that a name in front tells is the side of the bytes behind it.

    Args:
        name: of the column.
        columns: what columns hold, where the user says it; others then hold nothing.
    """
    *front, last = name.lower().split(".")
    if columns:
        return columns.get(name.lower(), columns.get(last, ""))
    found = _meaning(last)
    sides = [side for part in front if (side := _meaning(part)) in {"command", "answer"}]
    return sides[-1] if sides and found in _SIDED else found


def columns_of(text: str) -> dict[str, str]:
    """What columns hold, by their names in small letters, from ``MEANING=NAME,...``.

    Raises:
        UsageError: no such meaning, one twice, or columns that make no exchange.
    """
    by: dict[str, str] = {}
    for item in text.split(","):
        meaning, _, name = (part.strip() for part in item.partition("="))
        if meaning not in _COLUMNS or not name:
            known = ", ".join(_COLUMNS)
            raise UsageError(f"columns: expected MEANING=NAME, found {item!r}; known are {known}")
        if meaning in by or name.lower() in by.values():
            raise UsageError(f"columns: {item!r} says again what was said before")
        by[meaning] = name.lower()
    sides = {"command", "answer"} if "dir" not in by else {"data"}
    if "sw" in by:
        sides.discard("answer")
    if missing := sides - by.keys():
        raise UsageError(
            "columns: expected command and answer (or sw), or dir and data; "
            f"missing: {', '.join(sorted(missing))}"
        )
    return {name: meaning for meaning, name in by.items()}


def _hex(value: object) -> bytes | None:
    """The bytes of a field; None when it is not hex."""
    if isinstance(value, list):
        good = all(isinstance(one, int) and 0 <= one < 256 for one in value)
        return bytes(value) if good else None
    text = undressed(plain(str(value or "")), Dress()).strip(" []\"'{}")
    if not text:
        return b""
    found = pieces(text)
    if (
        len(found) != 1
        or found[0].odd
        or text[: found[0].start].strip()
        or text[found[0].end :].strip()
    ):
        return None
    return found[0].data


@dataclass
class Table:
    """Reads the lines of a table.

    Attributes:
        parser: whose clock tells the times.
        separator: of CSV, empty for JSON lines.
        names: the columns of CSV.
        columns: what columns hold, where the user says it; others then hold nothing.
        clocks: its columns of times and durations.
    """

    parser: Parser
    separator: str = ""
    names: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    clocks: Clocks = field(default_factory=lambda: Clocks([], whole=True))

    @property
    def untold(self) -> str:
        """What is not understood of the times of the table."""
        return self.clocks.why or self.parser.untold

    def rows(self, line: Line) -> list[LogRow]:
        """What a line of the table says."""
        fields = self.fields(line.text)
        if self.separator and _DRAWN.fullmatch(line.text):
            return [LogRow(line, RowKind.OTHER)]
        if fields is None:
            return self.parser.rows(line)
        by: dict[str, object] = {}
        for name, value in fields.items():
            by.setdefault(self.meaning(name), value)
        if tuple(fields) == tuple(fields.values()):
            return [LogRow(line, RowKind.OTHER)]
        t, ended, took = self._times(fields)
        lane = lane_word(
            f"slot {by['lane']}" if str(by.get("lane")).isdigit() else str(by.get("lane", ""))
        )
        rows = self._way(line, by) if "dir" in by else self._both(line, by)
        whole = len(rows) > 1
        rows = [
            replace(row, t=ended if whole and row.role is Says.ANSWER else t, took=took, lane=lane)
            for row in rows
        ]
        rest = left_of(undressed(plain(self._unsaid(fields)), Dress()), rows, [])
        return [replace(rows[0], left=tuple(rest)), *rows[1:]]

    def _times(self, fields: dict[str, object]) -> tuple[float | None, float | None, float | None]:
        """When a line of the table was, when its answer came, and milliseconds that it took."""
        shown = _shown(fields)
        read, end = self.clocks.read(shown), self.clocks.end(shown)
        t, ended = (self._at(one) for one in (read, end))
        return ended if t is None else t, ended, read.took

    def _at(self, read: Read) -> float | None:
        clock = self.parser.clock
        if read.micros is not None:
            return clock.since(read.micros)
        return clock.take(f"{read.text} ")[0] if read.text else None

    def _unsaid(self, fields: dict[str, object]) -> str:
        """The fields without times and words, which may look like bytes."""
        words = {*TIME_NAMES, "lane", "dir"}
        names = "" if self.separator else "{}: "
        return " ~ ".join(
            f"{names.format(name)}{one}"
            for name, one in fields.items()
            if self.meaning(name) not in words and name not in self.clocks.names
        )

    def meaning(self, name: str) -> str:
        """What the column of this name holds; empty for nothing that is known."""
        if name in self.clocks.names:
            return "time"
        return named_column(name, self.columns)

    def fields(self, text: str) -> dict[str, object] | None:
        """The fields of a line by their names; None when it is no line of the table."""
        text = text.strip()
        if not self.separator:
            try:
                found = json.loads(
                    text.strip("[, ").removesuffix("]") if text[:1] == "[" else text.rstrip(",")
                )
            except (ValueError, RecursionError):
                return None
            return flattened(found) if isinstance(found, dict) else None
        try:
            values = next(csv.reader([_unframed(text)], delimiter=self.separator), [])
        except csv.Error:
            return None
        if len(values) != len(self.names):
            return None
        return dict(zip(self.names, (value.strip() for value in values), strict=True))

    def _way(self, line: Line, by: dict[str, object]) -> list[LogRow]:
        """One side of an exchange."""
        says = label(f"{by['dir']}").says
        role = Says.COMMAND if says is Says.APDU else says
        value = next(
            (by[name] for name in ("data", "apdu", "command", "answer") if name in by), None
        )
        data = _hex(value)
        if role is None and data:
            return [LogRow(line, RowKind.BYTES, None, f"column {by['dir']}", data, self._sw(by))]
        if role not in {Says.COMMAND, Says.ANSWER}:
            return [LogRow(line, RowKind.OTHER)]
        return [self._row(line, role, data, self._sw(by) if role is Says.ANSWER else None)]

    def _both(self, line: Line, by: dict[str, object]) -> list[LogRow]:
        """Command and answer in one row of the table."""
        rows = []
        command = by.get("command", by.get("apdu"))
        if command or command == 0:
            rows.append(self._row(line, Says.COMMAND, _hex(command), None))
        answer = by.get("answer", by.get("data"))
        sw = self._sw(by)
        if answer or answer == 0 or sw:
            rows.append(self._row(line, Says.ANSWER, _hex(answer), sw))
        return rows or [LogRow(line, RowKind.OTHER)]

    def _sw(self, by: dict[str, object]) -> bytes | None:
        if "sw1" in by:
            return (_hex(by["sw1"]) or b"") + (_hex(by.get("sw2")) or b"")
        return (_hex(by["sw"]) if by.get("sw") else None) or None

    def _row(self, line: Line, role: Says, data: bytes | None, sw: bytes | None) -> LogRow:
        key = f"column {role.name}"
        if data is None:
            return LogRow(
                line, RowKind.BYTES, role, key, why="expected bytes in hex in this column"
            )
        if not data and sw:
            return LogRow(line, RowKind.STATUS, role, key, sw=sw)
        return LogRow(line, RowKind.BYTES if data else RowKind.OTHER, role, key, data, sw)


def table_of(
    parser: Parser,
    texts: list[str],
    columns: dict[str, str] | None = None,
    *,
    records: bool = False,
) -> Table | None:
    """The table that a log is; None for others.

    Args:
        parser: whose clock tells the times.
        texts: the first lines.
        columns: what columns hold, where the user says it.
        records: some of the lines are records of a JSON document (`objects`).

    Raises:
        TraceError: no table has the columns that the user names.
    """
    table = _table_of(parser, texts, columns, records=records)
    if table is not None:
        lines = [fields for text in texts if (fields := table.fields(text)) is not None]
        lines = [fields for fields in lines if tuple(fields) != tuple(fields.values())]
        known = {table.meaning(name) for fields in lines[:1] for name in fields}
        table.clocks = Clocks(
            [_shown(fields) for fields in lines], whole="dir" not in known, says=columns or None
        )
    return table


def _table_of(
    parser: Parser, texts: list[str], columns: dict[str, str] | None, *, records: bool
) -> Table | None:
    most = len(texts) if records else _LINES
    shown = [_unframed(text) for text in texts[:most] if not _DRAWN.fullmatch(text)]
    table = _objects(Table(parser, columns=columns or {}), shown, records=records)
    for head, below in pairwise(shown) if table is None else ():
        for separator in _SEPARATORS:
            names = tuple(name.strip().strip("\"'") for name in head.split(separator))
            found = Table(parser, separator, names, columns or {})
            if len(names) > 1 and _fits(found, below):
                return found
    if table is None and columns:
        raise TraceError(
            f"columns: expected a table with {', '.join(map(repr, columns))}, "
            f"the first {_LINES} lines are none"
        )
    return table


def _shown(fields: dict[str, object]) -> dict[str, str]:
    """The fields as text, numbers without exponents."""
    return {
        name: f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value}"
        for name, value in fields.items()
        if value is not None
    }


def _unframed(text: str) -> str:
    """A line without the bars at both its ends, which a drawn table has."""
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == "|" else text


def _objects(table: Table, shown: list[str], *, records: bool) -> Table | None:
    """The table of JSON lines, when they are that."""
    objects = [text for text in shown if text[:1] in {"{", "["} and "}" in text]
    read = [fields for text in objects if (fields := table.fields(text))]
    if not read or (len(read) * 2 <= len(shown) and not records):
        return None
    if table.columns:
        there = {part for fields in read for name in fields for part in _called(name)}
        return table if table.columns.keys() <= there else None
    return table if any(table.meaning(name) in _BYTES.values() for name in read[0]) else None


def _called(name: str) -> tuple[str, str]:
    """A column may be called by its whole path or by the last name of it."""
    return name.lower(), name.lower().split(".")[-1]


def _fits(table: Table, below: str) -> bool:
    """The first line of CSV names its columns, and the next has bytes in those for bytes."""
    fields = table.fields(below)
    if table.columns:
        return fields is not None and table.columns.keys() <= {name.lower() for name in table.names}
    if fields is None or len(set(table.names)) != len(table.names):
        return False
    if any(pieces(name) for name in table.names if len(name) > 3):
        return False
    shows = [_hex(value) for name, value in fields.items() if _meaning(name) in _BYTES.values()]
    return any(shows) and None not in shows
