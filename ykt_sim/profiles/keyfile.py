"""Key files: keys of a card, or master keys and how a card's keys come from them.

The form is that of ``ykt card keys --json``::

    {"keys": [{"standard": "tunion", "type": "3E", "id": 1, "value": "00112233..."}],
     "levels": {"tunion": ["issuer", "card"]}}

A key says whose it is (``standard``, or ``aid`` or ``fid`` of its directory), what for (``type``
as on a card, or ``role``) and what it is: ``value`` for a card's own key, ``master`` for one that
is divided by what ``levels`` says, issuer and card number in that order where it says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ykt_sim.codes import AID_LNT_BASIC, AID_LNT_WALLET, AID_TUNION_EP, KeyType
from ykt_sim.errors import ProfileError
from ykt_sim.textfile import read_text

#: Key types of the roles.
ROLE_TYPES: Final[dict[str, int]] = {
    "purchase": KeyType.PURCHASE,
    "load": KeyType.LOAD,
    "unload": KeyType.UNLOAD,
    "overdraft": KeyType.OVERDRAFT,
    "tac": KeyType.TAC,
    "line": KeyType.LINE_PROTECTION,
    "pin_unblock": KeyType.PIN_UNBLOCK,
    "pin_reload": KeyType.PIN_RELOAD,
    "external_auth": KeyType.EXTERNAL_AUTH,
    "pin": KeyType.PIN,
    "encipher": KeyType.DES_ENCRYPT,
    "decipher": KeyType.DES_DECRYPT,
    "mac": KeyType.DES_MAC,
}
#: Standards whose keys codes are checked with; ``own`` is any other directory.
STANDARDS: Final = ("tunion", "lnt", "own")
_AIDS: Final = ((AID_TUNION_EP, "tunion"), (AID_LNT_BASIC, "lnt"), (AID_LNT_WALLET, "lnt"))
_FIDS: Final = {"DF05": "tunion", "DDF1": "lnt", "ADF3": "lnt"}
_TYPE_BITS: Final = 0x3F
_FORM: Final = "as ykt card keys --json prints"
_DES_SIZES: Final = frozenset({8, 16})
_FACTOR: Final = 8


@dataclass(frozen=True)
class FileKey:
    """One key of a key file.

    Attributes:
        standard: one of `STANDARDS`, or a word that no code is checked for.
        role: one of `ROLE_TYPES`.
        value: the key or PIN.
        master: it is divided before a card uses it.
        index: of the key on the card, None where the file does not say.
        label: what tells it from others of its role.
    """

    standard: str
    role: str
    value: bytes = field(repr=False)
    master: bool = False
    index: int | None = None
    label: str = ""


@dataclass(frozen=True)
class KeyFile:
    """What a key file holds.

    Attributes:
        notice: what it says of itself.
        keys: those that can be used, in their order.
        levels: standard -> what its masters are divided by: ``issuer``, ``card``, or 16 hex
            digits.
        unused: what cannot be used and why, a line each.
    """

    notice: str
    keys: tuple[FileKey, ...]
    levels: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]

    def factors(self, standard: str, told: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """The factors of a card, 8 bytes each, outermost first.

        Args:
            standard: whose keys.
            told: what the card said: issuer and card number, or the card number alone.
        """
        if standard not in self.levels:
            return told
        known = {"issuer": told[:-1], "card": told[-1:]}
        found: list[bytes] = []
        for word in self.levels[standard]:
            found += known[word] if word in known else (bytes.fromhex(word),)
        return tuple(found)


def read_key_file(path: str) -> KeyFile:
    """Read a key file.

    Raises:
        ProfileError: unreadable, no JSON, or not in the form above; names the key and the field.
    """
    try:
        document: Any = json.loads(read_text(Path(path)))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise ProfileError(f"{path}: no JSON ({error})") from None
    entries = document.get("keys") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise ProfileError(f"{path}: expected a list of keys, {_FORM}")
    whole: dict[str, Any] = document if isinstance(document, dict) else {}
    found: list[FileKey] = []
    unused: dict[str, list[str]] = {}
    for number, entry in enumerate(entries):
        where = f"{path}: key {number}"
        if not isinstance(entry, dict):
            raise ProfileError(f"{where}: expected an object with standard, type, value, {_FORM}")
        key, why = _key(entry, where)
        if key is not None:
            found.append(key)
        else:
            unused.setdefault(why, []).append(str(number))
    lines = [
        f"{path}: key{'s' if len(numbers) > 1 else ''} {', '.join(numbers)} not used: {why}"
        for why, numbers in unused.items()
    ]
    levels = dict(_levels(path, whole.get("levels", {})))
    return KeyFile(str(whole.get("notice", "")), tuple(found), levels, tuple(lines))


def _key(entry: Mapping[str, Any], where: str) -> tuple[FileKey | None, str]:
    """The key of one entry; or None and why it cannot be used."""
    role, kind = _role(entry, where)
    if role is None:
        return None, f"no code is made with a key of type {kind}"
    standard = _standard(entry, where)
    master = "master" in entry and "value" not in entry
    name = "master" if master else "value"
    raw = _hex(entry, name, where)
    if standard not in STANDARDS:
        return None, f"no code is checked under standard {standard!r}"
    if role != "pin" and len(raw) not in _DES_SIZES:
        return None, f"a key of {len(raw)} bytes is no DES key of 8 or 16"
    index = entry.get("id")
    if index is not None and (not isinstance(index, int) or isinstance(index, bool)):
        raise ProfileError(f"{where}: 'id' must be a number, got {index!r}")
    label = ", ".join(
        f"{text} {entry[name]}"
        for name, text in (("id", "index"), ("version", "version"), ("fid", "DF"))
        if entry.get(name) not in {None, ""}
    )
    return FileKey(standard, role, raw, master, index, label), ""


def _standard(entry: Mapping[str, Any], where: str) -> str:
    """Whose key: as it says, else by its directory."""
    said = entry.get("standard")
    if isinstance(said, str) and said:
        return said
    aid, fid = entry.get("aid"), entry.get("fid")
    if said is None and not aid and not fid:
        raise ProfileError(
            f"{where} lacks 'standard': write tunion, lnt or own, or 'aid' or 'fid' of its "
            f"directory, {_FORM}"
        )
    if said is not None and not isinstance(said, str):
        raise ProfileError(f"{where}: 'standard' must be tunion, lnt or own, got {said!r}")
    if aid:
        raw = _hex(entry, "aid", where)
        return next((name for known, name in _AIDS if raw.startswith(known)), "own")
    return _FIDS.get(str(fid).upper(), "own")


def _role(entry: Mapping[str, Any], where: str) -> tuple[str | None, str]:
    """What for, None where no code is made with it; and the type in words."""
    if "type" in entry:
        kind = entry["type"]
        try:
            number = int(str(kind), 16)
        except ValueError:
            raise ProfileError(
                f"{where}: 'type' must be two hex digits like 3E, got {kind!r}"
            ) from None
        by_type = {value: role for role, value in ROLE_TYPES.items()}
        return by_type.get(number & _TYPE_BITS), str(kind)
    if "role" not in entry:
        raise ProfileError(f"{where} lacks 'type' (like 3E) or 'role' (like purchase), {_FORM}")
    role = entry["role"]
    if role not in ROLE_TYPES:
        known = ", ".join(ROLE_TYPES)
        raise ProfileError(f"{where}: 'role' must be one of {known}, got {role!r}")
    return role, role


def _hex(entry: Mapping[str, Any], name: str, where: str) -> bytes:
    if name not in entry:
        raise ProfileError(f"{where} lacks 'value' (a card's key) or 'master', in hex, {_FORM}")
    try:
        return bytes.fromhex(entry[name])
    except (TypeError, ValueError):
        raise ProfileError(f"{where}: {name!r} must be hex, two digits a byte, {_FORM}") from None


def _levels(path: str, said: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """How masters are divided, as the file says."""
    if not isinstance(said, dict):
        raise ProfileError(f"{path}: 'levels' must be an object like {{'lnt': ['card']}}")
    for standard, words in said.items():
        if standard not in STANDARDS or not isinstance(words, list):
            raise ProfileError(
                f"{path}: 'levels' has tunion, lnt or own, each with a list, got {standard!r}"
            )
        for word in words:
            if word not in {"issuer", "card"} and not _factor(word):
                raise ProfileError(
                    f"{path}: levels of {standard}: expected issuer, card or 16 hex digits, "
                    f"got {word!r}"
                )
        yield standard, tuple(words)


def _factor(word: Any) -> bool:
    try:
        return len(bytes.fromhex(word)) == _FACTOR
    except (TypeError, ValueError):
        return False
