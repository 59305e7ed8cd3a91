"""Output of ``opensc-tool -s``.

::

    Using reader with a card: Virtual PCD 00 00
    Sending: 80 5C 00 02 04
    Received (SW1=0x90, SW2=0x00):
    00 00 27 10 ..'.

No times. The status word stands in front of the data, and nobody says how many bytes
follow: a row counts when its text column shows the bytes before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.model import Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.hexrows import MAX_APDU, ROW, parse_hex, text_row
from ykt_sim.trace.readers.pairs import Pairs, bad_line

_READER: Final = re.compile(r"Using reader with a card: (.{1,200})")
_SENDING: Final = re.compile(r"Sending: (.*)", re.DOTALL)
_RECEIVED: Final = re.compile(
    r"Received \(SW1=0x([0-9A-Fa-f]{2}), SW2=0x([0-9A-Fa-f]{2})\)(:?)\s*\Z"
)
_ATR: Final = re.compile(r"3[bf](?::[0-9a-f]{2}){1,32}\s*\Z", re.IGNORECASE)
_SNIFF: Final = re.compile(r"^(?:Sending: (?:[0-9A-F]{2} ){3}|Received \(SW1=0x)", re.MULTILINE)
_KEY: Final = "card"


def _sniff(head: bytes) -> int:
    return 90 if _SNIFF.search(head_text(head)) else 0


class _Answer:
    """An answer whose rows are coming in."""

    def __init__(self, line: Line, sw: bytes) -> None:
        self.line = line
        self.sw = sw
        self.data = bytearray()

    def row(self, text: str) -> bool:
        """Take a line; False when the rows are at an end before it."""
        if len(self.data) % ROW or len(self.data) >= MAX_APDU:
            return False
        row = text_row(text)
        self.data += row or b""
        return row is not None


def _read(source: Source) -> Iterator[Found]:
    pairs = Pairs(source)
    answer: _Answer | None = None
    session = _KEY

    def close() -> list[Found]:
        nonlocal answer
        if answer is None:
            return []
        whole = bytes(answer.data) + answer.sw
        if not answer.data:
            whole_or_why: bytes | str = "expected rows of data after the status word"
        else:
            whole_or_why = whole
        line, answer = answer.line, None
        return pairs.answer(_KEY, 0.0, whole_or_why, line, session=session)

    for line in source.lines():
        if answer is not None:
            if answer.row(line.text):
                continue
            yield from close()
        if (sending := _SENDING.match(line.text)) is not None:
            data = parse_hex(sending[1], line)
            yield from pairs.command(_KEY, 0.0, data, line, session=session)
        elif (received := _RECEIVED.match(line.text)) is not None:
            sw = bytes.fromhex(received[1] + received[2])
            if received[3]:
                answer = _Answer(line, sw)
            else:
                yield from pairs.answer(_KEY, 0.0, sw, line, session=session)
        elif line.text.startswith("Received ("):
            why = "expected SW1 and SW2 in two hex digits each"
            if pairs.waits(_KEY):
                yield from pairs.answer(_KEY, 0.0, why, line)
            else:
                yield bad_line(session, 0.0, f"answer: {why}", line)
        elif (reader := _READER.match(line.text)) is not None:
            session = reader[1].strip() or _KEY
        elif _ATR.match(line.text):
            atr = bytes.fromhex(line.text.replace(":", ""))
            yield Found(session, Reset(t=0.0, channel="card", atr=atr))
    yield from close()
    yield from pairs.end()


FORMAT: Final = Format(
    name="opensc-tool",
    title="output of opensc-tool --send-apdu (OpenSC)",
    sniff=_sniff,
    read=_read,
)
