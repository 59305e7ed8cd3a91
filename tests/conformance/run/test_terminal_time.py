"""The time of a tap, split: known ways, scattering ways, unknown ways."""

from __future__ import annotations

import pytest

from ykt_conformance.cases.terminal.time import Split
from ykt_conformance.judge.way import Bounds


def split(way: float | None, spread: float = 0.0) -> Split:
    return Split(total=100.0, card=40.0, psam=10.0, way=way, spread=spread)


def test_a_way_known_exactly_belongs_to_the_tap_but_not_to_the_terminal() -> None:
    assert split(20.0).whole == Bounds(100.0, 100.0, 20.0)
    assert split(20.0).terminal == Bounds(30.0, 30.0, 20.0)


def test_a_way_that_scatters_leaves_bounds() -> None:
    assert split(20.0, 5.0).whole == Bounds(75.0, 100.0, 20.0)
    assert split(20.0, 5.0).terminal == Bounds(25.0, 35.0, 20.0)


def test_an_unknown_way_leaves_the_upper_bound_only() -> None:
    assert split(None).whole == Bounds(40.0, 100.0, None)
    assert split(None).terminal == Bounds(0.0, 50.0, None)


@pytest.mark.parametrize("way", [80.0, 1000.0])
def test_no_time_is_negative(way: float) -> None:
    found = split(way, 5.0)
    assert found.terminal.low == 0.0
    assert found.terminal.high >= 0.0
    assert found.whole.low >= 40.0
