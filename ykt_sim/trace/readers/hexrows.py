"""Hex as logs write it: plain, spaced, with prefixes and commas, in rows with a text column.

A function that reads bytes gives the bytes, or a text that says what was expected and what
was there: the reader of the format turns that into a `broken` note.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from ykt_sim.trace.readers.base import Line

#: Bytes, or why there are none.
Read: TypeAlias = bytes | str

#: Bytes of the longest APDU there is: an extended command with 65,535 bytes of data.
MAX_APDU: Final = 65_544
#: Bytes in a row of a dump.
ROW: Final = 16

_NO_HEX: Final = re.compile(r"[^0-9A-Fa-f \t\r\n\f\v]")
_DECORATION: Final = re.compile(r"(?<![0-9A-Fa-f])0[xX]|[,:]")
_REMARK: Final = re.compile(r"\s(?=[(\[#;/|]|<?--)")
_PAIRS: Final = re.compile(r"[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){0,15}")
_OFFSET: Final = re.compile(r"[0-9A-Fa-f]{4,8} ")


def parse_hex(text: str, line: Line) -> Read:
    """Bytes of pairs of hex digits, with or without blanks between them.

    Args:
        text: the part of the line that should be hex.
        line: where it stands; of a cut line nothing is believed.
    """
    if line.cut:
        return "expected bytes, found a line too long to be an APDU"
    try:
        data = bytes.fromhex(text)
    except ValueError:
        bad = _NO_HEX.search(text)
        if bad is None:
            return "expected pairs of hex digits, found an odd number of them"
        return f"expected hex digits, found {bad[0]!a} at character {bad.start() + 1}"
    if len(data) > MAX_APDU:
        return f"expected at most {MAX_APDU} bytes, found {len(data)}"
    return data


def clean_hex(text: str, line: Line) -> bytes | None:
    """Bytes of a text that is hex and nothing else; None for any other.

    Such a text has no remark, and `parse_hex` gives the same bytes.
    """
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return None
    return None if line.cut or len(data) > MAX_APDU else data


def without_remark(text: str) -> str:
    """Hex without what somebody wrote behind it, in brackets or behind a sign."""
    return _REMARK.split(text, maxsplit=1)[0]


def parse_loose(text: str, line: Line) -> Read:
    """The same, with ``0x``, commas and colons between the bytes allowed."""
    return parse_hex(_DECORATION.sub(" ", text), line)


def parse_counted(text: str, count: int, line: Line) -> Read:
    """The same as `parse_hex`; the log says beside it how many bytes there are."""
    data = parse_hex(text, line)
    if isinstance(data, bytes) and len(data) != count:
        return f"expected {count} bytes, found {len(data)}"
    return data


class Dump:
    """A dump in rows of 16 bytes with a text column; the announced number of bytes rules.

    The text column may look like hex, so no bytes are taken from it; it must not contradict
    the bytes in front.

    Args:
        count: bytes announced.
        offsets: every row begins with the offset of its first byte.
    """

    def __init__(self, count: int, *, offsets: bool = False) -> None:
        self.count = count
        self._offsets = offsets
        self._data = bytearray()

    @property
    def missing(self) -> int:
        """Bytes still to come."""
        return self.count - len(self._data)

    def row(self, text: str) -> str:
        """Take one row; gives what is wrong with it, or nothing."""
        size = min(ROW, self.missing)
        if self._offsets:
            place = _OFFSET.match(text)
            if place is None or int(place[0], 16) != len(self._data):
                return f"expected a row with offset {len(self._data):04X}"
            text = text[place.end() :]
        pairs = text[: 3 * size - 1]
        if len(pairs) < 3 * size - 1 or _PAIRS.fullmatch(pairs) is None:
            return f"expected a row of {size} bytes"
        row = bytes.fromhex(pairs)
        if not _may_show(row, text[3 * size - 1 :]):
            return f"expected a row of {size} bytes and their characters"
        self._data += row
        return ""

    def read(self) -> Read:
        """The bytes when all are there."""
        if self.missing:
            return f"expected {self.count} bytes, found {len(self._data)}"
        return bytes(self._data)


def _may_show(row: bytes, behind: str) -> bool:
    """What stands behind a row can be its text column; blanks of it may be lost."""
    shown = behind.strip()
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
    if shown in {"", text.strip()}:
        return True
    # Another program, or another locale, shows some of the bytes in its own way.
    behind = behind.rstrip()[-len(row) :] if len(shown) <= len(row) else ""
    return len(behind) == len(row) and all(
        char in {chr(byte), "."} or not 0x20 <= byte < 0x7F
        for byte, char in zip(row, behind, strict=True)
    )


def too_many(count: int) -> str:
    """What is wrong with an announced number of bytes, or nothing."""
    return f"expected at most {MAX_APDU} bytes, {count} are announced" if count > MAX_APDU else ""


def text_row(text: str) -> bytes | None:
    """A row of at most 16 bytes whose text column shows the same bytes; None for other lines.

    Where no count is announced the text column is the proof that a line is a row: its
    length says how many pairs are bytes. It is padded to 16 columns or not at all; blanks
    at the end may have been lost on the way.
    """
    text = text.rstrip()
    if len(text) > 4 * ROW:
        return None
    for size in range(min(ROW, (len(text) + 1) // 3), 0, -1):
        pairs = text[: 3 * size - 1]
        if _PAIRS.fullmatch(pairs) is None:
            continue
        data = bytes.fromhex(pairs)
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
        if text in {f"{pairs} {shown}".rstrip(), f"{pairs} {'   ' * (ROW - size)}{shown}".rstrip()}:
            return data
    return None
