from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.judging import STOPPED, judge
from ykt_conformance.judge.verdict import Fault, Judgement, Verdict
from ykt_conformance.judge.view import View
from ykt_sim.errors import ReadError
from ykt_sim.trace.model import Header, Note, Trace
from ykt_sim.trace.readers.base import BROKEN
from ykt_sim.wire import macs

VALUES = ics.load("tunion").values
GOOD = s.trace_of("reset", (s.SELECT_EP.hex(), s.FCI))


def with_note(trace: Trace, case_id: str, how: str) -> Trace:
    note = Note(t=1, text=STOPPED, data={"case": case_id, "how": how, "reason": "because"})
    return Trace(header=trace.header, events=(*trace.events, note))


def never(_view: View) -> Judgement:
    return None


def test_pass_fail_and_unproven() -> None:
    assert judge(s.case(), GOOD, VALUES).verdict is Verdict.PASS
    bad = judge(s.case(), s.trace_of("reset", (s.SELECT_EP.hex(), "6A82")), VALUES)
    assert (bad.verdict, bad.reason) == (Verdict.FAIL, "SELECT answered 6A82")
    empty = judge(s.case(), Trace(header=Header()), VALUES)
    assert (empty.verdict, empty.reason) == (
        Verdict.INCONCLUSIVE, "the trace has no SELECT of the purse",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("how", "verdict"),
    [
        ("impossible", Verdict.INCONCLUSIVE),
        ("limit", Verdict.INCONCLUSIVE),
        ("silent", Verdict.FAIL),
        ("link", Verdict.ERROR),
        ("error", Verdict.ERROR),
        ("something new", Verdict.ERROR),
    ],
)
def test_an_early_end_decides_when_there_is_no_fault(how: str, verdict: Verdict) -> None:
    found = judge(s.case(judge=never), with_note(GOOD, "C-9001", how), VALUES)
    assert (found.verdict, found.reason) == (verdict, "because")


def test_an_early_end_of_another_case_does_not_matter() -> None:
    assert judge(s.case(), with_note(GOOD, "C-9002", "link"), VALUES).verdict is Verdict.PASS


def test_an_answer_that_cannot_be_read_is_a_fault() -> None:
    def reads(_view: View) -> Judgement:
        raise ReadError("too short", record="TransactionRecord", offset=7)

    found = judge(s.case(judge=reads), GOOD, VALUES)
    assert found.verdict is Verdict.FAIL
    assert found.reason == "an answer cannot be read: TransactionRecord at byte 7: too short"


def packs_nonsense(_view: View) -> Judgement:
    macs.PurchaseMac2Input(amount=-1).build()
    return None


@pytest.mark.parametrize("events", [GOOD, s.trace_of("reset", (s.SELECT_EP.hex(), "6A82"))])
def test_a_judge_that_packs_nonsense_is_an_error_and_no_fault_of_the_card(events: Trace) -> None:
    found = judge(s.case(judge=packs_nonsense), events, VALUES)
    assert (found.verdict, found.fault) == (Verdict.ERROR, None)
    assert found.reason.startswith(
        "the judge of C-9001 failed: PackError: PurchaseMac2Input.amount"
    )


def test_a_recording_with_half_a_status_word_does_not_break_the_judge() -> None:
    found = judge(s.case(), s.trace_of("reset", (s.SELECT_EP.hex(), "90")), VALUES)
    assert found.verdict is Verdict.FAIL
    assert "cannot be read" in found.reason


@pytest.mark.parametrize(
    ("expected", "received", "offset"),
    [
        ("010203", "010403", 1),
        ("0102", "010203", 2),
        ("0102", "0102", 2),
        ("9000", "one balance", None),
        ("", "00", None),
    ],
)
def test_the_first_differing_byte_is_found(
    expected: str, received: str, offset: int | None
) -> None:
    fault = Fault("x", 1, expected, received)
    found = judge(s.case(judge=lambda _view: fault), GOOD, VALUES).fault
    assert found is not None
    assert found.offset == offset


def test_an_event_outside_the_trace_is_dropped() -> None:
    found = judge(s.case(judge=lambda _view: Fault("x", 99)), GOOD, VALUES).fault
    assert found is not None
    assert found.event is None


def test_behind_a_place_that_could_not_be_read_no_fault_is_proven() -> None:
    bad = s.trace_of("reset", (s.SELECT_EP.hex(), "6A82"), "removed")
    hole = Note(t=0, text=BROKEN, data={"offset": 77, "why": "the CRC is wrong"})

    def at(place: int) -> Trace:
        return Trace(header=Header(), events=(*bad.events[:place], hole, *bad.events[place:]))

    for place, verdict in (
        (0, Verdict.INCONCLUSIVE),
        (1, Verdict.INCONCLUSIVE),
        (2, Verdict.INCONCLUSIVE),  # right behind it: it is about the answer
        (3, Verdict.FAIL),
    ):
        found = judge(s.case(judge=_blames_the_select), at(place), VALUES)
        assert found.verdict is verdict, place
    assert found.reason == "SELECT answered 6A82"
    lost = judge(s.case(judge=_blames_the_select), at(1), VALUES)
    assert lost.reason == (
        "the recording is broken before it (byte 77: the CRC is wrong): SELECT answered 6A82"
    )
    assert judge(s.case(judge=never), at(1), VALUES).verdict is Verdict.PASS


def _blames_the_select(view: View) -> Judgement:
    return Fault("SELECT answered 6A82", view.card[0].index)
