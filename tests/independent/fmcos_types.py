"""Words of the FMCOS protocol as the independent client uses them: codes, keys, receipts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum

Transmit = Callable[[bytes], bytes]


class CardError(Exception):
    """The card answered something else than 9000."""

    def __init__(self, sw: int, command: bytes, data: bytes = b"") -> None:
        super().__init__(f"SW {sw:04X} to {command.hex().upper()}")
        self.sw = sw
        self.command = command
        self.data = data


class ProofError(Exception):
    """A MAC or TAC of the card is not the one computed here, or an answer has a wrong shape."""


class FileType(IntEnum):
    """First byte of CREATE FILE."""

    BINARY = 0x28
    FIXED = 0x2A
    VARIABLE = 0x2C
    CYCLIC = 0x2E
    PURSE = 0x2F
    DIRECTORY = 0x38
    KEYS = 0x3F


class Protection(IntEnum):
    """High bits of a file type or key type."""

    NONE = 0x00
    MAC = 0x80
    ENCIPHERED = 0xC0


class KeyType(IntEnum):
    """Key types of WRITE KEY."""

    ENCRYPT = 0x30
    DECRYPT = 0x31
    MAC = 0x32
    TAC = 0x34
    LINE = 0x36
    PIN_UNBLOCK = 0x37
    PIN_RELOAD = 0x38
    EXTERNAL = 0x39
    PIN = 0x3A
    OVERDRAFT = 0x3C
    UNLOAD = 0x3D
    PURCHASE = 0x3E
    LOAD = 0x3F


class Purse(IntEnum):
    """P2 of the purse commands: electronic deposit and electronic purse."""

    ED = 0x01
    EP = 0x02


class Debit(Enum):
    """The offline transactions: P1 and P2 of INITIALIZE, transaction type, purse."""

    PURCHASE_ED = (0x01, Purse.ED, 0x05)
    PURCHASE_EP = (0x01, Purse.EP, 0x06)
    CASH = (0x02, Purse.ED, 0x04)
    COMPOSITE = (0x03, Purse.EP, 0x09)

    @property
    def p1(self) -> int:
        """P1 of INITIALIZE."""
        return self.value[0]

    @property
    def purse(self) -> Purse:
        """P2 of INITIALIZE."""
        return self.value[1]

    @property
    def type(self) -> int:
        """Transaction type of MACs, log record and proof."""
        return self.value[2]


TYPE_UNLOAD = 0x03
TYPE_OVERDRAFT = 0x07


@dataclass(frozen=True)
class PurseKeys:
    """The keys that a terminal, a host and a clearing centre would hold for one purse."""

    load: bytes
    purchase: bytes
    unload: bytes
    overdraft: bytes
    tac: bytes


@dataclass(frozen=True)
class OnlineSession:
    """An answered INITIALIZE for load, unload or overdraft update; MAC1 is already checked."""

    balance: int
    counter: int
    limit: int
    version: int
    algorithm: int
    key: bytes


@dataclass(frozen=True)
class DebitSession:
    """An answered INITIALIZE for purchase, cash withdrawal or composite purchase."""

    debit: Debit
    amount: int
    terminal: bytes
    balance: int
    counter: int
    limit: int
    version: int
    algorithm: int
    rand: bytes


@dataclass(frozen=True)
class Receipt:
    """A committed transaction: the counter before it, and what the card proved."""

    type: int
    balance: int
    counter: int
    tac: bytes
    mac2: bytes = b""

    @property
    def logged(self) -> int:
        """The number that the log and GET TRANSACTION PROVE use."""
        return self.counter + 1


@dataclass(frozen=True)
class CacheUpdate:
    """One UPDATE CAPP DATA CACHE: P1 and low bits of P2 say which record of which file."""

    sfi: int
    data: bytes
    p1: int = 1
    mode: int = 0b100
    key: bytes | None = None


@dataclass(frozen=True)
class LogRecord:
    """The 23 bytes of a transaction log."""

    number: int
    limit: int
    amount: int
    type: int
    terminal: bytes
    stamp: bytes

    @classmethod
    def parse(cls, raw: bytes) -> LogRecord:
        """Cut a record into its fields."""
        if len(raw) != 23:
            raise ProofError(f"a log record has 23 bytes, not {len(raw)}: {raw.hex()}")
        return cls(
            number=int.from_bytes(raw[0:2], "big"),
            limit=int.from_bytes(raw[2:5], "big"),
            amount=int.from_bytes(raw[5:9], "big"),
            type=raw[9],
            terminal=raw[10:16],
            stamp=raw[16:23],
        )
