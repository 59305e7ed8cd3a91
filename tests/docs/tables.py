"""Pieces of a Markdown page."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

_NOTICE = "<!-- Written by the program's tables: python -m tests.docs.reference -->"


def table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    """A table; bars inside cells are escaped, and an empty table is an error."""
    lines = [_line(head), "|" + "---|" * len(head)]
    for row in rows:
        cells = tuple(row)
        if len(cells) != len(head):
            raise ValueError(f"{cells} does not fit {head}")
        lines.append(_line(cells))
    if len(lines) == 2:
        raise ValueError(f"no rows under {head}")
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def titled(title: str, *parts: str) -> str:
    """A page: title, notice, parts with a blank line between."""
    return "\n\n".join((f"# {title}", _NOTICE, *parts)) + "\n"


def first_line(thing: object) -> str:
    """First sentence of a docstring, without its full stop."""
    text = inspect.getdoc(thing)
    if not text:
        raise ValueError(f"{thing!r} has no docstring")
    return text.split("\n\n", 1)[0].replace("\n", " ").removesuffix(".")
