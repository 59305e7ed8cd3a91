"""How a faulty card is made from an image and the names of its faults."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from ykt_sim.card import Card, CardImage
from ykt_sim.card.memory import Memory
from ykt_sim.card.powered import Rng
from ykt_sim.card.rules import RULES, Rules
from ykt_sim.card.tables import TABLES
from ykt_sim.faults.card.border import AnyCard, BorderedCard, Randoms
from ykt_sim.faults.card.fault import (
    Chance,
    Heard,
    Image,
    Late,
    Restart,
    Row,
    Rule,
    Said,
    Switch,
)
from ykt_sim.faults.card.table import FAULTS, check

_T = TypeVar("_T")
_AT_BORDER = (Restart, Chance, Heard, Said, Late)


def make_card(
    image: CardImage,
    rng: Rng,
    names: Iterable[str] = (),
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> AnyCard:
    """A card with faults; without any it is the engine's own `Card`.

    Args:
        image: persistent content; the image itself is never changed.
        rng: gives n random bytes.
        names: of faults in `FAULTS`; they act together.
        sleep: waits so many seconds, for faults in time.

    Raises:
        UsageError: no such fault.
    """
    wanted = check(names)
    if not wanted:
        return Card(image, rng)
    places = [fault.place for name, fault in FAULTS.items() if name in wanted]
    cells = dict(image.cells)
    tables = dict(TABLES)
    for place in places:
        if isinstance(place, Switch | Image):
            place.change(cells)
        elif isinstance(place, Row):
            tables = {standard: place.change(table) for standard, table in tables.items()}
    randoms = Randoms(rng)
    classes = [place.by for place in places if isinstance(place, Rule)]
    card = Card(
        CardImage(cells),
        randoms,
        rules=rules_with(classes),
        tables=tables,
        memory=piled(Memory, classes),
    )
    if any(isinstance(place, _AT_BORDER) for place in places):
        return BorderedCard(card, places, randoms, sleep)
    return card


def rules_with(classes: Sequence[type]) -> Rules:
    """The rules of a card with these classes in the place of the chapters they derive from."""
    chapters = {
        name: piled(type(getattr(RULES, name)), classes)() for name in Rules.__struct_fields__
    }
    return msgspec.structs.replace(RULES, **chapters)


def piled(chapter: type[_T], classes: Sequence[type]) -> type[_T]:
    """A class with all of ``classes`` that derive from a chapter, the first one outermost."""
    own = tuple(each for each in classes if issubclass(each, chapter))
    return type(chapter.__name__, own, {}) if own else chapter
