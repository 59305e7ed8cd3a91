"""`ykt trace sessions` and `ykt trace formats`: what is in a file, and what can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
import msgspec

from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json, print_table
from ykt_sim.cli.trace.sources import from_option, open_trace
from ykt_sim.cli.trace.writers import WRITERS
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Event, Exchange, Note, Reset
from ykt_sim.trace.opening import Choice, Named, printable
from ykt_sim.trace.readers import PATTERN
from ykt_sim.trace.readers import formats as known_formats
from ykt_sim.trace.readers.base import BROKEN

#: Broken places that are listed for each session; --json gives their number as well.
_PLACES: Final = 20
#: Sessions that are kept; a file with more is no log of cards and readers.
_SESSIONS: Final = 100_000
_WHY: Final = 100


class _Summary(msgspec.Struct):
    """What is counted of one conversation; grows no further than `_PLACES`."""

    named: Named
    exchanges: int = 0
    sam: int = 0
    unanswered: int = 0
    resets: int = 0
    notes: int = 0
    broken: int = 0
    first: float | None = None
    last: float = 0.0
    atr: bytes = b""
    places: list[dict[str, object]] = msgspec.field(default_factory=list)

    def add(self, event: Event) -> None:
        self.first = event.t if self.first is None else min(self.first, event.t)
        self.last = max(self.last, event.t)
        if isinstance(event, Exchange):
            self.exchanges += 1
            self.sam += event.channel == "sam"
            self.unanswered += not event.response
        elif isinstance(event, Reset):
            self.resets += 1
            if event.channel == "card" and not self.atr:
                self.atr = event.atr
        elif isinstance(event, Note) and event.text == BROKEN:
            self.broken += 1
            if len(self.places) < _PLACES:
                self.places.append(event.data)
        elif isinstance(event, Note):
            self.notes += 1

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.named.number,
            "name": self.named.name,
            "exchanges": self.exchanges,
            "sam_exchanges": self.sam,
            "unanswered": self.unanswered,
            "resets": self.resets,
            "notes": self.notes,
            "atr": self.atr.hex().upper(),
            "first_s": self.first,
            "last_s": self.last,
            "broken": self.broken,
            "places": self.places,
        }


@click.command(
    epilog="""\b
Examples:
  ykt trace sessions pcscd.log
  ykt trace sessions --json sniffed.pcapng | jq .sessions
"""
)
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@from_option
@json_option
def sessions(*, path: Path, form: str, as_json: bool) -> None:
    """List the cards and readers in a trace (会话).

    Number and name are what --session takes. A broken place is where the file cannot be
    used, with its offset in bytes.
    """
    with open_trace(path, Choice(form)) as opened:
        found: dict[str, _Summary] = {}
        for named, event in opened:
            if event is None:
                if len(found) >= _SESSIONS:
                    raise TraceError(f"more than {_SESSIONS} sessions")
                found[named.name] = _Summary(named)
            else:
                found[named.name].add(event)
    if as_json:
        told = [one.to_json() for one in found.values()]
        print_json({"file": str(path), "format": opened.known.name, "sessions": told}, indent=1)
        return
    click.echo(f"{path}: {opened.known.name}, {opened.known.title}")
    headers = ("session", "name", "exchanges", "first", "last", "broken", "ATR")
    print_table(headers, [_row(one) for one in found.values()])
    for one in found.values():
        for place in one.places:
            click.echo(f"broken in session {one.named.number}: {_place(place)}")
        if one.broken > len(one.places):
            click.echo(f"and {one.broken - len(one.places)} more in session {one.named.number}")


def _row(one: _Summary) -> tuple[str, ...]:
    first = 0.0 if one.first is None else one.first
    return (
        str(one.named.number), printable(one.named.name), str(one.exchanges), f"{first:.3f}",
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
    writers = {name: WRITERS[name] for name in WRITERS}
    by_reader = {writer.read_as: name for name, writer in writers.items()}
    rows = [
        {"name": known.name, "title": known.title, "read": True,
         "write": by_reader.get(known.name), "aliases": list(known.aliases)}
        for known in known_formats()
    ]  # fmt: skip
    rows += [
        {"name": name, "title": writer.title, "read": False, "write": name, "aliases": []}
        for name, writer in writers.items()
        if not writer.read_as
    ]
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
    click.echo("dir (which way), hex, and if there are any time and sw (status word)")


def _title(row: dict[str, Any]) -> str:
    also = f" (also {', '.join(row['aliases'])})" if row["aliases"] else ""
    return f"{row['title']}{also}"
