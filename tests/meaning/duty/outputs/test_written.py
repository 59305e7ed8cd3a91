"""Every byte that a terminal writes has a line; what a line states is missed where it is wrong."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ykt_sim.codes import COMPOSITE, INS, TUNION, Operation, RideState, TripType
from ykt_sim.meaning.duty import Purse, State, Terms, Visit
from ykt_sim.meaning.duty.outputs.written import (
    BUS_ALIGHTING,
    BUS_BOARDING,
    MONTH,
    OUTPUTS,
    RAIL_ENTRY,
    RAIL_EXIT,
    TRIP,
    WITHOUT,
    Line,
    Table,
    Writing,
    allowed,
)
from ykt_sim.meaning.duty.record import counts_rides, recorded
from ykt_sim.meaning.duty.seen import Call, Transaction
from ykt_sim.meaning.duty.terms import Place
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import OPERATIONS
from ykt_sim.wire.files import (
    FILE_RECORDS,
    BusRecord,
    MonthlyStatistics,
    RailRecord,
    TripRecord,
)
from ykt_sim.wire.purse import DebitData, InitializeData, InitializePurchaseAnswer
from ykt_sim.wire.record import Record

MOMENT, BEFORE = "20250601081733", "20250601080000"
OWN, OTHER = "12205810FFFFFFFF", "12775880FFFFFFFF"
AMOUNT, BALANCE, HIGHEST = 360, 70_000, 700
PLACE = Place(
    city="5810", acquirer=OWN, line_station="00010009000000", station="00010009", industry="01",
    terminal="010000220209", trip_terminal="0000010000220209", ride_terminal="0000010000220209",
)  # fmt: skip
TERMS = Terms(priority=(TUNION,), types={TUNION: COMPOSITE}, highest=HIGHEST, place=PLACE,
              monthly_sum="sum-2")  # fmt: skip
DIGITS = "0001000900"


def _rail(state: int, **more: Any) -> bytes:
    return RailRecord.pack(
        id="2701", record_serial="0" * 16, state=state, entry_city="7588", entry_acquirer=OTHER,
        entry_station="0002000500000000", entry_terminal="0000990000110033",
        entry_datetime=BEFORE, **{"amount": HIGHEST, "balance": BALANCE, **more},
    )  # fmt: skip


def _bus(state: int, **more: Any) -> bytes:
    return BusRecord.pack(
        id="2702", record_serial="0" * 16, state=state, boarding_city="7588",
        boarding_acquirer=OTHER, boarding_operator="0002", boarding_line="0005",
        boarding_station="07", boarding_vehicle=b"00012345", boarding_terminal="0000990000110033",
        boarding_datetime=BEFORE, **{"maximum_amount": 500, "direction": 0xAB, **more},
    )  # fmt: skip


#: What stands on the card before: an open ride, and some rides of this month.
OPEN_RAIL, OPEN_BUS = _rail(RideState.INSIDE), _bus(1)
MONTH_BEFORE = MonthlyStatistics.pack(
    year="25", month="06", metro_rides=3, rides=5, sum_1=900, sum_2=1500, unknown_14=b"\1" * 34
)
MONTH_AFTER = MonthlyStatistics.parse(MONTH_BEFORE).replace(
    metro_rides=4, rides=6, sum_1=1260, sum_2=1860
)
TRIP_AFTER = TripRecord(
    type=TripType(4), terminal=PLACE.trip_terminal, industry=1, line_station=PLACE.line_station,
    amount=AMOUNT, balance_after=BALANCE - AMOUNT, datetime=MOMENT, city="5810", acquirer=OWN,
)  # fmt: skip
LEFT = RailRecord.parse(OPEN_RAIL).replace(
    state=RideState.OUTSIDE, exit_city="5810", exit_acquirer=OWN,
    exit_station="0001000900000000", exit_terminal=PLACE.ride_terminal, exit_datetime=MOMENT,
    amount=AMOUNT, balance=BALANCE - AMOUNT,
)  # fmt: skip
ENTERED = RailRecord.parse(bytes(RailRecord.SIZE)).replace(
    id="2701", length=0x7D, application_valid="01", record_kind="01", state=RideState.INSIDE,
    entry_city="5810", entry_acquirer=OWN, entry_station="0001000900000000",
    entry_terminal=PLACE.ride_terminal, entry_datetime=MOMENT, amount=HIGHEST,
    balance=BALANCE - AMOUNT,
)  # fmt: skip
ALIGHTED = BusRecord.parse(OPEN_BUS).replace(
    state=2, alighting_city="5810", alighting_acquirer=OWN, alighting_operator=DIGITS[:4],
    alighting_line=DIGITS[4:8], alighting_station=DIGITS[8:], alighting_datetime=MOMENT,
    alighting_terminal=PLACE.ride_terminal, amount=AMOUNT,
)  # fmt: skip
BOARDED = BusRecord.parse(bytes(BusRecord.SIZE)).replace(
    id="2702", length=0x7D, application_valid="01", record_kind="01", state=1,
    boarding_city="5810", boarding_acquirer=OWN, boarding_operator=DIGITS[:4],
    boarding_line=DIGITS[4:8], boarding_station=DIGITS[8:], boarding_datetime=MOMENT,
    boarding_terminal=PLACE.ride_terminal, maximum_amount=HIGHEST, direction=0xBA,
)  # fmt: skip


def _call(index: int, ins: int, data: bytes, p1: int = 0, p2: int = 0) -> Call:
    return Call(index, Command(0x80, ins, p1, p2, data), Response(b"", 0x9000), TUNION, 0)


def _tx(*caches: Call, balance: int = BALANCE, limit: int = 0, moment: str = MOMENT) -> Transaction:
    asked = InitializeData(key_index=1, amount=AMOUNT, terminal=PLACE.terminal)
    told = InitializePurchaseAnswer(
        balance=balance, counter=5, overdraft_limit=limit, key_version=1, algorithm=0,
        random=bytes(4),
    )  # fmt: skip
    data = DebitData(terminal_serial=b"\0\0\0\7", datetime=moment, mac1=bytes(4))
    return Transaction(
        operation=Operation.COMPOSITE, standard=TUNION, request=asked, answer=told, caches=caches,
        init=_call(0, INS.INITIALIZE, asked.build(), 3, 2), data=data,
        commit=_call(9, INS.DEBIT, data.build(), 1),
    )  # fmt: skip


#: Direction, EF 1A record before, what is written, and the table of what is written.
WAYS: dict[str, tuple[str, bytes, Record, Table]] = {
    "EF 1A 2701 of an entry": ("entry", bytes(128), ENTERED, RAIL_ENTRY),
    "EF 1A 2701 of an exit": ("exit", OPEN_RAIL, LEFT, RAIL_EXIT),
    "EF 1A 2702 of a boarding": ("entry", bytes(128), BOARDED, BUS_BOARDING),
    "EF 1A 2702 of an alighting": ("exit", OPEN_BUS, ALIGHTED, BUS_ALIGHTING),
}
TYPES = {"entry": 3, "exit": 4, "single": 6}


def _visit(tx: Transaction, **files: str) -> Visit:
    files = {"trip": "", "month": MONTH_BEFORE.hex(), **files}
    purse = Purse(balance=BALANCE, available=BALANCE, offline=5, online=1, **files)
    return Visit(
        number=1, clock=tx.data.datetime, before=State(BALANCE, {TUNION: purse}),
        transactions=(tx,), calls=(tx.init, *tx.caches, *filter(None, (tx.commit,))),
    )  # fmt: skip


def _broken(way: str, ride: bytes | None = None, trip: bytes | None = None,
            month: bytes | None = None) -> list[str]:  # fmt: skip
    """Rules that a tap breaks which writes these records, else the right ones."""
    direction, before, right, _ = WAYS[way]
    rail = "2701" in way
    record = right.build() if ride is None else ride
    wanted = TRIP_AFTER.replace(type=TYPES[direction]).build() if trip is None else trip
    caches = (
        _call(1, INS.UPDATE_RECORD, record, 1 if rail else 2, 0xD0),
        _call(2, INS.UPDATE_RECORD, MONTH_AFTER.build() if month is None else month, 1, 0xCC),
        _call(3, INS.UPDATE_RECORD, wanted, 0, 0xF0),
    )
    terms = msgspec.structs.replace(TERMS, direction=direction, record="2701" if rail else "2702")
    visit = _visit(_tx(*caches), **{"rail" if rail else "bus": before.hex()})
    return [one.rule.id for one in recorded(terms, visit)]


def test_every_field_of_every_layout_has_a_line() -> None:
    for name, (record, table) in OUTPUTS.items():
        assert {one.name for one in record.LAYOUT} == set(table), name


def test_a_line_states_values_or_says_who_judges_or_why_nobody_can() -> None:
    for name, (_, table) in OUTPUTS.items():
        for field, line in table.items():
            assert bool(line.rule) if line.values is not None else bool(line.why), (name, field)


def test_every_layout_of_a_file_has_a_table_or_a_reason() -> None:
    tables = {record for record, _ in OUTPUTS.values()}
    assert FILE_RECORDS - tables == set(WITHOUT)
    sent = {
        one
        for name in (Operation.PURCHASE, Operation.COMPOSITE, Operation.LOAD)
        for row in (OPERATIONS[name].initialize, OPERATIONS[name].commit)
        for one in row.data
    }
    assert sent <= tables


@pytest.mark.parametrize("way", WAYS)
def test_a_right_tap_breaks_nothing(way: str) -> None:
    assert _broken(way) == []


def _flipped(record: type[Record], data: bytes, name: str) -> bytes:
    spec = next(one for one in record.LAYOUT if one.name == name)
    at = spec.offset + spec.size - 1
    return data[:at] + bytes((data[at] ^ 0x40,)) + data[at + 1 :]


def _due(line: Line, way: str, old: Record) -> set[str]:
    direction, _, _, _ = WAYS[way]
    terms = msgspec.structs.replace(TERMS, direction=direction)
    at = Writing(terms=terms, tx=_tx(), old=old, within=direction == "exit")
    return {f"D-{line.rule}"} if allowed(line, at) else set()


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_byte_in_ef_1a_breaks_the_rule_of_its_line_or_is_open(way: str) -> None:
    _, before, right, table = WAYS[way]
    shape = type(right)
    for name, line in table.items():
        found = set(_broken(way, ride=_flipped(shape, right.build(), name)))
        assert found == _due(line, way, shape.parse(before)), name


def test_a_wrong_byte_in_ef_1e_or_ef_19_breaks_the_rule_of_its_line_or_is_open() -> None:
    way = "EF 1A 2702 of an alighting"
    for name, line in TRIP.items():
        found = set(_broken(way, trip=_flipped(TripRecord, TRIP_AFTER.build(), name)))
        assert found == _due(line, way, TRIP_AFTER), name
    old = MonthlyStatistics.parse(MONTH_BEFORE)
    for name, line in MONTH.items():
        found = set(_broken(way, month=_flipped(MonthlyStatistics, MONTH_AFTER.build(), name)))
        assert found == _due(line, way, old), name


def _monthly(month: MonthlyStatistics, moment: str) -> list[str]:
    cache = _call(2, INS.UPDATE_RECORD, month.build(), 1, 0xCC)
    trip = TRIP_AFTER.replace(type=6, datetime=moment).build()
    tx = _tx(cache, _call(3, INS.UPDATE_RECORD, trip, 0, 0xF0), moment=moment)
    return [one.rule.id for one in recorded(TERMS, _visit(tx))]


def test_rides_and_sums_begin_anew_with_a_month() -> None:
    july, june = "20250701000000", "20260601000000"
    new = MONTH_AFTER.replace(month="07", metro_rides=0, rides=1, sum_1=0, sum_2=AMOUNT)
    assert _monthly(new, july) == []
    assert _monthly(new.replace(unknown_14=bytes(34)), july) == []
    assert _monthly(new.replace(month="06", year="26"), june) == []
    gone_on = MONTH_AFTER.replace(metro_rides=3)
    assert set(_monthly(gone_on.replace(month="07"), july)) == {"D-MONTH"}
    assert set(_monthly(gone_on.replace(year="26"), june)) == {"D-MONTH"}
    for name, value in (("rides", 6), ("sum_1", 1260), ("sum_2", 0)):
        assert _monthly(new.replace(**{name: value}), july) == ["D-MONTH"], name


def test_a_sum_stops_at_its_highest_value() -> None:
    full = MONTH_AFTER.replace(sum_2=0xFFFF, rides=0xFF)
    tx = _tx(_call(2, INS.UPDATE_RECORD, full.build(), 1, 0xCC),
             _call(3, INS.UPDATE_RECORD, TRIP_AFTER.replace(type=6).build(), 0, 0xF0))  # fmt: skip
    before = MONTH_AFTER.replace(sum_2=0xFFF0, rides=0xFF, sum_1=900, metro_rides=4)
    visit = _visit(tx, month=before.build().hex())
    assert [one.rule.id for one in recorded(TERMS, visit)] == []


def test_with_an_overdraft_limit_either_balance_will_do_and_both_files_say_the_same() -> None:
    terms = msgspec.structs.replace(TERMS, direction="exit", record="2701")

    def broken(in_1e: int, in_1a: int) -> list[str]:
        tx = _tx(
            _call(1, INS.UPDATE_RECORD, LEFT.replace(balance=in_1a).build(), 1, 0xD0),
            _call(3, INS.UPDATE_RECORD, TRIP_AFTER.replace(balance_after=in_1e).build(), 0, 0xF0),
            limit=1000,
        )
        return [one.rule.id for one in recorded(terms, _visit(tx, rail=OPEN_RAIL.hex()))]

    net, available = BALANCE - 1000 - AMOUNT, BALANCE - AMOUNT
    assert broken(net, net) == broken(available, available) == []
    assert broken(net, available) == ["D-RIDE"]
    assert set(broken(net + 1, net + 1)) == {"D-RIDE", "D-TRIP-MONEY"}


def test_a_single_ride_leaves_ef_1a_alone() -> None:
    caches = (
        _call(1, INS.UPDATE_RECORD, LEFT.build(), 1, 0xD0),
        _call(3, INS.UPDATE_RECORD, TRIP_AFTER.replace(type=6).build(), 0, 0xF0),
    )
    assert [one.rule.id for one in recorded(TERMS, _visit(_tx(*caches)))] == ["D-RIDE"]


def test_what_was_read_counts_where_something_else_was_heard() -> None:
    way = "EF 1A 2701 of an exit"
    wrong = LEFT.replace(entry_acquirer=OWN)
    assert _broken(way, ride=wrong.build()) == ["D-RIDE-KEPT"]
    tx = _tx(
        _call(1, INS.UPDATE_RECORD, wrong.build(), 1, 0xD0),
        _call(3, INS.UPDATE_RECORD, TRIP_AFTER.build(), 0, 0xF0),
    )
    visit = msgspec.structs.replace(_visit(tx, rail=OPEN_RAIL.hex()), spoilt=True)
    terms = msgspec.structs.replace(TERMS, direction="exit", record="2701")
    assert [one.rule.id for one in recorded(terms, visit)] == []
    for stood, due in ((OPEN_RAIL, ["D-RIDE-KEPT"]), (wrong.replace(state=1).build(), [])):
        read = _call(0, INS.READ_RECORD, b"", 1, 0xD0)
        heard = msgspec.structs.replace(read, response=Response(stood, 0x9000))
        calls = (heard, *visit.calls)
        told = msgspec.structs.replace(visit, calls=calls)
        assert [one.rule.id for one in recorded(terms, told)] == due


def test_what_a_paid_ride_adds_in_ef_19_of_a_card_that_has_it() -> None:
    cache = _call(2, INS.UPDATE_RECORD, MONTH_AFTER.build(), 1, 0xCC)
    kept, not_kept = _tx(cache), _tx()
    assert counts_rides(_visit(kept), kept) == "1 ride(s), 1 by metro"
    assert counts_rides(_visit(not_kept), not_kept) == "nothing"
    assert counts_rides(_visit(not_kept, month=""), not_kept) == ""
