"""Randomness, real or repeatable."""

from __future__ import annotations

from ykt_sim.bench.chance import rng


def test_with_a_seed_always_the_same() -> None:
    first, second, other = rng(1), rng(1), rng(2)
    said = [first(8), first(8)]
    assert said == [second(8), second(8)]
    assert said[0] != said[1]
    assert other(8) != said[0]


def test_without_one_never() -> None:
    assert rng(None)(16) != rng(None)(16)
