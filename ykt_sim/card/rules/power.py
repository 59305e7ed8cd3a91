"""Power and reset [ISO 7816-3]: what a reset leaves, and what it answers."""

from __future__ import annotations

from ykt_sim.card.powered import Powered
from ykt_sim.card.states import Session


class PowerRules:
    """Power and reset [ISO 7816-3]: what a reset leaves, and what it answers."""

    def session(self, before: Session) -> Session:
        """A reset leaves nothing of the session before: no selection, no rights [GM 7.4]."""
        del before
        return Session()

    def atr(self, card: Powered) -> bytes:
        """The answer to reset is the card's own, the same each time [ISO 7816-3]."""
        return card.card.atr
