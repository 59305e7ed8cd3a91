"""Fields in their places, and their plain values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.codes import TransactionType
from ykt_sim.errors import WireError
from ykt_sim.meaning.spans import Span, decode_record, field_spans, json_fields
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.files import (
    IndustryRecord,
    LntApplication,
    LntTransactionRecord,
    MonthlyStatistics,
    TransactionRecord,
    TripRecord,
    TunionApplication,
    TunionCardholder,
)
from ykt_sim.wire.purse import Balance

moderate = settings(max_examples=80, deadline=None)
TRIP = bytes.fromhex(TripRecord.EXAMPLE)


@moderate
@given(st.integers(0, 60), st.integers(0, 60))
def test_a_window_covers_its_bytes_once(start: int, size: int) -> None:
    data = (TRIP + bytes(100))[start : start + size]
    spans = field_spans(TripRecord, data, start)
    offset = 0
    for span in spans:
        assert span.offset == offset
        assert span.size > 0
        offset += span.size
    assert offset == len(data)


@moderate
@given(st.integers(0, 47), st.integers(0, 48))
def test_a_window_gives_whole_fields_their_value_and_cut_ones_their_bytes(
    start: int, end: int
) -> None:
    whole = {spec.name: spec for spec in TripRecord.LAYOUT}
    parsed = TripRecord.parse(TRIP)
    for span in field_spans(TripRecord, TRIP[start:end], start):
        spec = whole[span.name]
        if span.size == spec.size:
            assert span.value == getattr(parsed, span.name)
        else:
            assert span.value == TRIP[start + span.offset : start + span.offset + span.size]


def test_what_lies_beyond_is_the_rest() -> None:
    spans = field_spans(TunionApplication, bytes(30) + b"\xab\xcd")
    assert spans[-1] == Span(30, 2, "rest", FieldKind.DATA, b"\xab\xcd")


def test_text_of_a_span() -> None:
    def span(value: object) -> Span:
        return Span(0, 1, "x", FieldKind.DATA, value)

    assert span(TransactionType.EP_LOAD).text == "02 EP_LOAD"
    assert span(b"\xab").text == "AB"
    assert span(7).text == "7"
    assert span(7).moved(5).offset == 5


def test_dates_of_a_log_line() -> None:
    fields = decode_record("x", TransactionRecord, bytes.fromhex(TransactionRecord.EXAMPLE)).fields
    assert fields["date"] == "2024-10-27"
    assert fields["date_digits"] == "20241027"
    assert fields["time"] == "2024-10-27T21:25:55"
    assert fields["time_digits"] == "212555"
    assert fields["type"] == "09"
    assert fields["type_name"] == "COMPOSITE_PURCHASE"
    assert fields["amount"] == 100


@pytest.mark.parametrize("tail", ["00000000000000", "20241301212555", "20241027FFFFFF"])
def test_what_is_no_date_is_null(tail: str) -> None:
    data = bytes.fromhex(TransactionRecord.EXAMPLE[:32] + tail)
    fields = decode_record("x", TransactionRecord, data).fields
    assert fields["time"] is None
    assert fields["time_digits"] == tail[8:]
    assert (fields["date"] is None) == (tail != "20241027FFFFFF")


def test_datetime_of_a_trip() -> None:
    fields = decode_record("x", TripRecord, TRIP).fields
    assert fields["datetime"] == "20241027212555"
    assert fields["date"] == "2024-10-27"
    assert fields["time"] == "2024-10-27T21:25:55"


def test_pan_and_the_flag_with_two_names() -> None:
    data = bytes.fromhex(TunionApplication.EXAMPLE)
    fields = decode_record("x", TunionApplication, data).fields
    assert fields["pan"] == "03104870395000000827"
    assert fields["pan_number"] == "3104870395000000827"
    assert fields["enable_flag"] == fields["application_version"] == "01"


def test_personal_text_is_read_as_chinese() -> None:
    data = bytes.fromhex(TunionCardholder.EXAMPLE)
    decoded = decode_record("x", TunionCardholder, data)
    assert decoded.fields["name_text"] == "测试"
    assert {span.name for span in decoded.spans if span.kind is FieldKind.PERSONAL} == {
        "name",
        "id_number",
        "id_type",
    }
    data = data[:2] + b"\x81" * 20 + data[22:]
    assert decode_record("x", TunionCardholder, data).fields["name_text"] in {None, "亖" * 10}


def test_the_top_bit_of_a_balance_is_shown_apart() -> None:
    fields = decode_record("x", Balance, bytes.fromhex("800006E0")).fields
    assert fields["balance"] == 0x800006E0
    assert fields["balance_masked"] == 1760
    for plain in ("00000000", "00000001", "7FFFFFFF"):
        assert "balance_masked" not in decode_record("x", Balance, bytes.fromhex(plain)).fields


@pytest.mark.parametrize(
    ("tail", "year", "expected"),
    [
        ("00C80823144018", None, (None, None)),
        ("00C80823144018", 2024, ("2024-08-23", "2024-08-23T14:40")),
        ("00C80229144018", 2023, (None, None)),
        ("00C80823256018", 2024, ("2024-08-23", None)),
        ("20800715085953", None, (None, None)),
        ("20190715085970", None, (None, None)),
    ],
)
def test_log_lines_without_a_year(
    tail: str, year: int | None, expected: tuple[str | None, str | None]
) -> None:
    data = bytes.fromhex(LntTransactionRecord.EXAMPLE[:32] + tail)
    fields = decode_record("x", LntTransactionRecord, data, year=year).fields
    assert (fields["date"], fields["time"]) == expected


def test_a_fare_that_was_charged_is_no_year() -> None:
    data = bytes.fromhex("0001000000" + "00002019" + "06" + "010000221950" + "20190715085953")
    fields = decode_record("x", LntTransactionRecord, data).fields
    assert fields["amount"] == fields["fare"] == 0x2019
    assert fields["date"] is None
    assert fields["date_without_year"] == "07-15"


def test_a_part_says_that_it_is_one() -> None:
    data = bytes.fromhex(LntApplication.EXAMPLE)
    part = decode_record("x", LntApplication, data[:68])
    assert part.fields["complete"] is False
    assert part.fields["unknown_60"] == data[60:68].hex().upper()
    assert part.value is None
    longer = decode_record("x", LntApplication, data + b"\x01")
    assert longer.fields["complete"] is True
    assert longer.fields["rest"] == "01"
    assert "complete" not in decode_record("x", LntApplication, data).fields


def test_empty_is_said_of_file_content_only() -> None:
    assert decode_record("x", TransactionRecord, bytes(23)).empty
    assert not decode_record("x", Balance, bytes(4)).empty
    assert decode_record("x", MonthlyStatistics, bytes.fromhex("012E") + bytes(46)).empty
    assert not decode_record("x", MonthlyStatistics, bytes.fromhex("012E01") + bytes(45)).empty
    assert decode_record("x", IndustryRecord, bytes.fromhex("27037D") + bytes(125)).empty
    assert not decode_record("x", LntApplication, bytes(8), start=8).empty


def test_json_has_kind_record_and_raw() -> None:
    shown = decode_record("k", Balance, bytes(4)).to_json()
    assert shown == {
        "kind": "k",
        "record": "Balance",
        "empty": False,
        "balance": 0,
        "raw": "00000000",
    }


def test_year_and_month_of_statistics() -> None:
    def both(year: str, month: str) -> object:
        return json_fields(
            Span(0, 1, name, FieldKind.DATE, value)
            for name, value in (("year", year), ("month", month))
        )["year_month"]

    assert both("19", "12") == "2019-12"
    assert both("00", "00") is None
    assert both("1A", "01") is None


def test_an_error_in_a_window_names_the_field() -> None:
    from ykt_sim.wire.fields import const  # noqa: PLC0415
    from ykt_sim.wire.record import Record, field  # noqa: PLC0415

    class Fixed(Record):
        """A record with a constant."""

        SOURCE = "made up"
        EXAMPLE = "8000"

        mark: bytes = field(const(b"\x80\x00"))

    with pytest.raises(WireError, match=r"Fixed\.mark at byte 0"):
        field_spans(Fixed, b"\x80\x01")
