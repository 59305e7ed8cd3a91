"""What a decoded field says, for reports: its colour, whether it is worth a place, its value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ykt_sim.codes import OpenIntEnum
from ykt_sim.meaning.spans import TOP_BIT, Span
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
_MONEY: Final = frozenset({FieldKind.AMOUNT, FieldKind.BALANCE})
_HEADER: Final = frozenset({"cla", "ins", "p1", "p2", "lc", "le", "sw"})
_SAID_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "month_day": ("date", "date_without_year"),
    "hour_minute": ("time_of_day",),
    "df_name": ("application",),
}
#: Bytes of a field that has no other meaning which are written out.
_LONG: Final = 24


def kind_class(kind: FieldKind) -> str:
    """Class of a field in the style sheet, or nothing."""
    return _CLASSES.get(kind, "")


def worth_saying(span: Span) -> bool:
    """False for headers, for what is reserved or unknown, and for bytes that are all zero."""
    if span.name in _HEADER or span.kind is FieldKind.RESERVED or span.name.startswith("unknown_"):
        return False
    if isinstance(span.value, bytes):
        return any(span.value)
    return not isinstance(span.value, str) or span.value.strip("0") != ""


def meaning(span: Span, fields: Mapping[str, object]) -> str:
    """Value of a field in words or digits; empty when it is personal."""
    value = span.value
    if span.kind is FieldKind.PERSONAL:
        return ""
    if isinstance(value, OpenIntEnum):
        return span.text
    if isinstance(value, int):
        if span.kind in _MONEY:
            return _money(value, span.size)
        return str(fields.get(span.name.removesuffix("seconds") + "time") or value)
    if span.name in _SAID_BY:
        names = _SAID_BY[span.name]
    elif span.kind is FieldKind.DATE:
        names = (span.name.removesuffix("datetime") + "time",) if "datetime" in span.name else (
            (span.name,) if span.name + "_digits" in fields else ()
        )  # fmt: skip
    else:
        names = (span.name + "_number", span.name + "_text", span.name + "_name")
    said = next((fields[name] for name in names if fields.get(name)), None)
    return str(said) if said is not None else _digits(span.text)


def _digits(digits: str) -> str:
    if len(digits) <= 2 * _LONG:
        return digits
    return f"{digits[: 2 * _LONG]}… ({len(digits) // 2})"


def _money(fen: int, size: int) -> str:
    extra = ""
    if size == 4 and fen & TOP_BIT:
        fen, extra = fen & ~TOP_BIT, " +0x80000000"
    return f"¥{fen // 100}.{fen % 100:02d}{extra}"
