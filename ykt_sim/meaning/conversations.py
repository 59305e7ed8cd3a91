"""A file of several conversations, each understood and checked by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

from ykt_sim.errors import YktError
from ykt_sim.meaning.cryptograms import Checked, check
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.trace.model import Event
from ykt_sim.trace.opening import Named

#: Conversations whose state is kept; of more, the one that was silent longest begins anew.
MAX_FOLLOWED: Final = 1024
#: Items that are made before the first of them is used.
_BLOCK: Final = 256

_T = TypeVar("_T")


def in_blocks(items: Iterable[_T]) -> Iterator[_T]:
    """The same items, many of them made at a time; for those who do not wait for each one.

    What makes them and what uses them then take turns less often, and a processor is quicker at
    one thing many times than at many things in turn.

    Raises:
        YktError: as the items do, after everything before it was given.
    """
    source = iter(items)
    fault: YktError | None = None
    more = True
    while more:
        block: list[_T] = []
        try:
            for item in islice(source, _BLOCK):
                block.append(item)
        except YktError as error:
            fault = error
        more = len(block) == _BLOCK
        yield from block
    if fault is not None:
        raise fault


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
    opened: Iterable[tuple[Named, Event | None]],
    keys: Callable[[], Keys] | None = None,
    *,
    published: bool = False,
    explained: bool = False,
    judged: bool = True,
) -> Iterator[tuple[Named, Checked | None]]:
    """Every event of a file checked in its own conversation; None where one begins.

    Args:
        opened: the file's events, as `opening.Opened` gives them.
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
