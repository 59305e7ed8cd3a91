"""Alignment: everything once and in order, equal things paired, bounded effort."""

from __future__ import annotations

import tracemalloc
from random import Random  # noqa: TID251 - seeded in each test

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.rework import align as module
from ykt_sim.rework.align import Marks, align, marks

KEYS = st.lists(st.sampled_from("abcd"), max_size=60)
#: (kind, contents) of an event.
EVENTS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3)), max_size=60)
Event = tuple[str, int]


def of(events: list[Event], telling: str = "") -> Marks:
    found = Marks()
    for kind, contents in events:
        found.add(kind, (kind, contents), telling=kind in telling)
    return found


def pairs(a: str | list[str], b: str | list[str]) -> list[module.Pair]:
    return list(align(marks(a), marks(b)))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that short lists meet, so that every way of aligning is gone."""
    monkeypatch.setattr(module, "CELLS", 20)
    monkeypatch.setattr(module, "WINDOW", 8)
    monkeypatch.setattr(module, "MAX_EDITS", 6)


def whole(found: list[module.Pair], a: int, b: int) -> None:
    assert [i for i, _ in found if i is not None] == list(range(a))
    assert [j for _, j in found if j is not None] == list(range(b))
    assert (None, None) not in found


@settings(deadline=None)
@given(EVENTS, EVENTS, st.sampled_from(["", "a", "abcd"]))
def test_everything_once_and_in_order(a: list[Event], b: list[Event], telling: str) -> None:
    whole(list(align(of(a, telling), of(b, telling))), len(a), len(b))


@pytest.mark.usefixtures("small")
def test_everything_once_and_in_order_where_limits_are_met() -> None:
    rng = Random(1)  # noqa: S311 - seeded
    for _ in range(500):
        a = [(rng.choice("abcd"), rng.randrange(20)) for _ in range(rng.randrange(60))]
        b = [event for event in a if rng.random() < 0.8]
        b[rng.randrange(len(b) + 1) :] = [(rng.choice("abcd"), 1) for _ in range(rng.randrange(9))]
        whole(list(align(of(a, "a"), of(b, "a"))), len(a), len(b))


@settings(deadline=None)
@given(KEYS)
def test_the_same_is_paired(a: list[str]) -> None:
    assert pairs(a, a) == [(i, i) for i in range(len(a))]


@settings(deadline=None)
@given(KEYS, st.integers(0, 60), KEYS.filter(lambda keys: len(keys) < 20))
def test_what_was_put_in_stands_alone(a: list[str], at: int, new: list[str]) -> None:
    """New events of their own kind pair with nothing, all others stay together."""
    at = min(at, len(a))
    b = [*a[:at], *(key.upper() for key in new), *a[at:]]
    alone = [j for i, j in pairs(a, b) if i is None]
    assert alone == list(range(at, at + len(new)))


def test_one_in_place_of_another_is_a_pair() -> None:
    assert pairs("abc", "axc") == [(0, 0), (1, 1), (2, 2)]


def test_two_that_changed_places_are_one_moved() -> None:
    assert sum(None in pair for pair in pairs("abcdef", "abdcef")) == 2


def test_contents_say_which_of_several_like_it_is_missing() -> None:
    taps = [[(kind, number) for kind in "abcde"] for number in range(10)]
    a = [event for tap in taps for event in tap]
    b = [event for tap in (*taps[:3], *taps[4:]) for event in tap]
    assert [i for i, j in align(of(a), of(b)) if j is None] == [15, 16, 17, 18, 19]


# -- the fewest things to say -------------------------------------------------------------

#: What it costs to say that bytes differ, that one stands alone, that another is in its place.
BYTES, ALONE, INSTEAD = 1, 2, 3


def weight(one: Event, other: Event) -> int:
    if one == other:
        return 0
    return BYTES if one[0] == other[0] else INSTEAD


def least(a: list[Event], b: list[Event]) -> int:
    """The least that can be said of all ways to pair, tried by brute force."""
    row = [ALONE * count for count in range(len(b) + 1)]
    for number, one in enumerate(a, 1):
        above, row = row, [ALONE * number]
        for place, other in enumerate(b):
            row.append(
                min(above[place] + weight(one, other), above[place + 1] + ALONE, row[-1] + ALONE)
            )
    return row[-1]


def said(a: list[Event], b: list[Event], found: list[module.Pair]) -> int:
    return sum(ALONE if i is None or j is None else weight(a[i], b[j]) for i, j in found)


@settings(deadline=None, max_examples=300)
@given(EVENTS, EVENTS)
def test_no_way_to_pair_says_less(a: list[Event], b: list[Event]) -> None:
    assert said(a, b, list(align(of(a), of(b)))) == least(a, b)


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        # One of its kind with other bytes is its pair, and what has no kin stands alone.
        ("a1 b1 c1", "a1 b2 c1", [(0, 0), (1, 1), (2, 2)]),
        ("a1 b1", "b2", [(0, None), (1, 0)]),
        ("b2", "a1 b1", [(None, 0), (0, 1)]),
        ("a1 a2", "a2", [(0, None), (1, 0)]),
        ("a2", "a1 a2", [(None, 0), (0, 1)]),
        # The same bytes come before the same kind, wherever they stand.
        ("a1 a2 a3", "a3", [(0, None), (1, None), (2, 0)]),
        ("a1 a2 a3", "a1", [(0, 0), (1, None), (2, None)]),
        ("a1 b1 a2", "a2 b2", [(0, 0), (1, 1), (2, None)]),
        ("x1", "y1", [(0, 0)]),
        ("", "a1", [(None, 0)]),
        ("a1", "", [(0, None)]),
    ],
)
def test_who_is_whose_pair(a: str, b: str, found: list[module.Pair]) -> None:
    one, other = ([(word[0], int(word[1])) for word in text.split()] for text in (a, b))
    assert list(align(of(one), of(other))) == found


def test_a_telling_moment_is_a_pair_although_that_says_more() -> None:
    """Chance does not repeat it: what stands around it has moved."""
    a, b = [("r", 7), *[("a", n) for n in range(9)]], [*[("a", n) for n in range(9)], ("r", 7)]
    assert (0, 9) in list(align(of(a, "r"), of(b, "r")))
    assert (0, 9) not in list(align(of(a), of(b)))
    twice = [*b, ("r", 7)]
    assert list(align(of(a, "r"), of(twice, "r"))) == list(align(of(a), of(twice)))


# -- as many differences as there are edits ---------------------------------------------


def cost(a: list[Event], b: list[Event], found: list[module.Pair]) -> int:
    """Events that stand alone, or stand beside one that is not the same."""
    return sum(i is None or j is None or a[i] != b[j] for i, j in found)


def taps(rng: Random, count: int, *, fresh: bool) -> list[Event]:
    """Taps of twelve events, in ``fresh`` ones half of the contents are new each time."""
    return [
        (kind, rng.getrandbits(60) if fresh and kind in "fghijk" else kinds)
        for _ in range(count)
        for kinds, kind in enumerate("abcdefghijkl")
    ]


def edited(rng: Random, a: list[Event], edits: int, how: str) -> list[Event]:
    b = list(a)
    for _ in range(edits):
        at = rng.randrange(len(b) - 1)
        word = rng.choice(how)
        if word == "d":
            del b[at]
        elif word == "i":
            b.insert(at, (rng.choice("abcdefghijkl"), rng.getrandbits(60)))
        else:
            b[at], b[at + 1] = b[at + 1], b[at]
    return b


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32),
    edits=st.integers(1, 25),
    how=st.sampled_from(["d", "i", "s", "dis"]),
    fresh=st.booleans(),
)
def test_few_edits_are_few_differences(seed: int, edits: int, how: str, *, fresh: bool) -> None:
    rng = Random(seed)  # noqa: S311 - seeded
    a = taps(rng, rng.randrange(5, 60), fresh=fresh)
    b = edited(rng, a, edits, how)
    found = list(align(of(a, "fghijk" if fresh else ""), of(b, "fghijk" if fresh else "")))
    whole(found, len(a), len(b))
    assert cost(a, b, found) <= (3 if "s" in how else 1) * edits


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("edits", [2, 10, 400])
def test_as_many_in_a_long_trace(edits: int, *, fresh: bool) -> None:
    """A hundred thousand events; without telling moments as well."""
    rng = Random(edits)  # noqa: S311 - seeded
    a = taps(rng, 8400, fresh=fresh)
    b = edited(rng, a, edits, "di")
    sides = [of(one, "fghijk" if fresh else "") for one in (a, b)]
    found = list(align(*sides))
    whole(found, len(a), len(b))
    assert cost(a, b, found) <= edits


def test_memory_is_a_few_numbers_for_each_event() -> None:
    rng = Random(3)  # noqa: S311 - seeded
    a = taps(rng, 2500, fresh=True)
    sides = [of(one, "fghijk") for one in (a, edited(rng, a, 50, "dis"))]
    tracemalloc.start()
    for _ in align(*sides):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500 * len(a)


def test_a_whole_part_is_missing_from_a_log_without_telling_moments() -> None:
    rng = Random(7)  # noqa: S311 - seeded
    a = [("a", rng.getrandbits(60)) for _ in range(5000)]
    b = a[:1000] + a[1700:]
    found = list(align(of(a), of(b)))
    assert cost(a, b, found) == 700


# -- effort ----------------------------------------------------------------------------


class Weighed:
    """Counts the pairs of events that are weighed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cells = 0
        real = module._weighed

        def counting(a: Marks, b: Marks, left: range, right: range) -> list[module.Pair]:
            self.cells += len(left) * len(right)
            return real(a, b, left, right)

        monkeypatch.setattr(module, "_weighed", counting)


def test_effort_grows_with_the_length_and_not_with_its_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worst there is: nothing in common."""
    weighed = Weighed(monkeypatch)
    efforts = []
    for size in (1000, 4000):
        weighed.cells = 0
        a = [("a", n) for n in range(size)]
        b = [("b", n) for n in range(size)]
        assert len(list(align(of(a, "ab"), of(b, "ab")))) >= size
        efforts.append(weighed.cells)
    assert 0 < efforts[1] <= 5 * efforts[0]


def test_the_end_of_one_trace_ends_no_pair() -> None:
    """What is last stands in place of what is last."""
    assert pairs("ac", "bab") == [(None, 0), (0, 1), (1, 2)]
