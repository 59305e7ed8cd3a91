"""What a wrong try to block or unblock is told."""

from __future__ import annotations

from ykt_sim.card.rules.blocking import BlockingRules
from ykt_sim.codes import SW

RULES = BlockingRules()


def test_the_try_that_locks_is_told_so() -> None:
    assert [RULES.told(RULES.locks(failures)) for failures in (1, 2, 3, 4)] == [
        SW.SM_MAC_WRONG, SW.SM_MAC_WRONG, SW.APP_LOCKED, SW.APP_LOCKED,
    ]  # fmt: skip
