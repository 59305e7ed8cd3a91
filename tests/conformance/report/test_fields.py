from __future__ import annotations

import pytest

from ykt_conformance.report.fields import kind_class, meaning, worth_saying
from ykt_sim.codes import TripType
from ykt_sim.meaning.spans import Span
from ykt_sim.wire.fields import FieldKind


def span(name: str, value: object, kind: FieldKind = FieldKind.DATA, size: int = 4) -> Span:
    return Span(0, size, name, kind, value)


@pytest.mark.parametrize(
    ("field", "fields", "said"),
    [
        (span("name", b"\x41", FieldKind.PERSONAL), {"name_text": "A"}, ""),
        (span("type", TripType.ENTRY, size=1), {}, f"{int(TripType.ENTRY):02X} ENTRY"),
        (span("amount", 205, FieldKind.AMOUNT), {}, "¥2.05"),
        (span("balance", 0x8000_00C8, FieldKind.BALANCE), {}, "¥2.00 +0x80000000"),
        (span("balance", 0x80_0000, FieldKind.BALANCE, 3), {}, "¥83886.08"),
        (span("counter", 7, FieldKind.COUNTER), {}, "7"),
        (span("city", "5810"), {"city_name": "Guangzhou"}, "Guangzhou"),
        (span("city", "5810"), {}, "5810"),
        (span("datetime", "0" * 14, FieldKind.DATE), {"time": None}, "0" * 14),
        (span("rest", bytes(30)), {}, "00" * 24 + "… (30)"),
        (span("rest", bytes(24)), {}, "00" * 24),
    ],
)
def test_a_value_in_words_or_digits(field: Span, fields: dict[str, object], said: str) -> None:
    assert meaning(field, fields) == said


def test_what_has_a_place_in_the_report() -> None:
    worth = [
        span("sw", "9000"),
        span("amount", 0, FieldKind.AMOUNT),
        span("unknown_1", b"\x01"),
        span("spare", b"\x01", FieldKind.RESERVED),
        span("terminal", "000000000000"),
        span("terminal", "010000000000"),
    ]
    assert [worth_saying(one) for one in worth] == [False, True, False, False, False, True]


def test_only_some_kinds_have_a_colour() -> None:
    assert (kind_class(FieldKind.TAC), kind_class(FieldKind.DATA)) == ("y", "")
