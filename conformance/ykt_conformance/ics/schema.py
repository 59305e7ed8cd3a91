"""The implementation conformance statement: what a card or a terminal claims to be.

Each entry is one line with its type, its neutral value and what it asks; the printed form
takes its comments from here. An entry is a claim about behaviour, never a secret: keys
and PINs have no place in it. Amounts are in fen, times in milliseconds.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ykt_conformance.ics.psam import PsamClaims
from ykt_conformance.ics.section import Section, ask
from ykt_conformance.judge.stated import NOT_STATED
from ykt_sim.codes import Standard

#: Version of the form that is written, and those that are read: what a newer one asks besides
#: has a neutral answer.
VERSION = 2
READS = (1, VERSION)

Asked = Literal["not stated", "yes", "no"]
#: Bytes of VERIFY: two to six as they are, always filled with FF to six or eight, or any of these.
Filling = Literal["not stated", "none", "6", "8", "any"]
#: What the log says of an overdraft update: no record, or one with this for its amount.
OverdraftLog = Literal["not stated", "none", "zero", "limit", "difference"]
#: Under whose MAC a file is written: of the line key, of a key that is not of the suite, nobody's.
Writer = Literal["not stated", "no", "line", "other"]

Balance = Literal["shared", "separate", "single"]


#: Id of a clause -> what is done instead of what it says.
Answers = dict[
    Annotated[str, msgspec.Meta(pattern=r"^CL-[A-Z][A-Z0-9]*-[0-9]{3}$")],
    Annotated[str, msgspec.Meta(min_length=1, max_length=500)],
]


class About(Section, frozen=True, kw_only=True):
    """Who states this, and of what."""

    title: Annotated[str, ask("name of the implementation; 产品名称")] = ""
    vendor: Annotated[str, ask("who makes it; 厂商")] = ""
    model: Annotated[str, ask("model and hardware; 型号")] = ""
    firmware: Annotated[str, ask("COS, firmware or software version; 软件版本")] = ""
    declared_by: Annotated[str, ask("who filled in this form; 填表人")] = ""
    declared_on: Annotated[str, ask("date, 2017-11-01; 日期")] = ""
    remarks: Annotated[str, ask("anything else; 备注")] = ""


# -- card ------------------------------------------------------------------------------


class CardApplications(Section, frozen=True, kw_only=True):
    """Applications on the card."""

    lnt: Annotated[bool, ask("Lingnan Tong: PAY.APPY and PAY.TICL; 岭南通")] = False
    tunion: Annotated[bool, ask("T-Union electronic purse, ..0105; 交通联合电子钱包")] = False
    ecash: Annotated[bool, ask("T-Union e-cash, ..0106; 交通联合电子现金")] = False
    ppse: Annotated[bool, ask("PPSE 2PAY.SYS.DDF01; 近距离支付系统环境")] = False


# What both purses are asked.
_LogRecords = Annotated[int, ask("records of EF 18; 交易明细记录数", ge=1, le=255)]
_Simple = Annotated[bool, ask("simple purchase, type 06; 单次消费")]
_Composite = Annotated[bool, ask("composite (CAPP) purchase, type 09; 复合消费")]
_Load = Annotated[bool, ask("load, type 02; 圈存")]
_Unload = Annotated[bool, ask("unload, type 03; 圈提")]
_Overdraft = Annotated[bool, ask("the overdraft limit can be updated; 修改透支限额")]
_Proof = Annotated[bool, ask("GET TRANSACTION PROVE; 取交易认证")]
_Pin = Annotated[bool, ask("there is a PIN; 有 PIN")]
_PinForLoad = Annotated[bool, ask("load needs the PIN; 圈存验 PIN")]
_Ceiling = Annotated[
    int, ask("highest balance in fen, which bounds a load; 0: not claimed; 余额上限", ge=0)
]
_PinFilling = Annotated[
    Filling, ask("VERIFY takes the PIN as it is, filled with FF to 6 or 8, any; PIN 填充")
]
_PinForUnload = Annotated[Asked, ask("unload needs the PIN; 圈提验 PIN")]
_PinForOverdraft = Annotated[
    Asked, ask("an update of the overdraft limit needs the PIN; 修改透支限额验 PIN")
]
_OverdraftWritten = Annotated[
    OverdraftLog, ask("log of an overdraft update: none, or its amount; 修改透支限额的明细记录")
]
_P105 = Annotated[
    int, ask("second amount of GET BALANCE P1=05 in fen; 0: not stated; P1=05 第二项", ge=0)
]


class TunionCard(Section, frozen=True, kw_only=True):
    """The T-Union electronic purse."""

    issuer: Annotated[str, ask("issuer institution, 8 digits; empty: not claimed; 发卡机构")] = ""
    ef16: Annotated[bool, ask("EF 16 (cardholder) can be read; 持卡人信息文件")] = False
    ef17: Annotated[bool, ask("EF 17 (city, interoperability) can be read; 管理信息文件")] = False
    ef19: Annotated[bool, ask("EF 19 (issuer's own records) is there; 发卡机构自定义文件")] = False
    ef1a: Annotated[bool, ask("EF 1A (industry records) is there; 行业信息文件")] = False
    log_records: _LogRecords = 10
    trip_records: Annotated[int, ask("records of EF 1E; 行程记录数", ge=1, le=255)] = 30
    simple: _Simple = True
    composite: _Composite = True
    load: _Load = True
    unload: _Unload = False
    overdraft: _Overdraft = False
    proof: _Proof = True
    ext_data: Annotated[bool, ask("READ EXT DATA 80B4 reads EF 1A by id; 读扩展数据")] = False
    debit_p1_02: Annotated[bool, ask("DEBIT for a simple purchase also with P1=02; 消费 P1=02")] = (
        False
    )
    pin: _Pin = False
    pin_for_load: _PinForLoad = False
    ceiling: _Ceiling = 0
    pin_filling: _PinFilling = NOT_STATED
    pin_for_unload: _PinForUnload = NOT_STATED
    pin_for_overdraft: _PinForOverdraft = NOT_STATED
    overdraft_log: _OverdraftWritten = NOT_STATED
    p1_05: _P105 = 0
    ef15_update: Annotated[Writer, ask("whose MAC writes EF 15; 15 文件写权限密钥")] = NOT_STATED
    ef16_update: Annotated[Writer, ask("whose MAC writes EF 16; 16 文件写权限密钥")] = NOT_STATED
    auth_opens: Annotated[
        Literal["not stated", "nothing", "records"],
        ask("EXTERNAL AUTHENTICATE opens plain UPDATE RECORD of EF 1A, or nothing; 外部认证权限"),
    ] = NOT_STATED
    version_bytes: Annotated[
        int, ask("bytes of 9F08, 0 when it is absent; 9F08 长度", ge=0, le=2)
    ] = 1
    fci_trailing: Annotated[int, ask("bytes after A5 in the FCI; FCI 尾部填充", ge=0, le=32)] = 0
    blocked_select: Annotated[str, ask("status word of SELECT when blocked; 锁定后选择应答")] = (
        "6283"
    )


class LntCard(Section, frozen=True, kw_only=True):
    """The Lingnan Tong application."""

    region: Annotated[
        str, ask("region byte of EF 15, two hex digits; empty: not claimed; 地区")
    ] = ""
    ef08: Annotated[bool, ask("EF 08 (monthly statistics) can be read; 乘车统计文件")] = False
    mf1x: Annotated[
        Literal["absent", "retired", "active"],
        ask("PAY.MF1X: 6A82, FCI with 6A81, or 9000; M1 部分"),
    ] = "absent"
    fid_select: Annotated[bool, ask("SELECT by DDF1 and ADF3 works; 按文件标识选择")] = False
    log_records: _LogRecords = 10
    simple: _Simple = True
    composite: _Composite = True
    load: _Load = True
    unload: _Unload = False
    overdraft: _Overdraft = False
    proof: _Proof = True
    pin: _Pin = False
    pin_for_load: _PinForLoad = False
    ceiling: _Ceiling = 0
    pin_filling: _PinFilling = NOT_STATED
    pin_for_unload: _PinForUnload = NOT_STATED
    pin_for_overdraft: _PinForOverdraft = NOT_STATED
    overdraft_log: _OverdraftWritten = NOT_STATED
    p1_05: _P105 = 0
    ef15_update: Annotated[
        Writer, ask("whose MAC writes EF 15 of PAY.APPY; PAY.APPY 15 文件写权限密钥")
    ] = NOT_STATED
    ceiling_9f0c: Annotated[
        int, ask("ceiling in 9F0C of PAY.TICL in fen; 0: not stated; 9F0C 余额上限", ge=0)
    ] = 0


class EcashCard(Section, frozen=True, kw_only=True):
    """The T-Union e-cash."""

    df11: Annotated[bool, ask("the FCI holds DF11 (city, interoperability); 卡片管理信息")] = False
    balance: Annotated[bool, ask("GET DATA 9F79 answers; 电子现金余额")] = False
    transactions: Annotated[bool, ask("GET PROCESSING OPTIONS goes on to a purchase; 可消费")] = (
        False
    )


class PpseCard(Section, frozen=True, kw_only=True):
    """The directory."""

    listed: Annotated[tuple[str, ...], ask("AIDs in order of the directory; 目录所列应用")] = ()


class CardBehaviour(Section, frozen=True, kw_only=True):
    """Where real cards differ."""

    balance: Annotated[
        Balance,
        ask("one balance behind both standards, two, or only one purse; 余额共用/分开/单一"),
    ] = "single"
    ppse_lockout: Annotated[
        bool, ask("after PPSE, PAY.* cannot be selected until reset; PPSE 锁定")
    ] = False
    balance_p1: Annotated[
        bool, ask("GET BALANCE answers P1=00..05 and not 00 alone; 余额 P1 取值")
    ] = False
    p1_00: Annotated[
        Literal["available", "actual"],
        ask("GET BALANCE P1=00 includes the unused overdraft, or not; P1=00 含义"),
    ] = "available"
    top_bit: Annotated[bool, ask("GET BALANCE sets the top bit; 余额最高位置位")] = False


class CardTiming(Section, frozen=True, kw_only=True):
    """Time limits; leave an entry out when none is claimed."""

    composite_ms: Annotated[
        int | None, ask("INITIALIZE to the answer of DEBIT, composite purchase; 复合消费时限")
    ] = None


class CardIcs(Section, frozen=True, kw_only=True):
    """What a card claims."""

    version: int
    kind: Literal["card"]
    about: About = About()
    applications: CardApplications
    tunion: TunionCard = TunionCard()
    lnt: LntCard = LntCard()
    ecash: EcashCard = EcashCard()
    ppse: PpseCard = PpseCard()
    behaviour: CardBehaviour = CardBehaviour()
    timing: CardTiming = CardTiming()
    clauses: Answers = msgspec.field(default_factory=dict)


# -- terminal --------------------------------------------------------------------------

_CODE_2 = "^[0-9]{4}$"
_HEX_6 = "^[0-9A-Fa-f]{12}$"
_HEX_8 = "^[0-9A-Fa-f]{16}$"


class Device(Section, frozen=True, kw_only=True):
    """What kind of terminal it is."""

    kind: Annotated[Literal["bus", "metro", "ferry", "load"], ask("公交/地铁/轮渡/充值")] = "bus"
    direction: Annotated[
        Literal["single", "entry", "exit", "load"], ask("one tap a ride, or entry, or exit; 方向")
    ] = "single"
    record: Annotated[
        Literal["", "2701", "2702"], ask("EF 1A record of rides with entry and exit; 行业记录")
    ] = ""


class TerminalApplications(Section, frozen=True, kw_only=True):
    """Which standards it takes and how it enters a card."""

    tunion: Annotated[bool, ask("takes T-Union purses; 受理交通联合")] = False
    lnt: Annotated[bool, ask("takes Lingnan Tong; 受理岭南通")] = False
    priority: Annotated[
        tuple[Standard, ...], ask("order of preference on a dual card; 优先级")
    ] = ()
    entry: Annotated[
        Literal["ppse-first", "direct", "lnt-probe-first"], ask("what it selects first; 入口")
    ] = "ppse-first"
    without_ppse: Annotated[
        Literal["direct", "refuse"],
        ask("a card without PPSE: tries the purse's AID, or refuses; 无 PPSE 时"),
    ] = "refuse"
    second: Annotated[
        Literal["not stated", "tried", "not tried"],
        ask("the other application of a card whose first one is refused; 首选应用被拒后"),
    ] = NOT_STATED
    enable_flag: Annotated[
        Literal["not stated", "judged", "not judged"],
        ask("a T-Union card whose enable flag is not 01: refused (judged), or let through (not "
            "judged); 启用标识"),
    ] = NOT_STATED  # fmt: skip


class Whereabouts(Section, frozen=True, kw_only=True):
    """What it writes about itself."""

    city: Annotated[str, ask("city code in EF 1E, 4 digits; 交易城市代码", pattern=_CODE_2)] = (
        "0000"
    )
    acquirer: Annotated[str, ask("acquirer in EF 1E, 16 digits; 收单机构", pattern=_HEX_8)] = (
        "F" * 16
    )
    line_station: Annotated[
        str, ask("line and station of EF 1E, 14 digits; 线路站点", pattern="^[0-9A-Fa-f]{14}$")
    ] = "0" * 14
    station: Annotated[
        str,
        ask("own station in EF 1A, to 16 digits; 本站代码", pattern="^([0-9A-Fa-f]{2}){0,8}$"),
    ] = ""
    industry: Annotated[
        str, ask("tenth byte of EF 1E, 2 digits; 行业代码", pattern="^[0-9A-Fa-f]{2}$")
    ] = "00"
    terminal_number: Annotated[
        str, ask("number under MAC1 and TAC, 12 digits; 终端机编号", pattern=_HEX_6)
    ] = "0" * 12
    terminal_prefix: Annotated[
        str,
        ask("4 digits before it in the 8-byte number of EF 1E; 前缀", pattern="^[0-9A-Fa-f]{4}$"),
    ] = "0000"
    trip_terminal: Annotated[
        str,
        ask(
            "the 8-byte number of EF 1E if it is another one; 1E 终端编号",
            pattern="^([0-9A-Fa-f]{16})?$",
        ),
    ] = ""


class FixedFare(Section, frozen=True, kw_only=True):
    """What one tap is charged, in fen."""

    full: Annotated[int, ask("fare before discounts; 全票价", ge=0, le=65535)] = 0
    tunion: Annotated[int, ask("charged to a T-Union card; 交通联合扣款", ge=0, le=65535)] = 0
    lnt: Annotated[int, ask("charged to a Lingnan Tong card; 岭南通扣款", ge=0, le=65535)] = 0
    maximum: Annotated[
        int, ask("highest fare, which an entry gate writes; 0: none; 最高票价", ge=0, le=65535)
    ] = 0
    maximum_tunion: Annotated[
        int, ask("highest charge to a T-Union card; 交通联合最高扣款", ge=0, le=65535)
    ] = 0
    maximum_lnt: Annotated[
        int, ask("highest charge to a Lingnan Tong card; 岭南通最高扣款", ge=0, le=65535)
    ] = 0
    minimum_tunion: Annotated[
        int, ask("lowest charge, which an entry asks a card to hold; 交通联合起步价", ge=0)
    ] = 0
    minimum_lnt: Annotated[
        int, ask("the same for Lingnan Tong cards; 岭南通起步价", ge=0, le=65535)
    ] = 0


class Tariff(Section, frozen=True, kw_only=True):
    """What else a ride may cost; an empty entry is not stated."""

    stations: Annotated[
        tuple[tuple[str, str, int, int, int], ...],
        ask("exits: other entries, each with station, terminal number, full fare, fare of a "
            "T-Union and of a Lingnan Tong card; 各进站站点票价"),
    ] = ()  # fmt: skip
    others: Annotated[
        Literal["not stated", "unknown"],
        ask("exits: an entry that is neither of these nor that of [rides] is a station nobody "
            "knows: unknown; 其余进站站点"),
    ] = NOT_STATED  # fmt: skip
    monthly: Annotated[
        tuple[tuple[int, int], ...],
        ask("monthly discount of T-Union cards: above so many fen, percent of the full fare; "
            "月累计优惠"),
    ] = ()  # fmt: skip
    monthly_sum: Annotated[
        Literal["not stated", "sum-1", "sum-2"],
        ask("which sum of EF 19 that is, bytes 10-11 or 12-13; 19 文件累计金额"),
    ] = NOT_STATED
    transfer_minutes: Annotated[
        int,
        ask("single rides: a transfer is within so many minutes by EF 1E; 0: not stated; "
            "换乘时限", ge=0, le=1440),
    ] = 0  # fmt: skip
    transfer_fare: Annotated[
        int, ask("charged to a T-Union card for a transfer; 换乘扣款", ge=0, le=65535)
    ] = 0
    transfer_from: Annotated[
        str,
        ask("EF 1E line and station of a ride before a transfer, 14 digits; 换乘前线路站点",
            pattern="^([0-9A-Fa-f]{14})?$"),
    ] = ""  # fmt: skip


class Purchases(Section, frozen=True, kw_only=True):
    """How it takes money."""

    tunion: Annotated[Literal["composite", "simple"], ask("type 09 or 06; 交通联合消费方式")] = (
        "composite"
    )
    lnt: Annotated[Literal["composite", "simple"], ask("type 09 or 06; 岭南通消费方式")] = "simple"
    key_index: Annotated[int, ask("purchase key index in INITIALIZE; 密钥索引", ge=0, le=255)] = 1
    overdraft: Annotated[bool, ask("a card's overdraft may pay; 允许透支")] = False
    recovery: Annotated[bool, ask("a torn tap is finished when the card comes back; 断点恢复")] = (
        False
    )


class Clock(Section, frozen=True, kw_only=True):
    """Its clock, while the suite runs."""

    source: Annotated[Literal["real", "set"], ask("real time, or set to `value`; 时钟")] = "real"
    value: Annotated[str, ask("14 digits YYYYMMDDhhmmss when it is set; 设定时间")] = ""
    tolerance_s: Annotated[int, ask("seconds it may be off; 允差", ge=0)] = 120
    told: Annotated[
        bool, ask("at --listen tcp: it takes clock and amount from the bench; 由平台下发时钟与金额")
    ] = False


class WhiteListIcs(Section, frozen=True, kw_only=True):
    """The list of issuers it takes."""

    enabled: Annotated[bool, ask("it has one; 有白名单")] = False
    pairs: Annotated[
        tuple[tuple[str, str], ...], ask("issuer institution and IIN, 8 digits each; 机构与 IIN")
    ] = ()


class BlackListIcs(Section, frozen=True, kw_only=True):
    """The list of cards it refuses."""

    enabled: Annotated[bool, ask("it has one; 有黑名单")] = False
    numbers: Annotated[tuple[str, ...], ask("card numbers in it, for the run; 卡号")] = ()


class InteroperabilityIcs(Section, frozen=True, kw_only=True):
    """How it judges cards of other cities."""

    judged: Annotated[bool, ask("it reads the interoperability flag; 判断互通标识")] = True
    own: Annotated[tuple[str, ...], ask("issuers that pass without the flag; 本地发卡机构")] = ()
    fallback: Annotated[
        Literal["ecash", "accept", "refuse"], ask("what it does without EF 17; 无 17 文件时")
    ] = "refuse"


class Rides(Section, frozen=True, kw_only=True):
    """What it does with broken rides; see the terminal profile of the same names."""

    entry_inside: Annotated[Literal["allow", "charge-max", "refuse"], ask("已进站再进站")] = "allow"
    exit_outside: Annotated[Literal["refuse", "charge-min", "charge-max"], ask("未进站出站")] = (
        "refuse"
    )
    unknown_station: Annotated[Literal["charge-max", "refuse"], ask("进站站点未知")] = "charge-max"
    time_limit: Annotated[
        Literal["not stated", "none"],
        ask("exits: a ride may last as long as it will: none; 乘车时限"),
    ] = NOT_STATED
    again: Annotated[
        Literal["charge", "refuse"], ask("single rides, the same card at once again; 同卡连刷")
    ] = "charge"
    entry_city: Annotated[
        str, ask("the entry from which fare.tunion and fare.lnt count: its city; 进站城市")
    ] = ""
    entry_acquirer: Annotated[str, ask("its acquirer, 16 digits; 进站收单机构")] = ""
    entry_station: Annotated[str, ask("its station in EF 1A, to 16 digits; 进站站点")] = ""
    entry_terminal: Annotated[str, ask("its terminal number, 12 digits; 进站终端")] = ""


class Loads(Section, frozen=True, kw_only=True):
    """A load point's limits in fen."""

    minimum: Annotated[int, ask("least amount; 最小充值", ge=0)] = 0
    maximum: Annotated[int, ask("greatest amount; 最大充值", ge=0)] = 0


class Reports(Section, frozen=True, kw_only=True):
    """How it tells its decision."""

    form: Annotated[
        Literal["line", "none"],
        ask('one line # {"outcome": ...} before it hangs up, or none; 报告'),
    ] = "none"
    codes: Annotated[bool, ask("refusals carry the codes 2449, 5469, 2731; 错误代码")] = False
    clearing: Annotated[bool, ask("the report holds the clearing record; 清算记录")] = False


class TerminalTiming(Section, frozen=True, kw_only=True):
    """Time budgets; leave an entry out when none is claimed."""

    total_ms: Annotated[int | None, ask("first command to last answer; 总时限")] = None
    terminal_ms: Annotated[int | None, ask("the terminal's own share of it; 终端时限")] = None


class TerminalIcs(Section, frozen=True, kw_only=True):
    """What a terminal claims."""

    version: int
    kind: Literal["terminal"]
    about: About = About()
    device: Device = Device()
    applications: TerminalApplications
    place: Whereabouts = Whereabouts()
    fare: FixedFare = FixedFare()
    tariff: Tariff = Tariff()
    purchase: Purchases = Purchases()
    clock: Clock = Clock()
    white_list: WhiteListIcs = WhiteListIcs()
    black_list: BlackListIcs = BlackListIcs()
    interoperability: InteroperabilityIcs = InteroperabilityIcs()
    rides: Rides = Rides()
    load: Loads = Loads()
    reports: Reports = Reports()
    timing: TerminalTiming = TerminalTiming()
    psam: PsamClaims = PsamClaims()
    clauses: Answers = msgspec.field(default_factory=dict)


Ics = CardIcs | TerminalIcs
