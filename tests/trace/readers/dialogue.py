"""Dialogues of reader and card, frame by frame, for the tests of the radio readers."""

from __future__ import annotations

from typing import Any

from tests.trace.readers.air import BALANCE, FCI, SELECT, a
from ykt_sim.trace.iso14443 import Side
from ykt_sim.trace.readers.base import Found
from ykt_sim.trace.readers.blocks import Frame
from ykt_sim.trace.readers.isodep import IsoDep

X = ("x", SELECT.hex().upper(), FCI.hex().upper())
Y = ("x", BALANCE.hex().upper(), "000027109000")
COMMAND, ANSWER = SELECT.hex(), FCI.hex()
ASK, TOLD = BALANCE.hex(), "000027109000"
ATS = "0A788080025A59585756"


def r(text: str, **more: Any) -> tuple[str, bytes, dict[str, Any]]:
    return ("reader", a(text), more)


def c(text: str, **more: Any) -> tuple[str, bytes, dict[str, Any]]:
    return ("card", a(text), more)


def raw(side: str, text: str, **more: Any) -> tuple[str, bytes, dict[str, Any]]:
    return (side, bytes.fromhex(text), more)


Step = tuple[str, bytes, dict[str, Any]]


def bad(step: Step) -> Step:
    """The same frame with its last byte changed."""
    return (step[0], step[1][:-1] + bytes((step[1][-1] ^ 0x55,)), step[2])


def activation(uid: str = "08112233") -> list[Step]:
    """From REQA to ATS, for a UID of 4 bytes."""
    part = bytes.fromhex(uid)
    check = part[0] ^ part[1] ^ part[2] ^ part[3]
    return [
        raw("reader", "26"),
        raw("card", "0400"),
        raw("reader", "9320"),
        raw("card", f"{uid}{check:02x}"),
        r(f"9370{uid}{check:02x}"),
        c("20"),
        r("E080"),
        c(ATS),
    ]


def played(*steps: Step) -> list[Found]:
    """Feed frames, one a millisecond; an offset is its number."""
    radio = IsoDep()
    items: list[Found] = []
    for index, (side, data, more) in enumerate(steps):
        if side == "off":
            items += radio.field_off(index / 1000)
        else:
            who: Side = "reader" if side == "reader" else "card"
            items += radio.feed(Frame(index / 1000, who, data, offset=index, **more))
    return items + list(radio.end())


OFF: Step = ("off", b"", {})
