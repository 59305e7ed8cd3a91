"""JSON spread over lines: each object that is a record of an exchange as one line.

Which objects those are is told by the beginning of the file: an object whose fields give a
command and an answer, or one side and its bytes, or an element of a list with either. Lines
around them (an ATR in the head of the document) stay what they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeGuard

from ykt_sim.trace.readers.base import MAX_LINE, Line
from ykt_sim.trace.readers.loose.records.columns import assembled

_MARK: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]]')
#: Deeper documents are nobody's log.
_DEEPEST: Final = 50
#: What stands between records and may be bytes.
_SAYS: Final = re.compile("[0-9A-Fa-f]{4}")
_SIDES: Final = frozenset({"command", "answer", "apdu", "data"})


def _is_buffer(found: object) -> TypeGuard[dict[str, object]]:
    """Bytes as Node writes them."""
    return isinstance(found, dict) and found.get("type") == "Buffer" and "data" in found


def flattened(found: dict[str, object], front: str = "") -> dict[str, object]:
    """The fields of an object and of objects in it, by their paths (``request.hex``)."""
    flat: dict[str, object] = {}
    for name, inner in found.items():
        value = inner
        if _is_buffer(inner):
            value = inner["data"]
        if isinstance(value, dict) and front.count(".") < _DEEPEST:
            flat.update(flattened(value, f"{front}{name}."))
        else:
            flat[f"{front}{name}"] = value
    return flat


def _is_record(text: str, meaning: Callable[[str], str], *, listed: bool) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if _is_buffer(found):
        return False
    means = [meaning(name) for name in assembled(flattened(found))]
    known = set(means) - {""}
    sides = [means.count(name) for name in sorted(_SIDES)]
    whole = (
        {"command", "answer"} <= known
        or {"command", "sw"} <= known
        or ("dir" in known and bool(known & _SIDES))
    )
    return max(sides) == 1 and (whole or listed)


def record_depth(texts: list[str], meaning: Callable[[str], str]) -> int | None:
    """How many braces and brackets are open around a record; None when there are no records.

    Args:
        texts: the first lines.
        meaning: what a field holds, by its path.
    """
    whole = "\n".join(texts)
    if whole.lstrip()[:1] not in {"{", "["}:
        return None
    opened: list[int] = []
    for mark in _MARK.finditer(whole):
        if mark[0] in "{[":
            opened.append(mark.start())
            if len(opened) > _DEEPEST:
                return None
        elif mark[0] in "}]":
            if not opened:
                return None
            start = opened.pop()
            listed = not opened or whole[opened[-1]] == "["
            if mark[0] == "}" and _is_record(whole[start : mark.end()], meaning, listed=listed):
                return len(opened) if opened or "\n" in whole[start : mark.end()] else None
    return None


def joined(lines: Iterable[tuple[Line, bool]], depth: int) -> Iterator[tuple[Line, bool]]:
    """The lines, with those of one record as one line, which has the number of the first.

    Args:
        lines: of the file, and whether each is the last and has no end.
        depth: as `record_depth` gives.
    """
    opened = before = 0
    held: list[tuple[Line, bool]] = []
    size = 0
    for line, partial in lines:
        before = before if held else opened
        deepest = opened
        for mark in _MARK.finditer(line.text):
            opened += (mark[0] in "{[") - (mark[0] in "}]")
            deepest = max(deepest, opened)
        if deepest > depth or held:
            held.append((line, partial))
            size += len(line.text) + 1
        else:
            yield line, partial
        if held and (opened <= depth or size > MAX_LINE):
            yield from _split(held, depth, before)
            held, size = [], 0
    # What the file ends in the middle of is no record.
    yield from _split([(line._replace(cut=True), end) for line, end in held], depth, before)


def _split(held: list[tuple[Line, bool]], depth: int, opened: int) -> Iterator[tuple[Line, bool]]:
    """The records that these lines hold, one a line, and what is around them; or the lines.

    Args:
        held: the lines.
        depth: of records.
        opened: braces and brackets that are open in front of them.
    """
    text = " ".join(line.text.strip() for line, _ in held)
    parts: list[str] = []
    start = end = 0
    for mark in _MARK.finditer(text):
        if mark[0] in "{[":
            if opened == depth and mark[0] == "{":
                parts.append(text[end : mark.start()])
                start = mark.start()
            opened += 1
        elif mark[0] in "}]":
            opened -= 1
            if opened == depth and mark[0] == "}":
                end = mark.end()
                parts.append(text[start:end])
    if not parts or not all(map(_is_json, parts[1::2])):
        yield from held
        return
    parts.append(text[max(start, end) :] if len(parts) % 2 else text[end:])
    first, last = held[0][0], held[-1][1]
    cut = any(line.cut for line, _ in held)
    for number, part in enumerate(parts):
        if number % 2 or _SAYS.search(part):
            open_still = number == len(parts) - 1 and number % 2 == 1 and not _is_json(part)
            yield Line(first.number, first.offset, part, cut and open_still), last and open_still


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
