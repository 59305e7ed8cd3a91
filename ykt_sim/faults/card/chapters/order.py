"""Faults of which command is answered; the rules are in `ykt_sim.card.rules.order`."""

from __future__ import annotations

from typing import Final

from ykt_sim.card.rules.order import OrderRules
from ykt_sim.card.states import Session, State
from ykt_sim.card.tables import Table
from ykt_sim.codes import INS, SW
from ykt_sim.errors import WireError
from ykt_sim.faults.card.fault import CardFault, Row, Rule, Said, handled, status
from ykt_sim.wire.apdu import Command

_ALL_CLASSES: Final = frozenset(range(0x100))


def _any_class(table: Table) -> Table:
    return {ins: row._replace(classes=_ALL_CLASSES) for ins, row in table.items()}


class _CardGoesOn(OrderRules):
    def card_blocked(self) -> None:
        pass


class _StaysOpen(OrderRules):
    def refused(self, session: Session) -> None:
        pass


def _anything(command: bytes, answer: bytes) -> bytes:
    try:
        Command.parse(command)
    except WireError:
        return SW.OK.to_bytes(2, "big")
    return answer


FAULTS: Final = (
    CardFault("class-not-checked", "the class byte is not looked at", Row(_any_class)),
    CardFault(
        "unknown-ins-6e00",
        "an unknown instruction is answered 6E00",
        status(told=SW.CLA_NOT_SUPPORTED, instead_of=SW.INS_NOT_SUPPORTED),
    ),
    CardFault("malformed-accepted", "what is no command is answered 9000", Said((), _anything)),
    CardFault(
        "card-block-without-effect",
        "a blocked card goes on working",
        Rule(_CardGoesOn),
    ),
    CardFault(
        "wrong-state-6985",
        "a command out of order is answered 6985",
        status(told=SW.CONDITIONS, instead_of=SW.WRONG_STATE),
    ),
    CardFault(
        "refusal-keeps-transaction",
        "a refused commit can be tried again",
        Rule(_StaysOpen),
    ),
    CardFault(
        "read-ends-transaction",
        "READ RECORD ends an open transaction",
        handled(
            INS.READ_RECORD,
            lambda read, context, command: (read(context, command)[0], State.IDLE),
        ),
    ),
)
