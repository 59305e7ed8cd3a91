"""Lengths that stand beside bytes: in a column behind them, or as a number with its unit."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ykt_sim.trace.readers.base import ends_in_sw
from ykt_sim.trace.readers.loose.tokens import pieces

#: Part of the lines of a log that must have the right length behind their bytes.
_MOST: Final = 0.8
_LEAST: Final = 3
#: What counts parts of a message stands in front of them.
_FRONT: Final = 120
#: No line announces more lengths than that.
_UNITS: Final = 8
_BETWEEN: Final = re.compile(r"[\s,;|]+(?:0[xX])?")
_UNIT: Final = re.compile(
    r"(?<![0-9A-Za-z=:.])(?<![=:]\s)(?P<size>[0-9]{1,4})\s?B(?![0-9A-Za-z])(?=(?P<behind>.?.?.?))"
)
_PLURAL: Final = re.compile(r"(?<![0-9A-Za-z])([0-9]{1,5})\s?(?:byte|octet)\(s\)", re.IGNORECASE)
_BYTE: Final = re.compile(r"[ ,:-]?(?:0x)?[0-9A-Fa-f]{2}")
#: Bytes of one digit in front only where there are some.
_BYTE_BEFORE: Final = re.compile(
    r"(?:[0-9A-Fa-f]{2}|(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{1,2}[ ,:|-]{1,3}){3}[0-9A-Fa-f])"
    r"[ ,:|-]{1,3}\Z|\A\s*\Z"
)


_FRAGMENT: Final = re.compile(
    r"(?P<word>(?:frag(?:ment)?|part|chunk|segment|seg|packet|pkt|piece|分片|分包|分段|包|片|段)"
    r"\s?[#:=]?\s?)?(?P<left>[\[(]?)(?<![0-9A-Za-z.])(?P<n>[0-9]{1,3})\s?(?:/|of|共)\s?"
    r"(?P<m>[0-9]{1,3})(?![0-9A-Za-z/.])(?P<right>[\])]?)",
    re.IGNORECASE,
)


class Fragment(NamedTuple):
    """One of several parts of a message.

    Attributes:
        number: which, from 1; `of`: how many there are.
        sure: a word says that it is that; else it may be a counter of steps.
    """

    number: int
    of: int
    sure: bool


class Behind(NamedTuple):
    """A number behind the bytes of a line.

    Attributes:
        start, end: where it stands.
        size: the number; `right`: it is that of the bytes in front.
        ends: the bytes in front end like an answer.
    """

    start: int
    end: int
    size: int
    right: bool
    ends: bool


def behind(text: str) -> Behind | None:
    """The number behind the last bytes of a line, whatever it counts."""
    found = pieces(text)
    if not found:
        return None
    spans = [span for piece in found[-2:] for span in piece.spans]
    groups = [group for piece in found[-2:] for group in piece.groups]
    if len(found[-1].groups) > 1:
        spans, groups = list(found[-1].spans), list(found[-1].groups)
    if len(spans) < 2:
        return None
    (_, end), (start, last) = spans[-2:]
    digits = re.sub(r"\A0[xX]|[hH]\Z", "", text[start:last])
    if len(digits) > 3 or not _BETWEEN.fullmatch(text[end:start]):
        return None
    data = b"".join(groups[:-1])
    hexed = int(digits, 16)
    prefixed = len(digits) < last - start
    count = int(digits) if digits.isdigit() and not prefixed else hexed
    if hexed == len(data) != count:
        count = hexed
    return Behind(start, last, count, count == len(data), ends_in_sw(data))


def stand_behind(texts: list[str]) -> bool:
    """The lines of a log have the number of their bytes behind them.

    By chance the last byte of a command is that number (``80 5C 00 02 04``); that of an
    answer with its status word hardly ever is.
    """
    lines = 0
    right = 0
    ends = 0
    for text in texts:
        if any(len(piece.digits) > 3 for piece in pieces(text)):
            lines += 1
            found = behind(text)
            right += found is not None and found.right
            ends += found is not None and found.right and found.ends
    return right >= _LEAST and right >= _MOST * lines and ends > 0


def with_units(text: str) -> str:
    """The line with ``5B`` and ``5 byte(s)`` as ``5 bytes``, where that is no byte 5B."""

    def told(found: re.Match[str]) -> str:
        size = found["size"]
        if _BYTE_BEFORE.search(text, max(0, found.start() - _FRONT), found.start()):
            return found[0]
        if not _BYTE.match(found["behind"]):
            return f"{size} bytes"
        # Single bytes in front of which 5B stands are those of a row.
        counted = any(
            len(piece.data) == int(size) and len(piece.groups[0]) > 1
            for piece in pieces(text[found.end() :])
        )
        return f"{size} bytes" if counted else found[0]

    text = _PLURAL.sub(r"\1 bytes", text) if "(s)" in text else text
    return _UNIT.sub(told, text, count=_UNITS) if "B" in text else text


def fragment(text: str) -> tuple[Fragment | None, str]:
    """Which part of a message a line says it has, and the line without it."""
    found = _FRAGMENT.search(text[:_FRONT]) if "/" in text or "of" in text or "共" in text else None
    if found is None or not (found["word"] or (found["left"] and found["right"])):
        return None, text
    told = Fragment(int(found["n"]), int(found["m"]), bool(found["word"]))
    if not 0 < told.number <= told.of:
        return None, text
    blank = "~" * (found.end() - found.start())
    return told, text[: found.start()] + blank + text[found.end() :]
