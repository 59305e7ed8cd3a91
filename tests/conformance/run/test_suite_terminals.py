"""The suite as a whole on our own terminals: every case, live and from the stored trace."""

from __future__ import annotations

import time
from functools import cache

import pytest

from ykt_conformance.cases.registry import cases
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.judging import judge
from ykt_conformance.judge.results import RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.terminal import run_terminal
from ykt_conformance.zoo.run import SOUND
from ykt_sim.profiles.terminals import terminal_profile_names
from ykt_sim.trace.jsonl import read_trace, write_trace

TERMINALS = SOUND["terminal"]


@cache
def run_of(name: str) -> RunResult:
    plan = RunPlan(
        cases=cases("terminal"), ics=ics.load(name), clock=time.monotonic, now=lambda: "", seed=1
    )
    return run_terminal(plan, target=f"sim:{name}")


def test_every_shipped_profile_is_tried() -> None:
    assert set(TERMINALS) == set(terminal_profile_names())


@pytest.mark.parametrize("name", TERMINALS)
def test_our_terminals_pass(name: str) -> None:
    wrong = [
        f"{result.id} {result.verdict} {result.reason}"
        for result in run_of(name).results
        if result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    ]
    assert wrong == []
    assert run_of(name).counts["PASS"] >= 20


@pytest.mark.parametrize("name", TERMINALS)
def test_the_stored_trace_gives_the_same_verdict(name: str) -> None:
    run = run_of(name)
    judged = 0
    for result, case in zip(run.results, cases("terminal"), strict=True):
        if result.trace is None:
            continue
        again = judge(case, read_trace(write_trace(result.trace)), run.ics)
        assert (case.id, again.verdict) == (case.id, result.verdict)
        judged += 1
    assert judged == run.counts["PASS"]
