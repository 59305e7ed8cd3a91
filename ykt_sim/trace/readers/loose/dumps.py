"""Rows of a dump: an offset in front of the bytes, the same bytes as characters behind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.tokens import HexPiece, pieces, sub

#: Groups in a row of a dump: the widest seen has 64 bytes, with as many characters behind.
_WIDEST: Final = 128
#: What begins with an offset, whose row may have one group only.
_ROW: Final = re.compile(
    r"\s*[\[(<+]?(?:0[xX])?(?P<at>[0-9A-Fa-f]{1,8})(?P<sign>[hH]?[\])>]?\s?[:|]|[hH]?[\])>])?"
    r"\s+(?P<bytes>(?:0[xX])?[0-9A-Fa-f]{2}.*)"
)
#: Digits of an offset that no sign follows.
_DIGITS: Final = 4
_LONGEST: Final = 8


@dataclass
class Offsets:
    """Tells an offset in front of a row from the bytes of the row.

    Attributes:
        always: every row of the log has one, so that the first group is it, whatever follows.
        width: digits of an offset, in such a log.
        at: bytes of the message so far.
    """

    always: bool = False
    width: int = 0
    at: int = 0

    def taken(self, found: list[HexPiece]) -> tuple[HexPiece | None, bool]:
        """The bytes of a row without its offset, and whether it had one.

        Args:
            found: every stretch of hex in the row.
        """
        first = found[0]
        long = len(found) > 2 or (
            len(found) > 1 and (self.always or len(found[1].groups) > 1 or len(first.digits) > 3)
        )
        if long and len(first.groups) == 1 and self._is_offset(first.digits):
            return found[1], True
        # The digits of an offset may be odd in number, as those of od are.
        digits = first.digits[: len(first.digits) - 2 * sum(map(len, first.groups[1:]))]
        if len(first.groups) > 1 and len(digits) > 2 and len(first.digits) >= 4:
            rest = sub(first, 1)
            apart = rest.start - first.spans[0][1] > 1 and len(rest.groups) == 1
            telling = self.always or len(rest.groups[0]) == 1 or apart
            if telling and not rest.odd and self._is_offset(digits):
                return rest, True
        return (first, False) if len(found) == 1 or first.end > 0 else (None, False)

    def _is_offset(self, digits: str) -> bool:
        if not (2 <= len(digits) <= _LONGEST or (self.always and digits)):
            return False
        if int(digits, 16) == 0:
            self.at = 0
            return True
        return self.at in _values(digits)

    def is_end(self, text: str) -> bool:
        """A line that holds nothing but an offset, or its beginning where the file is cut.

        Programs like od write the offset behind the last row.
        """
        digits = text.strip().lower().removeprefix("0x").rstrip(":| ")
        if not (self.always and digits):
            return False
        wide = self.width
        expected = [f"{self.at:0{wide}{base}}" for base in "xdo"]
        return any(one.startswith(digits) for one in ["0" * wide, *expected])


def _values(digits: str) -> set[int]:
    """What the digits of an offset may mean: they are hex, decimal or octal."""
    try:
        found = {int(digits, 16)}
    except ValueError:
        return set()
    for base in (8, 10) if digits.isdecimal() else ():
        if base == 10 or not set(digits) & set("89"):
            found.add(int(digits, base))
    return found


def offsets_of(texts: Iterable[str]) -> Offsets:
    """Whether every row of the log that could have an offset has one.

    Each is zero or the number of the bytes since the last zero; and one of them proves
    itself, by going on or because a command stands behind it.

    Args:
        texts: lines of ordinary signs.
    """
    proved = False
    at, width = -1, 0
    for text in texts:
        row = _ROW.match(text)
        if row is None:
            continue
        if row["sign"] is None and len(row["at"]) < _DIGITS:
            return Offsets()
        found = pieces(row["bytes"])
        data = without_text(found[0], row["bytes"])[0].data if found else b""
        begins = not row["at"].strip("0")
        if not begins and at not in _values(row["at"]):
            return Offsets()
        proved |= not begins or fits.like_command(data)
        at = (0 if begins else at) + len(data)
        width = len(row["at"])
    return Offsets(always=proved, width=width)


def without_text(main: HexPiece, text: str) -> tuple[HexPiece, bool]:
    """A row without the text column that shows the same bytes; whether there was one."""
    behind = text[main.end :]
    size = next((at for at, group in enumerate(main.groups) if not group), len(main.groups))
    groups = main.groups[:size]
    ends = [end for _, end in main.spans]
    # A wider row is none of a dump; to look for its text would take its length squared.
    for size in range(len(groups) if len(groups) <= _WIDEST else 0, 0, -1):
        rest = text[ends[size - 1] :].strip(" |\"'`*")
        if rest and _shows(b"".join(groups[:size]), text[ends[size - 1] :]):
            return sub(main, 0, size), True
    # Dots that show no bytes say that some are left out.
    return main, ".." not in behind and not behind.strip(" |\"'`*[](){}<>,;:.\\")


def without_column(text: str) -> str:
    """A line that ends where a column begins that shows its bytes as characters."""
    for piece in pieces(text):
        if len(piece.groups) > 1:
            main, shown = without_text(piece, text)
            if shown and text[main.end :].strip():
                return text[: main.end]
    return text


def _shows(data: bytes, behind: str) -> bool:
    """The text behind a row of a dump is that row once more, as characters."""
    if not re.match(r"\s{1,60}|\s*[|*]", behind):
        return False
    text = behind.strip().strip("|*")
    # A gap in the middle; where blanks in front are no text, it stands nearer.
    gaps = {8, max(8 - (len(data) - len(data.lstrip(b" "))), 0)}
    halves = [text[:gap] + text[gap + 1 :] for gap in gaps if text[gap : gap + 1] == " "]
    for shown in (text, behind.strip(" "), *halves):
        if abs(len(shown) - len(data)) <= sum(byte == 0x20 for byte in data) and _same(data, shown):
            return True
    return False


def _same(data: bytes, shown: str) -> bool:
    at = 0
    hits = 0
    for byte in data:
        char = shown[at : at + 1]
        if 0x20 < byte < 0x7F:
            if char != chr(byte) and char != ".":
                return False
            hits += 1
        elif byte == 0x20:
            at += 1 if char in {" ", "."} else 0
            continue
        elif char and (char.isascii() and (char.isalnum() or char not in " .?-_")):
            return False
        at += 1
    return at >= len(shown) and (hits > 0 or set(shown) <= set(" .?-_") or not shown.isascii())
