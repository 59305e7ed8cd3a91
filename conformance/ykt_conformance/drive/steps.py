"""The steps that the stimulus of a card case yields, and what it raises when it cannot go on."""

from __future__ import annotations

import msgspec


class Impossible(Exception):  # noqa: N818 - a reason, not a fault of the program
    """A stimulus cannot bring the card or terminal where the case needs it."""


class Send(msgspec.Struct, frozen=True):
    """Send one command APDU; the generator receives the answer (`wire.apdu.Response`)."""

    command: bytes


class PowerCycle(msgspec.Struct, frozen=True):
    """Power-cycle the card; the generator receives an empty answer with 9000."""


class Tear(msgspec.Struct, frozen=True):
    """Cut the power at the n-th physical write during the next command, then power-cycle.

    Only targets with the capability ``tear`` take it. The generator receives the answer
    if one came, else an answer without data and status word 0000.
    """

    command: bytes
    write: int


class Pull(msgspec.Struct, frozen=True):
    """Send a command, take the card away before its answer is read, then power-cycle."""

    command: bytes


class Row(msgspec.Struct, frozen=True):
    """Write a note: nothing is sent, and the generator receives an empty answer with 9000."""

    text: str
    data: dict[str, object]


Step = Send | PowerCycle | Tear | Pull | Row
