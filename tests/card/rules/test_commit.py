"""Parameters of commits."""

from __future__ import annotations

import pytest

from ykt_sim.card.model import PurseState
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.commit import CommitRules
from ykt_sim.codes import INS, SW
from ykt_sim.wire.apdu import Command

RULES = CommitRules()


@pytest.mark.parametrize(
    ("also", "due", "p1", "p2", "taken"),
    [
        (False, 1, 1, 0, True),
        (False, 1, 2, 0, False),
        (True, 1, 2, 0, True),
        (True, 1, 1, 0, True),
        (True, 1, 3, 0, False),
        (True, 1, 2, 1, False),
        (True, 0, 2, 0, False),  # DEBIT alone takes it
        (True, 0, 0, 0, True),
    ],
)
def test_p1_is_the_operations_and_02_of_debit_where_a_purse_says_so(
    *, also: bool, due: int, p1: int, p2: int, taken: bool
) -> None:
    purse = PurseState("m", debit_p1_02=also)
    command = Command(0x80, INS.DEBIT, p1, p2)
    if taken:
        RULES.parameters(purse, command, due)
    else:
        with pytest.raises(Refusal) as refused:
            RULES.parameters(purse, command, due)
        assert refused.value.sw == SW.WRONG_P1P2


def test_a_right_commit_writes_nothing_elsewhere() -> None:
    assert RULES.elsewhere(None, None, {}) == {}  # type: ignore[arg-type]
