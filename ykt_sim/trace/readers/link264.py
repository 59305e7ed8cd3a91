"""Packets of link type 264: one event on the air of an ISO 14443 card.

A head of four bytes, version 0, event, length big-endian, then the frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.readers.base import Found
from ykt_sim.trace.readers.blocks import Frame
from ykt_sim.trace.readers.isodep import IsoDep

LINKTYPE: Final = 264
HEADER: Final = 4
#: Events: a frame of the reader or the card with its CRC, or without, and the field.
READER: Final = 0xFE
CARD: Final = 0xFF
READER_BARE: Final = 0xFA
CARD_BARE: Final = 0xFB
FIELD_ON: Final = 0xFC
FIELD_OFF: Final = 0xFD


def events(
    radio: IsoDep, t: float, packet: bytes, *, size: int, offset: int, line: int | None = None
) -> Iterator[Found]:
    """What one packet makes known.

    Args:
        size: bytes that the packet had; more than there are when the capture was cut.
    """
    if len(packet) < HEADER or packet[0] != 0:
        why = f"expected version 00, event and length, got {packet[:HEADER].hex() or 'nothing'}"
        yield from radio.missing(t, why, offset=offset, line=line)
        return
    event, length, data = packet[1], packet[2] << 8 | packet[3], packet[HEADER:]
    if event == FIELD_OFF:
        yield from radio.field_off(t)
    elif event in (READER, CARD, READER_BARE, CARD_BARE):
        frame = Frame(
            t,
            "reader" if event in (READER, READER_BARE) else "card",
            data[:length],
            crc=event in (READER, CARD),
            offset=offset,
            line=line,
        )
        if length > len(data):
            frame = frame._replace(cut=True, flaw=f"{length} bytes announced, {len(data)} follow")
        elif length < len(data) and size == len(packet):
            flaw = f"{length} bytes announced, {len(data)} follow"
            frame = frame._replace(cut=True, flaw=flaw)
        yield from radio.feed(frame)
    elif event != FIELD_ON:
        why = f"expected an event FA to FF, got {event:02X}"
        yield from radio.missing(t, why, offset=offset, line=line)
