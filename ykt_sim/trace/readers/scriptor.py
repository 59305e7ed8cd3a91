"""Output of scriptor (pcsc-tools).

::

    > RESET
    < OK: 3B 8F 80 01 ...
    00 B0 95 00 00
    > 00 B0 95 00 00
    < 01 10 00 00 00 00 00 00 58 00 00 00 10 00 00 00
    00 00 00 10 90 00 : Normal processing.

An answer is wrapped after 16 bytes, in the middle of the status word if it so happens; its
last row ends in the meaning of the status word behind a colon. The input line that scriptor
repeats in front of every command is passed over. No times.

Not told: times; how long an answer took.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.model import Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.hexrows import MAX_APDU, ROW, parse_hex
from ykt_sim.trace.readers.pairs import Pairs, bad_line

_READER: Final = re.compile(r"(?:No reader given: using|Using given card reader:) (.{1,200})")
_MEANING: Final = " :"
_SNIFF: Final = re.compile(
    r"^(?:> RESET$|< OK: 3[BF] |(?:[0-9A-F]{2} ){2,16}: [A-Z][a-z]|< .{5} : \S)", re.MULTILINE
)
_SNIFF_SHORT: Final = re.compile(r"^< (?:[0-9A-F]{2} ){2,16}: [A-Z]", re.MULTILINE)
_KEY: Final = "card"


def _sniff(head: bytes) -> int:
    text = head_text(head)
    return 88 if _SNIFF.search(text) or _SNIFF_SHORT.search(text) else 0


class _Answer:
    """An answer of several rows."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.data = bytearray()
        self.rows: list[int] = []

    def row(self, text: str, line: Line) -> bytes | str | None:
        """Take a row: None when more follow, else the answer or what is wrong."""
        pairs, meaning, _ = text.partition(_MEANING)
        self.rows.append(line.number)
        row = parse_hex(pairs, line)
        if isinstance(row, str):
            return row
        self.data += row
        if meaning:
            return bytes(self.data)
        if len(row) != ROW:
            return f"expected a row of {ROW} bytes or the meaning of the status word behind it"
        if len(self.data) > MAX_APDU:
            return "expected the end of the answer before 64 KiB"
        return None


def _typed(source: Source, typed: Line | None, line: Line) -> Line | None:
    """Account for lines that are no message: what was typed comes again as a command."""
    if typed is not None:
        again = line.text[:2] == "> " and line.text[2:].split() == typed.text.split()
        if again:
            source.account.named("command again", typed.number)
        else:
            source.passed(typed)
    return None if line.text.startswith(("> ", "< ")) else line


def _read(source: Source) -> Iterator[Found]:  # noqa: PLR0912 - one branch a kind of line
    pairs = Pairs(source)
    answer: _Answer | None = None
    session = _KEY
    typed: Line | None = None
    for line in source.lines():
        text = line.text
        if answer is not None and not text.startswith((">", "<")):
            read = answer.row(text, line)
            if read is not None:
                yield from pairs.answer(_KEY, 0.0, read, answer.line, rows=answer.rows)
                answer = None
            continue
        if answer is not None:
            why = "expected the rest of the answer"
            yield from pairs.answer(_KEY, 0.0, why, answer.line, rows=answer.rows)
            answer = None
        typed = _typed(source, typed, line)
        if text.startswith("< OK:"):
            atr = parse_hex(text[5:], line)
            if isinstance(atr, str):
                yield bad_line(session, 0.0, f"ATR: {atr}", line)
            else:
                yield Found(session, Reset(t=0.0, channel="card", atr=atr))
        elif text.startswith("> ") and text.rstrip() != "> RESET":
            yield from pairs.command(_KEY, 0.0, parse_hex(text[2:], line), line, session=session)
        elif text.startswith("< ") and not text.startswith("< KO:"):
            answer = _Answer(line)
            read = answer.row(text[2:], line)
            if read is not None:
                yield from pairs.answer(_KEY, 0.0, read, line, session=session)
                answer = None
        elif (reader := _READER.match(text)) is not None:
            session = reader[1].strip() or _KEY
    if typed is not None:
        source.passed(typed)
    if answer is not None:
        why = "expected the rest of the answer"
        yield from pairs.answer(_KEY, 0.0, why, answer.line, rows=answer.rows)
    yield from pairs.end()


FORMAT: Final = Format(
    name="scriptor",
    title="output of scriptor (pcsc-tools)",
    sniff=_sniff,
    read=by_card(_read),
)
