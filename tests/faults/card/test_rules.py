"""Every rule of a card has a fault, or it says here why none replaces it."""

from __future__ import annotations

import inspect
from functools import cache
from types import MappingProxyType

import pytest

from tests.faults.card.test_table import replaced
from ykt_sim.card.rules import RULES, Rules
from ykt_sim.faults.card import FAULTS
from ykt_sim.faults.card.fault import Rule

#: Rules that a fault breaks from further outside: rule to the name of that fault.
OUTSIDE = MappingProxyType({
    "selection.parameters": "select-any-parameters",
    "selection.name_length": "long-names-cut",
    "files.short_id": "read-bits-ignored",
    "files.offset": "offset-not-checked",
    "files.length": "binary-one-short",
    "records.mode": "read-bits-ignored",
    "records.plain": "cache-outside-composite",
    "messaging.locks": "line-mac-never-locks",
    "balance.kind": "balance-any-parameters",
    "balance.amount": "balance-any-parameters",
    "balance.answer_length": "le-not-checked",
    "balance.answer": "p1-03-zero",
    "initialize.operation": "p1p2-not-checked",
    "initialize.kind": "p1p2-not-checked",
    "initialize.answer_length": "le-not-checked",
    "initialize.overdraft": "overdraft-everywhere",
    "initialize.pin": "load-without-pin",
    "initialize.key": "any-key-index",
    "initialize.purchase_answer": "balance-in-yuan",
    "initialize.load_answer": "mac1-zero",
    "initialize.overdraft_answer": "mac1-zero",
    "commit.mac2": "mac2-repeats-mac1",
    "money.covered": "insufficient-6985",
    "proof.answer": "proof-tac-first",
})  # fmt: skip

#: Rules made of others that have faults: rule to one of these.
MADE_OF = MappingProxyType({
    "commit.online_tac": "counter_in_tac",
    "commit.overdraft_tac": "limit_in_tac",
    "commit.purchase_tac": "type_in_tac",
    "money.loaded": "repaid",
    "money.limited": "new_limit",
    "money.unloaded": "unloadable",
})  # fmt: skip

#: Rules without a fault, and why.
WITHOUT = MappingProxyType({
    "initialize.counter": "no case makes 65535 transactions on a real card",
    "initialize.online_session": "any other session key is no card: no host could load it at all",
    "commit.answer_length": "readers differ in the Le they send, so no case asks for it",
    "commit.transaction_mac": "any other MAC is no card: no terminal could pay with it at all",
    "commit.overdraft_mac": "any other MAC is no card: no host could set a limit at all",
    "proof.parameters": "only the length of the number is asked for by a case",
})  # fmt: skip


def rules() -> dict[str, list[str]]:
    """Chapter to its rules."""
    return {
        chapter: [
            name
            for name, _ in inspect.getmembers(type(getattr(RULES, chapter)), inspect.isfunction)
            if not name.startswith("_")
        ]
        for chapter in Rules.__struct_fields__
    }


ALL = [f"{chapter}.{name}" for chapter, names in rules().items() for name in names]


@cache
def with_a_fault() -> frozenset[str]:
    of = {type(getattr(RULES, chapter)): chapter for chapter in Rules.__struct_fields__}
    places = [fault.place for fault in FAULTS.values() if isinstance(fault.place, Rule)]
    return frozenset(
        f"{of[chapter]}.{name}"
        for place in places
        for chapter, name in replaced(place.by)
        if chapter in of
    )


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_has_a_fault_or_an_excuse(rule: str) -> None:
    stands = [rule in with_a_fault(), rule in OUTSIDE, rule in MADE_OF, rule in WITHOUT]
    assert stands.count(True) == 1, f"{rule}: replaced, outside, made of, without: {stands}"


def test_excuses_are_for_rules_and_name_faults() -> None:
    assert set(OUTSIDE) | set(MADE_OF) | set(WITHOUT) <= set(ALL)
    assert set(OUTSIDE.values()) <= set(FAULTS)
    made_of = {f"{rule.partition('.')[0]}.{part}" for rule, part in MADE_OF.items()}
    assert made_of <= with_a_fault()


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_says_what_it_is_and_its_source(rule: str) -> None:
    chapter, _, name = rule.partition(".")
    told = inspect.getdoc(getattr(type(getattr(RULES, chapter)), name)) or ""
    assert "[" in told, f"{rule} names no source"


def test_chapters_have_no_state() -> None:
    for chapter in Rules.__struct_fields__:
        assert not vars(getattr(RULES, chapter))
        own = vars(type(getattr(RULES, chapter)))
        assert all(callable(value) for name, value in own.items() if not name.startswith("__"))
