"""A file read some way ahead of what is shown, so that its story can stand in front of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, cast

from ykt_sim.errors import YktError
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.conversations import MAX_FOLLOWED, in_blocks
from ykt_sim.meaning.cryptograms import Checked
from ykt_sim.meaning.hiding.identities import Learner, learn_event, learn_header
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.meaning.story.tale import Tale
from ykt_sim.meaning.understand import Understood
from ykt_sim.trace.opening import Named

#: Events that are held: a file of no more is known whole before anything of it is shown.
WINDOW: Final = 2000

#: Numbers that are remembered as told; to tell one again only takes time.
_MOST_TOLD: Final = 50_000
#: How a `Learner` was told something, and what.
_Told = tuple[str, str | bytes]

Item = tuple[Named, Checked | None]


class Ahead:
    """Events of a file, given when `WINDOW` later ones are known or the file has ended.

    Attributes:
        tales: stories by the conversation's name, as far as they are known; of so many that
            `conversations.checked` forgets the first ones, the latest.
        whole: the file was read to its end.
        learnt: grows whenever the masker was told something new.
    """

    def __init__(self, items: Iterable[Item], masker: Masker, window: int = WINDOW) -> None:
        """Read ahead.

        Args:
            items: as `conversations.checked` gives them.
            masker: learns the numbers of the file.
            window: events to hold.
        """
        self.tales: dict[str, Tale] = {}
        self.whole = False
        self.learnt = 0
        self._told: set[_Told] = set()
        self._items = items
        self._masker = masker
        self._window = window

    def __iter__(self) -> Iterator[Item]:
        """The events, in order.

        Raises:
            YktError: the file is damaged, after everything before the damage was given.
        """
        held: deque[Item] = deque()
        source = in_blocks(_numbered(in_blocks(self._items)))
        fault: YktError | None = None
        while held or not self.whole:
            while not self.whole and len(held) <= self._window:
                try:
                    item = next(source)
                except StopIteration:
                    self.whole = True
                except YktError as error:
                    self.whole, fault = True, error
                else:
                    self._learn(*item)
                    held.append(item)
            if held:
                yield held.popleft()
        if fault is not None:
            raise fault

    def _learn(self, named: Named, item: Checked | None) -> None:
        tale = self.tales.get(named.name)
        if tale is None:
            tale = self.tales[named.name] = Tale(named.header)
            learn_header(self._masker, named.header)
            self.learnt += 1
            if len(self.tales) > MAX_FOLLOWED:
                del self.tales[next(iter(self.tales))]
        if item is not None:
            tale.take(item)
            self._hide(item.understood)

    def _hide(self, known: Understood) -> None:
        """Tell the masker what an event holds, unless it was told all of it before."""
        told = known.annotated.once(_numbers)
        if self._told.issuperset(told):
            return
        if len(self._told) > _MOST_TOLD:
            self._told.clear()
        self._told.update(told)
        self._masker.take(known)
        self.learnt += 1


class _Listener:
    """Notes what a `Learner` is told."""

    def __init__(self) -> None:
        self.told: list[_Told] = []

    def __getattr__(self, name: str) -> Callable[[str | bytes], None]:
        return lambda value: self.told.append((name, value))


def _numbered(items: Iterable[Item]) -> Iterator[Item]:
    """The items, of which it is known by then what they tell a learner."""
    for item in items:
        if item[1] is not None:
            item[1].understood.annotated.once(_numbers)
        yield item


def _numbers(item: Annotated) -> tuple[_Told, ...]:
    """What an event tells a learner."""
    listener = _Listener()
    learn_event(cast("Learner", listener), Understood(0, item))
    return tuple(listener.told)


def tales(items: Iterable[Item], masker: Masker) -> Iterator[tuple[Named, Tale]]:
    """The story of each conversation of a file, in the order in which they begin.

    Args:
        items: as `conversations.checked` gives them.
        masker: learns the numbers of the file.
    """
    found: dict[str, tuple[Named, Tale]] = {}
    for named, item in items:
        _, tale = found.setdefault(named.name, (named, Tale(named.header)))
        if item is not None:
            tale.take(item)
            masker.take(item.understood)
    yield from found.values()
