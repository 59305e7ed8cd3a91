"""A conversation while it goes on: what is selected, what is in progress, what is due next.

`Live` is a `Follower` that is told events one by one as they happen, and can be asked what
the codes of the next exchange must be before it has happened. `fold` makes one exchange of
what T=0 splits into several, so that both sides of a replay speak of the same steps.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from ykt_sim.codes import Standard
from ykt_sim.errors import CryptoError, WireError
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.follow import Due, Follower, Mismatch
from ykt_sim.meaning.purse_codes import KeySource, PurseTransaction, card_key
from ykt_sim.meaning.understand import Stage, Understood, understand
from ykt_sim.trace.model import Channel, Event, Exchange
from ykt_sim.trace.readers.base import Found
from ykt_sim.trace.readers.t0 import merge_t0
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application

#: Why `Due` has no value where its conversation holds nothing that it could rest on.
NO_CHALLENGE: Final = "no GET CHALLENGE before it"
NO_TRANSACTION: Final = "its INITIALIZE is not in the trace"


class NoKeys:
    """Knows no key."""

    def get(self, standard: str, role: str) -> bytes | None:
        """Nothing."""
        return None

    def tac(self, standard: str) -> bytes | None:
        """Nothing."""
        return None


class Folded(msgspec.Struct, frozen=True):
    """One event, with the chains of T=0 made one exchange.

    Attributes:
        index: of the (first) event in the trace.
        event: the event.
        chained: it was more than one exchange in the trace.
    """

    index: int
    event: Event
    chained: bool = False


def fold(events: Iterable[Event]) -> Iterator[Folded]:
    """Make one exchange of 61xx and GET RESPONSE, and of 6Cxx and the repeated command."""
    kept = tuple(events)
    # A merged exchange keeps the time of its first command, so the time carries its place.
    marked = (
        Found("", msgspec.structs.replace(event, t=float(index)))
        for index, event in enumerate(kept)
    )
    for found in sorted(merge_t0(marked), key=lambda found: found.event.t):
        index = int(found.event.t)
        event = msgspec.structs.replace(found.event, t=kept[index].t)
        chained = isinstance(event, Exchange) and not _same(event, kept[index])
        yield Folded(index, event, chained)


def _same(event: Exchange, other: Event) -> bool:
    return isinstance(other, Exchange) and event.response == other.response


class Live(Follower):
    """Follows a conversation event by event.

    Attributes:
        last: what `take` understood last on the card's channel, None before the first.
    """

    def __init__(self, keys: KeySource | None = None) -> None:
        super().__init__(keys if keys is not None else NoKeys())
        self.last: Understood | None = None
        self._feed: deque[Event] = deque()
        self._walk = understand(self._fed())
        self._applications: dict[Channel, Application] = {}

    def _fed(self) -> Iterator[Event]:
        while self._feed:
            yield self._feed.popleft()

    def take(self, event: Event) -> tuple[Understood, tuple[Due, ...], tuple[Mismatch, ...]]:
        """Tell what happened; gives what it means and what its codes must be."""
        self._feed.append(event)
        item = next(self._walk)
        dues, mismatches = self.step(item)
        channel: Channel | None = getattr(event, "channel", None)
        if channel is not None:
            self._applications[channel] = item.annotated.application
        if channel == "card":
            self.last = item
        return item, dues, mismatches

    def due(self, event: Exchange) -> tuple[Due, ...]:
        """What the codes of an exchange must be that may happen next; changes nothing.

        Args:
            event: command and answer; an empty answer where only the command is of interest.
        """
        try:
            asked = Command.parse(event.command)
        except WireError:
            return ()
        application = self._applications.get(event.channel, Application.NONE)
        item = Understood(0, Annotated(event, "", application=application, asked=asked))
        return self._twin().step(item)[0]

    def _twin(self) -> Live:
        """A copy that may go on without touching this one."""
        twin = copy.copy(self)
        Live._part(twin)
        return twin

    def _part(self) -> None:
        """Give up sharing with the original what a step changes."""
        self._factors = dict(self._factors)
        self._proofs = dict(self._proofs)
        self._sam = copy.copy(self._sam)
        self._around = copy.copy(self._around)
        if self._card is not None:
            self._card = msgspec.structs.replace(self._card, results=dict(self._card.results))

    @property
    def application(self) -> Application:
        """What is selected on the card."""
        return self._applications.get("card", Application.NONE)

    @property
    def standard(self) -> Standard | None:
        """Whose keys the selected application uses; None when it has none."""
        return self.application.standard

    @property
    def purse(self) -> PurseTransaction | None:
        """The transaction between INITIALIZE and its commit."""
        return self._card

    @property
    def phase(self) -> Stage:
        """How far the card's transaction has come."""
        return self.last.phase if self.last is not None else Stage.IDLE

    def factors(self, standard: str | None) -> tuple[bytes, ...]:
        """Diversification factors of the card, issuer first; empty before it told them."""
        return self._factors.get(standard, ())

    def key(self, role: str) -> bytes | None:
        """A key of the selected application."""
        try:
            return card_key(self._keys, self.standard, role)
        except CryptoError:
            return None
