"""Key files: keys of a card, or master keys and how a card's keys come from them.

The form is that of ``ykt card keys --json``::

    {"keys": [{"standard": "tunion", "type": "3E", "id": 1, "value": "00112233..."}],
     "levels": {"tunion": ["issuer", "card"]}}

A key says whose it is (``standard``, or ``aid`` or ``fid`` of its directory), what for (``type``
as on a card, or ``role``) and what it is: ``value`` for a card's own key, ``master`` for one that
is divided by what ``levels`` says, issuer and card number in that order where it says nothing. A
PSAM's key for ``80 1A`` has the standard ``psam``, its usage for a type and, where there are
several, its ``version``; it is divided by what the command sends.
What contradicts itself is refused; what is in the right form and of no use is named in
`KeyFile.unused`, a field that nobody knows too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ykt_sim.codes import AID_LNT_BASIC, AID_LNT_WALLET, AID_TUNION_EP, KeyType
from ykt_sim.errors import ProfileError
from ykt_sim.textfile import NoTextError, read_text

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
_PSAM: Final = "psam"
#: Standards whose keys codes are checked with; ``own`` is any other directory of a card.
STANDARDS: Final = ("tunion", "lnt", "own", _PSAM)
_KNOWN: Final = "tunion, lnt, own or psam"
_AIDS: Final = ((AID_TUNION_EP, "tunion"), (AID_LNT_BASIC, "lnt"), (AID_LNT_WALLET, "lnt"))
_FIDS: Final = {"DF05": "tunion", "DDF1": "lnt", "ADF3": "lnt"}
_TYPE_BITS: Final = 0x3F
_FORM: Final = "as ykt card keys --json prints"
_DES_SIZES: Final = frozenset({8, 16})
#: Bytes of a key file; the keys of a thousand cards are less.
_MOST: Final = 4 << 20
_FID: Final = re.compile(r"[0-9A-Fa-f]{4}")
_TYPE: Final = re.compile(r"(?:0[xX])?[0-9A-Fa-f]{2}")
#: Fields of a file and of a key: those that are read, and what ``ykt card keys`` prints besides.
_WHOLE: Final = frozenset({"notice", "keys", "levels"})
_ENTRY: Final = frozenset(
    {"standard", "aid", "fid", "type", "role", "value", "master", "id", "version",
     "name", "algorithm", "tries", "left"}
)  # fmt: skip
_FACTOR: Final = 8


@dataclass(frozen=True)
class FileKey:
    """One key of a key file.

    Attributes:
        standard: one of `STANDARDS`, or a word that no code is checked for.
        role: one of `ROLE_TYPES`; of a PSAM's key ``usage-28`` or ``usage-28-01``.
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
    document = _document(path)
    whole: dict[str, Any] = document if isinstance(document, dict) else {"keys": document}
    entries = whole.get("keys")
    if not isinstance(entries, list):
        raise ProfileError(f"{path}: expected a list of keys, {_FORM}")
    found: list[FileKey] = []
    strange = [
        f"{path}: {name!r} not used: no field of a key file"
        for name in sorted(whole.keys() - _WHOLE)
    ]
    unused: dict[str, list[str]] = {}
    for number, entry in enumerate(entries):
        where = f"{path}: key {number}"
        if not isinstance(entry, dict):
            raise ProfileError(f"{where}: expected an object with standard, type, value, {_FORM}")
        for name in sorted(entry.keys() - _ENTRY):
            unused.setdefault(f"{name!r} is no field of a key", []).append(str(number))
        key, why = _key(entry, where)
        if key is not None:
            why = _hidden(key, found)
        if key is not None and not why:
            found.append(key)
        else:
            unused.setdefault(why, []).append(str(number))
    lines = strange + [
        f"{path}: key{'s' if len(numbers) > 1 else ''} {', '.join(numbers)} not used: {why}"
        for why, numbers in unused.items()
    ]
    if not entries:
        lines.append(f"{path}: no key in it")
    levels = dict(_levels(path, whole.get("levels", {})))
    return KeyFile(str(whole.get("notice", "")), tuple(found), levels, tuple(lines))


def _document(path: str) -> Any:
    """What stands in the file, plain data."""
    try:
        size = Path(path).stat().st_size
        if size > _MOST:
            raise ProfileError(f"{path}: {size:,} bytes, a key file has {_MOST:,} at most")
        return json.loads(read_text(Path(path)), object_pairs_hook=_object)
    except (OSError, NoTextError) as error:
        raise ProfileError(f"{path}: {getattr(error, 'strerror', '') or error}") from None
    except (ValueError, RecursionError) as error:
        raise ProfileError(f"{path}: no JSON {_FORM} ({error})") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no field stands twice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} stands twice in one object")
        found[name] = value
    return found


def _hidden(key: FileKey, found: list[FileKey]) -> str:
    """Why a key would never be reached; empty where it would.

    A card's own key and a master may stand beside each other, and keys of different labels.
    """
    for one in found:
        if replace(one, value=key.value) == key:
            what = "the same" if one.value == key.value else "another"
            return f"{what} key of that standard, type, id and version stands before it"
    return ""


def _key(entry: Mapping[str, Any], where: str) -> tuple[FileKey | None, str]:
    """The key of one entry; or None and why it cannot be used."""
    role, kind = _usage(entry, where) if entry.get("standard") == _PSAM else _role(entry, where)
    if role is None:
        return None, f"no code is made with a key of type {kind}"
    standard = _standard(entry, where)
    master = "master" in entry
    if master and "value" in entry:
        raise ProfileError(f"{where} has 'value' and 'master': a key is one of them")
    name = "master" if master else "value"
    raw = _hex(entry, name, where)
    if standard not in STANDARDS:
        return None, f"no code is checked under standard {standard!r}, only {_KNOWN}"
    if role != "pin" and len(raw) not in _DES_SIZES:
        return None, f"a key of {len(raw)} bytes is no DES key of 8 or 16"
    index = _number(entry, "id", where)
    _number(entry, "version", where)
    label = ", ".join(
        f"{text} {entry[name]}"
        for name, text in (("id", "index"), ("version", "version"), ("fid", "DF"))
        if entry.get(name) is not None and entry[name] != ""
    )
    return FileKey(standard, role, raw, master, index, label), ""


def _number(entry: Mapping[str, Any], name: str, where: str) -> int | None:
    """A byte, or None where the entry has none."""
    value = entry.get(name)
    if value is None or (type(value) is int and 0 <= value <= 0xFF):
        return value
    raise ProfileError(f"{where}: {name!r} must be a number from 0 to 255, got {value!r}")


def _standard(entry: Mapping[str, Any], where: str) -> str:
    """Whose key: as it says, else by its directory."""
    said, aid, fid = entry.get("standard"), entry.get("aid"), entry.get("fid")
    if fid and not (isinstance(fid, str) and _FID.fullmatch(fid)):
        raise ProfileError(f"{where}: 'fid' must be four hex digits like 3F01, got {fid!r}")
    raw = _hex(entry, "aid", where) if aid else b""
    known = next((name for start, name in _AIDS if raw.startswith(start)), "own")
    if isinstance(said, str) and said:
        if aid and said in STANDARDS and known not in {said, "own"}:
            raise ProfileError(f"{where}: 'aid' {aid} is of {known}, 'standard' says {said}")
        return said
    if said is None and not aid and not fid:
        raise ProfileError(
            f"{where} lacks 'standard': write {_KNOWN}, or 'aid' or 'fid' of its directory, {_FORM}"
        )
    if said is not None and not isinstance(said, str):
        raise ProfileError(f"{where}: 'standard' must be {_KNOWN}, got {said!r}")
    if aid:
        return known
    return _FIDS.get(str(fid).upper(), "own")


def _usage(entry: Mapping[str, Any], where: str) -> tuple[str, str]:
    """What a PSAM's key is for: ``usage-28``, with the version where the entry has one."""
    kind = entry.get("type")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise ProfileError(
            f"{where}: 'type' of a PSAM's key must be its usage, two hex digits like 28, "
            f"got {kind!r}"
        )
    version = _number(entry, "version", where)
    role = f"usage-{int(kind, 16):02X}"
    return (role if version is None else f"{role}-{version:02X}"), kind


def _role(entry: Mapping[str, Any], where: str) -> tuple[str | None, str]:
    """What for, None where no code is made with it; and the type in words."""
    if "type" in entry:
        kind, said = entry["type"], entry.get("role")
        if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
            raise ProfileError(f"{where}: 'type' must be two hex digits like 3E, got {kind!r}")
        by_type = {value: role for role, value in ROLE_TYPES.items()}
        role = by_type.get(int(kind, 16) & _TYPE_BITS)
        if role and said in ROLE_TYPES and said != role:
            raise ProfileError(f"{where}: 'type' {kind} is {role}, 'role' says {said!r}")
        return role, kind
    if "role" not in entry:
        raise ProfileError(f"{where} lacks 'type' (like 3E) or 'role' (like purchase), {_FORM}")
    role = entry["role"]
    if not isinstance(role, str) or role not in ROLE_TYPES:
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
        if standard not in STANDARDS:
            raise ProfileError(f"{path}: 'levels' has {_KNOWN}, got {standard!r}")
        if not isinstance(words, list):
            raise ProfileError(
                f"{path}: levels of {standard}: expected a list like ['issuer', 'card'], "
                f"got {words!r}"
            )
        for word in words:
            if word not in ("issuer", "card") and not _factor(word):
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
