"""DES against a second implementation, and the padding rules."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from Crypto.Cipher import DES, DES3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ykt_sim.crypto import des
from ykt_sim.errors import CryptoError

moderate = settings(max_examples=100, deadline=None)
blocks = st.integers(0, 12).flatmap(lambda n: st.binary(min_size=8 * n, max_size=8 * n))
single = st.binary(min_size=8, max_size=8)
double = st.binary(min_size=16, max_size=16)
keys = single | double
KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


def raw(key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
    """Encipher with pycryptodome; it refuses weak keys in DES3, so 16 bytes are done by hand."""

    def one(part: bytes, value: bytes, *, backwards: bool) -> bytes:
        cipher = DES.new(part, DES.MODE_ECB)
        return cipher.decrypt(value) if backwards else cipher.encrypt(value)

    if len(key) == 8:
        return one(key, data, backwards=decrypt)
    data = one(key[:8], data, backwards=decrypt)
    data = one(key[8:], data, backwards=not decrypt)
    return one(key[:8], data, backwards=decrypt)


def padded(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % 8)


def chained(key: bytes, data: bytes, iv: bytes) -> bytes:
    """MAC by hand: CBC with the left half, the last block EDE for 16-byte keys."""
    value = iv
    data = padded(data)
    for start in range(0, len(data), 8):
        mixed = bytes(a ^ b for a, b in zip(value, data[start : start + 8], strict=True))
        last = start + 8 == len(data)
        value = raw(key if last else key[:8], mixed)
    return value


@moderate
@given(keys, blocks)
def test_ecb_agrees_with_pycryptodome(key: bytes, data: bytes) -> None:
    sealed = des.ecb(key, data)
    assert sealed == raw(key, data)
    assert des.ecb_decrypt(key, sealed) == data
    assert des.ecb_decrypt(key, data) == raw(key, data, decrypt=True)


@moderate
@given(single, single, blocks)
def test_ecb_agrees_with_pycryptodomes_own_two_key_3des(
    left: bytes, right: bytes, data: bytes
) -> None:
    assume([byte >> 1 for byte in left] != [byte >> 1 for byte in right])
    key = DES3.adjust_key_parity(left + right)
    assert des.ecb(left + right, data) == DES3.new(key, DES3.MODE_ECB).encrypt(data)


@moderate
@given(keys, st.binary(max_size=100), single)
def test_mac_agrees_with_pycryptodome(key: bytes, data: bytes, iv: bytes) -> None:
    full = chained(key, data, iv)
    assert des.mac(key, data, iv, length=8) == full
    assert des.mac(key, data, iv) == full[:4]
    assert des.mac(key, data, bytes(8)) == des.mac(key, data)


@moderate
@given(single, st.binary(max_size=100), single)
def test_single_des_mac_is_the_last_cbc_block(key: bytes, data: bytes, iv: bytes) -> None:
    sealed = DES.new(key, DES.MODE_CBC, iv).encrypt(padded(data))
    assert des.mac(key, data, iv, length=8) == sealed[-8:]


@moderate
@given(keys, st.binary(max_size=255))
def test_encipher_agrees_with_pycryptodome_and_comes_back(key: bytes, data: bytes) -> None:
    body = bytes((len(data),)) + data
    sealed = des.encipher(key, data)
    assert sealed == raw(key, body if len(body) % 8 == 0 else padded(body))
    assert des.decipher(key, sealed) == data


@moderate
@given(keys, st.binary(max_size=255))
def test_decipher_takes_senders_that_always_pad(key: bytes, data: bytes) -> None:
    assert des.decipher(key, des.ecb(key, padded(bytes((len(data),)) + data))) == data


@moderate
@given(keys, st.binary(max_size=64))
def test_decipher_gives_data_or_refuses(key: bytes, sealed: bytes) -> None:
    try:
        data = des.decipher(key, sealed)
    except CryptoError:
        return
    assert des.ecb_decrypt(key, sealed).startswith(bytes((len(data),)) + data)


def test_a_key_of_two_equal_halves_is_single_des() -> None:
    assert des.ecb(KEY[:8] * 2, bytes(16)) == des.ecb(KEY[:8], bytes(16))


def test_mac_always_pads_and_encipherment_only_when_needed() -> None:
    assert des.pad(bytes(8)) == bytes(8) + b"\x80" + bytes(7)
    assert des.pad(bytes(7)) == bytes(7) + b"\x80"
    assert des.pad(b"") == b"\x80" + bytes(7)
    assert len(des.encipher(KEY, bytes(7))) == 8
    assert len(des.encipher(KEY, bytes(8))) == 16


@pytest.mark.parametrize("size", [0, 7, 9, 15, 17, 24])
def test_wrong_key_length_is_refused(size: int) -> None:
    key = bytes(size)
    for call in (des.ecb, des.ecb_decrypt, des.mac, des.encipher, des.decipher):
        with pytest.raises(CryptoError, match=f"8 or 16 bytes, got {size}"):
            call(key, bytes(8))


@pytest.mark.parametrize("size", [1, 7, 9])
def test_ecb_wants_whole_blocks(size: int) -> None:
    for call in (des.ecb, des.ecb_decrypt, des.decipher):
        with pytest.raises(CryptoError, match="whole 8-byte blocks"):
            call(KEY, bytes(size))


@pytest.mark.parametrize("length", [0, 9, -1])
def test_mac_length_is_one_to_eight(length: int) -> None:
    with pytest.raises(CryptoError, match="1 to 8"):
        des.mac(KEY, b"", length=length)


def test_mac_wants_an_eight_byte_iv() -> None:
    with pytest.raises(CryptoError, match="initial value"):
        des.mac(KEY, b"", bytes(4))


def test_encipher_is_limited_by_its_length_byte() -> None:
    with pytest.raises(CryptoError, match="255"):
        des.encipher(KEY, bytes(256))


def test_decipher_refuses_nothing_and_nonsense() -> None:
    with pytest.raises(CryptoError):
        des.decipher(KEY, b"")
    with pytest.raises(CryptoError, match="does not fit"):
        des.decipher(KEY, des.ecb(KEY, b"\x09" + bytes(7)))
    with pytest.raises(CryptoError, match="does not fit"):
        des.decipher(KEY, des.ecb(KEY, b"\x01\xaa\x81" + bytes(5)))


@pytest.mark.parametrize("call", [des.ecb, des.ecb_decrypt])
def test_threads_may_use_one_key_at_once(call) -> None:
    data = bytes(range(256)) * 400
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda size: call(KEY, data[:size]), [len(data), 16] * 100))
    assert set(found) == {call(KEY, data), call(KEY, data[:16])}


def test_parity_of_each_byte_is_looked_at_by_itself() -> None:
    assert des.even_bytes(bytes.fromhex("0123456789ABCDEF")) == ()
    assert des.even_bytes(bytes.fromhex("0023456789ABCDEE")) == (0, 7)
    assert des.ecb(bytes(8), bytes(8)) == des.ecb(b"\x01" * 8, bytes(8))
