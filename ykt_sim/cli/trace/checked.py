"""Every event of a trace with the verdicts on its codes, each conversation for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ykt_sim.cli.trace.sources import Named, Opened
from ykt_sim.cli.trace.words import CardKeys, ring_of
from ykt_sim.meaning.cryptograms import Checked, check
from ykt_sim.trace.model import Event

#: Conversations whose state is kept; of more, the one that was silent longest begins anew.
MAX_FOLLOWED: Final = 1024


class Followed:
    """What is known of one conversation: gives each of its events checked."""

    def __init__(self, keys: CardKeys | None, *, explained: bool) -> None:
        self._next: Event | None = None
        published = keys is not None and keys.published
        self._checked = check(
            self._given(), ring_of(keys), published=published, explained=explained
        )

    def _given(self) -> Iterator[Event]:
        while self._next is not None:
            event, self._next = self._next, None
            yield event

    def check(self, event: Event) -> Checked:
        """Go on by one event."""
        self._next = event
        return next(self._checked)


def checked(
    opened: Opened, keys: CardKeys | None, *, explained: bool
) -> Iterator[tuple[Named, Checked | None]]:
    """Every event checked in its own conversation; None where one begins.

    Args:
        opened: the trace.
        keys: of its cards, None for none.
        explained: say what makes wrong codes and refusals.
    """
    followed: dict[str, Followed] = {}
    for named, event in opened:
        if event is None:
            yield named, None
            continue
        one = followed.pop(named.name, None) or Followed(keys, explained=explained)
        followed[named.name] = one
        if len(followed) > MAX_FOLLOWED:
            del followed[next(iter(followed))]
        yield named, one.check(event)
