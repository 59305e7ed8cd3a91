"""`ykt reader`: the readers that PC/SC knows, what is in them, and how fast they are."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
import msgspec

from ykt_sim.bench import files
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.errors import UsageError
from ykt_sim.transport.calibrate import calibrate as measure_way
from ykt_sim.transport.pcsc import PcscLink
from ykt_sim.transport.pcsc_readers import Reader, list_readers, wait_for_card
from ykt_sim.wire.digits import unhex

_READER = click.argument("name", metavar="READER", default="0")


@click.group()
def reader() -> None:
    """Find real readers (读卡器) through PC/SC, and wait for cards.

    READER is a reader's number, its name, or a part of its name that no other has.
    """


@reader.command(
    name="list",
    epilog="""\b
Examples:
  ykt reader list
  ykt reader list --json

\b
Exit code 0: there are readers; 1: none, or PC/SC cannot be reached.
""",
)
@json_option
def list_(*, as_json: bool) -> int:
    """List the readers and what is in them."""
    found = list_readers()
    if as_json:
        print_json([_plain(one) for one in found], indent=2)
    for one in found if not as_json else ():
        click.echo(f"{one.index}: {one.name}  {_state(one)}")
    if not found and not as_json:
        click.echo("PC/SC runs, but knows no reader: plug one in; if it is, its driver is missing")
    return OK if found else FAILED


@reader.command(
    epilog="""\b
Examples:
  ykt reader wait
  ykt reader wait ACR122 --atr '3B8F8001*' --timeout 60
  ykt reader wait 0 && ykt card show pcsc:0

\b
Exit code 0: a card is there; 1: none came in time.
"""
)
@click.argument("name", metavar="[READER]", default="")
@click.option("--atr", "pattern", default="", metavar="HEX", help="Only a card with this ATR;"
              " .. is any byte, * at the end any rest.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(0, 86400), default=60.0, metavar="SECONDS",
              help="Longest wait (60).")  # fmt: skip
@json_option
def wait(*, name: str, pattern: str, timeout: float, as_json: bool) -> None:
    """Wait until a card is in a reader (等待卡片); any reader when none is named."""
    if not as_json:
        click.echo(f"waiting for a card, {timeout:g} s at most", err=True)
    found = wait_for_card(name, pattern=pattern, seconds=timeout, clock=time.monotonic)
    if as_json:
        print_json(_plain(found), indent=2)
    else:
        click.echo(f"{found.index}: {found.name}  {_state(found)}")


@reader.command(
    epilog="""\b
Examples:
  ykt reader info
  ykt reader info 'ACS ACR122U' --json
"""
)
@_READER
@json_option
def info(*, name: str, as_json: bool) -> None:
    """Connect to the card in a reader and say what PC/SC makes of it; nothing is sent to it."""
    link = PcscLink(name)
    try:
        atr = link.power_on()
        said = {"reader": link.reader, "protocol": link.protocol, "atr": atr.hex().upper()}
        said |= link.facts_of_reader()
    finally:
        link.close()
    if as_json:
        print_json(said, indent=2)
        return
    for key, value in said.items():
        click.echo(f"{key.replace('_', ' '):15} {value}")


@reader.command(
    epilog="""\b
Examples:
  ykt card serve null: &
  ykt reader calibrate 0 --out way.json
  ykt conform card --target pcsc:0 --ics dual --calibration way.json
  ykt reader calibrate 'ACS ACR122U' --command 00A4040000 --rounds 500

\b
The null card answers at once, so what is measured is the way: PC/SC, driver,
reader and this program. With --command a card of another kind is measured,
its own time included: the figures are then upper bounds.
"""
)
@_READER
@click.option("--rounds", type=click.IntRange(20, 100_000), default=200, help="Exchanges of each"
              " length (200).")  # fmt: skip
@click.option("--command", default="", metavar="HEX", help="For a card that is no null card: a"
              " command that only reads.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="File to write.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@json_option
def calibrate(
    *, name: str, rounds: int, command: str, out: Path | None, force: bool, as_json: bool
) -> None:  # fmt: skip
    """Measure the way to the card (校准), to tell card and terminal times from it."""
    if out is not None:
        files.must_be_new(out, force=force)
    line = ProgressLine()
    found = measure_way(
        name,
        rounds=rounds,
        command=_command(command),
        progress=lambda done, every: line.tell(f"{done} of {every} rounds", last=done == every),
    )
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
    if out is not None:
        files.write_text(out, text)
    if as_json:
        click.echo(text, nl=False)
        return
    for point in found.points:
        click.echo(
            f"{point.size:>5} bytes  5% {point.low_ms:.3f}  median {point.median_ms:.3f}"
            f"  95% {point.high_ms:.3f} ms"
        )
    click.echo(found.words())
    if out is not None:
        click.echo(f"{out}: written")


def _command(text: str) -> bytes:
    try:
        return unhex(text)
    except ValueError as error:
        raise UsageError(f"--command: {error}") from None


def _plain(one: Reader) -> dict[str, Any]:
    return {"index": one.index, "name": one.name, "states": [word.lower() for word in one.states],
            "present": one.present, "atr": one.atr.hex().upper()}  # fmt: skip


def _state(one: Reader) -> str:
    if one.present:
        extra = "".join(f", {word.lower()}" for word in one.states if word != "PRESENT")
        return f"card 有卡, ATR {one.atr.hex().upper()}{extra}"
    if "MUTE" in one.states:
        return "a card that does not answer 卡无应答"
    return "empty 无卡" if "EMPTY" in one.states else ", ".join(one.states).lower()
