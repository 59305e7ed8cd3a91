"""The FMCOS and PBOC primitives, built a second time from pycryptodome's single DES.

Rules: pure functions on bytes; no knowledge of commands; nothing taken from the simulator.
Two-key triple DES is composed here from single DES, so that keys with equal halves are no
special case (``DES3`` of pycryptodome refuses them).
"""

from __future__ import annotations

from Crypto.Cipher import DES

BLOCK = 8
ZERO_IV = bytes(BLOCK)


def xor(left: bytes, right: bytes) -> bytes:
    """Exclusive-or of two strings of equal length."""
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def complement(data: bytes) -> bytes:
    """Every bit turned over."""
    return bytes(byte ^ 0xFF for byte in data)


def _halves(key: bytes) -> tuple[bytes, bytes]:
    """Left and right half of a 16-byte key; an 8-byte key counts twice."""
    if len(key) not in (8, 16):
        raise ValueError(f"a key has 8 or 16 bytes, not {len(key)}")
    return key[:8], key[-8:]


def encrypt(key: bytes, data: bytes) -> bytes:
    """DES (8-byte key) or two-key triple DES (16-byte key), each block for itself."""
    left, right = (DES.new(half, DES.MODE_ECB) for half in _halves(key))
    return left.encrypt(right.decrypt(left.encrypt(data)))


def decrypt(key: bytes, data: bytes) -> bytes:
    """The inverse of :func:`encrypt`."""
    left, right = (DES.new(half, DES.MODE_ECB) for half in _halves(key))
    return left.decrypt(right.encrypt(left.decrypt(data)))


def pad_always(data: bytes) -> bytes:
    """80 00.. up to a whole block: at least one byte, a whole block when nothing is missing."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def mac(key: bytes, data: bytes, iv: bytes = ZERO_IV, length: int = 4) -> bytes:
    """CBC chain with the key's left half; a 16-byte key ends the chain with triple DES."""
    left, _ = _halves(key)
    chain = DES.new(left, DES.MODE_ECB)
    value = iv
    padded = pad_always(data)
    for start in range(0, len(padded), BLOCK):
        value = chain.encrypt(xor(value, padded[start : start + BLOCK]))
    if len(key) == 16:
        value = encrypt(key, chain.decrypt(value))
    return value[:length]


def encipher(key: bytes, data: bytes) -> bytes:
    """Secure messaging: length byte, data, padding only where a block is not full; then ECB."""
    plain = bytes([len(data)]) + data
    return encrypt(key, plain if len(plain) % BLOCK == 0 else pad_always(plain))


def decipher(key: bytes, data: bytes) -> bytes:
    """The inverse of :func:`encipher`; a wrong length byte or padding raises ``ValueError``."""
    plain = decrypt(key, data)
    length = plain[0]
    body, rest = plain[1 : 1 + length], plain[1 + length :]
    expected = pad_always(plain[: 1 + length])[1 + length :] if rest else b""
    if len(body) != length or rest != expected:
        raise ValueError(f"not an enciphered field: {plain.hex()}")
    return body


def diversify(key: bytes, factor: bytes) -> bytes:
    """One level of key diversification: the factor and its complement, enciphered."""
    return encrypt(key, factor) + encrypt(key, complement(factor))


def tac_key(key: bytes) -> bytes:
    """The TAC key is the exclusive-or of the transaction key's two halves."""
    left, right = _halves(key)
    return xor(left, right)


def offline_session_key(key: bytes, rand: bytes, counter: int, serial: bytes) -> bytes:
    """Purchase, cash withdrawal and composite purchase: random, counter, end of the serial."""
    return encrypt(key, rand + counter.to_bytes(2, "big") + serial[-2:])


def online_session_key(key: bytes, rand: bytes, counter: int) -> bytes:
    """Load, unload and overdraft update: random, counter and 8000."""
    return encrypt(key, rand + counter.to_bytes(2, "big") + b"\x80\x00")


def emv_session_key(key: bytes, atc: bytes) -> bytes:
    """q-PBOC: the application transaction counter and its complement, each behind six zeros."""
    return encrypt(key, bytes(6) + atc) + encrypt(key, bytes(6) + complement(atc))


# SM4 (GB/T 32907). The substitution box is computed from its algebraic description
# instead of being typed in: an affine map, an inversion in GF(2^8), the affine map again.

_FIELD = 0x1F5
_AFFINE_ROW = 0xA7
_AFFINE_CONSTANT = 0xD3


def _multiply(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _FIELD
        b >>= 1
    return product


def _invert(a: int) -> int:
    result = 1
    for _ in range(254):
        result = _multiply(result, a)
    return result


def _affine(a: int) -> int:
    value = 0
    for bit in range(8):
        row = ((_AFFINE_ROW << bit) | (_AFFINE_ROW >> (8 - bit))) & 0xFF
        value |= ((row & a).bit_count() & 1) << bit
    return value ^ _AFFINE_CONSTANT


_SBOX = bytes(_affine(_invert(_affine(value))) for value in range(256))
_FK = (0xA3B1BAC6, 0x56AA3350, 0x677D9197, 0xB27022DC)
_CK = tuple(
    int.from_bytes(bytes((4 * i + j) * 7 & 0xFF for j in range(4)), "big") for i in range(32)
)


def _rotate(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (32 - bits))) & 0xFFFFFFFF


def _round(words: list[int], round_key: int, turns: tuple[int, ...]) -> None:
    mixed = words[1] ^ words[2] ^ words[3] ^ round_key
    mixed = int.from_bytes(bytes(_SBOX[byte] for byte in mixed.to_bytes(4, "big")), "big")
    out = words[0] ^ mixed
    for bits in turns:
        out ^= _rotate(mixed, bits)
    words[:] = [*words[1:], out]


def sm4_encrypt_block(key: bytes, block: bytes) -> bytes:
    """One block of SM4."""
    keys = [int.from_bytes(key[i : i + 4], "big") ^ _FK[i // 4] for i in range(0, 16, 4)]
    words = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 16, 4)]
    for constant in _CK:
        _round(keys, constant, (13, 23))
        _round(words, keys[3], (2, 10, 18, 24))
    return b"".join(word.to_bytes(4, "big") for word in reversed(words))
