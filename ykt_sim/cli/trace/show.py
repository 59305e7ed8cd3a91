"""`ykt trace show`: recorded exchanges, annotated."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ykt_sim.cli.kit.ladder import checked_json, checked_ladder, heading
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import json_text, print_lines
from ykt_sim.cli.kit.show import columns, wrap
from ykt_sim.cli.trace.sources import choice_options, open_trace
from ykt_sim.cli.trace.words import CardKeys, keys_option
from ykt_sim.meaning.conversations import checked
from ykt_sim.meaning.cryptograms import Checked, Tally, check
from ykt_sim.trace.model import Header, Trace
from ykt_sim.trace.opening import Choice, Named, Opened, printable


@click.command(
    epilog="""\b
Examples:
  ykt trace show tap.jsonl
  ykt trace show --keys testkeys tap.jsonl
  ykt trace show --fields out/traces/*.jsonl | less
  ykt trace show --json tap.jsonl | jq .name
  ykt trace show pcscd.log --session 2
  ykt trace show --from 're:(?P<dir>[><]) (?P<hex>[0-9A-F ]+)' terminal.log
"""
)
@click.argument(
    "trace_files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE..."
)
@click.option("--fields", is_flag=True, help="List every field with offset and bytes.")
@keys_option("Check every MAC and TAC with these keys.")
@choice_options
@json_option
def show(
    *,
    trace_files: tuple[Path, ...],
    fields: bool,
    keys: CardKeys | None,
    choice: Choice,
    as_json: bool,
) -> None:
    """Show traces as a ladder with everything decoded.

    Selection is followed: the same READ RECORD is shown as a T-Union record under one
    application and as a Lingnan Tong record under another. FILE may be - for stdin, of any
    format that 'ykt trace formats' lists, and packed by gzip. Several cards or readers in
    one file are sessions: each event stands under the line of its own.
    With --json one object is printed for each event, with the class of every byte.
    A key FILE is what 'ykt card keys --json' prints; keys are never shown.
    """
    told = keys is not None
    for number, path in enumerate(trace_files):
        with open_trace(path, choice, silent=sys.stdout.isatty()) as opened:
            items = _items(opened, keys)
            if as_json:
                print_lines(_json_lines(path, items))
                continue
            if number:
                click.echo()
            print_lines(_lines(path, items, fields=fields, told=told))


def _items(opened: Opened, keys: CardKeys | None) -> Iterator[tuple[Named, Checked | None]]:
    if keys is None:
        return checked(opened)
    return checked(opened, keys.ring, published=keys.published, explained=True)


def _json_lines(path: Path, items: Iterator[tuple[Named, Checked | None]]) -> Iterator[str]:
    for named, item in items:
        if item is not None:
            yield json_text({"file": str(path), "session": named.name, **checked_json(item)})


def _lines(
    path: Path, items: Iterator[tuple[Named, Checked | None]], *, fields: bool, told: bool
) -> Iterator[str]:
    """The ladder; from the second conversation on, a line wherever another one goes on."""
    tally = Tally()
    last: Named | None = None
    for named, item in items:
        if last is None:
            yield from _headlines(path, named.header)
        elif last.name != named.name:
            yield from wrap(f"session {named.label}", columns())
        if item is None and last is not None:
            yield from _facts(named.header)
        last = named
        if item is not None:
            yield from checked_ladder(tally.counted([item]), fields=fields, told=told)
    if told:
        yield f"codes: {tally}"


def trace_lines(trace: Trace) -> Iterator[str]:
    """The ladder of one trace, without a file's name."""
    yield from _facts(trace.header)
    yield heading()
    yield from checked_ladder(check(trace), fields=False, told=False)


def _headlines(path: Path, header: Header) -> list[str]:
    return [str(path), *_facts(header), heading()]


def _facts(header: Header) -> list[str]:
    names = ("card", "terminal", "source", "created", "seed", "provenance")
    lines = []
    for name in names:
        value = getattr(header, name)
        if value not in {"", None}:
            first, *rest = wrap(f"{name}: {printable(str(value))}", columns() - 4)
            lines += [f"  {first}", *(f"    {line}" for line in rest)]
    return lines
