"""`ykt trace show`: recorded exchanges, annotated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from ykt_sim.cli import files
from ykt_sim.cli.ladder import checked_json, checked_ladder, heading
from ykt_sim.cli.params import json_option
from ykt_sim.cli.render import print_json
from ykt_sim.cli.show import columns, wrap
from ykt_sim.cli.trace_words import CardKeys, keys_option, ring_of
from ykt_sim.trace.cryptograms import Checked, Tally, check
from ykt_sim.trace.model import Header


@click.command(
    epilog="""\b
Examples:
  ykt trace show tap.jsonl
  ykt trace show --keys testkeys tap.jsonl
  ykt trace show --fields out/traces/*.jsonl | less
  ykt trace show --json tap.jsonl | jq .name
"""
)
@click.argument(
    "trace_files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE..."
)
@click.option("--fields", is_flag=True, help="List every field with offset and bytes.")
@keys_option("Check every MAC and TAC with these keys.")
@json_option
def show(
    *, trace_files: tuple[Path, ...], fields: bool, keys: CardKeys | None, as_json: bool
) -> None:
    """Show traces as a ladder with everything decoded.

    Selection is followed: the same READ RECORD is shown as a T-Union record under one
    application and as a Lingnan Tong record under another. FILE may be - for stdin.
    With --json one object is printed for each event, with the class of every byte.
    A key FILE is what 'ykt card keys --json' prints; keys are never shown.
    """
    for number, path in enumerate(trace_files):
        with files.open_trace(path) as reader:
            items = check(reader, ring_of(keys), published=keys is not None and keys.published)
            if as_json:
                for item in items:
                    print_json({"file": str(path), **checked_json(item)})
                continue
            if number:
                click.echo()
            for line in _lines(path, reader.header, items, fields=fields, told=keys is not None):
                click.echo(line)


def _lines(
    path: Path, header: Header, items: Iterable[Checked], *, fields: bool, told: bool
) -> Iterator[str]:
    yield from _headlines(path, header)
    tally = Tally()
    yield from checked_ladder(tally.counted(items), fields=fields, told=told)
    if told:
        yield f"codes: {tally}"


def _headlines(path: Path, header: Header) -> list[str]:
    names = ("card", "terminal", "source", "created", "seed", "provenance")
    said = {name: getattr(header, name) for name in names}
    lines = [str(path)]
    for name, value in said.items():
        if value not in {"", None}:
            first, *rest = wrap(f"{name}: {value}", columns() - 4)
            lines += [f"  {first}", *(f"    {line}" for line in rest)]
    return [*lines, heading()]
