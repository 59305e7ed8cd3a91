"""Command APDUs of card cases, as bytes.

Shapes from the laboratory's command pages and validators' code; what a case gets wrong on
purpose it passes in itself.
"""

from __future__ import annotations

from typing import Final

from ykt_conformance.drive.steps import Impossible
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_WALLET,
    AID_TUNION_EC,
    AID_TUNION_EP,
    INS,
    Operation,
    Purse,
    Standard,
)
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.commands import (
    BY_NAME,
    BY_NUMBER,
    BY_SFI,
    CREDIT_FOR_LOAD,
    DEBIT,
    DEBIT_UNLOAD,
    GET_TRANSACTION_PROVE,
    OPERATIONS,
    UPDATE_OVERDRAFT,
)

#: Where each standard keeps its purse.
PURSE_AID: Final[dict[str, bytes]] = {
    Standard.TUNION: AID_TUNION_EP,
    Standard.LNT: AID_LNT_WALLET,
}
#: DF name of every application a case may claim.
AID: Final = {**PURSE_AID, "lnt-basic": AID_LNT_BASIC, "ecash": AID_TUNION_EC}

APPLICATION, CARDHOLDER = TunionFile.APPLICATION, TunionFile.CARDHOLDER
CARD_INFO = TunionFile.CARD_INFO
LOG, TRIPS = TunionFile.LOG, TunionFile.TRIPS
INDUSTRY, PRIVATE = TunionFile.INDUSTRY, TunionFile.STATISTICS
RAIL = 0x01
#: A short identifier that no file of these cards has.
NO_FILE: Final = 0x1D
#: A terminal number under MAC and TAC; nobody's.
TERMINAL: Final[dict[str, bytes]] = {
    Standard.TUNION: bytes.fromhex("413199990001"),
    Standard.LNT: bytes.fromhex("010099990001"),
}
#: A name no card holds: a national identifier that is not given out.
FOREIGN: Final = bytes.fromhex("F000000000010105")


def by_sfi(sfi: int) -> int:
    """P1 of READ BINARY and UPDATE BINARY that names a file by its short identifier."""
    return BY_SFI | sfi


def apdu(
    cla: int, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", le: int | None = None
) -> bytes:
    """Any command."""
    return Command(cla, ins, p1, p2, data, le).build()


def select(name: bytes, le: int | None = 0) -> bytes:
    """SELECT by DF name."""
    return apdu(0x00, INS.SELECT, BY_NAME, 0x00, name, le)


def select_fid(fid: int) -> bytes:
    """SELECT by file identifier."""
    return apdu(0x00, INS.SELECT, 0x00, 0x00, fid.to_bytes(2, "big"), 0)


def read_binary(sfi: int, offset: int = 0, le: int = 0) -> bytes:
    """READ BINARY of a file by its short identifier."""
    return apdu(0x00, INS.READ_BINARY, BY_SFI | sfi, offset, le=le)


def read_record(number: int, sfi: int, le: int = 0) -> bytes:
    """READ RECORD by number; in cyclic files 1 is the newest."""
    return apdu(0x00, INS.READ_RECORD, number, sfi << 3 | BY_NUMBER, le=le)


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
    if operation != Operation.OVERDRAFT:
        data += amount.to_bytes(4, "big")
    p2 = Purse.ED if operation == Operation.OVERDRAFT else Purse.EP
    row = OPERATIONS[Operation(operation)].initialize
    return apdu(0x80, row.ins, row.p1[0], p2, data + terminal, row.le if le is None else le)


def debit(serial: bytes, moment: bytes, mac1: bytes, *, p1: int = 0x01) -> bytes:
    """DEBIT FOR PURCHASE and COMPOSITE PURCHASE."""
    return apdu(0x80, INS.DEBIT, p1, 0x00, serial + moment + mac1, DEBIT.le)


def credit(moment: bytes, mac2: bytes, *, p2: int = 0x00) -> bytes:
    """CREDIT FOR LOAD."""
    return apdu(0x80, INS.CREDIT_FOR_LOAD, 0x00, p2, moment + mac2, CREDIT_FOR_LOAD.le)


def debit_unload(moment: bytes, mac2: bytes) -> bytes:
    """DEBIT FOR UNLOAD."""
    row = DEBIT_UNLOAD
    return apdu(0x80, row.ins, row.p1[0], 0x00, moment + mac2, row.le)


def update_overdraft(limit: int, moment: bytes, mac2: bytes) -> bytes:
    """UPDATE OVERDRAFT LIMIT."""
    data = limit.to_bytes(3, "big") + moment + mac2
    return apdu(0x80, INS.UPDATE_OVERDRAFT, 0x00, 0x00, data, UPDATE_OVERDRAFT.le)


def cache(p1: int, sfi: int, record: bytes) -> bytes:
    """UPDATE CAPP DATA CACHE; P2 as validators send it (mode 000)."""
    return apdu(0x80, INS.UPDATE_RECORD, p1, sfi << 3, record)


def prove(transaction_type: int, number: int) -> bytes:
    """GET TRANSACTION PROVE."""
    data = (number & 0xFFFF).to_bytes(2, "big")
    row = GET_TRANSACTION_PROVE
    return apdu(0x80, row.ins, 0x00, transaction_type, data, row.le)


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
    return apdu(0x00, INS.UPDATE_RECORD, number, sfi << 3 | BY_NUMBER, record)
