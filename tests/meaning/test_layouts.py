"""A layout that does not fit is not used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.errors import ReadError
from ykt_sim.meaning.decode import decode
from ykt_sim.meaning.layouts import fits_in, read_place
from ykt_sim.meaning.places import PLACES, Place
from ykt_sim.wire import files
from ykt_sim.wire.files import LntTransactionRecord, TransactionRecord, TripRecord

BY_KEY = {place.key: place for place in PLACES}
each_place = pytest.mark.parametrize("place", PLACES, ids=lambda one: one.key)


def lnt_line(tail: str) -> bytes:
    return bytes.fromhex(LntTransactionRecord.EXAMPLE)[:-7] + bytes.fromhex(tail)


@each_place
@given(data=st.data())
def test_no_field_that_is_shown_breaks_its_condition(place: Place, data: st.DataObject) -> None:
    sizes = sorted(place.records | place.lengths()) or [23]
    size = data.draw(st.sampled_from(sizes))
    content = data.draw(st.binary(min_size=size, max_size=size))
    try:
        found = read_place(place, content)
    except ReadError:
        return
    assert found.data == content
    layout = getattr(files, found.record, None) if found.record else None
    if layout is None or found.empty or "anomaly" in found.fields or found.misfits:
        return
    if content.strip(b"\0"):
        assert layout.misfit(content[: layout.SIZE]) is None


@each_place
@given(data=st.data())
def test_what_fits_nothing_stays_raw_and_says_why(place: Place, data: st.DataObject) -> None:
    size = data.draw(st.sampled_from(sorted(place.records) or [23]))
    content = data.draw(st.binary(min_size=size, max_size=size))
    try:
        found = read_place(place, content)
    except ReadError:
        return
    if found.misfits:
        assert found.record in ("", "VariableRecord")
        asked = {one.layout for one in found.misfits}
        assert asked == {one.__name__ for one in place.candidates(content)}


@pytest.mark.parametrize("fill", [b"\x00", b"\xff"])
def test_a_line_that_was_never_written_holds_no_money(fill: bytes) -> None:
    found = read_place(BY_KEY["tunion:18"], fill * TransactionRecord.SIZE)
    assert found.empty or not any(fill)
    assert "4294967295" not in str(found.fields)
    assert "16777215" not in str(found.fields)


def test_a_whole_date_at_the_end_of_a_lingnan_tong_line_is_a_date() -> None:
    found = read_place(BY_KEY["lnt:18"], lnt_line("20190715085953"))
    assert found.record == "TransactionRecord"
    assert "2019-07-15" in str(found.fields)


def test_two_layouts_that_fit_are_both_named() -> None:
    found = read_place(BY_KEY["lnt:18"], lnt_line("20120715085953"))
    named = {found.record, *(one.layout for one in found.also)}
    assert "TransactionRecord" in named


def test_a_type_that_real_cards_use_otherwise_is_doubted() -> None:
    trip = b"\x09" + bytes.fromhex(TripRecord.EXAMPLE)[1:]
    (doubt,) = read_place(BY_KEY["tunion:1E"], trip).doubts
    assert "type 09" in doubt
    assert not read_place(BY_KEY["tunion:1E"], b"\x03" + trip[1:]).doubts


def test_a_trip_of_49_bytes_is_read_only_where_the_rest_fits() -> None:
    trip = bytes.fromhex(TripRecord.EXAMPLE)
    place = next(spec for spec in TripRecord.LAYOUT if spec.name == "line_station")
    end = place.offset + place.size
    found = read_place(BY_KEY["tunion:1E"], trip[:end] + b"\x07" + trip[end:])
    assert "49 bytes" in str(found.fields["anomaly"])
    with pytest.raises(ReadError):
        read_place(BY_KEY["tunion:1E"], b"\xaa" * 49)


def test_bytes_fit_a_place_only_with_a_condition_that_holds() -> None:
    trips = BY_KEY["tunion:1E"]
    assert fits_in(trips, bytes.fromhex(TripRecord.EXAMPLE))
    assert not fits_in(trips, b"\xaa" * TripRecord.SIZE)


APPLICATION = "01011000FFFFFFFF{}{}{}3105170000000000001{}204012310000"


@pytest.mark.parametrize(
    ("kind", "data", "doubt"),
    [
        ("lnt:18", "000B000000000003200688012003265020230229235959", "fare 2023 is also a year"),
        ("lnt:18", "000B0000000000008C0901000022123400C80715093017", ""),
        ("lnt:18", "000B000000000003200688012003265020240229235959", ""),  # also named as a date
        ("tunion:17", "0000084037004530000101", "country 00000840"),
        ("tunion:17", "0000015637004530000201", "interoperability 0002"),
        ("tunion:17", "0000015637004530000101", ""),
        ("tunion:15", APPLICATION.format("02", "01", "0", "20170601"), ""),
        ("tunion:15", APPLICATION.format("01", "01", "0", "20170601"), "application_type 01"),
        ("tunion:15", APPLICATION.format("02", "FF", "0", "20170601"), "enable_flag FF"),
        ("tunion:15", APPLICATION.format("02", "01", "1", "20170601"), "pan begins with 1"),
        ("tunion:15", APPLICATION.format("02", "01", "0", "20410101"), "is after expiry_date"),
        ("tunion:15", "0101100000000000" + APPLICATION[16:].format("02", "01", "0", "20170601"),
         "eight digits and FFFFFFFF are known"),
        ("tunion:18", "0012000320000000C80941310170000120240102081500", "cards of Shanghai"),
    ],
)  # fmt: skip
def test_what_speaks_against_a_field_is_said(kind: str, data: str, doubt: str) -> None:
    found = decode(kind, bytes.fromhex(data)).doubts
    assert [doubt in one for one in found] == ([True] if doubt else [])


def test_seconds_that_were_never_written_are_no_moment() -> None:
    found = decode("lnt:08", bytes.fromhex("C854" + "00" * 84))
    assert found.empty
    assert found.fields["exit_time"] is None


def test_an_fci_says_what_speaks_against_the_fields_in_it() -> None:
    data = APPLICATION.format("02", "00", "0", "20170601")
    found = decode("fci", bytes.fromhex("6F318408A000000632010105A5259F0801029F0C1E" + data))
    assert ["enable_flag 00" in one for one in found.doubts] == [True]
