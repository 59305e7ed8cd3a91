"""Proxmark3's trace file, as ``trace save`` writes it.

Each record, little-endian: time in carrier periods (4 bytes), duration (2), length in 15
bits with the top bit set for the card's frames (2), the frame with its CRC, one parity bit
a byte (a byte of them for each 8 begun, and at least one).

Not told: the type of the trace, and annotations.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from ykt_sim.trace.iso14443 import CARRIER_HZ, REQA, WUPA, has_crc, odd_parity
from ykt_sim.trace.readers.base import HEAD, Format, Found, Source
from ykt_sim.trace.readers.blocks import Frame
from ykt_sim.trace.readers.isodep import IsoDep
from ykt_sim.trace.readers.ticks import Ticks

_RECORD: Final = struct.Struct("<IHH")
_RESPONSE: Final = 0x8000
#: Longest frame that ISO 14443 knows, with its CRC; more is not this kind of file.
_MAX_FRAME: Final = 4096


class _Record(NamedTuple):
    ticks: int
    duration: int
    size: int
    card: bool

    @property
    def parity(self) -> int:
        return max(1, -(-self.size // 8))


def _record(raw: bytes, at: int = 0) -> _Record:
    ticks, duration, size = _RECORD.unpack_from(raw, at)
    return _Record(ticks, duration, size & ~_RESPONSE, bool(size & _RESPONSE))


def _flaw(data: bytes, parity: bytes) -> str:
    for index, byte in enumerate(data):
        if odd_parity(byte) != parity[index >> 3] >> (7 - (index & 7)) & 1:
            return f"a parity error in byte {index}"
    return ""


def read(source: Source) -> Iterator[Found]:
    """What the records hold."""
    radio, clock, t = IsoDep(), Ticks(CARRIER_HZ), 0.0
    while raw := source.read(_RECORD.size):
        offset = source.offset - len(raw)
        if len(raw) < _RECORD.size:
            why = f"expected a record's head of {_RECORD.size} bytes, got {len(raw)}"
            yield from radio.missing(t, why, offset=offset)
            break
        record = _record(raw)
        t = clock.seconds(record.ticks)
        data = source.read(record.size)
        parity = source.read(record.parity)
        frame = Frame(t, "card" if record.card else "reader", data, offset=offset)
        if len(data) < record.size:
            frame = msgspec.structs.replace(frame, cut=True)
        elif len(parity) == record.parity and len(data) > 1:
            frame = msgspec.structs.replace(frame, flaw=_flaw(data, parity))
        yield from radio.feed(frame)
        if len(data) == record.size and len(parity) < record.parity:
            why = f"expected {record.parity} bytes of parity, got {len(parity)}"
            yield from radio.missing(t, why, offset=offset)
    yield from radio.end()


def sniff(head: bytes) -> int:
    """No magic number: the records must chain up and frames must be what they say."""
    at = records = known = 0
    while at + _RECORD.size <= len(head):
        record = _record(head, at)
        end = at + _RECORD.size + record.size
        if record.size > _MAX_FRAME:
            return 0
        data = head[at + _RECORD.size : end]
        short = len(data) == 1 and data[0] in (REQA, WUPA) and not record.card
        known += short or (len(data) == record.size and has_crc(data))
        records += 1
        at = end + record.parity
    # A file that is shorter than the head must end with a record, unless it was cut.
    if not records or not known or known * 20 < records:
        return 0
    return 80 if at == len(head) or len(head) >= HEAD else 40


FORMAT: Final = Format("proxmark-trace", "Proxmark3 trace file (binary)", sniff, read)
