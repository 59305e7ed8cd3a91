"""Which command an APDU is: its name, its Chinese name, the layout of data and answer.

This table knows nothing of selected files; `annotate` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.codes import INS, Cla
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.purse import (
    Balance,
    BalanceAll,
    CreditData,
    DebitAnswer,
    DebitData,
    InitializeData,
    InitializeLoadAnswer,
    InitializeOverdraftAnswer,
    InitializeOverdraftData,
    InitializePurchaseAnswer,
    LoadAnswer,
    OverdraftData,
    ProveAnswer,
    ProveData,
    SamCheckData,
    SamPurchaseAnswer,
    SamPurchaseData1,
    SamPurchaseData2,
    UnloadAnswer,
)
from ykt_sim.wire.record import Record

#: Bytes of a secure-messaging MAC at the end of data or answer.
MAC_SIZE: Final = 4

#: Instructions that only e-cash cards, other editions or grey-lock purses know [LAB][UM].
UPDATE_EXT_CACHE: Final = 0xDE
ALGORITHM: Final = 0xCD


class CommandInfo(msgspec.Struct, frozen=True):
    """What a command is.

    Attributes:
        name: English name as the manuals write it.
        zh: Chinese name.
        data: possible layouts of the command data, told apart by their size.
        answer: possible layouts of a successful answer, told apart by their size.
        remark: what the parameters say, e.g. which balance is asked for.
    """

    name: str
    zh: str
    data: tuple[type[Record], ...] = ()
    answer: tuple[type[Record], ...] = ()
    remark: str = ""


_PURCHASE = (InitializePurchaseAnswer,)
_LOAD = (InitializeLoadAnswer,)
_INITIALIZE: Final = {
    0x00: CommandInfo("INITIALIZE FOR LOAD", "圈存初始化", (InitializeData,), _LOAD),
    0x01: CommandInfo("INITIALIZE FOR PURCHASE", "消费初始化", (InitializeData,), _PURCHASE),
    0x02: CommandInfo("INITIALIZE FOR CASH WITHDRAW", "取现初始化", (InitializeData,), _PURCHASE),
    0x03: CommandInfo(
        "INITIALIZE FOR CAPP PURCHASE", "复合应用消费初始化", (InitializeData,), _PURCHASE
    ),
    0x04: CommandInfo(
        "INITIALIZE FOR UPDATE",
        "修改透支限额初始化",
        (InitializeOverdraftData,),
        (InitializeOverdraftAnswer,),
    ),
    0x05: CommandInfo("INITIALIZE FOR UNLOAD", "圈提初始化", (InitializeData,), _LOAD),
}
_PURCHASE_DEBIT = CommandInfo(
    "DEBIT FOR PURCHASE / CASH / CAPP", "消费/取现/复合消费", (DebitData,), (DebitAnswer,)
)
_DEBIT: Final = {
    0x01: _PURCHASE_DEBIT,
    0x02: _PURCHASE_DEBIT,
    0x03: CommandInfo("DEBIT FOR UNLOAD", "圈提", (CreditData,), (UnloadAnswer,)),
}

#: GET BALANCE P1 for the first ticket currency; 06 to 0B repeat it for the second [LAB].
BALANCE_P1: Final = {
    0x00: ("available balance (actual and unused overdraft)", "可用余额"),
    0x01: ("overdraft limit", "透支限额"),
    0x02: ("overdrawn amount", "已透支金额"),
    0x03: ("actual balance", "实际余额"),
    0x04: ("upper limit of the actual balance", "余额上限"),
    0x05: ("all values", "全部"),
}

_SIMPLE: Final[dict[int, CommandInfo]] = {
    INS.ERASE_DF: CommandInfo("ERASE DF", "擦除 DF"),
    INS.CARD_BLOCK: CommandInfo("CARD BLOCK", "卡片锁定"),
    INS.APP_UNBLOCK: CommandInfo("APPLICATION UNBLOCK", "应用解锁"),
    INS.APP_BLOCK: CommandInfo("APPLICATION BLOCK", "应用锁定"),
    INS.VERIFY: CommandInfo("VERIFY PIN", "校验 PIN"),
    INS.PIN_UNBLOCK: CommandInfo("PIN UNBLOCK", "PIN 解锁"),
    INS.CREDIT_FOR_LOAD: CommandInfo("CREDIT FOR LOAD", "圈存", (CreditData,), (LoadAnswer,)),
    INS.UPDATE_OVERDRAFT: CommandInfo(
        "UPDATE OVERDRAW LIMIT", "修改透支限额", (OverdraftData,), (LoadAnswer,)
    ),
    INS.GET_TRANSACTION_PROVE: CommandInfo(
        "GET TRANSACTION PROVE", "取交易认证", (ProveData,), (ProveAnswer,)
    ),
    INS.SAM_INIT_PURCHASE: CommandInfo(
        "PSAM INIT FOR PURCHASE",
        "PSAM 消费初始化(MAC1 计算)",
        (SamPurchaseData1, SamPurchaseData2),
        (SamPurchaseAnswer,),
    ),
    INS.SAM_CHECK_MAC2: CommandInfo("PSAM CREDIT (CHECK MAC2)", "PSAM 校验 MAC2", (SamCheckData,)),
    INS.EXTERNAL_AUTHENTICATE: CommandInfo("EXTERNAL AUTHENTICATE", "外部认证"),
    INS.GET_CHALLENGE: CommandInfo("GET CHALLENGE", "取随机数"),
    INS.INTERNAL_AUTHENTICATE: CommandInfo("INTERNAL AUTHENTICATE", "内部认证"),
    INS.GET_PROCESSING_OPTIONS: CommandInfo("GET PROCESSING OPTIONS", "取处理选项"),
    INS.SELECT: CommandInfo("SELECT", "选择文件"),
    INS.READ_BINARY: CommandInfo("READ BINARY", "读二进制文件"),
    INS.READ_RECORD: CommandInfo("READ RECORD", "读记录文件"),
    INS.READ_EXT_DATA: CommandInfo("READ EXT DATA", "读扩展应用数据"),
    INS.GET_RESPONSE: CommandInfo("GET RESPONSE", "取响应数据"),
    INS.GET_DATA: CommandInfo("GET DATA", "取数据"),
    INS.WRITE_KEY: CommandInfo("WRITE KEY", "增加或修改密钥"),
    INS.UPDATE_BINARY: CommandInfo("UPDATE BINARY", "写二进制文件"),
    0xD0: CommandInfo("UPDATE BINARY", "写二进制文件"),
    INS.UPDATE_RECORD: CommandInfo("UPDATE RECORD", "写记录文件"),
    INS.CREATE_FILE: CommandInfo("CREATE FILE", "建立文件"),
    INS.APPEND_RECORD: CommandInfo("APPEND RECORD", "追加记录"),
    UPDATE_EXT_CACHE: CommandInfo("UPDATE EXT CACHE", "更新扩展应用缓存"),
    ALGORITHM: CommandInfo("ALGORITHM", "算法查询/切换"),
    0x2C: CommandInfo("UNBLOCK", "解锁"),
    0x30: CommandInfo("PULL", "专用消费(建设部)"),
    0x32: CommandInfo("CHARGE", "专用充值(建设部)"),
}
_CAPP_CACHE = CommandInfo("UPDATE CAPP DATA CACHE", "更新复合应用数据缓存")
_UNKNOWN = CommandInfo("unknown command", "未知命令")
_GREY_LOCK: Final = {
    0x7A: CommandInfo("INIT GREY LOCK / UNLOCK", "灰锁/解扣初始化"),
    0x7C: CommandInfo("GREY LOCK / UNLOCK", "灰锁/联机解扣"),
    0x7E: CommandInfo("DEBIT FOR UNLOCK", "解扣"),
}
_APPLET_ACTIVATION = CommandInfo("SET STATUS (applet activation)", "激活/去激活应用")
_PIN: Final = {0: CommandInfo("RELOAD PIN", "重装 PIN"), 1: CommandInfo("CHANGE PIN", "修改 PIN")}


def is_proprietary(command: Command) -> bool:
    """True for class 8x, with or without secure messaging."""
    return command.cla & 0xF0 == Cla.PBOC


def is_protected(command: Command) -> bool:
    """True when the class announces secure messaging (bit 04)."""
    return command.cla & 0xF4 in {Cla.ISO_SM, Cla.PBOC_SM}


def _balance(command: Command) -> CommandInfo:
    p1 = command.p1
    which = BALANCE_P1.get(p1 if p1 < 6 else p1 - 6)
    second = ", second ticket currency" if which and p1 >= 6 else ""
    remark = f"{which[0]}{second} {which[1]}" if which else ""
    return CommandInfo("GET BALANCE", "查询余额", answer=(Balance, BalanceAll), remark=remark)


def _record_update(command: Command) -> CommandInfo:
    return _CAPP_CACHE if is_proprietary(command) else _SIMPLE[INS.UPDATE_RECORD]


#: Instructions whose meaning depends on the class or on P1.
_BY_PARAMETER: Final[dict[int, Callable[[Command], CommandInfo]]] = {
    INS.INITIALIZE: lambda command: _INITIALIZE.get(command.p1 & 0x0F, _UNKNOWN),
    INS.DEBIT: lambda command: _DEBIT.get(command.p1, _PURCHASE_DEBIT),
    INS.GET_BALANCE: _balance,
    INS.CHANGE_PIN: lambda command: _PIN.get(command.p1, _UNKNOWN),
    INS.UPDATE_RECORD: _record_update,
    0xF0: lambda command: _APPLET_ACTIVATION if is_proprietary(command) else _UNKNOWN,
}


def describe(command: Command) -> CommandInfo:
    """Say which command this is; an unlisted one is ``unknown command``."""
    if command.cla & 0xF0 == 0xE0:
        return _GREY_LOCK.get(command.ins, _UNKNOWN)
    special = _BY_PARAMETER.get(command.ins)
    return special(command) if special else _SIMPLE.get(command.ins, _UNKNOWN)


def pick(layouts: tuple[type[Record], ...], size: int) -> type[Record] | None:
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


_BINARY: Final = {INS.READ_BINARY, INS.UPDATE_BINARY, 0xD0}
_RECORD: Final = {INS.READ_RECORD, INS.UPDATE_RECORD}


def _transparent(command: Command) -> FileReference:
    if command.p1 & 0x80:
        return FileReference(command.p1 & 0x1F or None, offset=command.p2)
    return FileReference(None, offset=command.p1 << 8 | command.p2)


def _by_record(command: Command) -> FileReference:
    sfi, mode = command.p2 >> 3 or None, command.p2 & 7
    if mode in {4, 5}:
        return FileReference(sfi, record=command.p1, many=mode == 5)
    return FileReference(sfi, record_id=command.p1)


def _extended(command: Command) -> FileReference:
    wanted = int.from_bytes(command.data[:2], "big") if len(command.data) >= 2 else None
    return FileReference(command.p2 >> 3 or None, record_id=wanted)


_REFERENCES: Final[dict[int, Callable[[Command], FileReference]]] = {
    INS.READ_BINARY: _transparent,
    INS.UPDATE_BINARY: _transparent,
    0xD0: _transparent,
    INS.READ_RECORD: _by_record,
    INS.UPDATE_RECORD: _by_record,
    INS.APPEND_RECORD: lambda command: FileReference(command.p2 >> 3 or None),
    INS.READ_EXT_DATA: _extended,
    UPDATE_EXT_CACHE: _extended,
}


def file_reference(command: Command) -> FileReference | None:
    """Read P1 P2 of a file command; None for other commands."""
    reader = _REFERENCES.get(command.ins)
    return reader(command) if reader and command.cla & 0xF0 != 0xE0 else None
