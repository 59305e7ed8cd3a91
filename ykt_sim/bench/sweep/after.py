"""What is presented after a cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.bench.sweep.cuts import ABSENT, Cut
from ykt_sim.bench.sweep.world import CARD, ELSEWHERE, HERE, LOADS, OTHER, World

_MINUTE, _HOUR, _DAY = 61, 3600, 86_400


class After(msgspec.Struct, frozen=True):
    """One thing that may be presented.

    Attributes:
        zh: its name in Chinese.
        text: what it is, in a few words.
        play: does it; the card has left, the clock stands.
    """

    zh: str
    text: str
    play: Callable[[World], None]


def _back(seconds: int, *, restart: bool = False, before: str = "") -> Callable[[World], None]:
    """The card comes back so much later, after it was at another place where one is named."""

    def play(world: World) -> None:
        world.wait(seconds)
        if restart:
            world.restart(HERE)
        if before:
            world.ride(CARD, before)
        world.ride(CARD, HERE, pause=min(seconds, 1))

    return play


def _another(world: World) -> None:
    world.ride(OTHER, HERE)
    world.ride(CARD, HERE)


def _none(world: World) -> None:
    world.wait(_MINUTE)
    world.ride(OTHER, HERE)


def _application(world: World) -> None:
    """The application that was used is not found once: the terminal goes on to the other one."""
    world.wait(_MINUTE)
    world.cuts.insert(0, Cut(0, ABSENT))
    world.ride(CARD, HERE)


def _twice(world: World) -> None:
    world.ride(CARD, HERE, pause=0)
    world.ride(CARD, HERE, pause=0)


AFTER: Final[dict[str, After]] = {
    "same": After("同一卡", "the same card, a minute later", _back(_MINUTE)),
    "second": After("同一秒", "the same card, in the same second", _back(0)),
    "minute": After("同一分钟", "the same card, in the same minute", _back(7)),
    "later": After("稍后", "the same card, an hour later", _back(_HOUR)),
    "restart": After("重启后", "the same card, after a restart", _back(7, restart=True)),
    "another": After("先刷他卡", "another card, then the same", _another),
    "none": After("不再刷卡", "another card; the same one tomorrow", _none),
    "elsewhere": After("他处消费后", "the same card, after it paid elsewhere",
                       _back(_MINUTE, before=ELSEWHERE)),
    "application": After("另一应用", "the same card, its application not found at first",
                         _application),
    "load": After("充值后", "the same card, after a load", _back(_MINUTE, before=LOADS)),
    "twice": After("连刷两次", "the same card, twice in the same second", _twice),
}  # fmt: skip


def tomorrow(world: World) -> None:
    """The next day the card rides once more, and after what was still open once again."""
    world.cuts.clear()
    world.wait(_DAY)
    world.ride(CARD, HERE)
    if "recovered" in world.said[-1][1]:
        world.ride(CARD, HERE)
    world.broken += world.books.close()
