"""Time stamps that turn over, and exact ones."""

from __future__ import annotations

from fractions import Fraction

from ykt_sim.trace.readers.ticks import Stamps, Ticks


def test_ticks_turn_over() -> None:
    clock = Ticks(1000)
    counts = [2**32 - 1000, 2**32 - 500, 0, 1000, 2**31 + 5000, 500]
    times = [clock.seconds(count) for count in counts]
    assert times == [0.0, 0.5, 1.0, 2.0, 2147489.648, 4294968.796]


def test_a_small_step_back_is_no_turn() -> None:
    clock = Ticks(1000)
    assert [clock.seconds(count) for count in (5000, 6000, 5500, 4600)] == [0.0, 1.0, 0.5, 0.0]


def test_a_turn_of_another_length() -> None:
    clock = Ticks(10, 1000)
    assert [clock.seconds(count) for count in (990, 5)] == [0.0, 1.5]


def test_stamps_are_exact() -> None:
    stamps = Stamps()
    assert stamps.seconds(Fraction(1_700_000_000_000_000_001, 10**9)) == 0.0
    assert stamps.seconds(Fraction(1_700_000_000_000_000_003, 10**9)) == 2e-9
    assert stamps.seconds(Fraction(1)) == 0.0


def test_counted_stamps_are_as_exact_as_fractions() -> None:
    begin = 1_700_000_000_000_000_001
    for rates in ([10**9] * 3, [10**9, 10**6, 10**9], [3, 7, 2**40]):
        counted, exact = Stamps(), Stamps()
        for step, rate in enumerate(rates):
            count = begin * rate // 10**9 + step * 3
            assert counted.counted(count, rate) == exact.seconds(Fraction(count, rate))
