"""The APDU ladder: three lanes, terminal, card and PSAM; what passed, decoded.

::

              terminal card     PSAM
       0.001  |------->|        |  READ RECORD 读记录文件 EF 18 record 1
              |        |        |    00B201C417
              |<-------|        |  9000 success 成功
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ykt_sim.cli.kit.show import columns, meaning, span_lines, wrap
from ykt_sim.codes import OpenIntEnum
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.cryptograms import Checked, CodeVerdict
from ykt_sim.meaning.explain.words import cause
from ykt_sim.meaning.explain.words import to_json as to_data
from ykt_sim.meaning.said import says
from ykt_sim.meaning.spans import Decoded
from ykt_sim.meaning.understand import Piece
from ykt_sim.trace.model import Exchange, Note, Reset
from ykt_sim.trace.opening import printable
from ykt_sim.wire.fields import FieldKind

_GAP: Final = 8
_MARGIN: Final = 8
_IDLE: Final = f"|{' ' * _GAP}|{' ' * _GAP}|"
_LANES: Final = {
    ("card", ">"): f"|{'-' * (_GAP - 1)}>|{' ' * _GAP}|",
    ("card", "<"): f"|<{'-' * (_GAP - 1)}|{' ' * _GAP}|",
    ("sam", ">"): f"|{'-' * (2 * _GAP)}>|",
    ("sam", "<"): f"|<{'-' * (2 * _GAP)}|",
}
_GONE: Final = {
    "card": f"|{' ' * _GAP}X{' ' * _GAP}|",
    "sam": f"|{' ' * _GAP}|{' ' * _GAP}X",
}
#: What of an FCI or directory is worth a place in the ladder.
_FCI_FIELDS: Final = ("label", "issuer", "pan_number", "start_date", "expiry_date")
_MIN_TEXT: Final = 40


def heading() -> str:
    """Give the line over the lanes."""
    return f"{'':{_MARGIN}}{'terminal':<{_GAP + 1}}{'card':<{_GAP + 1}}PSAM"


def ladder(items: Iterable[Annotated], *, fields: bool = False) -> Iterator[str]:
    """Give the lines of a ladder.

    Args:
        items: annotated events.
        fields: list every field with its offset and bytes instead of a summary.
    """
    room = _room()
    for item in items:
        yield from _event(item, room, fields=fields)


def checked_ladder(items: Iterable[Checked], *, fields: bool, told: bool) -> Iterator[str]:
    """Give the lines of a ladder with a verdict under each code.

    Args:
        items: checked events.
        fields: as in `ladder`.
        told: say the verdicts; False where no keys were given.
    """
    room = _room()
    for item in items:
        yield from _event(item.understood.annotated, room, fields=fields)
        if told:
            for verdict in item.verdicts:
                yield from _row("", _IDLE, f"= {verdict}", room)
                if verdict.explanation is not None:
                    text = cause(verdict.explanation)
                    yield from _row("", _IDLE, text, room, indent=2)
            for place in item.mismatches:
                yield from _row("", _IDLE, f"! {place.name}: {place.why}", room)
            for one in item.causes:
                yield from _row("", _IDLE, f"? {one}", room)


def _room() -> int:
    return max(_MIN_TEXT, columns() - _MARGIN - len(_IDLE) - 2)


def _event(item: Annotated, room: int, *, fields: bool) -> Iterator[str]:
    event = item.event
    time = f"{event.t:.3f}".rjust(_MARGIN - 2) + "  "
    if isinstance(event, Exchange):
        yield from _exchange(item, event, time, room, fields=fields)
    elif isinstance(event, Note):
        yield from _row(time, _IDLE, printable(f"* {event.text}{_note(event)}"), room)
    elif isinstance(event, Reset):
        text = f"reset 复位, ATR {event.atr.hex().upper()}"
        yield from _row(time, _LANES[event.channel, ">"], text, room)
    else:
        yield from _row(time, _GONE[event.channel], "removed 离场", room)


def _exchange(
    item: Annotated, event: Exchange, time: str, room: int, *, fields: bool
) -> Iterator[str]:
    name = " ".join(part for part in (item.name, item.zh, item.target) if part)
    yield from _row(time, _LANES[event.channel, ">"], name, room)
    yield from _row("", _IDLE, event.command.hex().upper(), room, indent=2)
    if fields or not (item.target and item.name == "SELECT"):
        yield from _details(item.sent, room, fields=fields)
    if item.sw is None:
        answer = event.response.hex().upper() or "no answer"
    else:
        answer = f"{item.sw:04X} {item.sw_text} {item.sw_zh}"
    yield from _row("", _LANES[event.channel, "<"], answer, room)
    if len(event.response) > 2:
        yield from _row("", _IDLE, event.response[:-2].hex().upper(), room, indent=2)
    yield from _details(item.received, room, fields=fields)
    for remark in item.remarks:
        yield from _row("", _IDLE, f"! {remark}", room)


def _details(found: tuple[Decoded, ...], room: int, *, fields: bool) -> Iterator[str]:
    for one in found:
        if fields:
            yield from span_lines(one.spans, one.fields, " " * _MARGIN)
        elif text := summary(one):
            yield from _row("", _IDLE, text, room, indent=2)


def summary(one: Decoded) -> str:
    """Fields of a piece of data in a few words."""
    if one.empty:
        return "empty"
    if one.kind in {"fci", "ppse", "pse"}:
        parts = [f"{name} {one.fields[name]}" for name in _FCI_FIELDS if one.fields.get(name)]
        entries = one.fields.get("entries")
        for entry in entries if isinstance(entries, list) else ():
            parts.append(f"lists {entry['application']}")
        return ", ".join(parts)
    parts = []
    for span in one.spans:
        if span.kind in {FieldKind.RESERVED, FieldKind.PERSONAL}:
            continue
        if span.name.startswith("unknown_"):
            continue
        if not says(span):
            continue
        parts.append(f"{span.name} {meaning(span, one.fields) or span.text}")
    return ", ".join(parts)


def _note(event: Note) -> str:
    told = {name: value for name, value in event.data.items() if _worth_saying(value)}
    return ": " + ", ".join(f"{name} {value}" for name, value in told.items()) if told else ""


def _worth_saying(value: object) -> bool:
    return value is not None and value is not False and value != ""


def _row(time: str, lanes: str, text: str, room: int, indent: int = 0) -> Iterator[str]:
    first, *rest = wrap(text, room - indent) or [""]
    yield f"{time:{_MARGIN}}{lanes}  {' ' * indent}{first}".rstrip()
    for line in rest:
        yield f"{'':{_MARGIN}}{_IDLE}  {' ' * indent}{line}".rstrip()


def to_json(item: Annotated) -> dict[str, Any]:
    """One event as plain data."""
    event = item.event
    if isinstance(event, Note):
        return {"t": event.t, "event": "note", "text": event.text, "data": event.data}
    out: dict[str, Any] = {"t": event.t, "event": item.name, "channel": event.channel}
    if isinstance(event, Reset):
        return out | {"atr": event.atr.hex().upper()}
    if not isinstance(event, Exchange):
        return out
    out |= {
        "event": "exchange",
        "name": item.name,
        "zh": item.zh,
        "application": item.application.name.lower(),
        "target": item.target,
        "command": event.command.hex().upper(),
        "response": event.response.hex().upper(),
        "sw": None if item.sw is None else f"{item.sw:04X}",
        "sw_text": item.sw_text,
        "sw_zh": item.sw_zh,
        "sent": [one.to_json() for one in item.sent],
        "received": [one.to_json() for one in item.received],
        "remarks": list(item.remarks),
        "duration_ms": event.duration_ms,
    }
    return out


def checked_json(item: Checked) -> dict[str, Any]:
    """One event as plain data, with every byte's class and the verdict on every code."""
    known = item.understood
    out = to_json(known.annotated)
    if isinstance(known.event, Exchange):
        out["command_pieces"] = [_piece(piece) for piece in known.command]
        out["response_pieces"] = [_piece(piece) for piece in known.response]
        out["transaction"] = {
            "operation": known.operation or "",
            "phase": str(known.phase),
        }
        out["codes"] = [_code(verdict) for verdict in item.verdicts]
        out["mismatches"] = [place._asdict() for place in item.mismatches]
        if item.causes:
            out["causes"] = [{"en": one.en, "zh": one.zh} for one in item.causes]
    elif known.response:
        out["response_pieces"] = [_piece(piece) for piece in known.response]
    return out


def _piece(piece: Piece) -> dict[str, Any]:
    value = piece.value
    plain = value if isinstance(value, int | str) and not isinstance(value, OpenIntEnum) else None
    return {
        "offset": piece.offset,
        "size": piece.size,
        "name": piece.name,
        "zh": piece.zh,
        "class": str(piece.byte_class),
        "raw": piece.raw.hex().upper(),
        "value": piece.text if plain is None else plain,
    }


def _code(verdict: CodeVerdict) -> dict[str, Any]:
    expected, found = verdict.expected, verdict.explanation
    more = {} if found is None else {"explanation": to_data(found)}
    return more | {
        "side": verdict.side,
        "offset": verdict.offset,
        "size": verdict.size,
        "name": verdict.name,
        "status": str(verdict.status),
        "why": verdict.why,
        "expected": None if expected is None else expected.hex().upper(),
    }
