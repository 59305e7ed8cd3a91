"""Where the offending bytes are: in expected against received, and in the ladder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from ykt_conformance.judge.verdict import Fault, Subject
from ykt_conformance.report.html.markup import Safe, both, join, tag, text
from ykt_conformance.report.said import messages

#: Whole bytes in hex; digits that are hidden are ``*``.
_BYTES: Final = re.compile("(?:[0-9A-Fa-f*]{2})+")
_ROW: Final = 8
Side = Literal["command", "response"]


def is_bytes(value: str) -> bool:
    """True for whole bytes in hex, some digits perhaps hidden."""
    return _BYTES.fullmatch(value) is not None


def pairs(digits: str) -> list[str]:
    """Bytes of a hex text."""
    return [digits[place : place + 2].upper() for place in range(0, len(digits), 2)]


def differing(expected: str, received: str) -> tuple[int, ...]:
    """Positions of bytes that are not the same; a missing byte differs."""
    wanted, got = pairs(expected), pairs(received)
    both_there = zip(wanted, got, strict=False)
    found = [place for place, (one, other) in enumerate(both_there) if one != other]
    longest = max(len(wanted), len(got))
    return (*found, *range(min(len(wanted), len(got)), longest))


@dataclass(frozen=True)
class Mark:
    """Offending bytes of one event.

    Attributes:
        side: in the command or the answer; None when only the event as a whole is known.
        places: positions in that APDU, status word included.
    """

    side: Side | None
    places: frozenset[int]


def locate(fault: Fault, subject: Subject, command: str, response: str) -> Mark:
    """Find what a fault speaks about in an exchange, given as hex texts.

    A card is to blame for answers, a terminal for commands; the other side is looked at
    only when the received bytes are not found there.
    """
    sides: tuple[Side, Side] = ("response", "command")
    if subject == "terminal":
        sides = ("command", "response")
    digits: dict[Side, str] = {"command": command, "response": response}
    compared = is_bytes(fault.expected) and is_bytes(fault.received)
    if is_bytes(fault.received):
        wrong = differing(fault.expected, fault.received) if compared else ()
        for side in sides:
            start = _find(digits[side], fault.received)
            if start is not None:
                size = len(fault.received) // 2
                hit = [start + place for place in wrong if place < size]
                whole = range(start, start + size)
                return Mark(side, frozenset(hit or whole))
    if fault.offset is not None and not compared:
        for side in sides:
            if fault.offset < len(digits[side]) // 2:
                return Mark(side, frozenset({fault.offset}))
    return Mark(None, frozenset())


def _find(digits: str, wanted: str) -> int | None:
    """Byte position of the wanted bytes; a status word is looked for at the end first."""
    wanted = wanted.upper()
    if len(wanted) == 4 and digits.endswith(wanted):
        return len(digits) // 2 - 2
    start = digits.find(wanted)
    while start % 2 and start > 0:
        start = digits.find(wanted, start + 1)
    return start // 2 if start >= 0 else None


def side_by_side(expected: str, received: str) -> Safe:
    """Expected against received; bytes in rows with their positions, words as they are."""
    if not (expected or received):
        return Safe("")
    if is_bytes(expected) and is_bytes(received):
        wrong = set(differing(expected, received))
        head = [both("byte", "字节"), both("expected", "期望"), both("received", "实际")]
        rows = _rows(pairs(expected), pairs(received), wrong)
        note = _said(sorted(wrong))
    else:
        head = [both("expected", "期望"), both("received", "实际")]
        cells = (_words(expected, "ok"), _words(received, "no"))
        rows, note = tag("tr", *(tag("td", cell) for cell in cells)), Safe("")
    top = tag("tr", *(tag("th", name, scope="col") for name in head))
    return join((tag("table", tag("thead", top), tag("tbody", rows), cls="diff"), note))


def _words(value: str, cls: str) -> Safe:
    if not value:
        return both("nothing", "无")
    return tag("code", both(value, messages().chinese(value)), cls=cls)


def _rows(wanted: list[str], got: list[str], wrong: set[int]) -> Safe:
    lines: list[Safe] = []
    for start in range(0, max(len(wanted), len(got)), _ROW):
        cells = join(
            tag("td", tag("code", _bytes(side, start, wrong, name)))
            for side, name in ((wanted, "ins"), (got, "mark"))
        )
        lines.append(Safe(f'<tr><th scope="row">{start}</th>{cells}</tr>'))
    return join(lines)


def _bytes(side: list[str], start: int, wrong: set[int], name: str) -> Safe:
    shown = []
    for place in range(start, min(start + _ROW, len(side))):
        byte = text(side[place])
        shown.append(tag(name, byte) if place in wrong else byte)
    return join(shown, " ") or Safe("–")


def _said(places: list[int]) -> Safe:
    if not places:
        return Safe("")
    runs: list[str] = []
    start = last = places[0]
    for place in (*places[1:], -1):
        if place == last + 1:
            last = place
            continue
        runs.append(str(start) if start == last else f"{start}–{last}")
        start = last = place
    where = ", ".join(runs)
    count = len(places)
    english = f"{count} byte{'s' if count > 1 else ''} differ{'' if count > 1 else 's'}: {where}"
    return tag("p", both(english, f"{count} 个字节不同：第 {where} 字节（从 0 起）"), cls="said")
