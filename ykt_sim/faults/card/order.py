"""Faults of which command is answered; the rules are in `ykt_sim.card.rules.order`."""

from __future__ import annotations

from typing import Final

from ykt_sim.card.tables import Table
from ykt_sim.faults.card.fault import Fault, Row

_ALL_CLASSES: Final = frozenset(range(0x100))


def _any_class(table: Table) -> Table:
    return {ins: row._replace(classes=_ALL_CLASSES) for ins, row in table.items()}


FAULTS: Final = (Fault("class-not-checked", "the class byte is not looked at", Row(_any_class)),)
