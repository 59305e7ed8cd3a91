"""Faults of selection; the rules are in `ykt_sim.card.rules.selection`."""

from __future__ import annotations

from typing import Final

from ykt_sim.faults.card.fault import Fault

FAULTS: Final[tuple[Fault, ...]] = ()
