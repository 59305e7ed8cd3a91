"""A sample of the zoo, by seed: exploration finds it without any declared case."""

from __future__ import annotations

import pytest

from ykt_conformance.drive.limits import seeded
from ykt_conformance.explore.chance import Chance
from ykt_conformance.zoo.card.table import MUTANTS
from ykt_conformance.zoo.explored import explored, explored_terminal, learnt
from ykt_conformance.zoo.terminal import MUTANTS as TERMINALS

#: Found by nobody who does not look at a clock.
_TIMED = ("slow-debit", "reads-on-and-on")


def test_a_sample_of_faulty_cards_is_found() -> None:
    chance = Chance(seeded(1, "sample"))
    known = [mutant for mutant in MUTANTS if mutant.name not in _TIMED]
    sample = [chance.of(known) for _ in range(12)]
    came = [explored(one, lambda: 0.0, seed=1, seconds=1.0, steps=30_000) for one in sample]
    assert [one.name for one in came if not one.rule] == []


def test_a_sample_of_faulty_terminals_is_found() -> None:
    chance = Chance(seeded(1, "sample"))
    known = [mutant for mutant in TERMINALS if mutant.name not in _TIMED]
    sample = [chance.of(known) for _ in range(12)]
    came = [explored_terminal(one, lambda: 0.0, seed=1, seconds=1.0, steps=3_000) for one in sample]
    assert [one.name for one in came if not one.rule] == []


@pytest.mark.parametrize("name", ["wrong-state-6985", "unknown-name-accepted"])
def test_a_fault_of_the_state_machine_is_learnt(name: str) -> None:
    (mutant,) = (one for one in MUTANTS if one.name == name)
    assert learnt(mutant, lambda: 0.0, seed=1, seconds=1.0).rule
