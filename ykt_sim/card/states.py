"""Volatile state of a card; which state allows which command is in `tables`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from ykt_sim.card.model import MF
from ykt_sim.codes import TransactionType


class State(Enum):
    """Where a purse transaction stands."""

    __hash__ = object.__hash__  # members are singletons; Enum's own hash runs in Python

    IDLE = auto()
    LOAD = auto()
    PURCHASE = auto()
    COMPOSITE = auto()
    UNLOAD = auto()
    OVERDRAFT = auto()


@dataclass
class CacheUpdate:
    """One UPDATE CAPP DATA CACHE waiting for the debit.

    Attributes:
        fid: the file.
        index: record position to replace, or None to append (cyclic).
        record: the whole new record.
    """

    fid: int
    index: int | None
    record: bytes


@dataclass
class Transaction:
    """What INITIALIZE leaves for the commit; dies with power.

    Attributes:
        type: transaction type byte.
        kind: 01 ED or 02 EP.
        amount: fen (new overdraft limit is only known at the commit).
        terminal: 6-byte terminal number as hex digits.
        random: the card's four random bytes.
        counter: online or offline counter BEFORE the transaction.
        key: value of the key chosen by index.
        session: session key when already known (load, unload, overdraft).
        cache: composite updates in order of arrival.
    """

    type: TransactionType
    kind: int
    amount: int
    terminal: str
    random: bytes
    counter: int
    key: bytes
    session: bytes = b""
    cache: list[CacheUpdate] = field(default_factory=list)


@dataclass
class Session:
    """Everything that dies with power.

    Attributes:
        df: FID of the current directory.
        ef: FID of the current elementary file, or None.
        df_state, mf_state: security registers 0..F of the current DF and of the MF.
        unlocked: the DF was entered before it had a key file, or was just erased:
            creation and key adding are free until it is entered again.
        challenge: what GET CHALLENGE gave for the command that is being answered.
        drawn: what it gives for the next one.
        pin_verified: a PIN of the current DF was presented.
        directory_lock: DF names allowed after SELECT PPSE on cards with the lock-out.
        record: record pointer of the current file, 0 when unset.
        state, transaction: the purse state machine.
    """

    df: int = MF
    ef: int | None = None
    df_state: int = 0
    mf_state: int = 0
    unlocked: bool = False
    challenge: bytes = b""
    drawn: bytes = b""
    pin_verified: bool = False
    directory_lock: tuple[bytes, ...] | None = None
    record: int = 0
    state: State = State.IDLE
    transaction: Transaction | None = None
