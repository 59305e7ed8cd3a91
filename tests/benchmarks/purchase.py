"""A flat composite purchase: card, PSAM and terminal, every MAC computed and checked.

The terminal is the T-Union-only bus of another province (its flow is the standard's
plainest); cards differ, so that no key cache serves twice in a row. The floor is the very
cipher calls of these taps, on the same data, through `cryptography` and nothing else.
"""

from __future__ import annotations

import itertools

from tests.benchmarks.measure import Figure, measure, measure_beside, recorded_calls, replay
from ykt_sim.bench import Bench
from ykt_sim.card import Card
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile

TERMINAL = "bus-tunion"
CARDS = 100
TAPS = 400
NOW = "20241101080000"
BALANCE = 100_000  # fen


def _rng(count: int) -> bytes:
    _rng.state = (_rng.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)  # type: ignore[attr-defined]
    return _rng.state.to_bytes(8, "big")[:count]  # type: ignore[attr-defined]


_rng.state = 1  # type: ignore[attr-defined]


def _cards() -> list[Card]:
    profile = load_card_profile("tunion")
    return [
        Card(personalise(profile, pan=f"31051700{number:011d}", balance=BALANCE), _rng)
        for number in range(CARDS)
    ]


class _Rides:
    """Taps one card after the other; refills by restoring when a card runs low."""

    def __init__(self) -> None:
        self.bench = Bench(TERMINAL, rng=_rng)
        self.cards = _cards()
        self.images = [card.snapshot() for card in self.cards]
        self.turn = itertools.cycle(range(CARDS))
        self.apdus = 0

    def run(self, taps: int) -> None:
        self.bench.journal.lines.clear()
        for _ in range(taps):
            number = next(self.turn)
            result = self.bench.tap(self.cards[number], now=NOW)
            if result.decision.outcome != "accepted":
                self.cards[number].restore(self.images[number])


def purchases() -> tuple[Figure, Figure, float, int]:
    """(our figure, the floor's figure, our share of the floor, cipher calls per purchase)."""
    rides = _Rides()
    with recorded_calls() as calls:
        rides.run(TAPS)
    recorded = list(calls)
    ours, floor, share = measure_beside(
        ("flat composite purchase", rides.run),
        ("the same cipher calls, cryptography alone", lambda _: replay(recorded)),
        TAPS,
    )
    return ours, floor, share, round(len(recorded) / TAPS)


def apdus() -> Figure:
    """READ BINARY of EF 15: the price of one small command through the card engine."""
    card = _cards()[0]
    card.power_on()
    card.process(bytes.fromhex("00A4040008A00000063201010500"))
    read = bytes.fromhex("00B0950000")

    def run(units: int) -> None:
        process = card.process
        for _ in range(units):
            process(read)

    return measure("READ BINARY through the card engine", run, 20_000)
