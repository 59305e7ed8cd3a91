"""The purse: balance, INITIALIZE, and the commits of load, purchase, cash, unload, overdraft.

Rules from [GM 8.7-8.14] as corrected by real cards (purse facts, section 0):

* log and GET TRANSACTION PROVE carry the counter AFTER a transaction, TAC and MAC3 the
  one before;
* GET TRANSACTION PROVE answers MAC2 || TAC, DEBIT answers TAC || MAC2;
* INITIALIZE does not clear the stored proof, only the next commit replaces it;
* the TAC key is the XOR of the key's halves, also for overdraft updates.

Money in fen. Available balance is B + C - D (actual, overdraft limit, overdrawn); a
purchase first spends B and then draws, a load first repays. A commit writes amounts,
counter, log record and proof together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ykt_sim.card import misbehave_purse as misbehave
from ykt_sim.card.commits import MAX_BALANCE, loaded
from ykt_sim.card.context import Context
from ykt_sim.card.model import Key, Money, PurseState
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import State, Transaction
from ykt_sim.codes import SW, KeyType, Purse, TransactionType
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import session_key
from ykt_sim.wire import macs
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command

MAX_COUNTER: Final = 0xFFFF
_TOP_BIT: Final = 0x80000000


class Operation(NamedTuple):
    """What P1 of INITIALIZE starts: one row per kind of transaction."""

    name: str
    key_type: KeyType
    types: Mapping[int, TransactionType]
    answer_length: int
    state: State
    online: bool


def _types(ed: TransactionType | None, ep: TransactionType | None) -> Mapping[int, TransactionType]:
    pairs = ((Purse.ED, ed), (Purse.EP, ep))
    return MappingProxyType({int(kind): type_ for kind, type_ in pairs if type_ is not None})


_T = TransactionType
OPERATIONS: Final[dict[int, Operation]] = {
    0x00: Operation(
        "load", KeyType.LOAD, _types(_T.ED_LOAD, _T.EP_LOAD), 0x10, State.LOAD, online=True
    ),
    0x01: Operation(
        "purchase",
        KeyType.PURCHASE,
        _types(_T.ED_PURCHASE, _T.EP_PURCHASE),
        0x0F,
        State.PURCHASE,
        online=False,
    ),
    0x02: Operation(
        "cash",
        KeyType.PURCHASE,
        _types(_T.CASH_WITHDRAWAL, None),
        0x0F,
        State.PURCHASE,
        online=False,
    ),
    0x03: Operation(
        "composite",
        KeyType.PURCHASE,
        _types(None, _T.COMPOSITE_PURCHASE),
        0x0F,
        State.COMPOSITE,
        online=False,
    ),
    0x04: Operation(
        "overdraft",
        KeyType.OVERDRAFT,
        _types(_T.OVERDRAFT_UPDATE, _T.OVERDRAFT_UPDATE),
        0x13,
        State.OVERDRAFT,
        online=True,
    ),
    0x05: Operation(
        "unload",
        KeyType.UNLOAD,
        _types(_T.UNLOAD, _T.UNLOAD),
        0x10,
        State.UNLOAD,
        online=True,
    ),
}


def initialize(context: Context, command: Command) -> tuple[bytes, State]:
    """INITIALIZE FOR load, purchase, cash, composite purchase, overdraft update, unload."""
    wrong = context.deviations
    if wrong:
        command = misbehave.initialize(context, command)
    operation = OPERATIONS.get(command.p1)
    if operation is None:
        raise Refusal(SW.WRONG_P1P2)
    kind = _purse_kind(context, operation, command.p2)
    if command.le not in (None, 0, operation.answer_length) and "le-not-checked" not in wrong:
        raise Refusal(SW.WRONG_LENGTH)
    purse = context.purse(kind)
    if purse is None:
        raise Refusal(SW.FILE_NOT_FOUND)
    if operation.name == "overdraft":
        request = wire.InitializeOverdraftData.parse(command.data)
        key_index, amount, terminal = request.key_index, 0, request.terminal
        if not purse.overdraft and "overdraft-everywhere" not in wrong:
            raise Refusal(SW.NOT_SUPPORTED)
    else:
        asked = wire.InitializeData.parse(command.data)
        key_index, amount, terminal = asked.key_index, asked.amount, asked.terminal
    context.demand(purse.use_ac)
    _demand_pin(context, purse, operation.name)
    key = context.key(operation.key_type, 1 if "any-key-index" in wrong else key_index)
    if key is None or not context.key_ids(KeyType.TAC):
        raise Refusal(SW.KEY_INDEX)
    context.demand(key.use_ac)
    counter = purse.online if operation.online else purse.offline
    if counter >= MAX_COUNTER:
        raise Refusal(SW.COUNTER_AT_MAXIMUM)
    money = context.money(purse.money)
    _demand_amount(context, operation.name, purse, money, amount)
    if wrong:
        misbehave.initialized(context, kind, operation)
    transaction = Transaction(
        type=operation.types[kind],
        kind=kind,
        amount=amount,
        terminal=terminal,
        random=context.rng(4),
        counter=counter,
        key=key.value,
    )
    if wrong:
        misbehave.begun(context, transaction)
    context.session.transaction = transaction
    if not operation.online:
        return _purchase_answer(wrong, money, key, transaction), operation.state
    return _online_answer(wrong, operation.name, money, key, transaction), operation.state


def _purse_kind(context: Context, operation: Operation, p2: int) -> int:
    """Which purse P2 means; overdraft update and unload fall to the EP where no ED is."""
    kind = p2
    if operation.name in ("overdraft", "unload") and p2 == Purse.ED:
        kind = p2 if context.purse(Purse.ED) is not None else Purse.EP
    if kind not in operation.types:
        raise Refusal(SW.WRONG_P1P2)
    return kind


def _demand_pin(context: Context, purse: PurseState, operation: str) -> None:
    """6982 when the operation needs a PIN, the directory has one, and it was not presented."""
    wrong = context.deviations
    asked = operation in purse.pin_for and "load-without-pin" not in wrong
    if (
        (asked or (operation == "load" and "load-always-with-pin" in wrong))
        and not context.session.pin_verified
        and context.key_ids(KeyType.PIN)
    ):
        raise Refusal(SW.SECURITY)


def _demand_amount(
    context: Context, name: str, purse: PurseState, money: Money, amount: int
) -> None:
    wrong = context.deviations
    poor = SW.CONDITIONS if "insufficient-6985" in wrong else SW.BALANCE_INSUFFICIENT
    most = money.available - 1 if "last-fen-unspendable" in wrong else money.available
    if name in ("purchase", "cash", "composite") and amount > max(most, 0):
        raise Refusal(poor)
    if name == "unload" and amount > misbehave.unloadable(wrong, money):
        raise Refusal(poor)
    if name == "load" and "ceiling-not-checked" not in wrong:
        after = loaded(wrong, money, amount)
        if "ceiling-one-less" in wrong and after.actual == purse.ceiling:
            raise Refusal(SW.CONDITIONS)
        if after.actual > purse.ceiling or after.available > MAX_BALANCE:
            raise Refusal(SW.CONDITIONS)


def _purchase_answer(
    wrong: frozenset[str], money: Money, key: Key, transaction: Transaction
) -> bytes:
    if wrong:
        return misbehave.purchase_answer(wrong, money, key, transaction)
    return wire.InitializePurchaseAnswer.pack(
        balance=money.available,
        counter=transaction.counter,
        overdraft_limit=money.limit,
        key_version=key.version,
        algorithm=key.algorithm,
        random=transaction.random,
    )


def _online_answer(
    wrong: frozenset[str], name: str, money: Money, key: Key, transaction: Transaction
) -> bytes:
    """Answer of load, unload and overdraft: with MAC1 under the session key."""
    block = macs.LoadSessionInput.pack(random=transaction.random, counter=transaction.counter)
    transaction.session = session_key(key.value, block)
    mac1 = misbehave.mac1 if "mac1-zero" in wrong else des.mac
    if name == "overdraft":
        under = macs.OverdraftMac1Input.pack(
            balance=money.available,
            limit=money.limit,
            type=transaction.type,
            terminal=transaction.terminal,
        )
        return wire.InitializeOverdraftAnswer.pack(
            balance=money.available,
            counter=transaction.counter,
            overdraft_limit=money.limit,
            key_version=key.version,
            algorithm=key.algorithm,
            random=transaction.random,
            mac1=mac1(transaction.session, under),
        )
    under = macs.LoadMac1Input.pack(
        balance=money.available,
        amount=transaction.amount,
        type=transaction.type,
        terminal=transaction.terminal,
    )
    return wire.InitializeLoadAnswer.pack(
        balance=money.available,
        counter=transaction.counter,
        key_version=key.version,
        algorithm=key.algorithm,
        random=transaction.random,
        mac1=mac1(transaction.session, under),
    )


# -- questions -----------------------------------------------------------------------


def get_transaction_prove(context: Context, command: Command) -> tuple[bytes, State]:
    """GET TRANSACTION PROVE: MAC2 || TAC of the last commit, by type and number after it."""
    if context.deviations:
        answer = misbehave.prove(context, command)
        if answer is not None:
            return answer, State.IDLE
    if command.p1:
        raise Refusal(SW.WRONG_P1P2)
    if command.le not in (None, 0, 8):
        raise Refusal(SW.WRONG_LENGTH)
    asked = wire.ProveData.parse(command.data)
    if not any(context.purse(kind) for kind in (Purse.ED, Purse.EP)):
        raise Refusal(SW.FILE_NOT_FOUND)
    for kind in (Purse.EP, Purse.ED):
        purse = context.purse(kind)
        proof = purse.proof if purse else None
        if proof is not None and (proof.type, proof.number) == (command.p2, asked.counter):
            if "proof-tac-first" in context.deviations:
                return proof.tac + proof.mac2, State.IDLE
            return wire.ProveAnswer.pack(mac2=proof.mac2, tac=proof.tac), State.IDLE
    raise Refusal(SW.PROOF_NOT_AVAILABLE)


def get_balance(context: Context, command: Command) -> tuple[bytes, State]:
    """GET BALANCE: P1 00 available .. 05 all where the purse answers them [LAB]; Le 04 or 10."""
    if context.deviations:
        command = misbehave.get_balance(context.deviations, command)
    if command.p2 not in (Purse.ED, Purse.EP):
        raise Refusal(SW.WRONG_P1P2)
    if command.data:
        raise Refusal(SW.WRONG_LENGTH)
    purse = context.purse(command.p2)
    if purse is None:
        raise Refusal(SW.FILE_NOT_FOUND)
    if command.p1 > (0x05 if purse.balance_p1 else 0x00):
        raise Refusal(SW.WRONG_P1P2)
    _demand_pin(context, purse, "balance")
    if command.le not in (0, 0x10 if command.p1 == 0x05 else 0x04):
        raise Refusal(SW.WRONG_LENGTH)
    money = context.money(purse.money)
    if command.p1 == 0x05:
        answer = wire.BalanceAll.pack(
            balance=money.available,
            ceiling=purse.ceiling,
            overdraft_limit=money.limit,
            overdrawn=money.overdrawn,
        )
        if "p1-05-eight-bytes" in context.deviations:
            answer = answer[:8]
        return answer, context.session.state
    without_limit = purse.p1_00_actual or "p1-00-without-limit" in context.deviations
    value = (
        money.actual if without_limit else money.available,
        money.limit,
        money.overdrawn,
        0 if "p1-03-zero" in context.deviations else money.actual,
        purse.ceiling,
    )[command.p1]
    if purse.top_bit and command.p1 in (0x00, 0x03):
        value |= _TOP_BIT
    answer = wire.Balance.pack(balance=value)
    if "balance-three-bytes" in context.deviations:
        answer = answer[1:]
    return answer, context.session.state
