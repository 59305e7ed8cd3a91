"""Rides with entry and exit, statistics, both standards, end to end on simulated cards."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from tests.terminal import world
from tests.terminal.playbook import variant
from ykt_sim.card import Card
from ykt_sim.card.personalise import personalise
from ykt_sim.codes import BusState, LntSubType, RideState, TripType
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.transport import EngineLink
from ykt_sim.wire.files import (
    BusRecord,
    LntTransactionRecord,
    MonthlyStatistics,
    RailRecord,
    TripRecord,
)

MORNING = "20250601080000"
LATER = "20250601083000"
EP = "A000000632010105"


def read(card: Card, command: str) -> bytes:
    (answer,) = world.ask(card, EP, command)
    assert answer.endswith("9000"), answer
    return bytes.fromhex(answer[:-4])


def rail(card: Card) -> RailRecord:
    return RailRecord.parse(read(card, "00B201D000"))


def newest_trip(card: Card) -> TripRecord:
    return TripRecord.parse(read(card, "00B201F400"))


def newest_lnt(card: Card) -> LntTransactionRecord:
    (answer,) = world.ask(card, "PAY.TICL", "00B201C400")
    return LntTransactionRecord.parse(bytes.fromhex(answer[:-4]))


def tap(name: str, card: Card, now: str, outcome: str = "accepted"):
    result = world.bench(name).tap(card, now=now)
    assert result.decision.outcome == outcome, result.decision
    return result


@pytest.mark.parametrize("kind", ["tunion", "dual"])
def test_metro_ride(kind: str) -> None:
    card = world.card(kind)
    entry = tap("metro-entry", card, MORNING)
    assert entry.decision.amount == 0
    assert entry.clearing is None
    inside = rail(card)
    assert (inside.state, inside.amount, inside.balance) == (RideState.INSIDE, 700, 8800)
    assert (inside.entry_city, inside.entry_datetime) == ("5810", MORNING)
    assert inside.entry_station == "0001000100000000"
    assert inside.entry_terminal == "0000010000220101"
    trip = newest_trip(card)
    assert (trip.type, trip.amount, trip.line_station) == (TripType.ENTRY, 0, "00010001000000")

    end = tap("metro-exit", card, LATER)
    assert end.decision.amount == 400
    assert end.clearing is not None
    outside = rail(card)
    assert (outside.state, outside.amount, outside.balance) == (RideState.OUTSIDE, 400, 8400)
    assert (outside.entry_station, outside.entry_datetime) == ("0001000100000000", MORNING)
    assert (outside.exit_station, outside.exit_datetime) == ("0001000900000000", LATER)
    assert outside.cumulative_amount == 400
    trip = newest_trip(card)
    assert (trip.type, trip.amount, trip.balance_after) == (TripType.EXIT, 400, 8400)
    assert world.balance_of(card, "tunion") == 8400

    again = tap("metro-exit", card, LATER, "refused")
    assert again.decision.code == "YKT-15"


def test_metro_ride_of_a_lingnan_tong_card() -> None:
    card = world.card("lnt")
    tap("metro-entry", card, MORNING)
    record = newest_lnt(card)
    assert (record.sub_type, record.amount, record.fare) == (LntSubType.METRO_ENTRY, 0, 0)
    assert (record.terminal, record.month_day, record.hour_minute) == (
        "010000220101",
        "0601",
        "0800",
    )
    end = tap("metro-exit", card, LATER)
    assert end.decision.amount == 400
    record = newest_lnt(card)
    assert (record.sub_type, record.amount, record.fare) == (LntSubType.METRO_EXIT, 400, 400)
    assert tap("metro-exit", card, LATER, "refused").decision.code == "YKT-15"
    assert world.balance_of(card, "lnt") == 8400


#: The last minutes of a card's last day, the first of the next, and the day after.
EVENING, NIGHT, TOO_LATE = "20250601235000", "20250602001500", "20250603001500"


def expiring(kind: str) -> Card:
    return until(kind, "20250601")


def until(kind: str, day: str) -> Card:
    identity = replace(load_card_profile(kind).identity, expiry=day, lnt_expiry=day)
    image = personalise(load_card_profile(kind), identity=identity, balance=8800)
    return Card(image, world.counting())


@pytest.mark.parametrize("kind", ["tunion", "lnt"])
@pytest.mark.parametrize(
    ("begins", "ends"), [("metro-entry", "metro-exit"), ("bus-board", "bus-alight")]
)
def test_who_entered_before_midnight_is_let_out_after_it(kind: str, begins: str, ends: str) -> None:
    """A card whose last day ends inside: neither locked in nor riding for nothing."""
    card = expiring(kind)
    tap(begins, card, EVENING)
    assert tap(ends, card, NIGHT).decision.amount > 0
    for name in (begins, ends):
        assert tap(name, card, NIGHT, "refused").decision.code == "YKT-04"


@pytest.mark.parametrize("kind", ["tunion", "lnt"])
def test_a_card_that_expired_otherwise_is_refused_at_an_exit(kind: str) -> None:
    card = expiring(kind)
    assert tap("metro-exit", card, NIGHT, "refused").decision.code == "YKT-04"
    tap("metro-entry", card, EVENING)
    assert tap("metro-exit", card, TOO_LATE, "refused").decision.code == "YKT-04"
    assert tap("metro-entry", card, NIGHT, "refused").decision.code == "YKT-04"
    locked = variant("metro-exit", ride__expired_inside="refuse")
    assert world.bench(locked).tap(card, now=NIGHT).decision.code == "YKT-04"


@pytest.mark.parametrize("kind", ["tunion", "lnt"])
def test_a_ride_over_new_year(kind: str) -> None:
    card = until(kind, "20251231")
    tap("metro-entry", card, "20251231235000")
    assert tap("metro-exit", card, "20260101001500").decision.amount == 400


def elsewhere(card: Card, profile: str = "bus-upgraded", *, amount: int = 0, at: str = MORNING):
    result = world.bench(profile).tap(card, now=at, amount=amount)
    assert result.decision.outcome == "accepted"


def test_a_lingnan_tong_card_is_let_out_after_a_load_inside() -> None:
    card = world.card("lnt", 200)
    tap("metro-entry", card, MORNING)
    assert tap("metro-exit", card, LATER, "refused").decision.code == "YKT-07"
    elsewhere(card, "load-point", amount=5000)
    assert tap("metro-exit", card, LATER).decision.amount == 400
    assert tap("metro-exit", card, LATER, "refused").decision.code == "YKT-15"


@pytest.mark.parametrize("times", [1, 3, 11])
def test_a_lingnan_tong_ride_is_found_beyond_purchases_elsewhere(times: int) -> None:
    card = world.card("lnt")
    tap("metro-entry", card, MORNING)
    for _ in range(times):
        elsewhere(card)
    assert tap("metro-exit", card, LATER).decision.amount == 400
    elsewhere(card)
    assert tap("metro-exit", card, LATER, "refused").decision.code == "YKT-15"


def test_an_entry_that_the_log_has_forgotten_is_not_made_up() -> None:
    card = world.card("lnt")
    tap("metro-entry", card, MORNING)
    for _ in range(12):
        elsewhere(card)
    assert tap("metro-exit", card, LATER, "refused").decision.code == "YKT-15"


def test_a_newer_entry_at_a_gate_nobody_knows_hides_the_older_one() -> None:
    card = world.card("lnt")
    tap("metro-entry", card, MORNING)
    strange = variant("metro-entry")
    sam = msgspec.structs.replace(strange.sam, terminal="010000229999")
    world.bench(msgspec.structs.replace(strange, sam=sam)).tap(card, now=MORNING)
    assert tap("metro-exit", card, LATER, "refused").decision.code == "YKT-15"


def test_a_bus_at_second_eleven_is_no_entry() -> None:
    """Buses write the second where gates write what was done; a composite one paid something."""
    card = world.card("lnt")
    tap("metro-entry", card, MORNING)
    bus = variant("bus-upgraded", purchase__lnt="composite")
    world.bench(bus).tap(card, now="20250601081511")
    assert tap("metro-exit", card, LATER).decision.amount == 400


def test_who_forgets_to_alight_pays_the_maximum_also_after_a_purchase_elsewhere() -> None:
    card = world.card("lnt")
    tap("bus-board", card, MORNING)
    elsewhere(card)
    assert tap("bus-board", card, LATER).decision.amount == 475


def test_an_entry_gate_that_lets_all_begin_anew_reads_one_record() -> None:
    card = world.card("lnt")
    elsewhere(card)
    link = world.DeviantLink(EngineLink(card), 0, world.removed_before)
    reads: list[bytes] = []
    inner = link.transmit
    link.transmit = lambda apdu: (reads.append(apdu), inner(apdu))[1]  # type: ignore[method-assign]
    world.bench("metro-entry").tap(link, now=LATER)
    assert sum(apdu[1] == 0xB2 and apdu[3] == 0xC4 for apdu in reads) == 1


def test_entry_twice_by_policy() -> None:
    card = world.card("tunion")
    tap("metro-entry", card, MORNING)
    assert tap("metro-entry", card, MORNING).decision.amount == 0
    strict = world.bench(variant("metro-entry", ride__entry_inside="refuse"))
    assert strict.tap(card, now=MORNING).decision.code == "YKT-14"


def test_entry_needs_the_lowest_fare() -> None:
    for balance, code in ((0, "2731"), (199, "YKT-07"), (200, "")):
        result = world.bench("metro-entry").tap(world.card("tunion", balance), now=MORNING)
        assert result.decision.code == code


def test_exit_after_an_entry_in_another_city_costs_the_maximum() -> None:
    card = world.card("tunion")
    foreign = world.bench(variant("metro-entry", city="1000"))
    foreign.tap(card, now=MORNING)
    assert tap("metro-exit", card, LATER).decision.amount == 700


@pytest.mark.parametrize("kind", ["tunion", "dual"])
def test_bus_boarding_and_alighting(kind: str) -> None:
    card = world.card(kind)
    tap("bus-board", card, MORNING)
    board = BusRecord.parse(read(card, "00B202D000"))
    assert (board.state, board.maximum_amount, board.amount) == (BusState.BOARDED, 500, 0)
    assert board.boarding_vehicle == b"000A0033"
    place = (board.boarding_operator, board.boarding_line, board.boarding_station)
    assert place == ("0000", "3300", "01")
    assert newest_trip(card).type is TripType.ENTRY
    end = tap("bus-alight", card, LATER)
    assert end.decision.amount == 300
    alight = BusRecord.parse(read(card, "00B202D000"))
    assert (alight.state, alight.amount) == (BusState.ALIGHTED, 300)
    assert (alight.boarding_datetime, alight.alighting_datetime) == (MORNING, LATER)
    assert alight.boarding_terminal == board.boarding_terminal
    assert rail(card).state is RideState.NONE  # the rail record is another one


def test_who_forgets_to_alight_pays_the_maximum_at_the_next_boarding() -> None:
    card = world.card("tunion")
    tap("bus-board", card, MORNING)
    second = tap("bus-board", card, LATER)
    assert second.decision.amount == 500
    assert second.clearing is not None
    assert BusRecord.parse(read(card, "00B202D000")).boarding_datetime == LATER


def test_bus_ride_of_a_lingnan_tong_card() -> None:
    card = world.card("lnt")
    tap("bus-board", card, MORNING)
    assert tap("bus-alight", card, LATER).decision.amount == 300 * 95 // 100


def test_who_never_boarded_pays_the_maximum() -> None:
    assert tap("bus-alight", world.card("tunion"), LATER).decision.amount == 500


def test_monthly_statistics_bring_the_discount_and_begin_anew() -> None:
    card = world.card("tunion", 60000)
    profile = variant("metro-exit", ride__exit_outside="charge-max")
    bench = world.bench(profile)
    amounts = [bench.tap(card, now=LATER).decision.amount for _ in range(14)]
    # 12 x 7 yuan pass the 80 yuan step; from then on 80 percent
    assert amounts == [700] * 12 + [560] * 2
    kept = MonthlyStatistics.parse(read(card, "00B201CC00"))
    assert (kept.year, kept.month, kept.metro_rides, kept.rides) == ("25", "06", 14, 14)
    assert kept.sum_1 == kept.sum_2 == sum(amounts)
    july = bench.tap(card, now="20250701080000")
    assert july.decision.amount == 700
    kept = MonthlyStatistics.parse(read(card, "00B201CC00"))
    assert (kept.month, kept.rides, kept.sum_2) == ("07", 1, 700)
    many = [bench.tap(card, now="20250701080000").decision.amount for _ in range(36)]
    assert many[11] == 560
    assert many[-1] == 350  # beyond 200 yuan: half


def test_flat_tap_writes_the_trip() -> None:
    card = world.card("tunion")
    result = tap("bus-tunion", card, MORNING)
    trip = newest_trip(card)
    assert trip.terminal == "0000413130100137"
    assert (trip.type, trip.amount, trip.balance_after) == (TripType.SINGLE, 160, 8640)
    assert (trip.city, trip.acquirer) == ("3010", "10083010FFFFFFFF")
    assert result.decision.balance_after == 8640


@pytest.mark.parametrize("standard", ["composite", "simple"])
def test_simple_and_composite_purchase(standard: str) -> None:
    card = world.card("tunion")
    result = world.bench(variant("bus-tunion", purchase__tunion=standard)).tap(card, now=MORNING)
    assert result.clearing is not None
    assert result.clearing.type == (9 if standard == "composite" else 6)


def test_files_read_on_demand_change_nothing() -> None:
    """EF 15 instead of the FCI, no other reads, direct entry: the same decision."""
    lean = variant(
        "bus-tunion",
        applications__entry="direct",
        reads__file_15=True,
        reads__file_17=False,
        reads__trip=False,
        reads__balance=False,
    )
    card, other = world.card("tunion"), world.card("tunion")
    first = world.bench(lean).tap(card, now=MORNING).decision
    second = world.bench("bus-tunion").tap(other, now=MORNING).decision
    assert first == second
