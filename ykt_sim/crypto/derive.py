"""Key derivation: diversification, session keys, TAC key.

Sources: diversification and purchase session key [psam blog, vector diversify-1level];
session keys and TAC key by XOR of halves verified on real FM1208 cards (vectors
fm1208-deng-*, fm1208-robur-load).
"""

from __future__ import annotations

from ykt_sim.crypto.des import ecb
from ykt_sim.errors import CryptoError

_ALL_ONES = (1 << 64) - 1


def _wrong(name: str, length: int, value: bytes) -> CryptoError:
    return CryptoError(f"{name} must be {length} bytes, got {len(value)}")


def diversify(key: bytes, factor: bytes) -> bytes:
    """One level: 3DES(key, factor) || 3DES(key, ~factor); 8-byte factor, 16 bytes out."""
    if len(factor) != 8:
        raise _wrong("diversification factor", 8, factor)
    return ecb(key, factor + (int.from_bytes(factor, "big") ^ _ALL_ONES).to_bytes(8, "big"))


def diversify_chain(key: bytes, *factors: bytes) -> bytes:
    """Several levels, outermost first (issuer, then card)."""
    for factor in factors:
        key = diversify(key, factor)
    return key


def session_key(key: bytes, block: bytes) -> bytes:
    """Session key of one purse transaction: 3DES(key, 8-byte block); 8 bytes out.

    The block is a `PurchaseSessionInput` or a `LoadSessionInput` (`ykt_sim.wire.macs`).
    """
    if len(block) != 8:
        raise _wrong("session key input", 8, block)
    return ecb(key, block)


def tac_key(key: bytes) -> bytes:
    """TAC key = left half XOR right half of the 16-byte DTK; an 8-byte DTK is used as is."""
    if len(key) == 8:
        return key
    if len(key) != 16:
        raise _wrong("TAC key DTK", 16, key)
    halves = int.from_bytes(key[:8], "big") ^ int.from_bytes(key[8:], "big")
    return halves.to_bytes(8, "big")


def emv_session_key(key: bytes, counter: int) -> bytes:
    """e-cash session key: 3DES(key, 0..0||ATC) || 3DES(key, 0..0||~ATC) [vector qpboc-arqc]."""
    atc = counter.to_bytes(2, "big")
    return ecb(key, bytes(6) + atc + bytes(6) + bytes(b ^ 0xFF for b in atc))
