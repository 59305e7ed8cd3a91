"""What a card image says of itself: for `card show`, for key lists, for reports.

Secrets never appear in a description; `list_keys` is the one function that gives keys.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Final

from ykt_sim.card.image import CardImage
from ykt_sim.card.model import CardState, Df, Ef, Key, Money, PurseState
from ykt_sim.codes import FileType, KeyType, Standard, aid_name

#: Standards whose files a decoder knows.
_PURSES: Final = tuple(Standard)


def describe(image: CardImage) -> dict[str, object]:
    """Structure and content of a card as plain data; bytes as hex, amounts in fen.

    Each file carries ``kind`` such as ``tunion:18`` when its application's standard is
    known, so that a decoder can be asked for it.
    """
    cells = image.cells
    card = cells[("card",)]
    if not isinstance(card, CardState):
        raise TypeError("card cell damaged")
    return {
        "profile": card.profile,
        "atr": card.atr.hex().upper(),
        "blocked": card.blocked,
        "ppse_lockout": card.ppse_lockout,
        "directories": [
            _directory(image, int(key[1]), value)
            for key, value in cells.items()
            if isinstance(value, Df)
        ],
    }


def _directory(image: CardImage, fid: int, df: Df) -> dict[str, object]:
    cells = image.cells
    found = [
        (str(key), int(key[2]), value)
        for key, value in cells.items()
        if key[0] == "ef" and key[1] == fid and isinstance(value, Ef)
    ]
    files = [
        _file(image, fid, number, df, value)
        for _, number, value in sorted(found, key=itemgetter(0))
    ]
    return {
        "fid": f"{fid:04X}",
        "name": df.name.hex().upper(),
        "title": aid_name(df.name) if df.name else "",
        "standard": df.standard,
        "blocked": ("no", "temporarily", "permanently")[df.blocked],
        "files": [entry for entry in files if entry],
        "purses": [
            _purse(image, int(key[2]), value)
            for key, value in cells.items()
            if key[0] == "purse" and key[1] == fid and isinstance(value, PurseState)
        ],
        "keys": [
            _key_line(int(key[2]), int(key[3]), value)
            for key, value in cells.items()
            if key[0] == "key" and key[1] == fid and isinstance(value, Key)
        ],
    }


def _file(image: CardImage, df_fid: int, fid: int, df: Df, ef: Ef) -> dict[str, object]:
    if ef.type in (FileType.KEY, FileType.PURSE):
        return {}
    data = image.cells.get(("data", df_fid, fid))
    content = [data] if isinstance(data, bytes) else list(data) if isinstance(data, tuple) else []
    return {
        "fid": f"{fid:04X}",
        "sfi": f"{fid & 0x1F:02X}",
        "type": FileType(ef.type).name.lower(),
        "kind": f"{df.standard}:{fid & 0x1F:02X}" if df.standard in _PURSES else "",
        "content": [item.hex().upper() for item in content],
    }


def _purse(image: CardImage, kind: int, purse: PurseState) -> dict[str, object]:
    money = image.cells[("money", purse.money)]
    if not isinstance(money, Money):
        raise TypeError("money cell damaged")
    proof = purse.proof
    return {
        "purse": "ED" if kind == 1 else "EP",
        "money": purse.money,
        "balance": money.available,
        "actual": money.actual,
        "overdraft_limit": money.limit,
        "overdrawn": money.overdrawn,
        "ceiling": purse.ceiling,
        "online_counter": purse.online,
        "offline_counter": purse.offline,
        "log": f"{purse.log_fid:04X}",
        "last_type": f"{proof.type:02X}" if proof else None,
        "last_number": proof.number if proof else None,
    }


def _key_line(key_type: int, key_id: int, key: Key) -> dict[str, object]:
    """A key without its value."""
    return {
        "type": f"{key_type:02X}",
        "name": KeyType(key_type).name,
        "id": key_id,
        "version": key.version,
        "algorithm": key.algorithm,
        "role": key.role,
        "tries": key.tries,
        "left": key.left,
    }


def list_keys(image: CardImage) -> list[dict[str, object]]:
    """Every key of a card with its value in hex: test keys, for people's own programs."""
    lines: list[dict[str, object]] = []
    for cell, value in image.cells.items():
        if cell[0] != "key" or not isinstance(value, Key):
            continue
        fid = int(cell[1])
        df = image.cells.get(("df", fid))
        name = df.name if isinstance(df, Df) else b""
        line: dict[str, object] = {"fid": f"{fid:04X}", "aid": name.hex().upper()}
        line |= {"standard": df.standard if isinstance(df, Df) else ""}
        line |= _key_line(int(cell[2]), int(cell[3]), value)
        line["value"] = value.value.hex().upper()
        lines.append(line)
    return lines
