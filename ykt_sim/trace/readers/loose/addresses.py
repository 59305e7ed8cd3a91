"""Numbers in front of the rows of a dump, behind whatever else a log puts there.

``tx: 00000010: 20 24``, ``0x3ffb5f24   01 02``, ``0x20001f48 <buf+8>: 0x06``, ``rx 1: 20``:
what begins a dump may be any address, so it is told by what it does from row to row. In lines
that follow each other and have the same in front of it, it grows by the bytes of a whole row,
or by one. A row whose number is the next one, behind a whole row, goes on; whatever stands in
front says nothing new.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

_ROW: Final = re.compile(
    r"(?P<front>.{0,120}?)(?<![0-9A-Za-z])(?P<row>[\[(<]?"
    r"(?:(?P<at>(?:0[xX])?[0-9A-Fa-f]{4,16})[hH]?[\])>]?(?:\s?<[^<>\s]{1,80}>)?\s?[:|]?"
    r"|(?P<index>\d{1,3})(?:\s?[:|]|[\])>])))"
    r"\s+(?P<bytes>(?:0[xX])?[0-9A-Fa-f]{2}(?![0-9A-Za-z]).*)"
)
_END: Final = re.compile(
    r"(?P<front>.{0,120}?)(?<![0-9A-Za-z])[\[(<]?(?:0[xX])?(?P<at>[0-9A-Fa-f]{1,16})[hH]?[\])>]?[\s:|]*"
)
_BYTES: Final = re.compile(r"(?:(?:0[xX])?[0-9A-Fa-f]{2}(?:[ \t,|:-]{1,4}|\Z))*")
_BYTE: Final = re.compile(r"(?:0[xX])?[0-9A-Fa-f]{2}(?![0-9A-Za-z])")
_OPEN: Final = re.compile(r"\w\s{0,8}\Z")
#: The rows of a dump, in bytes.
_WIDTHS: Final = range(4, 65)
#: Rows that go on, before a number is believed to be one of a dump: an address that grows by
#: the bytes of its row is none by chance, a number that grows by one may be.
_PROOF: Final = 1
_PROOF_OF_INDEX: Final = 2
_MOST: Final = 0.8


class Steps(NamedTuple):
    """How the numbers of rows grow.

    Attributes:
        width: bytes of a whole row; 0 in a log without such numbers.
        by: from one row to the next.
    """

    width: int = 0
    by: int = 0


class _Row(NamedTuple):
    """A line that may be a row of a dump.

    Attributes:
        front: what stands in front of its number, digits alike.
        number: it is an address (False) or counts rows (True), and its value.
        digits: of the number.
        begins, start: where the number and the bytes stand; `size`: how many bytes.
    """

    front: str
    number: tuple[bool, int]
    digits: int
    begins: int
    start: int
    size: int

    def goes_on(self, before: _Row | None, steps: Steps) -> bool:
        """The row is the next of the one before, which is whole."""
        return (
            before is not None
            and self.front == before.front
            and self.number == (before.number[0], before.number[1] + steps.by)
            and before.size >= steps.width
        )


def _row(text: str) -> _Row | None:
    found = _ROW.match(text)
    if found is None:
        return None
    counts = found["at"] is None
    number = int(found["index"]) if counts else int(found["at"], 16)
    row = _BYTES.match(found["bytes"])
    size = len(_BYTE.findall(row[0])) if row else 0
    front = re.sub(r"\d", "0", found["front"])
    digits = len((found["at"] or found["index"]).lower().removeprefix("0x"))
    return _Row(front, (counts, number), digits, found.start("row"), found.start("bytes"), size)


class Addresses:
    """Takes the numbers of rows away in a log that has them.

    Args:
        steps: as `steps_of` tells.
    """

    def __init__(self, steps: Steps = Steps()) -> None:  # noqa: B008 - frozen
        self._steps = steps
        self._before: _Row | None = None

    @property
    def known(self) -> bool:
        """The log has such numbers."""
        return self._steps.width > 0

    def take(self, text: str) -> str:
        """A line without its number; one that goes on has nothing in front of its bytes."""
        if not self.known:
            return text
        row = _row(text)
        before, self._before = self._before, row
        if row is None:
            return " " * len(text) if self._is_end(text, before) else text
        kept = "" if row.goes_on(before, self._steps) else text[: row.begins]
        if _OPEN.search(kept):
            kept = kept.rstrip() + ":"  # the words are still those of a head
        return kept.ljust(row.start) + text[row.start :]

    def _is_end(self, text: str, before: _Row | None) -> bool:
        """A line of nothing but the next number, or its beginning where the file is cut."""
        found = _END.fullmatch(text) if before is not None else None
        if found is None or before is None or re.sub(r"\d", "0", found["front"]) != before.front:
            return False
        counts, number = before.number
        expected = f"{number + self._steps.by:{'d' if counts else 'x'}}".zfill(before.digits)
        return expected.startswith(found["at"].lower())


def steps_of(texts: Iterable[str]) -> Steps:
    """Tell how the numbers of the rows of a log grow, if there are any.

    Args:
        texts: its first lines, without times.
    """
    rows = [_row(text) for text in texts]
    pairs = [(a, b) for a, b in pairwise(rows) if a and b and a.front == b.front]
    for steps in _candidates(pairs):
        on = sum(b.goes_on(a, steps) for a, b in pairs)
        whole = sum(a.size == steps.width for a, b in pairs)
        wide = all(row.size <= steps.width for row in rows if row is not None)
        enough = _PROOF if steps.by == steps.width else _PROOF_OF_INDEX
        if on >= enough and on >= _MOST * whole and wide:
            return steps
    return Steps()


def _candidates(pairs: list[tuple[_Row, _Row]]) -> Iterator[Steps]:
    seen = Counter(
        Steps(a.size, b.number[1] - a.number[1]) for a, b in pairs if a.number[0] == b.number[0]
    )
    for steps, _ in seen.most_common():
        if steps.width in _WIDTHS and steps.by in {1, steps.width}:
            yield steps
