"""The command APDUs a terminal sends, built once where they never change.

Order and shapes: cards facts 3.11 and 4 (validators, laboratory pages).
"""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EC,
    INS,
    Cla,
    Purse,
    TransactionType,
)
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.files import LntApplication
from ykt_sim.wire.purse import InitializeData, ProveData

#: P1 of INITIALIZE by transaction type.
_P1: Final = {
    TransactionType.EP_LOAD: 0x00,
    TransactionType.EP_PURCHASE: 0x01,
    TransactionType.COMPOSITE_PURCHASE: 0x03,
}
#: Le of INITIALIZE by transaction type.
_LE: Final = {
    TransactionType.EP_LOAD: 0x10,
    TransactionType.EP_PURCHASE: 0x0F,
    TransactionType.COMPOSITE_PURCHASE: 0x0F,
}


def select(name: bytes) -> bytes:
    """SELECT by DF name, Le 00."""
    return Command(Cla.ISO, INS.SELECT, 0x04, 0x00, name, 0).build()


def read_binary(sfi: int, length: int = 0) -> bytes:
    """READ BINARY of a file by its short identifier; length 0 asks for everything."""
    return Command(Cla.ISO, INS.READ_BINARY, 0x80 | sfi, 0, le=length).build()


def read_record(sfi: int, number: int, *, by_id: bool = False) -> bytes:
    """READ RECORD by number (P2 = SFI, 100) or by record id (000)."""
    p2 = sfi << 3 | (0 if by_id else 4)
    return Command(Cla.ISO, INS.READ_RECORD, number, p2, le=0).build()


def update_cache(sfi: int, p1: int, record: bytes, *, by_id: bool = False) -> bytes:
    """UPDATE CAPP DATA CACHE."""
    p2 = sfi << 3 | (0 if by_id else 4)
    return Command(Cla.PBOC, INS.UPDATE_RECORD, p1, p2, record).build()


def get_balance(p1: int) -> bytes:
    """GET BALANCE of the EP: P1=03 actual, P1=00 with overdraft [LAB]."""
    return Command(Cla.PBOC, INS.GET_BALANCE, p1, Purse.EP, le=4).build()


def initialize(kind: TransactionType, key_index: int, amount: int, terminal: str) -> bytes:
    """INITIALIZE FOR LOAD, PURCHASE or CAPP PURCHASE on the EP; amount in fen."""
    data = InitializeData.pack(key_index=key_index, amount=amount, terminal=terminal)
    return Command(Cla.PBOC, INS.INITIALIZE, _P1[kind], Purse.EP, data, _LE[kind]).build()


def prove(kind: TransactionType, counter: int) -> bytes:
    """GET TRANSACTION PROVE; counter AFTER the transaction (purse facts 0.2)."""
    data = ProveData.pack(counter=counter)
    return Command(Cla.PBOC, INS.GET_TRANSACTION_PROVE, 0, kind, data, 8).build()


def debit(data: bytes) -> bytes:
    """DEBIT FOR PURCHASE and for CAPP PURCHASE, P1=01 for both [CODE]."""
    return Command(Cla.PBOC, INS.DEBIT, 1, 0, data, 8).build()


def credit(data: bytes) -> bytes:
    """CREDIT FOR LOAD."""
    return Command(Cla.PBOC, INS.CREDIT_FOR_LOAD, 0, 0, data, 4).build()


def verify_pin(pin: bytes) -> bytes:
    """VERIFY PIN 00."""
    return Command(Cla.ISO, INS.VERIFY, 0, 0, pin).build()


def sam_mac1(data: bytes) -> bytes:
    """PSAM: next transaction number and MAC1."""
    return Command(Cla.PBOC, INS.SAM_INIT_PURCHASE, 0, 0, data, 8).build()


def sam_mac2(data: bytes) -> bytes:
    """PSAM: check MAC2."""
    return Command(Cla.PBOC, INS.SAM_CHECK_MAC2, 0, 0, data).build()


SELECT_PPSE: Final = select(AID_PPSE)
SELECT_EC: Final = select(AID_TUNION_EC)
SELECT_BASIC: Final = select(AID_LNT_BASIC)
SELECT_WALLET: Final = select(AID_LNT_WALLET)
READ_15: Final = read_binary(0x15)
READ_17: Final = read_binary(0x17, 0x3C)
READ_19: Final = read_record(0x19, 1)
READ_1E: Final = read_record(0x1E, 1)
READ_LNT_15: Final = read_binary(0x15, LntApplication.SIZE)
READ_LNT_08: Final = read_record(0x08, 1)
BALANCE: Final = get_balance(0x03)
AVAILABLE: Final = get_balance(0x00)
SAM_READ_TERMINAL: Final = read_binary(0x16, 6)
#: PSAM application of each standard: 8011 [LAB], 8012 this project's convention.
SAM_SELECT: Final = {
    "tunion": Command(Cla.ISO, INS.SELECT, 0, 0, b"\x80\x11", 0).build(),
    "lnt": Command(Cla.ISO, INS.SELECT, 0, 0, b"\x80\x12", 0).build(),
}
