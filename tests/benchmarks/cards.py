"""Making ten thousand dual cards: time and memory, in the drawer and powered on."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

from tests.benchmarks.measure import rng
from ykt_sim.card import Card
from ykt_sim.card.image import CardImage
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile

COUNT = 10_000
SAMPLE = 1_000
PROFILE = load_card_profile("dual")


def make_cards(count: int = COUNT) -> tuple[float, float, float]:
    """(seconds for ``count`` dual cards, KiB a card, KiB a card that is powered on)."""
    powered(0)
    start = time.process_time()
    fleet = [image(number) for number in range(count)]
    seconds = time.process_time() - start
    del fleet
    return seconds, _weight(image), _weight(powered)


def image(number: int) -> CardImage:
    """A personalised card in the drawer."""
    return personalise(PROFILE, pan=f"31048703{number:010d}7", balance=5000)


def powered(number: int) -> Card:
    """The same card in a reader's field."""
    card = Card(image(number), rng)
    card.power_on()
    return card


def _weight(make: Callable[[int], object]) -> float:
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    fleet = [make(number) for number in range(SAMPLE)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / len(fleet) / 1024
