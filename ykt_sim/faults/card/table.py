"""All faults of cards, chapter by chapter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ykt_sim.errors import UsageError
from ykt_sim.faults.card.chapters import (
    authentication,
    balance,
    blocking,
    commit,
    composite,
    files,
    initialize,
    keys,
    log,
    messaging,
    money,
    order,
    pin,
    power,
    proof,
    records,
    selection,
)
from ykt_sim.faults.card.fault import CardFault

CHAPTERS: Final = (
    selection, files, records, balance, initialize, commit, money, composite, log, proof,
    keys, pin, authentication, messaging, blocking, order, power,
)  # fmt: skip

#: Name to fault; names are unique.
FAULTS: Final[Mapping[str, CardFault]] = MappingProxyType({
    fault.name: fault for chapter in CHAPTERS for fault in chapter.FAULTS
})  # fmt: skip


def check(names: Iterable[str]) -> frozenset[str]:
    """The names as a set; UsageError for one that is not in the table."""
    wanted = frozenset(names)
    unknown = sorted(wanted - FAULTS.keys())
    if unknown:
        raise UsageError(f"no card deviation {', '.join(unknown)}; ykt conform zoo lists them")
    return wanted
