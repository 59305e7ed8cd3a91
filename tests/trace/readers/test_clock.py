"""Times of logs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.trace.readers.clock import LogClock, duration, time_of_day


def test_the_first_time_stamp_is_zero_and_nothing_is_before_it() -> None:
    clock = LogClock()
    assert [clock.at(value) for value in (5_000_000, 5_000_001, 4_000_000)] == [0.0, 1e-6, 0.0]


def test_midnight_and_a_clock_that_was_set_back() -> None:
    clock = LogClock()
    assert [clock.find(f"x {text} y") for text in ("23:59:59.5", "00:00:00,25", "00:00:01")] == [
        0.0, 0.75, 1.5,
    ]  # fmt: skip
    clock = LogClock()
    assert [clock.find(text) for text in ("12:00:01", "12:00:00")] == [0.0, 0.0]


@pytest.mark.parametrize("text", ["", "1:2", "24:00:00", "12:60:00", "112:00:00", "a:b:c"])
def test_no_time(text: str) -> None:
    assert LogClock().find(text) is None


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999))
def test_time_of_day(hours: int, minutes: int, seconds: int, micro: int) -> None:
    found = time_of_day(str(hours), str(minutes), str(seconds), f"{micro:06}")
    assert found == ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micro


@pytest.mark.parametrize(
    ("text", "found"),
    [("61ms", 61.0), ("0.16ms", 0.16), ("8s378ms", 8378.0), ("61", None), ("-1ms", None),
     ("1s", None), ("9" * 20 + "ms", None)],
)  # fmt: skip
def test_durations(text: str, found: float | None) -> None:
    assert duration(text) == found
