"""What goes under each MAC and TAC, field by field in order.

Order from [GM 8.7-8.12]; load and purchase are confirmed on real cards (vectors
fm1208-*). Unload, cash, overdraft and composite rest on the manual and on one client
that ran against a real card [K]: no independent numeric vector exists for them.

The counter in a TAC or MAC3 is the one BEFORE the transaction; the log and GET
TRANSACTION PROVE use the one after.
"""

from __future__ import annotations

from ykt_sim.codes import TransactionType
from ykt_sim.wire.fields import U16, U24, U32, FieldKind, enum8, hexdigits, raw
from ykt_sim.wire.record import Record, field

_K = FieldKind
_TYPE = enum8(TransactionType)


class LoadMac1Input(Record):
    """MAC1 of load (01/02) and unload (03): the card proves itself to the host."""

    SOURCE = "[GM 8.7.1], vector fm1208-deng-load-1"
    EXAMPLE = "000000000000200002001122334455"

    balance: int = field(U32, kind=_K.BALANCE)
    amount: int = field(U32, kind=_K.AMOUNT)
    type: TransactionType = field(_TYPE, kind=_K.CODE)
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY)


class TransactionMacInput(Record):
    """Amount, type, terminal, date and time.

    MAC1 of purchase, cash and composite purchase; MAC2 of load and unload.
    """

    SOURCE = "[GM 8.7.2, 8.8.2], vectors fm1208-deng-load-1 and -purchase-1"
    EXAMPLE = "000020000200112233445520161216105800"

    amount: int = field(U32, kind=_K.AMOUNT)
    type: TransactionType = field(_TYPE, kind=_K.CODE)
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY)
    datetime: str = field(hexdigits(7), kind=_K.DATE)


class PurchaseMac2Input(Record):
    """MAC2 of purchase, cash and composite purchase: the amount alone."""

    SOURCE = "[GM 8.8.2], vector fm1208-deng-purchase-1"
    EXAMPLE = "00000001"

    amount: int = field(U32, kind=_K.AMOUNT)


class LoadTacInput(Record):
    """TAC of load (TAC key) and MAC3 of unload (session key)."""

    SOURCE = "[GM 8.7.2], vector fm1208-deng-load-1; unload [GM 8.10.2][K]"
    EXAMPLE = "000020000000000020000200112233445520161216105800"

    balance: int = field(U32, kind=_K.BALANCE)
    counter: int = field(U16, kind=_K.COUNTER)
    amount: int = field(U32, kind=_K.AMOUNT)
    type: TransactionType = field(_TYPE, kind=_K.CODE)
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY)
    datetime: str = field(hexdigits(7), kind=_K.DATE)


class PurchaseTacInput(Record):
    """TAC of purchase, cash and composite purchase."""

    SOURCE = "[GM 8.8.2], vector fm1208-deng-purchase-1"
    EXAMPLE = "00000001060011223344550000000020161216134600"

    amount: int = field(U32, kind=_K.AMOUNT)
    type: TransactionType = field(_TYPE, kind=_K.CODE)
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY)
    terminal_serial: bytes = field(raw(4), kind=_K.COUNTER)
    datetime: str = field(hexdigits(7), kind=_K.DATE)


class OverdraftMac1Input(Record):
    """MAC1 of overdraft update."""

    SOURCE = "[GM 8.12.1][K]"
    EXAMPLE = "000003E800000007666666666666"

    balance: int = field(U32, kind=_K.BALANCE)
    limit: int = field(U24, kind=_K.BALANCE)
    type: TransactionType = field(_TYPE, kind=_K.CODE)
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY)


class OverdraftMac2Input(Record):
    """MAC2 of overdraft update: the host proves itself to the card."""

    SOURCE = "[GM 8.12.2][K]"
    EXAMPLE = "0003E80766666666666620240411212121"

    limit: int = field(U24, kind=_K.BALANCE)
    type: TransactionType = field(_TYPE, kind=_K.CODE)
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY)
    datetime: str = field(hexdigits(7), kind=_K.DATE)


class OverdraftTacInput(Record):
    """TAC of overdraft update; key by XOR of halves [K], against [GM 8.12.2.4]."""

    SOURCE = "[GM 8.12.2][K]"
    EXAMPLE = "000007D000010003E80766666666666620240411212121"

    balance: int = field(U32, kind=_K.BALANCE)
    counter: int = field(U16, kind=_K.COUNTER)
    limit: int = field(U24, kind=_K.BALANCE)
    type: TransactionType = field(_TYPE, kind=_K.CODE)
    terminal: str = field(hexdigits(6), kind=_K.IDENTITY)
    datetime: str = field(hexdigits(7), kind=_K.DATE)


class PurchaseSessionInput(Record):
    """Under the purchase key: card random, offline counter, low half of terminal serial."""

    SOURCE = "[GM 8.8], vector fm1208-deng-purchase-1"
    EXAMPLE = "584633C900000000"

    random: bytes = field(raw(4), kind=_K.RANDOM)
    counter: int = field(U16, kind=_K.COUNTER)
    serial_low: bytes = field(raw(2), kind=_K.COUNTER)


class LoadSessionInput(Record):
    """Under the load, unload or overdraft key: card random, online counter, 8000."""

    SOURCE = "[GM 8.7], vector fm1208-deng-load-1"
    EXAMPLE = "C903814D00008000"

    random: bytes = field(raw(4), kind=_K.RANDOM)
    counter: int = field(U16, kind=_K.COUNTER)
    padding: bytes = field(raw(2), kind=_K.CONSTANT, default=b"\x80\x00")
