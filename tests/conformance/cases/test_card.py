"""The card cases as a whole: permanent ids, clauses both ways, judges that keep to a subject."""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import Path

import pytest

from ykt_conformance.cases.case import Case
from ykt_conformance.cases.clauses import coverage_problems, load_clauses
from ykt_conformance.cases.registry import cases
from ykt_conformance.ics import expr
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.judging import judge
from ykt_conformance.judge.results import RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.card import run_card
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import CardTarget, open_target
from ykt_sim.trace.model import Trace

CARDS = ("lnt", "tunion", "dual")
HELD = (Verdict.PASS, Verdict.NOT_APPLICABLE)

#: Every id ever given. Add new ones; never take one out or give it another meaning.
IDS = (Path(__file__).parent / "card_ids.txt").read_text("utf-8").split()


@cache
def run_of(name: str, *, kept: bool = False) -> RunResult:
    """A run of all card cases; ``kept``: on one card that is never new again."""
    target = open_target(f"sim:{name}")
    if kept:
        target = CardTarget(f"one {name}", frozenset({"reset", "tear"}), target.open, form=name)
    plan = RunPlan(
        cases=cases("card"), ics=ics.load(name), clock=time.monotonic, now=lambda: "", seed=3
    )
    return run_card(target, plan)


def chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def test_there_are_enough_of_them() -> None:
    assert len(cases("card")) >= 95


def test_ids_are_permanent() -> None:
    assert [case.id for case in cases("card")] == IDS
    assert len(set(IDS)) == len(IDS)


def test_clauses_are_covered_both_ways() -> None:
    clauses = {key: clause for key, clause in load_clauses().items() if clause.subject == "card"}
    assert coverage_problems(cases("card"), clauses) == []
    assert any(clause.excused for clause in clauses.values())


@pytest.mark.parametrize("case", cases("card"), ids=lambda case: case.id)
def test_a_case_says_what_it_is(case: Case) -> None:
    assert re.fullmatch(r"[A-Z0-9][ -~]+[^.]", case.title)
    assert chinese(case.title_zh)
    for name in CARDS:
        expr.evaluate(case.applies, ics.load(name).values)
    for need in case.needs:
        assert need in ("reset", "fresh", "tear") or need.startswith("keys:")


def test_titles_differ() -> None:
    for language in ("title", "title_zh"):
        titles = [getattr(case, language) for case in cases("card")]
        assert sorted(set(titles)) == sorted(titles), language


@pytest.mark.parametrize("name", CARDS)
def test_a_sound_card_holds_all(name: str) -> None:
    run = run_of(name)
    wrong = [f"{r.id} {r.verdict} {r.reason}" for r in run.results if r.verdict not in HELD]
    assert wrong == []


def test_every_case_is_run_on_one_of_our_cards() -> None:
    passed = {r.id for name in CARDS for r in run_of(name).results if r.verdict is Verdict.PASS}
    assert passed == set(IDS)


@pytest.mark.parametrize("name", CARDS)
def test_a_card_that_is_used_all_along_fails_nothing(name: str) -> None:
    """Cases leave the card as they found it, or need a new one each time."""
    run = run_of(name, kept=True)
    for result in run.results:
        if result.verdict is Verdict.INCONCLUSIVE:
            assert "the target cannot give: fresh" in result.reason, result.reason
        else:
            assert result.verdict in HELD, f"{result.id} {result.verdict} {result.reason}"


@pytest.mark.parametrize("name", CARDS)
def test_judges_keep_to_their_subject(name: str) -> None:
    """On what other cases did to a sound card no judge finds a fault."""
    run = run_of(name)
    recorded = [(r.id, r.trace) for r in run.results if r.trace is not None]
    chosen = {case.id: case for case in cases("card")}
    for number, (case_id, _) in enumerate(recorded):
        for other, trace in recorded[number % 7 :: 7]:
            outcome = judge(chosen[case_id], trace, run.ics)
            held = outcome.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)
            assert held, f"{case_id} on {other}: {outcome.verdict} {outcome.reason}"


def test_one_long_recording_holds_as_well() -> None:
    run = run_of("lnt", kept=True)
    traces = [result.trace for result in run.results if result.trace is not None][:70]
    events = tuple(event for trace in traces for event in trace.events)
    long = Trace(header=traces[0].header, events=events)
    for case, result in zip(cases("card"), run.results, strict=True):
        if result.verdict is not Verdict.NOT_APPLICABLE:
            outcome = judge(case, long, run.ics)
            held = outcome.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)
            assert held, f"{case.id} {outcome.verdict} {outcome.reason}"


def test_an_empty_recording_proves_nothing() -> None:
    run = run_of("dual")
    header = next(result.trace for result in run.results if result.trace is not None).header
    for case in cases("card"):
        outcome = judge(case, Trace(header=header, events=()), run.ics)
        assert outcome.verdict is Verdict.INCONCLUSIVE, f"{case.id} {outcome.verdict}"
