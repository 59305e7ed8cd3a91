"""Start-up of the command line over bare Python: whole processes, by the time they compute.

That time says more than the time until a process ends, most of which is waiting where the
machine has other work. On an idle one the two are the same but for a few milliseconds.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TRACE = (
    Path(__file__).resolve().parents[2] / "apdu_traces" / "synthetic" / "tunion-bus-tunion.jsonl"
)
ROUNDS = 15
_YKT = ("-m", "ykt_sim.cli.main")
#: Verb, its further words, and the most that it may take over bare Python, in seconds.
_VERBS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("--help", (), 0.050),
    ("decode", ("tunion:18", "0001000000000000640941310177670320241027212555"), 0.073),
    ("card show", ("card.json",), 0.099),
    ("tap", ("--card", "card.json", "--terminal", "bus-upgraded"), 0.115),
    ("trace show", (str(TRACE),), 0.127),
    ("conform list", (), 0.189),
)


@dataclass(frozen=True)
class Start:
    """Seconds that a verb computes over bare Python, and the most that it may."""

    verb: str
    seconds: float
    limit: float


def _computed(words: tuple[str, ...], folder: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def startup() -> Iterator[Start]:
    """One row for each verb, best of several, in turns with bare Python."""
    with tempfile.TemporaryDirectory(prefix="ykt-bench-") as folder:
        card = ("card", "new", "--profile", "dual", "--balance", "1000", "--out", "card.json")
        _computed((*_YKT, *card), folder)
        for verb, more, limit in _VERBS:
            ours, bare = [], []
            for _ in range(ROUNDS):
                bare.append(_computed(("-c", "pass"), folder))
                ours.append(_computed((*_YKT, *verb.split(), *more), folder))
            yield Start(verb, min(ours) - min(bare), limit)
