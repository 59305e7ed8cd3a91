"""What a tap ends in: a decision, and the record for clearing.

Whoever reads a terminal's word (bench, suite, clearing) needs these and no terminal.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ykt_sim.codes import Standard

Outcome = Literal["accepted", "refused", "retry"]
#: How far MAC2 vouches for a record: ``mac2`` checked by the PSAM, ``proof`` from GET
#: TRANSACTION PROVE with the PSAM session gone (only the TAC speaks), ``log`` found in
#: EF 18 without any code, ``host`` TAC checked by the issuer's host, ``none`` disputed.
Evidence = Literal["mac2", "proof", "log", "host", "none"]
# Checked where a record is read: what is calculated with must be what it says.
Natural = Annotated[int, msgspec.Meta(ge=0)]
Byte = Annotated[int, msgspec.Meta(ge=0, le=0xFF)]
Serial = Annotated[str, msgspec.Meta(pattern="^[0-9A-Fa-f]{8}$")]
Moment = Annotated[str, msgspec.Meta(pattern="^[0-9A-Fa-f]{14}$")]
Code = Annotated[str, msgspec.Meta(pattern="^(?:[0-9A-Fa-f]{8})?$")]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The one record of a tap.

    Attributes:
        outcome: ``retry`` asks for the same card again.
        amount: fen charged (or loaded) now; for a recovered tap the amount that the torn
            tap had moved; 0 when refused.
        code: `Code`, empty when accepted.
        reason: the code in words, with details.
        application: ``tunion``, ``lnt``, or empty when none was entered.
        balance_before, balance_after: net balance in fen (overdrawn counts negative), None
            when not known.
        card: masked card number.
        time: 14 digits of the terminal's clock.
        direction: of the terminal: single, entry, exit, load.
        counter: purchase (or load) counter before the transaction, None when none began.
        recovered: an earlier torn tap was completed; nothing was debited now.
        disputed: the card's MAC2 was wrong, money may have moved.
        already: an accepted tap that was perhaps never shown is shown now; nothing moved now, and
            its record went to clearing then.
    """

    outcome: Outcome
    amount: int
    code: str
    reason: str
    application: str
    balance_before: int | None
    balance_after: int | None
    card: str
    time: str
    terminal: str
    direction: str
    counter: int | None = None
    recovered: bool = False
    disputed: bool = False
    already: bool = False


class ClearingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction as it goes to clearing: everything that lies under its TAC.

    Attributes:
        sequence: the terminal's own number; also links a pending entry to its end.
        kind: ``purchase`` or ``load``.
        card: whole card number (PAN, or 16-digit Lingnan Tong number).
        issuer, iin: T-Union only, else empty.
        counter: the card's counter BEFORE the transaction.
        amount: fen that moved; fare: fen before discount.
        type: transaction type byte under MAC and TAC.
        terminal: 6-byte number under the TAC; terminal_8: as in EF 1E.
        terminal_serial: PSAM transaction number, 8 hex digits; zeros for loads.
        datetime: the seven date and time bytes as sent, 14 hex digits; under Lingnan Tong
            fare, month, day, hour, minute, sub-type.
        time: the terminal's clock, 14 digits.
        balance_before, balance_after: fen, available balance without the overdraft limit.
        tac, mac2: hex; empty while pending and when only the log speaks.
        evidence: see `Evidence`.
    """

    sequence: Natural
    kind: Literal["purchase", "load"]
    standard: Standard
    card: str
    issuer: str
    iin: str
    counter: Natural
    amount: Natural
    fare: Natural
    type: Byte
    terminal: str
    terminal_8: str
    terminal_serial: Serial
    datetime: Moment
    time: str
    city: str
    acquirer: str
    line_station: str
    direction: str
    balance_before: int
    balance_after: int
    key_version: int
    algorithm: int
    tac: Code = ""
    mac2: Code = ""
    evidence: Evidence = "none"


def mask(number: str) -> str:
    """A card number for displays and logs: first six and last four digits stay."""
    if len(number) <= 10:
        return "*" * len(number)
    return number[:6] + "*" * (len(number) - 10) + number[-4:]
