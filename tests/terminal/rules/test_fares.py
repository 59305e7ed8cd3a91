"""Fares: discounts, distances, broken rides."""

from __future__ import annotations

import pytest

from tests.terminal.playbook import variant
from ykt_sim.codes import Standard, TripType
from ykt_sim.profiles.terminals import (
    Fare,
    MonthlyStep,
    Station,
    TerminalProfile,
    load_terminal_profile,
)
from ykt_sim.terminal.events import Refuse
from ykt_sim.terminal.rules import RULES
from ykt_sim.terminal.rules.fares import station_by_code, station_by_terminal
from ykt_sim.terminal.tap import Entered, Quote, Tap
from ykt_sim.wire.files import TripRecord

ENTRY = load_terminal_profile("metro-entry")
EXIT = load_terminal_profile("metro-exit")


def station(profile: TerminalProfile, code: str) -> Station:
    found = station_by_code(profile, code)
    assert found is not None
    return found


def quoted(
    profile: TerminalProfile, standard: str, entered: Entered | None, month: int | None
) -> Quote | Refuse:
    return RULES.quote(profile, Tap("", standard=standard, entered=entered, month=month))


@pytest.mark.parametrize(
    ("month", "amount"),
    [(None, 400), (0, 400), (8000, 400), (8001, 320), (20000, 320), (20001, 200), (65535, 200)],
)
def test_guangzhou_monthly_discount(month: int | None, amount: int) -> None:
    assert RULES.discounted(EXIT.fare, "tunion", 400, month) == amount


def test_percent_by_standard_and_rounding_down() -> None:
    fare = Fare(flat=199, percent={"lnt": 95})
    assert RULES.discounted(fare, "lnt", 199, None) == 189
    assert RULES.discounted(fare, "tunion", 199, None) == 199


def test_monthly_step_takes_the_place_of_the_percentage() -> None:
    fare = Fare(flat=200, percent={"lnt": 95}, monthly=(MonthlyStep(over=100, percent=50),))
    assert RULES.discounted(fare, "lnt", 200, 100) == 190
    assert RULES.discounted(fare, "lnt", 200, 101) == 100


@pytest.mark.parametrize(
    ("city", "line", "begun", "amount"),
    [
        ("3010", "00990000000001", "20250601080000", 100),
        ("3010", "00990000000001", "20250601072000", 100),  # just sixty minutes
        ("3010", "00990000000001", "20250601071959", 160),
        ("3010", "00990000000001", "20250601082001", 160),  # lies ahead
        ("3010", "00990000000001", "20250531082000", 160),
        ("3010", "00990000000001", "20259901080000", 160),  # no date
        ("3010", "00020600000004", "20250601080000", 160),  # the same line
        ("5810", "00990000000001", "20250601080000", 160),  # another city
    ],
)
def test_transfer(city: str, line: str, begun: str, amount: int) -> None:
    trip = TripRecord.parse(bytes.fromhex(TripRecord.EXAMPLE)).replace(
        city=city, line_station=line, datetime=begun
    )
    tap = Tap("20250601082000", standard=Standard.TUNION)
    tap.tunion.trip = trip
    quote = RULES.quote(load_terminal_profile("bus-tunion"), tap)
    assert isinstance(quote, Quote)
    assert (quote.amount, quote.need) == (amount, amount)
    tap.standard = Standard.LNT
    other = RULES.quote(load_terminal_profile("bus-tunion"), tap)
    assert isinstance(other, Quote)
    assert other.amount == 200


@pytest.mark.parametrize(
    ("start", "end", "amount"),
    [
        ("00010001", "00010001", 200),
        ("00010001", "00010005", 300),
        ("00010001", "00010009", 400),
        ("00010009", "00010001", 400),
        ("00010001", "00010016", 600),
    ],
)
def test_by_distance(start: str, end: str, amount: int) -> None:
    assert EXIT.fare.distance is not None
    got = RULES.by_distance(EXIT.fare.distance, station(EXIT, start), station(EXIT, end))
    assert got == amount


def test_beyond_the_table_the_highest_fare_holds() -> None:
    distance = EXIT.fare.distance
    assert distance is not None
    far = Station(code="X", at=10**6)
    assert RULES.by_distance(distance, far, station(EXIT, "00010001")) == 700


def test_stations_by_code_and_terminal() -> None:
    assert station_by_code(EXIT, "0001000900000000") == station(EXIT, "00010009")
    assert station_by_code(EXIT, "0001000912000000") is None
    assert station_by_terminal(EXIT, "010000220105") == station(EXIT, "00010005")
    assert station_by_terminal(EXIT, "413158100101") is None
    flat = load_terminal_profile("bus-legacy")
    assert station_by_code(flat, "00010009") is None
    assert station_by_terminal(flat, "010000220105") is None


def test_single() -> None:
    profile = load_terminal_profile("bus-tunion")
    assert quoted(profile, "tunion", None, None) == Quote(160, 200, 160, TripType.SINGLE)


def test_entry_costs_nothing_but_needs_the_lowest_fare() -> None:
    assert quoted(ENTRY, "tunion", None, None) == Quote(0, 0, 200, TripType.ENTRY)
    assert quoted(ENTRY, "tunion", None, 30000) == Quote(0, 0, 100, TripType.ENTRY)
    bus = load_terminal_profile("bus-board")
    got = quoted(bus, "tunion", None, None)
    assert isinstance(got, Quote)
    assert got.trip is TripType.ENTRY


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("allow", Quote(0, 0, 200, TripType.ENTRY)),
        ("charge-max", Quote(700, 700, 900, TripType.ENTRY)),
        ("refuse", "YKT-14"),
    ],
)
def test_entry_while_inside(policy: str, expected: Quote | str) -> None:
    profile = variant("metro-entry", ride__entry_inside=policy)
    got = quoted(profile, "tunion", Entered(None, 700), None)
    assert (got.code if isinstance(got, Refuse) else got) == expected


@pytest.mark.parametrize(
    ("policy", "amount"), [("charge-min", 200), ("charge-max", 700), ("refuse", "YKT-15")]
)
def test_exit_while_outside(policy: str, amount: int | str) -> None:
    got = quoted(variant("metro-exit", ride__exit_outside=policy), "tunion", None, None)
    assert (got.code if isinstance(got, Refuse) else got.amount) == amount


@pytest.mark.parametrize(("policy", "amount"), [("charge-max", 650), ("refuse", "YKT-16")])
def test_exit_from_an_unknown_station(policy: str, amount: int | str) -> None:
    profile = variant("metro-exit", ride__unknown_station=policy)
    got = quoted(profile, "tunion", Entered(None, 650), None)
    assert (got.code if isinstance(got, Refuse) else got.amount) == amount


def test_exit_by_distance_with_discount() -> None:
    entered = Entered(station(EXIT, "00010001"), 700)
    assert quoted(EXIT, "tunion", entered, 9000) == Quote(320, 400, 320, TripType.EXIT)
