"""A flat composite purchase: card, PSAM and terminal, every MAC computed and checked.

Two terminals: one that does the purchase and nothing else (direct entry, no optional
reads), and the T-Union bus as shipped, which first selects PPSE and reads EF 17, the last
trip and the balance. A hundred cards take turns. The floor is the very cipher calls of
these taps, on the same data, through `cryptography` and nothing else, each call with a
context of its own; ours keeps the contexts of keys it has met, and so makes fewer. The true
floor is what of the calls is left in C.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import msgspec

from tests.benchmarks.measure import (
    Figure,
    bare_c,
    measure,
    measure_beside,
    recorded_calls,
    replay,
    rng,
)
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


def _cards() -> list[Card]:
    profile = load_card_profile("tunion")
    return [
        Card(personalise(profile, pan=f"31051700{number:011d}", balance=BALANCE), rng)
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
        self.bench = Bench(terminal, rng=rng)
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


@dataclass(frozen=True)
class Purchases:
    """Purchases beside their cipher calls alone.

    Attributes:
        ours, floor: seconds a purchase, and for its cipher calls through `cryptography`.
        share: median over the rounds of the floor's time by ours.
        bare: seconds a purchase for the same calls in C, if there is a libcrypto to ask.
        calls: cipher calls a purchase.
    """

    ours: Figure
    floor: Figure
    share: float
    bare: float | None
    calls: int


def purchases(terminal: TerminalProfile) -> Purchases:
    """A hundred cards in turn at one terminal."""
    rides = _Rides(terminal)
    with recorded_calls() as calls:
        rides.run(TAPS)
    recorded = list(calls)
    ours, floor, share = measure_beside(
        ("purchase", rides.run),
        ("the same cipher calls, cryptography alone", lambda _: replay(recorded)),
        TAPS,
    )
    bare = bare_c(recorded)
    each = round(len(recorded) / TAPS)
    return Purchases(ours, floor, share, None if bare is None else bare / TAPS, each)


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
