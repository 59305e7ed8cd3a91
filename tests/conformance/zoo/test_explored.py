"""A sample of the zoo, by seed: exploration finds it without any declared case."""

from __future__ import annotations

from ykt_conformance.drive.limits import seeded
from ykt_conformance.explore.chance import Chance
from ykt_conformance.zoo.card.table import MUTANTS
from ykt_conformance.zoo.explored import explored, explored_terminals
from ykt_conformance.zoo.terminal import MUTANTS as TERMINALS

#: Found by nobody who does not look at a clock.
_TIMED = ("slow-debit", "reads-on-and-on")


def test_a_sample_of_faulty_cards_is_found() -> None:
    chance = Chance(seeded(1, "sample"))
    known = [mutant for mutant in MUTANTS if mutant.name not in _TIMED]
    sample = [chance.of(known) for _ in range(12)]
    came = list(explored(sample, lambda: 0.0, seed=1, seconds=1.0, steps=30_000))
    assert [one.name for one in came if not one.rule] == []


def test_a_sample_of_faulty_terminals_is_found() -> None:
    chance = Chance(seeded(1, "sample"))
    known = [mutant for mutant in TERMINALS if mutant.name not in _TIMED]
    sample = [chance.of(known) for _ in range(12)]
    came = list(explored_terminals(sample, lambda: 0.0, seed=1, seconds=1.0, steps=3_000))
    assert [one.name for one in came if not one.rule] == []
