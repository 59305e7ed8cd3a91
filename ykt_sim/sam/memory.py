"""The few bytes of a PSAM that change, kept in two slots so that no power cut loses them.

A commit writes the slot that is not in use; only a whole slot counts, and of two whole
slots the newer one. So after a power cut at any moment the state is the old or the new
one, and a transaction number that has left the PSAM is always behind the stored one.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ykt_sim.errors import PowerCutError


class SamCutPlan(msgspec.Struct, frozen=True):
    """Cut the power at physical step ``cut_at``, counted from 1 after the plan is set.

    A commit has two steps: writing the slot, and finishing (the slot is whole, no answer
    has left yet).

    Attributes:
        cut_at: which step.
        torn: a slot being written is left unreadable; else the write had not begun.
    """

    cut_at: int
    torn: bool = True


class SamState(NamedTuple):
    """What a PSAM must not forget.

    Attributes:
        next_serial: terminal transaction number for the next `80 70`, 0..FFFFFFFF.
        mac2_left: wrong MAC2 values that are still tolerated.
    """

    next_serial: int
    mac2_left: int


class SamMemory:
    """Two slots with the state of one PSAM."""

    def __init__(self, state: SamState) -> None:
        self.state = state
        self.steps = 0
        self._slots: list[tuple[int, SamState] | None] = [(0, state), None]
        self._plan: SamCutPlan | None = None

    def plan(self, plan: SamCutPlan | None) -> None:
        """Set or clear the cut plan and count steps from zero again."""
        self._plan = plan
        self.steps = 0

    def commit(self, state: SamState) -> None:
        """Make a state permanent.

        Raises:
            PowerCutError: the cut plan cuts here; the old or the new state survives.
        """
        if self._plan is None:
            self.steps += 2
            self.state = state
            self._slots = [(0, state), None]
            return
        age = [-1 if slot is None else slot[0] for slot in self._slots]
        target = age.index(min(age))
        self._step(target)
        self._slots[target] = (max(age) + 1, state)
        self._step(None)
        self.state = state

    def recover(self) -> None:
        """Take the newest whole slot; called at every power-on."""
        whole = [slot for slot in self._slots if slot is not None]
        self.state = max(whole)[1]

    def _step(self, writing: int | None) -> None:
        self.steps += 1
        if self._plan is None or self.steps != self._plan.cut_at:
            return
        if writing is not None and self._plan.torn:
            self._slots[writing] = None
        self._plan = None
        raise PowerCutError(f"power cut in the PSAM at step {self.steps}")
