"""The SM4 block cipher, as a building block only.

No public source gives the SM4 purse's session-key input or MAC truncation, so no purse
function here uses it; it serves `ykt crypto` and the primitive's vector (GB/T 32907).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

from ykt_sim.errors import CryptoError


def ecb(key: bytes, data: bytes) -> bytes:
    """Encipher whole 16-byte blocks; raises CryptoError on other lengths."""
    if len(key) != 16:
        raise CryptoError(f"SM4 key must be 16 bytes, got {len(key)}")
    if len(data) % 16:
        raise CryptoError(f"data must be whole 16-byte blocks, got {len(data)} bytes")
    return Cipher(SM4(key), ECB()).encryptor().update(data)
