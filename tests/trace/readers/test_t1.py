"""APDUs out of T=1 blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.trace.readers.t1 import Side, is_block


def block(pcb: int, inf: bytes = b"") -> bytes:
    data = bytes((0, pcb, len(inf))) + inf
    check = 0
    for byte in data:
        check ^= byte
    return data + bytes((check,))


def test_a_published_block() -> None:
    # An IFS request and its answer, as readers send them after power-on.
    assert is_block(bytes.fromhex("00C101FE3E"))
    assert is_block(bytes.fromhex("00E101FE1E"))


@pytest.mark.parametrize(
    "data", ["", "00C101", "00C101FE3F", "00C102FE3E", "00A4040000", "00C101FE3E00"]
)
def test_no_block(data: str) -> None:
    assert not is_block(bytes.fromhex(data))


def test_chains_repetitions_and_other_blocks() -> None:
    side = Side()
    fed = [
        (block(0xC1, b"\xfe"), None), (block(0x20, b"ab"), None), (block(0x20, b"ab"), None),
        (block(0x91), None), (block(0x60, b"cd"), None), (block(0x00, b"ef"), b"abcdef"),
        (block(0x00, b"ef"), None), (block(0x40, b"xy"), b"xy"),
    ]  # fmt: skip
    for data, wanted in fed:
        assert side.block(data) == wanted
    side.reset()
    assert side.block(block(0x40, b"xy")) == b"xy"


def test_a_missing_block_spoils_the_chain_and_not_the_next() -> None:
    side = Side()
    assert side.block(block(0x20, b"ab")) is None
    assert side.block(block(0x00, b"ef")) == b""
    assert side.block(block(0x40, b"gh")) == b"gh"


def test_an_endless_chain_is_given_up() -> None:
    side = Side()
    for index in range(300):
        assert side.block(block(0x20 | index % 2 * 0x40, bytes(254))) is None
    assert side.block(block(0x00, b"z")) == b""


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=8))
def test_any_parts_make_the_whole(parts: list[bytes]) -> None:
    side = Side()
    results = [
        side.block(block((index % 2) * 0x40 | (0x20 if index < len(parts) - 1 else 0), part))
        for index, part in enumerate(parts)
    ]
    assert results == [None] * (len(parts) - 1) + [b"".join(parts)]
