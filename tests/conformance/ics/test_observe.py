from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import support as s
from ykt_conformance.ics import form as ics
from ykt_conformance.ics.observe import LNT_HIDDEN, contradictions, draft, lnt_hidden, observe
from ykt_conformance.judge.verdict import Subject
from ykt_conformance.judge.view import View
from ykt_sim.errors import UsageError
from ykt_sim.trace.model import Header, Trace

APPY = ("00A40400085041592E4150505900", "6F0A84085041592E415050599000")
APPY_ABSENT = (APPY[0], "6A82")
TICL = (
    "00A40400085041592E5449434C00",
    "6F3484085041592E5449434CA5289F0801009F0C21FFFFFFFFFFFFFFFF" + "00" * 16
    + "2017060100000186A09000",
)  # fmt: skip
PURSE = (s.SELECT_EP.hex(), s.FCI)
PPSE = (
    "00A404000E325041592E5359532E444446303100",
    "6F2E840E325041592E5359532E4444463031A51CBF0C1961174F08A0000006320101055008"
    "4D4F545F545F45508701019000",
)
MF1X = "00A40400085041592E4D46315800"


def seen(*exchanges: tuple[str, str] | str, subject: Subject = "card") -> dict[str, Any]:
    found = observe(View(s.events_of(*exchanges), {}), subject)
    return {path: items[-1].value for path, items in found.items()}


def test_selection() -> None:
    assert seen("reset", PURSE, APPY_ABSENT, PPSE) == {
        "applications.tunion": True,
        "applications.lnt": False,
        "applications.ppse": True,
        "tunion.version_bytes": 1,
        "tunion.fci_trailing": 0,
        "tunion.issuer": "02205810",
        "ppse.listed": ("A000000632010105",),
    }


@pytest.mark.parametrize(("after", "locked"), [(APPY, False), (APPY_ABSENT, True)])
def test_ppse_lockout(after: tuple[str, str], locked: bool) -> None:  # noqa: FBT001
    found = seen("reset", APPY, "reset", PPSE, after)
    assert found["behaviour.ppse_lockout"] is locked
    assert found["applications.lnt"] is True  # 6A82 after PPSE is not absence


def test_ppse_is_entered_by_the_begin_of_its_name() -> None:
    part = ("00A404000432504159" + "00", PPSE[1])
    found = seen("reset", APPY, "reset", part, APPY_ABSENT)
    assert found["applications.lnt"] is True
    assert found["behaviour.ppse_lockout"] is True


def test_lockout_is_not_seen_where_lnt_was_never_there() -> None:
    assert "behaviour.ppse_lockout" not in seen("reset", PPSE, APPY_ABSENT)


@pytest.mark.parametrize(
    ("exchanges", "hidden"),
    [
        (("reset", PPSE, APPY_ABSENT), True),
        (("reset", APPY_ABSENT, PPSE), False),
        (("reset", APPY_ABSENT, "reset", PPSE, APPY_ABSENT), False),
        (("reset", PPSE, (APPY[0], "6A81")), False),
        (("reset", PPSE, "reset", APPY_ABSENT), False),
        (("reset", PPSE, APPY), False),
        (("reset", PPSE, PURSE), False),
    ],
)
def test_lnt_is_not_known_where_it_was_asked_for_after_ppse_alone(
    exchanges: tuple[tuple[str, str] | str, ...],
    hidden: bool,  # noqa: FBT001
) -> None:
    assert lnt_hidden(View(s.events_of(*exchanges), {})) is hidden
    assert (LNT_HIDDEN in draft(s.trace_of(*exchanges))) is hidden


@pytest.mark.parametrize(
    ("answer", "value"),
    [("6A82", "absent"), ("6F0A84085041592E4D4631586A81", "retired"), ("6A81", None)],
)
def test_mf1x(answer: str, value: str | None) -> None:
    assert seen("reset", (MF1X, answer)).get("lnt.mf1x") == value


def test_files() -> None:
    found = seen(
        "reset", PURSE, ("00B0960037", "00" * 55 + "9000"), ("00B097003C", "6A82"),
        ("00B201CC00", "012E" + "00" * 46 + "9000"), ("00B201D480", "6982"),
    )  # fmt: skip
    assert found["tunion.ef16"] is True
    assert found["tunion.ef17"] is False
    assert found["tunion.ef19"] is True
    assert "tunion.ef1a" not in found  # 6982 says nothing


def test_log_sizes_are_known_only_at_their_end() -> None:
    record = "00" * 23 + "9000"
    some = ["reset", PURSE, *((f"00B2{n:02X}C417", record) for n in range(1, 4))]
    assert "tunion.log_records" not in seen(*some)
    assert seen(*some, ("00B204C417", "6A83"))["tunion.log_records"] == 3
    assert "tunion.log_records" not in seen(*some, ("00B20AC417", "6A83"))


def test_a_record_beyond_the_claimed_size_shows_a_longer_log() -> None:
    record = "00" * 23 + "9000"
    found = seen("reset", TICL, *((f"00B2{n:02X}C417", record) for n in range(1, 13)))
    assert found["lnt.log_records"] == 12


INIT_LOAD = "805000020B010000006441310000000110"
LOAD_ANSWER = "00000000000001000102030401020304"


@pytest.mark.parametrize(("sw", "value"), [("6982", True), ("9000", False), ("6A82", None)])
def test_pin_for_load(sw: str, value: bool | None) -> None:  # noqa: FBT001
    answer = (LOAD_ANSWER if sw == "9000" else "") + sw
    assert seen("reset", TICL, (INIT_LOAD, answer)).get("lnt.pin_for_load") is value


def test_a_load_after_a_pin_says_nothing_about_it() -> None:
    verify, init = ("0020000003123456", "9000"), (INIT_LOAD, LOAD_ANSWER + "9000")
    assert "lnt.pin_for_load" not in seen("reset", TICL, verify, init)


def load(amount: int) -> tuple[tuple[str, str], ...]:
    init = f"805000020B01{amount:08X}41310000000110"
    return (
        (init, LOAD_ANSWER + "9000"),
        ("805200000B2024010112000001020304" + "04", "010203049000"),
    )


def balance(fen: int, p1: int = 0) -> tuple[str, str]:
    return (f"805C{p1:02X}0204", f"{fen:08X}9000")


@pytest.mark.parametrize(("after", "value"), [(600, "shared"), (500, "separate"), (550, None)])
def test_shared_balance(after: int, value: str | None) -> None:
    found = seen(
        "reset", TICL, balance(500), "reset", PURSE, *load(100), "reset", TICL, balance(after)
    )
    assert found.get("behaviour.balance") == value
    assert found["tunion.load"] is True


@pytest.mark.parametrize(
    ("zero", "value"), [(700, "available"), (500, "actual"), (0x80000000 | 700, "available")]
)
def test_meaning_of_p1_00(zero: int, value: str) -> None:
    found = seen("reset", PURSE, balance(zero), balance(200, 1), balance(0, 2), balance(500, 3))
    assert found["behaviour.p1_00"] == value
    assert found["behaviour.balance_p1"] is True
    assert found.get("behaviour.top_bit", False) is (zero > 700)


def test_a_terminal() -> None:
    init = "805003020B01000000C84131581001020F"
    trip = (
        "06" "0000413158100102" "02" "02030000000000" "000000C8" "00001F48" "20240715083000"
        "5810" "12205810FFFFFFFF" "000000000000"
    )  # fmt: skip
    found = seen(
        "reset", PPSE, PURSE,
        (init, "00002710000000000001000102030490" + "00"),
        ("80DC00F030" + trip, "9000"), subject="terminal",
    )  # fmt: skip
    assert found == {
        "applications.entry": "ppse-first",
        "applications.tunion": True,
        "place.terminal_number": "413158100102",
        "purchase.tunion": "composite",
        "purchase.key_index": 1,
        "fare.tunion": 200,
        "device.direction": "single",
        "place.city": "5810",
        "place.acquirer": "12205810FFFFFFFF",
        "place.line_station": "02030000000000",
        "place.industry": "02",
        "place.terminal_prefix": "0000",
    }


def test_bytes_nobody_can_read_show_nothing() -> None:
    assert seen("reset", (s.SELECT_EP.hex(), "6F9000")) == {"applications.tunion": True}


def test_contradictions_name_both_values_and_the_case() -> None:
    view = View(s.events_of("reset", PURSE), ics.load("tunion").values)
    found = contradictions(view, case="C-0101")
    assert [str(finding) for finding in found] == [
        "tunion.issuer: claimed 01011000, observed 02205810: 9F0C in the FCI (event 1) (C-0101)"
    ]


def test_what_is_not_claimed_contradicts_nothing() -> None:
    view = View(s.events_of("reset", PURSE), ics.load("lnt").values)
    paths = [finding.path for finding in contradictions(view)]
    assert paths == ["applications.tunion"]


def test_a_draft_can_be_read_and_says_what_it_rests_on() -> None:
    text = draft(s.trace_of("reset", PURSE, APPY, ("00B097003C", "6A82")), source="tap.jsonl")
    form = ics.read(text, "draft")
    assert "# seen: SELECT answered 9000 (event 1)\ntunion = true" in text
    assert "# not shown by the trace\nef16 = false" in text
    assert form.values["about"]["remarks"] == "drafted from tap.jsonl; check every entry"
    assert form.values["behaviour"]["balance"] == "shared"
    assert ics.check(form.ics) == []


def test_a_draft_says_where_the_trace_disagrees_with_itself() -> None:
    text = draft(s.trace_of("reset", PURSE, "reset", (PURSE[0], "6A82")))
    assert "; the trace also shows True\ntunion = false" in text


def test_a_terminals_draft_is_sound() -> None:
    init = ("805003020B01000000C84131581001020F", "00002710000000000001000102030490" + "00")
    text = draft(s.trace_of("reset", PPSE, PURSE, init), "terminal")
    form = ics.read(text, "draft")
    assert form.values["fare"]["tunion"] == 200
    assert ics.check(form.ics) == []


def test_nothing_to_draft_from() -> None:
    with pytest.raises(UsageError, match="no exchange with a card"):
        draft(Trace(header=Header()))
