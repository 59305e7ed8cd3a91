"""Elementary files of the Lingnan Tong / Yang Cheng Tong CPU card, and Shenzhen Tong's 9F0C.

No text of the Lingnan Tong standard is public. Sources: [DUMP] bytes of real or replayed
cards, [CODE] readers, [INF] inference. Parts whose meaning nobody gives are raw bytes
named ``unknown_<offset>``.

Amounts are integers in fen. Dates, codes and numbers in BCD are hex text.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import LntSubType, TransactionType
from ykt_sim.wire import fits
from ykt_sim.wire.fields import U8, U16, U24, U32, U32_LITTLE, FieldKind, enum8, hexdigits, raw
from ykt_sim.wire.record import Record, field

_K = FieldKind

STATISTICS_RECORD_ID: Final = 0x18
METRO_TRIP_RECORD_ID: Final = 0xC8


class LntApplication(Record):
    """EF 15 under PAY.APPY: card number and dates, 70 bytes.

    Cards have been read with 68, 70 and 88 bytes; the layout below is the part they share.
    The card number is 510000 and ten digits, the last ten being the printed number.
    """

    SOURCE = "[DUMP] one full real file, one replayed file, one partial log"
    EXAMPLE = (
        "FFFFFFFFFFFFFFFF5100009500000082030002FFFFFFFF2024062120341231202406214381880101"
        "00000000052B000101015100009500000082030000000000FF8000FFFFFF"
    )

    unknown_0: bytes = field(raw(8), kind=_K.DATA, default=b"\xff" * 8)
    card_number: str = field(hexdigits(8), kind=_K.IDENTITY, zh="逻辑卡号", fits=fits.DIGITS)
    unknown_16: bytes = field(raw(3), kind=_K.DATA, default=b"\x03\x00\x02")
    unknown_19: bytes = field(raw(4), kind=_K.DATA, default=b"\xff" * 4)
    issue_date: str = field(hexdigits(4), kind=_K.DATE, zh="发行日期", fits=fits.DAY_OR_NONE)
    expiry_date: str = field(hexdigits(4), kind=_K.DATE, zh="有效日期", fits=fits.DAY_OR_NONE)
    start_date: str = field(
        hexdigits(4), kind=_K.DATE, zh="启用日期", source="[INF] a third date, role not certain",
        fits=fits.DAY_OR_NONE,
    )  # fmt: skip
    unknown_35: bytes = field(raw(3), kind=_K.DATA, default=bytes(3))
    unknown_38: bytes = field(raw(2), kind=_K.DATA, default=b"\x01\x01")
    unknown_40: bytes = field(raw(4), kind=_K.DATA, default=bytes(4))
    version: str = field(
        hexdigits(2), kind=_K.CODE, zh="版本", source="[INF, weak] 052B so far", default="052B"
    )
    unknown_46: bytes = field(raw(2), kind=_K.DATA, default=b"\x00\x01")
    unknown_48: bytes = field(raw(1), kind=_K.DATA, default=b"\x01")
    region: str = field(
        hexdigits(1), kind=_K.CODE, zh="地区代码", source="[CODE] 01 Guangzhou", default="01"
    )
    card_number_copy: str = field(hexdigits(8), kind=_K.IDENTITY, zh="逻辑卡号")
    card_type: str = field(hexdigits(2), kind=_K.CODE, zh="卡特殊类型", default="0300")
    unknown_60: bytes = field(raw(10), kind=_K.DATA, default=bytes.fromhex("00000000FF8000FFFFFF"))


class LntStatistics(Record):
    """EF 08 record id 18 under PAY.APPY: rides of the month, 22 bytes.

    Its year and month anchor the wallet log, which has no years.
    """

    SOURCE = "[CODE][DUMP] one replayed card; which sum is which is not known"
    EXAMPLE = "1814001912010E0F0000000000000000000000000000"

    id: str = field(hexdigits(1), kind=_K.CONSTANT, zh="记录标识", default="18")
    length: int = field(U8, kind=_K.CONSTANT, zh="记录长度", default=0x14)
    unknown_2: bytes = field(raw(1), kind=_K.DATA, default=bytes(1))
    year: str = field(hexdigits(1), kind=_K.DATE, zh="年(后两位)", fits=fits.DIGITS)
    month: str = field(hexdigits(1), kind=_K.DATE, zh="月", fits=fits.MONTH_OR_NONE)
    unknown_5: bytes = field(raw(1), kind=_K.DATA, default=bytes(1))
    metro_rides: int = field(U8, kind=_K.COUNTER, zh="地铁乘次")
    rides: int = field(U8, kind=_K.COUNTER, zh="总乘次")
    unknown_8: bytes = field(raw(2), kind=_K.DATA, default=bytes(2))
    sum_1: int = field(U16, kind=_K.AMOUNT, zh="累计金额一")
    sum_2: int = field(U16, kind=_K.AMOUNT, zh="累计金额二")
    unknown_14: bytes = field(raw(8), kind=_K.DATA, default=bytes(8))


class LntMetroTrip(Record):
    """EF 08 record id C8 under PAY.APPY: the last metro trip, 86 bytes.

    Two terminals and two counts of seconds since 1988-01-01, local time. That the first
    pair is the exit and the second the entry follows from their order in time.
    """

    SOURCE = "[DUMP] one replayed card; meaning [INF, medium]"
    EXAMPLE = (
        "C854000000000200" + "3BCEB671" + "010000200618" + "3001043006200215043010" + "3BCE9E63"
        + "010000203169" + "00" * 45 + "C4E7"
    )  # fmt: skip

    id: str = field(hexdigits(1), kind=_K.CONSTANT, zh="记录标识", default="C8")
    length: int = field(U8, kind=_K.CONSTANT, zh="记录长度", default=0x54)
    unknown_2: bytes = field(raw(6), kind=_K.DATA)
    exit_seconds: int = field(
        U32, kind=_K.DATE, zh="出站时间(1988 年起秒数)", fits=fits.SECONDS_1988
    )
    exit_terminal: str = field(hexdigits(6), kind=_K.IDENTITY, zh="出站终端")
    unknown_18: bytes = field(raw(11), kind=_K.DATA)
    entry_seconds: int = field(
        U32, kind=_K.DATE, zh="进站时间(1988 年起秒数)", fits=fits.SECONDS_1988
    )
    entry_terminal: str = field(hexdigits(6), kind=_K.IDENTITY, zh="进站终端")
    unknown_39: bytes = field(raw(45), kind=_K.DATA, default=bytes(45))
    checksum: bytes = field(
        raw(2),
        kind=_K.DATA,
        source="[INF] CRC-16/X-25 of bytes 3 to 83, low byte first, fits the one sample",
        default=bytes(2),
    )


class LntWallet(Record):
    """9F0C of PAY.TICL's FCI: start date and wallet ceiling, 33 bytes."""

    SOURCE = "[DUMP x2]; ceiling [INF]"
    EXAMPLE = "FFFFFFFFFFFFFFFF" + "00" * 16 + "20150709" + "00000186A0"

    unknown_0: bytes = field(raw(8), kind=_K.DATA, default=b"\xff" * 8)
    unknown_8: bytes = field(raw(16), kind=_K.DATA, default=bytes(16))
    start_date: str = field(hexdigits(4), kind=_K.DATE, zh="启用日期", fits=fits.DAY_OR_NONE)
    unknown_28: bytes = field(raw(1), kind=_K.DATA, default=bytes(1))
    ceiling: int = field(U32, kind=_K.BALANCE, zh="余额上限", default=100_000, fits=fits.FEN)


#: Sub-types of a composite purchase that begins or ends a ride.
_RIDES: Final = {LntSubType.METRO_ENTRY, LntSubType.METRO_EXIT, LntSubType.METRO_EXIT_VARIANT}


class LntTransactionRecord(Record):
    """EF 18 under PAY.TICL: one line of the wallet log, 23 bytes; record 1 is newest.

    As long as the T-Union record but with another tail: the seven bytes that a T-Union
    terminal fills with date and time hold fare, month, day, hour, minute and a sub-type.
    There is no year. One record of a load held a whole date there instead [DUMP-edited]: such a
    line is a `TransactionRecord`. ``sub_type`` is a code on metro and load devices and looks like
    plain seconds elsewhere; which it is cannot be told from the byte alone.
    """

    SOURCE = "[DUMP] 14 records of two cards; fare [INF, strong]; sub-type [CODE], unresolved"
    EXAMPLE = "00080000000000008C0901003005324200C80823144018"

    counter: int = field(U16, kind=_K.COUNTER, zh="交易序号")
    overdraft_limit: int = field(U24, kind=_K.BALANCE, zh="透支限额", default=0)
    amount: int = field(U32, kind=_K.AMOUNT, zh="交易金额", fits=fits.FEN)
    type: TransactionType = field(enum8(TransactionType), kind=_K.CODE, zh="交易类型标识")
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY, zh="终端机编号")
    fare: int = field(U16, kind=_K.AMOUNT, zh="折前票价")
    month_day: str = field(hexdigits(2), kind=_K.DATE, zh="月日", fits=fits.MONTH_DAY)
    hour_minute: str = field(hexdigits(2), kind=_K.DATE, zh="时分", fits=fits.CLOCK)
    sub_type: LntSubType = field(enum8(LntSubType), kind=_K.CODE, zh="交易子类型")

    @property
    def tells_ride(self) -> bool:
        """It is an entry or an exit, cards facts 6.4 [DUMP][CODE]."""
        composite = self.type == TransactionType.COMPOSITE_PURCHASE
        return composite and self.sub_type in _RIDES


class LntTail(Record):
    """The last seven bytes of an `LntTransactionRecord`, as a terminal sends them.

    They travel in the date and time fields of DEBIT and CREDIT FOR LOAD, and under MAC
    and TAC, so the card needs no log format of its own [INF, strong: 12 real records fit].
    """

    SOURCE = "[INF, strong]"
    EXAMPLE = "00C80823144018"

    fare: int = field(U16, kind=_K.AMOUNT, zh="折前票价")
    month_day: str = field(hexdigits(2), kind=_K.DATE, zh="月日", fits=fits.MONTH_DAY)
    hour_minute: str = field(hexdigits(2), kind=_K.DATE, zh="时分", fits=fits.CLOCK)
    sub_type: LntSubType = field(enum8(LntSubType), kind=_K.CODE, zh="交易子类型")


class ShenzhenApplication(Record):
    """9F0C of PAY.SZT's FCI, Shenzhen Tong: card number and dates, 32 bytes.

    T-Union's layout has its dates at the same place and nothing else.
    """

    SOURCE = "[CODE x2][DUMP] two readers with samples; the example's number is made up"
    EXAMPLE = "00" * 8 + "FD44000051800000" + "15CD5B07" + "20110101" + "20310101" + "00001010"

    unknown_0: bytes = field(raw(16), kind=_K.DATA)
    card_number: int = field(U32_LITTLE, kind=_K.IDENTITY, zh="卡号", fits=fits.NOT_ZERO)
    start_date: str = field(hexdigits(4), kind=_K.DATE, zh="启用日期", fits=fits.DAY)
    expiry_date: str = field(hexdigits(4), kind=_K.DATE, zh="有效日期", fits=fits.DAY)
    unknown_28: bytes = field(raw(4), kind=_K.DATA)
