"""A trace as a radio capture that Wireshark opens: pcapng, link type 264.

Little-endian, microseconds. The time of day is the header's, or 1970.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Final

from ykt_sim.trace.model import Header, Recorded
from ykt_sim.trace.writers import BinarySink
from ykt_sim.trace.writers.radio import Sent, frames

LINKTYPE: Final = 264
_EVENTS: Final = {"reader": 0xFE, "card": 0xFF, "on": 0xFC, "off": 0xFD}
_APPLICATION: Final = b"ykt-sim"
_MICROSECONDS: Final = 6


def write(trace: Recorded, out: BinarySink) -> None:
    """Write a trace's card channel, frame by frame."""
    out.write(_section())
    out.write(_interface())
    start = _epoch(trace.header)
    for sent in frames(trace.events):
        out.write(_packet(sent, start))


def _epoch(header: Header) -> int:
    """Microseconds from 1970 to the trace's beginning; 0 when that is not known."""
    try:
        created = datetime.fromisoformat(header.created)
    except ValueError:
        return 0
    created = created if created.tzinfo else created.replace(tzinfo=UTC)
    return max(0, round(created.timestamp() * 1_000_000))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _section() -> bytes:
    body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    return _block(0x0A0D0D0A, body + _option(4, _APPLICATION) + _option(0, b""))


def _interface() -> bytes:
    body = struct.pack("<HHI", LINKTYPE, 0, 0)
    return _block(1, body + _option(9, bytes((_MICROSECONDS,))) + _option(0, b""))


def _packet(sent: Sent, start: int) -> bytes:
    data = struct.pack(">BBH", 0, _EVENTS[sent.source], len(sent.data)) + sent.data
    stamp = start + max(0, round(sent.t * 1_000_000))
    head = struct.pack(
        "<IIIII", 0, stamp >> 32 & 0xFFFFFFFF, stamp & 0xFFFFFFFF, len(data), len(data)
    )
    return _block(6, head + _padded(data))
