"""T-Union e-cash, AID A000000632010106: the card metadata in tag DF11 of its FCI."""

from __future__ import annotations

from ykt_sim.codes import CardKind
from ykt_sim.wire import fits
from ykt_sim.wire.fields import FieldKind, enum8, hexdigits, raw
from ykt_sim.wire.record import Record, field

_K = FieldKind


class EcashCardInfo(Record):
    """DF11, 32 bytes: issuer, PAN (left-aligned), kind, city, interoperability."""

    SOURCE = "[CODE][DUMP] two specimens"
    EXAMPLE = "02205810FFFFFFFF013104870395000000827F01010000015658005810000100"

    issuer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="发卡机构标识", fits=fits.INSTITUTION)
    pan_sequence: str = field(
        hexdigits(1), kind=_K.CODE, zh="主账号序列号", source="[CODE] 00 or 01, role not certain"
    )
    pan: str = field(hexdigits(10), kind=_K.IDENTITY, zh="应用序列号")
    card_kind: CardKind = field(enum8(CardKind), kind=_K.CODE, zh="卡种类型")
    enable_flag: str = field(hexdigits(1), kind=_K.CODE, zh="启用标识")
    country: str = field(hexdigits(4), kind=_K.CODE, zh="国际代码", fits=fits.DIGITS)
    province: str = field(hexdigits(2), kind=_K.CODE, zh="省级代码", fits=fits.DIGITS)
    city: str = field(hexdigits(2), kind=_K.CODE, zh="城市代码", fits=fits.DIGITS)
    interoperability: str = field(hexdigits(2), kind=_K.CODE, zh="互通卡种")
    reserved: bytes = field(raw(1), kind=_K.RESERVED, zh="预留", default=bytes(1))


class EcashCardInfoK5(Record):
    """DF11 of the new specification's K5 card, 39 bytes.

    The laboratory says that it adds times; no layout and no sample is public, so it stays
    one block.
    """

    SOURCE = "[LAB] length only; the example is made up"
    EXAMPLE = "00" * 39

    unknown_0: bytes = field(raw(39), kind=_K.DATA)
