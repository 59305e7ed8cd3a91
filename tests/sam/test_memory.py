"""Two slots: whatever is cut, the old or the new state is there."""

from __future__ import annotations

import contextlib

import pytest

from ykt_sim.errors import PowerCutError
from ykt_sim.sam.memory import SamCutPlan, SamMemory, SamState


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize(("cut", "survives"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4)])
def test_cut_leaves_old_or_new(cut: int, survives: int, torn: bool) -> None:  # noqa: FBT001
    memory = SamMemory(SamState(1, 15))
    memory.plan(SamCutPlan(cut, torn=torn))
    commits = 0
    with contextlib.suppress(PowerCutError):
        for serial in (2, 3, 4):
            memory.commit(SamState(serial, 15))
            commits += 1
    assert commits == (cut - 1) // 2
    memory.recover()
    assert memory.state == SamState(survives, 15)
    memory.commit(SamState(9, 15))
    memory.recover()
    assert memory.state.next_serial == 9


def test_steps_are_counted_without_a_plan() -> None:
    memory = SamMemory(SamState(1, 15))
    memory.commit(SamState(2, 15))
    assert memory.steps == 2
