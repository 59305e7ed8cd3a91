"""The commits of a purse: load, unload, overdraft update, purchases.

Each verifies the MAC that was agreed on by INITIALIZE (`purse`), moves the amounts, and
writes amounts, counter, log record and proof together. The rules are in `rules.commit`,
`rules.money`, `rules.log` and `rules.proof`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from ykt_sim.card.context import CardContext
from ykt_sim.card.model import CellKey, CellValue, Money, PurseState
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import State, Transaction
from ykt_sim.codes import SW, KeyType
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command

_NOTHING: Final[Mapping[CellKey, CellValue]] = MappingProxyType({})


class _Open(NamedTuple):
    """The transaction a commit finishes, with everything it needs."""

    transaction: Transaction
    purse: PurseState
    money: Money
    tac: bytes


def _open(context: CardContext, command: Command, p1: int, answer: int) -> _Open:
    rules = context.rules.commit
    transaction = context.rules.order.begun(context.session)
    purse = context.purse(transaction.kind)
    if purse is None:
        raise Refusal(SW.CONDITIONS)
    rules.parameters(purse, command, p1)
    rules.answer_length(command, answer)
    ids = context.key_ids(KeyType.TAC)
    key = context.key(KeyType.TAC, ids[0]) if ids else None
    if key is None:
        raise Refusal(SW.CONDITIONS)
    return _Open(transaction, purse, context.money(purse.money), rules.tac_key(key))


def _demand_mac(
    context: CardContext,
    opened: _Open,
    due: bytes,
    got: bytes,
    extra: Mapping[CellKey, CellValue] = _NOTHING,
) -> None:
    rules = context.rules.commit
    if not rules.mac_fits(due, got):
        raise Refusal(rules.mac_wrong(context, opened.transaction, opened.purse, extra))


def _commit(
    context: CardContext,
    opened: _Open,
    after: Money,
    codes: tuple[bytes, bytes],
    datetime: str,
    extra: Mapping[CellKey, CellValue] = _NOTHING,
) -> None:
    """Write amounts, counter, proof, log and ``extra``; one command is one transaction.

    The codes are MAC2 and TAC as the proof has them.
    """
    rules, df = context.rules, context.session.df
    transaction, purse = opened.transaction, opened.purse
    context.put(("money", purse.money), rules.money.kept(transaction, opened.money, after))
    online, offline = rules.commit.counted(purse, transaction)
    proof = rules.proof.stored(purse.proof, rules.proof.made(transaction, *codes))
    moved = msgspec.structs.replace(purse, online=online, offline=offline, proof=proof)
    context.put(("purse", df, transaction.kind), moved)
    logged: dict[CellKey, CellValue] = {}
    ef = context.ef(purse.log_fid)
    if ef is not None and rules.log.kept(ef, transaction):
        line = rules.log.line(transaction, after, datetime)
        lines = rules.log.lines(ef, context.records(purse.log_fid), line)
        logged["data", df, purse.log_fid] = lines
    for cells in (logged, extra, rules.commit.elsewhere(context, transaction, logged)):
        for key, value in cells.items():
            context.put(key, value)


def credit_for_load(context: CardContext, command: Command) -> tuple[bytes, State]:
    """CREDIT FOR LOAD: verify the host's MAC2, add the amount, answer the TAC."""
    rules = context.rules
    opened = _open(context, command, 0x00, wire.LoadAnswer.SIZE)
    data = wire.CreditData.parse(command.data)
    transaction = opened.transaction
    due = rules.commit.transaction_mac(transaction.session, transaction, data.datetime)
    _demand_mac(context, opened, due, data.mac2)
    after = rules.money.loaded(opened.money, transaction.amount)
    tac = rules.commit.online_tac(opened.tac, transaction, after, data.datetime)
    _commit(context, opened, after, (data.mac2, tac), data.datetime)
    return tac, rules.commit.ended(context)


def debit_unload(context: CardContext, command: Command) -> tuple[bytes, State]:
    """DEBIT FOR UNLOAD: verify MAC2, subtract the amount, answer MAC3."""
    rules = context.rules
    opened = _open(context, command, 0x03, wire.UnloadAnswer.SIZE)
    data = wire.CreditData.parse(command.data)
    transaction = opened.transaction
    due = rules.commit.transaction_mac(transaction.session, transaction, data.datetime)
    _demand_mac(context, opened, due, data.mac2)
    after = rules.money.unloaded(opened.money, transaction.amount)
    key = rules.commit.mac3_key(opened.tac, transaction)
    mac3 = rules.commit.online_tac(key, transaction, after, data.datetime)
    _commit(context, opened, after, (data.mac2, mac3), data.datetime)
    return mac3, rules.commit.ended(context)


def update_overdraft(context: CardContext, command: Command) -> tuple[bytes, State]:
    """UPDATE OVERDRAFT LIMIT: verify MAC2, set the limit, answer the TAC."""
    rules = context.rules
    opened = _open(context, command, 0x00, wire.LoadAnswer.SIZE)
    data = wire.OverdraftData.parse(command.data)
    transaction = opened.transaction
    due = rules.commit.overdraft_mac(transaction, data.limit, data.datetime)
    _demand_mac(context, opened, due, data.mac2)
    after = rules.money.limited(opened.purse, opened.money, data.limit)
    amounts = opened.money, after
    tac = rules.commit.overdraft_tac(opened.tac, transaction, amounts, data.limit, data.datetime)
    _commit(context, opened, after, (data.mac2, tac), data.datetime)
    return tac, rules.commit.ended(context)


def debit_purchase(context: CardContext, command: Command) -> tuple[bytes, State]:
    """DEBIT FOR PURCHASE and CASH WITHDRAWAL."""
    return debit(context, command)


def debit(
    context: CardContext, command: Command, extra: Mapping[CellKey, CellValue] = _NOTHING
) -> tuple[bytes, State]:
    """Verify MAC1, spend the amount, write ``extra`` cells with it, answer TAC || MAC2."""
    rules = context.rules
    opened = _open(context, command, 0x01, wire.DebitAnswer.SIZE)
    data = wire.DebitData.parse(command.data)
    transaction, serial = opened.transaction, data.terminal_serial
    session = rules.commit.purchase_session(transaction, serial)
    due = rules.commit.transaction_mac(session, transaction, data.datetime)
    _demand_mac(context, opened, due, data.mac1, extra)
    after = rules.money.spent(opened.money, transaction.amount)
    tac = rules.commit.purchase_tac(opened.tac, transaction, serial, data.datetime)
    mac2 = rules.commit.mac2(session, transaction)
    _commit(context, opened, after, (mac2, tac), data.datetime, extra)
    return wire.DebitAnswer.pack(tac=tac, mac2=mac2), rules.commit.ended(context)
