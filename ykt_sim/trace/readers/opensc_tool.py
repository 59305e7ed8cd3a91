"""Output of ``opensc-tool -s``.

::

    Using reader with a card: Virtual PCD 00 00
    Sending: 80 5C 00 02 04
    Received (SW1=0x90, SW2=0x00):
    00 00 27 10 ..'.

No times. The status word stands in front of the data, and nobody says how many bytes
follow: a row counts when its text column shows the bytes before it.

Not read: answers whose text column was cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.model import Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.hexrows import MAX_APDU, ROW, Read, parse_hex, text_row
from ykt_sim.trace.readers.pairs import Pairs, bad_line

_READER: Final = re.compile(r"Using reader with a card: (.{1,200})")
_SENDING: Final = re.compile(r"Sending: (.*)", re.DOTALL)
_RECEIVED: Final = re.compile(
    r"Received \(SW1=0x([0-9A-Fa-f]{2}), SW2=0x([0-9A-Fa-f]{2})\)(:?)\s*\Z"
)
_ATR: Final = re.compile(r"3[bf](?::[0-9a-f]{2}){1,32}\s*\Z", re.IGNORECASE)
_SNIFF: Final = re.compile(
    r"^(?:Received \(SW1=0x[0-9A-F]{2}, SW2=|Using reader with a card: )", re.MULTILINE
)
_LIKE_A_ROW: Final = re.compile(r"[0-9A-F](?:[0-9A-F](?: [0-9A-F]|\s*\Z)|\Z)")
_KEY: Final = "card"
#: Bytes of a command with nothing but an Le.
_CASE_2: Final = 5


def _sniff(head: bytes) -> int:
    return 90 if _SNIFF.search(head_text(head)) else 0


class _Answer:
    """An answer whose rows are coming in."""

    def __init__(self, line: Line, sw: bytes) -> None:
        self.line = line
        self.sw = sw
        self.data = bytearray()
        self.rows: list[int] = []
        self.why = ""

    def row(self, line: Line) -> bool:
        """Take a line; False when the rows are at an end before it."""
        text = line.text
        if len(self.data) % ROW or len(self.data) >= MAX_APDU:
            return False
        row = text_row(text)
        if row is None:
            if _LIKE_A_ROW.match(text):
                self.why = "expected a row whose text column shows its bytes"
            return False
        self.data += row
        self.rows.append(line.number)
        return True

    def read(self) -> Read:
        """The whole answer, or what is wrong with it."""
        if self.why:
            return self.why
        if not self.data:
            return "expected rows of data after the status word"
        return bytes(self.data) + self.sw


class _Log:
    """The state of one output."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pairs = Pairs(source)
        self._answer: _Answer | None = None
        self._session = _KEY

    def line(self, line: Line) -> Iterator[Found]:
        """Take a line."""
        if self._answer is not None:
            if self._answer.row(line):
                return
            yield from self._close()
        if (sending := _SENDING.match(line.text)) is not None:
            data = parse_hex(sending[1], line)
            yield from self._pairs.command(_KEY, 0.0, data, line, session=self._session)
        elif line.text.startswith("Received ("):
            yield from self._received(line)
        elif (reader := _READER.match(line.text)) is not None:
            self._session = reader[1].strip() or _KEY
        elif _ATR.match(line.text):
            atr = bytes.fromhex(line.text.replace(":", ""))
            yield Found(self._session, Reset(t=0.0, channel="card", atr=atr))
        else:
            self._source.passed(line)

    def _received(self, line: Line) -> list[Found]:
        received = _RECEIVED.match(line.text)
        read: Read
        if received is None:
            read = "expected SW1 and SW2 in two hex digits each"
        elif received[3]:
            self._answer = _Answer(line, bytes.fromhex(received[1] + received[2]))
            return []
        elif self._source.partial:
            # A colon, the sign that data follow, may be cut off.
            read = "expected a line end or a colon"
        else:
            read = bytes.fromhex(received[1] + received[2])
        return self._pairs.answer(_KEY, 0.0, read, line, session=self._session)

    def _close(self) -> list[Found]:
        answer, self._answer = self._answer, None
        if answer is None:
            return []
        return self._pairs.answer(
            _KEY, 0.0, answer.read(), answer.line, session=self._session, rows=answer.rows
        )

    def end(self) -> Iterator[Found]:
        """The file ends."""
        answer = self._answer
        command = self._pairs.waiting(_KEY)
        asked = len(command) == _CASE_2 and answer is not None and command[4] == len(answer.data)
        if answer is not None and answer.data and len(answer.data) % ROW == 0 and not asked:
            why = "answer: expected a line behind a full row, the file ends and rows may be missing"
            yield bad_line(self._session, 0.0, why, answer.line)
        yield from self._close()
        yield from self._pairs.end()


def _read(source: Source) -> Iterator[Found]:
    log = _Log(source)
    for line in source.lines():
        yield from log.line(line)
    yield from log.end()


FORMAT: Final = Format(
    name="opensc-tool",
    title="output of opensc-tool --send-apdu (OpenSC)",
    sniff=_sniff,
    read=by_card(_read),
)
