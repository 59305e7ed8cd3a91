"""Challenges and EXTERNAL AUTHENTICATE [GM 7.1-7.3]."""

from __future__ import annotations

import hmac

from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import Session
from ykt_sim.codes import SW
from ykt_sim.wire.apdu import Command


class AuthenticationRules:
    """What a challenge is, how long it is good, and what answers it."""

    def challenge_length(self, command: Command) -> int:
        """Le is 04 or 08 and there is no data, else 6700 [GM 7.2]."""
        if command.data or command.le not in (4, 8):
            raise Refusal(SW.WRONG_LENGTH)
        return command.le

    def challenge(self, card: Powered, length: int) -> bytes:
        """A challenge is so many fresh random bytes [GM 7.2]."""
        return card.rng(length)

    def good(self, session: Session) -> bytes:
        """A challenge is good for the next command only [GM 7.2]; gives the one that is now."""
        return session.drawn

    def initial(self, challenge: bytes) -> bytes:
        """All of a challenge counts, filled up with zeros to eight bytes [GM 7.1, 9]."""
        return challenge.ljust(8, b"\0")

    def fits(self, due: bytes, got: bytes) -> bool:
        """All eight bytes of the cryptogram are compared [GM 7.1]."""
        return hmac.compare_digest(due, got)
