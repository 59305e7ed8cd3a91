"""What the longer deviations of the purse do; rules as in `misbehave`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from ykt_sim.card.model import (
    CellKey,
    CellValue,
    Ef,
    Key,
    Money,
    Proof,
    PurseState,
)
from ykt_sim.card.states import Transaction
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command

if TYPE_CHECKING:
    from ykt_sim.card.context import Context
    from ykt_sim.card.purse import Operation

Wrong = frozenset[str]
_LOG: Final = 0x18
_OFFLINE: Final = (0x04, 0x05, 0x06, 0x09)


def initialize(context: Context, command: Command) -> Command:
    """INITIALIZE as the card takes it."""
    wrong = context.deviations
    if "p1p2-not-checked" in wrong:
        known = command.p1 <= 0x05
        command = command._replace(p1=command.p1 if known else 0x01, p2=0x02)
    if "initialize-length-not-checked" in wrong:
        command = padded(command, 7 if command.p1 == 0x04 else 11)
    return command


def padded(command: Command, size: int) -> Command:
    """The command with its data cut or filled up to a size."""
    return command._replace(data=command.data[:size].ljust(size, b"\0"))


def initialized(context: Context, kind: int, operation: Operation) -> None:
    """What INITIALIZE writes although it must write nothing."""
    wrong = context.deviations
    purse = context.purse(kind)
    if purse is None:
        return
    cell = ("purse", context.session.df, kind)
    if "initialize-clears-proof" in wrong:
        context.put(cell, msgspec.structs.replace(purse, proof=None))
    if "initialize-counts" in wrong:
        moved = "online" if operation.online else "offline"
        context.put(cell, msgspec.structs.replace(purse, **{moved: getattr(purse, moved) + 1}))
    if "initialize-logged" in wrong and operation.name == "purchase":
        line = (purse.offline + 1).to_bytes(2, "big") + bytes(21)
        records = (line, *context.records(_LOG)[:-1])
        context.put(("data", context.session.df, _LOG), records)


def begun(context: Context, transaction: Transaction) -> None:
    """What a new transaction takes from the one before, or from nowhere."""
    wrong, old = context.deviations, context.session.transaction
    if "purse-random-fixed" in wrong:
        transaction.random = b"\x11\x22\x33\x44"
    if old is not None and "first-initialize-kept" in wrong:
        transaction.amount = old.amount
    if old is not None and "cache-survives-initialize" in wrong:
        transaction.cache = old.cache


def purchase_answer(wrong: Wrong, money: Money, key: Key, transaction: Transaction) -> bytes:
    """Answer of INITIALIZE FOR PURCHASE."""
    answer = wire.InitializePurchaseAnswer(
        balance=money.available // 100 if "balance-in-yuan" in wrong else money.available,
        counter=transaction.counter,
        overdraft_limit=0 if "limit-not-told" in wrong else money.limit,
        key_version=key.version,
        algorithm=key.algorithm,
        random=transaction.random,
    ).build()
    return answer[:-1] if "initialize-answer-short" in wrong else answer


def mac1(session: bytes, under: bytes) -> bytes:
    """MAC1 of zeros, as one real card answers for algorithm id 03."""
    del session, under
    return bytes(4)


def unloadable(wrong: Wrong, money: Money) -> int:
    """What can be unloaded, fen."""
    if "unload-unbounded" in wrong:
        return 0xFFFFFFFF
    return money.available if "unload-takes-limit" in wrong else money.actual


def purse_mac(context: Context, expected: bytes, got: bytes) -> bytes:
    """The MAC that a commit's MAC is compared with, and what a wrong one does."""
    wrong = context.deviations
    if "purse-mac-not-checked" in wrong:
        return got
    if "zero-mac-accepted" in wrong and not any(got):
        return got
    if "purse-mac-two-bytes" in wrong:
        return expected[:2] + got[2:]
    transaction = context.session.transaction
    purse = context.purse(transaction.kind) if transaction is not None else None
    if expected == got or transaction is None or purse is None:
        return expected
    cell = ("purse", context.session.df, transaction.kind)
    if "wrong-mac-counts" in wrong:
        moved = "offline" if transaction.type in _OFFLINE else "online"
        context.put(cell, msgspec.structs.replace(purse, **{moved: getattr(purse, moved) + 1}))
    if "wrong-mac-clears-proof" in wrong:
        context.put(cell, msgspec.structs.replace(purse, proof=None))
    if "wrong-mac-takes-money" in wrong:
        money = context.money(purse.money)
        left = max(money.actual - transaction.amount, 0)
        context.put(context.money_cell(purse.money), Money(left, money.limit, money.overdrawn))
    if "wrong-mac-logged" in wrong:
        line = (transaction.counter + 1).to_bytes(2, "big") + bytes(21)
        context.put(("data", context.session.df, _LOG), (line, *context.records(_LOG)[:-1]))
    return expected


def write_anyway(
    context: Context, extra: Mapping[CellKey, CellValue], due: bytes, got: bytes
) -> None:
    """Updates of a composite purchase take effect although MAC1 is wrong."""
    if due != got:
        for cell, value in extra.items():
            context.put(cell, value)


def log(context: Context, purse: PurseState, ef: Ef, record: bytes) -> dict[CellKey, CellValue]:
    """The log after one more record."""
    wrong, old = context.deviations, context.records(purse.log_fid)
    kind = record[9]
    if "log-number-before" in wrong:
        before = int.from_bytes(record[:2], "big") - 1
        record = before.to_bytes(2, "big") + record[2:]
    if "log-without-limit" in wrong:
        record = record[:2] + bytes(3) + record[5:]
    if "log-type-always-06" in wrong:
        record = record[:9] + b"\x06" + record[10:]
    if "log-amount-zero" in wrong:
        record = record[:5] + bytes(4) + record[9:]
    if "log-terminal-zero" in wrong:
        record = record[:10] + bytes(6) + record[16:]
    if "log-year-added" in wrong and record[16] != 0x20:
        record = record[:16] + b"\x20\x24" + record[18:]
    if "loads-not-logged" in wrong and kind == 0x02:
        return {}
    kept = old[1:] if "log-newest-replaced" in wrong else old
    most = ef.max_records
    records = (record, *kept)[:most]
    if "log-one-less" in wrong and len(records) == most:
        records = (*records[:-1], bytes(len(record)))
    return {("data", context.session.df, purse.log_fid): records}


def committed(
    context: Context,
    purse: PurseState,
    transaction: Transaction,
    before: Money,
    after: Money,
) -> Money:
    """The amounts that a commit leaves."""
    wrong, kind = context.deviations, transaction.type
    actual = after.actual
    if kind in _OFFLINE and "debit-takes-double" in wrong:
        actual = max(actual - transaction.amount, 0)
    if kind in _OFFLINE and "debit-a-fen-less" in wrong and transaction.amount:
        actual += 1
    if kind == 0x09 and "composite-is-free" in wrong:
        return before
    if kind == 0x02 and "load-a-fen-less" in wrong:
        actual -= 1
    if kind == 0x03 and "unload-leaves-money" in wrong:
        return before
    del purse
    return Money(actual, after.limit, after.overdrawn)


def proof(wrong: Wrong, old: Proof | None, transaction: Transaction, made: Proof) -> Proof:
    """What GET TRANSACTION PROVE will find."""
    if "proof-keeps-first" in wrong and old is not None:
        return old
    if "proof-number-before" in wrong:
        return msgspec.structs.replace(made, number=transaction.counter)
    return made


def beside(
    context: Context, transaction: Transaction, record: Mapping[CellKey, CellValue]
) -> dict[CellKey, CellValue]:
    """What a commit writes into the other applications' cells."""
    wrong, here = context.deviations, context.session.df
    extra: dict[CellKey, CellValue] = {}
    lines = [value for value in record.values() if isinstance(value, tuple)]
    for cell, value in context.memory.cells.items():
        log_of_other = cell[0] == "data" and cell[1] != here and cell[2] == _LOG
        if lines and log_of_other and "log-in-both" in wrong and isinstance(value, tuple):
            extra[cell] = (lines[0][0], *value[:-1])
        if cell[0] != "purse" or cell[1] == here or not isinstance(value, PurseState):
            continue
        if "counters-shared" in wrong and transaction.type in _OFFLINE:
            extra[cell] = msgspec.structs.replace(value, offline=value.offline + 1)
        if "proof-shared" in wrong:
            extra[cell] = msgspec.structs.replace(value, proof=None)
    return extra


def counted(wrong: Wrong, before: PurseState, after: PurseState, kind: int) -> PurseState:
    """The purse with the counters that a commit leaves."""
    if "composite-not-counted" in wrong and kind == 0x09:
        return msgspec.structs.replace(after, offline=before.offline)
    if "load-not-counted" in wrong and kind == 0x02:
        return msgspec.structs.replace(after, online=before.online)
    if "unload-not-counted" in wrong and kind == 0x03:
        return msgspec.structs.replace(after, online=before.online)
    if "purchase-counts-twice" in wrong and kind == 0x06:
        return msgspec.structs.replace(after, offline=after.offline + 1)
    if "one-counter" in wrong:
        most = max(after.online, after.offline)
        return msgspec.structs.replace(after, online=most, offline=most)
    return after


def prove(context: Context, command: Command) -> bytes | None:
    """GET TRANSACTION PROVE that answers by itself; None to go on."""
    wrong = context.deviations
    purse = context.purse(0x02)
    stored = purse.proof if purse is not None else None
    if stored is None:
        return bytes(8) if "proof-of-nothing" in wrong else None
    codes = stored.mac2 + stored.tac
    any_length = "proof-length-not-checked" in wrong and len(command.data) != 2
    any_number = "proof-any-number" in wrong and command.p2 == stored.type
    any_type = "proof-any-type" in wrong and command.data == stored.number.to_bytes(2, "big")
    return codes if any_length or any_number or any_type else None


def get_balance(wrong: Wrong, command: Command) -> Command:
    """GET BALANCE as the card takes it."""
    if "balance-any-parameters" in wrong:
        p1 = command.p1 if command.p1 <= 5 else 0
        command = command._replace(p1=p1, p2=0x02)
    if "le-not-checked" in wrong:
        command = command._replace(le=0)
    return command
