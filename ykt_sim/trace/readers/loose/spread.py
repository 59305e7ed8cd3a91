"""Messages that a log spreads over lines in a way that one line does not tell: as one line.

A list of decimal numbers in brackets (``Uint8Array(13) [``), and a head that says in decimal
how many bytes come in the rows of a dump below it (``C: 00 A4 04 00 - SELECT Lc=14 Le=0``,
``R: SW1/SW2=9000 (...) Lr=51``). What does not come as it is announced stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ykt_sim.trace.readers.base import Line
from ykt_sim.trace.readers.hexrows import MAX_APDU

#: A list of numbers begins at the end of a line.
_OPENS: Final = re.compile(r"\[\s*\Z")
_NUMBERS: Final = re.compile(r"\s*-?\d{1,3}(?:\s{0,4},\s{0,4}-?\d{1,3})*\s{0,4},?\s*")
_CLOSES: Final = re.compile(r"\s*\]\s*[,;)]*\s*\Z")
_DIGITS: Final = re.compile(r"-?\d+")
#: Lines of one list.
_MOST: Final = MAX_APDU

_COMMAND: Final = re.compile(
    r"(?P<front>.{0,120}?)(?<![0-9A-Za-z])"
    r"(?P<head>[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){3})(?= [^0-9A-Fa-f ]| \Z)"
    r".{0,120}?(?P<named>(?:\sL[ce]=\d{1,5}){1,2})\s*"
)
_ANSWER: Final = re.compile(
    r"(?P<front>.{0,120}?)SW1/SW2=(?P<sw>[0-9A-Fa-f]{4})(?![0-9A-Za-z])(?:\s*\([^()]{0,120}\))?"
    r"(?:\s+Lr=(?P<size>\d{1,5}))?\s*"
)
_NAMED: Final = re.compile(r"L(?P<what>[ce])=(?P<size>\d+)")
_ROW: Final = re.compile(r"\s*(?P<offset>[0-9A-Fa-f]{4,8}):?\s+(?P<rest>[0-9A-Fa-f]{2}\b.*)")
_BYTES: Final = re.compile(r"[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2})*")

_Lines = Iterator[tuple[Line, bool]]


def gathered(lines: Iterable[tuple[Line, bool]]) -> _Lines:
    """The lines, with those of one message as one line, which has the number of the first.

    Args:
        lines: of the file, and whether each is the last and has no end.
    """
    source = iter(lines)
    again: list[tuple[Line, bool]] = []
    while (item := again.pop(0) if again else next(source, None)) is not None:
        text = item[0].text
        take: _List | _Head | None = _List(text) if _OPENS.search(text) else _head(text)
        if take is None:
            yield item
            continue
        held = [item]
        while not take.whole and len(held) < _MOST:
            following = again.pop(0) if again else next(source, None)
            if following is None:
                break
            held.append(following)
            if not take.more(following[0].text):
                break
        if take.whole:
            first = held[0][0]
            cut = any(line.cut for line, _ in held)
            yield Line(first.number, first.offset, take.text, cut), held[-1][1]
        else:
            first, partial = held[0]
            short = isinstance(take, _Head)
            yield first._replace(cut=first.cut or short), partial
            again = held[1:] + again


class _List:
    """A list of decimal numbers in brackets."""

    def __init__(self, text: str) -> None:
        self._front = text.rstrip()
        self._numbers: list[str] = []
        self.whole = False

    def more(self, text: str) -> bool:
        """Take a line; False when it is not of the list."""
        if _CLOSES.match(text):
            self.whole = bool(self._numbers)
            return self.whole
        if not _NUMBERS.fullmatch(text):
            return False
        self._numbers += _DIGITS.findall(text)
        return True

    @property
    def text(self) -> str:
        """The list in one line."""
        return f"{self._front} {', '.join(self._numbers)} ]"


class _Head:
    """A head with the bytes of the rows below it.

    Args:
        front, behind: what stands around those bytes.
        size: how many there are.
    """

    def __init__(self, front: str, size: int, behind: str) -> None:
        self._front, self._behind, self._size = front, behind, size
        self._data = b""

    @property
    def whole(self) -> bool:
        """All bytes have come."""
        return len(self._data) == self._size

    def more(self, text: str) -> bool:
        """Take a row of the dump; False when it is none, or not the next."""
        row = _ROW.fullmatch(text)
        if row is None or int(row["offset"], 16) != len(self._data):
            return False
        found = _BYTES.match(row["rest"])
        size = min(16, self._size - len(self._data))
        data = bytes.fromhex(found[0])[:size] if found is not None else b""
        self._data += data
        return len(data) == size

    @property
    def text(self) -> str:
        """The message in one line."""
        shown = " ".join(part for part in (self._data.hex(" ").upper(), self._behind) if part)
        return f"{self._front}{shown}"


def _head(text: str) -> _Head | None:
    """The head that a line is, None for others."""
    answer = _ANSWER.fullmatch(text) if "SW1/SW2=" in text else None
    if answer is not None:
        sw = f"{answer['sw'][:2]} {answer['sw'][2:]}"
        return _Head(answer["front"], int(answer["size"] or 0), sw)
    command = _COMMAND.fullmatch(text) if "Lc=" in text or "Le=" in text else None
    if command is None:
        return None
    sizes = {one["what"]: int(one["size"]) for one in _NAMED.finditer(command["named"])}
    le, size = sizes.get("e"), sizes.get("c", 0)
    long = size > 0xFF or (le or 0) > 0x100
    head = f"{command['front']}{command['head']} "
    if size:
        head += f"00 {size >> 8:02X} {size & 0xFF:02X} " if long else f"{size:02X} "
    tail = ""
    if le is not None and long:
        tail = f"{'' if size else '00 '}{le >> 8 & 0xFF:02X} {le & 0xFF:02X}"
    elif le is not None:
        tail = f"{le & 0xFF:02X}"
    return _Head(head, size, tail)
