"""Memory and time of `ykt trace diff` and `sanitise`, beside `show` of the same file.

The input is 100,000 exchanges of a hundred cards at one terminal; the second one is the same
with other randoms. Each verb runs in a process of its own, so its peak is that of the program.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.traces import Peak, run_child
from ykt_sim.bench.bench import Bench
from ykt_sim.bench.chance import rng
from ykt_sim.bench.stand import make_clock
from ykt_sim.card import Card
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.trace.jsonl import TraceWriter
from ykt_sim.trace.model import Event, Exchange, Header

EXCHANGES = 100_000
CARDS = 100
#: What diff and sanitise may take of memory, in MB.
PEAK = 100
_NOW = "20241101080000"
_BALANCE = 100_000  # fen; a card that has none left is made anew


@dataclass(frozen=True)
class Working:
    """One verb.

    Attributes:
        peak: its time and memory.
        times: its time by that of `show`.
    """

    peak: Peak
    times: float


def write_taps(path: Path, seed: int) -> None:
    """The cards in turn until there are enough exchanges."""
    chance = rng(seed)
    profile = load_card_profile("tunion")
    with path.open("w", encoding="utf-8") as stream:
        writer = TraceWriter(stream, Header(source="bench"))
        count = 0

        def sink(event: Event) -> None:
            nonlocal count
            count += isinstance(event, Exchange)
            writer.write(event)

        bench = Bench("bus-tunion", rng=chance, clock=make_clock(seed), sink=sink)
        cards = [
            Card(personalise(profile, pan=f"31051700{number:011d}", balance=_BALANCE), chance)
            for number in range(1, CARDS + 1)
        ]
        images = [card.snapshot() for card in cards]
        for number in itertools.cycle(range(CARDS)):
            if count >= EXCHANGES:
                return
            if bench.tap(cards[number], now=_NOW).decision.outcome != "accepted":
                cards[number].restore(images[number])


def working() -> Iterator[Working]:
    """Show, diff and sanitise, in this order."""
    with tempfile.TemporaryDirectory(prefix="ykt-bench-") as folder:
        first, second = (Path(folder) / name for name in ("a.jsonl", "b.jsonl"))
        write_taps(first, 1)
        write_taps(second, 2)
        show = run_child("show", first, "show", first)
        yield Working(show, 1.0)
        for name, words in (
            ("diff", (first, second)),
            ("sanitise", (first, "--out", Path(folder) / "new")),
        ):
            peak = run_child(name, first, name, *words)
            yield Working(peak, peak.seconds / show.seconds)
