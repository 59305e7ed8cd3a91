"""Cards that tap in turn at one terminal, as one recording."""

from __future__ import annotations

from functools import cache
from random import Random  # noqa: TID251 - seeded below

from ykt_sim.bench.bench import Bench
from ykt_sim.card import Card
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.trace.model import Event, Header, Trace

HEADER = Header(
    source="bench", provenance="simulated card, PSAM and terminal with published test keys"
)


@cache
def turns(
    cards: int,
    rounds: int = 1,
    *,
    terminal: str = "bus-tunion",
    profile: str = "tunion",
    seed: int = 1,
) -> Trace:
    """So many cards tap one after the other, each once a round; a tap a minute.

    Randoms are drawn by the seed, so that with another one the same is done anew.
    """
    events: list[Event] = []
    random = Random(seed)  # noqa: S311 - seeded
    ticks = iter(range(10**9))
    bench = Bench(
        terminal, rng=random.randbytes, clock=lambda: next(ticks) / 1000, sink=events.append
    )
    made = load_card_profile(profile)
    fleet = [
        Card(personalise(made, pan=f"31051700{number:011d}", balance=100_000), random.randbytes)
        for number in range(cards)
    ]
    for tap in range(cards * rounds):
        hour, minute = divmod(tap, 60)
        bench.tap(fleet[tap % cards], now=f"20241101{8 + hour:02d}{minute:02d}00")
    return Trace(header=HEADER, events=tuple(events))
