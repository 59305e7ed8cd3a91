"""The state machine: which commit follows which INITIALIZE, and what breaks it off."""

from __future__ import annotations

import pytest

from tests.card.reference import TERMINAL, TUNION_KEYS, Wallet
from tests.card.support import EP, new_card
from ykt_sim.card.states import Session, State
from ykt_sim.card.tables import PURSE
from ykt_sim.codes import INS

OPERATIONS = ("load", "purchase", "composite", "unload", "overdraft")
COMMIT = {
    "load": "52",
    "purchase": "54",
    "composite": "54",
    "unload": "54",
    "overdraft": "58",
}


def wallet() -> Wallet:
    talk = new_card("tunion", balance=5000)
    talk.ok(EP)
    return Wallet(talk, TUNION_KEYS)


@pytest.mark.parametrize("begun", OPERATIONS)
@pytest.mark.parametrize("finished", OPERATIONS)
def test_only_the_matching_commit_is_taken(begun: str, finished: str) -> None:
    purse = wallet()
    other = purse.begin(finished, 7).commit
    own = purse.begin(begun, 7)
    sw = purse.talk(other)[-4:]
    if begun == finished:
        assert sw == "9302", "the commit of an earlier INITIALIZE: another random"
    elif COMMIT[begun] != COMMIT[finished]:
        assert sw == "6901"
    elif {begun, finished} == {"purchase", "composite"}:
        assert sw == "9302", "same command, another type under the MAC"
    else:
        assert sw == "6A86", "DEBIT with the other kind's P1"
    assert purse.talk(own.commit) == "6901", "a refused commit ends the transaction"
    assert purse.balance() == 5000


@pytest.mark.parametrize("begun", OPERATIONS)
def test_initialize_enters_from_any_state(begun: str) -> None:
    for second in OPERATIONS:
        purse = wallet()
        first = purse.begin(begun, 7)
        purse.do(second, 7)
        assert purse.talk(first.commit) == "6901"


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "between",
    ["805C000204", "805C030204", "00B0950000", "00B201C400", "80B400D002270100", "0084000004"],
)
def test_questions_keep_the_transaction_open(operation: str, between: str) -> None:
    purse = wallet()
    pending = purse.begin(operation, 7)
    purse.talk.ok(between)
    purse.finish(pending)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "between",
    [
        EP,
        "00A40000020015",
        "805A000600000108",
        "805A0006020001",
        "0020000006313233343536",
        "00B2FFC400",
        "FF00000000",
        "00",
        "805200000B" + "00" * 10,
        f"80500102 0B 02 00000001 {TERMINAL}",
        f"80500102 0B 01 7FFFFFFF {TERMINAL}",
    ],
)
def test_everything_else_ends_it(operation: str, between: str) -> None:
    purse = wallet()
    pending = purse.begin(operation, 7)
    purse.talk(between)
    assert purse.talk(pending.commit) == "6901"
    assert purse.balance() == 5000


def test_a_commit_is_taken_once() -> None:
    for operation in OPERATIONS:
        purse = wallet()
        pending = purse.do(operation, 7)
        assert purse.talk(pending.commit) == "6901"


def test_abandoned_initialize_costs_nothing() -> None:
    """Readers send INITIALIZE FOR LOAD just to see the online counter."""
    purse = wallet()
    before = purse.talk.card.snapshot()
    for _ in range(5):
        for operation in OPERATIONS:
            assert purse.begin(operation, 1).number == 1
    assert purse.talk.card.snapshot() == before
    purse.do("purchase", 1)


def test_session_is_new_after_reset() -> None:
    assert Session().state is State.IDLE
    assert Session().transaction is None
    assert Session().directory_lock is None
    assert not Session().pin_verified


def test_every_state_answers_every_instruction_it_does_not_commit() -> None:
    commits = {INS.CREDIT_FOR_LOAD, INS.DEBIT, INS.UPDATE_OVERDRAFT}
    known = set(PURSE)
    table = {(state, ins) for ins, row in PURSE.items() for state in row.handlers}
    for state in State:
        assert {ins for at, ins in table if at is state} | commits == known
    rows = {(state, ins) for state, ins in table if ins in commits}
    assert rows == {
        (State.LOAD, INS.CREDIT_FOR_LOAD),
        (State.PURCHASE, INS.DEBIT),
        (State.COMPOSITE, INS.DEBIT),
        (State.UNLOAD, INS.DEBIT),
        (State.OVERDRAFT, INS.UPDATE_OVERDRAFT),
    }
