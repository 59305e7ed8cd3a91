"""One conversation for each card: what a reader's name alone does not tell apart.

A log names the reader, and many cards may come to one reader. A reset with another ATR than
before opens a conversation of its own, ``Reader, card 2``; a card that comes back (the same
ATR) goes on in its own. Cards of one kind have one ATR and cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from ykt_sim.trace.model import Note, Reset
from ykt_sim.trace.readers.base import HEADER, Found, Source
from ykt_sim.trace.readers.pairs import remember


class _Reader(msgspec.Struct):
    """The cards that came to one reader."""

    number: int = 1
    cards: int = 1
    atrs: dict[bytes, int] = msgspec.field(default_factory=dict)
    header: Note | None = None

    def reset(self, atr: bytes) -> bool:
        """A card answers to reset; True when it was not there before."""
        if not atr or self.atrs.get(atr) == self.number:
            return False
        known = self.atrs.get(atr)
        if known is not None:
            self.number = known
            return False
        new = bool(self.atrs)  # the first ATR is that of the card whose ATR was not known yet
        self.cards += new
        self.number = self.cards
        remember(self.atrs, atr, self.number)
        return new

    def name(self, session: str) -> str:
        return session if self.number == 1 else f"{session}, card {self.number}"


def by_card(
    read: Callable[[Source], Iterator[Found]],
) -> Callable[[Source], Iterator[Found]]:
    """A reader whose conversations are readers' names, with one for each card instead."""

    def reading(source: Source) -> Iterator[Found]:
        readers: dict[str, _Reader] = {}
        for found in read(source):
            session, event = found
            reader = readers.get(session)
            if reader is None:
                reader = _Reader()
                remember(readers, session, reader)
            if isinstance(event, Note) and event.text == HEADER:
                reader.header = event
            elif isinstance(event, Reset) and reader.reset(event.atr) and reader.header is not None:
                yield Found(reader.name(session), reader.header)
            yield found if reader.number == 1 else Found(reader.name(session), event)

    return reading
