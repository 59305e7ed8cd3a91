"""Masked numbers."""

from __future__ import annotations

import pytest

from ykt_sim.wire.decision import mask


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("3104870395000000827", "310487*********0827"),
        ("5100009500000082", "510000******0082"),
        ("1234567890", "**********"),
        ("", ""),
    ],
)
def test_mask(number: str, masked: str) -> None:
    assert mask(number) == masked
