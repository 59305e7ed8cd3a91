"""What a field says, by the values decoded beside it: the same in a listing and in a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ykt_sim.meaning.spans import TOP_BIT, Span
from ykt_sim.wire.fields import FieldKind

#: Kinds of fields that hold fen.
MONEY: Final = frozenset({FieldKind.AMOUNT, FieldKind.BALANCE})
#: Decoded values that speak for a field and are not named after it.
_SAID_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "month_day": ("date", "date_without_year"),
    "hour_minute": ("time_of_day",),
    "df_name": ("application",),
    "sw": ("sw_text",),
}


def says(span: Span) -> bool:
    """False for bytes and digits that are all zero: nothing was written there."""
    value = span.value
    if isinstance(value, bytes):
        return any(value)
    return not isinstance(value, str) or value.strip("0") != ""


def said(span: Span, fields: Mapping[str, object]) -> str:
    """What the values beside a field say of it; empty when they say nothing.

    Args:
        span: the field; for one that holds fen or an enumeration its own value says more.
        fields: flat values of the record it lies in (`spans.json_fields`).
    """
    name = span.name
    if isinstance(span.value, int):
        names: tuple[str, ...] = (name.removesuffix("seconds") + "time",)
    elif name in _SAID_BY:
        names = _SAID_BY[name]
    elif span.kind is FieldKind.DATE:
        names = (name.removesuffix("datetime") + "time",) if name.endswith("datetime") else (name,)
        names = names if is_date(span, fields) else ()
    else:
        names = (name + "_number", name + "_text", name + "_name")
    for name in names:
        if found := fields.get(name):
            return str(found)
    return ""


def is_date(span: Span, fields: Mapping[str, object]) -> bool:
    """True for digits that stand for a whole date or time, though they may be none."""
    whole = span.name.endswith("datetime") or span.name + "_digits" in fields
    return span.kind is FieldKind.DATE and whole


def fen_of(value: int, size: int) -> tuple[int, bool]:
    """Fen of a field of some bytes, and whether it has the top bit that some cards set."""
    top = size == 4 and bool(value & TOP_BIT)
    return (value & ~TOP_BIT if top else value), top
