"""HTML with as little as it takes: text becomes `Safe` by being escaped, and in no other way.

What goes into a page is hostile until it has been here: card bytes, ICS texts, names of
targets. Marks that turn the direction of writing, and marks nobody can see, are shown as
U+FFFD, since they could make a line say something else than it says.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final, NewType

#: Text that may stand in a page as it is.
Safe = NewType("Safe", str)

#: Controls, surrogates, marks of direction, invisible marks and non-characters.
_MARKS: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\uffff"
)
_UNSEEN: Final = re.compile(f"[{_MARKS}]")
#: Those and what has to be escaped; most texts have none of either.
_NOT_PLAIN: Final = re.compile(f"[&<>\"'{_MARKS}]")
NOTHING: Final = Safe("")


def text(value: object) -> Safe:
    """Any value as text of a page; also fit for an attribute in double quotes."""
    said = str(value)
    return Safe(html.escape(_UNSEEN.sub("\ufffd", said)) if _NOT_PLAIN.search(said) else said)


def join(parts: Iterable[Safe], between: str = "") -> Safe:
    """Pieces one after the other."""
    return Safe(between.join(parts))


def tag(name: str, *inside: Safe, cls: str = "", **attributes: object) -> Safe:
    """An element; an attribute ``data_x`` is written ``data-x``, one that is None is left out."""
    written = f' class="{text(cls)}"' if cls else ""
    for key, value in attributes.items():
        if value is not None:
            written += f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
    return Safe(f"<{name}{written}>{''.join(inside)}</{name}>")


def both(english: object, chinese: object) -> Safe:
    """The same in both languages; the page, which is English as such, shows the one chosen."""
    if english == chinese or not chinese:
        return text(english)
    return Safe(f"<b>{text(english)}</b><b lang=zh>{text(chinese)}</b>")


def table(head: Iterable[Safe], rows: Iterable[Iterable[Safe]], cls: str = "") -> Safe:
    """A table whose first column names its rows; on a phone a ``list`` shows heads in cells."""
    names = list(head)
    top = join(Safe(f'<th scope="col">{cell}</th>') for cell in names)
    lines = []
    for row in rows:
        first, *rest = row
        cells = "".join(
            f"<td>{_label(name) if 'list' in cls else ''}{cell}</td>"
            for name, cell in zip(names[1:], rest, strict=True)
        )
        lines.append(Safe(f'<tr><th scope="row">{first}</th>{cells}</tr>'))
    body = tag("tbody", *lines)
    return tag("table", tag("thead", tag("tr", top)), body, cls=cls)


def _label(name: Safe) -> str:
    return f'<span class="lab" aria-hidden="true">{name} </span>'
