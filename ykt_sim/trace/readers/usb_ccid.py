"""Smart card readers of class CCID on USB: usbmon and USBPcap captures.

Link types 189 and 220 (usbmon, header of 48 or 64 bytes in the recording machine's byte
order) and 249 (USBPcap, little-endian). What counts are bulk transfers that hold CCID
messages: XfrBlock and DataBlock, power on and off; and the notice that a card went. A
message may take several transfers. A reader on TPDU level passes blocks of T=1 (`t1`).

Not read: readers that are not of the class CCID; packets a capture has cut.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Removed, Reset
from ykt_sim.trace.readers import t1
from ykt_sim.trace.readers.base import Format, Found, Source, broken
from ykt_sim.trace.readers.pairing import MAX_APDU, Pairing
from ykt_sim.trace.readers.pcapfile import Damage, Packet, first_packets, packets

_USBMON: Final = {189: 48, 220: 64}
_USBPCAP: Final = 249
_BULK: Final = 3
_INTERRUPT: Final = 1
_HEAD: Final = 10
_MAX_MESSAGE: Final = MAX_APDU + _HEAD
#: Readers and slots that are followed at a time.
_MAX_SLOTS: Final = 256

_POWER_ON: Final = 0x62
_POWER_OFF: Final = 0x63
_XFR: Final = 0x6F
_DATA: Final = 0x80
_SLOT_CHANGE: Final = 0x50
_OUT: Final = frozenset((0x61, 0x62, 0x63, 0x65, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x71,
                         0x72, 0x73))  # fmt: skip
_IN: Final = frozenset((0x80, 0x81, 0x82, 0x83, 0x84))
#: bmCommandStatus: what a reader says of a command in the upper two bits of bStatus.
_FAILED: Final = 1
_TIME_EXTENSION: Final = 2
#: wLevelParameter and bChainParameter: more will come; only asks for more, or is asked.
_MORE: Final = (1, 3)
_CONTINUE: Final = 0x10


class Transfer(NamedTuple):
    """Data of one USB transfer."""

    device: tuple[int, int]
    kind: int
    inward: bool
    data: bytes
    whole: bool


def transfer(packet: Packet) -> Transfer | None:
    """The bulk or interrupt data of a packet, in the direction in which it went."""
    data = packet.data
    if packet.linktype == _USBPCAP:
        return _usbpcap(data)
    size = _USBMON[packet.linktype]
    if len(data) < size:
        return None
    order = packet.section.order
    kind, endpoint = data[9], data[10]
    inward = bool(endpoint & 0x80)
    # Data goes out when a transfer is submitted, and has come in when it is completed.
    if kind not in (_BULK, _INTERRUPT) or data[8:9] != (b"C" if inward else b"S"):
        return None
    (bus,) = struct.unpack_from(order + "H", data, 12)
    length, kept = struct.unpack_from(order + "II", data, 32)
    body = data[size : size + kept]
    return Transfer((bus, data[11]), kind, inward, body, len(body) >= length)


def _usbpcap(data: bytes) -> Transfer | None:
    if len(data) < 27:
        return None
    size, _, _, _, info, bus, device, endpoint, kind, length = struct.unpack_from(
        "<HQIHBHHBBI", data
    )
    inward = bool(endpoint & 0x80)
    if size < 27 or kind not in (_BULK, _INTERRUPT) or bool(info & 1) != inward:
        return None
    body = data[size : size + length]
    return Transfer((bus, device), kind, inward, body, len(body) == length)


class _Slot:
    """One card in one reader."""

    def __init__(self, session: str) -> None:
        self._pairing = Pairing(session)
        self._command = bytearray()
        self._answer = bytearray()
        self._sides = {False: t1.Direction(), True: t1.Direction()}
        self._blocks = False
        self._powering = False
        self._present = False

    def message(self, t: float, data: bytes, offset: int) -> Iterator[Found]:
        """One CCID message."""
        kind, body = data[0], data[_HEAD:]
        if kind == _XFR:
            level = data[8] | data[9] << 8
            if level != _CONTINUE:
                yield from self._out(t, body, offset, more=level in _MORE)
        elif kind == _POWER_ON:
            self._powering = True
        elif kind == _POWER_OFF:
            yield from self.gone(t, "the card was switched off before the answer")
        elif kind == _DATA:
            yield from self._in(t, data[7] >> 6, data[9], body, offset)

    def _out(self, t: float, body: bytes, offset: int, *, more: bool) -> Iterator[Found]:
        self._present = True
        if not self._pairing.waiting and not self._command and t1.is_block(body):
            self._blocks = True
        if self._blocks and t1.is_block(body):
            apdu = self._apdu(body, answer=False)
            if apdu is not None:
                yield from self._pairing.command(t, apdu, offset=offset)
            return
        if len(self._command) <= MAX_APDU:
            self._command += body
        if not more:
            apdu = bytes(self._command)
            self._command.clear()
            yield from self._pairing.command(t, apdu, offset=offset)

    def _apdu(self, body: bytes, *, answer: bool) -> bytes | None:
        """The APDU that a block ends; empty when blocks of it are missing or damaged."""
        found = self._sides[answer].block(body)
        return b"" if isinstance(found, str) else found

    def _in(self, t: float, status: int, chain: int, body: bytes, offset: int) -> Iterator[Found]:
        if status == _TIME_EXTENSION:
            return
        powering, self._powering = self._powering, False
        if status == _FAILED:
            yield from self._pairing.close("the reader says that the command failed")
            self._answer.clear()
        elif powering:
            yield from self._pairing.close("the card was powered anew before the answer")
            for side in self._sides.values():
                side.reset()
            self._blocks, self._present = False, True
            if body:
                yield Found(self._pairing.session, Reset(t=t, channel="card", atr=body))
        elif self._blocks and t1.is_block(body):
            apdu = self._apdu(body, answer=True)
            if apdu is not None:
                yield from self._pairing.answer(t, apdu, offset=offset)
        elif chain != _CONTINUE:
            if len(self._answer) <= MAX_APDU:
                self._answer += body
            if chain not in _MORE:
                apdu = bytes(self._answer)
                self._answer.clear()
                # An answer to parameters of T=1 and the like has no command here.
                if self._pairing.waiting or apdu:
                    yield from self._pairing.answer(t, apdu, offset=offset)

    def gone(self, t: float, why: str) -> Iterator[Found]:
        """The card has no power any more."""
        yield from self._pairing.close(why)
        self._command.clear()
        self._answer.clear()
        self._powering = False
        if self._present:
            yield Found(self._pairing.session, Removed(t=t, channel="card"))
        self._present = False

    def damaged(self, t: float, why: str, offset: int) -> Iterator[Found]:
        """Something of this slot cannot be used."""
        yield from self._pairing.close("what follows it is damaged")
        self._command.clear()
        self._answer.clear()
        yield broken(self._pairing.session, t, why, offset=offset)

    def end(self) -> Iterator[Found]:
        """The capture is over."""
        yield from self._pairing.close("the capture ends before the answer")


class _Bus:
    """All readers of a capture."""

    def __init__(self) -> None:
        self._slots: dict[tuple[int, int, int], _Slot] = {}
        self._parts: dict[tuple[tuple[int, int], bool], bytes] = {}

    def slots(self) -> list[_Slot]:
        """The slots in which something happened."""
        return list(self._slots.values())

    def _slot(self, device: tuple[int, int], number: int) -> _Slot | None:
        key = (*device, number)
        if key not in self._slots and len(self._slots) < _MAX_SLOTS:
            bus, address = device
            name = f"usb {bus}.{address}" + (f" slot {number}" if number else "")
            self._slots[key] = _Slot(name)
        return self._slots.get(key)

    def take(self, packet: Packet, found: Transfer) -> Iterator[Found]:
        """One transfer: the beginning of a message, or its continuation."""
        if found.kind == _INTERRUPT:
            yield from self._notice(packet, found)
            return
        key = (found.device, found.inward)
        data = self._parts.pop(key, b"") + found.data
        if not _is_message(data, inward=found.inward):
            return
        size = _HEAD + int.from_bytes(data[1:5], "little")
        if (*found.device, data[5]) not in self._slots and not len(data) <= size <= _MAX_MESSAGE:
            # Another kind of device, whose data begins with the same byte.
            return
        slot = self._slot(found.device, data[5])
        if slot is None:
            return
        if size > _MAX_MESSAGE or not found.whole:
            why = f"a message of {size} bytes" + ("" if found.whole else ", cut off")
            yield from slot.damaged(packet.t, why, packet.offset)
        elif len(data) < size:
            if len(self._parts) < _MAX_SLOTS:
                self._parts[key] = data
        else:
            yield from slot.message(packet.t, data[:size], packet.offset)

    def _notice(self, packet: Packet, found: Transfer) -> Iterator[Found]:
        """Two bits for each slot: a card is there, and that has changed."""
        if not found.inward or found.data[:1] != bytes((_SLOT_CHANGE,)):
            return
        for number, slot in [(key[2], slot) for key, slot in self._slots.items()
                             if key[:2] == found.device]:  # fmt: skip
            at, shift = 1 + number // 4, number % 4 * 2
            if at < len(found.data) and not found.data[at] >> shift & 1:
                yield from slot.gone(packet.t, "the card was taken away before the answer")


def _is_message(data: bytes, *, inward: bool) -> bool:
    return len(data) >= _HEAD and data[0] in (_IN if inward else _OUT)


def read(source: Source) -> Iterator[Found]:
    """The dialogues of all readers on the bus."""
    bus = _Bus()
    other: set[int] = set()
    usable = False
    for packet in packets(source):
        if isinstance(packet, Damage):
            for slot in bus.slots():
                yield from slot.damaged(packet.t, packet.why, packet.offset)
            if not bus.slots():
                yield broken("usb", packet.t, packet.why, offset=packet.offset)
            usable = True
        elif packet.linktype not in _USBMON and packet.linktype != _USBPCAP:
            other.add(packet.linktype)
        else:
            usable = True
            found = transfer(packet)
            if found is not None:
                yield from bus.take(packet, found)
    for slot in bus.slots():
        yield from slot.end()
    if other and not usable:
        kinds = ", ".join(str(kind) for kind in sorted(other)[:8])
        raise TraceError(
            f"{source.name}: expected a capture of USB (link type 189, 220 or 249), got {kinds}"
        )


def sniff(head: bytes) -> int:
    """A CCID message among the first packets; any USB capture may have one later."""
    usb = 0
    for packet in first_packets(head):
        if packet.linktype in _USBMON or packet.linktype == _USBPCAP:
            usb = 50
            found = transfer(packet)
            if found and found.kind == _BULK and _is_message(found.data, inward=found.inward):
                size = _HEAD + int.from_bytes(found.data[1:5], "little")
                if size == len(found.data):
                    return 100
    return usb


FORMAT: Final = Format(
    "usb-ccid", "USB capture of a CCID reader (usbmon, USBPcap)", sniff, read, ("usbmon",)
)
