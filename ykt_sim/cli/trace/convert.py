"""`ykt trace convert` and `ykt trace dissector`: traces for other programs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import click

from ykt_sim.bench import files
from ykt_sim.cli.kit.params import json_option, unmask_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import OK
from ykt_sim.cli.trace.sources import choice_options, kept_trace
from ykt_sim.cli.trace.words import CardKeys, keys_option
from ykt_sim.cli.trace.writers import WRITERS, page_lost, write_page
from ykt_sim.errors import UsageError
from ykt_sim.trace.model import Recorded
from ykt_sim.trace.opening import Choice
from ykt_sim.trace.spool import Spool
from ykt_sim.trace.writers import BinarySink

_DISSECTOR = "dissector.lua"
_OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                    help="File to write; default: standard output.")  # fmt: skip
_FORCE = click.option("--force", is_flag=True, help="Overwrite the file.")


@click.command(
    epilog="""\b
Examples:
  ykt trace convert tap.jsonl --to pcapng --out tap.pcapng
  ykt trace convert pcscd.log --session 2 --to native --out card.jsonl
  ykt trace convert sniffed.trace --to html --out sniffed.html
  ykt trace convert tap.jsonl --to proxmark-list | less
"""
)
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--to", "to", type=click.Choice(list(WRITERS)), required=True,
              help="Format to write.")  # fmt: skip
@_OUT
@_FORCE
@keys_option("Keys of the cards, to explain wrong codes; for html.")
@unmask_option
@choice_options
@json_option
def convert(
    *,
    path: Path,
    to: str,
    out: Path | None,
    force: bool,
    keys: CardKeys | None,
    unmask: bool,
    choice: Choice,
    as_json: bool,
) -> int:
    """Write a trace in another format (转换).

    native, pcapng, proxmark-list and proxmark-trace can be read again; text and html are for
    people. Card numbers are masked in html alone, without --unmask. What a format cannot carry
    is said on standard error, one line each. --json says it on standard output, and goes with
    --out.
    """
    for word, given in (("--keys", keys is not None), ("--unmask", unmask)):
        if given and to != "html":
            raise UsageError(f"{word} goes with --to html")
    _check(out, force=force, as_json=as_json)
    if out is None and WRITERS[to].binary and sys.stdout.isatty():
        raise UsageError(f"{to} is no text; give --out FILE")
    with Spool() as spool:
        trace = kept_trace(path, spool, choice)
        lost = _lost(trace, to, unmask=unmask, said=not as_json)
        told = {"file": str(path), "to": to, "lost": lost} if as_json else None
        _give(lambda sink: _write(trace, path.name, to, sink, keys, unmask=unmask), out, told)
    return OK


def _lost(trace: Recorded, to: str, *, unmask: bool, said: bool) -> list[str]:
    """What the format cannot carry; said on standard error where JSON does not say it."""
    lost = list(page_lost(trace, unmask=True) if unmask else WRITERS[to].lost(trace))
    for line in lost if said else ():
        click.echo(f"not in {to}: {line}", err=True)
    return lost


def _write(
    trace: Recorded, name: str, to: str, sink: BinarySink, keys: CardKeys | None, *, unmask: bool
) -> None:
    if to == "html":
        write_page(trace, name, sink, keys, unmask=unmask)
    else:
        WRITERS[to].write(trace, name, sink)


@click.command(
    epilog="""\b
Examples:
  ykt trace dissector --out ykt.lua
  tshark -X lua_script:ykt.lua -r tap.pcapng
"""
)
@_OUT
@_FORCE
@json_option
def dissector(*, out: Path | None, force: bool, as_json: bool) -> int:
    """Write the Wireshark dissector for transit cards (Lua)."""
    _check(out, force=force, as_json=as_json)
    data = (resources.files("ykt_sim.trace.writers") / _DISSECTOR).read_bytes()
    _give(lambda sink: sink.write(data), out, {} if as_json else None)
    return OK


def _check(out: Path | None, *, force: bool, as_json: bool) -> None:
    if out is not None:
        files.must_be_new(out, force=force)
    elif as_json:
        raise UsageError("--json goes with --out: standard output takes the file itself")


class _Counted:
    """Counts what is written."""

    def __init__(self, out: BinarySink) -> None:
        self._out = out
        self.bytes = 0

    def write(self, data: bytes) -> None:
        self.bytes += len(data)
        self._out.write(data)


def _give(
    write: Callable[[BinarySink], object], out: Path | None, told: dict[str, Any] | None
) -> None:
    """Write the file; ``told`` is what to say of it in JSON, None for words."""
    if out is None:
        sys.stdout.flush()
        write(sys.stdout.buffer)
        return
    size = 0

    def counted(stream: BinarySink) -> None:
        nonlocal size
        sink = _Counted(stream)
        write(sink)
        size = sink.bytes

    files.write_by(out, counted)
    if told is not None:
        print_json({**told, "out": str(out), "bytes": size}, indent=1)
    else:
        click.echo(f"{out}: written", err=True)
