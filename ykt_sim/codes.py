"""Numbers that specifications fix: status words, instructions, tags, AIDs, types.

A number from a specification stands here or in a profile, and nowhere else; what is made of
several of them, such as a command, has a table in `wire`. Every enumeration of what a card may
say is *open*: a value nobody listed becomes a member named ``UNKNOWN_xx`` that keeps its
number, so that decoding never loses or refuses a real card's byte.

Sources: [GM] FMCOS 2.0 general manual, [UM] user manual, [SM] special manual, [LAB] public
documentation of the t-union.com accreditation laboratory, [DUMP] bytes of real cards, [CODE]
public reader or validator code, [INF] inference. JT/T 978 and Lingnan Tong's are not public.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final, Self


class OpenIntEnum(IntEnum):
    """An IntEnum that accepts every value: unlisted ones become ``UNKNOWN_<hex>``."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or not 0 <= value <= 0xFFFF:
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value:02X}"
        member._value_ = value
        return member

    @property
    def known(self) -> bool:
        """True when the value is one that a source lists."""
        return self._name_ in type(self).__members__


class SW(OpenIntEnum):
    """Status words; meanings from [GM 6.2], [LAB] and validators' code."""

    OK = 0x9000
    DATA_MAY_BE_CORRUPT = 0x6281
    FILE_INVALID = 0x6283
    FCI_INVALID = 0x6284
    PIN_WRONG_0 = 0x63C0
    STATE_UNCHANGED = 0x6400
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    SM_NOT_SUPPORTED = 0x6882
    CLA_LINE_PROTECTION = 0x6900
    WRONG_STATE = 0x6901
    FILE_TYPE = 0x6981
    SECURITY = 0x6982
    KEY_BLOCKED = 0x6983
    CHALLENGE_INVALID = 0x6984
    CONDITIONS = 0x6985
    NO_CURRENT_EF = 0x6986
    SM_MISSING = 0x6987
    SM_MAC_WRONG = 0x6988
    CACHE_UPDATE_FAILED = 0x6974
    WRONG_DATA = 0x6A80
    NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    NO_SPACE = 0x6A84
    WRONG_P1P2 = 0x6A86
    KEY_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    WRONG_LE = 0x6C00
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00
    NO_DIAGNOSIS = 0x6F00
    MAC_INVALID = 0x9302
    APP_LOCKED = 0x9303
    BALANCE_INSUFFICIENT = 0x9401
    COUNTER_AT_MAXIMUM = 0x9402
    KEY_INDEX = 0x9403
    PROOF_NOT_AVAILABLE = 0x9406
    APP_DISABLED = 0x9407


SW_TEXT: Final[dict[int, tuple[str, str]]] = {
    0x9000: ("success", "成功"),
    0x6281: ("returned data may be corrupted", "回送数据可能有错"),
    0x6283: ("selected file or key invalidated", "选择文件无效"),
    0x6284: ("FCI not formatted", "FCI 格式无效"),
    0x6400: ("state unchanged", "状态标志位未变"),
    0x6581: ("memory failure", "写 EEPROM 失败"),
    0x6700: ("wrong length Lc or Le", "长度错误"),
    0x6882: ("secure messaging not supported", "不支持安全报文"),
    0x6900: ("CLA does not match line protection", "CLA 与线路保护要求不匹配"),
    0x6901: ("wrong state: no matching INITIALIZE", "命令不接受(无效状态)"),
    0x6974: ("cache update failed", "复合缓存更新失败"),
    0x6981: ("file type does not fit the command", "命令与文件结构不相容"),
    0x6982: ("security state not satisfied", "不满足安全状态"),
    0x6983: ("key or PIN blocked", "认证密钥锁定"),
    0x6984: ("challenge missing or stale", "引用数据无效(未取随机数)"),
    0x6985: ("conditions of use not satisfied", "使用条件不满足"),
    0x6986: ("no current EF", "没有选择当前文件"),
    0x6987: ("secure messaging data missing", "无安全报文"),
    0x6988: ("secure messaging MAC wrong", "安全报文数据项不正确"),
    0x6A80: ("wrong data field", "数据域参数错误"),
    0x6A81: ("not supported, no MF, or card/application locked", "功能不支持或卡/应用锁定"),
    0x6A82: ("file or application not found", "未找到文件"),
    0x6A83: ("record not found", "未找到记录"),
    0x6A84: ("not enough space", "文件空间不足"),
    0x6A86: ("wrong P1 P2", "P1 P2 参数错误"),
    0x6A88: ("key not found", "未找到密钥"),
    0x6B00: ("offset beyond the file", "偏移超出文件"),
    0x6D00: ("INS not supported", "INS 不支持"),
    0x6E00: ("CLA not supported", "CLA 不支持"),
    0x6F00: ("no precise diagnosis", "数据无效"),
    0x9302: ("MAC invalid", "MAC 无效"),
    0x9303: ("application permanently locked", "应用永久锁定"),
    0x9401: ("insufficient balance", "余额不足"),
    0x9402: ("transaction counter at maximum", "交易计数器达到最大值"),
    0x9403: ("key index not supported", "密钥索引不支持"),
    0x9406: ("transaction proof not available", "所需 MAC/TAC 不可用"),
    0x9407: ("application disabled", "应用未启用"),
}


def sw_text(sw: int, *, chinese: bool = False) -> str:
    """Say what a status word means; unknown ones come back as ``unknown``."""
    if sw in SW_TEXT:
        return SW_TEXT[sw][1 if chinese else 0]
    if sw & 0xFFF0 == 0x63C0:
        return f"还可再试 {sw & 15} 次" if chinese else f"wrong, {sw & 15} tries left"
    if sw >> 8 == 0x61:
        return f"GET RESPONSE 可取 {sw & 255} 字节" if chinese else f"{sw & 255} bytes to fetch"
    if sw >> 8 == 0x6C:
        return f"Le 应为 {sw & 255}" if chinese else f"wrong Le, exact length is {sw & 255}"
    return "未知" if chinese else "unknown"


class INS(OpenIntEnum):
    """Instruction bytes of purses and PSAMs [GM 1.4][LAB].

    What each command is, and the instructions of other cards, say `wire.commands`.
    """

    ERASE_DF = 0x0E
    CARD_BLOCK = 0x16
    APP_UNBLOCK = 0x18
    SAM_INIT_DES = 0x1A
    APP_BLOCK = 0x1E
    VERIFY = 0x20
    PIN_UNBLOCK = 0x24
    INITIALIZE = 0x50
    CREDIT_FOR_LOAD = 0x52
    DEBIT = 0x54
    UPDATE_OVERDRAFT = 0x58
    GET_TRANSACTION_PROVE = 0x5A
    GET_BALANCE = 0x5C
    CHANGE_PIN = 0x5E
    SAM_INIT_PURCHASE = 0x70
    SAM_CHECK_MAC2 = 0x72
    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    INTERNAL_AUTHENTICATE = 0x88
    GET_PROCESSING_OPTIONS = 0xA8
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_RECORD = 0xB2
    READ_EXT_DATA = 0xB4
    GET_RESPONSE = 0xC0
    GET_DATA = 0xCA
    WRITE_BINARY = 0xD0
    WRITE_KEY = 0xD4
    UPDATE_BINARY = 0xD6
    UPDATE_RECORD = 0xDC
    UPDATE_EXT_CACHE = 0xDE
    CREATE_FILE = 0xE0
    APPEND_RECORD = 0xE2
    SAM_DES = 0xFA


class Cla(OpenIntEnum):
    """Class bytes; bit 04 announces secure messaging [GM 6.1]. E0 is for grey locks [UM 9]."""

    ISO = 0x00
    ISO_SM = 0x04
    PBOC = 0x80
    PBOC_SM = 0x84
    GREY_LOCK = 0xE0


class Tag(OpenIntEnum):
    """TLV tags met in FCIs and directories [DUMP]."""

    FCI = 0x6F
    DF_NAME = 0x84
    PROPRIETARY = 0xA5
    SFI_OF_DIRECTORY = 0x88
    LABEL = 0x50
    PRIORITY = 0x87
    VERSION = 0x9F08
    PREFERRED_NAME = 0x9F12
    ISSUER_DATA = 0x9F0C
    PDOL = 0x9F38
    ISSUER_DISCRETIONARY = 0xBF0C
    DIRECTORY_ENTRY = 0x61
    AID = 0x4F
    ECASH_METADATA = 0xDF11
    ECASH_CARD_SUPPORTS = 0xDF61
    LOG_ENTRY = 0x9F4D
    LOAD_LOG_ENTRY = 0xDF4D
    ECASH_BALANCE = 0x9F79


class TransactionType(OpenIntEnum):
    """Byte 9 of an EF 18 record and the type byte under every MAC [GM 8][LAB]."""

    NONE = 0x00
    ED_LOAD = 0x01
    EP_LOAD = 0x02
    UNLOAD = 0x03
    CASH_WITHDRAWAL = 0x04
    ED_PURCHASE = 0x05
    EP_PURCHASE = 0x06
    OVERDRAFT_UPDATE = 0x07
    COMPOSITE_PURCHASE = 0x09


class Purse(OpenIntEnum):
    """P2 of the purse commands [GM 8]: electronic deposit or electronic purse."""

    ED = 0x01
    EP = 0x02


class Operation(StrEnum):
    """What INITIALIZE begins on a purse [GM 8]; `wire.commands.OPERATIONS` says the rest."""

    LOAD = "load"
    PURCHASE = "purchase"
    CASH = "cash"
    COMPOSITE = "composite"
    OVERDRAFT = "overdraft"
    UNLOAD = "unload"


class Standard(StrEnum):
    """Whose purse, keys and rules: the national standard or Guangdong's.

    The words are those of profiles, images, forms and results.
    """

    TUNION = "tunion"
    LNT = "lnt"


class BalanceKind(IntEnum):
    """P1 of GET BALANCE [LAB]; 06 to 0B ask the same of the second ticket currency."""

    AVAILABLE = 0x00
    OVERDRAFT_LIMIT = 0x01
    OVERDRAWN = 0x02
    ACTUAL = 0x03
    CEILING = 0x04
    ALL = 0x05


class KeyType(OpenIntEnum):
    """FMCOS key types, low six bits [SM 1.2.3]; 80h adds MAC, 40h adds encipherment."""

    DES_ENCRYPT = 0x30
    DES_DECRYPT = 0x31
    DES_MAC = 0x32
    TAC = 0x34
    LINE_PROTECTION = 0x36
    PIN_UNBLOCK = 0x37
    PIN_RELOAD = 0x38
    EXTERNAL_AUTH = 0x39
    PIN = 0x3A
    OVERDRAFT = 0x3C
    UNLOAD = 0x3D
    PURCHASE = 0x3E
    LOAD = 0x3F


class FileType(OpenIntEnum):
    """FMCOS file types, low six bits [SM 1.3]; 80h adds MAC, 40h adds encipherment."""

    TRANSPARENT = 0x28
    FIXED = 0x2A
    VARIABLE = 0x2C
    CYCLIC = 0x2E
    PURSE = 0x2F
    DF = 0x38
    KEY = 0x3F


class CardKind(OpenIntEnum):
    """Card kind in T-Union EF 17 and in DF11 [CODE][DUMP]."""

    ORDINARY = 0x01
    STUDENT = 0x02
    SENIOR = 0x03
    TEST = 0x04
    MILITARY = 0x05


class TripType(OpenIntEnum):
    """First byte of an EF 1E trip record: two makers have the same table [CODE x2].

    Real cards depart from it: `meaning.layouts` says where. 15 and 16 are Shenyang's metro [DUMP].
    """

    INITIAL = 0x00
    EC_ENTRY = 0x01
    EC_EXIT = 0x02
    ENTRY = 0x03
    EXIT = 0x04
    EC_SINGLE = 0x05
    SINGLE = 0x06
    EC_SUPPLEMENT = 0x07
    SUPPLEMENT = 0x08
    EC_LOAD = 0x09
    LOAD = 0x0A
    RAIL_ENTRY_VARIANT = 0x15
    RAIL_EXIT_VARIANT = 0x16


class Industry(OpenIntEnum):
    """Tenth byte of an EF 1E trip record [CODE x2]; 00 and 13 [DUMP]."""

    OTHER = 0x00
    RAIL = 0x01
    BUS = 0x02
    WATER_BUS = 0x03
    TAXI = 0x04
    RENTAL_CAR = 0x05
    BICYCLE = 0x06
    PARKING = 0x07
    COACH = 0x08
    FERRY = 0x09
    INTERCITY_RAIL = 0x0A
    AIR = 0x0B
    TOLL = 0x0C
    SUBURBAN_RAIL = 0x0E
    TIANJIN_BUS = 0x13


class RideState(OpenIntEnum):
    """State byte of a rail record in EF 1A [DUMP][INF]."""

    NONE = 0x00
    INSIDE = 0x01
    OUTSIDE = 0x02


class BusState(OpenIntEnum):
    """State byte of a bus record in EF 1A [CODE x3]."""

    NONE = 0x00
    BOARDED = 0x01
    ALIGHTED = 0x02


class Direction(OpenIntEnum):
    """Way of a bus in its EF 1A record [CODE x3]."""

    NONE = 0x00
    UP = 0xAB
    DOWN = 0xBA


class LntSubType(OpenIntEnum):
    """Last byte of a Lingnan Tong EF 18 record written by metro and load devices.

    Bus and shop terminals put something that looks like plain seconds here, so the
    meaning is not settled [DUMP][INF].
    """

    METRO_ENTRY = 0x11
    LOAD = 0x14
    METRO_EXIT = 0x17
    METRO_EXIT_VARIANT = 0x31


#: Those of a composite purchase that begins or ends a ride, cards facts 6.4 [DUMP][CODE].
LNT_RIDES: Final = (LntSubType.METRO_ENTRY, LntSubType.METRO_EXIT, LntSubType.METRO_EXIT_VARIANT)


AID_PPSE: Final = bytes.fromhex("325041592E5359532E4444463031")
AID_PSE: Final = bytes.fromhex("315041592E5359532E4444463031")
AID_TUNION_EP: Final = bytes.fromhex("A000000632010105")
AID_TUNION_EC: Final = bytes.fromhex("A000000632010106")
AID_LNT_BASIC: Final = b"PAY.APPY"
AID_LNT_WALLET: Final = b"PAY.TICL"
AID_LNT_MIFARE: Final = b"PAY.MF1X"
AID_SHENZHEN: Final = b"PAY.SZT"
AID_CITY_UNION: Final = bytes.fromhex("A00000000386980701")

AID_NAMES: Final[dict[bytes, str]] = {
    AID_PPSE: "PPSE 2PAY.SYS.DDF01",
    AID_PSE: "PSE 1PAY.SYS.DDF01",
    AID_TUNION_EP: "T-Union EP 交通联合电子钱包",
    AID_TUNION_EC: "T-Union EC 交通联合电子现金",
    bytes.fromhex("A000000632010107"): "T-Union EP (SM) K2",
    bytes.fromhex("A000000632010108"): "T-Union EC (SM) K4",
    bytes.fromhex("A000000632101002"): "T-Union EC K5",
    bytes.fromhex("A000000632101004"): "T-Union EP K6",
    AID_LNT_BASIC: "Lingnan Tong PAY.APPY 岭南通基本应用",
    AID_LNT_WALLET: "Lingnan Tong PAY.TICL 岭南通钱包",
    AID_LNT_MIFARE: "Lingnan Tong PAY.MF1X",
    b"PAY.PASD": "Lingnan Tong PAY.PASD",
    b"PAY.EXT1": "Lingnan Tong PAY.EXT1",
    b"PAY.EXT2": "Lingnan Tong PAY.EXT2",
    bytes.fromhex("5943542E555345525800022058100000"): "phone YCT.USER",
    AID_SHENZHEN: "Shenzhen Tong PAY.SZT",
    AID_CITY_UNION: "City Union CU",
    bytes.fromhex("A00000000386980702"): "City Union CU",
    bytes.fromhex("A00000000386980703"): "City Union CU",
    bytes.fromhex("91560000144D4F542E424D4143303031"): "phone MOT.BMAC001 (Beijing)",
    bytes.fromhex("315055422E5359532E4444463031"): "City Union 1PUB.SYS.DDF01",
}


def aid_name(aid: bytes) -> str:
    """Name a DF name or AID; a long phone AID is named by its longest known start."""
    if aid in AID_NAMES:
        return AID_NAMES[aid]
    for length in range(len(aid) - 1, 4, -1):
        if aid[:length] in AID_NAMES:
            return AID_NAMES[aid[:length]] + " (long AID)"
    return "unknown application"


class Code(StrEnum):
    """Error codes shown on a terminal; empty when accepted.

    2449, 5469 and 2731 are the field's [LAB]; ``YKT-..`` are this project's own, because
    the list of JT/T 1356.2 is not public.
    """

    NONE = ""
    NOT_IN_WHITE_LIST = "2449"
    IIN_MISMATCH = "5469"
    ZERO_BALANCE = "2731"
    NO_APPLICATION = "YKT-01"
    BLOCKED = "YKT-02"
    NOT_YET_VALID = "YKT-03"
    EXPIRED = "YKT-04"
    NOT_INTEROPERABLE = "YKT-05"
    BLACK_LISTED = "YKT-06"
    INSUFFICIENT_BALANCE = "YKT-07"
    MALFORMED = "YKT-08"
    CARD_ERROR = "YKT-09"
    REMOVED = "YKT-10"
    TORN = "YKT-11"
    MAC2_WRONG = "YKT-12"
    SAM_ERROR = "YKT-13"
    ALREADY_INSIDE = "YKT-14"
    NOT_INSIDE = "YKT-15"
    UNKNOWN_STATION = "YKT-16"
    BAD_DATE = "YKT-17"
    LOAD_LIMIT = "YKT-18"
    HOST_REFUSED = "YKT-19"
    OTHER_APPLICATION_PENDING = "YKT-20"
    OUT_OF_SERVICE = "YKT-21"


CODE_TEXT: Final[dict[Code, tuple[str, str]]] = {
    Code.NONE: ("accepted", "交易成功"),
    Code.NOT_IN_WHITE_LIST: ("issuer is not in the white list", "发卡机构不在白名单"),
    Code.IIN_MISMATCH: ("issuer code and IIN do not belong together", "发卡机构与 IIN 不匹配"),
    Code.ZERO_BALANCE: ("balance is zero", "余额为零"),
    Code.NO_APPLICATION: ("no application this terminal takes", "无可用应用"),
    Code.BLOCKED: ("application is blocked", "应用已锁定"),
    Code.NOT_YET_VALID: ("card is not valid yet", "卡未启用"),
    Code.EXPIRED: ("card has expired", "卡已过期"),
    Code.NOT_INTEROPERABLE: ("card is not interoperable", "非互通卡"),
    Code.BLACK_LISTED: ("card is in the black list", "黑名单卡"),
    Code.INSUFFICIENT_BALANCE: ("balance is too low", "余额不足"),
    Code.MALFORMED: ("card data do not fit their layout", "卡数据格式错误"),
    Code.CARD_ERROR: ("card answered with an error", "卡返回错误"),
    Code.REMOVED: ("card was removed before payment", "卡过早移开"),
    Code.TORN: ("card was removed during payment, tap the same card again", "闪卡,请重刷同一张卡"),
    Code.MAC2_WRONG: ("MAC2 of the card is wrong", "MAC2 校验错误"),
    Code.SAM_ERROR: ("PSAM answered with an error", "PSAM 错误"),
    Code.ALREADY_INSIDE: ("ride was begun already", "重复进站"),
    Code.NOT_INSIDE: ("ride was never begun", "无进站记录"),
    Code.UNKNOWN_STATION: ("ride began at a station this table does not know", "进站站点未知"),
    Code.BAD_DATE: ("validity dates are no dates", "有效期格式错误"),
    Code.LOAD_LIMIT: ("amount is outside the limits of this load point", "充值金额超限"),
    Code.HOST_REFUSED: ("issuer's host refused the load", "发卡方拒绝充值"),
    Code.OTHER_APPLICATION_PENDING: (
        "the card's other application has a pending payment, tap again",
        "另一应用有未完成交易,请重刷",
    ),
    Code.OUT_OF_SERVICE: ("terminal is out of service", "终端暂停服务"),
}


def code_text(code: str, *, chinese: bool = False) -> str:
    """An error code in words; ValueError for a code that is none."""
    return CODE_TEXT[Code(code)][1 if chinese else 0]


#: The members by themselves, for tables that name one on every line.
TUNION, LNT = Standard.TUNION, Standard.LNT
LOAD, PURCHASE, CASH = Operation.LOAD, Operation.PURCHASE, Operation.CASH
COMPOSITE, OVERDRAFT, UNLOAD = Operation.COMPOSITE, Operation.OVERDRAFT, Operation.UNLOAD
