"""Which applications there are, by name and by identifier, and the numbers of their files.

A file number means one thing in one application only: file 15 of a T-Union purse, of a Lingnan
Tong wallet and of a PSAM are three layouts.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

from ykt_sim.codes import (
    AID_CITY_UNION,
    AID_LNT_BASIC,
    AID_LNT_MIFARE,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_PSE,
    AID_SHENZHEN,
    AID_TUNION_EC,
    AID_TUNION_EP,
    Standard,
)


class TunionFile(IntEnum):
    """Short identifiers in T-Union's purse; e-cash has 1A and 1E too [LAB][CODE]."""

    APPLICATION = 0x15
    CARDHOLDER = 0x16
    CARD_INFO = 0x17
    LOG = 0x18
    STATISTICS = 0x19
    INDUSTRY = 0x1A
    TRIPS = 0x1E


class LntFile(IntEnum):
    """Short identifiers in Lingnan Tong's applications: 08 in PAY.APPY, 18 in PAY.TICL [DUMP]."""

    STATISTICS = 0x08
    APPLICATION = 0x15
    LOG = 0x18


class SamFile(IntEnum):
    """Short identifiers in a PSAM; 1F is the directory of its MF [LAB]."""

    CARD = 0x15
    TERMINAL = 0x16
    APPLICATION = 0x17
    DIRECTORY = 0x1F


class Application(StrEnum):
    """What is selected on a channel; the value is what engineers call it."""

    NONE = ""
    MF = "MF"
    PPSE = "PPSE"
    PSE = "PSE"
    TUNION_EP = "T-Union EP"
    TUNION_EC = "T-Union EC"
    LNT_BASIC = "PAY.APPY"
    LNT_WALLET = "PAY.TICL"
    LNT_MIFARE = "PAY.MF1X"
    SHENZHEN = "PAY.SZT"
    CITY_UNION = "City Union"
    PSAM = "PSAM"
    OTHER = "other application"

    @property
    def standard(self) -> Standard | None:
        """Whose purse keys it uses; None where it has none."""
        return _STANDARDS.get(self)


_STANDARDS: Final = {
    Application.TUNION_EP: Standard.TUNION,
    Application.LNT_WALLET: Standard.LNT,
    Application.LNT_BASIC: Standard.LNT,
}
#: AIDs and the applications they start; phones append a tail to the AID.
_BY_NAME: Final = (
    (AID_PPSE, Application.PPSE),
    (AID_PSE, Application.PSE),
    (AID_TUNION_EP, Application.TUNION_EP),
    (bytes.fromhex("A000000632010107"), Application.TUNION_EP),
    (AID_TUNION_EC, Application.TUNION_EC),
    (bytes.fromhex("A000000632010108"), Application.TUNION_EC),
    (AID_LNT_BASIC, Application.LNT_BASIC),
    (AID_LNT_WALLET, Application.LNT_WALLET),
    (AID_LNT_MIFARE, Application.LNT_MIFARE),
    (b"YCT.USER", Application.LNT_BASIC),
    (AID_SHENZHEN, Application.SHENZHEN),
    (AID_CITY_UNION[:8], Application.CITY_UNION),
    (b"1PUB.SYS.DDF01", Application.CITY_UNION),
)
#: FIDs of applications [CODE]: the MF, and Lingnan Tong's DDF1, ADF1 and ADF3.
APPLICATION_BY_FID: Final = {
    b"\x3f\x00": Application.MF,
    b"\xdd\xf1": Application.LNT_BASIC,
    b"\xad\xf1": Application.LNT_MIFARE,
    b"\xad\xf3": Application.LNT_WALLET,
}


def application_of(name: bytes) -> Application:
    """Which application a DF name starts; phones append a tail to the AID."""
    for known, application in _BY_NAME:
        if name.startswith(known):
            return application
    return Application.OTHER
