"""Captures of GSMTAP datagrams with smart card traffic, as SIMtrace and pySim send them.

UDP port 4729, in pcap or pcapng. A datagram of type 4 (SIM) holds a command and its answer
in one piece (sub-type 0), or an ATR (sub-type 1). Where the command ends and the answer
begins is told by the instruction: it either brings Lc bytes or fetches Le. An answer of 61xx
or 9Fxx and the GET RESPONSE after it are one exchange.

Not told: the single T=0 steps, which the program that wrote it has merged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ykt_sim.codes import INS
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Exchange, Reset
from ykt_sim.trace.readers.base import Format, Found, Source, broken
from ykt_sim.trace.readers.pairing import MAX_APDU
from ykt_sim.trace.readers.pcapfile import Damage, Packet, first_packets, packets
from ykt_sim.trace.readers.udp import LINKTYPES, Datagram, datagram

PORT: Final = 4729
_VERSION: Final = 2
_TYPE_SIM: Final = 4
_APDU: Final = 0
_ATR: Final = 1
#: PPS request and answer: no business of an application.
_PPS: Final = (2, 3)
_SESSION: Final = "sim"
_HEADER: Final = 16

#: Instructions that fetch data, from codes and from the SIM's own (GSM 11.11, TS 102 221).
_FETCH: Final = frozenset(
    (
        INS.READ_BINARY,
        INS.READ_RECORD,
        INS.GET_RESPONSE,
        INS.GET_DATA,
        INS.GET_CHALLENGE,
        INS.GET_BALANCE,
        0x12,  # FETCH
        0xB1,  # READ BINARY, odd
        0xB3,  # READ RECORD, odd
        0xCB,  # RETRIEVE DATA
        0xF2,  # STATUS
    )
)
#: Instructions that bring data.
_BRING: Final = frozenset(
    (
        INS.SELECT,
        INS.VERIFY,
        INS.PIN_UNBLOCK,
        INS.CARD_BLOCK,
        INS.APP_BLOCK,
        INS.APP_UNBLOCK,
        INS.INITIALIZE,
        INS.CREDIT_FOR_LOAD,
        INS.DEBIT,
        INS.UPDATE_OVERDRAFT,
        INS.GET_TRANSACTION_PROVE,
        INS.CHANGE_PIN,
        INS.SAM_INIT_PURCHASE,
        INS.SAM_CHECK_MAC2,
        INS.EXTERNAL_AUTHENTICATE,
        INS.INTERNAL_AUTHENTICATE,
        INS.GET_PROCESSING_OPTIONS,
        INS.READ_EXT_DATA,
        INS.WRITE_BINARY,
        INS.WRITE_KEY,
        INS.UPDATE_BINARY,
        INS.UPDATE_RECORD,
        INS.CREATE_FILE,
        INS.APPEND_RECORD,
        0x10,  # TERMINAL PROFILE
        0x14,  # TERMINAL RESPONSE
        0x26,  # DISABLE PIN
        0x28,  # ENABLE PIN
        0x2C,  # UNBLOCK PIN
        0x32,  # INCREASE
        0x89,  # AUTHENTICATE, odd
        0xA2,  # SEARCH RECORD
        0xC2,  # ENVELOPE
        0xDB,  # SET DATA
        0xD7,  # UPDATE BINARY, odd
    )
)


class GsmtapParts(NamedTuple):
    """A command and its answer."""

    command: bytes
    answer: bytes


def split(data: bytes) -> GsmtapParts | str:
    """Take command and answer apart, or say why that cannot be done."""
    size = len(data)
    if size < 6:
        return f"expected a command of 4 bytes and SW1 SW2 at least, got {size} bytes"
    if size <= 7:
        return GsmtapParts(data[:-2], data[-2:])
    ins, third = data[1], data[4]
    if ins in _FETCH:
        if size - 7 <= (third or 256):
            return GsmtapParts(data[:5], data[5:])
        return f"an answer of {size - 7} bytes, at most Le {third or 256} expected"
    return _brought(data) if ins in _BRING else f"the way of INS {ins:02X}'s data is not known"


def _brought(data: bytes) -> GsmtapParts | str:
    """A command with Lc bytes of data."""
    size, third = len(data), data[4]
    end = 5 + third
    rest = size - end
    if rest < 2:
        return f"Lc {third:02X} announces {third} bytes and SW1 SW2, {size - 5} follow"
    # More than SW1 SW2 is an Le, if it says what follows, and the answer's data.
    if rest > 2 and data[end] in (0, rest - 3):
        end += 1
    return GsmtapParts(data[:end], data[end:])


class _Card:
    """The one card of a capture, and the exchange whose data still has to be fetched."""

    def __init__(self) -> None:
        self._held: Exchange | None = None
        self._data = b""

    def reset(self, t: float, atr: bytes) -> Iterator[Found]:
        yield from self.flush()
        yield Found(_SESSION, Reset(t=t, channel="card", atr=atr))

    def exchange(self, t: float, parts: GsmtapParts) -> Iterator[Found]:
        held, (command, answer) = self._held, parts
        if held is not None and command[1] == INS.GET_RESPONSE and len(self._data) < MAX_APDU:
            data = self._data + answer
            whole = Exchange(t=held.t, channel="card", command=held.command, response=data)
            self._held, self._data = None, b""
            if answer[-2] == 0x61:
                self._held, self._data = whole, data[:-2]
            else:
                yield Found(_SESSION, whole)
            return
        yield from self.flush()
        whole = Exchange(t=t, channel="card", command=command, response=answer)
        if answer[-2] in (0x61, 0x9F) and command[1] != INS.GET_RESPONSE:
            self._held, self._data = whole, answer[:-2]
        else:
            yield Found(_SESSION, whole)

    def flush(self) -> Iterator[Found]:
        """The data was not fetched."""
        if self._held is not None:
            yield Found(_SESSION, self._held)
        self._held, self._data = None, b""


def _is_gsmtap(found: Datagram | None) -> bool:
    return found is not None and PORT in (found.source, found.target)


def _payload(found: Datagram) -> tuple[int, bytes] | str | None:
    """Sub-type and bytes of a SIM's datagram; None for other traffic of the port."""
    data = found.payload
    if len(data) < _HEADER or data[0] != _VERSION:
        return "expected a GSMTAP header of version 2 with 16 bytes"
    if data[2] != _TYPE_SIM:
        return None
    size = data[1] * 4
    if size < _HEADER or size > len(data):
        return f"expected a GSMTAP header of 16 bytes at least, got {size} of {len(data)}"
    return data[12], data[size:]


def _packet(card: _Card, packet: Packet, found: Datagram) -> Iterator[Found]:
    payload = _payload(found)
    if payload is None:
        return
    why = ""
    if isinstance(payload, str):
        why = payload
    elif not found.whole:
        why = "the datagram is cut off"
    elif payload[0] == _ATR:
        yield from card.reset(packet.t, payload[1])
    elif payload[0] == _APDU:
        parts = split(payload[1])
        if isinstance(parts, str):
            why = parts
        else:
            yield from card.exchange(packet.t, parts)
    elif payload[0] not in _PPS:
        why = f"expected sub-type 0 (APDU) or 1 (ATR), got {payload[0]}"
    if why:
        yield from card.flush()
        raw = found.payload[_HEADER:].hex()
        yield broken(_SESSION, packet.t, why, offset=packet.offset, raw=raw)


def read(source: Source) -> Iterator[Found]:
    """The card's traffic among all the packets."""
    card, usable = _Card(), False
    other: set[int] = set()
    for packet in packets(source):
        if isinstance(packet, Damage):
            usable = True
            yield from card.flush()
            yield broken(_SESSION, packet.t, packet.why, offset=packet.offset)
        elif packet.linktype not in LINKTYPES:
            other.add(packet.linktype)
        else:
            usable = True
            found = datagram(packet.linktype, packet.data)
            if found is not None and _is_gsmtap(found):
                yield from _packet(card, packet, found)
    yield from card.flush()
    if other and not usable:
        kinds = ", ".join(str(kind) for kind in sorted(other)[:8])
        raise TraceError(
            f"{source.name}: expected a capture of a network with UDP, got link type {kinds}"
        )


def sniff(head: bytes) -> int:
    """A datagram of a SIM among the first packets."""
    for packet in first_packets(head):
        found = datagram(packet.linktype, packet.data)
        if found is not None and _is_gsmtap(found):
            payload = _payload(found)
            if isinstance(payload, tuple):
                return 100
    return 0


FORMAT: Final = Format(
    "gsmtap", "GSMTAP capture, pcap or pcapng (SIMtrace, pySim)", sniff, read, ("simtrace",)
)
