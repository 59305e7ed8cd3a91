"""Numbers in notes and headers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ykt_sim.rework.pseudonyms import Pseudonyms
from ykt_sim.rework.sanitise.fields import Shift
from ykt_sim.rework.sanitise.notes import NoteTexts
from ykt_sim.trace.model import Header, Note

PAN = "3104870399000000017"
LNT = "5100000123456789"
TERMINAL = "413158100102"
STAY = Shift(0, date(2024, 11, 1))
STATEMENT = "sanitised"


def texts() -> tuple[NoteTexts, Pseudonyms]:
    names = Pseudonyms(b"secret")
    names.learn_pan(PAN)
    names.learn_lnt(LNT)
    names.learn_terminal(TERMINAL)
    return NoteTexts(names), names


def rewritten(data: dict[str, Any], shift: Shift = STAY, text: str = "x") -> tuple[Any, Any]:
    note, problems = texts()[0].note(Note(t=0.0, text=text, data=data), {}, shift)
    return note.data, problems


def test_known_fields() -> None:
    _, names = texts()
    data, problems = rewritten(
        {
            "card": PAN, "terminal": TERMINAL, "terminal_8": "0000" + TERMINAL, "amount": 160,
            "city": "5810", "acquirer": "12205810FFFFFFFF", "line_station": "00010009000000",
            "code": "YKT-01", "outcome": "accepted", "none": None, "yes": True, "ms": 45.48,
            "factors": {"tunion": ["02205810FFFFFFFF", PAN[-16:]], "lnt": [LNT]},
        }
    )  # fmt: skip
    assert not problems
    terminal = names.terminal(TERMINAL)
    assert data == {
        "card": names.pan(PAN), "terminal": terminal, "terminal_8": "0000" + terminal,
        "amount": 160, "city": "5810", "acquirer": "12205810FFFFFFFF",
        "line_station": "00010009000000", "code": "YKT-01", "outcome": "accepted", "none": None,
        "yes": True, "ms": 45.48,
        "factors": {"tunion": ["02205810FFFFFFFF", names.pan(PAN)[-16:]], "lnt": [names.lnt(LNT)]},
    }  # fmt: skip


def test_masked_numbers_follow() -> None:
    _, names = texts()
    new = names.pan(PAN)
    data, problems = rewritten({"card": "310487*********0017", "said": "card 310487*********0017"})
    assert not problems
    assert data["card"] == f"{new[:6]}*********{new[-4:]}"
    assert data["said"] == f"card {data['card']}"
    data, _ = rewritten({"card": "999999*********9999"})
    assert data["card"] == "*" * 19


def test_numbers_inside_texts_are_replaced() -> None:
    _, names = texts()
    data, problems = rewritten({"reason": f"card {PAN} at {TERMINAL}, {LNT[6:]} and {PAN[-16:]}"})
    assert not problems
    new = names.pan(PAN)
    assert data["reason"] == (
        f"card {new} at {names.terminal(TERMINAL)}, {names.lnt(LNT)[6:]} and {new[-16:]}"
    )


@pytest.mark.parametrize(
    "value",
    [
        "number 12345678", "ends in 8703", "CAFE0123", "A000000632010105 12345678901",
        "ends in 000017",
    ],
)  # fmt: skip
def test_digits_that_may_be_a_number_are_reported(value: str) -> None:
    data, problems = rewritten({"remark": value})
    assert problems == [("remark", len(value))]
    assert not set(data["remark"]) & set("123456789")


@pytest.mark.parametrize(
    "value",
    [
        "", "no digits", "SELECT A000000632010105", "6A82", "case C-0512", "since 2024-11-01",
        "20241101", "2702", "00000000000000",
    ],
)  # fmt: skip
def test_digits_that_are_no_number_stay(value: str) -> None:
    assert rewritten({"remark": value}) == ({"remark": value}, [])


def test_names_and_large_integers_are_looked_at() -> None:
    _, problems = rewritten({"12345678": 1, "n": 31048703990000000})
    assert problems == [("name of a member", 8), ("n", 17)]
    _, problems = rewritten({}, text="12345678")
    assert problems == [("text", 8)]


def test_raw_data_of_a_broken_place_is_reported() -> None:
    data, problems = rewritten({"why": "expected hex", "offset": 7, "raw": "00B2"})
    assert problems == [("raw", 4)]
    assert data["raw"] == "0000"


def test_codes_follow_those_of_the_trace() -> None:
    note = Note(t=0.0, text="clearing", data={"tac": "11223344", "mac2": "55667788", "empty": ""})
    codes = {bytes.fromhex("11223344"): bytes.fromhex("AABBCCDD")}
    new, problems = texts()[0].note(note, codes, STAY)
    assert not problems
    assert new.data["tac"] == "AABBCCDD"
    assert new.data["mac2"] not in {"55667788", "AABBCCDD"}


def test_records_in_hex() -> None:
    _, names = texts()
    log = f"0001000000000000C809{TERMINAL}20250601083133"
    data, problems = rewritten({"tunion": {"log": log}}, Shift(1, date(2025, 6, 1)))
    assert not problems
    assert data["tunion"]["log"] == (
        f"0001000000000000C809{names.terminal(TERMINAL)}20250602083133"
    )
    _, problems = rewritten({"tunion": {"log": "AB"}})
    assert not problems
    _, problems = rewritten({"tunion": {"log": "123456789A"}})
    assert problems


def test_dates_move() -> None:
    data, problems = rewritten(
        {"time": "20241101082000", "datetime": "00C81101101500", "clock": "2024-11-01T08:00:00"},
        Shift(30, date(2024, 11, 1)),
    )
    assert not problems
    assert data == {
        "time": "20241201082000", "datetime": "00C81201101500", "clock": "2024-12-01T08:00:00",
    }  # fmt: skip


def test_a_date_in_a_text_is_reported_when_dates_move() -> None:
    _, problems = rewritten({"remark": "on 20241101"}, Shift(1, date(2024, 11, 1)))
    assert problems


def test_headers() -> None:
    writer, names = texts()
    header = Header(
        created="2024-11-01T08:00:00", source="bench", card=f"card {PAN}", terminal="bus",
        seed=7, provenance="from a friend",
    )  # fmt: skip
    new, problems = writer.header(header, STATEMENT, Shift(1, date(2024, 11, 1)))
    assert not problems
    assert new == Header(
        created="2024-11-02T08:00:00", source="bench", card=f"card {names.pan(PAN)}",
        terminal="bus", seed=None, provenance="from a friend; sanitised",
    )  # fmt: skip
    again, _ = writer.header(new, STATEMENT, STAY)
    assert again.provenance == new.provenance
