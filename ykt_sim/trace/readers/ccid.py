"""Log of the CCID driver with ``LIBCCID_ifdLogLevel=0x000F``: the messages on USB.

::

    00000048 [1946149872] -> 000000 62 00 00 00 00 00 1A 01 00 00
    00063285 [1946149872] <- 000000 80 14 00 00 00 00 1A 00 00 00 3B FA 18 00 ...
    00000089 -> lun: 0, 6F 0A 00 00 00 00 1F 00 00 00 00 40 06 80 FE 00 00 01 01 38
    00006126 <- lun: 0, 80 06 00 00 00 00 1F 00 00 00 00 40 02 6D 00 2F

Message type, length (little endian), slot, sequence number, three bytes that depend on the
type, data (USB CCID 1.1, clause 6). Readers of TPDU level carry T=1 blocks, which are
undone here; readers of APDU level and T=0 carry the APDU itself, in pieces when it is long.
What is a block is decided anew after each power-on, by the first message whose length and
check byte say so.

Not read: what a reader is told beside APDUs (PIN pads, escape, its LEDs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ykt_sim.trace.model import Removed, Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.hexrows import MAX_APDU, parse_hex
from ykt_sim.trace.readers.pairs import MAX_OPEN, Pairs, bad_line, failed, remember
from ykt_sim.trace.readers.pcsclog import FRAME, PcscLog
from ykt_sim.trace.readers.t1 import Direction, is_block, is_crc_ifs, lrc_fits

_TYPES: Final = r"(?:6[0-9A-F]|7[0-3]|8[0-4])"
_LINE: Final = re.compile(r"(->|<-) (?:lun: ([0-9A-Fa-f]{1,8}), |([0-9A-Fa-f]{6}) )(.*)", re.DOTALL)
_SNIFF: Final = re.compile(
    rf"(?:{FRAME}|^)(?:->|<-) (?:lun: [0-9A-F]{{1,8}}, |[0-9A-F]{{6}} )"
    rf"{_TYPES} (?:[0-9A-F]{{2}} ){{6}}",
    re.MULTILINE,
)

_HEADER: Final = 10
_POWER_ON: Final = 0x62
_POWER_OFF: Final = 0x63
_TRANSFER: Final = 0x6F
_DATA_BLOCK: Final = 0x80
_SLOT_STATUS: Final = 0x81
_ABSENT: Final = 2
#: Values of wLevelParameter and bChainParameter: begins, ends, goes on, "send me more".
_BEGINS, _ENDS, _GOES_ON, _MORE = 1, 2, 3, 0x10


class _Message(NamedTuple):
    """One CCID message."""

    kind: int
    slot: int
    sequence: int
    parameters: bytes
    data: bytes


def _message(data: bytes) -> _Message | str:
    if len(data) < _HEADER:
        return f"expected a CCID message of at least {_HEADER} bytes, found {len(data)}"
    size = int.from_bytes(data[1:5], "little")
    if size != len(data) - _HEADER:
        return f"dwLength: expected {size} bytes of data, found {len(data) - _HEADER}"
    return _Message(data[0], data[5], data[6], data[7:10], data[_HEADER:])


class _Slot:
    """What goes on in one slot of one reader."""

    def __init__(self, key: str, pairs: Pairs) -> None:
        self.key = key
        self._pairs = pairs
        self._asked: _Message | None = None
        self._blocks: bool | None = None
        self._sent = Direction()
        self._received = Direction()
        self._pieces = {_TRANSFER: bytearray(), _DATA_BLOCK: bytearray()}
        self._present = False

    def sent(self, message: _Message, t: float, line: Line) -> list[Found]:
        """A message to the reader."""
        self._asked = message
        if message.kind != _TRANSFER or _is_pps(message.data):
            return []
        if self._blocks is None and message.data:
            self._blocks = is_block(message.data) or is_crc_ifs(message.data)
        if self._blocks:
            found = self._sent.block(message.data)
        else:
            level = int.from_bytes(message.parameters[1:3], "little")
            found = self._joined(_TRANSFER, level, message.data)
        if found is None:
            return []
        self._received.abandon()
        self._pieces[_DATA_BLOCK].clear()
        return self._pairs.command(self.key, t, found, line)

    def received(self, message: _Message, t: float, line: Line) -> list[Found]:
        """A message from the reader."""
        asked = self._asked
        if asked is None or asked.sequence != message.sequence:
            expected = "no message was sent" if asked is None else f"{asked.sequence:02X} was sent"
            why = f"bSeq: expected the number of the last message, {expected}"
            return [bad_line(self.key, t, why, line)]
        state = message.parameters[0] >> 6
        if state == 2:  # the card asks for more time, the answer is still to come
            return []
        self._asked = None
        out = self._presence(message, t)
        if state:
            return out + self._refused(asked, message, t)
        if asked.kind == _POWER_ON and message.kind == _DATA_BLOCK:
            self._restart()
            out.append(Found(self.key, Reset(t=t, channel="card", atr=message.data)))
        elif asked.kind == _POWER_OFF:
            self._restart()
            out += self._gone(t)
        elif asked.kind == _TRANSFER and not _is_pps(asked.data):
            if self._blocks:
                found = self._received.block(message.data)
            else:
                found = self._joined(_DATA_BLOCK, message.parameters[2], message.data)
            if found is not None:
                out += self._pairs.answer(self.key, t, found, line)
        return out

    def _refused(self, asked: _Message, message: _Message, t: float) -> list[Found]:
        """The reader says that it could not do it."""
        if asked.kind not in {_POWER_ON, _TRANSFER}:
            return []
        # A lost block is sent again; the command itself still waits.
        out = [] if self._blocks else self._pairs.drop(self.key)
        call = "IccPowerOn" if asked.kind == _POWER_ON else "XfrBlock"
        return [*out, failed(self.key, t, call, f"{message.parameters[1]:02X}")]

    def _presence(self, message: _Message, t: float) -> list[Found]:
        if message.kind not in {_DATA_BLOCK, _SLOT_STATUS}:
            return []
        if message.parameters[0] & 3 != _ABSENT:
            self._present = True
            return []
        return self._gone(t)

    def _gone(self, t: float) -> list[Found]:
        if not self._present:
            return []
        self._present = False
        return [*self._pairs.drop(self.key), Found(self.key, Removed(t=t, channel="card"))]

    def _restart(self) -> None:
        self._blocks = None
        self._present = True
        self._sent.reset()
        self._received.reset()
        for piece in self._pieces.values():
            piece.clear()

    def _joined(self, kind: int, level: int, data: bytes) -> bytes | str | None:
        """The whole APDU, of one or of several messages."""
        pieces = self._pieces[kind]
        if level == _MORE:
            return None
        if level == _BEGINS:
            pieces.clear()
        if level in {_BEGINS, _GOES_ON}:
            pieces += data
            if len(pieces) > MAX_APDU:
                pieces.clear()
                return "expected the end of an APDU before 64 KiB of chained messages"
            return None
        whole = bytes(pieces) + data if level == _ENDS else data
        pieces.clear()
        return whole


def _is_pps(data: bytes) -> bool:
    """A request or confirmation of protocol parameters, which is no APDU."""
    return 3 <= len(data) <= 6 and data[0] == 0xFF and lrc_fits(data)


def _sniff(head: bytes) -> int:
    return 80 if _SNIFF.search(head_text(head)) else 0


def _read(source: Source) -> Iterator[Found]:
    log = PcscLog()
    pairs = Pairs(source, timed=True)
    slots: dict[tuple[str, int], _Slot] = {}
    for line in source.lines():
        t, _, text = log.entry(line)
        found = _LINE.match(text)
        if found is None:
            source.passed(line, text)
            continue
        reader = f"reader {int(found[2] or found[3], 16)}"
        data = parse_hex(found[4], line)
        message = data if isinstance(data, str) else _message(data)
        if isinstance(message, str):
            yield bad_line(reader, t, message, line)
            continue
        name = (reader, message.slot)
        if name not in slots:
            key = f"{reader} slot {message.slot}" if message.slot else reader
            if len(slots) >= MAX_OPEN:
                yield from pairs.drop(next(iter(slots.values())).key)
            remember(slots, name, _Slot(key, pairs))
        slot = slots[name]
        yield from (slot.sent if found[1] == "->" else slot.received)(message, t, line)
    yield from pairs.end()


FORMAT: Final = Format(
    name="ccid",
    title="log of the CCID driver of pcscd (LIBCCID_ifdLogLevel=0x000F)",
    sniff=_sniff,
    read=by_card(_read),
)
