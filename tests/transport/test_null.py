"""The card that does nothing."""

from __future__ import annotations

from functools import reduce

import pytest

from ykt_sim.transport.null import ATR, NullLink, fill


def test_its_atr_has_a_right_check_byte() -> None:
    assert reduce(lambda a, b: a ^ b, ATR[1:]) == 0
    assert NullLink().power_on() == ATR


@pytest.mark.parametrize("count", [0, 1, 255, 256])
def test_answers_of_any_length(count: int) -> None:
    assert NullLink().transmit(fill(count)) == bytes(count) + b"\x90\x00"


def test_everything_else_is_9000() -> None:
    link = NullLink()
    for command in (b"", b"\x80", bytes.fromhex("80FE"), bytes.fromhex("805401000F")):
        assert link.transmit(command) == b"\x90\x00"
    assert len(link.transmit(bytes.fromhex("80FEFFFF"))) == 258
    link.close()
