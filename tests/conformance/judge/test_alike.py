from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ykt_conformance.judge.alike import numbers_in, pattern, ranges


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("the balance is 46.50 yuan, expected 46.48", "the balance is 1.00 yuan, expected 7", True),
        ("MAC2 is 0A1B2C3D", "MAC2 is 12345678", True),
        ("card 310487*********2317 is refused", "card 3104871234567892317 is refused", True),
        ("the control was refused with 9302", "the control was refused with 9301", False),
        ("the balance is wrong", "the amount is wrong", False),
    ],
)
def test_reasons_are_alike_but_for_numbers(one: str, other: str, *, alike: bool) -> None:
    assert (pattern(one) == pattern(other)) is alike


@given(st.sets(st.integers(1, 60)))
def test_ranges_are_read_back(numbers: set[int]) -> None:
    assert list(numbers_in(ranges(sorted(numbers)))) == sorted(numbers)


def test_ranges_are_short() -> None:
    assert ranges([*range(1, 41), 42, 44, 45]) == "1-40,42,44-45"
