"""A flat composite purchase: card, PSAM and terminal, every MAC computed and checked.

Two terminals: one that does the purchase and nothing else (direct entry, no optional
reads), and the T-Union bus as shipped, which first selects PPSE and reads EF 17, the last
trip and the balance. A hundred cards take turns. The floor is the very cipher calls of
these taps, on the same data, through `cryptography` and nothing else.
"""

from __future__ import annotations

import itertools

import msgspec

from tests.benchmarks.measure import Figure, measure, measure_beside, recorded_calls, replay
from ykt_sim.bench.bench import Bench
from ykt_sim.card import Card
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.profiles.terminals import Reads, TerminalProfile, load_terminal_profile

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


def plain_purchase() -> TerminalProfile:
    """The shipped bus without PPSE and without optional reads."""
    shipped = load_terminal_profile(TERMINAL)
    return msgspec.structs.replace(
        shipped,
        applications=msgspec.structs.replace(shipped.applications, entry="direct"),
        reads=Reads(file_17=False, trip=False, balance=False),
    )


class _Rides:
    """Taps one card after the other; refills by restoring when a card runs low."""

    def __init__(self, terminal: TerminalProfile) -> None:
        self.bench = Bench(terminal, rng=_rng)
        self.cards = _cards()
        self.images = [card.snapshot() for card in self.cards]
        self.turn = itertools.cycle(range(CARDS))

    def run(self, taps: int) -> None:
        self.bench.journal.lines.clear()
        for _ in range(taps):
            number = next(self.turn)
            result = self.bench.tap(self.cards[number], now=NOW)
            if result.decision.outcome != "accepted":
                self.cards[number].restore(self.images[number])


def purchases(terminal: TerminalProfile) -> tuple[Figure, Figure, float, int]:
    """(our figure, the floor's figure, our share of the floor, cipher calls per purchase)."""
    rides = _Rides(terminal)
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
