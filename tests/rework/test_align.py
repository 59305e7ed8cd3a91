"""Alignment: everything once and in order, equal things paired, bounded effort."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.rework.align import align

KEYS = st.lists(st.sampled_from("abcd"), max_size=60)


@given(KEYS, KEYS, st.integers(1, 16))
def test_everything_once_and_in_order(a: list[str], b: list[str], window: int) -> None:
    pairs = list(align(a, b, window))
    assert [i for i, _ in pairs if i is not None] == list(range(len(a)))
    assert [j for _, j in pairs if j is not None] == list(range(len(b)))
    assert (None, None) not in pairs


@given(KEYS)
def test_the_same_is_paired(a: list[str]) -> None:
    assert list(align(a, a)) == [(i, i) for i in range(len(a))]


@given(KEYS, st.integers(0, 60), KEYS.filter(lambda keys: len(keys) < 20))
def test_what_was_put_in_stands_alone(a: list[str], at: int, new: list[str]) -> None:
    """New events of their own kind pair with nothing, all others stay together."""
    at = min(at, len(a))
    b = [*a[:at], *(key.upper() for key in new), *a[at:]]
    alone = [j for i, j in align(a, b) if i is None]
    assert alone == list(range(at, at + len(new)))


def test_one_in_place_of_another_is_a_pair() -> None:
    assert list(align("abc", "axc")) == [(0, 0), (1, 1), (2, 2)]


class Counted:
    """A key that counts how often it is compared."""

    compared = 0

    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return isinstance(other, Counted) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def effort(size: int) -> int:
    Counted.compared = 0
    a = [Counted(2 * n) for n in range(size)]
    b = [Counted(2 * n + 1) for n in range(size)]
    assert len(list(align(a, b, 16))) >= size
    return Counted.compared


def test_effort_grows_with_the_length_and_not_with_its_square() -> None:
    small, large = effort(200), effort(2000)
    assert large <= 12 * max(small, 100)


def test_the_end_of_one_trace_ends_no_pair() -> None:
    """The shorter one ends within the window: what is last stands in place of what is last."""
    assert list(align("ac", "bab", 2)) == [(None, 0), (0, 1), (1, 2)]
