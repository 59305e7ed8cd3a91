"""The terminals' half of the zoo: each deviation dies by the declared cases, for their reason."""

from __future__ import annotations

import pytest

from tests.conformance.terminals import BY_ID, run
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.zoo.terminal import MUTANTS, TerminalMutant
from ykt_conformance.zoo.torn import TORN
from ykt_sim.faults.terminal import FAULTS


def test_every_deviation_is_declared() -> None:
    swept = {one.name for one in TORN if one.room == "terminal"}
    assert {mutant.name for mutant in MUTANTS} | swept == set(FAULTS)
    assert not swept & {mutant.name for mutant in MUTANTS}
    assert len(FAULTS) >= 110


def test_every_case_is_killed_by_a_declared_deviation() -> None:
    assert {case for mutant in MUTANTS for case in mutant.kills} == set(BY_ID)


def test_each_deviation_and_profile_is_declared_once() -> None:
    targets = [mutant.target for mutant in MUTANTS]
    assert len(targets) == len(set(targets))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.target)
def test_it_dies_as_declared(mutant: TerminalMutant) -> None:
    found = run(mutant.target, *mutant.kills)
    for result in found.results:
        assert (result.verdict, result.reason) == (Verdict.FAIL, result.reason), result.id
        assert mutant.kills[result.id] in result.reason
