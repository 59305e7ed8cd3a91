"""What is on the books: the cards' transactions, the journals, and who is who."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

import msgspec

from ykt_sim.codes import TUNION
from ykt_sim.meaning.books.journal import Reading, Record
from ykt_sim.meaning.books.told import Move
from ykt_sim.meaning.duty.seen import Who
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.meaning.keyring import KeyRing


class Holder(msgspec.Struct, frozen=True):
    """One card of a story.

    Attributes:
        who: what it was made as.
        factors: with what its keys are diversified, by standard; issuer first; hex.
    """

    who: Who
    factors: Mapping[str, tuple[str, ...]]


class Ledger:
    """What is known so far.

    Args:
        terms: of the terminals, by name.
        holders: of the cards, by name.

    Attributes:
        moves: what the cards have committed.
        readings: what each journal said last.
        mute: cards whose log once seemed unreadable: what becomes of their taps may be disputed.
        tap: number of the tap under way.
    """

    def __init__(self, terms: Mapping[str, Terms], holders: Mapping[str, Holder]) -> None:
        self.terms, self.holders = terms, holders
        self.moves: list[Move] = []
        self.readings: dict[str, Reading] = {}
        self.mute: set[str] = set()
        self.tap = 0
        self._tacs: dict[tuple[str, str], bytes | None] = {}

    def branch(self) -> Ledger:
        """A copy that goes on on its own."""
        other = copy(self)
        other.moves, other.readings = list(self.moves), dict(self.readings)
        other.mute = set(self.mute)
        return other

    def tac_key(self, card: str, standard: str) -> bytes | None:
        """The key under a card's TACs, or None where nobody knows it."""
        place = card, standard
        if place not in self._tacs:
            ring = KeyRing()
            factors = self.holders[card].factors.get(standard, ())
            ring.know(standard, *(bytes.fromhex(one) for one in factors))
            self._tacs[place] = ring.tac(standard)
        return self._tacs[place]

    def of(self, card: str, terminal: str) -> list[Move]:
        """What a card has committed at a terminal."""
        return [one for one in self.moves if (one.card, one.terminal) == (card, terminal)]

    def let_through(self, move: Move) -> str:
        """When the journal says that the card was let through for it, 14 digits; empty if never."""
        reading = self.readings[move.terminal]
        known = [*reading.pending, *reading.claims]
        times = [reading.passed.get(one["sequence"], "") for one in known if self.is_of(one, move)]
        return max(times, default="")

    def claimed(self, move: Move) -> bool:
        """It is in the journal as a claim."""
        return any(self.is_of(one, move) for one in self.readings[move.terminal].claims)

    def disputed(self, move: Move) -> bool:
        """It is in the journal as a dispute."""
        found = self.readings[move.terminal].disputes.values()
        return any(self.is_of(one, move) for one in found)

    def is_over(self, move: Move) -> bool:
        """Its rider knows, or nobody will ever know."""
        return bool(move.shown) or move.lapsed or self.disputed(move)

    def is_of(self, record: Record, move: Move) -> bool:
        """A record is of this transaction, by card and counter."""
        key = record["standard"], record["kind"] == "load", record["counter"]
        return key == move.key and self.card_of(record) == move.card

    def card_of(self, record: Record) -> str:
        """Name of the card that a record is of; empty where it is none of them."""
        number = str(record["card"])
        for name, holder in self.holders.items():
            who = holder.who
            own = who.pan if record["standard"] == TUNION else f"510000{who.number}"
            if number == own:
                return name
        return ""
