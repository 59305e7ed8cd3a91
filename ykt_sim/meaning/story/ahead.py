"""A file read some way ahead of what is shown, so that its story can stand in front of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from ykt_sim.errors import YktError
from ykt_sim.meaning.conversations import MAX_FOLLOWED
from ykt_sim.meaning.cryptograms import Checked
from ykt_sim.meaning.hiding.identities import learn_header
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.meaning.story.tale import Tale
from ykt_sim.trace.opening import Named

#: Events that are held: a file of no more is known whole before anything of it is shown.
WINDOW: Final = 2000

Item = tuple[Named, Checked | None]


class Ahead:
    """Events of a file, given when `WINDOW` later ones are known or the file has ended.

    Attributes:
        tales: stories by the conversation's name, as far as they are known; of so many that
            `conversations.checked` forgets the first ones, the latest.
        whole: the file was read to its end.
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
        self._items = items
        self._masker = masker
        self._window = window

    def __iter__(self) -> Iterator[Item]:
        """The events, in order.

        Raises:
            YktError: the file is damaged, after everything before the damage was given.
        """
        held: deque[Item] = deque()
        source = iter(self._items)
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
            if len(self.tales) > MAX_FOLLOWED:
                del self.tales[next(iter(self.tales))]
        if item is not None:
            tale.take(item)
            self._masker.take(item.understood)


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
