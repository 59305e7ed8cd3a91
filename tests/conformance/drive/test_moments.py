"""Moments of a terminal's clock."""

from __future__ import annotations

from ykt_conformance.drive.moments import later


def test_a_moment_moves_over_the_ends_of_months_and_years() -> None:
    assert later("20240228235930", minutes=1) == "20240229000030"
    assert later("20250101000000", days=-1) == "20241231000000"
