"""`ykt decode`: bytes in hex to named fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import click

from ykt_sim.bench.files import input_lines
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json, print_table
from ykt_sim.cli.kit.shell import FAILED, OK, complain
from ykt_sim.cli.kit.show import decoded_lines
from ykt_sim.errors import UsageError, WireError
from ykt_sim.meaning import decode as decoding
from ykt_sim.wire.digits import unhex


@click.command(
    epilog="""\b
Examples:
  ykt decode --list
  ykt decode tunion:18 0001000000000000640941310177670320241027212555
  ykt decode lnt:18 --year 2024 000B 000000 00000064 06 010030068687 \\
      0064 1027 2113 08
  ykt decode apdu 805000020B0100002000001122334455
  ykt decode tunion:1E - --json < trips.txt

\b
With - one hex string a line is read; blank lines and # comments are
skipped. A bad one does not stop the others; the exit code is then 1.
"""
)
@click.argument("kind", required=False)
@click.argument("words", nargs=-1, metavar="[HEX... | -]")
@click.option("--list", "list_kinds", is_flag=True, help="List the kinds.")
@click.option(
    "--year", type=click.IntRange(1988, 2099), metavar="YYYY",
    help="Year of a Lingnan Tong log line, which holds none.",
)  # fmt: skip
@json_option
def decode(
    *, kind: str | None, words: tuple[str, ...], list_kinds: bool, year: int | None, as_json: bool
) -> int:
    """Decode bytes of a card, a command or an answer into named fields (解析).

    KIND says what the bytes are, such as tunion:18, lnt:15, fci or apdu. HEX may contain
    spaces; a status word at the end is allowed.
    """
    if list_kinds:
        _list(as_json=as_json)
        return OK
    if kind is None or not words:
        raise click.UsageError("give a KIND and HEX (or -); --list shows the kinds")
    _must_be_known(kind)
    failed = False
    for number, text in _values(words):
        failed |= not _one(kind, text, year, number=number, as_json=as_json)
    return FAILED if failed else OK


def _must_be_known(kind: str) -> None:
    try:
        with suppress(WireError):
            decoding.decode(kind, b"")
    except UsageError as error:
        said = str(error).partition("; kinds:")[0]
        raise click.UsageError(f"{said}; --list shows the kinds") from None


def _values(words: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    if words == ("-",):
        yield from input_lines()
    else:
        yield 0, " ".join(words)


def _one(kind: str, text: str, year: int | None, *, number: int, as_json: bool) -> bool:
    """Decode and print one value; False when it does not decode."""
    where = f"line {number}: " if number else ""
    try:
        found = decoding.decode(kind, unhex(text), year=year)
    except ValueError as error:  # WireError is one
        if as_json:
            line = {"line": number} if number else {}
            print_json({"kind": kind, **line, "error": str(error), "input": text})
        else:
            complain(f"{where}{error}")
        return False
    if as_json:
        print_json(found.to_json())
    else:
        click.echo("\n".join(decoded_lines(found)))
    return True


def _list(*, as_json: bool) -> None:
    kinds = decoding.KINDS.values()
    if as_json:
        print_json([{"kind": kind.key, "title": kind.title, "zh": kind.zh} for kind in kinds])
    else:
        print_table(("kind", "what", "中文"), ((kind.key, kind.title, kind.zh) for kind in kinds))
