"""What a terminal thinks: one method, one rule, with its source.

Rules have no state and send nothing. The flows ask them and say in which order; to think
otherwise, a terminal is handed other rules.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.terminal.rules.checks import CheckRules
from ykt_sim.terminal.rules.entry import EntryRules
from ykt_sim.terminal.rules.fares import FareRules
from ykt_sim.terminal.rules.purchase import PurchaseRules
from ykt_sim.terminal.rules.recovery import RecoveryRules

__all__ = [
    "RULES",
    "CheckRules",
    "EntryRules",
    "FareRules",
    "PurchaseRules",
    "RecoveryRules",
    "Rules",
]


class Rules(EntryRules, CheckRules, FareRules, PurchaseRules, RecoveryRules):
    """All chapters, in the order of a tap."""


#: As the sources have it.
RULES: Final = Rules()
