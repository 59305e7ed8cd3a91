"""A terminal that taps a million times on one journal: speed, memory, files, restart.

Run as ``python -m tests.tools.long_run [--taps N] [--durable]`` on a system with ``resource``; one
line at each tenth of it, and the time of a restart behind each.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from ykt_sim.bench.make import SimCardLink, issue_sim_card
from ykt_sim.bench.stand import Stand, StandSetup
from ykt_sim.profiles.cards import load_card_profile

TERMINAL: Final = "bus-tunion"
#: Fen of a card, and taps that they pay.
_BALANCE: Final = 100_000
_WORN: Final = 600
_NOW: Final = datetime(2024, 11, 1)  # noqa: DTZ001 - local time


def card(number: int) -> SimCardLink:
    """A new one."""
    profile = load_card_profile("tunion")
    who = replace(profile.identity, pan=f"31051700{number:010d}1")
    return issue_sim_card(profile, identity=who, balance=_BALANCE)


def restart(setup: StandSetup) -> float:
    """Seconds until a terminal with these files is ready."""
    begun = time.perf_counter()
    with Stand(TERMINAL, setup) as stand:
        stand.switch_on()
    return time.perf_counter() - begun


def main() -> None:
    """Read the words, tap, print."""
    words = argparse.ArgumentParser(description="Tap a million times on one journal.")
    words.add_argument("--taps", type=int, default=1_000_000, help="how many (1000000)")
    words.add_argument("--durable", action="store_true", help="wait for the disk")
    said = words.parse_args()
    numbers = count(1)
    print("     taps  seconds  peak MB  files    MB  restart ms")  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="long") as folder:
        setup = StandSetup(state=Path(folder), durable=said.durable)
        begun = time.perf_counter()
        for tenth in range(10):
            with Stand(TERMINAL, setup) as stand:
                for number in range(tenth * said.taps // 10, (tenth + 1) * said.taps // 10):
                    if number % _WORN == 0:
                        link = card(next(numbers))
                    stand.forget()
                    found = stand.tap(link, _NOW + timedelta(seconds=20 * number)).result
                    if found.clearing is None:
                        raise SystemExit(f"tap {number}: {found.decision}")
            passed = time.perf_counter() - begun
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            files = list(Path(folder).iterdir())
            size = sum(path.stat().st_size for path in files) / 1e6
            print(  # noqa: T201
                f"{(tenth + 1) * said.taps // 10:9,} {passed:8.0f} {peak:8.1f} {len(files):6,}"
                f" {size:5.0f} {restart(setup) * 1e3:11.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
