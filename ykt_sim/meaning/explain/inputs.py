"""What a MAC, TAC or authentication is made of, part by part, and how it is made.

`make` is the only place that turns `Inputs` into a code; the check of a trace and the search for
mistakes both use it, so a mistake is a change of `Inputs` and nothing else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from ykt_sim.crypto import des
from ykt_sim.crypto.derive import tac_key
from ykt_sim.errors import CryptoError
from ykt_sim.wire.record import Record

#: Named bytes in the order in which they are put together.
Parts = tuple[tuple[str, bytes], ...]

_BLOCK: Final = 8
#: Fields that are two parts: a date and a time can be wrong apart.
_SPLIT: Final = {"datetime": (("date", 4), ("time", 3))}


class Halves(StrEnum):
    """Which bytes of a 16-byte key are used."""

    WHOLE = "whole"
    XOR = "left half XOR right half"
    LEFT = "left half"
    RIGHT = "right half"
    SWAPPED = "right half, left half"


class Padding(StrEnum):
    """What is put behind the data of a MAC."""

    ALWAYS = "8000.., always"
    IF_NEEDED = "8000.., only where a block is not full"
    ZEROS = "zeros, only where a block is not full"
    TWICE = "8000.., twice"


class Take(StrEnum):
    """Which bytes of the last block are the code; all that were enciphered where it is whole."""

    LEFT = "left four bytes"
    RIGHT = "right four bytes"
    BACKWARDS = "left four bytes, the last first"
    WHOLE = "all bytes"


_TAKEN: Final = {
    Take.LEFT: slice(0, 4),
    Take.RIGHT: slice(4, 8),
    Take.BACKWARDS: slice(3, None, -1),
    Take.WHOLE: slice(None),
}


class Cipher(StrEnum):
    """How key and data make a code."""

    MAC = "MAC"
    MAC_3DES = "MAC with 3DES in every block"
    ECB = "enciphered"
    DECIPHERED = "deciphered"


class KeyPath(msgspec.Struct, frozen=True):
    """Where a key comes from.

    Attributes:
        standard: whose key, ``tunion``, ``lnt`` or ``own``; empty when it is not known.
        role: what for, as in `profiles.keyfile.ROLE_TYPES`.
        factors: 8 bytes a level, issuer first, as far as the trace told them.
        index: of the key, None where the command names none.
        other: which other key of the same role, empty for the one in use.
    """

    standard: str
    role: str
    factors: tuple[bytes, ...] = ()
    index: int | None = None
    other: str = ""


class Inputs(msgspec.Struct, frozen=True):
    """All that one code is made of.

    Attributes:
        code: what it is, e.g. ``MAC1``.
        path: its key.
        under: what it goes over.
        session: what makes the session key; empty where there is none.
        in_session: the session key is used, not the key itself.
        session_role: role of the key that the session key comes from.
        halves: which bytes of the key are used.
        iv: 8 bytes before the first block.
        cipher, padding: how the code is made.
        take: which bytes of the last block are the code.
        serial: the terminal's whole transaction number, 4 bytes; empty where none goes in.
        fixed: the code itself where nothing is computed at all.
    """

    code: str
    path: KeyPath
    under: Parts
    session: Parts = ()
    in_session: bool = False
    session_role: str = ""
    halves: Halves = Halves.WHOLE
    iv: bytes = des.ZERO_IV
    cipher: Cipher = Cipher.MAC
    padding: Padding = Padding.ALWAYS
    take: Take = Take.LEFT
    serial: bytes = b""
    fixed: bytes | None = None

    def part(self, name: str) -> bytes | None:
        """Bytes of a part, None where there is no such part."""
        return next((value for one, value in (*self.under, *self.session) if one == name), None)


_CUTS: dict[type[Record], tuple[tuple[str, int, int], ...]] = {}


def _cuts(record: type[Record]) -> tuple[tuple[str, int, int], ...]:
    known = _CUTS.get(record)
    if known is not None:
        return known
    found = []
    for spec in record.LAYOUT:
        at = spec.offset
        for name, size in _SPLIT.get(spec.name, ((spec.name, spec.size),)):
            found.append((name, at, at + size))
            at += size
    return _CUTS.setdefault(record, tuple(found))


def parts_of(record: type[Record], raw: bytes) -> Parts:
    """Cut the bytes of a record into its fields; date and time are parts of their own."""
    return tuple((name, raw[start:end]) for name, start, end in _cuts(record))


def joined(parts: Parts) -> bytes:
    """The bytes of all parts, one behind the other."""
    return b"".join(value for _, value in parts)


def session_of(inputs: Inputs, key: bytes) -> bytes:
    """The session key, 8 bytes.

    Raises:
        CryptoError: the parts do not make a block of 8 bytes, or the key has a wrong length.
    """
    block = joined(inputs.session)
    if len(block) != _BLOCK:
        raise CryptoError(f"session key input must be 8 bytes, got {len(block)}")
    return des.ecb(key, block)


def make(inputs: Inputs, key: bytes) -> bytes:
    """Make the code with its key, 8 or 16 bytes.

    Raises:
        CryptoError: the parts do not fit together, or the key has a wrong length.
    """
    if inputs.fixed is not None:
        return inputs.fixed
    key = _used(key, inputs.halves)
    if inputs.in_session:
        key = session_of(inputs, key)
    data, take = joined(inputs.under), _TAKEN[inputs.take]
    if inputs.cipher is Cipher.ECB:
        return des.ecb(key, data)[take]
    if inputs.cipher is Cipher.DECIPHERED:
        return des.ecb_decrypt(key, data)[take]
    if inputs.padding is Padding.ALWAYS and inputs.cipher is Cipher.MAC:
        return des.mac(key, data, inputs.iv, _BLOCK)[take]
    return _chained(key, _padded(data, inputs.padding), inputs)[take]


def _used(key: bytes, halves: Halves) -> bytes:
    if halves is Halves.WHOLE or len(key) == _BLOCK:
        return key
    if halves is Halves.XOR:
        return tac_key(key)
    left, right = key[:_BLOCK], key[_BLOCK:]
    return {Halves.LEFT: left, Halves.RIGHT: right, Halves.SWAPPED: right + left}[halves]


def _padded(data: bytes, padding: Padding) -> bytes:
    missing = -len(data) % _BLOCK
    if padding is Padding.ZEROS:
        return data + bytes(missing)
    if padding is Padding.IF_NEEDED:
        return des.pad(data) if missing else data
    return des.pad(des.pad(data)) if padding is Padding.TWICE else des.pad(data)


def _chained(key: bytes, data: bytes, inputs: Inputs) -> bytes:
    """CBC over whole blocks: the left half and 3DES at the end, or 3DES in every block."""
    every = inputs.cipher is Cipher.MAC_3DES
    left, value = key[:_BLOCK], inputs.iv
    for start in range(0, len(data), _BLOCK):
        block = bytes(a ^ b for a, b in zip(value, data[start : start + _BLOCK], strict=True))
        value = des.ecb(key if every or start + _BLOCK == len(data) else left, block)
    return value


def changed(inputs: Inputs, name: str, value: bytes) -> Inputs | None:
    """The same with other bytes in every part of that name; None where no such part is used."""
    used = (*inputs.under, *inputs.session) if inputs.in_session else inputs.under
    if all(one != name for one, _ in used):
        return None
    return replace(
        inputs, under=_put(inputs.under, name, value), session=_put(inputs.session, name, value)
    )


def _put(parts: Parts, name: str, value: bytes) -> Parts:
    return tuple((one, value if one == name else old) for one, old in parts)
