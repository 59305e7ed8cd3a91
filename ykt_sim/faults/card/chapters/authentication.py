"""Faults of authentication; the rules are in `ykt_sim.card.rules.authentication`."""

from __future__ import annotations

from typing import Final

from ykt_sim.card.powered import Powered
from ykt_sim.card.rules.authentication import AuthenticationRules
from ykt_sim.card.states import Session
from ykt_sim.faults.card.fault import CardFault, Rule
from ykt_sim.wire.apdu import Command


class _Fixed(AuthenticationRules):
    def challenge(self, card: Powered, length: int) -> bytes:
        del card
        return b"\x5a" * length


class _AnyLength(AuthenticationRules):
    def challenge_length(self, command: Command) -> int:
        if command.data or not command.le:
            return super().challenge_length(command)
        return command.le


class _Stays(AuthenticationRules):
    def good(self, session: Session) -> bytes:
        return super().good(session) or session.challenge


class _FourBytes(AuthenticationRules):
    def initial(self, challenge: bytes) -> bytes:
        return super().initial(challenge[:4])


class _AnyCryptogram(AuthenticationRules):
    def fits(self, due: bytes, got: bytes) -> bool:
        del due, got
        return True


FAULTS: Final = (
    CardFault("challenge-fixed", "GET CHALLENGE always answers the same", Rule(_Fixed)),
    CardFault(
        "challenge-any-length",
        "GET CHALLENGE gives any number of bytes",
        Rule(_AnyLength),
    ),
    CardFault("challenge-stays", "a challenge is good until the next one", Rule(_Stays)),
    CardFault(
        "challenge-four-bytes",
        "of eight bytes of challenge four are used",
        Rule(_FourBytes),
    ),
    CardFault("any-cryptogram", "EXTERNAL AUTHENTICATE takes any cryptogram", Rule(_AnyCryptogram)),
)
