"""Ways for a card to be wrong: one name, one wrong thing each, all off by default.

A card is made with the names that shall hold for it; each is looked up on the one line of
the engine that it changes. They are what the conformance suite is tried on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ykt_sim.errors import UsageError

#: Name of a deviation -> what is wrong then, in one line.
DEVIATIONS: Final[Mapping[str, str]] = MappingProxyType({})


def check_deviations(names: Iterable[str]) -> frozenset[str]:
    """The names as a set; UsageError for one that is not in the table."""
    wanted = frozenset(names)
    unknown = sorted(wanted - DEVIATIONS.keys())
    if unknown:
        raise UsageError(f"no card deviation {', '.join(unknown)}; ykt conform zoo lists them")
    return wanted


#: Deviations in time; an engine has no clock, so its link waits.
SLOW: Final = frozenset[str]()
_DELAYS: Final[Mapping[tuple[str, int], float]] = MappingProxyType({})


def slowness(names: frozenset[str], apdu: bytes) -> float:
    """Seconds to wait before a command reaches the card."""
    ins = apdu[1] if len(apdu) > 1 else 0
    return max((_DELAYS.get((name, ins), 0.0) for name in names), default=0.0)
