"""What is in a file: its conversations, counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from ykt_sim.errors import TraceError
from ykt_sim.trace.apart import Dealer
from ykt_sim.trace.model import Event, Exchange, Note, Reset
from ykt_sim.trace.opening import Named, Opened
from ykt_sim.trace.readers.account import ACCOUNT, unused_lines
from ykt_sim.trace.readers.base import BROKEN

#: Broken places that are kept for each conversation; their number is counted as well.
PLACES: Final = 20
#: Conversations that are kept; a file with more is no log of cards and readers.
MOST: Final = 100_000


class Summary(msgspec.Struct):
    """What is counted of one conversation.

    Attributes:
        named: the conversation.
        card: number of its card, from 1 in order of appearance; 0 where it has only one.
        exchanges, sam, unanswered, resets, notes, broken: how many; ``sam`` and
            ``unanswered`` are among the exchanges.
        first, last: seconds of the trace; ``first`` is None without events.
        atr: of the card's first reset.
        places: the first broken ones, at most `PLACES`.
        unused: numbers of lines whose bytes are in no exchange.
    """

    named: Named
    card: int = 0
    exchanges: int = 0
    sam: int = 0
    unanswered: int = 0
    resets: int = 0
    notes: int = 0
    broken: int = 0
    first: float | None = None
    last: float = 0.0
    atr: bytes = b""
    places: list[dict[str, object]] = msgspec.field(default_factory=list)
    unused: list[int] = msgspec.field(default_factory=list)

    @property
    def word(self) -> str:
        """What ``--session`` takes."""
        return f"{self.named.number}.{self.card}" if self.card else str(self.named.number)

    def add(self, event: Event) -> None:
        """Count an event."""
        self.first = event.t if self.first is None else min(self.first, event.t)
        self.last = max(self.last, event.t)
        if isinstance(event, Exchange):
            self.exchanges += 1
            self.sam += event.channel == "sam"
            self.unanswered += not event.response
        elif isinstance(event, Reset):
            self.resets += 1
            if event.channel == "card" and not self.atr:
                self.atr = event.atr
        elif isinstance(event, Note) and event.text == BROKEN:
            self.broken += 1
            if len(self.places) < PLACES:
                self.places.append(event.data)
        elif isinstance(event, Note):
            self.notes += 1
            if event.text == ACCOUNT:
                self.unused += unused_lines(event)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        card = {"session": self.word, "card": self.card} if self.card else {}
        return {
            **card,
            "number": self.named.number,
            "name": self.named.name,
            "exchanges": self.exchanges,
            "sam_exchanges": self.sam,
            "unanswered": self.unanswered,
            "resets": self.resets,
            "notes": self.notes,
            "atr": self.atr.hex().upper(),
            "first_s": self.first,
            "last_s": self.last,
            "broken": self.broken,
            "places": self.places,
            "unused_lines": self.unused,
        }


def summaries(opened: Opened) -> list[Summary]:
    """Read a file to its end; gives its wanted conversations in order of first appearance.

    Cards that came to one reader in turn have a summary each (`apart`).

    Raises:
        TraceError: more than `MOST`, or nothing of the file can be used.
    """
    found: dict[str, dict[int, Summary]] = {}
    dealers: dict[str, Dealer] = {}
    count = 0
    for named, event in opened:
        if event is None:
            found[named.name] = {1: Summary(named)}
            dealers[named.name] = Dealer()
            count += 1
        else:
            count += _deal(found[named.name], named, dealers[named.name].take(event))
        if count > MOST:
            raise TraceError(f"more than {MOST} sessions")
    for session, dealer in dealers.items():
        _deal(found[session], found[session][1].named, dealer.end())
    return [_numbered(one, cards) for cards in found.values() for one in cards.values()]


def _deal(cards: dict[int, Summary], named: Named, dealt: Iterable[tuple[int, Event]]) -> int:
    """Count events with their cards; gives how many cards are new."""
    before = len(cards)
    for card, event in dealt:
        cards.setdefault(card, Summary(named, card)).add(event)
    return len(cards) - before


def _numbered(one: Summary, cards: dict[int, Summary]) -> Summary:
    if len(cards) > 1 and not one.card:
        one.card = 1
    return one
