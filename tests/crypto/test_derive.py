"""Diversification, session keys, TAC key."""

from __future__ import annotations

import pytest
from Crypto.Cipher import DES
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.crypto import derive
from ykt_sim.errors import CryptoError
from ykt_sim.wire.macs import LoadSessionInput, PurchaseSessionInput

moderate = settings(max_examples=100, deadline=None)
block = st.binary(min_size=8, max_size=8)
double = st.binary(min_size=16, max_size=16)
MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


def triple(key: bytes, data: bytes) -> bytes:
    left, right = DES.new(key[:8], DES.MODE_ECB), DES.new(key[8:], DES.MODE_ECB)
    return left.encrypt(right.decrypt(left.encrypt(data)))


def inverted(data: bytes) -> bytes:
    return bytes(0xFF - byte for byte in data)


@moderate
@given(double, block)
def test_one_level(key: bytes, factor: bytes) -> None:
    found = derive.diversify(key, factor)
    assert found[:8] == triple(key, factor)
    assert found[8:] == triple(key, inverted(factor))


@moderate
@given(double, block, block)
def test_levels_are_chained_outermost_first(key: bytes, issuer: bytes, card: bytes) -> None:
    once = derive.diversify(key, issuer)
    assert derive.diversify_chain(key, issuer, card) == derive.diversify(once, card)
    assert derive.diversify_chain(key, issuer) == once
    assert derive.diversify_chain(key) == key


def test_the_order_of_levels_matters() -> None:
    issuer, card = bytes.fromhex("02205810FFFFFFFF"), bytes.fromhex("0395000000827000")
    first = derive.diversify_chain(MASTER, issuer, card)
    assert first != derive.diversify_chain(MASTER, card, issuer)


@moderate
@given(double, st.binary(min_size=4, max_size=4), st.integers(0, 0xFFFF))
def test_session_key_over_the_records(key: bytes, random: bytes, counter: int) -> None:
    load = LoadSessionInput(random=random, counter=counter).build()
    assert derive.session_key(key, load) == triple(
        key, random + counter.to_bytes(2, "big") + b"\x80\x00"
    )
    buy = PurchaseSessionInput(random=random, counter=counter, serial_low=b"\x12\x34").build()
    assert derive.session_key(key, buy) == triple(
        key, random + counter.to_bytes(2, "big") + b"\x12\x34"
    )


@moderate
@given(double)
def test_tac_key_is_the_xor_of_the_halves(key: bytes) -> None:
    found = derive.tac_key(key)
    assert [a ^ b for a, b in zip(found, key[8:], strict=True)] == list(key[:8])


def test_an_eight_byte_tac_key_stays() -> None:
    assert derive.tac_key(MASTER[:8]) == MASTER[:8]


@pytest.mark.parametrize("size", [0, 7, 9, 16])
def test_factors_and_session_inputs_are_eight_bytes(size: int) -> None:
    with pytest.raises(CryptoError, match=f"8 bytes, got {size}"):
        derive.diversify(MASTER, bytes(size))
    with pytest.raises(CryptoError, match=f"8 bytes, got {size}"):
        derive.session_key(MASTER, bytes(size))


@pytest.mark.parametrize("size", [0, 7, 15, 24])
def test_tac_key_length(size: int) -> None:
    with pytest.raises(CryptoError, match="16 bytes"):
        derive.tac_key(bytes(size))


def test_wrong_master_key_length() -> None:
    with pytest.raises(CryptoError, match="8 or 16"):
        derive.diversify(bytes(5), bytes(8))
