"""What the books are told of a tap, and what a card did in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ykt_sim.meaning.duty.seen import State


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One tap of a card at a terminal, whole or cut.

    Attributes:
        terminal: name of the terminal; card: name of the card.
        clock: the terminal's, 14 digits.
        amount: fen to load, at a load point.
        before, after: what the card holds.
        shown: the decision on the display as plain data; None where the display said nothing.
        journal: all lines that the terminal has on stable storage now.
        serial: the PSAM's next transaction number.
        cut: something happened to the tap, or the terminal heard what was not true.
        mute: it was told what is not true of the card's log, proof or ride: then it cannot know
            better than to dispute, or to take another fare.
    """

    terminal: str
    card: str
    clock: str
    amount: int = 0
    before: State
    after: State
    shown: Mapping[str, Any] | None
    journal: bytes
    serial: int
    cut: bool = False
    mute: bool = False


class Move(msgspec.Struct):
    """A transaction that a card has committed, as its own counter and log tell it.

    Attributes:
        tap: number of the tap in which it was.
        terminal, card: where and whose.
        standard: of the purse; load: it was a load.
        counter: BEFORE the transaction.
        amount: fen.
        balances: on the card afterwards; of a load with the overdraft limit too, since no source
            says which of them a load point tells.
        when: the seven bytes of date and time in the log, 14 hex digits.
        clock: the terminal's, 14 digits.
        shown: how often the display let the card through for it.
        unnoted: how often the journal did not come to note so.
        lapsed: nobody came for its last word as long as the terminal had to keep it.
    """

    tap: int
    terminal: str
    card: str
    standard: str
    load: bool
    counter: int
    amount: int
    balances: tuple[int, ...]
    when: str
    clock: str
    shown: int = 0
    unnoted: int = 0
    lapsed: bool = False

    @property
    def key(self) -> tuple[str, bool, int]:
        """What tells it from the card's other transactions."""
        return self.standard, self.load, self.counter
