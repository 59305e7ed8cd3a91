"""`ykt trace`: recorded exchanges, annotated."""

from __future__ import annotations

from pathlib import Path

import click

from ykt_sim.cli import files
from ykt_sim.cli.ladder import heading, ladder, to_json
from ykt_sim.cli.params import json_option
from ykt_sim.cli.render import print_json
from ykt_sim.cli.show import columns, wrap
from ykt_sim.trace.annotate import annotate
from ykt_sim.trace.model import Header


@click.group()
def trace() -> None:
    """Show recorded APDU exchanges (报文记录).

    A trace is a file of JSON Lines, written by 'ykt tap --trace' and 'ykt demo'.
    """


@trace.command(
    epilog="""\b
Examples:
  ykt trace show tap.jsonl
  ykt trace show --fields out/traces/*.jsonl | less
  ykt trace show --json tap.jsonl | jq .name
"""
)
@click.argument(
    "trace_files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE..."
)
@click.option("--fields", is_flag=True, help="List every field with offset and bytes.")
@json_option
def show(*, trace_files: tuple[Path, ...], fields: bool, as_json: bool) -> None:
    """Show traces as a ladder with everything decoded.

    Selection is followed: the same READ RECORD is shown as a T-Union record under one
    application and as a Lingnan Tong record under another. FILE may be - for stdin.
    With --json one object is printed for each event.
    """
    for number, path in enumerate(trace_files):
        with files.open_trace(path) as reader:
            items = annotate(reader)
            if as_json:
                for item in items:
                    print_json({"file": str(path), **to_json(item)})
                continue
            if number:
                click.echo()
            for line in _headlines(path, reader.header):
                click.echo(line)
            for line in ladder(items, fields=fields):
                click.echo(line)


def _headlines(path: Path, header: Header) -> list[str]:
    names = ("card", "terminal", "source", "created", "seed", "provenance")
    said = {name: getattr(header, name) for name in names}
    lines = [str(path)]
    for name, value in said.items():
        if value not in {"", None}:
            first, *rest = wrap(f"{name}: {value}", columns() - 4)
            lines += [f"  {first}", *(f"    {line}" for line in rest)]
    return [*lines, heading()]
