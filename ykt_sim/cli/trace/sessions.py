"""`ykt trace sessions` and `ykt trace formats`: what is in a file, and what can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click

from ykt_sim.cli.kit.params import json_option, unmask_option
from ykt_sim.cli.kit.render import print_json, print_table
from ykt_sim.cli.trace.own_formats import VARIABLE, own_formats
from ykt_sim.cli.trace.sources import from_option, open_trace
from ykt_sim.cli.trace.writers import WRITERS
from ykt_sim.meaning.conversations import checked
from ykt_sim.meaning.hiding.identities import learn_header, learn_note
from ykt_sim.meaning.hiding.masking import Masker
from ykt_sim.trace import opening
from ykt_sim.trace.model import Note
from ykt_sim.trace.opening import STDIN, Choice, printable
from ykt_sim.trace.readers import COLUMNS, PATTERN
from ykt_sim.trace.readers import formats as known_formats
from ykt_sim.trace.summary import Summary, summaries

_WHY: Final = 100
#: So many digits may be a card's number.
_LONG: Final = re.compile(r"(?:[0-9][^0-9A-Za-z]{0,2}){10}")


@click.command(
    epilog="""\b
Examples:
  ykt trace sessions pcscd.log
  ykt trace sessions --json sniffed.pcapng | jq .sessions
"""
)
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@from_option
@unmask_option
@json_option
def sessions(*, path: Path, form: str, unmask: bool, as_json: bool) -> None:
    """List the cards and readers in a trace (会话).

    Number and name are what --session takes. Cards that came to one reader in turn are told
    by their numbers; 1.2 is the second card of session 1, and 1 all of them. A broken place is
    where the file cannot be used, with its offset in bytes. Card numbers in names and places
    are masked without --unmask.
    """
    with open_trace(path, Choice(form)) as opened:
        found = summaries(opened)
    if as_json:
        told = [one.to_json() for one in found]
        print_json({"file": str(path), "format": opened.known.name, "sessions": told}, indent=1)
        return
    places = [
        f"broken in session {one.word}: {_place(place)}" for one in found for place in one.places
    ]
    shown = (str(path), *(one.named.name for one in found), *places)
    masker = Masker()
    if not unmask and any(map(_LONG.search, shown)):
        _learn(masker, path, Choice(form), found)
    hide = masker.text
    click.echo(hide(f"{path}: {opened.known.name}, {opened.known.title}"))
    headers = ("session", "name", "exchanges", "first", "last", "broken", "ATR")
    print_table(headers, [tuple(map(hide, _row(one))) for one in found])
    for line in places:
        click.echo(hide(line))
    for one in found:
        if one.broken > len(one.places):
            click.echo(f"and {one.broken - len(one.places)} more in session {one.word}")


def _learn(masker: Masker, path: Path, choice: Choice, found: Iterable[Summary]) -> None:
    """Learn the numbers of a file, which is read once more for this where it can be."""
    for one in found:
        learn_header(masker, one.named.header)
        learn_note(masker, Note(t=0, text=one.named.name))
    if str(path) != STDIN:
        with opening.open_trace(path, choice) as opened:
            for _, item in checked(opened):
                if item is not None:
                    masker.take(item.understood)


def _row(one: Summary) -> tuple[str, ...]:
    first = 0.0 if one.first is None else one.first
    return (
        one.word, printable(one.named.name), str(one.exchanges), f"{first:.3f}",
        f"{one.last:.3f}", str(one.broken), one.atr.hex().upper() or "-",
    )  # fmt: skip


def _place(place: dict[str, object]) -> str:
    line = f", line {place['line']}" if "line" in place else ""
    return printable(f"byte {place.get('offset')}{line}: {str(place.get('why'))[:_WHY]}")


@click.command(
    epilog="""\b
Examples:
  ykt trace formats
  ykt trace formats --json | jq '.[].name'
"""
)
@json_option
def formats(*, as_json: bool) -> None:
    """List the formats of traces that can be read and written (格式)."""
    rows = _rows()
    if as_json:
        print_json(rows, indent=1)
        return
    print_table(
        ("format", "read", "--to", "what writes it"),
        [
            (str(row["name"]), "yes" if row["read"] else "-", str(row["write"] or "-"), _title(row))
            for row in rows
        ],
    )
    click.echo(f"\n{PATTERN}PATTERN reads a log of your own: a regular expression with the groups")
    click.echo("dir (which way), hex, and if there are any time and sw (status word);")
    click.echo(f"{COLUMNS}command=NAME,answer=NAME,sw=NAME reads a table. Both can be kept under")
    click.echo(f"a name in a file of your own, see {VARIABLE} in docs/howto/read-other-logs.md")


def _rows() -> list[dict[str, Any]]:
    """Formats that are read, the user's own, and those that are only written."""
    writers = {name: WRITERS[name] for name in WRITERS}
    by_reader = {writer.read_as: name for name, writer in writers.items()}
    rows = [
        {"name": known.name, "title": known.title, "read": True,
         "write": by_reader.get(known.name), "aliases": list(known.aliases)}
        for known in known_formats()
    ]  # fmt: skip
    rows += [
        {"name": name, "title": text, "read": True, "write": None, "aliases": []}
        for name, text in own_formats().items()
    ]
    rows += [
        {"name": name, "title": writer.title, "read": False, "write": name, "aliases": []}
        for name, writer in writers.items()
        if not writer.read_as
    ]
    return rows


def _title(row: dict[str, Any]) -> str:
    also = f" (also {', '.join(row['aliases'])})" if row["aliases"] else ""
    return f"{row['title']}{also}"
