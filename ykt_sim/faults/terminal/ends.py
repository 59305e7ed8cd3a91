"""Faults in how a tap ends: what is shown and what goes to clearing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from ykt_sim.codes import Code, code_text
from ykt_sim.faults.terminal.border import ending
from ykt_sim.faults.terminal.fault import Between, TerminalFault
from ykt_sim.terminal.journal import TapEnd
from ykt_sim.wire.decision import ClearingRecord


def _ends(change: Callable[[TapEnd], TapEnd]) -> tuple[Between]:
    return (Between(ending(change)),)


def _accepted(code: Code) -> tuple[Between]:
    """A tap that should end with this code is accepted."""

    def change(end: TapEnd) -> TapEnd:
        if end.decision.code != code:
            return end
        return replace(end, decision=replace(end.decision, outcome="accepted", code="", reason=""))

    return _ends(change)


def _shown(code: Code, instead: Code) -> tuple[Between]:
    """Another code, with the same details."""

    def change(end: TapEnd) -> TapEnd:
        if end.decision.code != code:
            return end
        reason = code_text(instead) + end.decision.reason.removeprefix(code_text(code))
        return replace(end, decision=replace(end.decision, code=instead.value, reason=reason))

    return _ends(change)


def _clearing(change: Callable[[ClearingRecord], dict[str, Any]]) -> tuple[Between]:
    """Other fields in the clearing record."""

    def changed(end: TapEnd) -> TapEnd:
        record = end.clearing
        if record is None:
            return end
        return replace(end, clearing=replace(record, **change(record)))

    return _ends(changed)


FAULTS: Final = (
    # what is shown
    TerminalFault(
        "unknown-card-accepted",
        "a card with no application for it passes",
        _accepted(Code.NO_APPLICATION),
    ),
    TerminalFault(
        "removed-accepted", "a card that leaves before DEBIT passes", _accepted(Code.REMOVED)
    ),
    TerminalFault(
        "load-refused-accepted",
        "a card that refuses to be loaded passes for loaded",
        _accepted(Code.CARD_ERROR),
    ),
    TerminalFault(
        "iin-shown-as-2449",
        "an issuer/IIN mismatch shows the code of the white list",
        _shown(Code.IIN_MISMATCH, Code.NOT_IN_WHITE_LIST),
    ),
    TerminalFault(
        "zero-shown-as-low",
        "an empty purse shows the code of a low balance",
        _shown(Code.ZERO_BALANCE, Code.INSUFFICIENT_BALANCE),
    ),
    # what is reported
    TerminalFault(
        "clearing-missing",
        "no clearing record is made",
        _ends(lambda end: replace(end, clearing=None)),
    ),
    TerminalFault(
        "clearing-of-disputed",
        "a disputed transaction goes to clearing",
        _ends(lambda end: replace(end, clearing=end.clearing or end.dispute)),
    ),
    TerminalFault(
        "clearing-counter-after",
        "the clearing record has the counter after the transaction",
        _clearing(lambda record: {"counter": record.counter + 1}),
    ),
    TerminalFault(
        "clearing-codes-swapped",
        "TAC and MAC2 change places in the clearing record",
        _clearing(lambda record: {"tac": record.mac2, "mac2": record.tac}),
    ),
    TerminalFault(
        "clearing-amount-wrong",
        "the clearing record has one fen more",
        _clearing(lambda record: {"amount": record.amount + 1}),
    ),
    TerminalFault(
        "clearing-serial-zero",
        "the clearing record has no PSAM number",
        _clearing(lambda _: {"terminal_serial": "0" * 8}),
    ),
    TerminalFault(
        "clearing-city-of-card",
        "the clearing record has the card's issuing city",
        _clearing(lambda record: {"city": record.issuer[4:] or "0000"}),
    ),
    TerminalFault(
        "clearing-time-wrong",
        "the clearing record has another time than DEBIT",
        _clearing(lambda record: {"datetime": record.datetime[:12] + "00"}),
    ),
    TerminalFault(
        "clearing-card-wrong",
        "the clearing record has another card's number",
        _clearing(lambda record: {"card": record.card[:-1] + "5"}),
    ),
    TerminalFault(
        "clearing-balance-wrong",
        "the clearing record has the balance before as balance after",
        _clearing(lambda record: {"balance_after": record.balance_before}),
    ),
    TerminalFault(
        "sequence-stuck",
        "all clearing records have the same number",
        _clearing(lambda _: {"sequence": 1}),
    ),
)
