"""What a card must answer, reckoned from wire records, ciphers and keys.

Nothing here knows the engines: the inputs stand in `ykt_sim.wire.macs`, each with its
source. A `SeenTransaction` is INITIALIZE and its commit as `judge.view` reads them off a
trace. Every function gives None when a key it needs is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.drive.card import CardBench
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import Operation, TransactionType
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import session_key
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.wire import macs
from ykt_sim.wire.commands import OFFLINE, ONLINE, OPERATIONS

#: Operation to the role of the key that opens its session.
ROLES: Final[dict[str, str]] = {operation: row.role for operation, row in OPERATIONS.items()}
#: Fen that four bytes hold.
_MOST: Final = 0xFFFFFFFF


def online_session(key: bytes, random: bytes, counter: int) -> bytes:
    """Session key of load, unload and overdraft update."""
    return session_key(key, macs.LoadSessionInput(random=random, counter=counter).build())


def offline_session(key: bytes, random: bytes, counter: int, serial: bytes) -> bytes:
    """Session key of purchases; ``serial`` is the terminal's, 4 bytes."""
    block = macs.PurchaseSessionInput(random=random, counter=counter, serial_low=serial[2:])
    return session_key(key, block.build())


def transaction_mac(
    session: bytes, amount: int, kind: TransactionType, terminal: str, moment: str
) -> bytes:
    """MAC1 of purchases; MAC2 of load and unload."""
    under = macs.TransactionMacInput(amount=amount, type=kind, terminal=terminal, datetime=moment)
    return des.mac(session, under.build())


def overdraft_mac2(session: bytes, limit: int, terminal: str, moment: str) -> bytes:
    """MAC2 of an overdraft update."""
    under = macs.OverdraftMac2Input(
        limit=limit, type=TransactionType.OVERDRAFT_UPDATE, terminal=terminal, datetime=moment
    )
    return des.mac(session, under.build())


def session(tx: SeenTransaction, keys: KeyRing) -> bytes | None:
    """Session key of a transaction; purchases need their commit for it."""
    key = keys.get(tx.standard, ROLES[tx.operation])
    if key is None:
        return None
    if tx.operation in ONLINE:
        return online_session(key, tx.answer.random, tx.answer.counter)
    if tx.data is None:
        return None
    return offline_session(key, tx.answer.random, tx.answer.counter, tx.data.terminal_serial)


def mac1_of_init(tx: SeenTransaction, keys: KeyRing) -> bytes | None:
    """MAC1 the card owes in the answer of an INITIALIZE with the host."""
    opened = session(tx, keys)
    if opened is None:
        return None
    if tx.operation == Operation.OVERDRAFT:
        under = macs.OverdraftMac1Input(
            balance=tx.answer.balance,
            limit=tx.answer.overdraft_limit,
            type=tx.type,
            terminal=tx.request.terminal,
        ).build()
    else:
        under = macs.LoadMac1Input(
            balance=tx.answer.balance,
            amount=tx.amount,
            type=tx.type,
            terminal=tx.request.terminal,
        ).build()
    return des.mac(opened, under)


def mac_of_commit(tx: SeenTransaction, keys: KeyRing) -> bytes | None:
    """The MAC that the terminal or host must send in the commit."""
    opened = session(tx, keys)
    if opened is None or tx.data is None:
        return None
    if tx.operation == Operation.OVERDRAFT:
        return overdraft_mac2(opened, tx.data.limit, tx.request.terminal, tx.data.datetime)
    terminal = tx.request.terminal
    return transaction_mac(opened, tx.amount, tx.type, terminal, tx.data.datetime)


def sent_mac(tx: SeenTransaction) -> bytes:
    """The MAC that was sent in the commit."""
    return bytes(tx.data.mac1 if tx.operation in OFFLINE else tx.data.mac2)


def mac_is_right(tx: SeenTransaction, keys: KeyRing) -> bool | None:
    """Whether the commit carried the right MAC; None when that cannot be told."""
    due = mac_of_commit(tx, keys)
    return None if due is None else due == sent_mac(tx)


def mac2_of_debit(tx: SeenTransaction, keys: KeyRing) -> bytes | None:
    """MAC2 the card owes in the answer of a DEBIT."""
    opened = session(tx, keys)
    if opened is None or tx.operation not in OFFLINE:
        return None
    return des.mac(opened, macs.PurchaseMac2Input(amount=tx.amount).build())


def balance_after(tx: SeenTransaction) -> int:
    """Available balance after the transaction, fen."""
    before = int(tx.answer.balance)
    if tx.operation == Operation.LOAD:
        return before + tx.amount
    if tx.operation == Operation.OVERDRAFT:
        return before - int(tx.answer.overdraft_limit) + int(tx.data.limit)
    return before - tx.amount


def effect(tx: SeenTransaction) -> int:
    """What the transaction does to the available balance when it is done, fen."""
    return balance_after(tx) - int(tx.answer.balance)


def tac(tx: SeenTransaction, keys: KeyRing) -> bytes | None:
    """TAC the card owes in the answer of the commit; for an unload MAC3 (session key)."""
    opened = session(tx, keys) if tx.operation == Operation.UNLOAD else keys.tac(tx.standard)
    if opened is None or tx.data is None:
        return None
    if tx.operation in OFFLINE:
        under = macs.PurchaseTacInput(
            amount=tx.amount,
            type=tx.type,
            terminal=tx.request.terminal,
            terminal_serial=tx.data.terminal_serial,
            datetime=tx.data.datetime,
        ).build()
    elif tx.operation == Operation.OVERDRAFT:
        under = macs.OverdraftTacInput(
            balance=_told_balance(tx),
            counter=tx.answer.counter,
            limit=tx.data.limit,
            type=tx.type,
            terminal=tx.request.terminal,
            datetime=tx.data.datetime,
        ).build()
    else:
        under = macs.LoadTacInput(
            balance=_told_balance(tx),
            counter=tx.answer.counter,
            amount=tx.amount,
            type=tx.type,
            terminal=tx.request.terminal,
            datetime=tx.data.datetime,
        ).build()
    return des.mac(opened, under)


def _told_balance(tx: SeenTransaction) -> int:
    """The balance under the TAC, fen; ReadError when no purse could hold it.

    It follows from what the card told and accepted, so it is not the judge's to answer for.
    """
    due = balance_after(tx)
    if not 0 <= due <= _MOST:
        raise ReadError(f"a balance of {tx.answer.balance} fen would become {due} fen")
    return due


def overdraft_amount(said: str, old: int, new: int) -> int | None:
    """What the log of an overdraft update has for its amount, by the ICS; None: not stated.

    No dump shows such a record (purse facts 3).
    """
    return {"zero": 0, "limit": new, "difference": abs(new - old)}.get(said)


def log_record(tx: SeenTransaction, claimed: Mapping[str, Any]) -> bytes | None:
    """The 23 bytes of EF 18 the commit must have written, with zeros for the limit.

    The last seven bytes are those of the commit, as sent: date and time under T-Union,
    fare, month, day, hour, minute and sub-type under Lingnan Tong. None where an overdraft
    update leaves no record, or the purse's section of the ICS does not say which.
    """
    amount: int | None = tx.amount
    if tx.operation == Operation.OVERDRAFT:
        limits = int(tx.answer.overdraft_limit), int(tx.data.limit)
        amount = overdraft_amount(claimed["overdraft_log"], *limits)
    if amount is None:
        return None
    number = (int(tx.answer.counter) + 1) & 0xFFFF
    return (
        number.to_bytes(2, "big")
        + bytes(3)
        + amount.to_bytes(4, "big")
        + bytes((tx.type,))
        + bytes.fromhex(tx.request.terminal)
        + bytes.fromhex(tx.data.datetime)
    )


def line_mac(key: bytes, command: bytes, challenge: bytes) -> bytes:
    """MAC over header, Lc (data and MAC) and data; initial value the challenge.

    Args:
        key: line protection key.
        command: CLA INS P1 P2 and the data, without Lc.
        challenge: 4 or 8 bytes of GET CHALLENGE.
    """
    head, data = command[:4], command[4:]
    iv = challenge.ljust(8, b"\0")
    return des.mac(key, head + bytes((len(data) + 4,)) + data, iv)


def pin(view: View, standard: str) -> bytes | None:
    """The card's PIN: the key file's, else that of our published test cards."""
    own = view.keys.get(standard, "pin")
    return own or CardBench(view.ics, KeyRing(), bytes).pin(standard)
