"""Every place on a card whose content has known layouts: files by application, 9F0C by DF name.

`decode` makes a kind of each `Place`, `contents` finds one by what is selected. Where a place is
not in these tables, nothing is known of its layout and its bytes stay raw.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ykt_sim.codes import AID_LNT_WALLET, AID_SHENZHEN, AID_TUNION_EP
from ykt_sim.meaning.layouts import Place, long_trip
from ykt_sim.wire.applications import Application, LntFile, SamFile, TunionFile
from ykt_sim.wire.files import (
    LntApplication,
    LntMetroTrip,
    LntStatistics,
    LntTransactionRecord,
    LntWallet,
    MonthlyStatistics,
    SamApplicationFile,
    SamCardFile,
    SamTerminalFile,
    ShenzhenApplication,
    TransactionRecord,
    TripRecord,
    TunionApplication,
    TunionCardholder,
    TunionCardInfo,
    industry_records,
)

#: How many bytes more than the record a 9F0C may have; 2 seen on one city's cards [CODE].
_ISSUER_DATA_EXTRA: Final = 8
#: Shortest part of EF 17 worth reading: readers stop after the card kind [CODE].
_CARD_INFO_MIN: Final = 11
#: Shortest part of Lingnan Tong's EF 15 worth reading: up to the third date.
_LNT_APPLICATION_MIN: Final = 35
#: Lengths of Lingnan Tong's EF 15 met so far [DUMP].
_LNT_APPLICATION_SIZES: Final = (68, 70, 88)

_T: Final = "T-Union EF"
_APPLICATION: Final = Place(
    "tunion:15", f"{_T} 15 application data", "公共应用基本信息", (TunionApplication,),
    least=TunionApplication.SIZE, extra=_ISSUER_DATA_EXTRA,
)  # fmt: skip
_ISSUER_DATA: Final = Place(
    "tunion:9F0C", "T-Union FCI issuer data, as EF 15", "FCI 发卡方数据", (TunionApplication,),
    least=TunionApplication.SIZE, extra=_ISSUER_DATA_EXTRA,
)  # fmt: skip
_CARDHOLDER: Final = Place(
    "tunion:16", f"{_T} 16 cardholder", "持卡人基本信息", (TunionCardholder,)
)
_CARD_INFO: Final = Place(
    "tunion:17", f"{_T} 17 city and card kind", "管理信息", (TunionCardInfo,), least=_CARD_INFO_MIN
)
_LOG: Final = Place("tunion:18", f"{_T} 18 transaction", "交易明细", (TransactionRecord,))
_STATISTICS: Final = Place(
    "tunion:19", f"{_T} 19 statistics or private record", "本地消费信息", (MonthlyStatistics,),
    variable=True,
)  # fmt: skip
_INDUSTRY: Final = Place(
    "tunion:1A",
    f"{_T} 1A industry record",
    "行业应用记录",
    (),
    choose=industry_records,
    sizes=(128,),
)
_TRIPS: Final = Place(
    "tunion:1E", f"{_T} 1E trip", "交通出行记录", (TripRecord,), sizes=(49,), odd=long_trip
)
_LNT_APPLICATION: Final = Place(
    "lnt:15", "Lingnan Tong EF 15 card data", "岭南通卡基本信息", (LntApplication,),
    least=_LNT_APPLICATION_MIN, extra=None, sizes=_LNT_APPLICATION_SIZES,
)  # fmt: skip
_LNT_STATISTICS: Final = Place(
    "lnt:08", "Lingnan Tong EF 08 record", "岭南通统计信息", (LntStatistics, LntMetroTrip),
    variable=True,
)  # fmt: skip
#: The card logs seven bytes as it gets them; some terminals send a whole date [DUMP-edited].
_LNT_LOG: Final = Place(
    "lnt:18", "Lingnan Tong EF 18 transaction", "岭南通交易明细",
    (LntTransactionRecord, TransactionRecord),
)  # fmt: skip
_LNT_WALLET: Final = Place(
    "lnt:fci-9f0c", "Lingnan Tong wallet FCI issuer data", "岭南通钱包 FCI", (LntWallet,),
    least=LntWallet.SIZE, extra=_ISSUER_DATA_EXTRA,
)  # fmt: skip
_SHENZHEN: Final = Place(
    "szt:9F0C", "Shenzhen Tong FCI issuer data", "深圳通 FCI", (ShenzhenApplication,)
)
_SAM_CARD: Final = Place(
    "psam:15", "PSAM file 15 serial number and version", "PSAM 公共信息", (SamCardFile,)
)
_SAM_TERMINAL: Final = Place(
    "psam:16", "PSAM file 16 terminal number", "PSAM 终端信息", (SamTerminalFile,)
)
_SAM_APPLICATION: Final = Place(
    "psam:17", "PSAM file 17 application data", "PSAM 应用公共信息", (SamApplicationFile,)
)

#: Every place, in the order in which kinds are listed.
PLACES: Final = (
    _APPLICATION, _ISSUER_DATA, _CARDHOLDER, _CARD_INFO, _LOG, _STATISTICS, _INDUSTRY, _TRIPS,
    _LNT_APPLICATION, _LNT_STATISTICS, _LNT_LOG, _LNT_WALLET, _SHENZHEN,
    _SAM_CARD, _SAM_TERMINAL, _SAM_APPLICATION,
)  # fmt: skip

Files = Mapping[int, tuple[Place, ...]]

_TUNION: Final[Files] = {
    TunionFile.APPLICATION: (_APPLICATION,),
    TunionFile.CARDHOLDER: (_CARDHOLDER,),
    TunionFile.CARD_INFO: (_CARD_INFO,),
    TunionFile.LOG: (_LOG,),
    TunionFile.STATISTICS: (_STATISTICS,),
    TunionFile.INDUSTRY: (_INDUSTRY,),
    TunionFile.TRIPS: (_TRIPS,),
}
#: A log of 23 bytes is what every PBOC purse has [GM App. A-3]; nothing else is known there.
_LOG_ALONE: Final[Files] = {TunionFile.LOG: (_LOG,)}
#: Files by what is selected. Another city's 1A is laid out otherwise and is not read.
FILES: Final[Mapping[Application, Files]] = MappingProxyType(
    {
        Application.TUNION_EP: _TUNION,
        Application.TUNION_EC: {
            sfi: _TUNION[sfi] for sfi in (TunionFile.INDUSTRY, TunionFile.TRIPS)
        },
        Application.LNT_BASIC: {
            LntFile.APPLICATION: (_LNT_APPLICATION,),
            LntFile.STATISTICS: (_LNT_STATISTICS,),
        },
        Application.LNT_WALLET: {
            LntFile.APPLICATION: (_LNT_WALLET,),
            LntFile.LOG: (_LNT_LOG,),
        },
        Application.SHENZHEN: _LOG_ALONE,
        Application.CITY_UNION: _LOG_ALONE,
        # By name or FID, and none of these: its EF 15 is its 9F0C, of which nothing is known.
        Application.OTHER: {TunionFile.LOG: (_LOG, _LNT_LOG)},
    }
)
#: On a PSAM's channel every directory holds these; a card's layouts never apply there.
SAM_FILES: Final[Files] = {
    SamFile.CARD: (_SAM_CARD,),
    SamFile.TERMINAL: (_SAM_TERMINAL,),
    SamFile.APPLICATION: (_SAM_APPLICATION,),
}
#: When nothing known is selected: all that may be meant, if length and content fit.
ASSUMED: Final[Files] = {
    TunionFile.APPLICATION: (_APPLICATION, _LNT_APPLICATION, _SAM_CARD),
    SamFile.TERMINAL: (_SAM_TERMINAL,),
    TunionFile.LOG: (_LOG, _LNT_LOG),
    TunionFile.INDUSTRY: (_INDUSTRY,),
    TunionFile.TRIPS: (_TRIPS,),
}

_AID_K2: Final = bytes.fromhex("A000000632010107")
#: Places of 9F0C by the DF name's beginning; phones append a tail to it.
_ISSUER_DATA_OF: Final = (
    (AID_TUNION_EP, _ISSUER_DATA),
    (_AID_K2, _ISSUER_DATA),
    (AID_LNT_WALLET, _LNT_WALLET),
    (AID_SHENZHEN, _SHENZHEN),
)


def issuer_data_place(df_name: bytes) -> Place | None:
    """Place of the 9F0C of an application; None where its layout is not known."""
    return next((place for name, place in _ISSUER_DATA_OF if df_name.startswith(name)), None)
