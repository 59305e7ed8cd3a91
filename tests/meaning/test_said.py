from __future__ import annotations

import pytest

from ykt_sim.codes import TripType
from ykt_sim.meaning.said import fen_of, is_date, said, says
from ykt_sim.meaning.spans import Span
from ykt_sim.wire.fields import FieldKind


def span(name: str, value: object, kind: FieldKind = FieldKind.DATA) -> Span:
    return Span(0, 4, name, kind, value)


@pytest.mark.parametrize(
    ("field", "fields", "expected"),
    [
        (span("exit_seconds", 5, FieldKind.DATE), {"exit_time": "1988-01-01T00:00:05"},
         "1988-01-01T00:00:05"),
        (span("exit_seconds", 5, FieldKind.DATE), {"exit_time": None}, ""),
        (span("month_day", "0601", FieldKind.DATE), {"date": None, "date_without_year": "06-01"},
         "06-01"),
        (span("sw", "9000"), {"sw_text": "success"}, "success"),
        (span("entry_datetime", "20250601081733", FieldKind.DATE),
         {"entry_time": "2025-06-01T08:17:33"}, "2025-06-01T08:17:33"),
        (span("start_date", "20250601", FieldKind.DATE),
         {"start_date": "2025-06-01", "start_date_digits": "20250601"}, "2025-06-01"),
        (span("year", "25", FieldKind.DATE), {"year": "25"}, ""),
        (span("pan", "0310"), {"pan_number": "310", "pan_name": "other"}, "310"),
        (span("city", "5810"), {"city": "5810", "city_name": "Guangzhou"}, "Guangzhou"),
        (span("city", "5810"), {"city": "5810"}, ""),
    ],
)  # fmt: skip
def test_values_beside_a_field_speak_for_it(
    field: Span, fields: dict[str, object], expected: str
) -> None:
    assert said(field, fields) == expected


def test_digits_of_a_date_may_be_none() -> None:
    assert is_date(span("datetime", "0" * 14, FieldKind.DATE), {})
    assert is_date(span("time", "000000", FieldKind.DATE), {"time_digits": "000000"})
    assert not is_date(span("year", "00", FieldKind.DATE), {})
    assert not is_date(span("datetime", "0" * 14), {})


def test_what_is_all_zero_says_nothing() -> None:
    assert not says(span("x", b"\0\0"))
    assert not says(span("x", "0000"))
    assert says(span("x", b"\0\1"))
    assert says(span("x", "0001"))
    assert says(span("x", 0))
    assert says(span("x", TripType(0)))


@pytest.mark.parametrize(
    ("value", "size", "expected"),
    [
        (0x8000_00C8, 4, (200, True)),
        (200, 4, (200, False)),
        (0x8000, 2, (0x8000, False)),
        (0x80_0000, 3, (0x80_0000, False)),
    ],
)
def test_the_top_bit_is_no_money(value: int, size: int, expected: tuple[int, bool]) -> None:
    assert fen_of(value, size) == expected
