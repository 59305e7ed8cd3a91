"""Elementary files: real bytes mean what their publishers say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.codes import (
    BusState,
    CardKind,
    Industry,
    LntSubType,
    RideState,
    TransactionType,
    TripType,
)
from ykt_sim.errors import WireError
from ykt_sim.wire.digits import iso_datetime, seconds_1988
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.files import (
    BusRailRecord,
    BusRecord,
    EcashCardInfo,
    IndustryRecord,
    LntApplication,
    LntMetroTrip,
    LntStatistics,
    LntTail,
    LntTransactionRecord,
    LntWallet,
    MonthlyStatistics,
    RailRecord,
    TransactionRecord,
    TripRecord,
    TunionApplication,
    TunionCardholder,
    TunionCardInfo,
    VariableRecord,
    industry_records,
    is_empty,
)
from ykt_sim.wire.record import Record


def real(record: type[Record]) -> bytes:
    return bytes.fromhex(record.EXAMPLE)


@pytest.mark.parametrize(
    ("record", "size"),
    [
        (TunionApplication, 30),
        (TunionCardholder, 55),
        (TunionCardInfo, 60),
        (TransactionRecord, 23),
        (MonthlyStatistics, 48),
        (IndustryRecord, 128),
        (RailRecord, 128),
        (BusRecord, 128),
        (TripRecord, 48),
        (EcashCardInfo, 32),
        (LntApplication, 70),
        (LntStatistics, 22),
        (LntMetroTrip, 86),
        (LntWallet, 33),
        (LntTransactionRecord, 23),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else str(value),
)
def test_sizes(record: type[Record], size: int) -> None:
    assert size == record.SIZE


def test_application_data_of_the_dual_card() -> None:
    found = TunionApplication.parse(real(TunionApplication))
    assert found.issuer == "02205810FFFFFFFF"
    assert (found.application_type, found.enable_flag) == ("02", "01")
    assert found.pan == "03104870395000000827"
    assert (found.start_date, found.expiry_date) == ("20240715", "20401215")


def test_cardholder_is_personal() -> None:
    kinds = {spec.name: spec.kind for spec in TunionCardholder.LAYOUT}
    assert kinds["name"] is kinds["id_number"] is kinds["id_type"] is FieldKind.PERSONAL


def test_card_info_and_ecash_info_say_the_same_things() -> None:
    info = TunionCardInfo.parse(real(TunionCardInfo))
    assert (info.country, info.province, info.city) == ("00000156", "5800", "5840")
    assert (info.interoperability, info.card_kind) == ("0001", CardKind.ORDINARY)
    ecash = EcashCardInfo.parse(real(EcashCardInfo))
    assert (ecash.country, ecash.province, ecash.city) == ("00000156", "5800", "5810")
    assert (ecash.interoperability, ecash.card_kind) == ("0001", CardKind.ORDINARY)
    assert ecash.pan == "3104870395000000827F"
    assert ecash.issuer == "02205810FFFFFFFF"


def test_a_ride_in_log_and_trip_file() -> None:
    line = TransactionRecord.parse(real(TransactionRecord))
    trip = TripRecord.parse(real(TripRecord))
    assert line.type is TransactionType.COMPOSITE_PURCHASE
    assert trip.type is TripType.SINGLE
    assert trip.industry is Industry.BUS
    assert line.amount == trip.amount == 100
    assert trip.balance_after == 3940
    assert trip.datetime == line.date + line.time
    assert trip.terminal.endswith(line.terminal)
    assert (trip.city, trip.acquirer) == ("7835", "11355850FFFFFFFF")


def test_bus_record_of_beijing() -> None:
    found = BusRecord.parse(real(BusRecord))
    assert found.state is BusState.ALIGHTED
    assert iso_datetime(found.boarding_datetime) == "2019-11-29T13:25:45"
    assert iso_datetime(found.alighting_datetime) == "2019-11-29T13:30:46"
    assert (found.maximum_amount, found.amount) == (300, 100)
    assert found.boarding_vehicle == found.alighting_vehicle == b"00032845"
    assert found.boarding_city == found.alighting_city == "1000"


def test_rail_record_of_beijing() -> None:
    found = RailRecord.parse(real(RailRecord))
    assert found.state is RideState.INSIDE
    assert iso_datetime(found.entry_datetime) == "2019-08-31T17:59:04"
    assert (found.amount, found.balance, found.cumulative_amount) == (900, 3000, 0)
    assert (found.entry_city, found.entry_acquirer) == ("1000", "01011000FFFFFFFF")


def test_rail_exit_of_guangzhou_lies_where_the_entry_does() -> None:
    entry = RailRecord.parse(real(RailRecord))
    data = entry.replace(
        state=RideState.OUTSIDE,
        exit_datetime="20191207115635",
        amount=190,
        balance=1205,
        cumulative_amount=285,
    ).build()
    assert data[14] == 2
    assert data[74:81].hex() == "20191207115635"
    assert data[81:85].hex() == "000000be"
    assert data[91:95].hex() == "000004b5"
    assert data[95:99].hex() == "0000011d"


@pytest.mark.parametrize(
    ("head", "record"),
    [("2701", RailRecord), ("2702", BusRecord), ("2703", IndustryRecord), ("", IndustryRecord)],
)
def test_industry_record_by_id(head: str, record: type[Record]) -> None:
    assert industry_records(bytes.fromhex(head))[0] is record


def test_all_industry_records_share_their_head() -> None:
    head = [(spec.name, spec.offset, spec.size) for spec in IndustryRecord.LAYOUT[:-1]]
    for record in (RailRecord, BusRailRecord, BusRecord):
        assert [(s.name, s.offset, s.size) for s in record.LAYOUT[: len(head)]] == head


def test_lingnan_tong_application() -> None:
    found = LntApplication.parse(real(LntApplication))
    assert found.card_number == found.card_number_copy == "5100009500000082"
    assert (found.issue_date, found.expiry_date) == ("20240621", "20341231")
    assert (found.start_date, found.region, found.card_type) == ("20240621", "01", "0300")


def test_lingnan_tong_log_line_has_another_tail() -> None:
    found = LntTransactionRecord.parse(real(LntTransactionRecord))
    assert (found.amount, found.fare) == (140, 200)
    assert (found.month_day, found.hour_minute) == ("0823", "1440")
    assert not found.sub_type.known
    tail = LntTail.parse(real(LntTransactionRecord)[-7:])
    assert (tail.fare, tail.month_day) == (found.fare, found.month_day)
    metro = LntTransactionRecord.parse(
        bytes.fromhex("0007000000000002580901000022891902580823125617")
    )
    assert metro.sub_type is LntSubType.METRO_EXIT


def test_both_log_lines_differ_in_the_last_seven_bytes_only() -> None:
    ours = [(s.name, s.offset, s.size) for s in TransactionRecord.LAYOUT[:5]]
    assert ours == [(s.name, s.offset, s.size) for s in LntTransactionRecord.LAYOUT[:5]]
    assert TransactionRecord.LAYOUT[5].offset == 16 == 23 - LntTail.SIZE


def test_lingnan_tong_statistics_and_metro_trip() -> None:
    month = LntStatistics.parse(real(LntStatistics))
    assert (month.year, month.month, month.metro_rides, month.rides) == ("19", "12", 14, 15)
    trip = LntMetroTrip.parse(real(LntMetroTrip))
    assert seconds_1988(trip.exit_seconds) == "2019-10-18T11:01:05"
    assert seconds_1988(trip.entry_seconds) == "2019-10-18T09:18:27"
    assert (trip.exit_terminal, trip.entry_terminal) == ("010000200618", "010000203169")


def test_checksum_of_the_metro_trip() -> None:
    """CRC-16/X-25 (the CRC_B of ISO 14443-3) from byte 3 on; one sample, so [INF]."""
    data = real(LntMetroTrip)
    register = 0xFFFF
    for byte in data[3:-2]:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    assert (register ^ 0xFFFF).to_bytes(2, "little") == LntMetroTrip.parse(data).checksum


def test_wallet_ceiling() -> None:
    found = LntWallet.parse(real(LntWallet))
    assert (found.start_date, found.ceiling) == ("20150709", 100_000)


def test_empty_is_all_zero_and_not_nothing() -> None:
    assert is_empty(bytes(23))
    assert not is_empty(b"")
    assert not is_empty(bytes(22) + b"\x01")


def test_variable_record() -> None:
    data = bytes.fromhex("1814") + bytes(20)
    record = VariableRecord.parse(data)
    assert record == VariableRecord(0x18, bytes(20))
    assert record.build() == data
    both = VariableRecord.parse_all(data + b"\xc8\x01\xaa")
    assert both[1] == VariableRecord(0xC8, b"\xaa")
    assert VariableRecord.parse_all(b"") == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=255)), max_size=4))
def test_variable_records_both_ways(items: list[tuple[int, bytes]]) -> None:
    records = [VariableRecord(*item) for item in items]
    data = b"".join(record.build() for record in records)
    assert VariableRecord.parse_all(data) == records


@pytest.mark.parametrize(
    ("text", "field", "offset"),
    [
        ("18", "length", 1),
        ("181400", "content", 2),
        ("1801AAC8", "length", 4),
        ("1801AAC805", "content", 5),
    ],
)
def test_a_cut_variable_record_names_its_place(text: str, field: str, offset: int) -> None:
    with pytest.raises(WireError) as caught:
        VariableRecord.parse_all(bytes.fromhex(text))
    assert (caught.value.field, caught.value.offset) == (field, offset)


@pytest.mark.parametrize("text", ["", "1801AAC800"])
def test_one_variable_record_means_one(text: str) -> None:
    with pytest.raises(WireError, match="expected one record"):
        VariableRecord.parse(bytes.fromhex(text))


@pytest.mark.parametrize("record", [VariableRecord(256, b""), VariableRecord(1, bytes(256))])
def test_a_variable_record_that_does_not_fit(record: VariableRecord) -> None:
    with pytest.raises(WireError):
        record.build()
