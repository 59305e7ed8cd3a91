"""Plots of time as inline SVG; what a plot shows is also said in words beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from ykt_conformance.report.html.ladder import milliseconds
from ykt_conformance.report.html.markup import Safe, both, join, tag, text
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.trace.model import Exchange

_WIDE: Final = 1000
_LANE: Final = 14
_LANES: Final = (
    ("terminal", "终端", "t"),
    ("card", "卡", "c"),
    ("PSAM", "PSAM", "s"),
)


@dataclass(frozen=True)
class Timed:
    """One exchange in time; milliseconds. ``zh`` is the command's Chinese name."""

    name: str
    zh: str
    channel: str
    start: float
    took: float


def steps(items: Iterable[Annotated]) -> list[Timed]:
    """Exchanges whose time was measured."""
    found = []
    for item in items:
        event = item.event
        if isinstance(event, Exchange) and event.duration_ms is not None:
            zh = item.zh or item.name
            found.append(Timed(item.name, zh, event.channel, event.t * 1000, event.duration_ms))
    return found


def case_plot(found: Sequence[Timed]) -> Safe:
    """Who was busy when: a bar for each step, the gaps between them are the terminal's."""
    if not found:
        return tag("p", both("No times were measured.", "没有测量时间。"), cls="quiet")
    begin = found[0].start
    end = max(step.start + step.took for step in found)
    whole = max(end - begin, 1e-6)
    bars: dict[str, list[str]] = {"t": [], "c": [], "s": []}
    last = begin
    for step in found:
        _bar(bars["t"], last - begin, step.start - begin, whole, 0)
        lane = 1 if step.channel == "card" else 2
        _bar(bars["c" if lane == 1 else "s"], step.start - begin,
             step.start + step.took - begin, whole, lane)  # fmt: skip
        last = max(last, step.start + step.took)
    spent = {name: sum(step.took for step in found if step.channel == name)
             for name in ("card", "sam")}  # fmt: skip
    slowest = max(found, key=lambda step: step.took)
    sam = [step for step in found if step.channel == "sam"]
    lanes = _LANES if sam else _LANES[:2]
    drawn = join(
        Safe(f'<path class="{cls}" d="{"".join(bars[cls])}"/>') for _, _, cls in lanes if bars[cls]
    )
    high = _LANE * len(lanes)
    picture = (
        f'<svg viewBox="0 0 {_WIDE} {high}" preserveAspectRatio="none" '
        f'aria-hidden="true">{drawn}</svg>'
    )
    names = join(tag("span", both(english, chinese)) for english, chinese, _ in lanes)
    rest = max(whole - spent["card"] - spent["sam"], 0.0)
    words = _words(len(found), whole, spent, rest, slowest, sam=bool(sam))
    return Safe(f'<figure class="when{" two" if not sam else ""}"><div class="names">{names}</div>'
                f"{picture}<figcaption>{words}</figcaption></figure>")  # fmt: skip


def _words(
    count: int, whole: float, spent: Mapping[str, float], rest: float, slowest: Timed, *, sam: bool
) -> Safe:
    english = [f"{count} steps in {milliseconds(whole)}: card {milliseconds(spent['card'])}"]
    chinese = [f"{count} 步，共 {milliseconds(whole)}：卡 {milliseconds(spent['card'])}"]
    if sam:
        english.append(f"PSAM {milliseconds(spent['sam'])}")
        chinese.append(f"PSAM {milliseconds(spent['sam'])}")
    english.append(f"terminal {milliseconds(rest)}")
    chinese.append(f"终端 {milliseconds(rest)}")
    slow = milliseconds(slowest.took)
    return both(f"{', '.join(english)}; slowest: {slowest.name} {slow}",
                f"{'，'.join(chinese)}；最慢：{slowest.zh} {slow}")  # fmt: skip


def _bar(bars: list[str], start: float, end: float, whole: float, lane: int) -> None:
    """Append a box from start to end; at least a hair wide when it has any length."""
    if end <= start:
        return
    left = round(start / whole * _WIDE)
    width = max(round(end / whole * _WIDE) - left, 1)
    top = lane * _LANE + 2
    bars.append(f"M{left} {top}h{width}v{_LANE - 4}h-{width}z")


def run_plot(found: Sequence[Timed]) -> Safe:
    """Every step of a run as a dot in the row of its command, on a logarithmic axis."""
    measured = [step for step in found if step.took > 0]
    if not measured:
        return tag("p", both("No times were measured.", "没有测量时间。"), cls="quiet")
    low = math.floor(math.log10(min(step.took for step in measured)))
    high = max(math.ceil(math.log10(max(step.took for step in measured))), low + 1)
    rows: dict[tuple[str, str, str], list[float]] = {}
    for step in measured:
        rows.setdefault((step.channel, step.name, step.zh), []).append(step.took)
    lines = []
    ordered = sorted(rows.items(), key=lambda row: (row[0][0], -median(row[1]), row[0][1]))
    for (channel, name, zh), times in ordered:
        psam = channel == "sam"
        shown = both(
            f"PSAM {name}" if psam and "PSAM" not in name else name,
            f"PSAM {zh}" if psam and "PSAM" not in zh else zh,
        )
        lines.append(
            Safe(
                f'<tr><th scope="row">{shown}</th><td>{len(times)}</td>'
                f"<td>{milliseconds(median(times))}</td><td>{milliseconds(max(times))}</td>"
                f'<td class="dots">{_dots(times, low, high, channel)}</td></tr>'
            )
        )
    decades = range(low, high + 1)
    ticks = join(tag("span", text(_tick(decade))) for decade in decades)
    head = join(
        Safe(f'<th scope="col">{name}</th>')
        for name in (
            both("command", "命令"),
            both("steps", "次数"),
            both("median", "中位"),
            both("longest", "最长"),
        )
    )
    return Safe(
        f'<table class="times"><thead><tr>{head}<td><div class="ticks">{ticks}</div></td></tr>'
        f"</thead><tbody>{join(lines)}</tbody></table>"
    )


def _tick(decade: int) -> str:
    return f"{10.0**decade:g} ms"


def _dots(times: Sequence[float], low: int, high: int, channel: str) -> str:
    """Dots of one row; equal places are drawn once. Grid lines at the decades."""
    span = high - low
    places = sorted({round((math.log10(time) - low) / span * _WIDE) for time in times})
    grid = "".join(f"M{round(n / span * _WIDE)} 0v20" for n in range(span + 1))
    dots = "".join(f"M{place} 10h0" for place in places)
    middle = round((math.log10(median(times)) - low) / span * _WIDE)
    cls = "c" if channel == "card" else "s"
    return (
        f'<svg viewBox="0 0 {_WIDE} 20" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="grid" d="{grid}"/><path class="dot {cls}" d="{dots}"/>'
        f'<path class="mid" d="M{middle} 3v14"/></svg>'
    )
