"""The APDU ladder as HTML: terminal | card | PSAM, decoded, the offending byte marked.

An exchange is two rows, command and answer: hex cut into its fields, then the fields in
words. The exchange that a fault speaks about also lists every field with its position.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, TypeAlias

from ykt_conformance.judge.judging import CASE
from ykt_conformance.judge.verdict import Fault, Subject
from ykt_conformance.report.html.fields import kind_class, meaning, worth_saying
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.html.marks import Mark, locate
from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, tag, text
from ykt_conformance.report.html.words import told
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.contents import target_zh
from ykt_sim.meaning.spans import Decoded, Span
from ykt_sim.meaning.story.noted import noted_once
from ykt_sim.trace.model import Exchange, Note, Reset

#: Bytes of an answer that are shown when nothing in it is wrong.
_ROOM: Final = 160
_HEADER: Final = 5
#: Zeros of more bytes than this are counted instead of written.
_ZEROS: Final = 8
#: Events of a recording that are shown in full; of longer ones, so many around the fault and
#: at both ends.
_EVENTS: Final = 300
_ENDS: Final = 60
#: Events of a case that go to paper with it: before the fault, and from it on.
_BEFORE, _AFTER = 8, 4
#: Places for the times; no text of a page can hold these marks.
_AT: Final = "\ufff0"
_TOOK: Final = "\ufff1"
#: A sentence with the same in Chinese behind it.
_BOTH: Final = re.compile("([^\u4e00-\u9fff]+) ([\u4e00-\u9fff].*)")
_NO_MARK: Final = Mark(None, frozenset())
Look: TypeAlias = Callable[[Span], Mapping[str, object]]


@dataclass
class Ladder:
    """Writes ladders; what was written for one exchange is used again for the same bytes.

    Attributes:
        hider: has learnt from all traces of the run.
    """

    hider: Hider
    _written: dict[tuple[object, ...], Safe] = field(default_factory=dict)

    def render(
        self,
        items: Sequence[Annotated],
        *,
        fault: Fault | None = None,
        subject: Subject = "card",
        only: range | None = None,
        anchor: str = "",
    ) -> Safe:
        """Rows of a trace, or of the events in ``only``.

        A list of those that do not go to paper with the failures is followed by one that goes
        there in its stead.

        Args:
            items: the whole trace, decoded.
            fault: what to mark.
            subject: whose fault it is.
            only: event numbers to show.
            anchor: gives every event the id ``<anchor>e<number>``.
        """
        shown = only if only is not None else _shown(len(items), fault)
        printed = only if only is not None else _printed(len(items), fault)
        lists: list[Safe] = []
        last = -1
        for far, numbers in groupby(shown, lambda number: number not in printed):
            rows: list[Safe] = []
            left = 0
            for number in numbers:
                if number > last + 1 and only is None:
                    left += number - last - 1
                    rows.append(_left_out(number - last - 1))
                last = number
                guilty = fault if fault is not None and fault.event == number else None
                name = f' id="{text(anchor)}e{number}"' if anchor else ""
                row = self._row(items[number], name, guilty, subject)
                if row:
                    rows.append(row)
                left += 1
            if not rows:
                continue
            lists.append(Safe(f'<ol class="l{" far" if far else ""}">{join(rows)}</ol>'))
            if far:
                lists.append(Safe(f'<ol class="l gap">{_left_out(left)}</ol>'))
        return join(lists) if lists else NOTHING

    def _row(self, item: Annotated, name: str, fault: Fault | None, subject: Subject) -> Safe:
        event = item.event
        at = f"<i>{event.t * 1000:.2f}</i>"
        if isinstance(event, Note):
            return self._note(item, at, name) if event.text != CASE else NOTHING
        lane = "c" if event.channel == "card" else "s"
        if isinstance(event, Exchange):
            took = "" if event.duration_ms is None else f"<i>+{milliseconds(event.duration_ms)}</i>"
            if fault is not None:
                body = self._exchange(item, event, fault, subject)
                body = Safe(body.replace(_AT, at).replace(_TOOK, took))
                return Safe(f'<li{name} class="{lane} bad">{body}</li>')
            key = (event.command, event.response, item.application, item.target,
                   item.name, item.remarks, lane)  # fmt: skip
            written = self._written.get(key)
            if written is None:
                written = self._exchange(item, event, None, subject)
                self._written[key] = written
            body = Safe(written.replace(_AT, at).replace(_TOOK, took))
            return Safe(f"<li{name} class={lane}>{body}</li>")
        what = both("reset", "复位") if isinstance(event, Reset) else both("removed", "离场")
        if isinstance(event, Reset):
            atr = self.hider.hex(event.atr)
            body = Safe(f"<p class=q>{at}{what} ATR <code>{text(atr)}</code></p>")
        else:
            body = Safe(f"<p class=x>{at}{what}</p>")
        return Safe(f"<li{name} class={lane}>{body}</li>")

    def _note(self, item: Annotated, at: str, name: str) -> Safe:
        words = noted_once(item)
        parts = [
            tag("span", both(part.en, part.zh), Safe(" "), told(part.value, self.hider.text))
            for part in words.parts
        ]
        said = both(self.hider.text(words.en), self.hider.text(words.zh))
        rest = Safe(f"<p class=f>{join(parts, ' ')}</p>") if parts else NOTHING
        return Safe(f"<li{name} class=n><p>{at}<strong>{said}</strong></p>{rest}</li>")

    def _exchange(
        self, item: Annotated, event: Exchange, fault: Fault | None, subject: Subject
    ) -> Safe:
        command = self.hider.hex(event.command, item.command_spans)
        response = self.hider.hex(event.response, item.response_spans)
        mark = locate(fault, subject, command, response) if fault else _NO_MARK
        places = {side: mark.places if mark.side == side else frozenset()
                  for side in ("command", "response")}  # fmt: skip
        sent, received = _placed_fields(item)
        zh = Safe(f" <b lang=zh>{text(item.zh)}</b>") if item.zh else NOTHING
        target = NOTHING
        if item.target:
            named = self.hider.text(item.target)
            target = Safe(f" <em>{both(named, target_zh(named))}</em>")
        shown = _hex(command, item.command_spans, places["command"], head=True)
        rows = [Safe(f"<p class=q>{_AT}{text(item.name)}{zh}{target} {shown}</p>")]
        rows.append(self._fields(item.command_spans, sent, command, places["command"]))
        rows.append(self._answer(item, event, response, places["response"]))
        rows.append(self._fields(item.response_spans, received, response, places["response"]))
        for remark in item.remarks:
            rows.append(Safe(f"<p class=w>{_apart(self.hider.text(remark))}</p>"))
        if fault is not None:
            rows.append(_blame(mark, item))
        return join(rows)

    def _answer(
        self, item: Annotated, event: Exchange, digits: str, places: frozenset[int]
    ) -> Safe:
        if not event.response:
            return Safe(f"<p class=x>{_TOOK}{both('no answer', '无应答')}</p>")
        said = both(item.sw_text, item.sw_zh) if item.sw is not None else NOTHING
        size = len(digits) // 2
        more = NOTHING
        if size > _ROOM and not places:
            left = size - _ROOM
            digits = digits[: 2 * _ROOM]
            more = both(f"… {left} bytes more", f"……还有 {left} 字节")
        shown = _hex(digits, item.response_spans, places)
        good = "" if item.sw == 0x9000 else " o"
        return Safe(f'<p class="r{good}">{_TOOK}{shown} {more}{said}</p>')

    def _fields(
        self,
        spans: Iterable[Span],
        fields: Look,
        digits: str,
        places: frozenset[int],
    ) -> Safe:
        """Fields in words; in a table, when one of them is wrong."""
        if places:
            return self._listed(spans, fields, digits, places)
        parts: list[str] = []
        for span in spans:
            if worth_saying(span):
                kind = kind_class(span.kind)
                cls = f" class={kind}" if kind else ""
                said = meaning(span, fields(span))
                shown = text(self.hider.text(said)) if said else both("hidden", "已隐去")
                parts.append(f"<span{cls}>{both(span.name, span.zh)} {shown}</span>")
        return Safe(f"<p class=f>{' '.join(parts)}</p>") if parts else NOTHING

    def _listed(
        self,
        spans: Iterable[Span],
        fields: Look,
        digits: str,
        places: frozenset[int],
    ) -> Safe:
        lines: list[Safe] = []
        for span in spans:
            hit = any(span.offset <= place < span.offset + span.size for place in places)
            own = digits[2 * span.offset : 2 * (span.offset + span.size)]
            here = frozenset(place - span.offset for place in places)
            said = text(self.hider.text(meaning(span, fields(span))))
            if span.name == "sw" or said == text(own):
                said = NOTHING
            row = (
                f"<th scope=row>{span.offset}</th><td>{_bytes(own, here)}</td>"
                f"<td>{both(span.name, span.zh)}</td><td>{said}</td>"
            )
            lines.append(Safe(f"<tr{' class=hit' if hit else ''}>{row}</tr>"))
        return Safe(f"<table class=t>{join(lines)}</table>") if lines else NOTHING


def _apart(remark: str) -> Safe:
    """A remark; where its Chinese stands behind it, each language by itself."""
    found = _BOTH.fullmatch(remark)
    return text(remark) if found is None else both(found[1], found[2])


def lanes(ladder: Safe) -> Safe:
    """A ladder under the names of its lanes."""
    if not ladder:
        return NOTHING
    names = (both("terminal", "终端"), both("card", "卡"), Safe("PSAM"))
    heads = tag("div", *(tag("span", name) for name in names), cls="lanes")
    return tag("div", heads, ladder, cls="ladder")


def _shown(count: int, fault: Fault | None) -> Iterable[int]:
    """Events that are shown: all, or both ends and those around the fault."""
    if count <= _EVENTS:
        return range(count)
    event = fault.event if fault is not None and fault.event is not None else 0
    around = range(max(event - _ENDS, 0), min(event + _ENDS, count))
    return sorted({*range(_ENDS), *around, *range(count - _ENDS, count)})


def _printed(count: int, fault: Fault | None) -> range:
    """Events that go to paper with the failures: those around the fault, else the last ones."""
    event = count if fault is None or fault.event is None else fault.event
    start = max(min(event - _BEFORE, count - _BEFORE - _AFTER), 0)
    return range(start, min(start + _BEFORE + _AFTER, count))


def _left_out(count: int) -> Safe:
    said = both(f"… {count} events, see trace.txt", f"……{count} 条见 trace.txt")
    return Safe(f"<li class=n><p>{said}</p></li>")


def _blame(mark: Mark, item: Annotated) -> Safe:
    """One line under the exchange: which byte of which field."""
    if mark.side is None:
        return tag("p", both("◄ the fault is in this exchange", "◄ 问题出在此条指令"), cls="here")
    spans = item.command_spans if mark.side == "command" else item.response_spans
    first = min(mark.places)
    inside = next((s for s in spans if s.offset <= first < s.offset + s.size), None)
    side = {"command": ("command", "命令"), "response": ("answer", "应答")}[mark.side]
    english, chinese = f"◄ {side[0]}, byte {first}", f"◄ {side[1]}第 {first} 字节"
    if inside is not None:
        english += f": byte {first - inside.offset} of {inside.name}"
        chinese += f"：{inside.zh or inside.name} 的第 {first - inside.offset} 字节"
    return tag("p", both(english, chinese), cls="here")


def _placed_fields(item: Annotated) -> tuple[Look, Look]:
    """The flat fields that belong to a span of the command, and of the answer."""

    def looker(found: tuple[Decoded, ...], start: int) -> Look:
        ends: list[tuple[int, Mapping[str, object]]] = []
        for one in found:
            start += len(one.data)
            ends.append((start, one.fields))

        def look(span: Span) -> Mapping[str, object]:
            return next((fields for end, fields in ends if span.offset < end), {})

        return look

    return looker(item.sent, _HEADER), looker(item.received, 0)


def _hex(digits: str, spans: Iterable[Span], places: frozenset[int], *, head: bool = False) -> Safe:
    """Hex with a gap between fields, coloured by kind, marked where it is wrong."""
    size = len(digits) // 2
    cursor = min(_HEADER, size) if head else 0
    parts: list[str] = [_bytes(digits[: 2 * cursor], places)] if cursor else []
    for span in spans:
        if span.offset < cursor or span.offset >= size:
            continue
        if span.offset > cursor:
            parts.append(_part(digits, cursor, span.offset, places))
        cursor = min(span.offset + span.size, size)
        shown = _part(digits, span.offset, cursor, places)
        kind = kind_class(span.kind)
        parts.append(f"<u class={kind}>{shown}</u>" if kind else shown)
    if cursor < size:
        parts.append(_part(digits, cursor, size, places))
    return Safe(f"<code>{' '.join(parts)}</code>")


def _part(digits: str, start: int, end: int, places: frozenset[int]) -> str:
    here = frozenset(place - start for place in places if start <= place < end)
    return _bytes(digits[2 * start : 2 * end], here)


def _bytes(digits: str, places: frozenset[int]) -> Safe:
    if not places:
        size = len(digits) // 2
        return text(digits if size <= _ZEROS or digits.strip("0") else f"00×{size}")
    return join(
        tag("mark", text(digits[2 * place : 2 * place + 2]))
        if place in places
        else text(digits[2 * place : 2 * place + 2])
        for place in range(len(digits) // 2)
    )


def milliseconds(value: float) -> str:
    """Three digits are enough: ``0.052 ms``, ``23.1 ms``, ``1240 ms``."""
    if value >= 100:
        return f"{value:.0f} ms"
    if value >= 10:
        return f"{value:.1f} ms"
    return f"{value:.2f} ms" if value >= 1 else f"{value:.3f} ms"
