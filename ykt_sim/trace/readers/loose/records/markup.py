"""XML and HTML: each element that is a record of an exchange as one line of JSON.

Which elements those are is told by the beginning of the file, as for JSON (`objects`): one
whose attributes and inner elements give a command and an answer, or one side and its bytes; or
the rows of an HTML table, whose first row has the names. Lines around them stay what they are.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from ykt_sim.trace.readers.base import MAX_LINE, Line
from ykt_sim.trace.readers.loose.records.columns import tells_exchanges

_TAG: Final = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z_][\w:.-]{0,60})"
    r"(?P<fields>(?:\s+[\w:.-]{1,60}\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*(?P<alone>/?)>"
)
_FIELD: Final = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TAGS: Final = re.compile(r"<[^<>]{0,200}>")
_CELL: Final = re.compile(r"<t[dh]\b[^<>]*>(.*?)</t[dh]\s*>", re.DOTALL | re.IGNORECASE)
_ROW: Final = "tr"
#: Deeper documents are nobody's log.
_DEEPEST: Final = 50


class Element(NamedTuple):
    """An element that is a record.

    Attributes:
        name: of the element.
        columns: names of the cells of an HTML table, empty for XML.
    """

    name: str
    columns: tuple[str, ...] = ()


def _text(text: str) -> str:
    return html.unescape(_TAGS.sub(" ", text)).strip()


def _fields(text: str) -> dict[str, str]:
    """Attributes and inner texts of an element, by their paths; the first of a name counts."""
    flat: dict[str, str] = {}
    path: list[str] = []
    begin = 0
    for tag in _TAG.finditer(text):
        name = tag["name"].split(":")[-1]
        if tag["end"]:
            inner = _text(text[begin : tag.start()])
            if inner:
                flat.setdefault(".".join(path[1:]) or "data", inner)
            if path:
                path.pop()
            begin = tag.end()
            continue
        path.append(name)
        front = ".".join(path[1:])
        for key, first, second in _FIELD.findall(tag["fields"]):
            flat.setdefault(f"{front}.{key}" if front else key, html.unescape(first or second))
        if tag["alone"] or len(path) > _DEEPEST:
            path.pop()
        begin = tag.end()
    return flat


def _cells(text: str) -> list[str]:
    """The texts of the cells of a row."""
    return [_text(found[1]) for found in _CELL.finditer(text)]


def record_element(texts: list[str], meaning: Callable[[str], str]) -> Element | None:
    """The element that is a record; None when there is none.

    Args:
        texts: the first lines.
        meaning: what a field holds, by its path.
    """
    whole = "\n".join(texts)
    if "</" not in whole and "/>" not in whole:
        return None
    opened: list[tuple[str, int]] = []
    for tag in _TAG.finditer(whole):
        name = tag["name"]
        if not tag["end"]:
            opened.append((name, tag.start()))
        if not (tag["end"] or tag["alone"]):
            if len(opened) > _DEEPEST:
                return None
            continue
        while opened and opened[-1][0] != name:
            opened.pop()  # an element without an end, as <br>
        if not opened:
            continue
        _, start = opened.pop()
        inner = whole[start : tag.end()]
        if name.lower() == _ROW:
            columns = tuple(_cells(inner))
            return Element(name, columns) if len(set(columns)) == len(columns) > 1 else None
        means = [meaning(path) for path in _fields(inner)]
        sides = max((means.count(one) for one in ("command", "answer")), default=0)
        known = set(means) - {""}
        if sides < 2 and tells_exchanges(known) and inner.count(f"<{name}") == 1:
            return Element(name)
    return None


_OUTSIDE: Final = "outside"
_IN_TAG: Final = "in a tag"
_INSIDE: Final = "inside"
#: The end of a tag; one in quotes is none.
_TAG_ENDS: Final = re.compile(r"\"[^\"]*\"|'[^']*'|/?>")


def elements(lines: Iterable[tuple[Line, bool]], record: Element) -> Iterator[tuple[Line, bool]]:
    """The lines, with each record as one line, which has the number of its first.

    Args:
        lines: of the file, and whether each is the last and has no end.
        record: as `record_element` gives.
    """
    name = re.escape(record.name)
    begins = re.compile(rf"<{name}(?=[\s/>])")
    ends = re.compile(rf"</{name}\s*>|<{name}(?=[\s/])[^<>]*/>")
    marks = {_OUTSIDE: begins, _IN_TAG: _TAG_ENDS, _INSIDE: re.compile(rf"</{name}\s*>")}
    held: list[tuple[Line, bool]] = []
    size, where = 0, _OUTSIDE
    for line, partial in lines:
        where = _after(line.text, where if held else _OUTSIDE, marks)
        if not held and where == _OUTSIDE and begins.search(line.text) is None:
            yield line, partial
            continue
        held.append((line, partial))
        size += len(line.text) + 1
        if where == _OUTSIDE or size > MAX_LINE:
            text = " ".join(one.text.strip() for one, _ in held)
            yield from _read(held, text, record, begins, ends)
            held, size = [], 0
    # What the file ends in the middle of is no record.
    yield from ((line._replace(cut=True), partial) for line, partial in held)


def _after(text: str, where: str, marks: dict[str, re.Pattern[str]]) -> str:
    """Whether a line ends outside of records, in the tag that begins one, or in one."""
    at = 0
    while (mark := marks[where].search(text, at)) is not None:
        at = mark.end()
        if where == _IN_TAG and mark[0] in {">", "/>"}:
            where = _INSIDE if mark[0] == ">" else _OUTSIDE
        elif where != _IN_TAG:
            where = _IN_TAG if where == _OUTSIDE else _OUTSIDE
    return where


def _read(
    held: list[tuple[Line, bool]],
    text: str,
    record: Element,
    begins: re.Pattern[str],
    ends: re.Pattern[str],
) -> Iterator[tuple[Line, bool]]:
    """The records that these lines are; what stands between them as it is."""
    first = held[0][0]
    at = 0
    while (start := begins.search(text, at)) and (end := ends.search(text, start.start())):
        if text[at : start.start()].strip():
            yield Line(first.number, first.offset, text[at : start.start()], first.cut), False
        inner = text[start.start() : end.end()]
        if record.columns:
            fields = dict(zip(record.columns, _cells(inner), strict=False))
        else:
            fields = _fields(inner)
        shown = json.dumps(fields, ensure_ascii=False)
        yield Line(first.number, first.offset, shown, first.cut), held[-1][1]
        at = end.end()
    if text[at:].strip():
        yield Line(first.number, first.offset, text[at:], first.cut), held[-1][1]
