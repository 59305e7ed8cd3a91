"""All faults of terminals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ykt_sim.errors import UsageError
from ykt_sim.faults.terminal import ends, hears, profiles, rows, rules, says, torn, updates
from ykt_sim.faults.terminal.fault import TerminalFault

_CHAPTERS: Final = (profiles, updates, says, hears, ends, rows, rules, torn)
#: Name of a fault -> the fault.
FAULTS: Final[Mapping[str, TerminalFault]] = MappingProxyType({
    fault.name: fault for chapter in _CHAPTERS for fault in chapter.FAULTS
})  # fmt: skip


def check(names: Iterable[str]) -> frozenset[str]:
    """The names as a set; UsageError for one that is not in the table."""
    wanted = frozenset(names)
    unknown = sorted(wanted - FAULTS.keys())
    if unknown:
        raise UsageError(f"no terminal deviation {', '.join(unknown)}; ykt conform zoo lists them")
    return wanted
