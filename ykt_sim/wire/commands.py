"""What every command is, once: instruction, class, P1, P2, data, answer, names.

`COMMANDS` has a row for each command, `OPERATIONS` one for each kind of purse transaction:
which commands begin and commit it, and what goes under its codes. Cards and terminals take
from here what they speak, `meaning` what it shows, and the suite what it sends.

Sources: [GM] chapters 7 and 8, [SM] for issuing, [LAB] command pages, [CODE] readers and
validators, [UM] for grey locks. Commands of other cards are named and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from ykt_sim.codes import INS, BalanceKind, Cla, KeyType, Operation, Purse, TransactionType
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.record import Record

Layouts = tuple[type[Record], ...]

#: Bit of P1 of SELECT that says that the data are a name.
BY_NAME: Final = 0x04
#: Bit of P1 of READ and UPDATE BINARY that announces an SFI in the low five.
BY_SFI: Final = 0x80
#: Low bits of P2 of record commands, under the SFI: P1 is a record's id, or its number.
BY_ID: Final = 0b000
BY_NUMBER: Final = 0b100


class Chapter(StrEnum):
    """Who knows a command: any application of a card, or one kind of application only."""

    FILES = "files"
    SECURITY = "security"
    PURSE = "purse"
    ISSUING = "issuing"
    ECASH = "e-cash"
    PSAM = "PSAM"
    OTHER = "other cards"


class CommandRow(NamedTuple):
    """One command.

    Attributes:
        name: English name as the manuals write it.
        zh: Chinese name.
        ins: instruction byte.
        chapter: who knows it.
        cla: class bytes it is known under.
        p1, p2: values they may have; empty where they say what ``says`` tells.
        says: what P1 and P2 name, where that is not fixed.
        data, answer: layouts of the data and of a successful answer, told apart by size.
        sends, gives: sizes of data and answer where they have no layout of their own.
        changes: the card may be another one afterwards, if only by a try.
        source: where the row comes from.
        example: one such command, hex.
    """

    name: str
    zh: str
    ins: int
    chapter: Chapter
    cla: tuple[int, ...]
    p1: tuple[int, ...]
    p2: tuple[int, ...]
    source: str
    example: str
    data: Layouts = ()
    answer: Layouts = ()
    sends: range = range(1)
    gives: range = range(1)
    says: str = ""
    changes: bool = True

    @property
    def le(self) -> int:
        """Le that asks for the whole answer; 0, all there is, where its size is open."""
        return self.answer[0].SIZE if len(self.answer) == 1 else 0


_FILES, _SECURITY, _PURSE, _ISSUING = (
    Chapter.FILES, Chapter.SECURITY, Chapter.PURSE, Chapter.ISSUING,
)  # fmt: skip
_ISO, _PBOC = (Cla.ISO,), (Cla.PBOC,)
_ISO_OR_SM, _SM, _PBOC_OR_SM = (Cla.ISO, Cla.ISO_SM), (Cla.PBOC_SM,), (Cla.PBOC, Cla.PBOC_SM)
_0: Final = (0x00,)
_ANY: Final = ()
_EP, _ED, _BOTH = (Purse.EP,), (Purse.ED,), (Purse.ED, Purse.EP)
_BYTES: Final = range(256)
_SOME: Final = range(1, 256)
_ANSWER: Final = range(1, 257)
_BINARY: Final = "P1 P2: 80h and SFI, offset; or offset in the current file"
_RECORD: Final = "P1: record's number or id; P2: SFI and 100 or 000"
_BY_SFI: Final = "P2: SFI"
_KEY: Final = "P2: key's id"

SELECT: Final = CommandRow(
    "SELECT", "选择文件", INS.SELECT, _FILES, _ISO, (0x00, 0x04), (0x00, 0x02), "[GM 7.4][LAB]",
    "00A4040008A000000632010105", sends=range(17), gives=range(257), changes=False,
    says="P1: 00 by identifier, 04 by name; P2: 00 the first, 02 the next",
)  # fmt: skip
READ_BINARY: Final = CommandRow(
    "READ BINARY", "读二进制文件", INS.READ_BINARY, _FILES, _ISO_OR_SM, _ANY, _ANY, "[GM 7.5]",
    "00B0950000", gives=_ANSWER, says=_BINARY, changes=False,
)  # fmt: skip
UPDATE_BINARY: Final = CommandRow(
    "UPDATE BINARY", "写二进制文件", INS.UPDATE_BINARY, _FILES, _ISO_OR_SM, _ANY, _ANY,
    "[GM 7.7]", "04D6970005AAA48D2C35", sends=_SOME, says=_BINARY,
)  # fmt: skip
READ_RECORD: Final = CommandRow(
    "READ RECORD", "读记录文件", INS.READ_RECORD, _FILES, _ISO_OR_SM, _ANY, _ANY, "[GM 7.6]",
    "00B201C417", gives=_ANSWER, says=_RECORD, changes=False,
)  # fmt: skip
UPDATE_RECORD: Final = CommandRow(
    "UPDATE RECORD", "写记录文件", INS.UPDATE_RECORD, _FILES, _ISO_OR_SM, _ANY, _ANY,
    "[GM 7.8]", "00DC01C40101", sends=_SOME, says=_RECORD,
)  # fmt: skip
APPEND_RECORD: Final = CommandRow(
    "APPEND RECORD", "追加记录", INS.APPEND_RECORD, _FILES, _ISO_OR_SM, _0, _ANY, "[GM 7.9]",
    "00E200C00101", sends=_SOME, says=_BY_SFI,
)  # fmt: skip
GET_RESPONSE: Final = CommandRow(
    "GET RESPONSE", "取响应数据", INS.GET_RESPONSE, _FILES, _ISO, _0, _0, "[GM 1.4]",
    "00C0000010", gives=_ANSWER, changes=False,
)  # fmt: skip
GET_DATA: Final = CommandRow(
    "GET DATA", "取数据", INS.GET_DATA, _FILES, _PBOC, _ANY, _ANY, "[LAB]",
    "80CA9F7900", gives=_ANSWER, says="P1 P2: tag", changes=False,
)  # fmt: skip

GET_CHALLENGE: Final = CommandRow(
    "GET CHALLENGE", "取随机数", INS.GET_CHALLENGE, _SECURITY, _ISO, _0, _0, "[GM 7.2]",
    "0084000004", gives=range(4, 9, 4), changes=False,
)  # fmt: skip
EXTERNAL_AUTHENTICATE: Final = CommandRow(
    "EXTERNAL AUTHENTICATE", "外部认证", INS.EXTERNAL_AUTHENTICATE, _SECURITY, _ISO, _0, _ANY,
    "[GM 7.1]", "008200010874B0047DD681D96C", sends=range(8, 9), says=_KEY,
)  # fmt: skip
INTERNAL_AUTHENTICATE: Final = CommandRow(
    "INTERNAL AUTHENTICATE", "内部认证", INS.INTERNAL_AUTHENTICATE, _SECURITY, _ISO,
    (0x00, 0x01, 0x02, 0x03), _ANY, "[GM 7.3]", "00880001080102030405060708",
    sends=_SOME, gives=_ANSWER, changes=False,
    says="P1: to encipher, to decipher, MAC; P2: key's id",
)  # fmt: skip
VERIFY: Final = CommandRow(
    "VERIFY PIN", "校验 PIN", INS.VERIFY, _SECURITY, _ISO, _0, _ANY, "[GM 7.10][LAB]",
    "0020000003123456", sends=range(2, 9), says=_KEY,
)  # fmt: skip
RELOAD_PIN: Final = CommandRow(
    "RELOAD PIN", "重装 PIN", INS.CHANGE_PIN, _SECURITY, _PBOC, _0, _ANY, "[GM 8.5]",
    "805E000006123474B0047D", sends=range(6, 11), says=_KEY,
)  # fmt: skip
CHANGE_PIN: Final = CommandRow(
    "CHANGE PIN", "修改 PIN", INS.CHANGE_PIN, _SECURITY, _PBOC, (0x01,), _ANY, "[GM 8.6]",
    "805E0100051234FF5678", sends=range(5, 14), says=_KEY,
)  # fmt: skip
PIN_UNBLOCK: Final = CommandRow(
    "PIN UNBLOCK", "PIN 解锁", INS.PIN_UNBLOCK, _SECURITY, _SM, _ANY, _ANY, "[GM 8.4]",
    "842400010CF397B1FD0CD1747A8E0CB93B", sends=range(8, 17, 8),
    says="P1 or P2: key's id",
)  # fmt: skip
APP_BLOCK: Final = CommandRow(
    "APPLICATION BLOCK", "应用锁定", INS.APP_BLOCK, _SECURITY, _SM, (0x00, 0x01), (0x00, 0x01),
    "[GM 8.3][LAB]", "841E000004AABBCCDD",
    says="P1: 00 DES, 01 SM4; P2: 00 until unblocked, 01 for good",
)  # fmt: skip
APP_UNBLOCK: Final = CommandRow(
    "APPLICATION UNBLOCK", "应用解锁", INS.APP_UNBLOCK, _SECURITY, _SM, (0x00, 0x01), _0,
    "[GM 8.2][LAB]", "8418000004AABBCCDD", says="P1: 00 DES, 01 SM4",
)  # fmt: skip
CARD_BLOCK: Final = CommandRow(
    "CARD BLOCK", "卡片锁定", INS.CARD_BLOCK, _SECURITY, _SM, _0, _0, "[GM 8.1]",
    "8416000004AABBCCDD",
)  # fmt: skip

GET_BALANCE: Final = CommandRow(
    "GET BALANCE", "查询余额", INS.GET_BALANCE, _PURSE, _PBOC, tuple(range(2 * len(BalanceKind))),
    _BOTH, "[GM 8.14][LAB]", "805C030204", answer=(wire.Balance, wire.BalanceAll), changes=False,
    says="P1: which amount; P2: ED or EP",
)  # fmt: skip
INITIALIZE_LOAD: Final = CommandRow(
    "INITIALIZE FOR LOAD", "圈存初始化", INS.INITIALIZE, _PURSE, _PBOC, (0x00,), _BOTH,
    "[GM 8.7.1][LAB]", "805000020B010000200000112233445510",
    (wire.InitializeData,), (wire.InitializeLoadAnswer,),
)  # fmt: skip
INITIALIZE_PURCHASE: Final = CommandRow(
    "INITIALIZE FOR PURCHASE", "消费初始化", INS.INITIALIZE, _PURSE, _PBOC, (0x01,), _BOTH,
    "[GM 8.8.1][LAB]", "805001020B01000000640011223344550F",
    (wire.InitializeData,), (wire.InitializePurchaseAnswer,),
)  # fmt: skip
INITIALIZE_CASH: Final = CommandRow(
    "INITIALIZE FOR CASH WITHDRAW", "取现初始化", INS.INITIALIZE, _PURSE, _PBOC, (0x02,), _ED,
    "[GM 8.11]", "805002010B01000000640011223344550F",
    (wire.InitializeData,), (wire.InitializePurchaseAnswer,),
)  # fmt: skip
INITIALIZE_COMPOSITE: Final = CommandRow(
    "INITIALIZE FOR CAPP PURCHASE", "复合应用消费初始化", INS.INITIALIZE, _PURSE, _PBOC, (0x03,),
    _EP, "[GM 8.9.1][LAB]", "805003020B01000000640011223344550F",
    (wire.InitializeData,), (wire.InitializePurchaseAnswer,),
)  # fmt: skip
INITIALIZE_OVERDRAFT: Final = CommandRow(
    "INITIALIZE FOR UPDATE", "修改透支限额初始化", INS.INITIALIZE, _PURSE, _PBOC, (0x04,), _BOTH,
    "[GM 8.12.1][LAB]", "80500401070100112233445513",
    (wire.InitializeOverdraftData,), (wire.InitializeOverdraftAnswer,),
)  # fmt: skip
INITIALIZE_UNLOAD: Final = CommandRow(
    "INITIALIZE FOR UNLOAD", "圈提初始化", INS.INITIALIZE, _PURSE, _PBOC, (0x05,), _BOTH,
    "[GM 8.10.1][LAB]", "805005020B010000006400112233445510",
    (wire.InitializeData,), (wire.InitializeLoadAnswer,),
)  # fmt: skip
CREDIT_FOR_LOAD: Final = CommandRow(
    "CREDIT FOR LOAD", "圈存", INS.CREDIT_FOR_LOAD, _PURSE, _PBOC, _0, (0x00, 0x02),
    "[GM 8.7.2]; P2 02 [LAB]",
    "805200000B201612161058008AFA571804", (wire.CreditData,), (wire.LoadAnswer,),
)  # fmt: skip
DEBIT: Final = CommandRow(
    "DEBIT FOR PURCHASE / CASH / CAPP", "消费/取现/复合消费", INS.DEBIT, _PURSE, _PBOC,
    (0x01, 0x02), _0, "[GM 8.8.2, 8.9.3][CODE]; P1 02 [LAB]",
    "805401000F0000000020161216134600D45737C508", (wire.DebitData,), (wire.DebitAnswer,),
)  # fmt: skip
DEBIT_UNLOAD: Final = CommandRow(
    "DEBIT FOR UNLOAD", "圈提", INS.DEBIT, _PURSE, _PBOC, (0x03,), _0, "[GM 8.10.2]",
    "805403000B201612161058008AFA571804", (wire.CreditData,), (wire.UnloadAnswer,),
)  # fmt: skip
UPDATE_OVERDRAFT: Final = CommandRow(
    "UPDATE OVERDRAW LIMIT", "修改透支限额", INS.UPDATE_OVERDRAFT, _PURSE, _PBOC, _0, _0,
    "[GM 8.12.2][LAB]", "805800000E0003E8202404112121210102030404",
    (wire.OverdraftData,), (wire.LoadAnswer,),
)  # fmt: skip
GET_TRANSACTION_PROVE: Final = CommandRow(
    "GET TRANSACTION PROVE", "取交易认证", INS.GET_TRANSACTION_PROVE, _PURSE, _PBOC, _0, _ANY,
    "[GM 8.13][LAB]", "805A000902002808", (wire.ProveData,), (wire.ProveAnswer,),
    says="P2: transaction type", changes=False,
)  # fmt: skip
UPDATE_CAPP_CACHE: Final = CommandRow(
    "UPDATE CAPP DATA CACHE", "更新复合应用数据缓存", INS.UPDATE_RECORD, _PURSE, _PBOC_OR_SM,
    _ANY, _ANY, "[GM 8.9.2][LAB][CODE]", "80DC00F00101", sends=_SOME, says=_RECORD,
)  # fmt: skip
READ_EXT_DATA: Final = CommandRow(
    "READ EXT DATA", "读扩展应用数据", INS.READ_EXT_DATA, _PURSE, _PBOC, _0, _ANY, "[LAB][CODE]",
    "80B400D002270100", sends=range(2, 11, 8), gives=_ANSWER, says=_BY_SFI, changes=False,
)  # fmt: skip
CREATE_FILE: Final = CommandRow(
    "CREATE FILE", "建立文件", INS.CREATE_FILE, _ISSUING, _PBOC, _ANY, _ANY, "[SM 1.3]",
    "80E000180D2E0A0017F0EFFFFFFFFFFFFFFF", sends=_SOME, says="P1 P2: file identifier",
)  # fmt: skip
WRITE_KEY: Final = CommandRow(
    "WRITE KEY", "增加或修改密钥", INS.WRITE_KEY, _ISSUING, _PBOC_OR_SM, _ANY, _ANY, "[SM 1.2]",
    "84D40102147C87BC23140021B3AFEA67E6359DDCFED7C943F6", sends=_SOME,
    says="P1: 01 to add, or the key's type; P2: key's id",
)  # fmt: skip
ERASE_DF: Final = CommandRow(
    "ERASE DF", "擦除 DF", INS.ERASE_DF, _ISSUING, _PBOC, _0, _0, "[SM 1.1]", "800E000000",
)  # fmt: skip

GET_PROCESSING_OPTIONS: Final = CommandRow(
    "GET PROCESSING OPTIONS", "取处理选项", INS.GET_PROCESSING_OPTIONS, Chapter.ECASH, _PBOC, _0,
    _0, "[LAB]", "80A8000002830000", sends=_SOME, gives=_ANSWER,
)  # fmt: skip

UPDATE_EXT_CACHE: Final = CommandRow(
    "UPDATE EXT CACHE", "更新扩展应用缓存", INS.UPDATE_EXT_CACHE, Chapter.ECASH, _SM, _0, _ANY,
    "[LAB][CODE]", "84DE00D00827010102AABBCCDD", sends=_SOME, says=_BY_SFI,
)  # fmt: skip

SAM_INIT_PURCHASE: Final = CommandRow(
    "PSAM INIT FOR PURCHASE", "PSAM 消费初始化(MAC1 计算)", INS.SAM_INIT_PURCHASE, Chapter.PSAM,
    _PBOC, _0, _0, "[LAB][CODE]",
    "807000001C" + wire.SamPurchaseData1.EXAMPLE + "08",
    (wire.SamPurchaseData1, wire.SamPurchaseData2), (wire.SamPurchaseAnswer,),
)  # fmt: skip
SAM_CHECK_MAC2: Final = CommandRow(
    "PSAM CREDIT (CHECK MAC2)", "PSAM 校验 MAC2", INS.SAM_CHECK_MAC2, Chapter.PSAM, _PBOC, _0, _0,
    "[LAB][CODE]", "807200000466B54A6B", (wire.SamCheckData,),
)  # fmt: skip


def _other(name: str, zh: str, cla: int, ins: int, source: str, example: str) -> CommandRow:
    """A command that is known by name only."""
    return CommandRow(
        name, zh, ins, Chapter.OTHER, (cla,), _ANY, _ANY, source, example,
        sends=_BYTES, gives=range(257),
    )  # fmt: skip


#: Commands of a PSAM by DES that terminals and issuers use; no answer was seen [purse facts 1].
SAM_INIT_DES: Final = CommandRow(
    "PSAM INIT FOR DES (DES initialise)", "PSAM 通用 DES 计算初始化", INS.SAM_INIT_DES,
    Chapter.PSAM, _PBOC, _ANY, _ANY, "[CODE]", "801A280108C1C2D1D2D3D4D5D6", sends=range(8, 17, 8),
    says="P1: key's usage; P2: key's version; data: factors of division",
)  # fmt: skip
SAM_DES: Final = CommandRow(
    "PSAM DES (DES calculate)", "PSAM 通用 DES 计算", INS.SAM_DES, Chapter.PSAM, _PBOC,
    (0x00, 0x05), _0, "[CODE]", "80FA050010C1C2D1D2000000000000000000000000",
    sends=_SOME, gives=_ANSWER,
    says="P1: 00 enciphers, 05 is a MAC over IV and data",
)  # fmt: skip


_SET_STATUS: Final = _other(
    "SET STATUS (applet activation)", "激活/去激活应用", Cla.PBOC, 0xF0, "[CODE]", "80F001010A"
)
_OTHERS: Final = (
    _SET_STATUS,
    _other("ALGORITHM", "算法查询/切换", Cla.PBOC, 0xCD, "[LAB]", "80CD000001"),
    _other("UNBLOCK", "解锁", Cla.PBOC, 0x2C, "[GM 1.4]", "802C000000"),
    _other("PULL", "专用消费(建设部)", Cla.PBOC, 0x30, "[GM 1.4]", "8030000000"),
    _other("CHARGE", "专用充值(建设部)", Cla.PBOC, 0x32, "[GM 1.4]", "8032000000"),
    _other(
        "INIT GREY LOCK / UNLOCK", "灰锁/解扣初始化", Cla.GREY_LOCK, 0x7A, "[UM 9]", "E07A080107"
    ),
    _other("GREY LOCK / UNLOCK", "灰锁/联机解扣", Cla.GREY_LOCK, 0x7C, "[UM 9]", "E07C000000"),
    _other("DEBIT FOR UNLOCK", "解扣", Cla.GREY_LOCK, 0x7E, "[UM 9]", "E07E000000"),
    _other("GENERATE AC", "生成应用密文", Cla.PBOC, 0xAE, "[JSq]", "80AE800000"),
)
#: Commands under instructions that a purse uses for others, told by class or length
#: [GlobalPlatform].
_INITIALIZE_UPDATE: Final = _other(
    "INITIALIZE UPDATE (GlobalPlatform)", "安全通道初始化", Cla.PBOC, INS.INITIALIZE,
    "[GlobalPlatform]", "8050000008C1C2D1D2D3D4D5D6",
)  # fmt: skip
_SECURE_CHANNEL: Final = _other(
    "EXTERNAL AUTHENTICATE (GlobalPlatform)", "安全通道外部认证", Cla.PBOC_SM,
    INS.EXTERNAL_AUTHENTICATE, "[GlobalPlatform]", "8482010010" + "00" * 16,
)  # fmt: skip
_STORE_DATA: Final = _other(
    "STORE DATA (GlobalPlatform)", "存储数据", Cla.PBOC, INS.APPEND_RECORD, "[GlobalPlatform]",
    "80E280000101",
)  # fmt: skip
#: What is not for a purse, whatever its instruction says.
_DESFIRE: Final = _other("DESFire command", "DESFire 命令", 0x90, 0x00, "[CODE]", "9060000000")
_READER: Final = _other(
    "reader command (pseudo-APDU)", "读卡器伪指令", 0xFF, 0x00, "[PC/SC part 3]", "FFCA000000"
)
_OTHER_CLASS: Final = _other(
    "command of another class", "其他类别的命令", 0xA0, 0x00, "[ISO 7816-4]", "A0A40000023F00"
)

#: Every command, in the order in which they are shown.
COMMANDS: Final = (
    SELECT, READ_BINARY, UPDATE_BINARY, READ_RECORD, UPDATE_RECORD, APPEND_RECORD, GET_RESPONSE,
    GET_DATA,
    GET_CHALLENGE, EXTERNAL_AUTHENTICATE, INTERNAL_AUTHENTICATE, VERIFY, RELOAD_PIN, CHANGE_PIN,
    PIN_UNBLOCK, APP_BLOCK, APP_UNBLOCK, CARD_BLOCK,
    GET_BALANCE, INITIALIZE_LOAD, INITIALIZE_PURCHASE, INITIALIZE_CASH, INITIALIZE_COMPOSITE,
    INITIALIZE_OVERDRAFT, INITIALIZE_UNLOAD, CREDIT_FOR_LOAD, DEBIT, DEBIT_UNLOAD,
    UPDATE_OVERDRAFT, GET_TRANSACTION_PROVE, UPDATE_CAPP_CACHE, READ_EXT_DATA,
    CREATE_FILE, WRITE_KEY, ERASE_DF,
    GET_PROCESSING_OPTIONS, UPDATE_EXT_CACHE,
    SAM_INIT_PURCHASE, SAM_CHECK_MAC2, SAM_INIT_DES, SAM_DES,
    *_OTHERS,
)  # fmt: skip
#: What a command is that has no row.
UNKNOWN: Final = CommandRow("unknown command", "未知命令", 0, Chapter.OTHER, (), (), (), "", "")

_FAMILY: Final = 0xF0
_FAMILIES: Final = frozenset({Cla.ISO, Cla.PBOC, Cla.GREY_LOCK})
#: Lengths of GlobalPlatform's data where its instruction is a purse's too.
_HOST_CHALLENGE: Final = 8
_CRYPTOGRAM_AND_MAC: Final = 16
#: P1 of INITIALIZE without the bit that names the second ticket currency [LAB, 2023].
_FIRST_CURRENCY: Final = 0x0F


def _of_p1(*rows: CommandRow) -> Callable[[Command], CommandRow]:
    by_p1 = {p1: row for row in rows for p1 in row.p1}
    return lambda command: by_p1.get(command.p1, UNKNOWN)


def _proprietary(command: Command) -> bool:
    return command.cla & _FAMILY == Cla.PBOC


_GREY: Final = {row.ins: row for row in COMMANDS if Cla.GREY_LOCK in row.cla}
_BY_INS: Final = {row.ins: row for row in COMMANDS if Cla.GREY_LOCK not in row.cla} | {
    INS.WRITE_BINARY: UPDATE_BINARY  # cards take either [GM 7.7]
}
_INITIALIZE: Final = _of_p1(*(row for row in COMMANDS if row.ins == INS.INITIALIZE))
#: Instructions that several commands share, or that are known under one class only.
_CHOSEN: Final[dict[int, Callable[[Command], CommandRow]]] = {
    INS.INITIALIZE: lambda command: (
        _INITIALIZE_UPDATE
        if command.p2 == 0 and len(command.data) == _HOST_CHALLENGE
        else _INITIALIZE(command._replace(p1=command.p1 & _FIRST_CURRENCY))
    ),
    INS.EXTERNAL_AUTHENTICATE: lambda command: (
        _SECURE_CHANNEL
        if command.cla == Cla.PBOC_SM and len(command.data) == _CRYPTOGRAM_AND_MAC
        else EXTERNAL_AUTHENTICATE
    ),
    INS.APPEND_RECORD: lambda command: _STORE_DATA if _proprietary(command) else APPEND_RECORD,
    INS.DEBIT: lambda command: DEBIT_UNLOAD if command.p1 in DEBIT_UNLOAD.p1 else DEBIT,
    INS.CHANGE_PIN: _of_p1(RELOAD_PIN, CHANGE_PIN),
    INS.UPDATE_RECORD: lambda command: (
        UPDATE_CAPP_CACHE if _proprietary(command) else UPDATE_RECORD
    ),
    _SET_STATUS.ins: lambda command: _SET_STATUS if _proprietary(command) else UNKNOWN,
}


def is_foreign(command: Command) -> bool:
    """True for a class byte under which no card or PSAM here has commands: DESFire's, a reader's.

    The same instruction then means something else, and nothing of a purse follows from it.
    """
    return command.cla & _FAMILY not in _FAMILIES


def find(command: Command) -> CommandRow:
    """Which command this is, by class, instruction and where that is not enough P1 or length.

    `UNKNOWN` where there is no row.
    """
    if is_foreign(command):
        return {0x90: _DESFIRE, 0xFF: _READER}.get(command.cla, _OTHER_CLASS)
    if command.cla & _FAMILY == Cla.GREY_LOCK:
        return _GREY.get(command.ins, UNKNOWN)
    chosen = _CHOSEN.get(command.ins)
    row = chosen(command) if chosen else _BY_INS.get(command.ins, UNKNOWN)
    # 00 70 is MANAGE CHANNEL, no command of a PSAM [ISO 7816-4].
    return UNKNOWN if row.chapter is Chapter.PSAM and not _proprietary(command) else row


class OperationRow(NamedTuple):
    """One kind of purse transaction.

    Attributes:
        initialize, commit: the commands that begin it and write it.
        key: type of the key that its session key comes from.
        role: name of that key among a card's keys.
        ed, ep: type byte under MAC and TAC on either purse; None where the purse has no such
            transaction.
        online: the issuer's host takes part, and the online counter counts it; else a PSAM
            and the offline counter.
    """

    initialize: CommandRow
    commit: CommandRow
    key: KeyType
    role: str
    ed: TransactionType | None
    ep: TransactionType | None
    online: bool

    @property
    def p1(self) -> int:
        """P1 of INITIALIZE."""
        return self.initialize.p1[0]


_T = TransactionType
OPERATIONS: Final[dict[Operation, OperationRow]] = {
    Operation.LOAD: OperationRow(
        INITIALIZE_LOAD, CREDIT_FOR_LOAD, KeyType.LOAD, "load", _T.ED_LOAD, _T.EP_LOAD, online=True
    ),
    Operation.PURCHASE: OperationRow(
        INITIALIZE_PURCHASE, DEBIT, KeyType.PURCHASE, "purchase", _T.ED_PURCHASE, _T.EP_PURCHASE,
        online=False,
    ),
    Operation.CASH: OperationRow(
        INITIALIZE_CASH, DEBIT, KeyType.PURCHASE, "purchase", _T.CASH_WITHDRAWAL, None,
        online=False,
    ),
    Operation.COMPOSITE: OperationRow(
        INITIALIZE_COMPOSITE, DEBIT, KeyType.PURCHASE, "purchase", None, _T.COMPOSITE_PURCHASE,
        online=False,
    ),
    Operation.OVERDRAFT: OperationRow(
        INITIALIZE_OVERDRAFT, UPDATE_OVERDRAFT, KeyType.OVERDRAFT, "overdraft",
        _T.OVERDRAFT_UPDATE, _T.OVERDRAFT_UPDATE, online=True,
    ),
    Operation.UNLOAD: OperationRow(
        INITIALIZE_UNLOAD, DEBIT_UNLOAD, KeyType.UNLOAD, "unload", _T.UNLOAD, _T.UNLOAD,
        online=True,
    ),
}  # fmt: skip
#: Transactions with the issuer's host, and those with a PSAM.
ONLINE: Final = frozenset(name for name, row in OPERATIONS.items() if row.online)
OFFLINE: Final = frozenset(OPERATIONS) - ONLINE
#: Instructions that commit a purse transaction.
COMMITS: Final = frozenset(row.commit.ins for row in OPERATIONS.values())

_BY_P1: Final = {row.p1: name for name, row in OPERATIONS.items()}


def operation_of(p1: int) -> Operation | None:
    """What this P1 of INITIALIZE begins; None for a P1 that nobody knows."""
    return _BY_P1.get(p1)


def transaction_type(operation: Operation, p2: int) -> TransactionType:
    """Type byte under MAC and TAC; the other purse's where the one of P2 has none of its own."""
    row = OPERATIONS[operation]
    kinds = (row.ed, row.ep) if p2 == Purse.ED else (row.ep, row.ed)
    return next(kind for kind in kinds if kind is not None)
