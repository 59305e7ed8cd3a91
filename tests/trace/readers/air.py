"""Frames, capture files and checks that the tests of radio readers share."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from hypothesis import strategies as st

from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset
from ykt_sim.trace.readers.base import BROKEN, Found, Source

Reader = Callable[[Source], Iterator[Found]]
Order = Literal["<", ">"]

SELECT = bytes.fromhex("00A4040008A000000632010105")
FCI = bytes.fromhex("6F0A8408A0000006320101059000")
BALANCE = bytes.fromhex("805C000204")


def slow_crc(data: bytes, start: int, end: int) -> bytes:
    """CRC of ISO 14443-3 bit by bit, as an independent eye."""
    value = start
    for byte in data:
        for bit in range(8):
            mixed = (value ^ byte >> bit) & 1
            value = value >> 1 ^ (0x8408 if mixed else 0)
    return (value ^ end).to_bytes(2, "little")


def a(text: str) -> bytes:
    """A frame of type A with its CRC."""
    data = bytes.fromhex(text)
    return data + slow_crc(data, 0x6363, 0)


def b(text: str) -> bytes:
    """A frame of type B with its CRC."""
    data = bytes.fromhex(text)
    return data + slow_crc(data, 0xFFFF, 0xFFFF)


def found(read: Reader, data: bytes | str) -> list[Found]:
    """All that a reader finds."""
    raw = data.encode() if isinstance(data, str) else data
    return list(read(Source(io.BytesIO(raw))))


def short(item: Found) -> tuple[object, ...]:
    """An event in short: what it is, and its bytes in hex."""
    event = item.event
    if isinstance(event, Exchange):
        return ("x", event.command.hex().upper(), event.response.hex().upper())
    if isinstance(event, Reset):
        return ("reset", event.atr.hex().upper())
    if isinstance(event, Removed):
        return ("removed",)
    if event.text == BROKEN:
        return ("broken", event.data["why"])
    return ("note", event.text, event.data)


def shorts(items: Iterable[Found]) -> list[tuple[object, ...]]:
    return [short(item) for item in items]


def broken_of(items: Iterable[Found]) -> list[Note]:
    """The notes about what cannot be used."""
    events = [item.event for item in items]
    return [event for event in events if isinstance(event, Note) and event.text == BROKEN]


def without_notes(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, Note)]


# -- capture files ---------------------------------------------------------------------------


def pcap(
    frames: Iterable[tuple[float, bytes]],
    *,
    linktype: int = 264,
    order: Order = "<",
    nano: bool = False,
) -> bytes:
    """A classic pcap file."""
    units = 1_000_000_000 if nano else 1_000_000
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, linktype)
    for t, data in frames:
        whole = round(t * units)
        out += struct.pack(order + "IIII", whole // units, whole % units, len(data), len(data))
        out += data
    return out


def block(kind: int, body: bytes, order: Order = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: Order = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(linktype: int, order: Order = "<", options: bytes = b"") -> bytes:
    return block(1, struct.pack(order + "HHI", linktype, 0, 0) + options, order)


def option(code: int, value: bytes, order: Order = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def enhanced(stamp: int, data: bytes, number: int = 0, order: Order = "<") -> bytes:
    head = (number, stamp >> 32, stamp & 0xFFFFFFFF, len(data), len(data))
    return block(6, struct.pack(order + "IIIII", *head) + data, order)


def on_air(event: int, data: bytes = b"") -> bytes:
    """A packet of link type 264."""
    return struct.pack(">BBH", 0, event, len(data)) + data


def reader_frame(text: str) -> bytes:
    return on_air(0xFE, a(text))


def card_frame(text: str) -> bytes:
    return on_air(0xFF, a(text))


# -- damage ------------------------------------------------------------------------------------


def mutated(good: bytes) -> st.SearchStrategy[bytes]:
    """A good file with a few changes: bytes changed, cut out, doubled, put in."""
    places = st.integers(0, len(good))
    change = st.tuples(places, places, st.sampled_from("=-+*"), st.binary(max_size=8))
    return st.lists(change, min_size=1, max_size=6).map(lambda changes: _apply(good, changes))


def _apply(good: bytes, changes: list[tuple[int, int, str, bytes]]) -> bytes:
    data = good
    for first, second, kind, extra in changes:
        start, end = min(first, second), min(max(first, second), first + 64)
        if kind == "=":
            data = data[:start] + extra + data[start + len(extra) :]
        elif kind == "-":
            data = data[:start] + data[end:]
        elif kind == "+":
            data = data[:start] + extra + data[start:]
        else:
            data = data[:end] + data[start:end] + data[end:]
    return data


def check_harmless(read: Reader, data: bytes, raw: bytes | None = None, piece: int = 64) -> None:
    """No error but TraceError, and no exchange whose bytes are not in the file.

    Args:
        raw: the file's bytes where the file itself is text.
        piece: an APDU may be in as many pieces as it has runs of so many bytes.
    """
    raw = data if raw is None else raw
    try:
        items = found(read, data)
    except TraceError:
        return
    for item in items:
        assert item.session
        assert item.event.t >= 0.0
        if isinstance(item.event, Exchange):
            for apdu in (item.event.command, item.event.response):
                assert pieces(apdu, raw) <= 2 + len(apdu) // piece, apdu.hex()
        elif isinstance(item.event, Reset):
            assert item.event.atr
        elif isinstance(item.event, Note) and item.event.text == BROKEN:
            assert item.event.data["why"]
            offset = item.event.data["offset"]
            assert isinstance(offset, int)
            assert 0 <= offset <= len(data)


def pieces(wanted: bytes, raw: bytes) -> int:
    """In how many pieces some bytes stand in a file; more than there are bytes if not at all."""
    count = at = 0
    while at < len(wanted):
        end = len(wanted)
        while end > at and wanted[at:end] not in raw:
            end -= 1
        if end == at:
            return len(wanted) + 1000
        count, at = count + 1, end
    return count
