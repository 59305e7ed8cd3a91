"""How long PINs are."""

from __future__ import annotations

import pytest

from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.pin import PinRules
from ykt_sim.codes import SW

RULES = PinRules()


@pytest.mark.parametrize("size", range(2, 9))
def test_a_new_pin_without_its_filling(size: int) -> None:
    assert RULES.new(b"\x12" * size + b"\xff" * (8 - size)) == b"\x12" * size


@pytest.mark.parametrize("size", [0, 1, 9])
def test_a_pin_that_is_too_short_or_too_long(size: int) -> None:
    with pytest.raises(Refusal) as refused:
        RULES.new(b"\x12" * size + b"\xff" * 3)
    assert refused.value.sw == SW.WRONG_DATA


@pytest.mark.parametrize("size", [2, 6])
def test_a_change_names_old_and_new(size: int) -> None:
    assert RULES.change(b"\x12\x34\xff" + b"\x56" * size) == (b"\x12\x34", b"\x56" * size)


@pytest.mark.parametrize("data", ["1234", "1234FF56", "1234FF56565656565656"])
def test_a_change_of_another_form(data: str) -> None:
    with pytest.raises(Refusal) as refused:
        RULES.change(bytes.fromhex(data))
    assert refused.value.sw == SW.WRONG_LENGTH
