"""Every card at every terminal ends as the table says, and a wrong end is noticed."""

from __future__ import annotations

import msgspec
import pytest

from ykt_sim.bench import demo as matrix
from ykt_sim.profiles.cards import card_profile_names
from ykt_sim.profiles.terminals import terminal_profile_names

PAIRS = len(card_profile_names()) * len(terminal_profile_names())


@pytest.fixture(scope="module")
def pairs():
    plan = matrix.load_demo()
    return list(matrix.run_demo(plan, seed=1, done=lambda _name, _card: None))


def test_the_table_covers_all_cards_and_terminals():
    plan = matrix.load_demo()
    assert sorted(plan.cards) == sorted(card_profile_names())
    assert sorted(stop.name for stop in plan.terminal) == sorted(terminal_profile_names())
    for stop in plan.terminal:
        assert sorted(stop.expect) == sorted(plan.cards)


def test_every_pair_ends_as_expected(pairs):
    assert len(pairs) == PAIRS
    assert [(pair.card, pair.terminal, pair.problem) for pair in pairs if pair.problem] == []


def test_terminal_numbers_never_repeat(pairs):
    serials = {}
    for pair in pairs:
        record = pair.result.clearing
        if record is not None and record.kind == "purchase":
            serials.setdefault(pair.terminal, []).append(record.terminal_serial)
    assert serials
    for found in serials.values():
        assert len(found) == len(set(found)) > 1


def test_a_pair_that_ends_otherwise_is_noticed(pairs):
    paid = next(pair for pair in pairs if pair.ended == "accepted lnt 190")
    change = msgspec.structs.replace
    result = change(paid.result, decision=change(paid.result.decision, amount=1))
    for changed in (
        matrix.DemoPair(**{**vars(paid), "expected": "refused 2449"}),
        matrix.DemoPair(**{**vars(paid), "expected": "accepted lnt 1", "result": result}),
        matrix.DemoPair(**{**vars(paid), "moved": 0}),
    ):
        assert changed.problem
