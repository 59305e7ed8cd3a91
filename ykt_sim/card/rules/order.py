"""Which command is answered at all, and what a refusal ends; class bytes are in `tables`."""

from __future__ import annotations

from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import Session, State
from ykt_sim.codes import SW


class OrderRules:
    """Blocked cards, and transactions in progress."""

    def card_blocked(self) -> None:
        """After CARD BLOCK every command is 6A81 [GM 8.1]."""
        raise Refusal(SW.NOT_SUPPORTED)

    def refused(self, session: Session) -> None:
        """A command that does not end in 9000 ends the transaction [GM, meaning of 6901]."""
        session.state = State.IDLE
        session.transaction = None
