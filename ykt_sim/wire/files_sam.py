"""Elementary files of a PSAM, and how its directories are named.

Files 15 and 16 follow two public traces; file 17 exists on real PSAMs (laboratory case
6354) but no source shows its layout: the one here is this project's own.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.wire import fits
from ykt_sim.wire.fields import U8, FieldKind, hexdigits
from ykt_sim.wire.record import Record, field

_K = FieldKind

FID_MF: Final = 0x3F00
#: T-Union purse application of a PSAM [LAB PSAM0006352].
FID_TUNION: Final = 0x8011
#: Lingnan Tong application of our PSAM: project convention, the real one is not public.
FID_LNT: Final = 0x8012


class SamCardFile(Record):
    """PSAM file 15 (0E bytes): who this PSAM is."""

    SOURCE = "[LAB] trace (0E bytes) and one ETC PSAM trace that names the fields"
    EXAMPLE = "0000100141310008576901019999"

    serial: str = field(hexdigits(10), kind=_K.IDENTITY, zh="PSAM 序列号", fits=fits.DIGITS)
    version: int = field(U8, kind=_K.CODE, zh="PSAM 版本号")
    key_card_type: int = field(U8, kind=_K.CODE, zh="密钥卡类型")
    fci: str = field(hexdigits(2), kind=_K.RESERVED, zh="发卡方自定义 FCI 数据")


class SamTerminalFile(Record):
    """PSAM file 16 (06 bytes): the terminal number that goes under MAC1 and TAC."""

    SOURCE = "[LAB] 00B0960006, case 6353"
    EXAMPLE = "413100085769"

    terminal: str = field(hexdigits(6), kind=_K.IDENTITY, zh="终端机编号", fits=fits.DIGITS)


class SamApplicationFile(Record):
    """PSAM file 17 (19h bytes) of one application."""

    SOURCE = "file exists [LAB 6354]; layout: project convention"
    EXAMPLE = "01" + "12205810FFFFFFFF" + "12205810FFFFFFFF" + "2017010120371231"

    key_index: int = field(U8, kind=_K.KEY_REFERENCE, zh="消费密钥索引")
    issuer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="应用发行者标识", fits=fits.INSTITUTION)
    acquirer: str = field(hexdigits(8), kind=_K.IDENTITY, zh="收单机构标识", fits=fits.INSTITUTION)
    start: str = field(hexdigits(4), kind=_K.DATE, zh="应用启用日期", fits=fits.DAY_OR_NONE)
    expiry: str = field(hexdigits(4), kind=_K.DATE, zh="应用有效日期", fits=fits.DAY_OR_NONE)
