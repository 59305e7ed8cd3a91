"""The cards' zoo: every deviation is killed by the declared cases for the declared reason."""

from __future__ import annotations

import time
from functools import cache

import pytest

from ykt_conformance.cases.case import Case
from ykt_conformance.cases.registry import cases
from ykt_conformance.ics import form as ics
from ykt_conformance.ics.form import IcsFile
from ykt_conformance.judge.results import RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.card import run_card
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import open_target
from ykt_conformance.zoo.card.table import CHAPTERS, MUTANTS
from ykt_conformance.zoo.entry import CardMutant
from ykt_conformance.zoo.torn import TORN
from ykt_sim.bench.make import deviations
from ykt_sim.faults.card import table as faults

KNOWN = {case.id: case for case in cases("card")}


@cache
def form(name: str) -> IcsFile:
    return ics.load(name)


def run(target: str, profile: str, chosen: tuple[Case, ...]) -> RunResult:
    plan = RunPlan(cases=chosen, ics=form(profile), clock=time.monotonic, now=lambda: "", seed=5)
    return run_card(open_target(target), plan)


def test_there_are_enough_of_them() -> None:
    assert len(deviations("card")) >= 58


def test_every_deviation_is_declared_once() -> None:
    assert [mutant.name for mutant in MUTANTS].count("no-journal") == 1
    swept = {one.name for one in TORN if one.room == "card"}
    assert {mutant.name for mutant in MUTANTS} | swept == set(deviations("card"))
    places = [(mutant.name, mutant.profile) for mutant in MUTANTS]
    assert sorted(set(places)) == sorted(places)


def test_a_chapter_holds_the_faults_of_the_chapter_of_its_name() -> None:
    declared = {
        chapter.__name__.rpartition(".")[2]: {mutant.name for mutant in chapter.MUTANTS}
        for chapter in CHAPTERS
    }
    swept = {one.name for one in TORN if one.room == "card"}
    assert declared == {
        chapter.__name__.rpartition(".")[2]: {fault.name for fault in chapter.FAULTS} - swept
        for chapter in faults.CHAPTERS
    }


def test_every_case_is_killed_by_some_deviation() -> None:
    assert {case_id for mutant in MUTANTS for case_id in mutant.kills} == set(KNOWN)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.target)
def test_a_deviation_is_killed(mutant: CardMutant) -> None:
    assert mutant.kills
    assert all(len(reason) > 9 for reason in mutant.kills.values())
    chosen = tuple(KNOWN[case_id] for case_id in mutant.kills)
    for result in run(mutant.target, mutant.profile, chosen).results:
        told = f"{result.id} {result.verdict}: {result.reason}"
        assert result.verdict is Verdict.FAIL, told
        assert mutant.kills[result.id] in result.reason, told
        assert result.fault is not None


@pytest.mark.parametrize("profile", sorted({mutant.profile for mutant in MUTANTS}))
def test_the_same_cases_hold_on_a_sound_card(profile: str) -> None:
    wanted = {
        case_id for mutant in MUTANTS if mutant.profile == profile for case_id in mutant.kills
    }
    chosen = tuple(case for case in cases("card") if case.id in wanted)
    for result in run(f"sim:{profile}", profile, chosen).results:
        assert result.verdict is Verdict.PASS, f"{result.id} {result.verdict}: {result.reason}"
