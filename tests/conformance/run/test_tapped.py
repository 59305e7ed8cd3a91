"""What the model of money and duty adds to results of terminals, and when it makes a case fail."""

from __future__ import annotations

import json
import time

import pytest
from msgspec.structs import replace

from ykt_conformance.cases.registry import terminal_cases
from ykt_conformance.ics import form as forms
from ykt_conformance.judge.judging import TEST_KEYS
from ykt_conformance.judge.results import ALL_PASS, SOME_FAIL, SOME_UNPROVEN, RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html.run_page import render
from ykt_conformance.report.results_json import document
from ykt_conformance.run import tapped as room
from ykt_conformance.run.again import Circumstances, Claim, judge_again
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.recording import judge_trace
from ykt_conformance.run.tapped import tapped, walk_taps
from ykt_conformance.run.targets.names import form_of
from ykt_conformance.run.terminal import run_terminal
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Note

#: One fen too much is asked for: whatever a case speaks about, somebody pays it.
WRONG = "sim:bus-upgraded?deviate=fare-one-fen-more"
#: Nothing of the case rests on the fare.
ELSEWHERE = "T-0706"


def _run(target: str, *ids: str, answers: str = "", ignored: tuple[str, ...] = ()) -> RunResult:
    cases = tuple(case for case in terminal_cases() if case.id in ids)
    form = forms.load(form_of(target))
    if answers:
        form = forms.read(f"{form.text}\n[clauses]\n{answers}\n", "mine")
    plan = RunPlan(cases=cases, ics=form, clock=time.monotonic, now=lambda: "", seed=1,
                   keys_text=TEST_KEYS, ignored=frozenset(ignored))  # fmt: skip
    return run_terminal(plan, target=target)


def test_a_sound_terminal_is_judged_and_nothing_is_found() -> None:
    run = _run("sim:bus-upgraded", "T-0706", "T-1105", "T-0404")
    assert run.exit_code == ALL_PASS
    assert run.model is not None
    assert run.model.judged >= 6
    assert (run.model.deviations, run.model.failed) == ((), "")


def test_a_run_whose_cases_pass_fails_by_what_no_case_speaks_about() -> None:
    run = _run(WRONG, ELSEWHERE)
    assert [result.verdict for result in run.results] == [Verdict.PASS]
    assert run.exit_code == SOME_FAIL
    assert run.model is not None
    first = run.model.deviations[0]
    assert (first.rule, first.case, first.tap) == ("D-PRICE", ELSEWHERE, 1)
    assert (first.expected, first.received) == ("200", "201")
    assert str(first).startswith("D-PRICE [must]: tap 1: INITIALIZE asks for 201 fen, expected 200")


def test_a_case_fails_by_a_rule_that_says_what_its_clause_says() -> None:
    # The case looks at date and time, its clause speaks of all seven bytes.
    [result] = _run("sim:bus-upgraded?deviate=lnt-date-with-year", "T-0704").results
    assert result.verdict is Verdict.FAIL
    assert result.reason.startswith("D-FARE: tap 1: DEBIT carries another fare")
    assert result.fault is not None
    assert result.fault.event is not None


def test_rules_are_left_out_and_answered_clauses_fail_nothing() -> None:
    run = _run(WRONG, ELSEWHERE, ignored=("D-PRICE",))
    assert run.model is not None
    assert {one.level for one in run.model.deviations} == {"ignored"}
    assert run.exit_code == ALL_PASS
    run = _run(WRONG, ELSEWHERE, answers='"CL-TPAY-008" = "as the operator says"')
    assert run.model is not None
    assert {one.level for one in run.model.deviations} == {"answered"}
    assert run.exit_code == ALL_PASS


def test_reports_tell_it() -> None:
    run = _run(WRONG, ELSEWHERE)
    told = json.loads(json.dumps(document(run)))["model"]
    assert told["judged"] > 0
    assert (told["deviations"][0]["rule"], told["deviations"][0]["tap"]) == ("D-PRICE", 1)
    page = render(run)
    assert "D-PRICE" in page
    assert "taps judged by the model of money and duty" in page
    assert "扣款与义务" in page
    assert "参考模型" not in page


def test_numbers_of_cards_are_not_told() -> None:
    run = _run("sim:bus-upgraded?deviate=black-list-ignored", "T-0404")
    [result] = run.results
    assert result.trace is not None
    [pan] = {
        str(note.data["pan"])
        for note in result.trace.events
        if isinstance(note, Note) and note.text == "issued" and str(note.data["pan"]) in
        run.ics["black_list"]["numbers"]
    }  # fmt: skip
    assert pan not in render(run)
    assert pan not in json.dumps(document(run)["model"])


def test_a_model_that_fails_finds_nothing_and_is_no_fault_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a mistake")

    monkeypatch.setattr(room, "walk_taps", broken)
    run = _run("sim:bus-upgraded", ELSEWHERE)
    assert [result.verdict for result in run.results] == [Verdict.PASS]
    assert run.model is not None
    assert run.model.failed == "ValueError: a mistake"
    assert run.exit_code == SOME_UNPROVEN
    assert "the model of money and duty itself failed" in render(run)


def test_recordings_tell_it_and_never_fail_by_it() -> None:
    live = _run(WRONG, ELSEWHERE)
    trace = live.results[0].trace
    assert trace is not None
    cases = tuple(case for case in terminal_cases() if case.id == ELSEWHERE)
    plan = RunPlan(cases=cases, ics=forms.load("bus-upgraded"), clock=time.monotonic,
                   now=lambda: "")  # fmt: skip
    run = judge_trace(trace, plan, "mine")
    assert run.model is not None
    assert live.model is not None
    assert [one.rule for one in run.model.deviations] == [one.rule for one in live.model.deviations]
    assert run.exit_code == ALL_PASS


def test_it_is_judged_again() -> None:
    run = _run(WRONG, ELSEWHERE)
    [result] = run.results
    assert result.trace is not None
    assert run.model is not None
    broken = frozenset((one.rule, one.event) for one in run.model.deviations)
    how = Circumstances(kind="terminal", keys=TEST_KEYS)
    claim = Claim(result.id, "r", result.verdict, result.reason, broken)
    forms_of = {"": run.ics}
    assert judge_again([claim], {"r": result.trace}, forms_of, how).differing == ()
    [wrong] = judge_again(
        [replace(claim, broken=frozenset())], {"r": result.trace}, forms_of, how
    ).differing
    assert "D-PRICE" in wrong


def test_a_recording_without_taps_holds_nothing() -> None:
    form = forms.load("bus-upgraded").values
    assert tapped((), form, KeyRing(), str).judged == 0
    assert walk_taps((), form, KeyRing()).met == ()
