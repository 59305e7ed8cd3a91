"""Checksums and blocks, held by published values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.readers.air import slow_crc
from ykt_sim.trace.iso14443 import (
    Block,
    block_kind,
    crc_a,
    crc_b,
    has_crc,
    historical_bytes,
    historical_of,
    odd_parity,
    pseudo_atr,
)


@pytest.mark.parametrize(
    ("frame", "crc"),
    [
        ("E080", "3173"),  # RATS, FSD 256
        ("5000", "57CD"),  # HLTA
        ("0000", "A01E"),  # ISO/IEC 14443-3 annex B
        ("1234", "26CF"),  # the same
        ("93700102030404", "8E25"),  # SELECT in a published listing
        ("6001", "7C6A"),  # an authentication in a published listing
    ],
)
def test_crc_a_of_known_frames(frame: str, crc: str) -> None:
    assert crc_a(bytes.fromhex(frame)) == bytes.fromhex(crc)
    assert has_crc(bytes.fromhex(frame + crc))
    assert not has_crc(bytes.fromhex(frame + crc)[:-1] + b"\x00")


@pytest.mark.parametrize(
    ("frame", "crc"),
    [
        ("050000", "71FF"),  # REQB
        ("000000", "CCC6"),  # ISO/IEC 14443-3 annex B
        ("0FAAFF", "FCD1"),  # the same
    ],
)
def test_crc_b_of_known_frames(frame: str, crc: str) -> None:
    assert crc_b(bytes.fromhex(frame)) == bytes.fromhex(crc)
    assert has_crc(bytes.fromhex(frame + crc))


@given(st.binary(max_size=40))
def test_crcs_agree_with_a_bit_by_bit_one(data: bytes) -> None:
    assert crc_a(data) == slow_crc(data, 0x6363, 0)
    assert crc_b(data) == slow_crc(data, 0xFFFF, 0xFFFF)


@pytest.mark.parametrize(
    ("pcb", "kind"),
    [
        (0x02, Block.I), (0x03, Block.I), (0x12, Block.I), (0x0A, Block.I), (0x1F, Block.I),
        (0xA2, Block.R_ACK), (0xAB, Block.R_ACK), (0xB2, Block.R_NAK), (0xBB, Block.R_NAK),
        (0xC2, Block.DESELECT), (0xCA, Block.DESELECT), (0xF2, Block.WTX), (0xFA, Block.WTX),
        (0xF0, Block.PARAMETERS),
        (0x00, None), (0x22, None), (0x26, None), (0x52, None), (0xA6, None), (0xD2, None),
        (0xE0, None), (0xC3, None),
    ],
)  # fmt: skip
def test_what_a_pcb_announces(pcb: int, kind: Block | None) -> None:
    assert block_kind(pcb) is kind


@pytest.mark.parametrize(
    ("ats", "historical"),
    [
        ("01", ""),
        ("0578800200", ""),
        ("067577810280", "80"),
        ("0E78778403665257453250524F4D", "665257453250524F4D"),
        ("0D78778403665257453250524F4D", None),
        ("0270", None),
        ("", None),
        ("00", None),
    ],
)
def test_historical_bytes_of_an_ats(ats: str, historical: str | None) -> None:
    wanted = None if historical is None else bytes.fromhex(historical)
    assert historical_bytes(bytes.fromhex(ats)) == wanted


def test_pseudo_atr_of_a_published_card() -> None:
    # A DESFire, as PC/SC readers show it: historical byte 80.
    assert pseudo_atr(b"\x80") == bytes.fromhex("3B8180018080")
    # Four bits count the historical bytes.
    assert pseudo_atr(bytes(20)) == bytes.fromhex("3B8F8001" + "00" * 15 + "0E")
    assert pseudo_atr(b"") == bytes.fromhex("3B80800101")


@given(st.binary(max_size=15))
def test_pseudo_atr_there_and_back(historical: bytes) -> None:
    atr = pseudo_atr(historical)
    assert historical_of(atr) == historical
    assert historical_of(atr[:-1] + bytes((atr[-1] ^ 1,))) is None


def test_a_contact_atr_is_no_pseudo_atr() -> None:
    assert historical_of(bytes.fromhex("3B6E000080318066B08412016E0183009000")) is None
    assert historical_of(b"") is None


def test_odd_parity() -> None:
    assert [odd_parity(byte) for byte in (0x00, 0x01, 0x03, 0xFF)] == [1, 0, 1, 1]
