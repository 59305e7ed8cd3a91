"""Applications by name, and whose keys they use."""

from __future__ import annotations

import pytest

from ykt_sim.codes import AID_LNT_BASIC, AID_LNT_WALLET, AID_PPSE, AID_PSE, AID_TUNION_EC, Standard
from ykt_sim.wire.applications import APPLICATION_BY_FID, Application, application_of


@pytest.mark.parametrize(
    ("name", "application"),
    [
        (AID_PPSE, Application.PPSE),
        (AID_PSE, Application.PSE),
        (bytes.fromhex("A000000632010105"), Application.TUNION_EP),
        (bytes.fromhex("A0000006320101050000"), Application.TUNION_EP),
        (bytes.fromhex("A000000632010107"), Application.TUNION_EP),
        (AID_TUNION_EC, Application.TUNION_EC),
        (bytes.fromhex("A000000632010108"), Application.TUNION_EC),
        (AID_LNT_BASIC, Application.LNT_BASIC),
        (AID_LNT_WALLET, Application.LNT_WALLET),
        (b"PAY.MF1X", Application.LNT_MIFARE),
        (b"YCT.USER\x00\x02", Application.LNT_BASIC),
        (b"PAY.TIC", Application.OTHER),
        (b"", Application.OTHER),
    ],
)
def test_a_name_starts_an_application(name: bytes, application: Application) -> None:
    assert application_of(name) is application


def test_whose_keys() -> None:
    assert {one: one.standard for one in Application if one.standard} == {
        Application.TUNION_EP: Standard.TUNION,
        Application.LNT_BASIC: Standard.LNT,
        Application.LNT_WALLET: Standard.LNT,
    }
    assert Application.TUNION_EC.standard is None


def test_identifiers_of_applications() -> None:
    assert {fid.hex(): one for fid, one in APPLICATION_BY_FID.items()} == {
        "3f00": Application.MF,
        "ddf1": Application.LNT_BASIC,
        "adf1": Application.LNT_MIFARE,
        "adf3": Application.LNT_WALLET,
    }
