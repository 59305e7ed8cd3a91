"""Packets of pcap and pcapng files, one by one, with the place each stands at.

Both byte orders, micro- and nanoseconds, every interface with its own link type and clock.
A length that a file claims is never trusted: more than `MAX_PACKET` bytes are passed over
in pieces. Where a file breaks, a `Damage` comes out and, if the next packet cannot be
found, nothing after it.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Final, Literal, NamedTuple

import msgspec

from ykt_sim.errors import TraceError
from ykt_sim.trace.readers.base import HEAD, Source
from ykt_sim.trace.readers.ticks import Stamps

#: Bytes of one packet that are kept; a radio frame or a SIM's datagram has far fewer.
MAX_PACKET: Final = 1 << 18
#: Interfaces of one section whose description is kept.
MAX_INTERFACES: Final = 4096

_Order = Literal["<", ">"]
_PIECE: Final = 1 << 16
#: First four bytes of a pcap file: byte order and units per second.
_MAGICS: Final[dict[bytes, tuple[_Order, int]]] = {
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
}
_SECTION: Final = 0x0A0D0D0A
_SECTION_BYTES: Final = b"\x0a\x0d\x0d\x0a"
_ORDERS: Final[dict[bytes, _Order]] = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_INTERFACE: Final = 1
_OLD_PACKET: Final = 2
_SIMPLE_PACKET: Final = 3
_PACKET: Final = 6
#: Bytes of a packet block without the packet.
_WHOLE: Final = 32
_PAIRS: Final = {"<": struct.Struct("<II"), ">": struct.Struct(">II")}
_ONES: Final = {"<": struct.Struct("<I"), ">": struct.Struct(">I")}
_FIVES: Final = {"<": struct.Struct("<IIIII"), ">": struct.Struct(">IIIII")}
_TSRESOL: Final = 9
_TSOFFSET: Final = 14


class Interface(NamedTuple):
    """What a capture says about one of its sources.

    Attributes:
        linktype: what its packets are.
        units: time units per second.
        offset: seconds to add.
        snaplen: bytes kept of a packet, 0 for all.
    """

    linktype: int
    units: int = 1_000_000
    offset: int = 0
    snaplen: int = 0


class PcapSection(msgspec.Struct):
    """A run of packets with one byte order.

    Attributes:
        number: from 0.
        order: ``<`` or ``>``.
        interfaces: as far as they were described before the packet.
    """

    number: int
    order: _Order
    interfaces: list[Interface] = msgspec.field(default_factory=list)


class Packet(msgspec.Struct, frozen=True):
    """One packet.

    Attributes:
        t: seconds since the first packet of the file.
        data: what the capture kept of it.
        size: how many bytes it had.
        interface: its number in the section.
        linktype: of that interface.
        section: where it stands.
        offset: of its data in the file.
    """

    t: float
    data: bytes
    size: int
    interface: int
    linktype: int
    section: PcapSection
    offset: int


class Damage(NamedTuple):
    """A place that cannot be read; `t` is the time of the packet before it."""

    t: float
    why: str
    offset: int


def packets(source: Source) -> Iterator[Packet | Damage]:
    """The packets of a file.

    Raises:
        TraceError: neither pcap nor pcapng, or a version that is not known.
    """
    magic = source.head[:4]
    if magic == _SECTION_BYTES:
        yield from _Blocks(source).run()
    elif magic in _MAGICS:
        yield from _old_file(source, *_MAGICS[magic])
    else:
        raise TraceError(
            f"{source.name}: expected the first bytes of a pcap or pcapng file, "
            f"got {magic.hex().upper() or 'nothing'}"
        )


def first_packets(head: bytes) -> Iterator[Packet]:
    """Packets in the first bytes of a file, for `sniff`; nothing when it is another file."""
    if head[:4] != _SECTION_BYTES and head[:4] not in _MAGICS:
        return
    try:
        for packet in packets(Source(io.BytesIO(head))):
            if isinstance(packet, Packet):
                yield packet
    except TraceError:
        return


def linktypes(head: bytes) -> set[int]:
    """Link types that the first bytes of a file announce."""
    if head[:4] in _MAGICS and len(head) >= 24:
        order, _ = _MAGICS[head[:4]]
        return {struct.unpack_from(order + "I", head, 20)[0] & 0xFFFF}
    if head[:4] != _SECTION_BYTES:
        return set()
    blocks = _Blocks(Source(io.BytesIO(head[:HEAD])))
    try:
        for _ in blocks.run():
            pass
    except TraceError:
        return set()
    return blocks.linktypes


def _old_file(source: Source, order: _Order, units: int) -> Iterator[Packet | Damage]:
    head = source.read(24)
    if len(head) < 24:
        raise TraceError(f"{source.name}: a pcap file's head has 24 bytes, got {len(head)}")
    major, _, _, _, snaplen, network = struct.unpack(order + "HHiIII", head[4:])
    if major != 2:
        raise TraceError(f"{source.name}: expected pcap version 2, got {major}")
    interface = Interface(network & 0xFFFF, units, snaplen=snaplen)
    section = PcapSection(0, order, [interface])
    stamps, t = Stamps(), 0.0
    while head := source.read(16):
        offset = source.offset
        if len(head) < 16:
            why = f"expected a packet's head of 16 bytes, got {len(head)}"
            yield Damage(t, why, offset - len(head))
            return
        seconds, fraction, kept, size = struct.unpack(order + "IIII", head)
        t = stamps.seconds(seconds + Fraction(fraction, units))
        if kept > MAX_PACKET:
            _skip(source, kept)
            yield Damage(t, f"a packet of {kept} bytes, at most {MAX_PACKET} expected", offset)
            continue
        data = source.read(kept)
        yield Packet(t, data, max(size, kept), 0, interface.linktype, section, offset)
        if len(data) < kept:
            yield Damage(t, f"expected a packet of {kept} bytes, got {len(data)}", offset)


def _skip(source: Source, count: int) -> int:
    """Read bytes and forget them; how many there were."""
    left = count
    while left:
        got = len(source.read(min(left, _PIECE)))
        left -= got
        if not got:
            break
    return count - left


class _Blocks:
    """A pcapng file."""

    def __init__(self, source: Source) -> None:
        self.linktypes: set[int] = set()
        self._source = source
        self._section = PcapSection(-1, "<")
        self._stamps = Stamps()
        self._t = 0.0

    def run(self) -> Iterator[Packet | Damage]:
        """All blocks; ends where the next one cannot be found."""
        source = self._source
        while head := source.read(8):
            offset = source.offset - len(head)
            if head[:4] == _SECTION_BYTES:
                head += source.read(4)
                order = _ORDERS.get(head[8:12])
                if order is None:
                    yield self._damage("expected a section's byte order 1A2B3C4D", offset)
                    return
                self._section = PcapSection(self._section.number + 1, order)
            if len(head) < 8:
                yield self._damage(f"expected a block's head of 8 bytes, got {len(head)}", offset)
                return
            kind, length = _PAIRS[self._section.order].unpack_from(head)
            if kind == _PACKET and _WHOLE <= length <= MAX_PACKET and not length % 4:
                body = source.read(length - 8)
                packet = self._clean(body, length, offset)
                if packet is not None:
                    yield packet
                elif not (yield from self._read(kind, length, head, body, offset)):
                    return
                continue
            if length < len(head) + 4 or length % 4:
                yield self._damage(f"expected a block's length, got {length}", offset)
                return
            found = yield from self._block(kind, length, head, offset)
            if not found:
                return

    def _block(
        self, kind: int, length: int, head: bytes, offset: int
    ) -> Generator[Packet | Damage, None, bool]:
        """One block; gives back whether another one can follow."""
        source, rest = self._source, length - len(head)
        if rest > MAX_PACKET + 1024:
            skipped = _skip(source, rest)
            if kind in (_PACKET, _OLD_PACKET, _SIMPLE_PACKET) or skipped < rest:
                yield self._damage(f"a block of {length} bytes, {skipped} there", offset)
            return skipped == rest
        found = yield from self._read(kind, length, head, source.read(rest), offset)
        return found

    def _clean(self, body: bytes, length: int, offset: int) -> Packet | None:
        """A packet block of which everything is in order; None for any other."""
        section = self._section
        if len(body) != length - 8:
            return None
        number, high, low, kept, size = _FIVES[section.order].unpack_from(body)
        (again,) = _ONES[section.order].unpack_from(body, length - 12)
        if again != length or kept > length - _WHOLE or number >= len(section.interfaces):
            return None
        interface = section.interfaces[number]
        if interface.offset:
            return None
        self._t = self._stamps.counted(high << 32 | low, interface.units)
        return Packet(
            self._t,
            body[20 : 20 + kept],
            max(kept, size),
            number,
            interface.linktype,
            section,
            offset + 28,
        )

    def _read(
        self, kind: int, length: int, head: bytes, body: bytes, offset: int
    ) -> Generator[Packet | Damage, None, bool]:
        """As `_block`, of a block whose rest was read."""
        whole = len(body) == length - len(head)
        if whole:
            (again,) = struct.unpack(self._section.order + "I", body[-4:])
            body = body[:-4]
            if again != length:
                why = f"a block of {length} bytes says {again} at its end"
                yield self._damage(why, offset)
        yield from self._contents(kind, head, body, offset, whole=whole)
        if not whole:
            yield self._damage(f"expected a block of {length} bytes, cut off", offset)
        return whole

    def _contents(
        self, kind: int, head: bytes, body: bytes, offset: int, *, whole: bool
    ) -> Iterator[Packet | Damage]:
        if kind == _SECTION:
            self._section_head(head, body)
        elif kind == _INTERFACE and whole:
            yield from self._interface(body, offset)
        elif kind in (_PACKET, _OLD_PACKET):
            yield from self._packet(kind, body, offset + 8)
        elif kind == _SIMPLE_PACKET:
            yield from self._simple(body, offset + 8)

    def _section_head(self, head: bytes, body: bytes) -> None:
        order = self._section.order
        if len(body) >= 4 and (major := struct.unpack_from(order + "H", body)[0]) != 1:
            raise TraceError(f"{self._source.name}: expected pcapng version 1, got {major}")

    def _interface(self, body: bytes, offset: int) -> Iterator[Damage]:
        section = self._section
        if len(body) < 8:
            yield self._damage(f"an interface's description of {len(body)} bytes", offset)
            return
        if len(section.interfaces) >= MAX_INTERFACES:
            yield self._damage(f"more than {MAX_INTERFACES} interfaces", offset)
            return
        linktype, _, snaplen = struct.unpack_from(section.order + "HHI", body)
        units, shift, at = 1_000_000, 0, 8
        while at + 4 <= len(body):
            code, size = struct.unpack_from(section.order + "HH", body, at)
            value = body[at + 4 : at + 4 + size]
            if code == 0 or len(value) < size:
                break
            if code == _TSRESOL and size == 1:
                base, power = (2, value[0] & 0x7F) if value[0] & 0x80 else (10, value[0])
                units = base**power
            elif code == _TSOFFSET and size == 8:
                (shift,) = struct.unpack(section.order + "q", value)
            at += 4 + size + -size % 4
        section.interfaces.append(Interface(linktype, units, shift, snaplen))
        self.linktypes.add(linktype)

    def _packet(self, kind: int, body: bytes, offset: int) -> Iterator[Packet | Damage]:
        order = self._section.order
        if len(body) < 20:
            yield self._damage(f"a packet block of {len(body)} bytes, 20 expected", offset)
            return
        high, low, kept, size = struct.unpack_from(order + "IIII", body, 4)
        number = struct.unpack_from(order + ("I" if kind == _PACKET else "H"), body)[0]
        if number >= len(self._section.interfaces):
            yield self._damage(f"interface {number} was not described", offset)
            return
        interface = self._section.interfaces[number]
        stamp = Fraction(high << 32 | low, interface.units) + interface.offset
        self._t = self._stamps.seconds(stamp)
        yield from self._data(body[20 : 20 + kept], kept, max(size, kept), number, offset + 20)

    def _simple(self, body: bytes, offset: int) -> Iterator[Packet | Damage]:
        if len(body) < 4 or not self._section.interfaces:
            yield self._damage("a simple packet without a length or an interface", offset)
            return
        (size,) = struct.unpack_from(self._section.order + "I", body)
        snaplen = self._section.interfaces[0].snaplen
        kept = min(size, snaplen) if snaplen else size
        yield from self._data(body[4 : 4 + kept], kept, size, 0, offset + 4)

    def _data(
        self, data: bytes, kept: int, size: int, number: int, offset: int
    ) -> Iterator[Packet | Damage]:
        linktype = self._section.interfaces[number].linktype
        yield Packet(self._t, data, size, number, linktype, self._section, offset)
        if len(data) < kept:
            yield self._damage(f"expected a packet of {kept} bytes, got {len(data)}", offset)

    def _damage(self, why: str, offset: int) -> Damage:
        return Damage(self._t, why, offset)
