"""Modes of the record commands."""

from __future__ import annotations

import pytest

from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.records import RecordsRules
from ykt_sim.codes import SW

RULES = RecordsRules()


@pytest.mark.parametrize("mode", range(8))
def test_modes_are_0_to_4_whatever_file_is_meant(mode: int) -> None:
    for sfi in (0x00, 0x18, 0x1F):
        if mode <= 4:
            assert RULES.mode(sfi << 3 | mode) == mode
        else:
            with pytest.raises(Refusal) as refused:
                RULES.mode(sfi << 3 | mode)
            assert refused.value.sw == SW.WRONG_P1P2
