"""Logs that are tables: CSV with names in the first line, and one JSON object a line.

What a column holds is told by its name, with the words of `words`, or by the user
(`columns_of`); which way the bytes of a row went by a column of directions, or by the column
they stand in. A direction that no table knows is told by what fits, as in any log (`survey`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from ykt_sim.errors import TraceError
from ykt_sim.trace.readers.base import Line
from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.records.cells import (
    BAR,
    PLACES,
    SEPARATORS,
    cells,
    is_drawn,
    places,
)
from ykt_sim.trace.readers.loose.records.columns import (
    BYTES,
    EXPECTED,
    assembled,
    by_content,
    differing,
    field_bytes,
    field_status,
    named_column,
    tells_exchanges,
)
from ykt_sim.trace.readers.loose.records.objects import flattened
from ykt_sim.trace.readers.loose.rows import LogRow, Parser, RowKind, left_of
from ykt_sim.trace.readers.loose.timing.fields import Clocks, Read
from ykt_sim.trace.readers.loose.timing.units import TIME_NAMES
from ykt_sim.trace.readers.loose.tokens import Dress, pieces, plain, undressed
from ykt_sim.trace.readers.loose.words import Says, label, lane_word
from ykt_sim.trace.readers.runs import runs

_LINES: Final = 20
#: Lines that are looked at to tell what columns hold.
_ROWS: Final = 200
#: Digits that are no length any more.
_DIGITS: Final = 6
#: Bytes that are no number.
_LENGTHY: Final = 4
#: No name of a column holds a time of day.
_TIME: Final = re.compile(r"\d\d:\d\d")
#: What may be so long that it goes on in the next line, by its name.
_GOING: Final = frozenset({"command", "answer", "apdu", "data", "length", ""})
#: An object of JSON begins so.
_OBJECT: Final = '{"'
_SIDES: Final = (Says.COMMAND, Says.ANSWER)
_HEX: Final = re.compile(r"[0-9A-Fa-f]+(?: [0-9A-Fa-f]+)*")


@dataclass
class Table:
    """Reads the lines of a table.

    Attributes:
        parser: whose clock tells the times.
        separator: of CSV, empty for JSON lines.
        names: the columns of CSV.
        begins: where columns begin that are told by their places.
        told: what columns hold by what stands in them.
        ruled: a line is drawn below every row.
        fronted: words stand in front of the objects of JSON lines, and perhaps a time.
        columns: what columns hold, where the user says it; others then hold nothing.
        clocks: its columns of times and durations.
    """

    parser: Parser
    separator: str = ""
    names: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    begins: tuple[int, ...] = ()
    told: dict[str, str] = field(default_factory=dict)
    ruled: bool = False
    fronted: bool = False
    clocks: Clocks = field(default_factory=lambda: Clocks([], whole=True))

    @property
    def untold(self) -> str:
        """What is not understood of the times of the table."""
        return self.clocks.why or self.parser.untold

    def rows(self, line: Line) -> list[LogRow]:
        """What a line of the table says."""
        fields = self.fields(line.text)
        if self.separator and is_drawn(line.text):
            return [LogRow(line, RowKind.OTHER)]
        if fields is None:
            return self._around(line)
        by: dict[str, object] = {}
        several: dict[str, list[str]] = {}
        for name, value in fields.items():
            meaning = self.meaning(name)
            several.setdefault(meaning, []).append(name)
            shown = str(by.setdefault(meaning, value) or "")
            if meaning in {"command", "answer"} and len(shown) < min(_LENGTHY, len(str(value))):
                by[meaning] = value  # a digit or two are no answer: a return code
        if tuple(fields) == tuple(fields.values()):
            return [LogRow(line, RowKind.OTHER)]
        t, ended, took = self._times(fields)
        if self.fronted:
            front = line.text[: line.text.find(_OBJECT)]
            at, spent, words = self.parser.clock.take(front)
            t, took = at if t is None else t, spent if took is None else took
            if not by.keys() & {"command", "answer"} and label(words).says in _SIDES:
                by["dir"] = words
        lane = lane_word(
            f"slot {by['lane']}" if str(by.get("lane")).isdigit() else str(by.get("lane", ""))
        )
        rows = self._way(line, by) if "dir" in by else self._both(line, by)
        if "dir" in by and (size := str(by.get("length", ""))).isdigit() and len(size) < _DIGITS:
            rows = [replace(row, count=int(size)) for row in rows]
        why = differing(fields, several)
        rows = [replace(row, why=row.why or why.get(row.role, "")) for row in rows]
        whole = len(rows) > 1
        rows = [
            replace(
                row,
                t=ended if whole and row.role is Says.ANSWER else t,
                took=took,
                lane=lane,
                cut=line.cut,
            )
            for row in rows
        ]
        rest = left_of(undressed(plain(self._unsaid(fields)), Dress()), rows, [])
        wanted = " ~ ".join(str(fields[name]) for name in several.get(EXPECTED, []))
        rest += [run._replace(name="expected in a test") for run in runs(plain(wanted))]
        return [replace(rows[0], left=tuple(rest)), *rows[1:]]

    def _around(self, line: Line) -> list[LogRow]:
        """A line that is no row of the table: a number alone counts its rows, ``(11 rows)``."""
        rows = self.parser.rows(line)
        return [
            replace(row, kind=RowKind.OTHER)
            if row.kind is RowKind.BYTES and row.role is None and len(row.data) == 1
            else row
            for row in rows
        ]

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
        words = {*TIME_NAMES, "lane", "dir", "length", EXPECTED}
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
        told = self.told.get(name)
        return named_column(name, self.columns) if told is None else told

    def fields(self, text: str) -> dict[str, object] | None:
        """The fields of a line by their names; None when it is no line of the table."""
        if not self.separator:
            text = text.strip()
            if self.fronted and text[:1] not in {"{", "["}:
                text = text[max(0, text.find(_OBJECT)) :]
            try:
                found = json.loads(
                    text.strip("[, ").removesuffix("]") if text[:1] == "[" else text.rstrip(",")
                )
            except (ValueError, RecursionError):
                return None
            return assembled(flattened(found)) if isinstance(found, dict) else None
        size = len(self.names)
        values = cells(text, self.separator, size, self.begins)
        if len(values) < 2:
            return None
        # Empty cells at the end of a line get lost; those for bytes do not.
        missing = self.names[len(values) :]
        if len(values) > size or any(self.meaning(name) in BYTES.values() for name in missing):
            return None
        return assembled(dict(zip(self.names, [*values, *("" for _ in missing)], strict=True)))

    def joined(self, lines: Iterable[tuple[Line, bool]]) -> Iterator[tuple[Line, bool]]:
        """The lines, with those that one row of a table with bars is spread over as one.

        A row goes on where nothing is drawn between, in a grid that draws a line below every
        row; or where only bytes stand in the line.
        """
        if self.separator != BAR:
            yield from lines
            return
        held: list[tuple[Line, bool]] = []
        for line, partial in lines:
            few = len(held) < _LINES * _LINES
            if (
                held
                and few
                and not is_drawn(line.text)
                and self._goes_on(held[0][0].text, line.text)
            ):
                held.append((line, partial))
                continue
            if held:
                yield self._one(held, closed=is_drawn(line.text) and line.text.strip() != BAR)
            held = []
            if not is_drawn(line.text) and self.fields(line.text) is not None:
                held = [(line, partial)]
            else:
                yield line, partial
        if held:
            yield self._one(held, closed=False)

    def _goes_on(self, first: str, text: str) -> bool:
        above, below = self.fields(first), self.fields(text)
        if above is None or below is None:
            return False
        if self.ruled:
            return True
        shown = {name: str(value) for name, value in below.items() if value}
        others = any(value for name, value in above.items() if name not in shown)
        if not others or not all(map(_HEX.fullmatch, shown.values())):
            return False
        if any(self.meaning(name) not in _GOING for name in shown):
            return False
        # What has a whole command above it is the next one.
        return bool(shown) and not any(
            fits.is_command(field_bytes(above[name]) or b"") for name in shown
        )

    def _one(self, held: list[tuple[Line, bool]], *, closed: bool) -> tuple[Line, bool]:
        """One row; cut where a grid draws no line below it, as it does below every row."""
        first, partial = held[0][0], held[-1][1]
        cut = any(line.cut for line, _ in held) or (self.ruled and not closed)
        if len(held) == 1:
            return first._replace(cut=cut), partial
        rows = [fields for line, _ in held if (fields := self.fields(line.text)) is not None]
        text = BAR.join(
            _together([str(row[name]) for row in rows if row[name]]) for name in self.names
        )
        return Line(first.number, first.offset, f"{BAR} {text} {BAR}", cut), partial

    def _way(self, line: Line, by: dict[str, object]) -> list[LogRow]:
        """One side of an exchange."""
        says = label(f"{by['dir']}").says
        role = Says.COMMAND if says is Says.APDU else says
        value = next(
            (by[name] for name in ("data", "apdu", "command", "answer") if name in by), None
        )
        data = field_bytes(value)
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
            rows.append(self._row(line, Says.COMMAND, field_bytes(command), None))
        answer = by.get("answer", by.get("data"))
        sw = self._sw(by)
        if answer or answer == 0 or sw:
            rows.append(self._row(line, Says.ANSWER, field_bytes(answer), sw))
        return rows or [LogRow(line, RowKind.OTHER)]

    def _sw(self, by: dict[str, object]) -> bytes | None:
        if "sw1" in by:
            return (field_bytes(by["sw1"]) or b"") + (field_bytes(by.get("sw2")) or b"")
        return (field_status(by["sw"]) if by.get("sw") else None) or None

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
        records: some of the lines are records of a document (`objects`).

    Raises:
        TraceError: no table has the columns that the user names.
    """
    table = _table_of(parser, texts, columns, records=records)
    if table is not None:
        lines = _rows(table, texts)
        lines = [fields for fields in lines if tuple(fields) != tuple(fields.values())]
        known = {table.meaning(name) for fields in lines[:_LINES] for name in fields}
        table.clocks = Clocks(
            [_shown(fields) for fields in lines], whole="dir" not in known, says=columns or None
        )
    return table


def _shown(fields: dict[str, object]) -> dict[str, str]:
    """The fields as text, numbers without exponents."""
    return {
        name: f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value}"
        for name, value in fields.items()
        if value is not None
    }


def _table_of(
    parser: Parser, texts: list[str], columns: dict[str, str] | None, *, records: bool
) -> Table | None:
    most = len(texts) if records else _LINES
    shown = [text for text in texts[:most] if not is_drawn(text)]
    table = _objects(Table(parser, columns=columns or {}), shown, records=records)
    table = table or _placed(parser, texts, columns or {})
    for at, head in enumerate(texts[:most]) if table is None else ():
        if table is None and not is_drawn(head):
            table = _headed(parser, head, texts[at + 1 :], columns or {})
    if table is None and columns:
        raise TraceError(
            f"columns: expected a table with {', '.join(map(repr, columns))}, "
            f"the first {_LINES} lines are none"
        )
    return table


def names_seen(texts: list[str]) -> tuple[tuple[str, ...], str]:
    """The names of the columns of what looks like a table with bytes in it, and its separator.

    Both are empty for what looks like none.
    """
    shown = [text for text in texts[:_ROWS] if not is_drawn(text)]
    for at, head in enumerate(shown[:_LINES]):
        for separator in SEPARATORS:
            names = tuple(cells(head, separator))
            if len(names) < 2 or len(set(names)) < len(names) or "" in names:
                continue  # an indented line has an empty cell in front
            if any(_TIME.search(name) for name in names):
                continue
            rows = [cells(text, separator, len(names)) for text in shown[at + 1 :]]
            alike = [row for row in rows if len(row) == len(names)]
            long = any(len(field_bytes(cell) or b"") > _LENGTHY for row in alike for cell in row)
            named = all(field_bytes(name) is None or len(name) < _LENGTHY for name in names if name)
            if long and named and len(alike) * 2 > len(rows):
                return names, separator
    return (), ""


def _together(parts: list[str]) -> str:
    """The parts of a cell: bytes are cut anywhere, words between them."""
    return ("" if all(map(_HEX.fullmatch, parts)) else " ").join(parts)


def _headed(parser: Parser, head: str, texts: list[str], columns: dict[str, str]) -> Table | None:
    """The table that a line with names begins."""
    for separator in SEPARATORS:
        names = tuple(cells(head, separator))
        found = Table(parser, separator, names, columns, ruled=_ruled(texts))
        if len(names) > 1 and _fits(found, texts):
            return found
    return None


def _placed(parser: Parser, texts: list[str], columns: dict[str, str]) -> Table | None:
    """A table without bars whose columns begin where its drawn line says."""
    for at, text in enumerate(texts[:_LINES]):
        begins = places(text)
        if begins and at + 3 < len(texts) and places(texts[at + 2]) == begins:
            names = tuple(cells(texts[at + 1], PLACES, begins=begins))
            found = Table(parser, PLACES, names, columns, begins)
            if _fits(found, texts[at + 2 :]):
                return found
    return None


def _ruled(texts: list[str]) -> bool:
    """A line is drawn between the rows."""
    rows = 0
    drawn = 0
    for text in texts[:_LINES]:
        if text.strip():
            drawn += is_drawn(text)
            rows += not is_drawn(text)
    return drawn > 2 and rows > 1


def _objects(table: Table, shown: list[str], *, records: bool) -> Table | None:
    """The table of JSON lines, when they are that."""
    stripped = list(map(str.strip, shown))
    objects = [text for text in stripped if text[:1] in {"{", "["} and "}" in text]
    if not objects and not records:
        objects = [text for text in stripped if _OBJECT in text and text[-1:] == "}"]
        table.fronted = bool(objects)
    read = [fields for text in objects if (fields := table.fields(text))]
    if not read or (len(read) * 2 <= len(shown) and not records):
        return None
    if table.columns:
        there = {part for fields in read for name in fields for part in _called(name)}
        return table if table.columns.keys() <= there else None
    _by_content(table, [row for row in read if tuple(row) != tuple(row.values())])
    names = {name for fields in read for name in fields}
    return table if any(table.meaning(name) in BYTES.values() for name in names) else None


def _called(name: str) -> tuple[str, str]:
    """A column may be called by its whole path or by the last name of it."""
    return name.lower(), name.lower().split(".")[-1]


def _by_content(table: Table, rows: list[dict[str, object]]) -> None:
    """Ask what stands in the columns where their names tell no exchange.

    A column whose name is one for bytes and that holds none is a remark.
    """
    if table.columns or not rows:
        return
    names = dict.fromkeys(name for row in rows for name in row)
    for name in names:
        values = [row[name] for row in rows if row.get(name)]
        if table.meaning(name) in BYTES.values() and not any(map(field_status, values)):
            table.told[name] = "" if values else table.meaning(name)
    if not tells_exchanges({table.meaning(name) for name in names}):
        table.told |= by_content(rows, table.meaning) or {}


def _rows(table: Table, texts: list[str]) -> list[dict[str, object]]:
    """The rows of a table, each of them whole."""
    lines = table.joined((Line(0, 0, text), False) for text in texts)
    return [
        fields
        for line, _ in lines
        if not is_drawn(line.text) and (fields := table.fields(line.text))
    ]


def _fits(table: Table, texts: list[str]) -> bool:
    """The first line of CSV names its columns, and the next has bytes in those for bytes."""
    names = table.names
    if table.columns:
        there = table.columns.keys() <= {name.lower() for name in names}
        return there and any(table.fields(text) is not None for text in texts[:_LINES])
    if len(set(names)) != len(names) or any(pieces(name) for name in names if len(name) > 3):
        return False
    below = next((text for text in texts if not is_drawn(text)), "")
    fields = table.fields(below)
    if fields is None or not any(pieces(str(value)) for value in fields.values()):
        return False
    _by_content(table, _rows(table, texts[:_ROWS]))
    rows = _rows(table, texts[:_ROWS])
    shows = [
        field_status(value) if table.meaning(name) == "sw" else field_bytes(value)
        for name, value in rows[0].items()
        if table.meaning(name) in BYTES.values()
    ]
    return any(shows) and None not in shows
