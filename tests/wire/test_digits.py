"""Card numbers, dates, seconds since 1988, and years that are missing."""

from __future__ import annotations

import datetime
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.errors import WireError
from ykt_sim.wire.digits import (
    infer_years,
    iso_date,
    iso_datetime,
    iso_month_day,
    iso_time,
    pack_pan_left,
    pack_pan_right,
    seconds_1988,
    unpack_pan,
)

PAN = "3104870395000000827"
moderate = settings(max_examples=100, deadline=None)


def test_pan_as_the_dual_card_has_it() -> None:
    assert pack_pan_right(PAN) == "03104870395000000827"
    assert pack_pan_left(PAN) == "3104870395000000827F"
    assert unpack_pan("03104870395000000827") == PAN
    assert unpack_pan("3104870395000000827F") == PAN
    assert unpack_pan("3104870395000000827f") == PAN


@moderate
@given(st.from_regex(r"[1-9][0-9]{18}", fullmatch=True))
def test_pan_both_ways(pan: str) -> None:
    assert unpack_pan(pack_pan_right(pan)) == pan
    assert unpack_pan(pack_pan_left(pan)) == pan


@pytest.mark.parametrize("nibbles", ["0" * 20, "F" * 20, "0310487039A000000827", ""])
def test_what_is_no_pan_is_none(nibbles: str) -> None:
    assert unpack_pan(nibbles) is None


@pytest.mark.parametrize("pan", ["", "1" * 20, "31048A", "३"])
def test_packing_refuses_what_is_no_number(pan: str) -> None:
    for pack in (pack_pan_left, pack_pan_right):
        with pytest.raises(WireError, match="decimal digits"):
            pack(pan)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("20241027", "2024-10-27"),
        ("20240229", "2024-02-29"),
        ("20230229", None),
        ("20241301", None),
        ("00000000", None),
        ("FFFFFFFF", None),
        ("2024102", None),
        ("202410270", None),
        ("\uff12\uff10241027", None),
    ],
)
def test_dates(digits: str, expected: str | None) -> None:
    assert iso_date(digits) == expected


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("212555", "21:25:55"),
        ("0000", "00:00"),
        ("240000", None),
        ("236000", None),
        ("235960", None),
        ("FFFFFF", None),
        ("21255", None),
    ],
)
def test_times(digits: str, expected: str | None) -> None:
    assert iso_time(digits) == expected


@moderate
@given(st.datetimes())
def test_every_moment_is_read(moment: datetime.datetime) -> None:
    digits = f"{moment.year:04d}{moment:%m%d%H%M%S}"
    assert iso_datetime(digits) == moment.replace(microsecond=0).isoformat()


@pytest.mark.parametrize("digits", ["", "20241027", "2024102721", "202410272125", "0" * 14])
def test_half_a_moment_is_none(digits: str) -> None:
    assert iso_datetime(digits) is None


def test_month_and_day_without_a_year() -> None:
    assert iso_month_day("1027") == "10-27"
    assert iso_month_day("0229") == "02-29"
    assert iso_month_day("0230") is None
    assert iso_month_day("10270") is None
    assert iso_month_day("FFFF") is None


def test_seconds_of_the_real_metro_record() -> None:
    assert seconds_1988(0x3BCEB671) == "2019-10-18T11:01:05"
    assert seconds_1988(0x3BCE9E63) == "2019-10-18T09:18:27"
    assert seconds_1988(0xFFFFFFFF) == "2124-02-07T06:28:15"


@pytest.mark.parametrize(
    ("lines", "anchor", "expected"),
    [
        ([], (2024,), []),
        (["1027", "0823"], (2024,), [2024, 2024]),
        (["0102", "1231", "1231", "0630", "0701"], (2024, 1), [2024, 2023, 2023, 2023, 2022]),
        (["1207"], (2019, 12), [2019]),
        (["1207"], (2019, 11), [2018]),
        (["0301", "0000", "FFFF", "0228"], (2020, 3), [2020, None, None, 2020]),
    ],
)
def test_years_of_a_log(
    lines: list[str], anchor: tuple[int, ...], expected: list[int | None]
) -> None:
    assert infer_years(lines, *anchor) == expected


@moderate
@given(
    st.lists(st.dates(datetime.date(2015, 1, 1), datetime.date(2024, 12, 31)), min_size=1)
    .map(lambda days: sorted(days, reverse=True))
    .filter(
        lambda days: all(
            later - earlier < datetime.timedelta(365) for later, earlier in itertools.pairwise(days)
        )
    )
)
def test_years_of_any_log_without_a_gap_of_a_year(days: list[datetime.date]) -> None:
    lines = [f"{day:%m%d}" for day in days]
    found = infer_years(lines, days[0].year, days[0].month)
    assert found == [day.year for day in days]
