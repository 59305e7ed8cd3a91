"""One exchange as a judge sees it: with what was selected when it was sent."""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EC,
    AID_TUNION_EP,
    Standard,
)
from ykt_sim.wire.apdu import Command, Response

#: DF names and what they hold: a purse by its standard, the others by a word of their own.
STANDARDS: Final[tuple[tuple[bytes, str], ...]] = (
    (AID_TUNION_EP, Standard.TUNION),
    (AID_TUNION_EC, "ecash"),
    (AID_LNT_BASIC, "lnt-basic"),
    (AID_LNT_WALLET, Standard.LNT),
    (AID_PPSE, "ppse"),
)


def standard_of(aid: bytes) -> str:
    """Which standard a DF name belongs to; long phone AIDs by their first eight bytes."""
    for known, standard in STANDARDS:
        if aid.startswith(known):
            return standard
    return ""


class Call(msgspec.Struct, frozen=True):
    """One exchange with what was selected when it was sent.

    Attributes:
        index: of the event in the trace.
        channel: ``card`` or ``sam``.
        command, response: parsed; the response is empty with status 0000 when none came.
        raw: the command as sent.
        aid: DF name selected on this channel before the command.
        standard: of that DF name.
        session: number of the power-on, from 0.
        t, ms: seconds since the trace began, and milliseconds until the answer.
    """

    index: int
    channel: str
    command: Command
    response: Response
    raw: bytes
    aid: bytes
    standard: str
    session: int
    t: float
    ms: float | None

    @property
    def ok(self) -> bool:
        """True for 9000."""
        return self.response.sw == 0x9000

    @property
    def answered(self) -> bool:
        """False when the card was gone before it answered."""
        return self.response.sw != 0

    def is_(self, ins: int, p1: int | None = None, p2: int | None = None) -> bool:
        """True when the instruction, and P1 and P2 where given, are these."""
        command = self.command
        return command.ins == ins and p1 in (None, command.p1) and p2 in (None, command.p2)
