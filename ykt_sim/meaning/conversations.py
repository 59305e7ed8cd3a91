"""A file of several conversations, each understood and checked by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_sim.meaning.cryptograms import Checked, check
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.trace.model import Event
from ykt_sim.trace.opening import Named, Opened

#: Conversations whose state is kept; of more, the one that was silent longest begins anew.
MAX_FOLLOWED: Final = 1024


class _Followed:
    """What is known of one conversation: gives each of its events checked."""

    def __init__(
        self, keys: Keys | None, *, published: bool, explained: bool, judged: bool
    ) -> None:
        self._next: Event | None = None
        self._checked = check(
            self._given(), keys, published=published, explained=explained, judged=judged
        )

    def _given(self) -> Iterator[Event]:
        while self._next is not None:
            event, self._next = self._next, None
            yield event

    def check(self, event: Event) -> Checked:
        self._next = event
        return next(self._checked)


def checked(
    opened: Opened,
    keys: Callable[[], Keys] | None = None,
    *,
    published: bool = False,
    explained: bool = False,
    judged: bool = True,
) -> Iterator[tuple[Named, Checked | None]]:
    """Every event of a file checked in its own conversation; None where one begins.

    Args:
        opened: the file.
        keys: makes keys for a conversation, which may learn the numbers of its cards; None
            for none.
        published: the keys are the published ones, so right values may be told.
        explained: say what makes wrong codes and refusals.
        judged: give verdicts, as `cryptograms.check`.
    """
    followed: dict[str, _Followed] = {}
    last, one = "", None
    for named, event in opened:
        if event is None:
            yield named, None
            continue
        if one is None or last != named.name:
            last, one = named.name, followed.pop(named.name, None)
            if one is None:
                ring = None if keys is None else keys()
                one = _Followed(ring, published=published, explained=explained, judged=judged)
            followed[last] = one
            if len(followed) > MAX_FOLLOWED:
                del followed[next(iter(followed))]
        yield named, one.check(event)
