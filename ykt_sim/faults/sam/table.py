"""All faults of PSAMs: in how the transaction number outlives the power."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

import msgspec

from ykt_sim.errors import PowerCutError, UsageError
from ykt_sim.sam.memory import SamMemory, SamState


class SamFault(msgspec.Struct, frozen=True):
    """One wrong thing.

    Attributes:
        name: of it.
        text: what is wrong then, in one line.
        by: a class derived from `SamMemory`, in its place.
    """

    name: str
    text: str
    by: type[SamMemory]


class _AfterTheAnswer(SamMemory):
    def commit(self, state: SamState) -> None:
        with suppress(PowerCutError):  # MAC1 is out already
            super().commit(state)


class _OneSlot(SamMemory):
    """What a torn write destroys is all there was: a PSAM without a number begins at one."""

    def _step(self, writing: int | None) -> None:
        try:
            super()._step(writing)
        except PowerCutError:
            if writing is not None and self._slots[writing] is None:
                self._slots = [(0, SamState(1, self.state.mac2_left)), None]
            raise


class _KeptLate(SamMemory):
    """The number is kept with the next transaction."""

    def commit(self, state: SamState) -> None:
        super().commit(self.state)
        self.state = state


class _BackAtReset(SamMemory):
    def recover(self) -> None:
        super().recover()
        self.state = SamState(max(1, self.state.next_serial - 1), self.state.mac2_left)


#: Name of a fault -> the fault.
FAULTS: Final[Mapping[str, SamFault]] = MappingProxyType({
    fault.name: fault
    for fault in (
        SamFault("number-after-mac1", "MAC1 is out before its number is kept", _AfterTheAnswer),
        SamFault("number-in-one-slot", "a torn write of the number begins it anew", _OneSlot),
        SamFault("number-kept-late", "a number is kept with the next one", _KeptLate),
        SamFault("number-back-at-reset", "a reset takes one off the number", _BackAtReset),
    )
})  # fmt: skip


def check(names: Iterable[str]) -> frozenset[str]:
    """The names as a set; UsageError for one that is not in the table."""
    wanted = frozenset(names)
    unknown = sorted(wanted - FAULTS.keys())
    if unknown:
        known = ", ".join(FAULTS)
        raise UsageError(f"no PSAM deviation {', '.join(unknown)}; there are {known}")
    return wanted
