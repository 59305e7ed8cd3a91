"""Lines of a table as cells: CSV, tabs, and bars in any markup.

Bars are those of Markdown, Jira, reST grids, org, AsciiDoc, MediaWiki, psql and of frames drawn
with box characters; what a markup puts around the text of a cell is taken off. A reST table
without bars is cut at the columns of the line that is drawn above and below its names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final

from ykt_sim.trace.readers.base import Line

BAR: Final = "|"
#: Stands for columns that are told by where they begin.
PLACES: Final = "="
SEPARATORS: Final = ",;\t|"
#: A line that only draws: below the names, between rows, or a frame.
_DRAWN: Final = re.compile(r"[-|:+=*~\s\u2500-\u257f]*|\{\|.*|\|\}|\|={3,}|\|-+")
_VERTICALS: Final = str.maketrans(dict.fromkeys("│┃║┆┇┊┋╎╏¦\uff5c", "|"))
_PLACES: Final = re.compile(r"\s*=+(?:\s+=+)+\s*")
_DOUBLED: Final = re.compile(r"\|\|?[^|]*(?:\|\|[^|]*)+")
#: What stands around the text of a cell: code, stress, a heading of Textile.
_AROUND: Final = re.compile(
    r"(?:\{\{|\{code\}|\{noformat\}|`+|\*\*|__|''+|\^?_\.\s|<code>|=\")?(.*?)"
    r"(?:\}\}|\{code\}|\{noformat\}|`+|\*\*|__|''+|</code>|\")?",
    re.DOTALL,
)
#: A cell in quotes that is open where its line ends.
_OPEN: Final = re.compile(r'(?:\A|[,;\t])\s?"(?:[^"]|"")*\Z')
#: Lines of one row of CSV.
_TALLEST: Final = 100


def is_drawn(text: str) -> bool:
    """A line that only draws: it has no cells."""
    return _DRAWN.fullmatch(text.strip()) is not None


def places(text: str) -> tuple[int, ...]:
    """Where the columns begin that a line of ``==== ====`` draws; empty for other lines."""
    if _PLACES.fullmatch(text) is None:
        return ()
    return tuple(found.start() for found in re.finditer("=+", text))


def cells(text: str, separator: str, size: int = 0, begins: tuple[int, ...] = ()) -> list[str]:
    """The cells of a line, without what a markup puts around them.

    Args:
        text: the line.
        separator: one of `SEPARATORS`, or `PLACES`.
        size: of the row, where it is known: a doubled bar is one bar (Jira, MediaWiki) or an
            empty cell, whichever gives so many cells.
        begins: of the columns, for `PLACES`.
    """
    if separator == PLACES:
        ends = (*begins[1:], len(text))
        return [text[start:end].strip() for start, end in zip(begins, ends, strict=True)]
    if separator != BAR:
        # A blank in front or behind may be an empty cell of a table with tabs.
        text = text.strip("\r\n") if separator == "\t" else text.strip()
        try:
            found = next(csv.reader([text], delimiter=separator), [])
        except csv.Error:
            return []
        return [value.strip() for value in found]
    text = text.translate(_VERTICALS).strip()
    if text[:1] == "!":
        text = BAR + text[1:].replace("!!", BAR)
    ways = [text]
    if "||" in text:
        one = text.replace("||", BAR)
        ways = [one, text] if text[:2] == "||" or _DOUBLED.fullmatch(text) else [text, one]
    read = [[_bare(one) for one in _inside(way).split(BAR)] for way in ways]
    return next((row for row in read if len(row) == size), read[0])


def _inside(text: str) -> str:
    """A row without the bars at its ends."""
    text = text.removeprefix(BAR)
    return text.removesuffix(BAR)


def _bare(text: str) -> str:
    found = _AROUND.fullmatch(text.strip())
    return (found[1] if found else text).strip()


def go_over_lines(texts: list[str]) -> bool:
    """Cells in quotes are spread over lines, as spreadsheets write them, below a line of names."""
    head = next((text for text in texts if text.strip()), "")
    names = any(len(cells(head, separator)) > 1 for separator in SEPARATORS)
    return names and not _opens(head) and any(map(_opens, texts))


def _opens(text: str) -> bool:
    return text.count('"') % 2 == 1 and _OPEN.search(text) is not None


def rows_of_csv(lines: Iterable[tuple[Line, bool]]) -> Iterator[tuple[Line, bool]]:
    """The lines, those of a row with a cell spread over them as one.

    Where its end is missing they stay as they are.

    Args:
        lines: of the file, and whether each is the last and has no end.
    """
    held: list[tuple[Line, bool]] = []
    for line, partial in lines:
        if not held and not _opens(line.text):
            yield line, partial
            continue
        held.append((line, partial))
        if len(held) > 1 and line.text.count('"') % 2:
            first = held[0][0]
            text = " ".join(one.text.strip("\r\n") for one, _ in held)
            yield Line(first.number, first.offset, text, any(one.cut for one, _ in held)), partial
            held = []
        elif len(held) == _TALLEST:
            yield from held
            held = []
    # What the file ends in the middle of is no row.
    yield from ((line._replace(cut=True), partial) for line, partial in held)
