"""Tap after tap: what the cards did, and whether it is what was due.

What journals and displays make of it is in `accounts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from functools import partial
from typing import Final

import msgspec

from ykt_sim.codes import LNT, TUNION, TransactionType
from ykt_sim.errors import ReadError
from ykt_sim.meaning.books import accounts
from ykt_sim.meaning.books.finding import Broken, broken
from ykt_sim.meaning.books.journal import Reading
from ykt_sim.meaning.books.ledger import Holder, Ledger
from ykt_sim.meaning.books.told import Move, Told
from ykt_sim.meaning.duty.clock import seconds_between
from ykt_sim.meaning.duty.due import Due, History, due
from ykt_sim.meaning.duty.seen import Purse, State, Visit
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.files import TransactionRecord, TripRecord

_LOADS: Final = (TransactionType.EP_LOAD, TransactionType.ED_LOAD)


class Books:
    """Cards, journals and displays of one story, which begins when all is settled.

    Args:
        terms: of the terminals, by name.
        holders: of the cards, by name.
        window: seconds for which a terminal owes a card the last word of a tap that it did not
            come to show.

    Attributes:
        ledger: what is known so far.
    """

    def __init__(
        self, terms: Mapping[str, Terms], holders: Mapping[str, Holder], window: int
    ) -> None:
        self.ledger = Ledger(terms, holders)
        self._window = window
        #: The line of a Lingnan Tong log that tells where its ride stands.
        self._rides: dict[str, str] = {}

    def take(self, told: Told) -> list[Broken]:
        """One more tap; gives what does not agree after it."""
        ledger = self.ledger
        ledger.tap += 1
        if told.mute:
            ledger.mute.add(told.card)
        self._lapsed(told)
        found = list(self._committed(told))
        reading = ledger.readings[told.terminal] = Reading(told.journal)
        found += accounts.recorded(ledger, told.terminal, told.serial, reading)
        found += accounts.displayed(ledger, told, reading, partial(self._due, told))
        return found

    def branch(self) -> Books:
        """Books that go on from here on their own; what was settled before stays shared."""
        other = copy(self)
        other.ledger = self.ledger.branch()
        other._rides = dict(self._rides)  # noqa: SLF001 - of the same class
        return other

    def close(self) -> list[Broken]:
        """What is still open; all cards have come back, and nothing was cut any more."""
        ledger = self.ledger
        ledger.tap += 1
        return [
            one
            for name, reading in ledger.readings.items()
            for one in accounts.settled(ledger, name, reading)
        ]

    # -- what the card did ---------------------------------------------------------------

    def _committed(self, told: Told) -> Iterator[Broken]:
        """What counters, money and log say of this tap."""
        before, after = told.before, told.after
        if LNT in before.purses:
            self._rides.setdefault(told.card, before.purses[LNT].log)
        if before == after:
            return
        steps = [
            (standard, load, new - old)
            for standard, purse in before.purses.items()
            for load, old, new in (
                (False, purse.offline, after.purses[standard].offline),
                (True, purse.online, after.purses[standard].online),
            )
            if new != old
        ]
        if len(steps) != 1 or steps[0][2] != 1:
            yield broken("ATOMIC", self.ledger.tap, _unlike(before, after, steps))
            return
        standard, load, _ = steps[0]
        move = self._move(told, standard, load=load)
        if isinstance(move, str):
            yield broken("ATOMIC", self.ledger.tap, move)
            return
        yield from self._dutiful(told, move)
        yield from self._again(told, move)
        self.ledger.moves.append(move)
        if standard == LNT and self.ledger.terms[told.terminal].direction in ("entry", "exit"):
            self._rides[told.card] = after.purses[LNT].log

    def _move(self, told: Told, standard: str, *, load: bool) -> Move | str:
        """The transaction behind a counter that moved, or what does not go with it."""
        old, new = told.before.purses[standard], told.after.purses[standard]
        counter = old.online if load else old.offline
        change = told.after.total - told.before.total
        try:
            line = TransactionRecord.parse(bytes.fromhex(new.log))
        except ReadError:
            return "the counter moved, and the log's first line is none"
        amount = line.amount if load else -line.amount
        if (line.type in _LOADS) != load or line.counter != counter + 1 or change != amount:
            return (
                f"the counter went from {counter:04X} and the money by {change},"
                f" and the log says {line.counter:04X} and {amount}"
            )
        if line.type == TransactionType.COMPOSITE_PURCHASE and standard == TUNION:
            trip = TripRecord.parse(bytes.fromhex(new.trip))
            if trip.datetime != line.date + line.time or trip.amount != line.amount:
                return "the counter and the log moved, and the newest trip is another one"
        for other, purse in told.after.purses.items():
            if other != standard and _own(purse) != _own(told.before.purses[other]):
                return f"a transaction of {standard} changed files of {other}"
        return Move(
            tap=self.ledger.tap, terminal=told.terminal, card=told.card, standard=standard,
            load=load, counter=counter, amount=line.amount,
            balances=(new.balance, new.available) if load else (new.balance,),
            when=(line.date + line.time).upper(), clock=told.clock,
        )  # fmt: skip

    def _lapsed(self, told: Told) -> None:
        """What was let through and perhaps never shown, too long ago to be told once more."""
        for move in self.ledger.of(told.card, told.terminal):
            passed = self.ledger.let_through(move)
            if not passed or self.ledger.is_over(move):
                continue
            ago = seconds_between(passed, told.clock)
            move.lapsed = ago is None or not 0 <= ago < self._window

    # -- what was due --------------------------------------------------------------------

    def _due(self, told: Told, *only: str) -> Due:
        """What is due from the card as it was before, from one of its purses where one is named."""
        terms = self.ledger.terms[told.terminal]
        if only:
            terms = msgspec.structs.replace(terms, priority=only)
        purses = dict(told.before.purses)
        if told.card in self._rides:
            purses[LNT] = msgspec.structs.replace(purses[LNT], log=self._rides[told.card])
        visit = Visit(
            number=self.ledger.tap, card=told.card, clock=told.clock, amount=told.amount,
            who=self.ledger.holders[told.card].who, before=State(told.before.total, purses),
        )  # fmt: skip
        paid = sum(one.amount for one in self.ledger.of(told.card, told.terminal))
        return due(terms, visit, History(paid=paid))

    def _dutiful(self, told: Told, move: Move) -> Iterator[Broken]:
        what = self._due(told, move.standard)
        if move.load != self.ledger.terms[told.terminal].load:
            yield broken(
                "DUE", self.ledger.tap, "loaded where fares are paid, or the other way round"
            )
        elif told.mute:
            return  # where the ride began was not heard: nobody can hold the fare against it
        elif what.refused:
            grounds = ", ".join(ground.what for ground in what.grounds)
            yield broken(
                "DUE", self.ledger.tap, f"{move.amount} fen moved on a card that {grounds}"
            )
        elif not what.fits(move.standard, move.amount):
            price = what.price.amount if what.price is not None else None
            yield broken("DUE", self.ledger.tap, f"{move.amount} fen moved, {price} were due")

    def _again(self, told: Told, move: Move) -> Iterator[Broken]:
        """Nothing is open of this card here when it commits again."""
        for old in self.ledger.of(told.card, told.terminal):
            if self.ledger.is_over(old):
                continue
            if told.card not in self.ledger.mute:
                yield broken(
                    "TWICE",
                    self.ledger.tap,
                    f"{move.amount} fen moved, and {old.amount} of tap {old.tap} were never shown",
                )


def _own(purse: Purse) -> tuple[object, ...]:
    """What another purse's transactions do not change: all but money that may be shared."""
    return (purse.offline, purse.online, purse.log, purse.trip, purse.rail, purse.bus, purse.month)


def _unlike(before: State, after: State, steps: list[tuple[str, bool, int]]) -> str:
    if not steps:
        changed = after.total - before.total
        return f"no counter moved, and the money did by {changed}, or a file changed"
    words = ", ".join(f"{standard} {'load' if load else 'purchase'} {step:+}"
                      for standard, load, step in steps)  # fmt: skip
    return f"in one tap the counters moved: {words}"
