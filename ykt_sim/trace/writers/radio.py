"""A trace as it would have been on the air: activations, blocks and checksums.

What a trace does not hold is made up in one fixed way: a card of type A with a UID from the
range of random ones, frames of at most 256 bytes, no CID. An exchange begins with its
command's first block and ends with its answer's last one; frames between are spread evenly.
Only what passed between reader and card is written: no SAM, no notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from ykt_sim.trace.iso14443 import (
    CHAINING,
    NUMBER,
    NVB_ALL,
    PCB_ACK,
    PCB_I,
    RATS,
    REQA,
    SELECT_LEVELS,
    Side,
    crc_a,
    historical_of,
)
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset

#: The card's UID: 08 begins a random one, and the rest is the same for all.
UID: Final = b"\x08YKT"
#: FSDI and FSCI 8: frames of 256 bytes, of which PCB and CRC take three.
_FRAME_CODE: Final = 8
MAX_INF: Final = 256 - 3
_ATQA: Final = b"\x04\x00"
_SAK: Final = b"\x20"
#: T0 (TA, TB and TC follow, FSCI), the same speed both ways, FWI 8, neither NAD nor CID.
_INTERFACE_BYTES: Final = bytes((0x70 | _FRAME_CODE, 0x80, 0x80, 0x00))
#: Seconds between the frames of an activation, if there is time.
_STEP: Final = 0.0005

Source = Side | Literal["on", "off"]


class Sent(NamedTuple):
    """One frame, or the field going on or off.

    Attributes:
        t: seconds since the trace began.
        source: ``reader`` or ``card``, ``on`` or ``off`` for the field.
        data: with the CRC, where the frame has one.
        bits: of the last byte.
    """

    t: float
    source: Source
    data: bytes = b""
    bits: int = 8


def _with_crc(data: bytes) -> bytes:
    return data + crc_a(data)


def activation(atr: bytes) -> list[tuple[Side, bytes, int]]:
    """Sender, bytes and bits of the last byte of every frame, from REQA to ATS.

    An ATR that is not a contactless card's leaves its historical bytes behind.
    """
    check = UID[0] ^ UID[1] ^ UID[2] ^ UID[3]
    uid = UID + bytes((check,))
    level = SELECT_LEVELS[0]
    ats = _INTERFACE_BYTES + (historical_of(atr) or b"")
    return [
        ("reader", bytes((REQA,)), 7),
        ("card", _ATQA, 8),
        ("reader", bytes((level, 0x20)), 8),
        ("card", uid, 8),
        ("reader", _with_crc(bytes((level, NVB_ALL)) + uid), 8),
        ("card", _with_crc(_SAK), 8),
        ("reader", _with_crc(bytes((RATS, _FRAME_CODE << 4))), 8),
        ("card", _with_crc(bytes((len(ats) + 1,)) + ats), 8),
    ]


def _chain(data: bytes) -> list[bytes]:
    return [data[at : at + MAX_INF] for at in range(0, len(data), MAX_INF)] or [b""]


class _Numbers:
    """Block numbers of both sides, which run together."""

    def __init__(self) -> None:
        self.next = 0

    def take(self) -> int:
        number = self.next
        self.next ^= NUMBER
        return number


def blocks(command: bytes, answer: bytes, numbers: _Numbers) -> list[tuple[Side, bytes]]:
    """The frames of one exchange; without an answer, those of the command alone."""
    frames: list[tuple[Side, bytes]] = []

    def send(side: Side, pcb: int, inf: bytes = b"") -> None:
        frames.append((side, _with_crc(bytes((pcb,)) + inf)))

    number = 0
    *first, last = _chain(command)
    for inf in first:
        number = numbers.take()
        send("reader", PCB_I | CHAINING | number, inf)
        send("card", PCB_ACK | number)
    number = numbers.take()
    send("reader", PCB_I | number, last)
    if answer:
        *first, last = _chain(answer)
        for inf in first:
            send("card", PCB_I | CHAINING | number, inf)
            number = numbers.take()
            send("reader", PCB_ACK | number)
        send("card", PCB_I | number, last)
    return frames


def frames(events: Iterable[Event]) -> Iterator[Sent]:
    """Everything on the air, in order."""
    numbers, field = _Numbers(), False
    wanted = (event for event in events if not isinstance(event, Note) and event.channel == "card")
    event = next(wanted, None)
    while event is not None:
        after = next(wanted, None)
        if isinstance(event, Removed):
            if field:
                yield Sent(event.t, "off")
            field = False
        else:
            if not field:
                yield Sent(event.t, "on")
            field = True
            if isinstance(event, Reset):
                numbers = _Numbers()
                yield from _activated(event, after.t if after else event.t + 1)
            else:
                yield from _exchanged(event, numbers)
        event = after


def _activated(event: Reset, until: float) -> Iterator[Sent]:
    sent = activation(event.atr)
    step = min(_STEP, max(0.0, until - event.t) / (len(sent) + 1))
    for index, (side, data, bits) in enumerate(sent):
        yield Sent(event.t + index * step, side, data, bits)


def _exchanged(event: Exchange, numbers: _Numbers) -> Iterator[Sent]:
    sent = blocks(event.command, event.response, numbers)
    step = (event.duration_ms or 0.0) / 1000 / max(1, len(sent) - 1)
    for index, (side, data) in enumerate(sent):
        yield Sent(event.t + index * step, side, data)
