"""Packets of link type 264: one event on the air of an ISO 14443 card.

A head of four bytes, version 0, event, length big-endian, then the frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from ykt_sim.trace.iso14443 import Side
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
_SIDES: Final[dict[int, Side]] = {
    READER: "reader", CARD: "card", READER_BARE: "reader", CARD_BARE: "card",
}  # fmt: skip


def events(
    radio: IsoDep, t: float, packet: bytes, *, size: int, offset: int, line: int | None = None
) -> Iterable[Found]:
    """What one packet makes known.

    Args:
        size: bytes that the packet had; more than there are when the capture was cut.
    """
    if len(packet) < HEADER or packet[0] != 0:
        why = f"expected version 00, event and length, got {packet[:HEADER].hex() or 'nothing'}"
        return radio.missing(t, why, offset=offset, line=line)
    event = packet[1]
    side = _SIDES.get(event)
    if side is None:
        if event == FIELD_OFF:
            return radio.field_off(t)
        if event == FIELD_ON:
            return ()
        why = f"expected an event FA to FF, got {event:02X}"
        return radio.missing(t, why, offset=offset, line=line)
    length, data = packet[2] << 8 | packet[3], packet[HEADER:]
    whole = event in (READER, CARD)
    if length == len(data):
        return radio.feed(Frame(t, side, data, whole, offset=offset, line=line))
    frame = Frame(t, side, data[:length], whole, offset=offset, line=line)
    if length > len(data) or size == len(packet):
        flaw = f"{length} bytes announced, {len(data)} follow"
        frame = msgspec.structs.replace(frame, cut=True, flaw=flaw)
    return radio.feed(frame)
