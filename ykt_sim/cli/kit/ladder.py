"""The APDU ladder: three lanes, terminal, card and PSAM; what passed, decoded.

::

              terminal card     PSAM
       0.001  |------->|        |  READ RECORD 读记录文件 EF 18 record 1
              |        |        |    00B201C417
              |<-------|        |  9000 success 成功
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from ykt_sim.cli.kit.colour import Paint, Tone, plain
from ykt_sim.cli.kit.show import columns, meaning, span_lines, wrap
from ykt_sim.codes import SW, OpenIntEnum
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.cryptograms import Checked, CodeVerdict, Status
from ykt_sim.meaning.explain.words import cause
from ykt_sim.meaning.explain.words import to_json as to_data
from ykt_sim.meaning.said import says
from ykt_sim.meaning.spans import Decoded
from ykt_sim.meaning.story.noted import noted
from ykt_sim.meaning.understand import Piece
from ykt_sim.trace.model import Exchange, Note, Reset
from ykt_sim.trace.opening import printable
from ykt_sim.wire.fields import FieldKind

_GAP: Final = 8
_MARGIN: Final = 8
_BLANK: Final = " " * _MARGIN
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
_NOT_TOLD: Final = frozenset({FieldKind.RESERVED, FieldKind.PERSONAL})
#: What of an FCI or directory is worth a place in the ladder.
_FCI_FIELDS: Final = ("label", "issuer", "pan_number", "start_date", "expiry_date")
_MIN_TEXT: Final = 40
#: Rows that are kept as they are written, and the characters that one may have for it.
_KEPT: Final = 4096
_SHORT: Final = 600
_NOTHING: Final[list[str]] = []
_TONES: Final = {
    Status.VALID: Tone.GOOD, Status.WRONG: Tone.BAD, Status.NOT_CHECKABLE: Tone.PLAIN,
}  # fmt: skip


def heading() -> str:
    """Give the line over the lanes."""
    return f"{'':{_MARGIN}}{'terminal':<{_GAP + 1}}{'card':<{_GAP + 1}}PSAM"


class Row(NamedTuple):
    """One row of an exchange before it is written; without lanes a line as it stands."""

    lanes: str
    text: str
    indent: int = 0
    tone: Tone = Tone.PLAIN


class Pen(msgspec.Struct, frozen=True):
    """How lines of a ladder are written.

    Attributes:
        hide: takes out of a text what must not be seen.
        paint: gives a text its colour.
        learnt: grows whenever `hide` takes out more than before.
        room: columns for what stands beside the lanes.
        kept: rows as they are written, with what was learnt when they were made.
    """

    hide: Callable[[str], str] = str
    paint: Paint = plain
    learnt: Callable[[], int] = int
    room: int = msgspec.field(
        default_factory=lambda: max(_MIN_TEXT, columns() - _MARGIN - len(_IDLE) - 2)
    )
    kept: dict[Row, tuple[int, list[str]]] = msgspec.field(default_factory=dict)

    def row(
        self, time: str, lanes: str, text: str, indent: int = 0, tone: Tone = Tone.PLAIN
    ) -> list[str]:
        """One row, and more of them where the text needs them."""
        first, *rest = wrap(self.hide(text), self.room - indent) or [""]
        blank = " " * indent
        lines = [f"{time:{_MARGIN}}{lanes}  {blank}{self.paint(first, tone)}".rstrip()]
        for line in rest:
            lines.append(f"{_BLANK}{_IDLE}  {blank}{self.paint(line, tone)}".rstrip())
        return lines

    def exchange(self, item: Annotated, time: str, *, fields: bool) -> list[str]:
        """All rows of an exchange; equal ones are made once, until more is to be hidden."""
        learnt, lines = self.learnt(), []
        for row in item.once(_all_rows if fields else _rows):
            known, made = self.kept.get(row, (-1, _NOTHING))
            if known != learnt:
                made = self.row("", *row) if row.lanes else [self.hide(row.text)]
                if len(self.kept) >= _KEPT:
                    self.kept.clear()
                if len(row.text) <= _SHORT:
                    self.kept[row] = learnt, made
            lines += made
        lines[0] = f"{time:{_MARGIN}}{lines[0][_MARGIN:]}"
        return lines


def ladder(items: Iterable[Annotated], pen: Pen) -> Iterator[str]:
    """Give the lines of a ladder of annotated events."""
    for item in items:
        yield from _event(item, pen, fields=False)


def checked_ladder(
    items: Iterable[Checked], *, fields: bool, told: bool, pen: Pen | None = None
) -> Iterator[str]:
    """Give the lines of a ladder with a verdict under each code and a cause under each refusal.

    Args:
        items: checked events.
        fields: list every field with its offset and bytes instead of a summary.
        told: say the verdicts; False where no keys were given.
        pen: how to write; None for plainly, with everything in it.
    """
    pen = Pen() if pen is None else pen
    for item in items:
        yield from checked_rows(item, pen, fields=fields, told=told)


def checked_rows(item: Checked, pen: Pen, *, fields: bool, told: bool) -> list[str]:
    """The lines of one event; arguments as in `checked_ladder`."""
    lines = _event(item.understood.annotated, pen, fields=fields)
    if told:
        lines += _verdicts(item, pen)
    for one in item.causes:
        lines += pen.row("", _IDLE, f"? {one}", tone=Tone.DOUBT)
    return lines


def _verdicts(item: Checked, pen: Pen) -> Iterator[str]:
    for verdict in item.verdicts:
        yield from pen.row("", _IDLE, f"= {verdict}", tone=_TONES[verdict.status])
        if verdict.explanation is not None:
            text = cause(verdict.explanation)
            yield from pen.row("", _IDLE, text, indent=2, tone=Tone.DOUBT)
    for place in item.mismatches:
        yield from pen.row("", _IDLE, f"! {place.name}: {place.why}", tone=Tone.BAD)


def _event(item: Annotated, pen: Pen, *, fields: bool) -> list[str]:
    event = item.event
    time = f"{event.t:.3f}".rjust(_MARGIN - 2) + "  "
    if isinstance(event, Exchange):
        return pen.exchange(item, time, fields=fields)
    if isinstance(event, Note):
        return pen.row(time, _IDLE, printable(f"* {noted(event)}"))
    if isinstance(event, Reset):
        text = f"reset 复位, ATR {event.atr.hex().upper()}"
        return pen.row(time, _LANES[event.channel, ">"], text)
    return pen.row(time, _GONE[event.channel], "removed 离场")


def _rows(item: Annotated) -> list[Row]:
    return list(_exchange(item, fields=False))


def _all_rows(item: Annotated) -> list[Row]:
    return list(_exchange(item, fields=True))


def _exchange(item: Annotated, *, fields: bool) -> Iterator[Row]:
    event = item.event
    if not isinstance(event, Exchange):
        return
    name = " ".join(filter(None, (item.name, item.zh, item.target)))
    yield Row(_LANES[event.channel, ">"], name, tone=Tone.HEAD)
    yield Row(_IDLE, event.command.hex().upper(), indent=2)
    if fields or not (item.target and item.name == "SELECT"):
        yield from _details(item.sent, fields=fields)
    if item.sw is None:
        answer = event.response.hex().upper() or "no answer"
    else:
        answer = f"{item.sw:04X} {item.sw_text} {item.sw_zh}"
    yield Row(_LANES[event.channel, "<"], answer, tone=_answer_tone(item.sw))
    if len(event.response) > 2:
        yield Row(_IDLE, event.response[:-2].hex().upper(), indent=2)
    yield from _details(item.received, fields=fields)
    for remark in item.remarks:
        yield Row(_IDLE, f"! {remark}", tone=Tone.DOUBT)


def _answer_tone(sw: int | None) -> Tone:
    if sw is None:
        return Tone.BAD
    if sw == SW.OK:
        return Tone.GOOD
    return Tone.PLAIN if sw >> 8 in {0x61, 0x6C} else Tone.DOUBT


def _details(found: tuple[Decoded, ...], *, fields: bool) -> Iterator[Row]:
    for one in found:
        if fields:
            for line in span_lines(one.spans, one.fields, " " * _MARGIN):
                yield Row("", line)
        elif text := summary(one):
            yield Row(_IDLE, text, indent=2)


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
        if span.kind in _NOT_TOLD or span.name.startswith("unknown_"):
            continue
        if not says(span):
            continue
        parts.append(f"{span.name} {meaning(span, one.fields) or span.text}")
    return ", ".join(parts)


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
