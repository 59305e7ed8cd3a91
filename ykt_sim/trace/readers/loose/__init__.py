"""Logs of no particular program: one engine for whatever people paste.

A line is taken apart into bytes, words and times (`tokens`, `times`, `words`, `rows`), the
beginning of the log tells who speaks and where status words stand (`survey`), and rows become
exchanges that check, or marks (`exchanges`). Nothing is invented: see `exchanges`.

Not read: see "Logs of no particular program" in the how-to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, islice, pairwise
from typing import Final

from ykt_sim.errors import TraceError
from ykt_sim.trace.readers.account import Account
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.loose import frames
from ykt_sim.trace.readers.loose.addresses import Addresses, Steps, steps_of
from ykt_sim.trace.readers.loose.dumps import offsets_of
from ykt_sim.trace.readers.loose.exchanges import Talk
from ykt_sim.trace.readers.loose.fronts import (
    Sources,
    are_found,
    has_wide_rulers,
    uncounted,
    unfronted,
    unplaced,
)
from ykt_sim.trace.readers.loose.halves import FRAMED
from ykt_sim.trace.readers.loose.heads import Heads
from ykt_sim.trace.readers.loose.lengths import stand_behind
from ykt_sim.trace.readers.loose.mail import is_quoted_printable, unfolded
from ykt_sim.trace.readers.loose.parts import leading_status
from ykt_sim.trace.readers.loose.radio import Air, on_air
from ykt_sim.trace.readers.loose.records.cells import go_over_lines, rows_of_csv
from ykt_sim.trace.readers.loose.records.columns import columns_of, named_column
from ykt_sim.trace.readers.loose.records.journald import is_journal, messages
from ykt_sim.trace.readers.loose.records.markup import elements, record_element
from ykt_sim.trace.readers.loose.records.objects import joined, record_depth
from ykt_sim.trace.readers.loose.records.statements import are_statements, as_csv
from ykt_sim.trace.readers.loose.records.vertical import are_vertical, one_a_line
from ykt_sim.trace.readers.loose.rows import LogRow, Parser, RowKind, unframed
from ykt_sim.trace.readers.loose.sections import Sections, have_headings
from ykt_sim.trace.readers.loose.spread import gathered
from ykt_sim.trace.readers.loose.survey import LINES, survey
from ykt_sim.trace.readers.loose.tables import Table, names_seen, table_of
from ykt_sim.trace.readers.loose.timing.above import Above, stand_above
from ykt_sim.trace.readers.loose.timing.times import backwards, clock_of
from ykt_sim.trace.readers.loose.tokens import dress_of, pieces, plain

__all__ = ["FORMAT", "columns_format", "hint"]

_SNIFFED: Final = 2000
_DIGITS: Final = "0123456789"
#: Lines of a mail above what it quotes.
_HEAD: Final = 20
_CHANNEL: Final = re.compile(r"\d{1,3}[>|\])]")
_SHOWN: Final = 4096
#: Names of columns that a message shows.
_NAMES: Final = 12
_MOST: Final = 0.9


def _parser(texts: list[str]) -> Parser:
    """What the lines of a log have in common."""
    shown = [plain(text[:_SHOWN]) for text in texts]
    quoted, numbered = _quoted(shown), _numbered(shown) or _channeled(shown)
    found = are_found(shown)
    whole = [unfronted(text, quoted=quoted, numbered=numbered, found=found) for text in shown]
    untimed, clock = clock_of(whole), clock_of(whole)
    rulers = has_wide_rulers(whole)
    taken = [(untimed.take(text), text) for text in whole]
    bare = [
        unplaced(uncounted(rest, text), rulers=rulers, timed=t is not None)
        for (t, _, rest), text in taken
    ]
    # A number of a line may be the offset of a row; the sign of a mail is none.
    offsets = offsets_of(unplaced(text, rulers=rulers) for text in (whole if quoted else shown))
    steps = Steps() if offsets.always else steps_of(bare)
    addresses = Addresses(steps)
    rows = [addresses.take(text) for text in bare]
    return Parser(
        dress_of(rows),
        clock,
        quoted,
        numbered,
        stand_behind(rows),
        leading_status(rows),
        offsets,
        Addresses(steps),
        rulers,
        found,
        Sections(known=have_headings(whole)),
        Sources(whole),
    )


def _quoted(texts: list[str]) -> bool:
    """Every line begins with the ``>`` of mail, behind its head; one of commands does so, too."""
    lines = [text.lstrip() for text in texts if text.strip()]
    begin = next((at for at, line in enumerate(lines[:_HEAD]) if line.startswith(">")), 0)
    lines = lines[begin:]
    if len(lines) < 3 or not all(line.startswith(">") for line in lines):
        return False
    rest = [line[1:].lstrip() for line in lines]
    return (
        any(line[:1] in {">", "<"} or not line[:2].strip(">").strip() for line in rest)
        or any(mark in line for line in rest for mark in ("<", ":", "-", "SW", "sw"))
        or _alternates(rest)
    )


def _alternates(rest: list[str]) -> bool:
    sizes = Counter(len(line) for line in rest)
    return len(sizes) > 1


def _numbered(texts: list[str]) -> bool:
    """Every line with bytes begins with a number that is one more than the one before."""
    numbers = []
    lines = 0
    for text in texts:
        if not text.strip() or not pieces(text):
            continue
        lines += 1
        digits = text.lstrip()[:9]
        size = next((at for at, char in enumerate(digits) if char not in _DIGITS), len(digits))
        if size:
            numbers.append(int(digits[:size]))
    steps = sum(1 for a, b in pairwise(numbers) if b - a == 1)
    return lines > 2 and len(numbers) > _MOST * lines and steps >= _MOST * (len(numbers) - 1)


def _channeled(texts: list[str]) -> bool:
    """Every line begins with the same number and a sign, as of a channel: ``00> ``."""
    lines = [text for text in texts if text.strip()]
    fronts = {found[0] if (found := _CHANNEL.match(line)) else "" for line in lines}
    return len(lines) > 3 and len(fronts) == 1 and fronts != {""}


def _reader(
    lines: list[Line], columns: dict[str, str] | None = None, *, records: bool
) -> Parser | Table:
    texts = [line.text for line in lines]
    parser = _parser(texts)
    if parser.addresses.known:
        return parser  # a tab behind an address makes no table
    table = table_of(parser, texts, columns, records=records)
    if table is None:
        parser.separator = names_seen(texts)[1]
    return table or parser


def _as_records(
    lines: Iterator[tuple[Line, bool]], columns: dict[str, str] | None = None
) -> tuple[Iterator[tuple[Line, bool]], bool]:
    """The lines of a log, those that one object of JSON or element of XML is spread over as one.

    Each comes with whether it is the last and has no end; the last value says whether there
    are such objects.
    """
    first = list(islice(lines, LINES))
    if is_quoted_printable(line.text for line, _ in first):
        lines = unfolded(chain(first, lines))
        first = list(islice(lines, LINES))
    texts = [line.text for line, _ in first]
    if is_journal(texts):
        return messages(chain(first, lines)), False
    if are_vertical(texts):
        return one_a_line(chain(first, lines)), False
    if are_statements(texts):
        return as_csv(chain(first, lines)), False
    if go_over_lines(texts):
        return rows_of_csv(chain(first, lines)), False
    element = record_element(texts, lambda name: named_column(name, columns))
    if element is not None:
        return elements(chain(first, lines), element), True
    depth = record_depth(texts, lambda name: named_column(name, columns))
    every = chain(first, lines)
    return (gathered(every), False) if depth is None else (joined(every, depth), True)


def _unframer(rows: list[LogRow]) -> Callable[[LogRow], LogRow]:
    """What takes APDUs out of frames that all rows of a log are, without their first byte."""
    shown = [row for row in rows if row.kind is RowKind.BYTES]
    if not frames.headless(row.data for row in shown):
        return lambda row: row

    def taken(row: LogRow) -> LogRow:
        bytes_ = row.kind is RowKind.BYTES
        return unframed(row, frames.with_head(row.data)) if bytes_ else row

    return taken


def _talk(source: Source, rows: list[LogRow]) -> Talk | Air:
    """What puts the rows of a log together: frames of the air are no APDUs."""
    how = on_air(rows)
    return Talk(source, survey(rows)) if how is None else Air(source, how)


#: What to do with a log that shows the newest line first.
NEWEST_FIRST: Final = (
    "its times run from the newest line to the oldest, so that answers stand above their "
    "commands; sort it by time (or turn its lines round), and read that"
)


def _read(source: Source, columns: dict[str, str] | None = None) -> Iterator[Found]:
    read = ((line, source.partial) for line in source.lines())
    lines, records = _as_records(read, columns)
    first = list(islice(lines, LINES))
    if backwards([line.text for line, _ in first]):
        raise TraceError(f"{source.name}: {NEWEST_FIRST}")
    parser = _reader([line for line, _ in first], columns, records=records)
    if isinstance(parser, Table):
        lines = parser.joined(chain(first, lines))
        first = list(islice(lines, LINES))
    rows: list[tuple[LogRow, bool]] = [
        (row, partial) for line, partial in first for row in parser.rows(line)
    ]
    unframe = _unframer([row for row, _ in rows])
    heads = Heads()
    rows = [(heads.row(unframe(row)), partial) for row, partial in rows]
    above = Above(known=stand_above(row for row, _ in rows))
    rows = [(above.row(row), partial) for row, partial in rows]
    talk = _talk(source, [row for row, _ in rows])
    for row, partial in rows:
        source.partial = partial
        yield from talk.row(row)
    for line, source.partial in lines:
        for row in parser.rows(line):
            yield from talk.row(above.row(heads.row(unframe(row))))
    yield from talk.end()
    source.account.times = parser.untold or _untimed(parser, talk)


def _untimed(parser: Parser | Table, talk: Talk | Air) -> str:
    """Why the times of a log are of no exchange; nothing where they are, or there are none."""
    if isinstance(parser, Table) or isinstance(talk, Air) or talk.timed or not talk.exchanges:
        return ""
    return "they stand in lines without commands and answers" if parser.clock.known else ""


def _rows_of(head: bytes) -> list[LogRow]:
    """The rows of a beginning of a log."""
    text = head_text(head)
    texts = [row[:_SHOWN] for row in text.split("\n")[:_SNIFFED]]
    numbered = ((Line(number, 0, one), False) for number, one in enumerate(texts, 1))
    read, records = _as_records(numbered)
    lines = [line for line, _ in read]
    parser = _reader(lines, records=records)
    if isinstance(parser, Table):
        lines = [line for line, _ in parser.joined((line, False) for line in lines)]
    rows = [row for line in lines for row in parser.rows(line)]
    return list(map(Heads().row, map(_unframer(rows), rows)))


def _sniff(head: bytes) -> int:
    rows = _rows_of(head)
    talk = _talk(_Whole(), rows)
    commands = 0
    for row in rows:
        commands += sum(hasattr(found.event, "command") for found in talk.row(row))
    commands += sum(hasattr(found.event, "command") for found in talk.end())
    if talk.exchanges:
        return 30 if talk.sure else 20
    return 10 if commands and talk.marked else 0


def hint(head: bytes) -> str:
    """What to do with a beginning that no format knows: a table, commands inside of frames."""
    names, _ = names_seen([text[:_SHOWN] for text in head_text(head).split("\n")[:_SNIFFED]])
    if not names:
        return f"{FRAMED}; " if survey(_rows_of(head)).framed else ""
    shown = ", ".join(repr(name) for name in names[:_NAMES] if name)
    return (
        f"it looks like a table with the columns {shown}: say what they hold with "
        "--from columns:command=NAME,answer=NAME,sw=NAME or columns:dir=NAME,data=NAME; "
    )


class _Whole(Source):
    """Stands for a file that is not read."""

    def __init__(self) -> None:
        self.account = Account()
        self.partial = False


FORMAT: Final = Format(
    name="plain",
    title="hex with arrows or words, or alternating lines of hex",
    sniff=_sniff,
    read=_read,
    aliases=("hex",),
)


def columns_format(text: str) -> Format:
    """A table whose columns the user names: ``command=NAME,answer=NAME,sw=NAME``.

    Raises:
        UsageError: as `tables.columns_of`.
    """
    columns = columns_of(text)
    return Format(
        name="columns",
        title="a table, CSV or JSON lines",
        sniff=lambda _head: 0,
        read=lambda source: _read(source, columns),
    )
