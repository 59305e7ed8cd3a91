"""T=1 blocks of one side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.readers.samples import block
from ykt_sim.trace.readers.t1 import Direction, is_block, is_crc_ifs, lrc_fits


@given(st.binary(min_size=1, max_size=600), st.integers(1, 254))
def test_whatever_is_cut_into_blocks_comes_out_whole(data: bytes, size: int) -> None:
    side = Direction()
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    found = []
    for number, part in enumerate(parts):
        pcb = 0x40 * (number % 2) | (0x20 if number + 1 < len(parts) else 0)
        sent = block(pcb, part)
        found += [side.block(sent), side.block(sent)]  # every block is repeated
    assert found == [None] * (len(found) - 2) + [data, None]


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0", b"\0\0\x05\x01", bytes(300)])
def test_no_block(data: bytes) -> None:
    assert not is_block(data)
    assert isinstance(Direction().block(data), str)


def test_a_check_of_two_bytes_is_accepted() -> None:
    assert Direction().block(b"\0\0\x02\x90\x00\x12\x34") == b"\x90\x00"
    assert is_crc_ifs(bytes.fromhex("00C101FE1234"))
    assert not is_crc_ifs(bytes.fromhex("00C101FE3E"))


def test_resynchronisation_begins_anew() -> None:
    side = Direction()
    assert side.block(block(0x20, b"old")) is None
    assert side.block(block(0xC0)) is None
    assert side.block(block(0x00, b"new")) == b"new"


def test_lrc() -> None:
    assert lrc_fits(b"\x11\x11")
    assert not lrc_fits(b"\x11\x12")


def test_an_endless_chain_ends() -> None:
    side = Direction()
    found = {side.block(block(0x20 | 0x40 * (n % 2), bytes(254))) for n in range(600)}
    assert found == {None, "expected the end of an APDU before 64 KiB of chained blocks"}


def test_a_missing_block_is_told_and_the_next_apdu_is_whole() -> None:
    side = Direction()
    assert side.block(block(0x20, b"ab")) is None
    assert (
        side.block(block(0x00, b"ef")) == "expected the block between two T=1 blocks of one number"
    )
    assert side.block(block(0x40, b"gh")) == b"gh"
