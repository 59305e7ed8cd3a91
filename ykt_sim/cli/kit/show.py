"""Lines of text for decoded bytes: one field a line, offset, bytes and meaning."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from ykt_sim.cli.kit.render import yuan
from ykt_sim.codes import OpenIntEnum
from ykt_sim.meaning.said import MONEY, fen_of, is_date, said
from ykt_sim.meaning.spans import Decoded, Span
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.fits import is_no_balance

#: Zeros of more bytes than this are counted instead of written.
_LONG: Final = 16
#: Characters of a text whose width is remembered.
_KEPT: Final = 400
_TLV_KINDS: Final = frozenset({"fci", "ppse", "pse"})


def width(text: str) -> int:
    """Columns a text takes; Chinese characters take two."""
    if text.isascii():
        return len(text)
    return _kept_width(text) if len(text) <= _KEPT else _width(text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


_kept_width = lru_cache(maxsize=1024)(_width)


def fill(text: str, columns: int) -> str:
    """Text with blanks up to a number of columns."""
    return text + " " * max(0, columns - width(text))


def columns() -> int:
    """Width of the terminal, 80 when piped."""
    return shutil.get_terminal_size().columns


def wrap(text: str, room: int) -> list[str]:
    """Break text into lines of at most ``room`` columns, inside long words if need be."""
    if text and text[0] != " " and len(text) <= room and width(text) <= room:
        return [text]
    lines: list[str] = []
    line, taken = "", 0
    for word in text.split(" "):
        needed = width(word)
        joined = taken + 1 + needed if line else needed
        if joined <= room:
            line, taken = f"{line} {word}" if line else word, joined
            continue
        if line:
            lines.append(line)
        *whole, line = _pieces(word, needed, room)
        lines += whole
        taken = width(line)
    if line:
        lines.append(line)
    return lines


def _pieces(word: str, needed: int, room: int) -> list[str]:
    """A word that takes ``needed`` columns in pieces that take ``room`` at most."""
    last = next((at for at in range(len(word) - 1, -1, -1) if not word[at].isascii()), -1)
    pieces, at = [], 0
    while needed > room and at < len(word):
        cut = max(1, room & ~1 if at > last else room // 2)  # whole bytes of hex
        pieces.append(word[at : at + cut])
        needed -= width(pieces[-1])
        at += cut
    return [*pieces, word[at:]]


def meaning(span: Span, fields: Mapping[str, object]) -> str:
    """What a field says, beyond its hex digits; empty when it says nothing more."""
    value = span.value
    if isinstance(value, OpenIntEnum):
        return value.name
    if isinstance(value, int):
        if span.kind is FieldKind.BALANCE and is_no_balance(value):
            return "no balance"
        if span.kind in MONEY:
            return f"{money(value, span.size)} yuan"
        return said(span, fields) or str(value)
    return said(span, fields) or ("no date" if is_date(span, fields) else "")


def money(value: int, size: int = 4) -> str:
    """Fen of a field as yuan; the top bit that some cards set in a balance is named."""
    fen, top = fen_of(value, size)
    return f"{yuan(fen)} (top bit set)" if top else yuan(fen)


def decoded_lines(found: Decoded) -> Iterator[str]:
    """Headline, then a line for each field, or for each tag and what was read in it."""
    fields = found.fields
    title = f"{found.kind}  {found.record or 'raw'}, {len(found.data)} bytes"
    if found.empty:
        title += ", empty: never written"
    if fields.get("complete") is False:
        title += ", incomplete"
    if "command" in fields:
        title += f": {fields['command']} {fields['command_zh']}, case {fields['case']}"
    yield title
    if "remark" in fields:
        yield f"  {fields['remark']}"
    if found.kind in _TLV_KINDS:
        yield from _named_lines(fields)
    else:
        yield from span_lines(found.spans, fields)
    yield from (f"  ! {line}" for line in found.remarks)


def _named_lines(fields: Mapping[str, object]) -> Iterator[str]:
    for name, value in fields.items():
        if value in (None, "", []) or name.endswith("_digits"):
            continue
        if isinstance(value, Mapping):
            yield f"  {name}"
            yield from (f"    {key:<6} {item}" for key, item in value.items())
        elif isinstance(value, list):
            yield f"  {name}"
            for item in value:
                parts = item.items() if isinstance(item, Mapping) else ()
                yield "    " + ", ".join(f"{key} {part}" for key, part in parts if part)
        else:
            yield f"  {name:<18} {value}"


def span_lines(
    spans: tuple[Span, ...], fields: Mapping[str, object], indent: str = ""
) -> Iterator[str]:
    """Give one line for each field: offset, name, Chinese name, bytes, meaning."""
    names = max((len(span.name) for span in spans), default=0)
    terms = max((width(span.zh) for span in spans), default=0)
    for span in spans:
        left = f"{indent}{span.offset:>4}  {span.name:<{names}}  {fill(span.zh, terms)}"
        digits = _digits(span)
        yield f"{left}  {fill(digits, 16)}  {meaning(span, fields)}".rstrip()


def _digits(span: Span) -> str:
    value = span.value
    if isinstance(value, bytes):
        if len(value) > _LONG and not any(value):
            return f"00 x {len(value)}"
        return value.hex().upper()
    return f"{int(value):0{2 * span.size}X}" if isinstance(value, int) else str(value)
