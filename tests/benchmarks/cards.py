"""Making ten thousand dual cards: time and memory."""

from __future__ import annotations

import time
import tracemalloc

from ykt_sim.card.image import CardImage
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile

COUNT = 10_000


def make_cards(count: int = COUNT) -> tuple[float, float]:
    """(seconds for ``count`` dual cards, kilobytes a card)."""
    profile = load_card_profile("dual")
    personalise(profile)
    start = time.perf_counter()
    fleet = [_card(profile, number) for number in range(count)]
    seconds = time.perf_counter() - start
    del fleet
    sample = min(count, 1000)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    fleet = [_card(profile, number) for number in range(sample)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return seconds, (after - before) / len(fleet) / 1024


def _card(profile: object, number: int) -> CardImage:
    return personalise(profile, pan=f"31048703{number:010d}7", balance=5000)  # type: ignore[arg-type]
