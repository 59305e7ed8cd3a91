from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ykt_conformance.report.signature import private_key, signed_by
from ykt_sim.errors import UsageError


def keys(folder: Path, *, locked_by: str = "", kind: str = "ed25519") -> tuple[Path, Path]:
    """A new pair of keys as PEM files, private and public."""
    private = (
        Ed25519PrivateKey.generate()
        if kind == "ed25519"
        else ec.generate_private_key(ec.SECP256R1())
    )
    locked = ser.BestAvailableEncryption(locked_by.encode()) if locked_by else ser.NoEncryption()
    own, public = folder / f"{kind}{locked_by}.pem", folder / f"{kind}{locked_by}.pub"
    own.write_bytes(private.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, locked))
    public.write_bytes(
        private.public_key().public_bytes(ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo)
    )
    return own, public


def never(_key: Path) -> str:
    raise AssertionError("nobody was to be asked")


def test_a_signature_holds_for_its_bytes_and_its_key(tmp_path: Path) -> None:
    own, public = keys(tmp_path)
    made = private_key(own, never).sign(b"manifest")
    assert len(made) == 64
    assert signed_by(b"manifest", made, public)
    assert not signed_by(b"manifest.", made, public)
    assert not signed_by(b"manifest", made[:-1], public)
    (tmp_path / "other").mkdir()
    assert not signed_by(b"manifest", made, keys(tmp_path / "other")[1])


def test_a_locked_key_is_opened_by_its_password(tmp_path: Path) -> None:
    own, public = keys(tmp_path, locked_by="word")
    assert signed_by(b"x", private_key(own, lambda _key: "word").sign(b"x"), public)
    with pytest.raises(UsageError, match="not opened by this password"):
        private_key(own, lambda _key: "words")


def test_what_is_no_key_is_said(tmp_path: Path) -> None:
    own, public = keys(tmp_path, kind="p256")
    with pytest.raises(UsageError, match="expected a private Ed25519 key"):
        private_key(own, never)
    with pytest.raises(UsageError, match="expected a public Ed25519 key"):
        signed_by(b"x", bytes(64), public)
    right, _ = keys(tmp_path)
    with pytest.raises(UsageError, match="expected a public Ed25519 key"):
        signed_by(b"x", bytes(64), right)
    with pytest.raises(UsageError, match="expected a private Ed25519 key"):
        private_key(public, never)
    with pytest.raises(UsageError, match="No such file"):
        private_key(tmp_path / "nothing", never)
