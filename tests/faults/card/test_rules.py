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
    "selection.lock": "ppse-no-lockout",
    "files.short_id": "read-bits-ignored",
    "files.offset": "offset-not-checked",
    "files.length": "binary-one-short",
    "records.mode": "read-bits-ignored",
    "records.plain": "cache-outside-composite",
    "records.shape": "cache-length-not-checked",
    "records.replaced": "cache-length-not-checked",
    "records.appends": "trip-overwrites-newest",
    "records.appended": "trip-overwrites-newest",
    "records.by_long_id": "record-2712-missing",
    "messaging.locks": "line-mac-never-locks",
    "pin.reload_mac_wrong": "reload-without-mac",
    "blocking.selected": "blocked-select-9000",
    "blocking.level": "permanent-block-undone",
    "blocking.told": "unblock-never-locks",
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

_ISSUING = (
    "least", "exact", "may_create", "file_id", "directory", "key_file", "purse", "plain_file",
    "room", "may_add", "key_type", "new_key", "may_change", "key", "changed", "key_value",
    "key_room",
)  # fmt: skip

#: Rules without a fault, and why.
WITHOUT = MappingProxyType({
    "order.begun": "the table of commands keeps out what finishes no transaction",
    "parameters.none": "no case gives parameters to a command that has none",
    "parameters.p2_alone": "no case gives P1 to a command that takes P2 alone",
    "parameters.either": "no case sends a PIN's identifier twice",
    "parameters.length": "no case sends these commands with another length",
    "parameters.between": "no case sends these commands with another length",
    "selection.fid": "no case selects by an identifier of another length",
    "files.unknown_tag": "no case asks for a tag that is not there",
    "records.identifiers": "no case asks a fixed or cyclic file for an identifier",
    "records.meant": "no case asks for any but the first of several records",
    "records.le": "readers differ in the Le they send, so no case asks for it",
    "records.ext_data": "no case asks for industry data with a mode, or in another file",
    **{f"issuing.{rule}": "no case issues a card" for rule in _ISSUING},
    "authentication.operation": "no case asks for INTERNAL AUTHENTICATE",
    "authentication.answered": "no case asks for INTERNAL AUTHENTICATE",
    "pin.change": "no case changes a PIN to one that is too short or too long",
    "pin.new": "no case sets a PIN anew that is too short or too long",
    "pin.keeper": "no case is for a card with several keys that set a PIN anew",
    "blocking.tells_fci": "no case asks what data comes with the warning",
    "blocking.file_selected": "no case selects a file of a blocked application",
    "blocking.application": "no case blocks the MF",
    "blocking.parameters": "no case blocks with other parameters",
    "blocking.is_blocked": "no case unblocks what is not blocked",
    "composite.identifier": "no case updates a record that names itself otherwise",
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
