"""Purchase: seven bytes of date and time, and the order of records."""

from __future__ import annotations

import pytest

from tests.terminal.playbook import variant
from ykt_sim.codes import TripType
from ykt_sim.terminal.rules import RULES
from ykt_sim.terminal.tap import Quote, Tap

QUOTE = Quote(190, 200, 190, TripType.SINGLE)
NOW = "20250601081733"


def test_t_union_gets_the_clock() -> None:
    profile = variant("bus-upgraded")
    assert RULES.debit_time(profile, Tap(NOW, standard="tunion"), QUOTE) == NOW


@pytest.mark.parametrize(
    ("name", "sub_type"), [("bus-upgraded", "33"), ("metro-entry", "11"), ("metro-exit", "17")]
)
def test_lingnan_tong_gets_the_full_fare_and_a_sub_type(name: str, sub_type: str) -> None:
    profile = variant(name, purchase__lnt_sub_type="ride")
    got = RULES.debit_time(profile, Tap(NOW, standard="lnt"), QUOTE)
    assert got == "00C8" + "0601" + "0817" + sub_type


def test_seconds_where_no_ride_is_told() -> None:
    profile = variant("metro-entry", purchase__lnt_sub_type="seconds")
    assert RULES.lnt_sub_type(profile, NOW) == 0x33


def test_the_industry_record_comes_first_and_the_trip_last() -> None:
    assert RULES.cache_order() == (0x1A, 0x19, 0x1E)
