"""What waiting for the disk costs: a tap with everything in files, by one that does not wait.

Wall time, since it is waiting that is measured; best of several rounds.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ykt_sim.bench.images import save_card
from ykt_sim.bench.make import make_card
from ykt_sim.bench.simulated import card_in_file
from ykt_sim.bench.stand import Stand, StandSetup

TERMINAL = "bus-tunion"
_TAPS = 30
_ROUNDS = 5
_NOW = datetime(2024, 11, 1, 8)  # noqa: DTZ001 - local time


@dataclass(frozen=True)
class Durable:
    """Seconds of a tap.

    Attributes:
        waits: with the disk waited for: PSAM, journal, card, journal.
        hurries: with ``--durable no``.
    """

    waits: float
    hurries: float

    @property
    def ratio(self) -> float:
        """Times that waiting makes it slower."""
        return self.waits / self.hurries


def durable() -> Durable:
    """Both in turn, round by round."""
    rounds = [(_round(durable=True), _round(durable=False)) for _ in range(_ROUNDS)]
    waits, hurries = zip(*rounds, strict=True)
    return Durable(min(waits), min(hurries))


def _round(*, durable: bool) -> float:
    with tempfile.TemporaryDirectory(prefix="ykt-bench-") as name:
        folder = Path(name)
        save_card(folder / "card.json", make_card("tunion", balance=100_000).snapshot())
        link = card_in_file(folder / "card.json", durable=durable)
        setup = StandSetup(state=folder / "state", durable=durable)
        with Stand(TERMINAL, setup) as stand:
            begun = time.perf_counter()
            for number in range(_TAPS):
                stand.forget()
                stand.tap(link, _NOW + timedelta(minutes=number))
            return (time.perf_counter() - begun) / _TAPS
