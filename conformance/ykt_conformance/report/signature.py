"""A laboratory's signature of a run's manifest: Ed25519 [RFC 8032], 64 bytes in a file beside it.

Any program that knows Ed25519 checks it, e.g. ``openssl pkeyutl -verify -pubin -inkey PUB
-rawin -in MANIFEST -sigfile MANIFEST.sig``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ykt_sim.errors import UsageError
from ykt_sim.textfile import read_bytes


def private_key(key: Path, password: Callable[[Path], str]) -> Ed25519PrivateKey:
    """The key of a laboratory; its ``sign`` gives a signature of 64 bytes.

    Args:
        key: its file, PEM.
        password: asked for the password where the key has one.

    Raises:
        UsageError: no such key, or a wrong password.
    """
    raw = _bytes(key)
    private: object
    try:
        private = serialization.load_pem_private_key(raw, None)
    except TypeError:
        private = _locked(raw, key, password(key))
    except (ValueError, UnsupportedAlgorithm):
        raise _no_key(key, "private") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise _no_key(key, "private")
    return private


def _locked(raw: bytes, key: Path, password: str) -> object:
    try:
        return serialization.load_pem_private_key(raw, password.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{key}: not opened by this password") from None


def signed_by(data: bytes, signature: bytes, key: Path) -> bool:
    """True when a signature is that of these bytes by the owner of a key.

    Args:
        data: what was signed.
        signature: of it.
        key: file of the public key, PEM.

    Raises:
        UsageError: no such key.
    """
    try:
        public = serialization.load_pem_public_key(_bytes(key))
    except (ValueError, UnsupportedAlgorithm):
        raise _no_key(key, "public") from None
    if not isinstance(public, Ed25519PublicKey):
        raise _no_key(key, "public")
    try:
        public.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _bytes(key: Path) -> bytes:
    try:
        return read_bytes(key)
    except OSError as error:
        raise UsageError(f"{key}: {error.strerror or error}") from None


def _no_key(key: Path, kind: str) -> UsageError:
    return UsageError(f"{key}: expected a {kind} Ed25519 key in PEM")
