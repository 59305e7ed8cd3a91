"""The story of one conversation: its visits gathered as they go by, then told in lines.

Of the first visits everything is kept; of those that follow only counts and sums, so a story of
any length needs the same memory.
"""

from __future__ import annotations

import copy
from collections import Counter
from typing import Final

import msgspec

from ykt_sim.codes import INS, Operation
from ykt_sim.meaning.cryptograms import Checked
from ykt_sim.meaning.story.visits import MOST, Ending, Visit, begins, decides, numbers_of
from ykt_sim.trace.model import Exchange, Header, Note, Removed, Reset
from ykt_sim.trace.readers.account import ACCOUNT
from ykt_sim.trace.readers.base import BROKEN

#: Visits that are told one by one.
DETAILED: Final = 3
#: Cards and terminals that are told apart; more are only said to be more.
MOST_CARDS: Final = 10_000
_MOST_TERMINALS: Final = 8


class Totals(msgspec.Struct):
    """What is counted over all visits.

    Attributes:
        visits: how many.
        cards: visits by card number; of a card with two numbers by its PAN, where that is known.
        nameless: visits whose card told no number.
        deals: how many by operation and ending; ``sums`` their fen.
        outcomes: the terminal's words.
        refusals, wrongs, valid: answers that are no success, codes wrong and right.
    """

    visits: int = 0
    cards: Counter[str] = msgspec.field(default_factory=Counter)
    nameless: int = 0
    deals: Counter[tuple[Operation | None, Ending]] = msgspec.field(default_factory=Counter)
    sums: Counter[tuple[Operation | None, Ending]] = msgspec.field(default_factory=Counter)
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    refusals: int = 0
    wrongs: int = 0
    valid: int = 0
    pans: dict[str, str] = msgspec.field(default_factory=dict)

    def add(self, visit: Visit) -> None:
        """Count a visit that is over."""
        self.visits += 1
        self._card(visit.numbers)
        for deal in visit.deals:
            self.deals[deal.operation, deal.ending] += 1
            self.sums[deal.operation, deal.ending] += deal.amount or 0
        if visit.decision is not None:
            self.outcomes[str(visit.decision.get("outcome"))] += 1
        self.refusals += visit.refused
        self.wrongs += visit.wrongs
        self.valid += visit.valid

    def _card(self, numbers: dict[str, str]) -> None:
        if not numbers:
            self.nameless += 1
            return
        pan, other = numbers.get("pan"), next(iter(numbers.values()))
        if pan is not None and "lnt" in numbers and len(self.pans) < MOST_CARDS:
            self.pans[numbers["lnt"]] = pan
            self.cards[pan] += self.cards.pop(numbers["lnt"], 0)
        number = pan or self.pans.get(other, other)
        if number in self.cards or len(self.cards) < MOST_CARDS:
            self.cards[number] += 1


class Tale(msgspec.Struct):
    """One conversation.

    Attributes:
        header: what the recording says of itself.
        visit: the one that goes on.
        before: the same card before its last reset, perhaps: the next number tells.
        kept: the first visits; ``troubled`` is the first of the others that went wrong.
        totals: over all visits that are over.
        terminals: terminal numbers with where they were told.
        directions: of the terminal, in its own words.
        psam: the PSAM's own number, hex, empty when not told.
        broken, unread: damaged places, and marks of bytes that are in no exchange.
        events: events taken.
    """

    header: Header
    visit: Visit = msgspec.field(default_factory=Visit)
    before: Visit | None = None
    kept: list[Visit] = msgspec.field(default_factory=list)
    troubled: Visit | None = None
    totals: Totals = msgspec.field(default_factory=Totals)
    terminals: dict[str, str] = msgspec.field(default_factory=dict)
    directions: list[str] = msgspec.field(default_factory=list)
    psam: str = ""
    broken: int = 0
    unread: int = 0
    events: int = 0

    def take(self, item: Checked) -> None:
        """Go on by one event."""
        self.events += 1
        event = item.understood.event
        if isinstance(event, Note):
            self._note(event)
            return
        on_card = event.channel == "card"
        if on_card and self.visit.ended and not isinstance(event, Removed):
            self._close()
        if isinstance(event, Reset) and on_card:
            self._reset()
        if isinstance(event, Exchange):
            self._devices(item)
            self._numbers(numbers_of(item.understood))
            if len(self.visit.deals) >= MOST:
                self._go_on()
        self.visit.take(item)
        if isinstance(event, Removed) and on_card and self.visit.exchanges:
            self.visit.ended = True

    def _reset(self) -> None:
        """The same card, or another one: a number tells; after a transaction it is a new visit."""
        if self.visit.deals:
            self._close()
        elif self.visit.exchanges:
            self.before, self.visit = self._now(), Visit()

    def _numbers(self, numbers: dict[str, str]) -> None:
        """A card tells who it is."""
        if not numbers:
            return
        if self.before is not None:
            if self.before.fits(numbers):
                self.visit, self.before = self._now(), None
            else:
                self._over(self.before)
                self.before = None
        if not self.visit.fits(numbers):
            self._close()

    def _go_on(self) -> None:
        """One card pays again and again: what it did is counted, who it is stays."""
        numbers, applications = self.visit.numbers, self.visit.applications
        self._close()
        self.visit.numbers, self.visit.applications = dict(numbers), [*applications]

    def _note(self, note: Note) -> None:
        if note.text == BROKEN:
            self.broken += 1
        elif note.text == ACCOUNT:
            self.unread += bool(note.data.get("count") or note.data.get("else"))
        elif begins(note):
            self._close()
        elif decides(note):
            if self.visit.decision is not None:
                self._close()
            self.visit.decision = note.data
            self.visit.ended = True
            self._decided(note)

    def _decided(self, note: Note) -> None:
        terminal, direction = note.data.get("terminal"), note.data.get("direction")
        if isinstance(terminal, str) and terminal:
            self._terminal(terminal, "its decision")
        if isinstance(direction, str) and direction and direction not in self.directions:
            self.directions.append(direction)

    def _devices(self, item: Checked) -> None:
        """Numbers of terminal and PSAM."""
        known = item.understood
        event, asked = known.event, known.asked
        if not isinstance(event, Exchange):
            return
        if event.channel == "sam":
            for span in known.annotated.response_spans:
                if span.name == "terminal":
                    self._terminal(span.digits(event.response), "PSAM")
                elif span.name == "serial":
                    self.psam = span.digits(event.response)
        elif asked is not None and asked.ins == INS.INITIALIZE:
            for span in known.annotated.command_spans:
                if span.name == "terminal":
                    self._terminal(span.digits(event.command), "INITIALIZE")

    def _terminal(self, number: str, source: str) -> None:
        if number.strip("0") and len(self.terminals) < _MOST_TERMINALS:
            self.terminals.setdefault(number, source)

    def _now(self) -> Visit:
        """The visit that goes on, with what came before the card's last reset."""
        return self.visit if self.before is None else self.before.joined(self.visit)

    def _close(self) -> None:
        """The visit is over."""
        visit = self._now()
        self.visit, self.before = Visit(atr=visit.atr), None
        self._over(visit)

    def _over(self, visit: Visit) -> None:
        if visit.empty:
            return
        self.totals.add(visit)
        if len(self.kept) < DETAILED:
            self.kept.append(visit)
        elif self.troubled is None and (visit.wrongs or visit.refused or visit.torn):
            self.troubled = visit

    def visits(self) -> tuple[Visit, ...]:
        """The visits that are told one by one, the one that goes on among them."""
        now = self._now()
        more = () if now.empty or len(self.kept) >= DETAILED else (now,)
        return (*self.kept, *more)

    def counted(self) -> Totals:
        """Counts over all visits, the one that goes on as well."""
        now, totals = self._now(), copy.deepcopy(self.totals)
        if not now.empty:
            totals.add(now)
        return totals
