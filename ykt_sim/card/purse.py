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

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from ykt_sim.card.context import Context, Refusal
from ykt_sim.card.model import MAX_LIMIT, CellKey, CellValue, Key, Money, Proof, PurseState
from ykt_sim.card.states import State, Transaction
from ykt_sim.codes import SW, FileType, KeyType, Purse, TransactionType
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import session_key, tac_key
from ykt_sim.wire import macs
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.files import TransactionRecord

MAX_COUNTER: Final = 0xFFFF
_MAX_BALANCE: Final = 0xFFFFFFFF
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
    operation = OPERATIONS.get(command.p1)
    if operation is None:
        raise Refusal(SW.WRONG_P1P2)
    kind = _purse_kind(context, operation, command.p2)
    if command.le not in (None, 0, operation.answer_length):
        raise Refusal(SW.WRONG_LENGTH)
    purse = context.purse(kind)
    if purse is None:
        raise Refusal(SW.FILE_NOT_FOUND)
    if operation.name == "overdraft":
        request = wire.InitializeOverdraftData.parse(command.data)
        key_index, amount, terminal = request.key_index, 0, request.terminal
        if not purse.overdraft:
            raise Refusal(SW.NOT_SUPPORTED)
    else:
        asked = wire.InitializeData.parse(command.data)
        key_index, amount, terminal = asked.key_index, asked.amount, asked.terminal
    context.demand(purse.use_ac)
    _demand_pin(context, purse, operation.name)
    key = context.key(operation.key_type, key_index)
    if key is None or not context.key_ids(KeyType.TAC):
        raise Refusal(SW.KEY_INDEX)
    context.demand(key.use_ac)
    counter = purse.online if operation.online else purse.offline
    if counter >= MAX_COUNTER:
        raise Refusal(SW.COUNTER_AT_MAXIMUM)
    money = context.money(purse.money)
    _demand_amount(operation.name, purse, money, amount)
    transaction = Transaction(
        type=operation.types[kind],
        kind=kind,
        amount=amount,
        terminal=terminal,
        random=context.rng(4),
        counter=counter,
        key=key.value,
    )
    context.session.transaction = transaction
    if not operation.online:
        return _purchase_answer(money, key, transaction), operation.state
    return _online_answer(operation.name, money, key, transaction), operation.state


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
    if (
        operation in purse.pin_for
        and not context.session.pin_verified
        and context.key_ids(KeyType.PIN)
    ):
        raise Refusal(SW.SECURITY)


def _demand_amount(name: str, purse: PurseState, money: Money, amount: int) -> None:
    if name in ("purchase", "cash", "composite") and amount > money.available:
        raise Refusal(SW.BALANCE_INSUFFICIENT)
    if name == "unload" and amount > money.actual:
        raise Refusal(SW.BALANCE_INSUFFICIENT)
    if name == "load":
        after = _loaded(money, amount)
        if after.actual > purse.ceiling or after.available > _MAX_BALANCE:
            raise Refusal(SW.CONDITIONS)


def _purchase_answer(money: Money, key: Key, transaction: Transaction) -> bytes:
    return wire.InitializePurchaseAnswer.pack(
        balance=money.available,
        counter=transaction.counter,
        overdraft_limit=money.limit,
        key_version=key.version,
        algorithm=key.algorithm,
        random=transaction.random,
    )


def _online_answer(name: str, money: Money, key: Key, transaction: Transaction) -> bytes:
    """Answer of load, unload and overdraft: with MAC1 under the session key."""
    block = macs.LoadSessionInput.pack(random=transaction.random, counter=transaction.counter)
    transaction.session = session_key(key.value, block)
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
            mac1=des.mac(transaction.session, under),
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
        mac1=des.mac(transaction.session, under),
    )


# -- amounts -----------------------------------------------------------------------


def _loaded(money: Money, amount: int) -> Money:
    """A load repays what is overdrawn first."""
    repaid = min(amount, money.overdrawn)
    return Money(money.actual + amount - repaid, money.limit, money.overdrawn - repaid)


def _spent(money: Money, amount: int) -> Money:
    """A purchase spends the actual balance first, then draws on the limit."""
    if amount > money.available:
        raise Refusal(SW.BALANCE_INSUFFICIENT)
    own = min(amount, money.actual)
    return Money(money.actual - own, money.limit, money.overdrawn + amount - own)


# -- commits -----------------------------------------------------------------------


class _Open(NamedTuple):
    """The transaction a commit finishes, with everything it needs."""

    transaction: Transaction
    purse: PurseState
    money: Money
    tac: bytes


def _open(context: Context, command: Command, p1: tuple[int, ...], answer: int) -> _Open:
    if command.p1 not in p1 or command.p2:
        raise Refusal(SW.WRONG_P1P2)
    if command.le not in (None, 0, answer):
        raise Refusal(SW.WRONG_LENGTH)
    transaction = context.session.transaction
    if transaction is None:
        raise Refusal(SW.WRONG_STATE)
    purse = context.purse(transaction.kind)
    ids = context.key_ids(KeyType.TAC)
    key = context.key(KeyType.TAC, ids[0]) if ids else None
    if purse is None or key is None:
        raise Refusal(SW.CONDITIONS)
    return _Open(transaction, purse, context.money(purse.money), tac_key(key.value))


def _demand_mac(expected: bytes, got: bytes) -> None:
    if not hmac.compare_digest(expected, got):
        raise Refusal(SW.MAC_INVALID)


def _log(
    context: Context, purse: PurseState, money: Money, transaction: Transaction, datetime: str
) -> dict[CellKey, CellValue]:
    """The log cell after one more record; empty when the purse's log file does not exist."""
    ef = context.ef(purse.log_fid)
    if ef is None or ef.type != FileType.CYCLIC or ef.record_length != TransactionRecord.SIZE:
        return {}
    record = TransactionRecord.pack(
        counter=transaction.counter + 1,
        overdraft_limit=money.limit,
        amount=transaction.amount,
        type=transaction.type,
        terminal=transaction.terminal,
        date=datetime[:8],
        time=datetime[8:],
    )
    records = (record, *context.records(purse.log_fid))[: ef.max_records]
    return {("data", context.session.df, purse.log_fid): records}


def _commit(
    context: Context,
    opened: _Open,
    money: Money,
    codes: tuple[bytes, bytes],
    datetime: str,
    extra: Mapping[CellKey, CellValue] = MappingProxyType({}),
) -> None:
    """Write amounts, counter, log, proof and ``extra``; one command is one transaction."""
    transaction, purse = opened.transaction, opened.purse
    after = transaction.counter + 1
    proof = Proof(transaction.type, after, *codes)
    online = transaction.type in _ONLINE_TYPES
    context.put(("money", purse.money), money)
    context.put(
        ("purse", context.session.df, transaction.kind),
        msgspec.structs.replace(
            purse,
            online=after if online else purse.online,
            offline=purse.offline if online else after,
            proof=proof,
        ),
    )
    for key, value in _log(context, purse, money, transaction, datetime).items():
        context.put(key, value)
    for key, value in extra.items():
        context.put(key, value)


_ONLINE_TYPES: Final = frozenset((_T.ED_LOAD, _T.EP_LOAD, _T.UNLOAD, _T.OVERDRAFT_UPDATE))


def _transaction_mac(transaction: Transaction, datetime: str) -> bytes:
    return macs.TransactionMacInput.pack(
        amount=transaction.amount,
        type=transaction.type,
        terminal=transaction.terminal,
        datetime=datetime,
    )


def credit_for_load(context: Context, command: Command) -> tuple[bytes, State]:
    """CREDIT FOR LOAD: verify the host's MAC2, add the amount, answer the TAC."""
    opened = _open(context, command, (0x00,), 4)
    data = wire.CreditData.parse(command.data)
    transaction = opened.transaction
    under = _transaction_mac(transaction, data.datetime)
    _demand_mac(des.mac(transaction.session, under), data.mac2)
    money = _loaded(opened.money, transaction.amount)
    tac = des.mac(opened.tac, _online_tac(transaction, money, data.datetime))
    _commit(context, opened, money, (data.mac2, tac), data.datetime)
    return tac, State.IDLE


def _online_tac(transaction: Transaction, money: Money, datetime: str) -> bytes:
    return macs.LoadTacInput.pack(
        balance=money.available,
        counter=transaction.counter,
        amount=transaction.amount,
        type=transaction.type,
        terminal=transaction.terminal,
        datetime=datetime,
    )


def debit_unload(context: Context, command: Command) -> tuple[bytes, State]:
    """DEBIT FOR UNLOAD: verify MAC2, subtract the amount, answer MAC3 (session key)."""
    opened = _open(context, command, (0x03,), 4)
    data = wire.CreditData.parse(command.data)
    transaction = opened.transaction
    under = _transaction_mac(transaction, data.datetime)
    _demand_mac(des.mac(transaction.session, under), data.mac2)
    before = opened.money
    if transaction.amount > before.actual:
        raise Refusal(SW.BALANCE_INSUFFICIENT)
    money = Money(before.actual - transaction.amount, before.limit, before.overdrawn)
    mac3 = des.mac(transaction.session, _online_tac(transaction, money, data.datetime))
    _commit(context, opened, money, (data.mac2, mac3), data.datetime)
    return mac3, State.IDLE


def update_overdraft(context: Context, command: Command) -> tuple[bytes, State]:
    """UPDATE OVERDRAFT LIMIT: 9401 when more is already drawn than the new limit allows."""
    opened = _open(context, command, (0x00,), 4)
    data = wire.OverdraftData.parse(command.data)
    transaction = opened.transaction
    type_ = transaction.type
    under = macs.OverdraftMac2Input.pack(
        limit=data.limit, type=type_, terminal=transaction.terminal, datetime=data.datetime
    )
    _demand_mac(des.mac(transaction.session, under), data.mac2)
    before = opened.money
    if data.limit < before.overdrawn:
        raise Refusal(SW.BALANCE_INSUFFICIENT)
    if opened.purse.ceiling <= MAX_LIMIT < opened.purse.ceiling + data.limit:
        raise Refusal(SW.CONDITIONS)  # A + C <= FFFFFF [LAB]
    money = Money(before.actual, data.limit, before.overdrawn)
    if money.available > _MAX_BALANCE:
        raise Refusal(SW.CONDITIONS)
    under = macs.OverdraftTacInput.pack(
        balance=money.available,
        counter=transaction.counter,
        limit=data.limit,
        type=type_,
        terminal=transaction.terminal,
        datetime=data.datetime,
    )
    tac = des.mac(opened.tac, under)
    _commit(context, opened, money, (data.mac2, tac), data.datetime)
    return tac, State.IDLE


def debit_purchase(context: Context, command: Command) -> tuple[bytes, State]:
    """DEBIT FOR PURCHASE and CASH WITHDRAWAL: verify MAC1, answer TAC || MAC2."""
    return debit(context, command, MappingProxyType({}))


def debit(
    context: Context, command: Command, extra: Mapping[CellKey, CellValue]
) -> tuple[bytes, State]:
    """Spend the initialized amount and write ``extra`` cells in the same transaction."""
    transaction = context.session.transaction
    purse = context.purse(transaction.kind) if transaction else None
    p1 = (0x01, 0x02) if purse is not None and purse.debit_p1_02 else (0x01,)
    opened = _open(context, command, p1, 8)
    data = wire.DebitData.parse(command.data)
    transaction = opened.transaction
    block = macs.PurchaseSessionInput.pack(
        random=transaction.random,
        counter=transaction.counter,
        serial_low=data.terminal_serial[2:],
    )
    session = session_key(transaction.key, block)
    _demand_mac(des.mac(session, _transaction_mac(transaction, data.datetime)), data.mac1)
    money = _spent(opened.money, transaction.amount)
    under = macs.PurchaseTacInput.pack(
        amount=transaction.amount,
        type=transaction.type,
        terminal=transaction.terminal,
        terminal_serial=data.terminal_serial,
        datetime=data.datetime,
    )
    tac = des.mac(opened.tac, under)
    mac2 = des.mac(session, macs.PurchaseMac2Input.pack(amount=transaction.amount))
    _commit(context, opened, money, (mac2, tac), data.datetime, extra)
    return wire.DebitAnswer.pack(tac=tac, mac2=mac2), State.IDLE


# -- questions -----------------------------------------------------------------------


def get_transaction_prove(context: Context, command: Command) -> tuple[bytes, State]:
    """GET TRANSACTION PROVE: MAC2 || TAC of the last commit, by type and number after it."""
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
            return wire.ProveAnswer.pack(mac2=proof.mac2, tac=proof.tac), State.IDLE
    raise Refusal(SW.PROOF_NOT_AVAILABLE)


def get_balance(context: Context, command: Command) -> tuple[bytes, State]:
    """GET BALANCE: P1 00 available .. 05 all where the purse answers them [LAB]; Le 04 or 10."""
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
        return answer, context.session.state
    value = (
        money.actual if purse.p1_00_actual else money.available,
        money.limit,
        money.overdrawn,
        money.actual,
        purse.ceiling,
    )[command.p1]
    if purse.top_bit and command.p1 in (0x00, 0x03):
        value |= _TOP_BIT
    return wire.Balance.pack(balance=value), context.session.state
