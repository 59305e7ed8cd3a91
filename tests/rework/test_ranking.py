"""Causes are listed before what may follow from them."""

from __future__ import annotations

from ykt_sim.meaning.classes import ByteClass
from ykt_sim.rework.changes import Change
from ykt_sim.rework.ranking import ranked


def field(at: int, byte_class: ByteClass, side: str = "response") -> Change:
    return Change("field", at, at, "COMMAND", side, byte_class.value, byte_class=byte_class)


CODE = Change("code", 5, 5, "DEBIT", "command", "MAC1")
NOTE = Change("field", 9, 9, "note decision", field="outcome")
MISSING = Change("missing", 7, None, "READ BINARY")


def test_what_is_worked_out_follows_what_was_given() -> None:
    balance, amount = field(2, ByteClass.BALANCE), field(3, ByteClass.AMOUNT, "command")
    counter, mac = field(2, ByteClass.COUNTER), field(4, ByteClass.MAC2)
    random, identity = field(2, ByteClass.RANDOM), field(6, ByteClass.IDENTITY)
    found = ranked([balance, counter, random, amount, mac, identity])
    assert found == ([amount, identity], [balance, counter, random, mac])


def test_only_the_first_other_status_word_is_a_cause() -> None:
    first, later = field(1, ByteClass.STATUS), field(8, ByteClass.STATUS)
    assert ranked([first, later]) == ([first], [later])
    assert ranked([CODE, later]) == ([CODE], [later])


def test_a_wrong_code_is_a_cause_wherever_it_stands() -> None:
    status = field(1, ByteClass.STATUS)
    assert ranked([status, CODE]) == ([status, CODE], [])


def test_events_of_one_trace_and_notes_follow_what_turned_the_course() -> None:
    assert ranked([MISSING, NOTE]) == ([MISSING], [NOTE])
    assert ranked([CODE, MISSING, NOTE]) == ([CODE], [MISSING, NOTE])
    assert ranked([NOTE]) == ([NOTE], [])


def test_data_of_a_card_do_not_turn_the_course() -> None:
    identity, status = field(1, ByteClass.IDENTITY), field(2, ByteClass.STATUS)
    assert ranked([identity, status]) == ([identity, status], [])
