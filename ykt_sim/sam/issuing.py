"""Make a PSAM image from data and master keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ykt_sim.codes import AID_LNT_WALLET, AID_TUNION_EP, Standard
from ykt_sim.sam.image import SamApplication, SamImage, SamKey
from ykt_sim.wire.files import SamApplicationFile, SamCardFile
from ykt_sim.wire.files_sam import FID_LNT, FID_TUNION

#: Standard -> (application, DF name, diversification levels). The DF names are project
#: convention: the laboratory selects 8011 by FID only.
APPLICATIONS: Final = {
    Standard.TUNION: (FID_TUNION, AID_TUNION_EP, 2),
    Standard.LNT: (FID_LNT, AID_LNT_WALLET, 1),
}


def make_image(
    *,
    serial: str,
    terminal: str,
    acquirer: str,
    purchase_keys: Mapping[Standard, bytes],
    key_version: int = 1,
    algorithm: int = 0,
    key_index: int = 1,
) -> SamImage:
    """Make a PSAM with one application per standard.

    Args:
        serial: PSAM serial, 20 digits.
        terminal: terminal number, 12 digits.
        acquirer: 16 digits, for file 17.
        purchase_keys: standard -> 16-byte purchase master key.
        key_version, algorithm, key_index: as the cards answer them.
    """
    applications = []
    for standard, key in purchase_keys.items():
        fid, name, levels = APPLICATIONS[standard]
        public = SamApplicationFile(
            key_index=key_index,
            issuer=acquirer,
            acquirer=acquirer,
            start="20170101",
            expiry="20991231",
        )
        applications.append(
            SamApplication(
                fid=f"{fid:04X}",
                name=name.hex().upper(),
                file_17=public.build().hex().upper(),
                keys=(SamKey(key_version, algorithm, levels, key.hex().upper()),),
            )
        )
    card = SamCardFile(serial=serial, version=1, key_card_type=1, fci="9999")
    return SamImage(
        file_15=card.build().hex().upper(),
        file_16=terminal,
        applications=tuple(applications),
    )
