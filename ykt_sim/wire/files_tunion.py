"""Elementary files of the T-Union electronic purse, AID A000000632010105.

The text of JT/T 978 is not public. Sources: [LAB] documentation of the accreditation
laboratory, [CODE] readers, validators and personalisation tools, [DUMP] bytes of real
cards, [INF] inference; each record says which. Parts whose meaning nobody gives are
raw bytes named ``unknown_<offset>``; nothing is dropped.

Amounts and balances are integers in fen. Dates, codes and numbers in BCD are hex text.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import (
    BusState,
    CardKind,
    Direction,
    Industry,
    RideState,
    TransactionType,
    TripType,
)
from ykt_sim.wire import fits
from ykt_sim.wire.fields import U8, U16, U24, U32, FieldKind, enum8, hexdigits, raw
from ykt_sim.wire.record import Record, field

_K = FieldKind

RAIL_RECORD_ID: Final = "2701"
BUS_RECORD_ID: Final = "2702"


class TunionApplication(Record):
    """EF 15 and the 9F0C of the FCI: the public application data, 30 bytes.

    ``enable_flag`` has two names: the laboratory calls it enable flag (启用标识), a
    personalisation tool issuer application version (应用版本); 01 on every known card.
    """

    SOURCE = "[LAB][DUMP] five cards; a newer edition splits the PAN field [LAB], not modelled"
    EXAMPLE = "02205810FFFFFFFF02010310487039500000082720240715204012150000"

    issuer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="发卡机构标识", fits=fits.INSTITUTION)
    application_type: str = field(hexdigits(1), kind=_K.CODE, zh="应用类型标识")
    enable_flag: str = field(
        hexdigits(1), kind=_K.CODE, zh="启用标识/应用版本", source="[LAB][CODE], two names"
    )
    pan: str = field(hexdigits(10), kind=_K.IDENTITY, zh="应用序列号", fits=fits.DIGITS)
    start_date: str = field(hexdigits(4), kind=_K.DATE, zh="应用启用日期", fits=fits.DAY_OR_NONE)
    expiry_date: str = field(hexdigits(4), kind=_K.DATE, zh="应用有效日期", fits=fits.DAY_OR_NONE)
    reserved: bytes = field(
        raw(2),
        kind=_K.RESERVED,
        zh="自定义 FCI 数据",
        source="[DUMP] 0000, 0114, FFFF; Tianjin keeps a local card type in the first byte [CODE]",
        default=bytes(2),
    )


class TunionCardholder(Record):
    """EF 16: the cardholder, 55 bytes, personal data."""

    SOURCE = "[CODE] personalisation tool and validator; no real sample, the example is made up"
    EXAMPLE = "0100B2E2CAD4" + "00" * 16 + "303030303030303030303030303030303030" + "00" * 14 + "00"

    card_type: str = field(hexdigits(1), kind=_K.CODE, zh="卡类型标识")
    staff_flag: str = field(hexdigits(1), kind=_K.CODE, zh="本行职工标识")
    name: bytes = field(raw(20), kind=_K.PERSONAL, zh="持卡人姓名")
    id_number: bytes = field(raw(32), kind=_K.PERSONAL, zh="持卡人证件号码")
    id_type: str = field(hexdigits(1), kind=_K.PERSONAL, zh="持卡人证件类型")


class TunionCardInfo(Record):
    """EF 17: country, city, interoperability and card kind, 60 bytes.

    Not readable on the real dual card of 2024, where DF11 of the e-cash says the same.
    """

    SOURCE = "[CODE x3][DUMP] first 11 bytes of one card; its other 49 bytes were not read"
    EXAMPLE = "0000015658005840000101" + "00" * 49

    country: str = field(hexdigits(4), kind=_K.CODE, zh="国际代码", fits=fits.DIGITS)
    province: str = field(hexdigits(2), kind=_K.CODE, zh="省级代码", fits=fits.DIGITS)
    city: str = field(hexdigits(2), kind=_K.CODE, zh="城市代码", fits=fits.DIGITS)
    interoperability: str = field(hexdigits(2), kind=_K.CODE, zh="互通卡种")
    card_kind: CardKind = field(enum8(CardKind), kind=_K.CODE, zh="卡种类型")
    reserved: bytes = field(raw(49), kind=_K.RESERVED, zh="预留", default=bytes(49))


class TransactionRecord(Record):
    """EF 18: one line of the transaction log the COS keeps, 23 bytes; record 1 is newest.

    The log of any PBOC purse [GM App. A-3]. A Lingnan Tong wallet has held such a line too: its
    terminal sent a whole date [DUMP-edited].
    """

    SOURCE = "[CODE x6][DUMP]"
    EXAMPLE = "0001000000000000640941310177670320241027212555"

    counter: int = field(U16, kind=_K.COUNTER, zh="交易序号", source="[GM] after the increment")
    overdraft_limit: int = field(
        U24, kind=_K.BALANCE, zh="透支限额", source="[GM]; Shanghai keeps a running value [DUMP]"
    )
    amount: int = field(U32, kind=_K.AMOUNT, zh="交易金额", fits=fits.FEN)
    type: TransactionType = field(enum8(TransactionType), kind=_K.CODE, zh="交易类型标识")
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY, zh="终端机编号")
    date: str = field(hexdigits(4), kind=_K.DATE, zh="交易日期", fits=fits.DAY)
    time: str = field(hexdigits(3), kind=_K.DATE, zh="交易时间", fits=fits.CLOCK)


class MonthlyStatistics(Record):
    """EF 19 record 1 in Guangzhou and Foshan: rides and sums of the month, 48 bytes.

    The two sums belong to the rides before and after the discount step or to metro and
    all rides; the sources do not say which, hence their plain names.
    """

    SOURCE = "[CODE] one reader; size [DUMP] from a fresh card, so the example is a made-up month"
    EXAMPLE = "012E002410000204000003E80578" + "00" * 34

    id: str = field(hexdigits(1), kind=_K.CONSTANT, zh="记录标识", default="01")
    length: int = field(U8, kind=_K.CONSTANT, zh="记录长度", default=0x2E)
    unknown_2: bytes = field(raw(1), kind=_K.DATA, default=bytes(1))
    year: str = field(hexdigits(1), kind=_K.DATE, zh="年(后两位)", fits=fits.DIGITS)
    month: str = field(hexdigits(1), kind=_K.DATE, zh="月", fits=fits.MONTH_OR_NONE)
    unknown_5: bytes = field(raw(1), kind=_K.DATA, default=bytes(1))
    metro_rides: int = field(U8, kind=_K.COUNTER, zh="地铁乘次")
    rides: int = field(U8, kind=_K.COUNTER, zh="总乘次")
    unknown_8: bytes = field(raw(2), kind=_K.DATA, default=bytes(2))
    sum_1: int = field(U16, kind=_K.AMOUNT, zh="累计金额一")
    sum_2: int = field(U16, kind=_K.AMOUNT, zh="累计金额二")
    unknown_14: bytes = field(raw(34), kind=_K.DATA, default=bytes(34))


#: Values of the flags in the head of an industry record [CODE x3].
_FLAG: Final = fits.exactly(b"\x00", b"\x01")


class IndustryRecord(Record):
    """EF 1A, any record id: the head that all industry records share, 128 bytes."""

    SOURCE = "[CODE x3] head of 2702; [DUMP] the same in two 2701 and one 2702 records"
    EXAMPLE = "27037D0101" + "00" * 123

    id: str = field(hexdigits(2), kind=_K.CODE, zh="行业记录标识")
    length: int = field(U8, kind=_K.CONSTANT, zh="记录长度", default=0x7D)
    application_valid: str = field(
        hexdigits(1), kind=_K.CODE, zh="应用有效标识", default="01", fits=_FLAG
    )
    record_kind: str = field(hexdigits(1), kind=_K.CODE, zh="互联互通应用类型", default="01")
    lock_flag: str = field(hexdigits(1), kind=_K.CODE, zh="应用锁定标识", default="00", fits=_FLAG)
    record_serial: str = field(hexdigits(8), kind=_K.IDENTITY, zh="流水号")
    state: RideState = field(enum8(RideState), kind=_K.CODE, zh="进出状态")
    unknown_15: bytes = field(raw(113), kind=_K.DATA, default=bytes(113))


class RailRecord(Record):
    """EF 1A record 2701: a ride by rail, 128 bytes. Layout inferred from two real records.

    ``amount`` is the fare after the exit and the highest possible fare after the entry. Buses
    of one maker have written 2701 with another end, `BusRailTail`.
    """

    SOURCE = "[DUMP][INF] a Guangzhou exit and a Beijing entry agree; example: the entry, no serial"
    EXAMPLE = (
        "27017D0101000000000000000000" + "01" + "1000" + "0000" + "01011000FFFFFFFF" + "00" * 8
        + "1000751309000819" + "00" * 8 + "100075131F081909" + "00" * 8
        + "20190831175904" + "00" * 7 + "00000384" + "080000000000" + "00000BB8" + "00000000"
        + "01" + "00" * 26 + "E130"
    )  # fmt: skip

    id: str = field(hexdigits(2), kind=_K.CODE, zh="行业记录标识", default=RAIL_RECORD_ID)
    length: int = field(U8, kind=_K.CONSTANT, zh="记录长度", default=0x7D)
    application_valid: str = field(
        hexdigits(1), kind=_K.CODE, zh="应用有效标识", default="01", fits=_FLAG
    )
    record_kind: str = field(hexdigits(1), kind=_K.CODE, zh="互联互通应用类型", default="01")
    lock_flag: str = field(hexdigits(1), kind=_K.CODE, zh="应用锁定标识", default="00", fits=_FLAG)
    record_serial: str = field(hexdigits(8), kind=_K.IDENTITY, zh="流水号")
    state: RideState = field(enum8(RideState), kind=_K.CODE, zh="进出状态")
    entry_city: str = field(hexdigits(2), kind=_K.CODE, zh="进站城市")
    exit_city: str = field(hexdigits(2), kind=_K.CODE, zh="出站城市", default="0" * 4)
    entry_acquirer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="进站收单机构")
    exit_acquirer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="出站收单机构", default="0" * 16)
    entry_station: str = field(hexdigits(8), kind=_K.CODE, zh="进站站点")
    exit_station: str = field(hexdigits(8), kind=_K.CODE, zh="出站站点", default="0" * 16)
    entry_terminal: str = field(hexdigits(8), kind=_K.IDENTITY, zh="进站终端")
    exit_terminal: str = field(hexdigits(8), kind=_K.IDENTITY, zh="出站终端", default="0" * 16)
    entry_datetime: str = field(hexdigits(7), kind=_K.DATE, zh="进站时间", fits=fits.MOMENT_OR_NONE)
    exit_datetime: str = field(
        hexdigits(7), kind=_K.DATE, zh="出站时间", default="0" * 14, fits=fits.MOMENT_OR_NONE
    )
    amount: int = field(U32, kind=_K.AMOUNT, zh="交易金额/最大金额", fits=fits.FEN)
    unknown_85: bytes = field(raw(6), kind=_K.DATA, default=bytes(6))
    balance: int = field(U32, kind=_K.BALANCE, zh="余额", fits=fits.FEN)
    cumulative_amount: int = field(
        U32, kind=_K.AMOUNT, zh="累计金额", source="[INF, weak] 285 and 0", default=0,
        fits=fits.FEN,
    )  # fmt: skip
    unknown_99: bytes = field(raw(27), kind=_K.DATA, default=bytes(27))
    unknown_126: bytes = field(
        raw(2), kind=_K.DATA, source="[DUMP] E130 once, else 0000", default=bytes(2)
    )


class BusRailRecord(Record):
    """EF 1A record 2701 as one maker's older bus terminals write it, 128 bytes.

    The rail record as far as its exit time, then a bus's own fields; it fits neither of the two
    real rail records.
    """

    SOURCE = "[CODE medium] one bus terminal's older class; the example is made up"
    EXAMPLE = (
        "27017D0101000000000000000123" + "01" + "4530" + "0000"
        + "13664530FFFFFFFF" + "00" * 8 + "00" * 16 + "0000413106160001" + "00" * 8
        + "20201124165916" + "00" * 7 + "00000064" + "AB" + "00FC" + "303031323334" + "00" * 34
    )  # fmt: skip

    id: str = field(hexdigits(2), kind=_K.CODE, zh="行业记录标识", default=RAIL_RECORD_ID)
    length: int = field(U8, kind=_K.CONSTANT, zh="记录长度", default=0x7D)
    application_valid: str = field(
        hexdigits(1), kind=_K.CODE, zh="应用有效标识", default="01", fits=_FLAG
    )
    record_kind: str = field(hexdigits(1), kind=_K.CODE, zh="互联互通应用类型", default="01")
    lock_flag: str = field(hexdigits(1), kind=_K.CODE, zh="应用锁定标识", default="00", fits=_FLAG)
    record_serial: str = field(hexdigits(8), kind=_K.IDENTITY, zh="流水号")
    state: BusState = field(enum8(BusState), kind=_K.CODE, zh="上下车状态")
    entry_city: str = field(hexdigits(2), kind=_K.CODE, zh="上车城市")
    exit_city: str = field(hexdigits(2), kind=_K.CODE, zh="下车城市")
    entry_acquirer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="上车收单机构")
    exit_acquirer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="下车收单机构")
    entry_station: str = field(hexdigits(8), kind=_K.CODE, zh="上车站点")
    exit_station: str = field(hexdigits(8), kind=_K.CODE, zh="下车站点")
    entry_terminal: str = field(hexdigits(8), kind=_K.IDENTITY, zh="上车终端")
    exit_terminal: str = field(hexdigits(8), kind=_K.IDENTITY, zh="下车终端")
    entry_datetime: str = field(hexdigits(7), kind=_K.DATE, zh="上车时间", fits=fits.MOMENT_OR_NONE)
    exit_datetime: str = field(hexdigits(7), kind=_K.DATE, zh="下车时间", fits=fits.MOMENT_OR_NONE)
    marked_amount: int = field(U32, kind=_K.AMOUNT, zh="标注金额", fits=fits.FEN)
    direction: Direction = field(
        enum8(Direction), kind=_K.CODE, zh="方向", fits=fits.exactly(b"\xab", b"\xba")
    )
    line: str = field(hexdigits(2), kind=_K.CODE, zh="线路")
    vehicle: bytes = field(raw(6), kind=_K.IDENTITY, zh="车辆号", fits=fits.VEHICLE)
    reserved: bytes = field(raw(34), kind=_K.RESERVED, zh="预留，厂商自用", default=bytes(34))


class BusRecord(Record):
    """EF 1A record 2702: a bus ride, boarding and alighting, 128 bytes.

    Two makers' terminals and an analyser agree as far as byte 101; what follows is each maker's
    own, `BusTailOne` and `BusTailTwo`. A station profile's ten digits are operator, line,
    station.
    """

    SOURCE = "[CODE x3][DUMP] four records of two cities; example: Beijing's, serial blanked"
    EXAMPLE = (
        "27027D0101000000000000000000" + "02" + "1000" + "11011000FFFFFFFF" + "0001002910"
        + "3030303332383435" + "0000001009007597" + "20191129132545" + "0000012C" + "AB"
        + "1000" + "11011000FFFFFFFF" + "000100290D" + "3030303332383435" + "0000001009007598"
        + "20191129133046" + "00000064" + "00C8" + "00" * 24 + "DDF3"
    )  # fmt: skip

    id: str = field(hexdigits(2), kind=_K.CODE, zh="行业记录标识", default=BUS_RECORD_ID)
    length: int = field(U8, kind=_K.CONSTANT, zh="记录长度", default=0x7D)
    application_valid: str = field(
        hexdigits(1), kind=_K.CODE, zh="应用有效标识", default="01", fits=_FLAG
    )
    record_kind: str = field(
        hexdigits(1), kind=_K.CODE, zh="互联互通应用类型", default="01",
        source="[CODE] 1 by time, by section or composite, 2 pre-authorisation",
    )  # fmt: skip
    lock_flag: str = field(hexdigits(1), kind=_K.CODE, zh="应用锁定标识", default="00", fits=_FLAG)
    record_serial: str = field(hexdigits(8), kind=_K.IDENTITY, zh="流水号")
    state: BusState = field(enum8(BusState), kind=_K.CODE, zh="上下车状态")
    boarding_city: str = field(hexdigits(2), kind=_K.CODE, zh="上车城市")
    boarding_acquirer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="上车收单机构")
    boarding_operator: str = field(hexdigits(2), kind=_K.CODE, zh="上车运营单位")
    boarding_line: str = field(hexdigits(2), kind=_K.CODE, zh="上车线路")
    boarding_station: str = field(hexdigits(1), kind=_K.CODE, zh="上车站点")
    boarding_vehicle: bytes = field(raw(8), kind=_K.IDENTITY, zh="上车车辆号")
    boarding_terminal: str = field(hexdigits(8), kind=_K.IDENTITY, zh="上车终端")
    boarding_datetime: str = field(
        hexdigits(7), kind=_K.DATE, zh="上车时间", fits=fits.MOMENT_OR_NONE
    )
    maximum_amount: int = field(
        U32, kind=_K.AMOUNT, zh="标注金额", fits=fits.FEN,
        source="[CODE x3] collected from a rider who never alights",
    )  # fmt: skip
    direction: Direction = field(enum8(Direction), kind=_K.CODE, zh="方向", default=Direction.NONE)
    alighting_city: str = field(hexdigits(2), kind=_K.CODE, zh="下车城市", default="0" * 4)
    alighting_acquirer: str = field(
        hexdigits(8), kind=_K.IDENTITY, zh="下车收单机构", default="0" * 16
    )
    alighting_operator: str = field(hexdigits(2), kind=_K.CODE, zh="下车运营单位", default="0" * 4)
    alighting_line: str = field(hexdigits(2), kind=_K.CODE, zh="下车线路", default="0" * 4)
    alighting_station: str = field(hexdigits(1), kind=_K.CODE, zh="下车站点", default="00")
    alighting_vehicle: bytes = field(raw(8), kind=_K.IDENTITY, zh="下车车辆号", default=bytes(8))
    alighting_terminal: str = field(hexdigits(8), kind=_K.IDENTITY, zh="下车终端", default="0" * 16)
    alighting_datetime: str = field(
        hexdigits(7), kind=_K.DATE, zh="下车时间", default="0" * 14, fits=fits.MOMENT_OR_NONE
    )
    amount: int = field(U32, kind=_K.AMOUNT, zh="交易金额", default=0, fits=fits.FEN)
    distance: int = field(U16, kind=_K.DATA, zh="里程", default=0)
    reserved: bytes = field(
        raw(26), kind=_K.RESERVED, zh="预留，厂商自用", source="[CODE x2] two makers, two layouts",
        default=bytes(26),
    )  # fmt: skip


class BusTailOne(Record):
    """Last 26 bytes of a `BusRecord` as one maker's terminals write them (Zibo)."""

    SOURCE = "[CODE][DUMP x3]"
    EXAMPLE = "28400021001400" + "00" * 19

    line_high: str = field(hexdigits(1), kind=_K.CODE, zh="线路号高字节")
    driver: str = field(hexdigits(3), kind=_K.IDENTITY, zh="司机编号")
    fare_before_discount: int = field(U16, kind=_K.AMOUNT, zh="折扣前票价")
    filling: bytes = field(
        raw(20), kind=_K.CONSTANT, zh="预留", default=bytes(20),
        source="[DUMP x3] zeros",
    )  # fmt: skip


class BusTailTwo(Record):
    """Last 26 bytes of a `BusRecord` as another maker's terminals write them.

    That maker's other product has no city there.
    """

    SOURCE = "[CODE] one hand; no real sample, the example is made up"
    EXAMPLE = "4530" + "00001234" + "00000000" + "0007" + "0078" + "00" * 10 + "0000"

    city: str = field(hexdigits(2), kind=_K.CODE, zh="城市代码", fits=fits.CITY)
    driver: str = field(hexdigits(4), kind=_K.IDENTITY, zh="司机编号")
    crew: str = field(hexdigits(4), kind=_K.IDENTITY, zh="乘务员编号")
    trip: int = field(U16, kind=_K.COUNTER, zh="趟次")
    longest_minutes: int = field(U16, kind=_K.DATA, zh="最长乘车时间(分钟)", fits=fits.MINUTES)
    station_name: bytes = field(raw(10), kind=_K.DATA, zh="站名", fits=fits.NAME)
    unknown_24: bytes = field(raw(2), kind=_K.DATA)


class TripRecord(Record):
    """EF 1E: one trip, 48 bytes; record 1 is newest. Written with the purse by CAPP.

    ``terminal`` often ends in the terminal number of the EF 18 record, and need not: two of
    three production dumps hold another number there [DUMP]. Bytes 9 to 16 differ by maker;
    one puts a serial number there, `TripSerial`.
    """

    SOURCE = "[CODE x4][DUMP] 250 records"
    EXAMPLE = (
        "06000041310177670302030100007835090000006400000F6420241027212555783511355850FFFFFFFF"
        "000000000000"
    )

    type: TripType = field(enum8(TripType), kind=_K.CODE, zh="交易类型")
    terminal: str = field(hexdigits(8), kind=_K.IDENTITY, zh="终端编号")
    industry: Industry = field(enum8(Industry), kind=_K.CODE, zh="行业代码")
    line_station: str = field(
        hexdigits(7), kind=_K.CODE, zh="线路站点", source="[DUMP] private to each city"
    )
    amount: int = field(U32, kind=_K.AMOUNT, zh="交易金额", fits=fits.FEN)
    balance_after: int = field(U32, kind=_K.BALANCE, zh="交易后余额")
    datetime: str = field(hexdigits(7), kind=_K.DATE, zh="交易日期时间", fits=fits.MOMENT)
    city: str = field(hexdigits(2), kind=_K.CODE, zh="交易城市代码")
    acquirer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="收单机构标识")
    reserved: bytes = field(
        raw(6),
        kind=_K.RESERVED,
        zh="预留",
        source="[DUMP] zeros; Changzhou, Tianjin, Nanning and Zibo keep own data here",
        default=bytes(6),
    )


class TripSerial(Record):
    """Bytes 9 to 16 of a `TripRecord` as one maker's newer terminals write them: a serial number.

    Others have industry, line and station there. A number of more than four bytes was not seen.
    """

    SOURCE = "[DUMP] two of three production dumps; meaning [INF, medium]"
    EXAMPLE = "0000000000000078"

    filling: bytes = field(raw(4), kind=_K.CONSTANT, zh="", default=bytes(4))
    trip_serial: int = field(U32, kind=_K.COUNTER, zh="交易流水号", fits=fits.NOT_ZERO)
