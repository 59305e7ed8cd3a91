"""What the model knows of a card: what it keeps without power, and the session.

Everything starts unknown (None) and is learnt from answers; of a card in its first state some
things are known at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ykt_sim.codes import Operation, TransactionType
from ykt_sim.meaning.duty.purse import Money

#: Bytes of which some are not known (None).
Pattern = Sequence[int | None]


def fits(pattern: Pattern, data: bytes) -> bool:
    """The data have the pattern's length and its known bytes."""
    if isinstance(pattern, bytes):
        return pattern == data
    pairs = zip(pattern, data, strict=False)
    return len(pattern) == len(data) and all(due in (None, got) for due, got in pairs)


def shown(pattern: Pattern) -> str:
    """In hex, unknown bytes as ``..``."""
    return "".join(".." if byte is None else f"{byte:02X}" for byte in pattern)


def filled(pattern: Pattern, data: bytes) -> bytes:
    """The pattern with what is unknown in it as it stands in these data of its length."""
    return bytes(byte if own is None else own for own, byte in zip(pattern, data, strict=True))


@dataclass(slots=True)
class Transparent:
    """A transparent file.

    Attributes:
        size: bytes, None while not known.
        content: byte by byte, as far as it was seen.
        exists: None while not known.
    """

    size: int | None = None
    content: list[int | None] = field(default_factory=list)
    exists: bool | None = None

    def part(self, start: int, length: int) -> Pattern:
        """So many bytes from an offset."""
        have = self.content[start : start + length]
        return (*have, *(None for _ in range(length - len(have))))

    def write(self, start: int, data: bytes) -> None:
        """Put bytes in, or learn them."""
        end = start + len(data)
        self.content.extend([None] * (end - len(self.content)))
        self.content[start:end] = data


@dataclass(slots=True)
class Cyclic:
    """A cyclic file: record 1 is the newest."""

    length: int
    records: list[Pattern | None]

    def push(self, record: Pattern) -> None:
        """A new record moves the others on, the oldest goes."""
        self.records = [record, *self.records[:-1]]


@dataclass(slots=True)
class Variable:
    """A file of records with identifiers.

    Attributes:
        id_size: bytes of an identifier; its low byte finds the record.
        ids: low byte to content, None for a record that is there and was not read.
        numbers: record number to low byte, as seen.
        absent: identifiers that were not found.
        behind: the lowest number that was not found.
        exists: None while not known.
        strange: something was written of which nobody knows what it did.
    """

    id_size: int
    ids: dict[int, bytes | None] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    absent: set[int] = field(default_factory=set)
    behind: int = 256
    exists: bool | None = None
    strange: bool = False


File = Transparent | Cyclic | Variable


def blur(file: File) -> None:
    """Something was written of which nobody knows what it did."""
    if isinstance(file, Transparent):
        file.content = []
    elif isinstance(file, Cyclic):
        file.records = [None] * len(file.records)
    else:
        file.strange = True


@dataclass(slots=True)
class Secret:
    """A PIN, or a key with an error counter.

    Attributes:
        value: the PIN; keys are in the ring.
        left: tries, None while not known.
        most: tries after success, None while not known.
    """

    value: bytes | None = None
    left: int | None = None
    most: int | None = None
    full: bool = False

    def right(self) -> None:
        """It was shown rightly: all tries are back."""
        self.left, self.full = self.most, True

    def wrong(self, told: int | None) -> None:
        """It was wrong; told is how many tries the card says are left, None for no word."""
        if told is None:
            self.left, self.full = None, False
            return
        if self.full and self.most is None:
            self.most = told + 1
        self.left, self.full = told, False

    def unsure(self) -> None:
        """Nobody knows how many tries are left."""
        if not self.full:
            self.left = None


@dataclass(slots=True)
class Proof:
    """What GET TRANSACTION PROVE gives; codes are None where they cannot be worked out."""

    type: int
    number: int
    mac2: bytes | None
    tac: bytes | None


@dataclass(slots=True)
class Purse:
    """A purse.

    Attributes:
        money: maybe shared with another purse.
        counters: online and offline, by ``True`` and ``False``; None while not known.
        keys: key version and algorithm by operation, as told.
        indexes: key indexes other than 01 that were taken (True) or refused, by operation.
        proof: of the last commit; None: none, or not known.
        proof_known: what `proof` says is known.
        logs_overdraft: an update of the limit leaves a line in the log; None while not known.
        second: second amount of GET BALANCE P1 05, as told.
        asks_pin: which operations ask for the PIN, where the form is silent.
    """

    money: Money
    counters: dict[bool, int | None] = field(default_factory=lambda: {True: None, False: None})
    keys: dict[Operation, bytes] = field(default_factory=dict)
    indexes: dict[tuple[Operation, int], bool] = field(default_factory=dict)
    proof: Proof | None = None
    proof_known: bool = False
    logs_overdraft: bool | None = None
    second: int | None = None
    asks_pin: dict[Operation, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Directory:
    """An application.

    Attributes:
        standard: what it is: ``tunion``, ``lnt``, ``lnt-basic``, ``mf1x``, ``ecash``, ``ppse``.
        name: as claimed; as told once it was selected.
        fci: as told.
        blocked: 0 no, 1 for a time, 2 for good; None while not known.
        unblock_wrong: wrong unblocks in a row; None while not known.
        line_update, line_other: wrong line MACs in a row, on EF 15 and 16, and elsewhere.
    """

    standard: str
    name: bytes
    fci: bytes | None = None
    blocked: int | None = None
    unblock_wrong: int | None = None
    line_update: int | None = None
    line_other: int = 0
    files: dict[int, File] = field(default_factory=dict)
    purse: Purse | None = None
    pin: Secret = field(default_factory=Secret)
    auth: Secret = field(default_factory=Secret)
    reload_wrong: int | None = None
    unlock_wrong: int | None = None
    writes_records: dict[int, bool] = field(default_factory=dict)
    data: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Transaction:
    """What INITIALIZE began.

    Attributes:
        request, answer: parsed.
        sure: it is open; False where a command came between of which nobody knows.
        cache: updates that wait: file and record.
    """

    operation: Operation
    type: TransactionType
    amount: int
    terminal: str
    request: Any
    answer: Any
    sure: bool = True
    cache: list[tuple[int, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class Session:
    """What a reset ends.

    Attributes:
        known: which directory is current is known.
        df: standard of the current directory; empty for none.
        ef: short identifier of the current file; None none, -1 not known.
        challenge: that the last command drew; empty: none; None: not known.
        pin: the PIN was shown; None while not known.
        auth: EXTERNAL AUTHENTICATE has opened something; likewise.
        locked: PPSE was selected: PAY.* may be hidden; None while not known.
        refused: a commit was refused since the last INITIALIZE.
    """

    known: bool = True
    df: str = ""
    ef: int | None = None
    challenge: bytes | None = b""
    pin: bool | None = False
    auth: bool | None = False
    locked: bool | None = False
    refused: bool = False
    transaction: Transaction | None = None


@dataclass(slots=True)
class State:
    """One way in which a card may be."""

    directories: dict[str, Directory]
    session: Session
    dead: bool = False
    atr: bytes | None = None
