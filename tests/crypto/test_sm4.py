"""The SM4 primitive: the standard's example and its limits."""

from __future__ import annotations

import pytest

from ykt_sim.crypto import sm4
from ykt_sim.errors import CryptoError

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")


def test_the_standards_example() -> None:
    assert sm4.ecb(KEY, KEY).hex() == "681edf34d206965e86b3e94f536e4246"


def test_blocks_are_independent() -> None:
    assert sm4.ecb(KEY, KEY * 3) == sm4.ecb(KEY, KEY) * 3
    assert sm4.ecb(KEY, b"") == b""


@pytest.mark.parametrize("size", [0, 8, 15, 17])
def test_key_is_sixteen_bytes(size: int) -> None:
    with pytest.raises(CryptoError, match=f"16 bytes, got {size}"):
        sm4.ecb(bytes(size), KEY)


@pytest.mark.parametrize("size", [1, 8, 17])
def test_data_is_whole_blocks(size: int) -> None:
    with pytest.raises(CryptoError, match="16-byte blocks"):
        sm4.ecb(KEY, bytes(size))
