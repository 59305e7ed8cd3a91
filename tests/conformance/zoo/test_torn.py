"""Every fault that is declared for the sweep of cuts is found by it, for the declared rule."""

from __future__ import annotations

import pytest

from ykt_conformance.zoo.run import run_zoo
from ykt_conformance.zoo.torn import TORN, TornMutant, found
from ykt_sim.bench.make import deviations
from ykt_sim.bench.sweep import Plan, Setting, sweep

#: Faults that have cases, and that the books find too: with the rule.
CASES_TOO = {
    "card:no-journal": "B-ATOMIC",
    "card:cache-written-at-once": "B-ATOMIC",
    "card:reset-counts-back": "B-ATOMIC",
    "terminal:torn-accepted": "B-FREE",
    "terminal:torn-forgotten": "B-TWICE",
    "terminal:torn-uncharged-accepted": "B-FREE",
    "terminal:log-ignored": "B-TWICE",
    "terminal:removed-accepted": "B-FREE",
}


def test_there_are_enough_of_them() -> None:
    assert len(TORN) >= 26
    assert {one.room for one in TORN} == {"card", "terminal", "sam"}
    assert len({(one.room, one.name) for one in TORN}) == len(TORN)


def test_every_fault_of_a_psam_is_declared() -> None:
    assert {one.name for one in TORN if one.room == "sam"} == set(deviations("sam"))


@pytest.mark.parametrize("mutant", TORN, ids=lambda one: f"{one.room}:{one.name}")
def test_it_is_found(mutant: TornMutant) -> None:
    assert mutant.rule in found(mutant)


@pytest.mark.parametrize("name", CASES_TOO)
def test_so_are_faults_that_have_cases(name: str) -> None:
    plan = Plan(
        setting=Setting(deviate=(name,)), flows=("tunion-composite",), after=("second",), first=True
    )
    rules = {one.rule.id for came in sweep(plan).broken for one in came.broken}
    assert CASES_TOO[name] in rules


def test_the_zoo_runs_them_with_the_others() -> None:
    came = run_zoo(
        subject="card", only=("journal-not-finished",), clock=lambda: 0.0, now=lambda: ""
    )
    (mutant,) = came.table.mutants
    assert came.problems == ()
    assert mutant.killed_by == mutant.declared == ("B-ATOMIC",)
    assert mutant.target.startswith("ykt tear --flow")


def test_a_rule_that_is_not_broken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = TornMutant("card", "journal-not-finished", "lnt-purchase", "same", "B-TAC")
    monkeypatch.setattr("ykt_conformance.zoo.run.TORN", (wrong,))
    came = run_zoo(subject="card", only=(wrong.name,), clock=lambda: 0.0, now=lambda: "")
    assert came.exit_code == 1
    assert any("B-TAC is not broken" in problem for problem in came.problems)
