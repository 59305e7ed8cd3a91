"""The commits of a purse: load, unload, overdraft update, purchases.

Each verifies the MAC that was agreed on by INITIALIZE (`purse`), moves the amounts, and
writes amounts, counter, log record and proof together. Sources as in `purse`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from ykt_sim.card import misbehave_purse as misbehave
from ykt_sim.card.context import Context
from ykt_sim.card.model import MAX_LIMIT, CellKey, CellValue, Money, Proof, PurseState
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import State, Transaction
from ykt_sim.codes import SW, FileType, KeyType, TransactionType
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import session_key, tac_key
from ykt_sim.wire import macs
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.files import TransactionRecord

#: Balances have four bytes on the wire.
MAX_BALANCE: Final = 0xFFFFFFFF
_T = TransactionType


def loaded(wrong: frozenset[str], money: Money, amount: int) -> Money:
    """A load repays what is overdrawn first."""
    repaid = 0 if "load-repays-nothing" in wrong else min(amount, money.overdrawn)
    return Money(money.actual + amount - repaid, money.limit, money.overdrawn - repaid)


def spent(wrong: frozenset[str], money: Money, amount: int) -> Money:
    """A purchase spends the actual balance first, then draws on the limit."""
    if amount > money.available or (not amount and "zero-amount-refused" in wrong):
        raise Refusal(SW.BALANCE_INSUFFICIENT)
    own = min(amount, money.actual)
    if "limit-spent-first" in wrong:
        own = amount - min(amount, money.limit - money.overdrawn)
    return Money(money.actual - own, money.limit, money.overdrawn + amount - own)


class _Open(NamedTuple):
    """The transaction a commit finishes, with everything it needs."""

    transaction: Transaction
    purse: PurseState
    money: Money
    tac: bytes


def _open(context: Context, command: Command, p1: tuple[int, ...], answer: int) -> _Open:
    if (command.p1 not in p1 or command.p2) and "commit-p1p2-not-checked" not in context.deviations:
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
    tac = key.value[:8] if "tac-key-left-half" in context.deviations else tac_key(key.value)
    return _Open(transaction, purse, context.money(purse.money), tac)


def _demand_mac(context: Context, expected: bytes, got: bytes) -> None:
    if context.deviations:
        expected = misbehave.purse_mac(context, expected, got)
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
    if context.deviations:
        return misbehave.log(context, purse, ef, record)
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
    wrong = context.deviations
    if wrong:
        money = misbehave.committed(context, purse, transaction, opened.money, money)
        proof = misbehave.proof(wrong, purse.proof, transaction, proof)
    context.put(context.money_cell(purse.money, write=True), money)
    moved = msgspec.structs.replace(
        purse,
        online=after if online else purse.online,
        offline=purse.offline if online else after,
        proof=proof,
    )
    if wrong:
        moved = misbehave.counted(wrong, purse, moved, transaction.type)
    context.put(("purse", context.session.df, transaction.kind), moved)
    logged = _log(context, purse, money, transaction, datetime)
    if wrong:
        extra = {**extra, **misbehave.beside(context, transaction, logged)}
    for key, value in logged.items():
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
    if "commit-length-not-checked" in context.deviations:
        command = misbehave.padded(command, wire.CreditData.SIZE)
    data = wire.CreditData.parse(command.data)
    transaction = opened.transaction
    under = _transaction_mac(transaction, data.datetime)
    _demand_mac(context, des.mac(transaction.session, under), data.mac2)
    money = loaded(context.deviations, opened.money, transaction.amount)
    tac = des.mac(opened.tac, _online_tac(context.deviations, transaction, money, data.datetime))
    _commit(context, opened, money, (data.mac2, tac), data.datetime)
    if "commit-twice" in context.deviations:
        return tac, context.session.state
    return tac, State.IDLE


def _online_tac(
    wrong: frozenset[str], transaction: Transaction, money: Money, datetime: str
) -> bytes:
    return macs.LoadTacInput.pack(
        balance=money.available,
        counter=transaction.counter + ("tac-counter-after" in wrong),
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
    _demand_mac(context, des.mac(transaction.session, under), data.mac2)
    before = opened.money
    if transaction.amount > misbehave.unloadable(context.deviations, before):
        raise Refusal(SW.BALANCE_INSUFFICIENT)
    rest = max(before.actual - transaction.amount, 0)
    money = Money(rest, before.limit, before.overdrawn)
    under_tac_key = "mac3-under-tac-key" in context.deviations
    mac3 = des.mac(
        opened.tac if under_tac_key else transaction.session,
        _online_tac(context.deviations, transaction, money, data.datetime),
    )
    _commit(context, opened, money, (data.mac2, mac3), data.datetime)
    if "commit-twice" in context.deviations:
        return mac3, context.session.state
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
    _demand_mac(context, des.mac(transaction.session, under), data.mac2)
    before = opened.money
    wrong = context.deviations
    if data.limit < before.overdrawn and "limit-below-drawn" not in wrong:
        raise Refusal(SW.BALANCE_INSUFFICIENT)
    bounded = "a-plus-c-unbounded" not in wrong
    if bounded and opened.purse.ceiling <= MAX_LIMIT < opened.purse.ceiling + data.limit:
        raise Refusal(SW.CONDITIONS)  # A + C <= FFFFFF [LAB]
    limit = data.limit + before.limit if "limit-added" in wrong else data.limit
    money = Money(before.actual, limit, min(before.overdrawn, limit))
    if money.available > MAX_BALANCE:
        raise Refusal(SW.CONDITIONS)
    under = macs.OverdraftTacInput.pack(
        balance=money.available,
        counter=transaction.counter + ("tac-counter-after" in wrong),
        limit=before.limit if "tac-old-limit" in wrong else data.limit,
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
    if "debit-p1-02-refused" in context.deviations:
        p1 = (0x01,)
    opened = _open(context, command, p1, 8)
    if "commit-length-not-checked" in context.deviations:
        command = misbehave.padded(command, wire.DebitData.SIZE)
    data = wire.DebitData.parse(command.data)
    transaction = opened.transaction
    after = "session-counter-after" in context.deviations
    block = macs.PurchaseSessionInput.pack(
        random=transaction.random,
        counter=transaction.counter + after,
        serial_low=data.terminal_serial[2:],
    )
    session = session_key(transaction.key, block)
    due = des.mac(session, _transaction_mac(transaction, data.datetime))
    if "wrong-mac-keeps-updates" in context.deviations:
        misbehave.write_anyway(context, extra, due, data.mac1)
    _demand_mac(context, due, data.mac1)
    money = spent(context.deviations, opened.money, transaction.amount)
    under = macs.PurchaseTacInput.pack(
        amount=transaction.amount,
        type=0x06 if "tac-type-06" in context.deviations else transaction.type,
        terminal=transaction.terminal,
        terminal_serial=data.terminal_serial,
        datetime=data.datetime,
    )
    tac = des.mac(opened.tac, under)
    mac2 = des.mac(session, macs.PurchaseMac2Input.pack(amount=transaction.amount))
    if "mac2-repeats-mac1" in context.deviations:
        mac2 = data.mac1
    _commit(context, opened, money, (mac2, tac), data.datetime, extra)
    if "debit-mac2-first" in context.deviations:
        return mac2 + tac, State.IDLE
    if "commit-twice" in context.deviations:
        return wire.DebitAnswer.pack(tac=tac, mac2=mac2), context.session.state
    return wire.DebitAnswer.pack(tac=tac, mac2=mac2), State.IDLE
