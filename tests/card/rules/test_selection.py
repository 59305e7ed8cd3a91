"""What entering a directory takes away."""

from __future__ import annotations

from tests.card.support import made, new_card
from ykt_sim.card.rules.selection import SelectionRules
from ykt_sim.card.states import Session

RULES = SelectionRules()


def test_a_pin_and_the_rights_are_left_behind() -> None:
    before = Session()
    before.pin_verified, before.df_state = True, 15
    assert RULES.pin_verified(before) is False
    assert RULES.rights(before) == 0


def test_a_fid_that_nobody_in_the_family_has_is_not_found() -> None:
    talk = new_card("lnt")
    assert talk.sw("00A40400085041592E41505059") == "9000"
    assert talk.sw("00A40000025FFF") == "6A82"
    assert talk.sw("00A40000023F00") == "9000"


def test_a_sibling_is_found_by_fid() -> None:
    cells = made("lnt").cells
    here = next(key[1] for key, df in cells.items() if key[0] == "df" and df.name == b"PAY.APPY")
    for key, df in cells.items():
        fid = key[-1]
        if key[0] == "df" and df.parent == cells["df", here].parent and fid != here:
            talk = new_card("lnt")
            talk("00A40400085041592E41505059")
            assert talk.sw(f"00A4000002{fid:04X}") != "6A82"
