"""Verdicts follow from the recordings: judged again, they come out the same."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from ykt_conformance.cases.registry import cases
from ykt_conformance.cases.select import choose
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.results import RunResult
from ykt_conformance.judge.withhold import WITHHELD
from ykt_conformance.run.again import Circumstances, Claim, Judgings, claims_of, judge_again
from ykt_conformance.run.card import run_card
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import open_target
from ykt_sim.trace.model import Note, Trace


@pytest.fixture(scope="module")
def run() -> RunResult:
    target = open_target("sim:dual?deviate=balance-in-yuan")
    plan = RunPlan(
        cases=choose(cases("card"), where='group == "balance"'), ics=ics.load("dual"),
        clock=time.monotonic, now=lambda: "", seed=3,
    )  # fmt: skip
    return run_card(target, plan)


def claims(run: RunResult) -> list[Claim]:
    return [
        Claim(
            one.id, one.id if one.trace is not None else "", one.verdict, one.reason,
            frozenset((found.rule, found.event) for found in one.model.deviations)
            if one.model is not None else frozenset(),
        )
        for one in run.results
    ]  # fmt: skip


def again(run: RunResult, changed: list[Claim], **recordings: Trace) -> Judgings:
    traces = {one.id: one.trace for one in run.results if one.trace is not None}
    how = Circumstances(run.kind, run.keys, fresh=True)
    return judge_again(changed, traces | recordings, {"": run.ics}, how)


def test_they_come_out_the_same(run: RunResult) -> None:
    verdicts = {one.verdict for one in run.results}
    assert {"PASS", "FAIL"} <= verdicts
    found = again(run, claims(run))
    assert (found.differing, found.left, found.judged) == ((), {}, len(run.results))


@pytest.mark.parametrize("verdict", ["PASS", "FAIL", "INCONCLUSIVE", "NOT_APPLICABLE"])
def test_another_verdict_is_named(run: RunResult, verdict: str) -> None:
    changed = [replace(one, verdict=verdict) for one in claims(run) if one.verdict != verdict]
    found = again(run, changed)
    assert (found.judged, len(found.differing)) == (0, len(changed))


def test_another_reason_is_named(run: RunResult) -> None:
    changed = [replace(one, reason=f"{one.reason} or so") for one in claims(run)]
    assert len(again(run, changed).differing) == len(changed)


def test_a_deviation_more_or_less_is_named(run: RunResult) -> None:
    broken = [one for one in claims(run) if one.broken]
    assert broken
    assert len(again(run, [replace(one, broken=frozenset()) for one in broken]).differing) == len(
        broken
    )
    more = replace(broken[0], broken=frozenset({("R-NONE", 3)}))
    assert "judges otherwise by R-" in again(run, [more]).differing[0]


def test_a_changed_answer_is_noticed(run: RunResult) -> None:
    passed = next(one for one in run.results if one.verdict == "PASS")
    assert passed.trace is not None
    shorter = replace(passed.trace, events=passed.trace.events[:2])
    found = again(run, [Claim(passed.id, passed.id, "PASS")], **{passed.id: shorter})
    assert len(found.differing) == 1


def test_what_cannot_be_judged_again_is_counted(run: RunResult) -> None:
    one = next(one for one in run.results if one.trace is not None)
    assert one.trace is not None
    claim = Claim(one.id, one.id, one.verdict)
    hidden = replace(one.trace, events=(*one.trace.events, Note(t=0.0, text=WITHHELD)))
    assert again(run, [claim], **{one.id: hidden}).left == {
        "personal data or PINs were left out of the recording": 1
    }
    how = Circumstances("card", "a key file of the owner's")
    found = judge_again([claim], {one.id: one.trace}, {"": run.ics}, how)
    assert found.left == {"the owner's keys are not here; --keys gives them": 1}
    assert again(run, [replace(claim, case="C-9999")]).left == {"no case of this suite": 1}
    assert "is missing" in again(run, [replace(claim, recording="x")]).differing[0]


def test_claims_of_one_of_several_recordings() -> None:
    found = claims_of(["C-1", "C-2"], "FN", "7", {("C-1", "FAIL"): "so"})
    assert list(found) == [Claim("C-1", "7", "FAIL", "so"), Claim("C-2", "7", "NOT_APPLICABLE")]
