"""Every mistake with every code is named, and nothing that gives other bytes."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from tests.meaning.explain.transactions import OPERATIONS, ROLES, Draw, Maker
from tests.meaning.explain.wrong import made, names_for, wrong
from ykt_sim.meaning.explain.search import Search, explain

TRANSACTIONS = 100
#: Every so many-th of them is looked up by its code as well.
LOOKED_UP = 10
PAIRED = 2


def table(search: Search, *, pairs: bool = False) -> dict[tuple[str, ...], bytes]:
    """What every try of the engine gives."""
    found = {tuple(one.name for one in t.mistakes): t.code for t in search.single()}
    if pairs:
        found = {tuple(one.name for one in t.mistakes): t.code for t in search.double()}
    return found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_mistake_gives_what_the_sheets_say_and_is_named(operation: str) -> None:
    named: Counter[str] = Counter()
    inert = 0
    for seed in range(TRANSACTIONS):
        tapped = Maker(seed).make(operation)
        left = set(tapped.plans)
        for due, follower, plan in tapped.dues():
            left.discard(due.name)
            right = made(plan)
            assert due.value == right
            search = follower.search(due)
            assert search is not None
            assert search.right == right
            expected, still = {}, 0
            for name in names_for(plan, tapped.around, ROLES):
                code = wrong(plan, name)
                if code is not None and code != right:
                    expected[name,] = code
                still += code == right
            assert table(search) == expected
            assert search.inert == still
            inert += still
            named.update(names[0] for names in expected)
            if seed % LOOKED_UP:
                continue
            alike = defaultdict(set)
            for names, code in expected.items():
                alike[code].add(names)
            chosen = Draw(seed).choice(sorted(expected))
            found = explain(search, expected[chosen], pairs=False)
            fits = {tuple(one.name for one in fit) for fit in found.fits}
            assert fits == alike[expected[chosen]]
            assert chosen in fits
        assert not left
    assert min(named.values()) > 0
    assert inert > 0 or operation in {"auth8", "auth"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_two_mistakes_give_what_the_sheets_say(operation: str) -> None:
    for seed in range(PAIRED):
        tapped = Maker(seed).make(operation)
        for due, follower, plan in tapped.dues():
            search = follower.search(due)
            assert search is not None
            right = made(plan)
            tries = table(search, pairs=True)
            assert len(tries) > 100
            for names, code in tries.items():
                assert wrong(plan, *names) == code, names
                assert code != right


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_pair_is_named_and_what_is_like_it(operation: str) -> None:
    tapped = Maker(7).make(operation)
    for due, follower, _ in tapped.dues():
        search = follower.search(due)
        assert search is not None
        single = set(table(search).values())
        tries = table(search, pairs=True)
        names = Draw(due.name).choice(sorted(n for n, c in tries.items() if c not in single))
        found = explain(search, tries[names])
        fits = [tuple(one.name for one in fit) for fit in found.fits]
        assert set(fits) == {other for other, code in tries.items() if code == tries[names]}
        assert found.pairs


def test_a_random_code_is_explained_by_nothing() -> None:
    """Ten thousand codes, each against all mistakes and pairs of a transaction of its own kind."""
    draw = Draw("codes")
    tried = 0
    for number in range(100):
        tapped = Maker(1000 + number).make(OPERATIONS[number % len(OPERATIONS)])
        due, follower, plan = next(tapped.dues())
        search = follower.search(due)
        assert search is not None
        known = {*table(search).values(), *table(search, pairs=True).values(), made(plan)}
        for _ in range(100):
            tried += 1
            assert draw.raw(len(made(plan))) not in known
    assert tried == 10_000
