"""What a decoded field says, for reports: its colour, whether it is worth a place, its value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ykt_sim.codes import OpenIntEnum
from ykt_sim.meaning.said import MONEY, fen_of, said, says
from ykt_sim.meaning.spans import Span
from ykt_sim.wire.fields import FieldKind

#: Kind of field -> class in the style sheet; the others have no colour.
_CLASSES: Final[Mapping[FieldKind, str]] = {
    FieldKind.AMOUNT: "m",
    FieldKind.BALANCE: "m",
    FieldKind.IDENTITY: "i",
    FieldKind.COUNTER: "d",
    FieldKind.DATE: "d",
    FieldKind.RANDOM: "z",
    FieldKind.MAC1: "y",
    FieldKind.MAC2: "y",
    FieldKind.MAC3: "y",
    FieldKind.TAC: "y",
    FieldKind.LINE_MAC: "y",
    FieldKind.PERSONAL: "h",
}
_HEADER: Final = frozenset({"cla", "ins", "p1", "p2", "lc", "le", "sw"})
#: Bytes of a field that has no other meaning which are written out.
_LONG: Final = 24


def kind_class(kind: FieldKind) -> str:
    """Class of a field in the style sheet, or nothing."""
    return _CLASSES.get(kind, "")


def worth_saying(span: Span) -> bool:
    """False for headers, for what is reserved or unknown, and for bytes that are all zero."""
    if span.name in _HEADER or span.kind is FieldKind.RESERVED or span.name.startswith("unknown_"):
        return False
    return says(span)


def meaning(span: Span, fields: Mapping[str, object]) -> str:
    """Value of a field in words or digits; empty when it is personal."""
    value = span.value
    if span.kind is FieldKind.PERSONAL:
        return ""
    if isinstance(value, OpenIntEnum):
        return span.text
    if isinstance(value, int):
        if span.kind in MONEY:
            return _money(value, span.size)
        return said(span, fields) or str(value)
    return said(span, fields) or _digits(span.text)


def _digits(digits: str) -> str:
    if len(digits) <= 2 * _LONG:
        return digits
    return f"{digits[: 2 * _LONG]}… ({len(digits) // 2})"


def _money(value: int, size: int) -> str:
    fen, top = fen_of(value, size)
    return f"¥{fen // 100}.{fen % 100:02d}{' +0x80000000' if top else ''}"
