"""Command data and answers of the purse commands (INS 50, 52, 54, 58, 5A, 5C, 70, 72).

Layouts: FMCOS manual chapter 8 [GM], laboratory pages [LAB] and two validators [CODE];
load and purchase are confirmed by real cards' traces (``tests/vectors/purse.json``).
Amounts and balances are integers in fen; counters are plain integers; dates and
terminal numbers are BCD digits as text.
"""

from __future__ import annotations

from ykt_sim.codes import TransactionType
from ykt_sim.wire.fields import U8, U16, U24, U32, FieldKind, enum8, hexdigits, raw
from ykt_sim.wire.fits import BALANCE
from ykt_sim.wire.record import Record, field

_K = FieldKind


class InitializeData(Record):
    """Command data of INITIALIZE FOR load, purchase, cash, composite purchase, unload."""

    SOURCE = "[GM 8.7-8.11][LAB] and real traces"
    EXAMPLE = "0100002000001122334455"

    key_index: int = field(U8, kind=_K.KEY_REFERENCE, zh="密钥索引")
    amount: int = field(U32, kind=_K.AMOUNT, zh="交易金额")
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY, zh="终端机编号")


class InitializeOverdraftData(Record):
    """Command data of INITIALIZE FOR UPDATE (overdraft limit)."""

    SOURCE = "[GM 8.12.1][LAB]"
    EXAMPLE = "01001122334455"

    key_index: int = field(U8, kind=_K.KEY_REFERENCE, zh="密钥索引")
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY, zh="终端机编号")


class InitializeLoadAnswer(Record):
    """Answer of INITIALIZE FOR LOAD and FOR UNLOAD."""

    SOURCE = "[GM 8.7.1, 8.10.1], vector fm1208-deng-load-1"
    EXAMPLE = "0000000000000100C903814D03976C22"

    balance: int = field(U32, kind=_K.BALANCE, zh="余额")
    counter: int = field(U16, kind=_K.COUNTER, zh="联机交易序号")
    key_version: int = field(U8, kind=_K.KEY_REFERENCE, zh="密钥版本")
    algorithm: int = field(U8, kind=_K.KEY_REFERENCE, zh="算法标识")
    random: bytes = field(raw(4), kind=_K.RANDOM, zh="伪随机数")
    mac1: bytes = field(raw(4), kind=_K.MAC1)


class InitializePurchaseAnswer(Record):
    """Answer of INITIALIZE FOR PURCHASE, CASH WITHDRAWAL and COMPOSITE (CAPP) PURCHASE."""

    SOURCE = "[GM 8.8.1], vector fm1208-deng-purchase-1"
    EXAMPLE = "0000200000000000000000584633C9"

    balance: int = field(U32, kind=_K.BALANCE, zh="余额")
    counter: int = field(U16, kind=_K.COUNTER, zh="脱机交易序号")
    overdraft_limit: int = field(U24, kind=_K.BALANCE, zh="透支限额")
    key_version: int = field(U8, kind=_K.KEY_REFERENCE, zh="密钥版本")
    algorithm: int = field(U8, kind=_K.KEY_REFERENCE, zh="算法标识")
    random: bytes = field(raw(4), kind=_K.RANDOM, zh="伪随机数")


class InitializeOverdraftAnswer(Record):
    """Answer of INITIALIZE FOR UPDATE (13h bytes)."""

    SOURCE = "[GM 8.12.1]; no independent vector"
    EXAMPLE = "00000BB8000200000001001122334401020304"

    balance: int = field(U32, kind=_K.BALANCE, zh="余额")
    counter: int = field(U16, kind=_K.COUNTER, zh="联机交易序号")
    overdraft_limit: int = field(U24, kind=_K.BALANCE, zh="原透支限额")
    key_version: int = field(U8, kind=_K.KEY_REFERENCE, zh="密钥版本")
    algorithm: int = field(U8, kind=_K.KEY_REFERENCE, zh="算法标识")
    random: bytes = field(raw(4), kind=_K.RANDOM, zh="伪随机数")
    mac1: bytes = field(raw(4), kind=_K.MAC1)


class CreditData(Record):
    """Command data of CREDIT FOR LOAD and of DEBIT FOR UNLOAD."""

    SOURCE = "[GM 8.7.2, 8.10.2], vector fm1208-deng-load-1"
    EXAMPLE = "201612161058008AFA5718"

    datetime: str = field(hexdigits(7), kind=_K.DATE, zh="交易日期时间")
    mac2: bytes = field(raw(4), kind=_K.MAC2)


class DebitData(Record):
    """Command data of DEBIT FOR PURCHASE / CASH WITHDRAWAL / COMPOSITE PURCHASE."""

    SOURCE = "[GM 8.8.2], vector fm1208-deng-purchase-1"
    EXAMPLE = "0000000020161216134600D45737C5"

    terminal_serial: bytes = field(raw(4), kind=_K.COUNTER, zh="终端交易序号")
    datetime: str = field(hexdigits(7), kind=_K.DATE, zh="交易日期时间")
    mac1: bytes = field(raw(4), kind=_K.MAC1)


class DebitAnswer(Record):
    """Answer of DEBIT: TAC first, then MAC2."""

    SOURCE = "[GM 8.8.2], vector fm1208-deng-purchase-1"
    EXAMPLE = "8AF270DC66B54A6B"

    tac: bytes = field(raw(4), kind=_K.TAC)
    mac2: bytes = field(raw(4), kind=_K.MAC2)


class LoadAnswer(Record):
    """Answer of CREDIT FOR LOAD and UPDATE OVERDRAFT: the TAC alone."""

    SOURCE = "[GM 8.7.2], vector fm1208-deng-load-1"
    EXAMPLE = "FA00066D"

    tac: bytes = field(raw(4), kind=_K.TAC)


class UnloadAnswer(Record):
    """Answer of DEBIT FOR UNLOAD: MAC3."""

    SOURCE = "[GM 8.10.2]; no independent vector"
    EXAMPLE = "0A0B0C0D"

    mac3: bytes = field(raw(4), kind=_K.MAC3)


class OverdraftData(Record):
    """Command data of UPDATE OVERDRAFT LIMIT."""

    SOURCE = "[GM 8.12.2][LAB]; no independent vector"
    EXAMPLE = "0003E82024041121212101020304"

    limit: int = field(U24, kind=_K.BALANCE, zh="新透支限额")
    datetime: str = field(hexdigits(7), kind=_K.DATE, zh="交易日期时间")
    mac2: bytes = field(raw(4), kind=_K.MAC2)


class ProveData(Record):
    """Command data of GET TRANSACTION PROVE: the counter AFTER the transaction."""

    SOURCE = "purse facts 0.2: [etc] capture and five production terminals"
    EXAMPLE = "0028"

    counter: int = field(U16, kind=_K.COUNTER, zh="交易序号")


class ProveAnswer(Record):
    """Answer of GET TRANSACTION PROVE: MAC2 first, then TAC (opposite of DEBIT)."""

    SOURCE = "[GM 8.13.3] and five production terminals; capture etc-prove"
    EXAMPLE = "0410385D807979F8"

    mac2: bytes = field(raw(4), kind=_K.MAC2)
    tac: bytes = field(raw(4), kind=_K.TAC)


class Balance(Record):
    """Answer of GET BALANCE with Le 04."""

    SOURCE = "[GM 8.14][LAB]"
    EXAMPLE = "00000F64"

    balance: int = field(U32, kind=_K.BALANCE, zh="余额", fits=BALANCE)


class BalanceAll(Record):
    """Answer of GET BALANCE P1=05, 16 bytes.

    Seen on a Lingnan Tong wallet: balance, ceiling, eight zero bytes. That the zeros are
    overdraft limit and overdrawn amount is this project's own reading.
    """

    SOURCE = "[DUMP-edited lnt-replayed]; names of the last two fields [INF]"
    EXAMPLE = "000000640007A1200000000000000000"

    balance: int = field(U32, kind=_K.BALANCE, zh="余额", fits=BALANCE)
    ceiling: int = field(U32, kind=_K.BALANCE, zh="余额上限", fits=BALANCE)
    overdraft_limit: int = field(U32, kind=_K.BALANCE, zh="透支限额", fits=BALANCE)
    overdrawn: int = field(U32, kind=_K.BALANCE, zh="已透支金额", fits=BALANCE)


class SamPurchaseData1(Record):
    """PSAM `80 70`, one level of diversification (Lc 1C)."""

    SOURCE = "[tSP][psam] purse facts §2"
    EXAMPLE = "584633C900000000000106201612161346000000" + "1122334455667788"

    random: bytes = field(raw(4), kind=_K.RANDOM, zh="用户卡随机数")
    counter: int = field(U16, kind=_K.COUNTER, zh="用户卡交易序号")
    amount: int = field(U32, kind=_K.AMOUNT, zh="交易金额")
    type: TransactionType = field(enum8(TransactionType), kind=_K.CODE, zh="交易类型标识")
    datetime: str = field(hexdigits(7), kind=_K.DATE, zh="交易日期时间")
    key_version: int = field(U8, kind=_K.KEY_REFERENCE, zh="密钥版本")
    algorithm: int = field(U8, kind=_K.KEY_REFERENCE, zh="算法标识")
    factor1: bytes = field(raw(8), kind=_K.IDENTITY, zh="应用序列号")


class SamPurchaseData2(Record):
    """PSAM `80 70`, two levels (Lc 24): the card's serial, then the issuer's factor."""

    SOURCE = "[tBus] purse facts §2; T-Union validator code, cards §4"
    EXAMPLE = "584633C900000000000106201612161346000000" + "1122334455667788" + "02205810FFFFFFFF"

    random: bytes = field(raw(4), kind=_K.RANDOM, zh="用户卡随机数")
    counter: int = field(U16, kind=_K.COUNTER, zh="用户卡交易序号")
    amount: int = field(U32, kind=_K.AMOUNT, zh="交易金额")
    type: TransactionType = field(enum8(TransactionType), kind=_K.CODE, zh="交易类型标识")
    datetime: str = field(hexdigits(7), kind=_K.DATE, zh="交易日期时间")
    key_version: int = field(U8, kind=_K.KEY_REFERENCE, zh="密钥版本")
    algorithm: int = field(U8, kind=_K.KEY_REFERENCE, zh="算法标识")
    factor1: bytes = field(raw(8), kind=_K.IDENTITY, zh="应用序列号")
    factor2: bytes = field(raw(8), kind=_K.IDENTITY, zh="发卡机构标识")


class SamPurchaseAnswer(Record):
    """Answer of PSAM `80 70`: the PSAM's own transaction number and MAC1."""

    SOURCE = "[psam][tBus]"
    EXAMPLE = "00000001D45737C5"

    terminal_serial: bytes = field(raw(4), kind=_K.COUNTER, zh="终端交易序号")
    mac1: bytes = field(raw(4), kind=_K.MAC1)


class SamCheckData(Record):
    """Command data of PSAM `80 72`: MAC2 from the card."""

    SOURCE = "[psam][tBus]"
    EXAMPLE = "66B54A6B"

    mac2: bytes = field(raw(4), kind=_K.MAC2)
