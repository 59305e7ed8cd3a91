"""What a command says besides its name: which file it means, which balance it asks for.

What each command is stands in `wire.commands`. This module knows nothing of selected files;
`annotate` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.codes import INS, BalanceKind, Cla
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import (
    BY_NUMBER,
    BY_SFI,
    GET_BALANCE,
    SAM_DES,
    SAM_INIT_DES,
    UPDATE_EXT_CACHE,
    Layouts,
    find,
    is_foreign,
)
from ykt_sim.wire.record import Record

#: Bytes of a secure-messaging MAC at the end of data or answer.
MAC_SIZE: Final = 4
#: Classes of secure messaging.
_PROTECTED: Final = frozenset({Cla.ISO_SM, Cla.PBOC_SM})
#: Data of READ EXT DATA that wants a MAC in the answer.
_ID_AND_RANDOM: Final = 10
#: Mode of READ RECORD that asks for all records from one on.
_AND_ON: Final = 0b101

#: What P1 of GET BALANCE asks for, in both languages.
_BALANCES: Final[dict[int, str]] = {
    BalanceKind.AVAILABLE: "available balance (actual and unused overdraft){} 可用余额",
    BalanceKind.OVERDRAFT_LIMIT: "overdraft limit{} 透支限额",
    BalanceKind.OVERDRAWN: "overdrawn amount{} 已透支金额",
    BalanceKind.ACTUAL: "actual balance{} 实际余额",
    BalanceKind.CEILING: "upper limit of the actual balance{} 余额上限",
    BalanceKind.ALL: "all values{} 全部",
}

#: What P1 of a PSAM's DES asks for [CODE].
_DES: Final[dict[int, str]] = {
    0x00: "enciphers data 加密",
    0x05: "MAC over IV (8 bytes) and padded data 计算 MAC",
}
#: Instructions of which that is said.
_REMARKED: Final = frozenset({GET_BALANCE.ins, SAM_INIT_DES.ins, SAM_DES.ins})


def is_protected(command: Command) -> bool:
    """True when the class announces secure messaging (bit 04)."""
    return command.cla & 0xF4 in _PROTECTED


def answers_mac(command: Command) -> bool:
    """True for READ EXT DATA with eight random bytes: a MAC comes behind the record [CODE]."""
    return command.ins == INS.READ_EXT_DATA and len(command.data) == _ID_AND_RANDOM


def remark(command: Command) -> str:
    """What GET BALANCE or a PSAM's DES asks for; empty for others, and for an unlisted P1."""
    row = find(command) if command.ins in _REMARKED else None
    if row is SAM_INIT_DES:
        return (
            f"usage {command.p1:02X} 用途, key version {command.p2:02X} 密钥版本, "
            f"factor {command.data.hex().upper()} 分散因子"
        )
    if row is SAM_DES:
        return _DES.get(command.p1, "")
    if row is not GET_BALANCE:
        return ""
    second = command.p1 >= len(BalanceKind)
    words = _BALANCES.get(command.p1 - len(BalanceKind) * second, "")
    return words.format(", second ticket currency" if second else "")


def pick(layouts: Layouts, size: int) -> type[Record] | None:
    """Which of the layouts has this size."""
    return next((layout for layout in layouts if size == layout.SIZE), None)


class FileReference(msgspec.Struct, frozen=True):
    """Which file a command names.

    Attributes:
        sfi: short identifier, None for the current file.
        offset: first byte, for transparent files.
        record: record number, None when not by number.
        record_id: record id, None when not by id.
        many: all records from ``record`` on are asked for.
    """

    sfi: int | None
    offset: int = 0
    record: int | None = None
    record_id: int | None = None
    many: bool = False


def _transparent(command: Command) -> FileReference:
    if command.p1 & BY_SFI:
        return FileReference(command.p1 & 0x1F or None, offset=command.p2)
    return FileReference(None, offset=command.p1 << 8 | command.p2)


def _by_record(command: Command) -> FileReference:
    sfi, mode = command.p2 >> 3 or None, command.p2 & 7
    if mode in {BY_NUMBER, _AND_ON}:
        return FileReference(sfi, record=command.p1, many=mode == _AND_ON)
    return FileReference(sfi, record_id=command.p1)


def _extended(command: Command) -> FileReference:
    wanted = int.from_bytes(command.data[:2], "big") if len(command.data) >= 2 else None
    return FileReference(command.p2 >> 3 or None, record_id=wanted)


_REFERENCES: Final[dict[int, Callable[[Command], FileReference]]] = {
    INS.READ_BINARY: _transparent,
    INS.UPDATE_BINARY: _transparent,
    INS.WRITE_BINARY: _transparent,
    INS.READ_RECORD: _by_record,
    INS.UPDATE_RECORD: _by_record,
    INS.APPEND_RECORD: lambda command: FileReference(command.p2 >> 3 or None),
    INS.READ_EXT_DATA: _extended,
    UPDATE_EXT_CACHE.ins: _extended,
}


def file_reference(command: Command) -> FileReference | None:
    """Read P1 P2 of a file command; None for other commands."""
    reader = _REFERENCES.get(command.ins)
    foreign = is_foreign(command) or command.cla & 0xF0 == Cla.GREY_LOCK
    return reader(command) if reader and not foreign else None
