"""What evidence costs: `ykt conform` with and without ``--out``, and what a folder holds.

Both run as whole processes in turns; what counts is the time that they compute. The recording is
that of cards of which no two are the same, each tapped once, as a reader's log has them.
"""

from __future__ import annotations

import itertools
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.beside import computed
from tests.benchmarks.measure import rng
from ykt_sim.bench.bench import Bench
from ykt_sim.card import Card
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Event, Header, Trace

#: Cards in the recording, and in the one that shows that time grows with the cards.
CARDS = 1000
FEW = 250
ROUNDS = 3
#: The most that a run with --out may take by the time of one without; aimed at is 1.3.
COST = 1.6
#: The most that a folder may hold by the size of the recording.
SIZE = 5.0
#: The most that a card of many may take by the time of one of few.
PER_CARD = 1.5


@dataclass(frozen=True)
class Evidence:
    """One verb.

    Attributes:
        name: which one.
        bare, kept: seconds without and with ``--out``, the least of the rounds.
        cost: the latter by the former, the median over the rounds.
        size: bytes of the folder by those of the recording; None where there is none.
    """

    name: str
    bare: float
    kept: float
    cost: float
    size: float | None = None


def many(cards: int) -> Trace:
    """So many cards, one tap each."""
    ticks = itertools.count()
    events: list[Event] = []
    profile = load_card_profile("tunion")
    bench = Bench("bus-tunion", rng=rng, clock=lambda: next(ticks) / 1000, sink=events.append)
    for number in range(1, cards + 1):
        card = Card(personalise(profile, pan=f"31051700{number:011d}", balance=100_000), rng)
        bench.tap(card, now="20241101080000")
    own = tuple(event for event in events if getattr(event, "channel", "") == "card")
    return Trace(header=Header(provenance="published test keys"), events=own)


def evidence() -> Iterator[Evidence]:
    """Cards, terminals, and recordings of few and of many cards."""
    with tempfile.TemporaryDirectory(prefix="ykt-bench-") as name:
        folder = Path(name)
        yield _measured("card", folder, "--target", "sim:dual", "--seed", "1")
        yield _measured("terminal", folder, "--target", "sim:bus-upgraded", "--seed", "1")
        for cards in (FEW, CARDS):
            path = folder / f"{cards}.jsonl"
            path.write_text(write_trace(many(cards)), "utf-8")
            yield _measured("trace", folder, str(path), recording=path)


def _measured(verb: str, folder: Path, *words: str, recording: Path | None = None) -> Evidence:
    out = folder / "out"
    rounds = 1 if recording is not None else ROUNDS  # a long one needs no other
    times: list[tuple[float, float]] = []
    for _ in range(rounds):
        shutil.rmtree(out, ignore_errors=True)
        command = ("conform", verb, *words)
        times.append((computed(command, folder), computed((*command, "--out", str(out)), folder)))
    size = None
    if recording is not None:
        size = sum(one.stat().st_size for one in out.rglob("*")) / recording.stat().st_size
    return Evidence(
        f"{verb} {recording.stem} cards" if recording is not None else verb,
        min(one for one, _ in times),
        min(one for _, one in times),
        statistics.median(kept / bare for bare, kept in times),
        size,
    )
