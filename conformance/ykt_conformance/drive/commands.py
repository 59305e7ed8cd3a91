"""Command APDUs of card cases, as bytes.

Shapes from the laboratory's command pages and validators' code; what a case gets wrong on
purpose it passes in itself.
"""

from __future__ import annotations

from typing import Final

from ykt_conformance.drive.steps import Impossible
from ykt_sim.codes import AID_LNT_BASIC, AID_LNT_WALLET, AID_TUNION_EC, AID_TUNION_EP, INS
from ykt_sim.wire.apdu import Command

#: Where each standard keeps its purse.
PURSE_AID: Final = {"tunion": AID_TUNION_EP, "lnt": AID_LNT_WALLET}
#: DF name of every application a case may claim.
AID: Final = {**PURSE_AID, "lnt-basic": AID_LNT_BASIC, "ecash": AID_TUNION_EC}

#: P1 of INITIALIZE by operation, and the length of its answer.
INIT_P1: Final = {
    "load": 0x00,
    "purchase": 0x01,
    "composite": 0x03,
    "overdraft": 0x04,
    "unload": 0x05,
}
INIT_LE: Final = {
    "load": 0x10,
    "purchase": 0x0F,
    "composite": 0x0F,
    "overdraft": 0x13,
    "unload": 0x10,
}
LOG, TRIPS, INDUSTRY, PRIVATE = 0x18, 0x1E, 0x1A, 0x19
RAIL = 0x01
#: A terminal number under MAC and TAC; nobody's.
TERMINAL: Final = {"tunion": bytes.fromhex("413199990001"), "lnt": bytes.fromhex("010099990001")}
#: A name no card holds: a national identifier that is not given out.
FOREIGN: Final = bytes.fromhex("F000000000010105")


def apdu(
    cla: int, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", le: int | None = None
) -> bytes:
    """Any command."""
    return Command(cla, ins, p1, p2, data, le).build()


def select(name: bytes, le: int | None = 0) -> bytes:
    """SELECT by DF name."""
    return apdu(0x00, INS.SELECT, 0x04, 0x00, name, le)


def select_fid(fid: int) -> bytes:
    """SELECT by file identifier."""
    return apdu(0x00, INS.SELECT, 0x00, 0x00, fid.to_bytes(2, "big"), 0)


def read_binary(sfi: int, offset: int = 0, le: int = 0) -> bytes:
    """READ BINARY of a file by its short identifier."""
    return apdu(0x00, INS.READ_BINARY, 0x80 | sfi, offset, le=le)


def read_record(number: int, sfi: int, le: int = 0) -> bytes:
    """READ RECORD by number; in cyclic files 1 is the newest."""
    return apdu(0x00, INS.READ_RECORD, number, sfi << 3 | 4, le=le)


def read_record_id(record_id: int, sfi: int) -> bytes:
    """READ RECORD of a variable file by the record's identifier (its low byte)."""
    return apdu(0x00, INS.READ_RECORD, record_id, sfi << 3, le=0)


def read_ext(record_id: int, sfi: int = INDUSTRY) -> bytes:
    """READ EXT DATA of a record by its two-byte identifier."""
    return apdu(0x80, INS.READ_EXT_DATA, 0x00, sfi << 3, record_id.to_bytes(2, "big"), 0)


def balance(p1: int = 0x00, le: int = 0x04, p2: int = 0x02) -> bytes:
    """GET BALANCE of the purse."""
    return apdu(0x80, INS.GET_BALANCE, p1, p2, le=le)


def initialize(
    operation: str,
    amount: int,
    terminal: bytes,
    *,
    key_index: int = 1,
    le: int | None = None,
) -> bytes:
    """INITIALIZE; an overdraft update has no amount and P2 01 [LAB].

    Raises:
        Impossible: the amount does not fit four bytes.
    """
    if not 0 <= amount <= 0xFFFFFFFF:
        raise Impossible(f"an amount of {amount} fen cannot be asked for")
    data = bytes((key_index,))
    if operation != "overdraft":
        data += amount.to_bytes(4, "big")
    p2 = 0x01 if operation == "overdraft" else 0x02
    expected = INIT_LE[operation] if le is None else le
    return apdu(0x80, INS.INITIALIZE, INIT_P1[operation], p2, data + terminal, expected)


def debit(serial: bytes, moment: bytes, mac1: bytes, *, p1: int = 0x01) -> bytes:
    """DEBIT FOR PURCHASE and COMPOSITE PURCHASE."""
    return apdu(0x80, INS.DEBIT, p1, 0x00, serial + moment + mac1, 0x08)


def credit(moment: bytes, mac2: bytes, *, p2: int = 0x00) -> bytes:
    """CREDIT FOR LOAD."""
    return apdu(0x80, INS.CREDIT_FOR_LOAD, 0x00, p2, moment + mac2, 0x04)


def debit_unload(moment: bytes, mac2: bytes) -> bytes:
    """DEBIT FOR UNLOAD."""
    return apdu(0x80, INS.DEBIT, 0x03, 0x00, moment + mac2, 0x04)


def update_overdraft(limit: int, moment: bytes, mac2: bytes) -> bytes:
    """UPDATE OVERDRAFT LIMIT."""
    data = limit.to_bytes(3, "big") + moment + mac2
    return apdu(0x80, INS.UPDATE_OVERDRAFT, 0x00, 0x00, data, 0x04)


def cache(p1: int, sfi: int, record: bytes) -> bytes:
    """UPDATE CAPP DATA CACHE; P2 as validators send it (mode 000)."""
    return apdu(0x80, INS.UPDATE_RECORD, p1, sfi << 3, record)


def prove(transaction_type: int, number: int) -> bytes:
    """GET TRANSACTION PROVE."""
    data = (number & 0xFFFF).to_bytes(2, "big")
    return apdu(0x80, INS.GET_TRANSACTION_PROVE, 0x00, transaction_type, data, 0x08)


def challenge(size: int = 4) -> bytes:
    """GET CHALLENGE."""
    return apdu(0x00, INS.GET_CHALLENGE, le=size)


def verify(pin: bytes, key_id: int = 0) -> bytes:
    """VERIFY a PIN."""
    return apdu(0x00, INS.VERIFY, 0x00, key_id, pin)


def external_authenticate(cryptogram: bytes, key_id: int = 0) -> bytes:
    """EXTERNAL AUTHENTICATE."""
    return apdu(0x00, INS.EXTERNAL_AUTHENTICATE, 0x00, key_id, cryptogram)


def update_record(number: int, sfi: int, record: bytes) -> bytes:
    """Plain UPDATE RECORD by number."""
    return apdu(0x00, INS.UPDATE_RECORD, number, sfi << 3 | 4, record)
