"""What entering a directory takes away."""

from __future__ import annotations

from ykt_sim.card.rules.selection import SelectionRules
from ykt_sim.card.states import Session

RULES = SelectionRules()


def test_a_pin_and_the_rights_are_left_behind() -> None:
    before = Session()
    before.pin_verified, before.df_state = True, 15
    assert RULES.pin_verified(before) is False
    assert RULES.rights(before) == 0
