"""Waiting for the next card at a reader, through unplugged readers and stopped services.

A card is given once: after it was tapped it has to leave before it, or the next one, is
given again. That it left is known from the reader's count of comings and goings, so a card
that is changed between two looks is a new card. When the service or the reader was away,
the count says nothing any more, and the reader has to be seen empty for a while, because a
service that has just started calls it empty before it has looked. Only a card that shall be
tapped again is then given at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ykt_sim.errors import LinkError
from ykt_sim.transport.pcsc_readers import Reader, choose, list_readers, wait_for_card

#: Seconds between two looks at a card that stays, and at a service that is away.
_LOOK_S: Final = 0.05
_AWAY_S: Final = 0.2
#: Seconds a reader must be empty after trouble to be believed, where the service that knows
#: it has not seen a card come and go yet.
_SURE_S: Final = 2.0
#: Longest single wait for a card, seconds; a signal is seen after it at the latest.
_SLICE_S: Final = 0.5


class CardWatch:
    """Gives cards at a reader, one after the other.

    Args:
        wanted: the reader: number, name, or part of a name.
        say: takes lines for the operator; the same trouble is said once.
        stopping: true when nobody waits any more.
    """

    def __init__(
        self, wanted: str, say: Callable[[str], object], stopping: Callable[[], bool]
    ) -> None:
        self._wanted, self._say, self._stopping = wanted, say, stopping
        self._used = self._again = False
        self._count: int | None = None
        self._empty_since: float | None = None
        self._trouble = ""

    def next_card(self) -> bool:
        """Wait for the next card; False when nobody waits any more.

        Raises:
            UsageError: the reader's name fits several.
        """
        while not self._stopping():
            try:
                reader = self._look()
            except LinkError as error:
                self.trouble(str(error))
                time.sleep(_AWAY_S)
                continue
            self._better()
            if self._ready(reader):
                self._count = reader.count
                return True
            if reader.present:
                time.sleep(_LOOK_S)
            else:
                with suppress(LinkError):  # nobody came, or the next look says what it is
                    wait_for_card(self._wanted, seconds=_SLICE_S, clock=time.monotonic)
        return False

    def done(self, *, again: bool) -> None:
        """The card was tapped; ``again``: it was told to come back."""
        self._used, self._again = True, again

    def trouble(self, why: str) -> None:
        """Service or reader are away, or the card cannot be reached."""
        self._lose_count()
        if why != self._trouble:
            self._say(f"{why}; waiting")
        self._trouble = why

    def _lose_count(self) -> None:
        self._count = self._empty_since = None
        self._used = self._used and not self._again

    def _better(self) -> None:
        if self._trouble:
            self._say("the reader is back")
        self._trouble = ""

    def _look(self) -> Reader:
        readers = list_readers()
        name = choose([reader.name for reader in readers], self._wanted)
        return next(reader for reader in readers if reader.name == name)

    def _ready(self, reader: Reader) -> bool:
        if self._count is not None and reader.count < self._count:
            self._lose_count()  # the service was restarted between two looks
        if reader.present:
            self._empty_since = None
            return not self._used or self._count not in (None, reader.count)
        now = time.monotonic()
        self._empty_since = self._empty_since or now
        sure = bool(self._count is not None or reader.count) or now - self._empty_since > _SURE_S
        if self._used and sure:
            self._used = False
            if self._count is None:
                self._say("the reader is empty again: ready for the next card")
        return False
