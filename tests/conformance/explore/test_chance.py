"""Choices are repeatable, and each as likely as it should be."""

from __future__ import annotations

from collections import Counter

from ykt_conformance.drive.limits import seeded
from ykt_conformance.explore.chance import Chance


def _chance(seed: int = 1) -> Chance:
    return Chance(seeded(seed, "test"))


def test_the_same_seed_draws_the_same() -> None:
    first, second, other = _chance(), _chance(), _chance(2)
    drawn = [first.below(1000) for _ in range(50)]
    assert drawn == [second.below(1000) for _ in range(50)]
    assert drawn != [other.below(1000) for _ in range(50)]


def test_weights_count() -> None:
    chance = _chance()
    drawn = Counter(chance.weighted([(1, "a"), (9, "b"), (0, "c")]) for _ in range(1000))
    assert drawn["c"] == 0
    assert 50 < drawn["a"] < 200


def test_everything_is_drawn() -> None:
    chance = _chance()
    assert {chance.of("abc") for _ in range(100)} == set("abc")
    assert any(chance.one_in(5) for _ in range(100))
