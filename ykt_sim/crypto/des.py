"""Single DES and two-key 3DES as PBOC purses use them.

Rules kept here, each verified by a real card's vector (``tests/vectors/purse.json``):

* the key's LENGTH picks the algorithm: 8 bytes single DES, 16 bytes two-key 3DES
  [GM 5.4]; the algorithm identifier in an answer does not;
* a MAC always pads with 80 00.. (a whole block when the data is a multiple of 8);
  with a 16-byte key only the last block is 3DES;
* encipherment for secure messaging prefixes the length byte and pads only if needed.

All MACs and ciphertexts are ``bytes``; nothing is kept between calls but cipher contexts
of recently used keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import ECB

from ykt_sim.errors import CryptoError

ZERO_IV: Final = bytes(8)
_NUMBER: Final = Struct(">Q")
_PADS: Final = tuple(b"\x80" + bytes(7 - n) for n in range(8))


def _expand(key: bytes) -> bytes:
    """Give `cryptography` its 24 bytes: K·K·K is single DES, L·R·L two-key 3DES."""
    if len(key) == 16:
        return key + key[:8]
    if len(key) == 8:
        return key * 3
    raise CryptoError(f"DES key must be 8 or 16 bytes, got {len(key)}")


#: Bytes up to which `cryptography` keeps other threads out while it enciphers (from 2,048 on it
#: lets them in); no card's data is longer.
_SHARED_UP_TO: Final = 1024


def _cipher(key: bytes) -> Cipher[ECB]:
    return Cipher(TripleDES(_expand(key)), ECB())


# Making a context costs ten times what a block costs. ECB carries nothing from one call to the
# next, so the context of a recently used key serves again. A tap uses three keys of its card.
@lru_cache(maxsize=1024)
def _encrypting(key: bytes) -> Callable[[bytes], bytes]:
    return _cipher(key).encryptor().update


@lru_cache(maxsize=1024)
def _decrypting(key: bytes) -> Callable[[bytes], bytes]:
    return _cipher(key).decryptor().update


def _broken(data: bytes) -> CryptoError:
    return CryptoError(f"data must be whole 8-byte blocks, got {len(data)} bytes")


def ecb(key: bytes, data: bytes) -> bytes:
    """Encipher whole 8-byte blocks in ECB mode; raises CryptoError on other lengths."""
    if len(data) % 8:
        raise _broken(data)
    if len(data) > _SHARED_UP_TO:
        return _cipher(key).encryptor().update(data)
    return _encrypting(key)(data)


def ecb_decrypt(key: bytes, data: bytes) -> bytes:
    """Decipher whole 8-byte blocks in ECB mode; raises CryptoError on other lengths."""
    if len(data) % 8:
        raise _broken(data)
    if len(data) > _SHARED_UP_TO:
        return _cipher(key).decryptor().update(data)
    return _decrypting(key)(data)


def pad(data: bytes) -> bytes:
    """Append 80 00.. up to the next block; a full block when already aligned."""
    return data + _PADS[len(data) % 8]


def _last_block(key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC over whole blocks, of which the last is given.

    The messages of a purse have one to three blocks, and one session key makes four MACs: a
    context kept for its key and a little arithmetic are quicker than a CBC context for each.
    """
    encipher = _encrypting(key)
    block = iv
    for (number,) in _NUMBER.iter_unpack(data):
        (before,) = _NUMBER.unpack(block)
        block = encipher(_NUMBER.pack(before ^ number))
    return block


def mac(key: bytes, data: bytes, iv: bytes = ZERO_IV, length: int = 4) -> bytes:
    """PBOC MAC: pad always, CBC with single DES, last block EDE for 16-byte keys.

    Args:
        key: 8 or 16 bytes.
        data: what is authenticated, any length.
        iv: 8 bytes; zero for purse MACs, the challenge for line protection.
        length: bytes to keep from the left, 1 to 8.

    Raises:
        CryptoError: key, iv or length out of range.
    """
    if len(iv) != 8:
        raise CryptoError(f"MAC initial value must be 8 bytes, got {len(iv)}")
    if not 1 <= length <= 8:
        raise CryptoError(f"MAC length must be 1 to 8 bytes, got {length}")
    left = key[:8]
    if len(key) not in (8, 16):
        raise CryptoError(f"DES key must be 8 or 16 bytes, got {len(key)}")
    last = _last_block(left, iv, data + _PADS[len(data) % 8])
    if len(key) == 16:
        last = ecb(left, ecb_decrypt(key[8:], last))
    return last[:length]


def encipher(key: bytes, data: bytes) -> bytes:
    """Secure-messaging encipherment: length byte, data, pad only when needed, ECB.

    Raises:
        CryptoError: data longer than 255 bytes, or a wrong key length.
    """
    if len(data) > 255:
        raise CryptoError(f"enciphered data is limited to 255 bytes, got {len(data)}")
    body = bytes((len(data),)) + data
    return ecb(key, body if len(body) % 8 == 0 else pad(body))


def decipher(key: bytes, data: bytes) -> bytes:
    """Undo `encipher`; also takes senders that pad although the length already fits.

    Raises:
        CryptoError: not whole blocks, or the length byte does not fit the block count.
    """
    if not data:
        raise CryptoError("enciphered data is empty")
    plain = ecb_decrypt(key, data)
    length, rest = plain[0], plain[1:]
    padding = rest[length:]
    if length > len(rest) or (padding and padding not in _accepted_padding(len(padding))):
        raise CryptoError("deciphered length byte or padding does not fit")
    return rest[:length]


def _accepted_padding(length: int) -> tuple[bytes, ...]:
    return (b"\x80" + bytes(length - 1),) if length <= 8 else ()


def even_bytes(key: bytes) -> tuple[int, ...]:
    """Places of the key's bytes that have even parity; a key made by the book has none [FIPS 46-3].

    The cipher looks at no parity bit, so nothing here refuses such a key.
    """
    return tuple(place for place, byte in enumerate(key) if byte.bit_count() % 2 == 0)
