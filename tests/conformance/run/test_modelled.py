"""What the reference model adds to results: told everywhere, and when it makes a case fail."""

from __future__ import annotations

import json
import time

import pytest

from tests.conformance import support as s
from ykt_conformance.cases.registry import card_cases
from ykt_conformance.ics import form as forms
from ykt_conformance.judge.deviation import Deviation, Modelled, overruled
from ykt_conformance.judge.results import ALL_PASS, SOME_FAIL, SOME_UNPROVEN, RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html.run_page import render
from ykt_conformance.report.results_json import document
from ykt_conformance.run import modelled as room
from ykt_conformance.run.card import run_card
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.recording import judge_trace
from ykt_conformance.run.targets.names import form_of, open_target
from ykt_sim.meaning.keyring import KeyRing


def _run(target: str, *ids: str) -> RunResult:
    cases = tuple(case for case in card_cases() if case.id in ids)
    plan = RunPlan(cases=cases, ics=forms.load(form_of(target)), clock=time.monotonic,
                   now=lambda: "", seed=1)  # fmt: skip
    return run_card(open_target(target), plan)


def test_a_sound_card_is_judged_and_nothing_is_found() -> None:
    run = _run("sim:dual", "C-0401", "C-1209")
    assert run.exit_code == ALL_PASS
    assert run.model is not None
    assert run.model.judged > 20
    assert run.model.deviations == ()
    assert run.model.failed == ""


def test_a_case_fails_by_a_rule_that_says_what_its_clause_says() -> None:
    run = _run("sim:dual?deviate=debit-a-fen-less", "C-0401", "C-0504")
    [balance, mac2] = run.results
    assert balance.verdict is Verdict.FAIL
    assert balance.reason.startswith("R-BAL: 805C0002")
    assert balance.fault is not None
    assert balance.fault.event is not None
    assert mac2.verdict is Verdict.PASS
    assert mac2.model is not None
    assert [found.rule for found in mac2.model.deviations]
    assert run.exit_code == SOME_FAIL


def test_a_run_whose_cases_pass_fails_by_a_rule_that_must_hold() -> None:
    run = _run("sim:dual?deviate=debit-a-fen-less", "C-0504")
    assert [result.verdict for result in run.results] == [Verdict.PASS]
    assert run.exit_code == SOME_FAIL


def test_reports_tell_it() -> None:
    run = _run("sim:dual?deviate=debit-a-fen-less", "C-0504")
    told = json.loads(json.dumps(document(run)))["model"]
    assert told["judged"] > 0
    first = told["deviations"][0]
    assert (first["rule"], first["case"]) == ("R-INIT", "C-0504")
    page = render(run)
    assert "R-INIT" in page
    assert "参考模型" in page


def _deviation(level: str, *clauses: str) -> Deviation:
    return Deviation(rule="R-X", level=level, text="t", source="s", clauses=clauses, why="w",
                     expected="9000", received="6A82", command="00A40400")  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "level", "clause", "fails"),
    [
        (Verdict.PASS, "must", "CL-SEL-001", True),
        (Verdict.INCONCLUSIVE, "must", "CL-SEL-001", True),
        (Verdict.ERROR, "must", "CL-SEL-001", False),
        (Verdict.FAIL, "must", "CL-SEL-001", False),
        (Verdict.PASS, "should", "CL-SEL-001", False),
        (Verdict.PASS, "observed", "CL-SEL-001", False),
        (Verdict.PASS, "must", "CL-BAL-001", False),
    ],
)
def test_what_overrules_a_verdict(
    verdict: Verdict, level: str, clause: str, *, fails: bool
) -> None:
    found = Modelled(deviations=(_deviation(level, clause),))
    assert (overruled(verdict, found, ("CL-SEL-001",)) is not None) is fails


@pytest.mark.parametrize(
    ("level", "clause", "fails"),
    [
        ("must", "CL-BAL-001", True),
        ("observed", "CL-SEL-001", True),
        ("observed", "CL-BAL-001", False),
        ("project", "CL-SEL-001", False),
        ("ignored", "CL-SEL-001", False),
        ("answered", "CL-SEL-001", False),
    ],
)
def test_what_overrules_a_sweep(level: str, clause: str, *, fails: bool) -> None:
    found = Modelled(deviations=(_deviation(level, clause),))
    broken = overruled(Verdict.PASS, found, ("CL-SEL-001",), swept=True)
    assert (broken is not None) is fails


def test_a_model_that_fails_is_no_fault_of_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_words: object) -> None:
        raise ZeroDivisionError("of its own, near 3104870300000000017")

    monkeypatch.setattr(room, "walk", broken)
    run = _run("sim:dual", "C-0401")
    assert run.model is not None
    assert run.model.failed == "ZeroDivisionError: of its own, near 310487*********0017"
    assert run.exit_code == SOME_UNPROVEN
    page = render(run)
    assert "ZeroDivisionError: of its own" in page
    assert "参考模型自身出错" in page
    assert "Every applicable case passes." not in page
    assert all(result.verdict is not Verdict.FAIL for result in run.results)


def test_a_recording_is_told_of_and_does_not_fail_by_it() -> None:
    read = "805C000204"
    trace = s.trace_of((s.SELECT_EP.hex(), s.FCI), (read, "0000000A9000"), (read, "0000000B9000"))
    plan = RunPlan(cases=(), ics=forms.load("dual"), clock=time.monotonic, now=lambda: "",
                   keys=KeyRing(test_keys=False))  # fmt: skip
    run = judge_trace(trace, plan, "t")
    assert run.model is not None
    assert [(found.rule, found.case) for found in run.model.deviations] == [("R-BAL", "")]
    assert run.exit_code != SOME_FAIL
