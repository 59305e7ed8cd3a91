"""Text and JSON for people and programs; rich is imported only when a table is drawn."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

import click

from ykt_sim.cli.kit.colour import Tone, paint

#: Lines, or rows that come together, that are written to standard output at once: a write for
#: each line takes longer than to make it.
_BLOCK: Final = 500
#: Pieces of JSON that are written at once.
_PIECES: Final = 8192


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print one JSON value; escapes Chinese where the output is not UTF-8."""
    if indent is None:
        click.echo(json_text(value))
        return
    # Piece by piece: the pieces of a long list take ten times the memory of its text.
    pieces = json.JSONEncoder(ensure_ascii=_ascii(), indent=indent).iterencode(value)
    while block := "".join(islice(pieces, _PIECES)):
        click.echo(block, nl=False)
    click.echo()


def json_text(value: Any) -> str:
    """One JSON value as `print_json` prints it, in one line."""
    return json.dumps(value, ensure_ascii=_ascii())


def _ascii() -> bool:
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").replace("-", "").lower()
    return encoding != "utf8"


def print_lines(lines: Iterable[str]) -> None:
    """Print lines many at a time; what came before an error is printed before it is raised."""
    block: list[str] = []
    try:
        for line in lines:
            block.append(line)
            if len(block) == _BLOCK:
                click.echo("\n".join(block))
                block.clear()
    finally:
        if block:
            click.echo("\n".join(block))


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals: 8800 -> ``88.00``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print aligned columns; on a narrow terminal all but the first fold."""
    from rich.console import Console  # noqa: PLC0415 - late on purpose
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="")
    for number, header in enumerate(headers):
        table.add_column(header, overflow="fold", no_wrap=not number)
    for row in rows:
        table.add_row(*(str(cell).replace("[", r"\[") for cell in row))
    watched = sys.stdout.isatty()
    target = Console(
        highlight=False, color_system=None, soft_wrap=not watched, width=None if watched else 500
    )
    with target.capture() as capture:
        target.print(table)
    head, *lines = (line.rstrip() for line in capture.get().splitlines())
    click.echo("\n".join([paint()(head, Tone.HEAD), *lines]))
