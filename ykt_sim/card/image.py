"""Card images: everything persistent in a card, as versioned readable JSON.

The file names its format and version and carries a SHA-256 over its content, because an
image holds money: a file that was cut, edited or damaged is refused, and so is one from
a newer version. Bytes are written as ``hex:..`` text.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ykt_sim.card.model import (
    MAX_ISSUER_DATA,
    MAX_LIMIT,
    MF,
    CardState,
    CellKey,
    Cells,
    CellValue,
    Df,
    Ef,
    Key,
    Money,
    PurseState,
    misfit,
)
from ykt_sim.codes import KeyType, Tag
from ykt_sim.errors import ImageError
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.tlv import build_fci

FORMAT: Final = "ykt-card"
VERSION: Final = 1
_PREFIX: Final = "hex:"
#: A directory deeper than this below the MF is a loop of parents.
_MAX_DEPTH: Final = 16
_MAX_QUOTE: Final = 60
#: Bytes of an ATR: TS and T0, at most 32 behind TS [ISO/IEC 7816-3, 8.1].
_ATR: Final = range(2, 34)
#: Bytes of an answer of the short form, and of a value behind one length byte.
_MAX_ANSWER: Final = 256
_MAX_VALUE: Final = 127
#: First half of the first byte of a status word [ISO/IEC 7816-4, 5.6].
_STATUS: Final = (6, 9)

#: Cell kinds, their key shape (after the kind) and the type of their value.
_KINDS: Final[dict[str, tuple[tuple[type, ...], Any]]] = {
    "card": ((), CardState),
    "df": ((int,), Df),
    "ef": ((int, int), Ef),
    "data": ((int, int), bytes | tuple[bytes, ...]),
    "key": ((int, int, int), Key),
    "purse": ((int, int), PurseState),
    "money": ((str,), Money),
}


@dataclass(frozen=True)
class CardImage:
    """Persistent content of a card; `cells` must not be changed after construction."""

    cells: Cells

    def to_json(self) -> str:
        """Write the image as JSON text."""
        cells = [[list(key), _plain(value)] for key, value in self.cells.items()]
        body = {"format": FORMAT, "version": VERSION, "sha256": _digest(cells), "cells": cells}
        lines = ",\n  ".join(json.dumps(cell, ensure_ascii=False) for cell in cells)
        head = json.dumps({k: v for k, v in body.items() if k != "cells"}, ensure_ascii=False)
        return f'{head[:-1]}, "cells": [\n  {lines}\n]}}\n'

    @classmethod
    def from_json(cls, text: str) -> CardImage:
        """Read and check an image.

        Raises:
            ImageError: no JSON, another format, a newer version, a wrong checksum, a cell
                that does not fit, or amounts that break the purse's invariants.
        """
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ImageError(f"card image is damaged: no JSON ({error})") from None
        if not isinstance(body, dict) or body.get("format") != FORMAT:
            raise ImageError(f'card image expected: no "format": "{FORMAT}"')
        version = body.get("version")
        if not isinstance(version, int) or version < 1:
            raise ImageError(f"card image has no usable version: {_short(version)}")
        if version > VERSION:
            raise ImageError(
                f"card image is version {_short(version)};"
                f" this program reads up to {VERSION}: update it"
            )
        cells = body.get("cells")
        if not isinstance(cells, list):
            raise ImageError("card image is damaged: no list of cells")
        try:
            digest = _digest(cells)
        except UnicodeEncodeError:
            raise ImageError(
                "card image is damaged: half a character (a lone surrogate) in it"
            ) from None
        if body.get("sha256") != digest:
            raise ImageError("card image is damaged or was edited: its SHA-256 does not match")
        image = cls(dict(map(_cell, cells)))
        if len(image.cells) != len(cells):
            raise ImageError("card image is damaged: a cell stands in it twice")
        image.check()
        return image

    def check(self) -> None:
        """Raise ImageError when cells contradict each other or amounts are impossible."""
        cells, card = self.cells, self.cells.get(("card",))
        if not isinstance(card, CardState) or ("df", MF) not in cells:
            raise ImageError("card image is damaged: card cell or MF missing")
        if len(card.atr) not in _ATR:
            raise ImageError(f"ATR of {len(card.atr)} bytes, expected 2 to 33")
        for key, value in cells.items():
            if key[0] in ("ef", "data", "key", "purse") and ("df", key[1]) not in cells:
                raise ImageError(f"card image is damaged: {_name(key)} has no directory")
            if key[0] == "data" and ("ef", *key[1:]) not in cells:
                raise ImageError(f"card image is damaged: {_name(key)} has no file header")
            if isinstance(value, Df):
                self._check_parents(key)
                self._check_answers(key, value)
            elif isinstance(value, Ef):
                problem = misfit(value, cells.get(("data", *key[1:])))
                if problem:
                    raise ImageError(f"card image is damaged: {_name(key)}: {problem}")
            elif isinstance(value, Key):
                self._check_key(key, value)
            elif isinstance(value, PurseState):
                self._check_purse(key, value)

    def _check_parents(self, key: CellKey) -> None:
        fid = key[1]
        for _ in range(_MAX_DEPTH):
            if fid == MF:
                return
            df = self.cells.get(("df", fid))
            if not isinstance(df, Df):
                break
            fid = df.parent
        raise ImageError(f"card image is damaged: {_name(key)} has no parent directory")

    def _check_answers(self, key: CellKey, df: Df) -> None:
        """What the directory's own cells answer with is a status word, and not too long."""
        for sw in (df.select_sw, df.blocked_select_sw, df.locked_select_sw):
            if sw >> 12 not in _STATUS:
                raise ImageError(f"{_name(key)}: {sw:04X} is no status word")
        for tag, value in df.get_data:
            if len(value) > _MAX_VALUE:
                raise ImageError(f"{_name(key)}: data {tag:04X} is over {_MAX_VALUE} bytes")
        issuer = self.cells.get(("ef", key[1], TunionFile.APPLICATION))
        size = issuer.size if isinstance(issuer, Ef) else 0
        content = bytes(size if size <= MAX_ISSUER_DATA else 0)
        pairs = ((Tag.ISSUER_DATA, None),) if df.fci is None else df.fci
        told = [(tag, content if value is None else value) for tag, value in pairs]
        if len(build_fci(df.name, told, df.fci_trailing)) > _MAX_ANSWER:
            raise ImageError(f"{_name(key)}: its FCI is longer than {_MAX_ANSWER} bytes")

    @staticmethod
    def _check_key(cell: CellKey, key: Key) -> None:
        if cell[2] not in set(KeyType):
            raise ImageError(f"card image is damaged: {_name(cell)} is no known key type")
        if cell[2] != KeyType.PIN and len(key.value) not in (8, 16):
            raise ImageError(f"card image is damaged: {_name(cell)} is not 8 or 16 bytes long")
        if key.left > key.tries:
            raise ImageError(f"card image is damaged: {_name(cell)} has more tries left than tries")

    def _check_purse(self, key: CellKey, purse: PurseState) -> None:
        money = self.cells.get(("money", purse.money))
        if not isinstance(money, Money):
            raise ImageError(f"card image is damaged: {_name(key)} names no money")
        if not 0 <= money.actual <= purse.ceiling:
            raise ImageError(f"{_name(key)}: balance {money.actual} fen not in 0..{purse.ceiling}")
        if not 0 <= money.overdrawn <= money.limit <= MAX_LIMIT:
            raise ImageError(f"{_name(key)}: overdrawn {money.overdrawn} over limit {money.limit}")
        if purse.ceiling <= MAX_LIMIT < purse.ceiling + money.limit:
            raise ImageError(f"{_name(key)}: ceiling and limit {money.limit} are above FFFFFF")


def _short(value: object) -> str:
    """A value from a hostile file, short enough for one line."""
    text = repr(value)
    return text if len(text) <= _MAX_QUOTE else text[:_MAX_QUOTE] + ".."


def _name(key: CellKey) -> str:
    return " ".join(f"{part:04X}" if isinstance(part, int) else part for part in key)


def _digest(cells: object) -> str:
    text = json.dumps(cells, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: CellValue) -> Any:
    return _hex(msgspec.to_builtins(value, builtin_types=(bytes,)))


def _hex(value: Any) -> Any:
    if isinstance(value, bytes):
        return _PREFIX + value.hex().upper()
    if isinstance(value, dict):
        return {name: _hex(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hex(item) for item in value]
    return value


def _unhex(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_PREFIX):
        return bytes.fromhex(value[len(_PREFIX) :])
    if isinstance(value, dict):
        return {name: _unhex(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_unhex(item) for item in value]
    return value


def _cell(entry: object) -> tuple[CellKey, CellValue]:
    if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], list):
        raise ImageError("card image is damaged: a cell is not [key, value]")
    kind, *rest = entry[0] or [""]
    shape, type_ = _KINDS.get(kind, ((), None)) if isinstance(kind, str) else ((), None)
    if type_ is None or len(rest) != len(shape):
        raise ImageError(f"card image is damaged: unknown cell {_short(entry[0])}")
    if not all(type(part) is wanted for part, wanted in zip(rest, shape, strict=True)) or any(
        isinstance(part, int) and not 0 <= part <= 0xFFFF for part in rest
    ):
        raise ImageError(f"card image is damaged: cell key {_short(entry[0])} has the wrong types")
    try:
        value = msgspec.convert(_unhex(entry[1]), type_, builtin_types=(bytes,))
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        raise ImageError(f"card image is damaged: cell {_short(entry[0])}: {error}") from None
    return (kind, *rest), value
