"""What lies in a card's persistent memory: immutable values under typed keys.

Every value is frozen, so a snapshot is a copy of one dict and a transaction replaces
whole values. Keys are plain tuples:

========================  =============================================
``("card",)``             `CardState`
``("df", fid)``           `Df`
``("ef", df, fid)``       `Ef`
``("data", df, fid)``     ``bytes`` (transparent) or ``tuple[bytes, ...]``
``("key", df, type, id)`` `Key`
``("purse", df, kind)``   `PurseState`
``("money", name)``       `Money`
========================  =============================================
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from ykt_sim.codes import FileType

MF: Final = 0x3F00
#: Overdraft limits have three bytes; ceiling + limit stays below that on T-Union purses [LAB].
MAX_LIMIT: Final = 0xFFFFFF
#: Bytes of EF 15 that stand in an FCI. A longer one is left out of it: names and heads must fit a
#: short answer with it (project convention).
MAX_ISSUER_DATA: Final = 0xC8

CellKey = tuple[str | int, ...]

# Ranges, checked when an image is read.
Byte = Annotated[int, msgspec.Meta(ge=0, le=0xFF)]
Word = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
Fen24 = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFF)]
Fen32 = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFFFF)]
Nibble = Annotated[int, msgspec.Meta(ge=0, le=15)]
Blocked = Annotated[int, msgspec.Meta(ge=0, le=2)]
KeyBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=16)]
Code = Annotated[bytes, msgspec.Meta(min_length=4, max_length=4)]
Name = Annotated[bytes, msgspec.Meta(max_length=16)]


class _Frozen(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """Base of all cell values; none can be part of a reference cycle."""


class CardState(_Frozen, frozen=True):
    """Facts about the whole card.

    Attributes:
        atr: answer to reset, hex.
        profile: name of the profile it was made from.
        blocked: CARD BLOCK was executed; every command answers 6A81.
        ppse_lockout: after SELECT PPSE only the listed applications can be selected.
        capacity: bytes of file memory under the MF, for CREATE FILE's 6A84.
    """

    atr: bytes
    profile: str = ""
    blocked: bool = False
    ppse_lockout: bool = False
    capacity: Annotated[int, msgspec.Meta(ge=0)] = 16384


class Df(_Frozen, frozen=True):
    """A directory: MF, DDF or ADF.

    Attributes:
        parent: FID of the parent, 0 for the MF.
        name: DF name (AID), empty when it has none.
        app_id: the byte of CREATE FILE: 100sssss marks an ADF, 000sssss a DDF.
        create_ac, erase_ac: access bytes for CREATE FILE and ERASE DF.
        size: bytes reserved at creation.
        standard: ``tunion``, ``lnt``, ``ecash`` or empty; which reading of files applies.
        fci: content of A5 as (tag, value) pairs; None for the FMCOS default; a value of
            None stands for the content of EF 15.
        fci_trailing: bytes after A5 inside 6F (seen on real cards).
        listed: AIDs of a payment directory; set on the PPSE only.
        select_sw: status word of SELECT when not 9000 (PAY.MF1X answers 6A81).
        blocked_select_sw, locked_select_sw: status word of SELECT while blocked
            temporarily or for good; 6A81 unless a profile says otherwise [GM 8.3].
        blocked: 0 not, 1 temporarily, 2 permanently.
        unblock_failures: consecutive wrong APPLICATION UNBLOCK, three lock for good.
        lock_on_line_mac: three wrong line MACs lock the application for good [GM App. A].
        get_data: answers of GET DATA by tag.
    """

    parent: Word = MF
    name: Name = b""
    app_id: Byte = 0
    create_ac: Byte = 0xF0
    erase_ac: Byte = 0xF0
    size: Annotated[int, msgspec.Meta(ge=0)] = 0
    standard: str = ""
    fci: tuple[tuple[Word, bytes | None], ...] | None = None
    fci_trailing: bytes = b""
    listed: tuple[bytes, ...] = ()
    select_sw: Word = 0x9000
    blocked_select_sw: Word = 0x6A81
    locked_select_sw: Word = 0x6A81
    blocked: Blocked = 0
    unblock_failures: Byte = 0
    lock_on_line_mac: bool = False
    get_data: tuple[tuple[Word, bytes], ...] = ()


class Ef(_Frozen, frozen=True):
    """An elementary file's header.

    Attributes:
        type: file type without protection bits (`FileType`).
        size: bytes of a transparent or variable file, space of a key file.
        record_length, max_records: for fixed and cyclic files.
        read_ac, write_ac: access bytes.
        protection: 00 none, 80 MAC, C0 encipherment and MAC.
        access: the byte that selects line keys and forces protected reads [SM 1.3].
        capp_ac: access byte for UPDATE CAPP DATA CACHE; None means write_ac.
        id_size: bytes of a record's identifier in a variable file (1, or 2 for EF 1A).
    """

    type: Byte
    size: Word = 0
    record_length: Byte = 0
    max_records: Byte = 0
    read_ac: Byte = 0xF0
    write_ac: Byte = 0xF0
    protection: Byte = 0
    access: Byte = 0xFF
    capp_ac: Byte | None = None
    id_size: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1


class Key(_Frozen, frozen=True):
    """A key or PIN in a key file.

    Attributes:
        value: key bytes (8 or 16) or PIN bytes without FF padding.
        protection: 80/C0 bits of the type byte it was written with.
        use_ac, change_ac: access bytes.
        version, algorithm: for purse and internal keys; algorithm does not choose the cipher.
        follow: state set by a successful authentication (types 39 and 3A).
        tries, left: error counter: maximum and remaining; tries 0 means uncounted.
        role: name in the test key file, for `ykt card keys`.
    """

    value: KeyBytes
    protection: Byte = 0
    use_ac: Byte = 0xF0
    change_ac: Byte = 0xF0
    version: Byte = 0
    algorithm: Byte = 0
    follow: Nibble = 0
    tries: Nibble = 0
    left: Nibble = 0
    role: str = ""


class Money(_Frozen, frozen=True):
    """The amounts of a purse in fen; two purses may share one.

    Attributes:
        actual: B, actual balance.
        limit: C, overdraft limit.
        overdrawn: D, overdrawn amount, 0..C.
    """

    actual: Fen32 = 0
    limit: Fen24 = 0
    overdrawn: Fen24 = 0

    @property
    def available(self) -> int:
        """B + C - D, what INITIALIZE answers as balance."""
        return self.actual + self.limit - self.overdrawn


class Proof(_Frozen, frozen=True):
    """What GET TRANSACTION PROVE can answer: the last commit's codes.

    Attributes:
        type: transaction type.
        number: the counter AFTER the transaction (purse facts 0.2).
        mac2, tac: four bytes each; for a load MAC2 is the host's, for an unload the
            second value is MAC3 (project convention, no source).
    """

    type: Byte
    number: Word
    mac2: Code
    tac: Code


class PurseState(_Frozen, frozen=True):
    """A purse's rules and counters; its money is in ``("money", money)``.

    Attributes:
        money: name of the money cell; two applications may name the same one.
        ceiling: A, upper limit of the actual balance, fen.
        log_fid: FID of the cyclic log.
        use_ac: access byte for transactions.
        online, offline: counters, 0..FFFF.
        proof: last commit.
        overdraft: UPDATE OVERDRAFT LIMIT is allowed on this purse.
        pin_for: transactions that need the PIN when the directory has one.
        balance_p1: GET BALANCE P1 values beyond 00 are answered.
        p1_00_actual: P1=00 answers the actual balance instead of the available one.
        top_bit: GET BALANCE sets the top bit of balances (seen on Shenzhen Tong).
        debit_p1_02: DEBIT accepts P1=02 beside 01 [LAB page].
    """

    money: str
    ceiling: Fen32 = 0xFFFFFFFF
    log_fid: Word = 0x18
    use_ac: Byte = 0xF0
    online: Word = 0
    offline: Word = 0
    proof: Proof | None = None
    overdraft: bool = False
    pin_for: tuple[str, ...] = ()
    balance_p1: bool = False
    p1_00_actual: bool = False
    top_bit: bool = False
    debit_p1_02: bool = False


def misfit(ef: Ef, content: object) -> str:
    """Say why content does not fit a file's header; empty when it does."""
    if ef.type == FileType.TRANSPARENT:
        size = len(content) if isinstance(content, bytes) else -1
        return "" if size == ef.size else f"{ef.size} bytes expected"
    if ef.type not in (FileType.FIXED, FileType.VARIABLE, FileType.CYCLIC):
        return "" if content is None else "no content expected"
    if not isinstance(content, tuple):
        return "records expected"
    if ef.type == FileType.VARIABLE:
        short = any(not ef.id_size < len(record) <= 0xFF for record in content)
        return f"records in {ef.size} bytes expected" if short or _total(content) > ef.size else ""
    wrong = any(len(record) != ef.record_length for record in content)
    if wrong or len(content) > ef.max_records:
        return f"up to {ef.max_records} records of {ef.record_length} bytes expected"
    return ""


def _total(records: tuple[bytes, ...]) -> int:
    return sum(map(len, records))


CellValue = CardState | Df | Ef | Key | Money | PurseState | bytes | tuple[bytes, ...]
Cells = dict[CellKey, CellValue]
