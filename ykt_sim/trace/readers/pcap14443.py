"""Radio captures in pcap and pcapng files, link type 264.

NFCGate writes a layout of its own: a big-endian section whose first interface is of type 264
and whose second one, type 147, holds the chip's settings. Its frames are APDUs behind a
PCB that is always 02, so its block numbers say nothing and are not looked at.

Not read: frames of other radio standards (ISO 15693, FeliCa).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ykt_sim.errors import TraceError
from ykt_sim.trace.iso14443 import PCB_I
from ykt_sim.trace.model import Removed
from ykt_sim.trace.readers.base import Format, Found, Source, broken
from ykt_sim.trace.readers.isodep import IsoDep
from ykt_sim.trace.readers.link264 import (
    CARD,
    CARD_BARE,
    FIELD_OFF,
    FIELD_ON,
    HEADER,
    LINKTYPE,
    READER,
    READER_BARE,
    events,
)
from ykt_sim.trace.readers.pairing import Pairing
from ykt_sim.trace.readers.pcapfile import Damage, Packet, PcapSection, linktypes, packets

#: Link types of NFCGate's first two interfaces: frames, and its own settings.
_NFCGATE: Final = (LINKTYPE, 147)


class _Gate:
    """NFCGate's frames: an APDU behind a PCB."""

    def __init__(self) -> None:
        self._pairing = Pairing("card 1")
        self._present = False

    def packet(self, packet: Packet) -> Iterator[Found]:
        """One frame, or the field's end."""
        data, offset = packet.data, packet.offset
        session = self._pairing.session
        if len(data) < HEADER or data[0] or HEADER + (data[2] << 8 | data[3]) != len(data):
            why = "expected version 00, event and the length of what follows"
            yield broken(session, packet.t, why, offset=offset, raw=data.hex())
            return
        event, frame = data[1], data[HEADER:]
        if event == FIELD_OFF:
            yield from self._pairing.close("the field went off before the answer")
            if self._present:
                yield Found(session, Removed(t=packet.t, channel="card"))
            self._present = False
        elif event in (READER, CARD, READER_BARE, CARD_BARE):
            self._present = True
            apdu = frame[1:] if event in (READER_BARE, CARD_BARE) else frame[1:-2]
            if frame[:1] != bytes((PCB_I,)):
                why = "expected PCB 02 and an APDU"
                yield broken(session, packet.t, why, offset=offset, raw=frame.hex())
            elif event in (READER, READER_BARE):
                yield from self._pairing.command(packet.t, apdu, offset=offset)
            else:
                yield from self._pairing.answer(packet.t, apdu, offset=offset)
        elif event != FIELD_ON:
            why = f"expected an event FA to FF, got {event:02X}"
            yield broken(session, packet.t, why, offset=offset)

    def damage(self, damage: Damage) -> Iterator[Found]:
        """A place that cannot be read."""
        yield from self._pairing.close("the file is damaged before the answer")
        yield broken(self._pairing.session, damage.t, damage.why, offset=damage.offset)

    def end(self) -> Iterator[Found]:
        """The capture is over."""
        yield from self._pairing.close("the capture ends before the answer")


class _Radio:
    """Frames of one interface."""

    def __init__(self, label: str) -> None:
        self._radio = IsoDep(label)

    def packet(self, packet: Packet) -> Iterable[Found]:
        """One frame, or the field's end."""
        return events(self._radio, packet.t, packet.data, size=packet.size, offset=packet.offset)

    def damage(self, damage: Damage) -> Iterator[Found]:
        """A place that cannot be read."""
        yield from self._radio.missing(damage.t, damage.why, offset=damage.offset)

    def end(self) -> Iterator[Found]:
        """The capture is over."""
        yield from self._radio.end()


def _is_nfcgate(section: PcapSection) -> bool:
    kinds = tuple(interface.linktype for interface in section.interfaces[:2])
    return section.order == ">" and kinds == _NFCGATE


def read(source: Source) -> Iterator[Found]:
    """What the frames of all interfaces of type 264 hold."""
    channels: dict[int, _Gate | _Radio] = {}
    other: set[int] = set()
    lost: list[Damage] = []
    for packet in packets(source):
        if isinstance(packet, Damage):
            for channel in channels.values():
                yield from channel.damage(packet)
            if not channels and len(lost) < 16:
                lost.append(packet)
        elif packet.linktype == LINKTYPE:
            number = packet.interface
            known = channels.get(number)
            if known is None:
                label = "card" if not channels else f"interface {number} card"
                gate = number == 0 and _is_nfcgate(packet.section)
                known = channels[number] = _Gate() if gate else _Radio(label)
            yield from known.packet(packet)
        else:
            other.add(packet.linktype)
    for channel in channels.values():
        yield from channel.end()
    if not channels:
        if other:
            kinds = ", ".join(str(kind) for kind in sorted(other)[:8])
            raise TraceError(
                f"{source.name}: expected packets of link type {LINKTYPE}, got type {kinds}"
            )
        for damage in lost:
            yield broken("card 1", damage.t, damage.why, offset=damage.offset)


def sniff(head: bytes) -> int:
    """An interface of link type 264."""
    return 100 if LINKTYPE in linktypes(head) else 0


FORMAT: Final = Format(
    "pcap14443",
    "ISO 14443 capture, pcap or pcapng of link type 264 (NFCGate, HydraNFC, text2pcap)",
    sniff,
    read,
    ("nfcgate",),
)
