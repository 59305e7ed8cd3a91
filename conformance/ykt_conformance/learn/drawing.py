"""A machine drawn as SVG, without Graphviz: a box a state, in columns by its distance.

In each box stands what changes the state, a row each, with an arrow from the row to the state
behind it. What changes nothing is counted, and shown where the pointer rests on the box.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import msgspec

from ykt_conformance.learn.machine import Machine
from ykt_conformance.learn.rows import Marks, Row, rows

_CHAR: Final = 6.3
_LINE: Final = 16
_GAP_X: Final = 90
_GAP_Y: Final = 22
_EDGE: Final = 24
_NARROWEST: Final = 120
_PASSES: Final = 4
_STYLE: Final = """
text { font: 10.5px ui-monospace, "DejaVu Sans Mono", monospace; fill: #1c2733 }
.head { font-weight: bold }
.title { font: bold 15px sans-serif }
.refused { fill: #6b7783 }
.wrong { fill: #b00020; font-weight: bold }
rect { fill: #ffffff; stroke: #46525e; rx: 6 }
.first { stroke-width: 2.5 }
.band { fill: #e8eef4; stroke: none }
path { fill: none; stroke: #2f6f9f; stroke-width: 1.2 }
.back { stroke: #a9b6c2; stroke-dasharray: 4 3 }
.group { stroke-width: 3; stroke-dasharray: none }
.bad { stroke: #b00020; stroke-width: 2 }
"""


class _Box(msgspec.Struct):
    state: int
    column: int
    label: str
    rows: tuple[Row, ...]
    quiet: tuple[Row, ...]
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0

    @property
    def height(self) -> float:
        return _LINE * (1 + len(self.rows) + bool(self.quiet)) + 8

    def port(self, row: int) -> float:
        return self.y + _LINE * (1.5 + row) + 2


def svg(title: str, machine: Machine, labels: Sequence[str], marks: Marks) -> str:
    """The text of an SVG file; arguments as for `graph.dot`."""
    boxes = _boxes(machine, marks, labels)
    _place(boxes, _EDGE + 30)
    width = max(box.x + box.width for box in boxes) + _GAP_X
    height = max(box.y + box.height for box in boxes) + _EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" '
        'style="fill:context-stroke;stroke:none"/></marker></defs>',
        '<rect width="100%" height="100%" style="stroke:none;rx:0"/>',
        f'<text class="title" x="{_EDGE}" y="{_EDGE + 6}">{escape(title)}</text>',
    ]
    parts += _arrows(boxes)
    for box in boxes:
        parts += _drawn(box)
    return "\n".join((*parts, "</svg>", ""))


def _boxes(machine: Machine, marks: Marks, labels: Sequence[str]) -> list[_Box]:
    found = []
    for state, access in enumerate(machine.access):
        label = labels[state] if state < len(labels) else ""
        box = _Box(state, len(access), label, *rows(machine, marks, state))
        texts = [f"{state}  {label}", *(_text(row, state) for row in box.rows), _stays(box)]
        box.width = max(_NARROWEST, max(map(len, texts)) * _CHAR + 20)
        found.append(box)
    return found


def _text(row: Row, state: int) -> str:
    to = "stays" if row.move.target == state else f"> {row.move.target}"
    return f"{row.text}  {to}" + (f"  {row.rule}" if row.rule else "")


def _stays(box: _Box) -> str:
    return f"{len(box.quiet)} more change nothing" if box.quiet else ""


def _place(boxes: list[_Box], top: float) -> None:
    """Columns by distance; in each, boxes near those that lead to them."""
    columns: dict[int, list[_Box]] = {}
    for box in boxes:
        columns.setdefault(box.column, []).append(box)
    x: float = _EDGE
    for column in sorted(columns):
        for box in columns[column]:
            box.x = x
        x += max(box.width for box in columns[column]) + _GAP_X
    for _ in range(_PASSES):
        for column in sorted(columns):
            if column:
                columns[column].sort(key=lambda box: _pull(box, boxes))
            _stack(columns[column], top)
    tallest = max(_tall(column) for column in columns.values())
    for found in columns.values():
        _stack(found, top + (tallest - _tall(found)) / 2)


def _tall(column: Sequence[_Box]) -> float:
    return sum(box.height + _GAP_Y for box in column)


def _stack(column: Sequence[_Box], y: float) -> None:
    for box in column:
        box.y = y
        y += box.height + _GAP_Y


def _pull(box: _Box, boxes: Sequence[_Box]) -> float:
    """Where the arrows into a box come from, on average."""
    ports = [
        other.port(n)
        for other in boxes
        if other.column < box.column
        for n, row in enumerate(other.rows)
        if row.move.target == box.state
    ]
    return sum(ports) / len(ports) if ports else box.y


def _arrows(boxes: Sequence[_Box]) -> Iterator[str]:
    """One arrow for rows side by side that lead to one state; arrows back lie under the others."""
    arrows: dict[tuple[int, int, bool], list[int]] = {}
    for box in boxes:
        for n, row in enumerate(box.rows):
            if row.move.target != box.state:
                arrows.setdefault((box.state, row.move.target, bool(row.rule)), []).append(n)
    for arrow in sorted(arrows, key=lambda one: _ahead(boxes, one)):
        (state, target, bad), ports = arrow, arrows[arrow]
        box, to = boxes[state], boxes[target]
        ahead = to.column > box.column
        kind = "bad" if bad else "" if ahead else "back"
        x1, y1 = box.x + box.width, (box.port(ports[0]) + box.port(ports[-1])) / 2
        x2, y2 = (to.x if ahead else to.x + to.width), to.y + _LINE * 0.7
        bend = max((x2 - x1) / 2 if ahead else 0, _GAP_X * 0.55)
        back = -bend if ahead else bend
        curve = f"C{x1 + bend:.0f} {y1:.0f} {x2 + back:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
        if len(ports) > 1:
            side = f"M{x1:.0f} {box.port(ports[0]) - 6:.0f}V{box.port(ports[-1]) + 6:.0f}"
            yield f'<path class="{kind} group" d="{side}"/>'
        yield f'<path class="{kind}" marker-end="url(#tip)" d="M{x1:.0f} {y1:.0f}{curve}"/>'


def _ahead(boxes: Sequence[_Box], arrow: tuple[int, int, bool]) -> bool:
    return boxes[arrow[1]].column > boxes[arrow[0]].column


def _drawn(box: _Box) -> Iterator[str]:
    first = ' class="first"' if box.state == 0 else ""
    yield "<g>"
    if box.quiet:
        told = "\n".join(row.text for row in box.quiet)
        yield f"<title>{escape(told)}</title>"
    yield (
        f'<rect{first} x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" '
        f'height="{box.height:.0f}"/>'
    )
    yield (
        f'<rect class="band" x="{box.x + 1.5:.1f}" y="{box.y + 1.5:.1f}" '
        f'width="{box.width - 3:.1f}" height="{_LINE + 1}"/>'
    )
    yield _line(box, -1, f"{box.state}  {box.label}", "head")
    for n, row in enumerate(box.rows):
        kind = "wrong" if row.rule else "" if row.move.output.startswith("9000") else "refused"
        yield _line(box, n, _text(row, box.state), kind)
    if box.quiet:
        yield _line(box, len(box.rows), _stays(box), "refused")
    yield "</g>"


def _line(box: _Box, row: int, text: str, kind: str) -> str:
    return (
        f'<text class={quoteattr(kind)} xml:space="preserve" '
        f'x="{box.x + 8:.0f}" y="{box.port(row) + 4:.0f}">{escape(text)}</text>'
    )
