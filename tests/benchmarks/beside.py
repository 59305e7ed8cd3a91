"""`ykt trace show` beside `tshark -V` with our dissector, on the same capture.

Two captures of some 20,000 exchanges: one transaction over and over, as the other figures of
traces have it, and a hundred cards in turn, of which no two taps are the same. Both programs run
as whole processes, in turns, and write nowhere; what counts is the time that each computes.
"""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from tests.benchmarks.measure import rng
from tests.benchmarks.traces import demo, repeated
from ykt_sim.bench.bench import Bench
from ykt_sim.card import Card
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.trace.model import Event, Header, Trace
from ykt_sim.trace.writers import pcapng

#: Taps in each capture; eight exchanges each.
TAPS = 2500
CARDS = 100
ROUNDS = 3
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Beside:
    """One capture.

    Attributes:
        name: which one.
        exchanges: in it.
        ours, theirs: seconds that `ykt trace show` and tshark compute, the least of the rounds.
        speed: tshark's time by ours, the median over the rounds.
    """

    name: str
    exchanges: int
    ours: float
    theirs: float
    speed: float


def different() -> Trace:
    """A hundred cards in turn; every tap has its own counters, balances and codes."""
    ticks = itertools.count()
    events: list[Event] = []
    profile = load_card_profile("tunion")
    cards = [
        Card(personalise(profile, pan=f"31051700{number:011d}", balance=100_000), rng)
        for number in range(1, CARDS + 1)
    ]
    bench = Bench("bus-tunion", rng=rng, clock=lambda: next(ticks) / 1000, sink=events.append)
    for tap in range(TAPS):
        minutes, day = tap % 600, 1 + tap // 600
        bench.tap(
            cards[tap % CARDS], now=f"202411{day:02d}{8 + minutes // 60:02d}{minutes % 60:02d}00"
        )
    card = tuple(event for event in events if getattr(event, "channel", "") == "card")
    return Trace(header=Header(), events=card)


def beside_tshark() -> Iterator[Beside] | str:
    """Both captures, or why they were not measured."""
    tshark = shutil.which("tshark")
    return "there is no tshark" if tshark is None else _measured(tshark)


def _measured(tshark: str) -> Iterator[Beside]:
    captures = {"one tap": lambda: repeated(demo(), TAPS), f"{CARDS} cards": different}
    script = files("ykt_sim.trace.writers") / "dissector.lua"
    with tempfile.TemporaryDirectory(prefix="ykt-bench-") as name, as_file(script) as lua:
        folder = Path(name)
        environment = _compiled_in(folder)
        for title, make in captures.items():
            trace, path = make(), folder / "capture.pcapng"
            with path.open("wb") as out:
                pcapng.write(trace, out)
            ours = [sys.executable, "-m", "ykt_sim.cli.main", "trace", "show", str(path)]
            theirs = [tshark, "-n", "-X", f"lua_script:{lua}", "-r", str(path), "-V"]
            times = [
                (_seconds(ours, environment), _seconds(theirs, environment))
                for _ in range(ROUNDS + 1)
            ][1:]  # the first round compiles and warms caches
            yield Beside(
                title,
                len(trace.exchanges),
                min(one for one, _ in times),
                min(one for _, one in times),
                statistics.median(other / one for one, other in times),
            )


def _seconds(command: list[str], environment: dict[str, str], *, check: bool = True) -> float:
    """What a child computes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command,
        check=check,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=ROOT,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def computed(words: Sequence[str], folder: Path) -> float:
    """Seconds that a verb of `ykt` computes, whatever its exit code; compiled in a folder."""
    command = [sys.executable, "-m", "ykt_sim.cli.main", *words]
    return _seconds(command, _compiled_in(folder), check=False)


def _compiled_in(folder: Path) -> dict[str, str]:
    """Compiled once, as it is where a program is installed, and no settings of a user's."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }
