"""Every mistake with every code is named, and nothing that gives other bytes."""

from __future__ import annotations

import pytest

from tests.meaning.explain.matrix import doubles, singles, strangers, table
from tests.meaning.explain.transactions import OPERATIONS, Draw, Maker
from ykt_sim.meaning.explain.keybox import KeyBox
from ykt_sim.meaning.explain.search import Search, explain
from ykt_sim.meaning.keyring import KeyRing

TRANSACTIONS = 100
PAIRED = 2
#: Codes in which nothing can stay as it was.
ALWAYS_OTHER = {"auth", "auth8", "encipher", "decipher", "mac"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_mistake_gives_what_the_sheets_say_and_is_named(operation: str) -> None:
    rows = singles(operation, TRANSACTIONS)
    for row in rows.values():
        assert row.transactions == TRANSACTIONS
        assert min(row.named.values()) > 0
    assert any(row.inert for row in rows.values()) or operation in ALWAYS_OTHER


@pytest.mark.parametrize("operation", OPERATIONS)
def test_two_mistakes_give_what_the_sheets_say(operation: str) -> None:
    assert min(doubles(operation, PAIRED).values()) > 10


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


def test_a_code_whose_key_is_not_known_is_said_to_be_so() -> None:
    due = next(iter(Maker(7).make("purchase").dues()))[0]
    assert due.inputs is not None
    unknown = Search(due.inputs, KeyBox(KeyRing(test_keys=False), {}), ())
    found = explain(unknown, bytes(4))
    assert (found.inputs, found.received, found.expected) == (due.inputs, bytes(4), None)
    assert (found.fits, found.tried) == ((), 0)


def test_a_random_code_is_explained_by_nothing() -> None:
    """Ten thousand codes, each against all mistakes and pairs of a transaction of its own kind."""
    assert strangers(100) == (10_000, 0)
