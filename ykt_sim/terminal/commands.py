"""The command APDUs a terminal sends, built once where they never change.

Order and shapes: cards facts 3.11 and 4 (validators, laboratory pages).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EC,
    BalanceKind,
    Cla,
    Operation,
    Purse,
    Standard,
    TransactionType,
)
from ykt_sim.wire.apdu import build
from ykt_sim.wire.applications import LntFile, SamFile, TunionFile
from ykt_sim.wire.commands import (
    BY_ID,
    BY_NAME,
    BY_NUMBER,
    BY_SFI,
    CREDIT_FOR_LOAD,
    DEBIT,
    GET_BALANCE,
    GET_TRANSACTION_PROVE,
    INITIALIZE_LOAD,
    OPERATIONS,
    READ_BINARY,
    READ_RECORD,
    SAM_CHECK_MAC2,
    SAM_INIT_PURCHASE,
    SELECT,
    UPDATE_CAPP_CACHE,
    VERIFY,
)
from ykt_sim.wire.files import LntApplication
from ykt_sim.wire.purse import InitializeData, ProveData

# Looked up once: a member of an enumeration is slow to look up, and a tap builds ten commands.
_ISO, _PBOC, _EP = Cla.ISO, Cla.PBOC, Purse.EP
#: The file of past transactions, the same in both standards.
LOG: Final = TunionFile.LOG
#: Records of it that are asked for at most. T-Union keeps ten, twelve were seen on Lingnan Tong
#: wallets; a card that never ends is left.
LOG_RECORDS: Final = 40
#: P1 and Le of INITIALIZE by transaction type.
_INITIALIZE: Final = {
    OPERATIONS[operation].ep: (OPERATIONS[operation].p1, OPERATIONS[operation].initialize.le)
    for operation in (Operation.LOAD, Operation.PURCHASE, Operation.COMPOSITE)
}
_PROVE_LE, _DEBIT_LE, _CREDIT_LE, _SAM_LE = (
    GET_TRANSACTION_PROVE.le, DEBIT.le, CREDIT_FOR_LOAD.le, SAM_INIT_PURCHASE.le,
)  # fmt: skip


@lru_cache(maxsize=64)
def select(name: bytes) -> bytes:
    """SELECT by DF name, Le 00."""
    return build(_ISO, SELECT.ins, BY_NAME, 0x00, name, 0)


def read_binary(sfi: int, length: int = 0) -> bytes:
    """READ BINARY of a file by its short identifier; length 0 asks for everything."""
    return build(_ISO, READ_BINARY.ins, BY_SFI | sfi, 0, le=length)


def read_record(sfi: int, number: int, *, by_id: bool = False) -> bytes:
    """READ RECORD by number (P2 = SFI, 100) or by record id (000)."""
    p2 = sfi << 3 | (BY_ID if by_id else BY_NUMBER)
    return build(_ISO, READ_RECORD.ins, number, p2, le=0)


def update_cache(sfi: int, p1: int, record: bytes, *, by_id: bool = False) -> bytes:
    """UPDATE CAPP DATA CACHE."""
    p2 = sfi << 3 | (BY_ID if by_id else BY_NUMBER)
    return build(_PBOC, UPDATE_CAPP_CACHE.ins, p1, p2, record)


def get_balance(p1: int) -> bytes:
    """GET BALANCE of the EP: P1=03 actual, P1=00 with overdraft [LAB]."""
    return build(_PBOC, GET_BALANCE.ins, p1, _EP, le=4)


def initialize(kind: TransactionType, key_index: int, amount: int, terminal: str) -> bytes:
    """INITIALIZE FOR LOAD, PURCHASE or CAPP PURCHASE on the EP; amount in fen."""
    data = InitializeData.pack(key_index=key_index, amount=amount, terminal=terminal)
    p1, le = _INITIALIZE[kind]
    return build(_PBOC, INITIALIZE_LOAD.ins, p1, _EP, data, le)


def prove(kind: TransactionType, counter: int) -> bytes:
    """GET TRANSACTION PROVE; counter AFTER the transaction (purse facts 0.2)."""
    data = ProveData.pack(counter=counter)
    return build(_PBOC, GET_TRANSACTION_PROVE.ins, 0, kind, data, _PROVE_LE)


def debit(data: bytes) -> bytes:
    """DEBIT FOR PURCHASE and for CAPP PURCHASE, P1=01 for both [CODE]."""
    return build(_PBOC, DEBIT.ins, 1, 0, data, _DEBIT_LE)


def credit(data: bytes) -> bytes:
    """CREDIT FOR LOAD."""
    return build(_PBOC, CREDIT_FOR_LOAD.ins, 0, 0, data, _CREDIT_LE)


def verify_pin(pin: bytes) -> bytes:
    """VERIFY PIN 00."""
    return build(_ISO, VERIFY.ins, 0, 0, pin)


def sam_mac1(data: bytes) -> bytes:
    """PSAM: next transaction number and MAC1."""
    return build(_PBOC, SAM_INIT_PURCHASE.ins, 0, 0, data, _SAM_LE)


def sam_mac2(data: bytes) -> bytes:
    """PSAM: check MAC2."""
    return build(_PBOC, SAM_CHECK_MAC2.ins, 0, 0, data)


SELECT_PPSE: Final = select(AID_PPSE)
SELECT_EC: Final = select(AID_TUNION_EC)
SELECT_BASIC: Final = select(AID_LNT_BASIC)
SELECT_WALLET: Final = select(AID_LNT_WALLET)
READ_15: Final = read_binary(TunionFile.APPLICATION)
READ_17: Final = read_binary(TunionFile.CARD_INFO, 0x3C)
READ_19: Final = read_record(TunionFile.STATISTICS, 1)
READ_1E: Final = read_record(TunionFile.TRIPS, 1)
READ_LNT_15: Final = read_binary(LntFile.APPLICATION, LntApplication.SIZE)
READ_LNT_08: Final = read_record(LntFile.STATISTICS, 1)
BALANCE: Final = get_balance(BalanceKind.ACTUAL)
AVAILABLE: Final = get_balance(BalanceKind.AVAILABLE)
SAM_READ_TERMINAL: Final = read_binary(SamFile.TERMINAL, 6)
#: PSAM application of each standard: 8011 [LAB], 8012 this project's convention.
SAM_SELECT: Final = {
    Standard.TUNION: build(_ISO, SELECT.ins, 0, 0, b"\x80\x11", 0),
    Standard.LNT: build(_ISO, SELECT.ins, 0, 0, b"\x80\x12", 0),
}
