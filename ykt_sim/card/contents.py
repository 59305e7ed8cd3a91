"""What personalisation writes into files: content made from a card's numbers and dates.

A file template names one of `GENERATORS`; everything else about the file is in the profile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_sim.codes import CardKind, Tag
from ykt_sim.profiles.cards import Identity
from ykt_sim.wire.digits import pack_pan_left, pack_pan_right
from ykt_sim.wire.files import (
    EcashCardInfo,
    IndustryRecord,
    LntApplication,
    LntStatistics,
    LntWallet,
    TunionApplication,
    TunionCardInfo,
)
from ykt_sim.wire.tlv import Tlv

#: T-Union industry records; the laboratory counts 18 of them.
INDUSTRY_IDS: Final = tuple(range(0x2701, 0x2713))


def _tunion_15(who: Identity) -> bytes:
    return TunionApplication(
        issuer=who.issuer + "FFFFFFFF",
        application_type="02",
        enable_flag=who.enable_flag,
        pan=pack_pan_right(who.pan),
        start_date=who.start,
        expiry_date=who.expiry,
        reserved=bytes.fromhex(who.reserved),
    ).build()


def _tunion_17(who: Identity) -> bytes:
    return TunionCardInfo(
        country=who.country,
        province=who.province,
        city=who.city,
        interoperability=who.interoperability,
        card_kind=CardKind(who.card_kind),
    ).build()


def _tunion_1a(_: Identity) -> tuple[bytes, ...]:
    return _EMPTY_INDUSTRY


_EMPTY_INDUSTRY: Final = tuple(
    number.to_bytes(2, "big") + b"\x7d" + bytes(IndustryRecord.SIZE - 3) for number in INDUSTRY_IDS
)


def _lnt_15(who: Identity) -> bytes:
    number = "510000" + who.lnt_number
    return LntApplication(
        card_number=number,
        issue_date=who.lnt_issue,
        expiry_date=who.lnt_expiry,
        start_date=who.lnt_issue,
        card_number_copy=number,
    ).build()


def _lnt_08(_: Identity) -> bytes:
    return _FRESH_STATISTICS


_FRESH_STATISTICS: Final = bytes((0x18, LntStatistics.SIZE - 2)) + bytes(LntStatistics.SIZE - 2)


def _lnt_wallet(who: Identity) -> bytes:
    return LntWallet(start_date=who.lnt_issue).build()


def _ecash_info(who: Identity) -> bytes:
    return EcashCardInfo(
        issuer=who.issuer + "FFFFFFFF",
        pan_sequence="01",
        pan=pack_pan_left(who.pan),
        card_kind=CardKind(who.card_kind),
        enable_flag=who.enable_flag,
        country=who.country,
        province=who.province,
        city=who.city,
        interoperability=who.interoperability,
    ).build()


def _ecash_discretionary(who: Identity) -> bytes:
    """BF0C of the e-cash FCI: support flag, two log entries, DF11 [DUMP]."""
    parts = (
        Tlv(Tag.ECASH_CARD_SUPPORTS, b"\x82"),
        Tlv(Tag.LOG_ENTRY, b"\x0b\x0a"),
        Tlv(Tag.LOAD_LOG_ENTRY, b"\x0c\x0a"),
        Tlv(Tag.ECASH_METADATA, _ecash_info(who)),
    )
    return b"".join(part.build() for part in parts)


def _ecash_record(who: Identity) -> bytes:
    """A record 70 with the metadata tags a public reader asks for [CODE]."""
    parts = (
        Tlv(0x5A, bytes.fromhex(pack_pan_left(who.pan))),
        Tlv(0x5F24, bytes.fromhex(who.expiry[2:])),
        Tlv(0x5F25, bytes.fromhex(who.start[2:])),
        Tlv(0xDF24, bytes.fromhex(who.expiry)),
        Tlv(0xDF25, bytes.fromhex(who.start)),
        Tlv(0xDF22, bytes.fromhex(who.interoperability)),
        Tlv(0xDF23, bytes((who.card_kind,))),
    )
    return Tlv.of(0x70, list(parts)).build()


GENERATORS: Final[dict[str, Callable[[Identity], bytes | tuple[bytes, ...]]]] = {
    "tunion-15": _tunion_15,
    "tunion-17": _tunion_17,
    "tunion-1a": _tunion_1a,
    "lnt-15": _lnt_15,
    "lnt-08": _lnt_08,
    "lnt-wallet": _lnt_wallet,
    "ecash-discretionary": _ecash_discretionary,
    "ecash-record": _ecash_record,
}
