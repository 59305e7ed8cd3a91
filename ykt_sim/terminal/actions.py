"""What a terminal wants done. The driver does the actions in order.

At most one action of a tuple waits for an answer (`SendCard`, `SendSam`, `ResetCard`,
`AskAuthorization`, `AskConfirmation`), and it is the last one. `WriteJournal` must be on
stable storage before the next action is begun.
"""

from __future__ import annotations

import msgspec

from ykt_sim.codes import Standard
from ykt_sim.wire.decision import ClearingRecord, Decision


class Action(msgspec.Struct, frozen=True, gc=False):
    """Base of all actions."""


class SendCard(Action, frozen=True, gc=False):
    """Send a command to the card."""

    apdu: bytes


class SendSam(Action, frozen=True, gc=False):
    """Send a command to the PSAM."""

    apdu: bytes


class ResetCard(Action, frozen=True, gc=False):
    """Reset the card without taking it out of the field."""


class WriteJournal(Action, frozen=True, gc=False):
    """Append a line to the journal and make it durable."""

    line: bytes


class AskAuthorization(Action, frozen=True, gc=False):
    """Ask the issuer's host to check MAC1 of a load and to give MAC2.

    Attributes:
        standard, card, issuer: whose keys.
        answer: the card's answer to INITIALIZE FOR LOAD.
        amount: fen.
        terminal: 12 digits.
        datetime: seven bytes for CREDIT FOR LOAD as the standard wants them, 14 hex digits.
    """

    standard: Standard
    card: str
    issuer: str
    answer: bytes
    amount: int
    terminal: str
    datetime: str


class AskConfirmation(Action, frozen=True, gc=False):
    """Ask the issuer's host to check the TAC of a load; ``record.tac`` is the card's."""

    record: ClearingRecord


class Finish(Action, frozen=True, gc=False):
    """The tap is over; show it and forward the record to clearing, then tell the machine `Told`.

    Attributes:
        decision: always one.
        clearing: when money moved.
        dispute: the transaction as sent, when MAC2 was wrong or an old pending entry can
            no longer be cleared up.
    """

    decision: Decision
    clearing: ClearingRecord | None = None
    dispute: ClearingRecord | None = None
