"""Changes of a card's files: derived from the layouts, one field each."""

from __future__ import annotations

import pytest

from ykt_conformance.drive import altered
from ykt_conformance.drive.altered import WRITTEN, changes_of, file_of, problem, someone
from ykt_conformance.drive.steps import Impossible
from ykt_sim.profiles.cards import Identity
from ykt_sim.wire.files import MonthlyStatistics, RailRecord

OWN = altered.own_of(
    {"city": "5810", "acquirer": "1" * 16, "terminal_prefix": "0000", "terminal_number": "2" * 12}
)
RAIL = bytes.fromhex(RailRecord.EXAMPLE)


@pytest.mark.parametrize("file", WRITTEN)
def test_every_field_behind_the_head_has_a_change_and_a_change_touches_that_field_only(
    file: str,
) -> None:
    layout = WRITTEN[file]
    old = bytes.fromhex(layout.EXAMPLE)
    told = changes_of(file, thorough=True)
    assert not [one for one in told if problem(one)]
    for spec in layout.LAYOUT:
        own = [one for one in told if one.startswith(f"{file}.{spec.name}:")]
        assert own or spec.name in ("id", "length"), spec.name
        ends = [altered.altered(old, one, OWN) for one in own]
        assert any(new != old for new in ends) or not own, spec.name
        for new in ends:
            start, end = spec.offset, spec.offset + spec.size
            assert new[:start] + new[end:] == old[:start] + old[end:], spec.name


def test_few_changes_are_among_all_of_them() -> None:
    few, all_ = changes_of("2701"), changes_of("2701", thorough=True)
    assert set(few) < set(all_)
    assert "2701.entry_station:digit7" in few
    assert {file_of(one) for one in few} == {"2701"}


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ("2701.entry_city:digit0", "entry_city", "2000"),
        ("2701.entry_acquirer:digit15", "entry_acquirer", "01011000FFFFFFF6"),
        ("2701.entry_datetime:day", "entry_datetime", "20190830175904"),
        ("2701.entry_datetime:month", "entry_datetime", "20190728175904"),
        ("2701.entry_datetime:midnight", "entry_datetime", "20190830235959"),
        ("2701.exit_datetime:year", "exit_datetime", "20240601080000"),
        ("2701.amount:65536", "amount", 65536),
        ("2701.state:2", "state", 2),
        ("2701.entry_terminal:own", "entry_terminal", "0000" + "2" * 12),
        ("2701.unknown_85:ones", "unknown_85", b"\xff" * 6),
        ("2701.all:zero", "application_valid", "00"),
    ],
)
def test_a_change_means_what_the_type_of_the_field_makes_of_it(
    change: str, field: str, value: object
) -> None:
    record = RailRecord.parse(altered.altered(RAIL, change, OWN))
    assert getattr(record, field) == value
    assert record.id == "2701"


def test_what_a_record_does_not_hold_is_out_of_reach() -> None:
    with pytest.raises(Impossible, match="no such record"):
        altered.altered(b"", "2701.amount:1", OWN)
    with pytest.raises(Impossible, match="no digit 9"):
        altered.altered(RAIL, "2701.entry_city:digit9", OWN)
    with pytest.raises(Impossible, match="does not fit"):
        altered.altered(bytes.fromhex(MonthlyStatistics.EXAMPLE), "19.sum_2:65536", OWN)


def test_numbers_of_a_card_change_digit_by_digit() -> None:
    who = Identity(issuer="02205810", pan="3104870395000000827")
    changes = ("15.issuer:digit0", "15.pan:digit8", "2701.amount:1", "15.reserved:ones")
    changed = someone(who, changes, OWN)
    assert (changed.issuer, changed.pan) == ("12205810", "3104870495000000827")
    assert changed.reserved == "FFFF"
    assert someone(who, (), OWN) == who
    assert someone(who, ("17.city:own",), OWN).city == "5810"


def test_an_entry_in_a_log_has_another_gate_or_another_day() -> None:
    gate, moment = "010000220101", "20250601075733"
    assert altered.entered(gate, moment, ("18.terminal:digit11",)) == ("010000220102", moment)
    assert altered.entered(gate, moment, ("18.month_day:day",)) == (gate, "20250531075733")
    assert altered.entered(gate, moment, ("19.sum_2:1",)) == (gate, moment)
    assert not [one for one in changes_of("18") if problem(one)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("14.amount:1", "a file is one of 2701"),
        ("18.amount:1", "18 has 18.terminal:digitN and 18.month_day"),
        ("2701.nothing:1", "has no such field"),
        ("15.start_date:zero", "of 15 there are"),
        ("2701.amount:-1", "no such change"),
        ("2701.amount:" + "9" * 400, "no such change"),
        ("2701.amount", "no such change"),
        ("", "a file is one of"),
    ],
)
def test_what_is_no_change_is_said(text: str, said: str) -> None:
    assert said in problem(text)
