"""Start-up of the command line beside bare Python, whole processes."""

from __future__ import annotations

import subprocess
import sys
import time

ROUNDS = 9


def _best(arguments: list[str]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - start)
    return best


def startup() -> tuple[float, float]:
    """(seconds of bare Python, seconds of ``ykt --help``), best of several."""
    bare = _best([sys.executable, "-c", "pass"])
    ours = _best([sys.executable, "-m", "ykt_sim.cli.main", "--help"])
    return bare, ours
