"""`ykt card`: make, show and drive test cards."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import click

from ykt_sim import bench, profiles
from ykt_sim.bench import files, images
from ykt_sim.bench.chance import rng
from ykt_sim.bench.reading import KINDS, CardReading
from ykt_sim.bench.streams import Lines, answers
from ykt_sim.bench.targets import kind_of
from ykt_sim.card.describe import describe, list_keys
from ykt_sim.cli.card.serve import insert, remove, serve, slots
from ykt_sim.cli.card.show import key_table, view_lines
from ykt_sim.cli.kit.params import Yuan, durable_option, json_option, seed_option
from ykt_sim.cli.kit.render import print_json, yuan
from ykt_sim.cli.kit.shell import FAILED, OK, complain
from ykt_sim.errors import UsageError
from ykt_sim.meaning.cardview import decoded_view
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.transport import EngineLink, Link

_CARD = click.argument("card_file", type=click.Path(path_type=Path), metavar="CARD.JSON")


@click.group()
def card() -> None:
    """Make, show and drive test cards (卡片).

    A card lives in a JSON file, its image. All keys are published test keys of this
    project: such a card is of no use anywhere else.
    """


@card.command(
    epilog="""\b
Examples:
  ykt card new --profile dual --balance 88.00 --out card.json
  ykt card new --profile tunion --pan 3104870400000000123 --out other.json
  ykt card new --profile ./my-card.toml --out mine.json --force
"""
)
@click.option(
    "--profile", required=True, metavar="NAME",
    help="lnt, tunion, dual or blank; or the path of a profile (.toml).",
)  # fmt: skip
@click.option("--pan", metavar="DIGITS", help="T-Union number (应用序列号), 19 digits.")
@click.option("--lnt-number", metavar="DIGITS", help="Lingnan Tong number (卡号), 10 digits.")
@click.option("--balance", type=Yuan(), default="0", help="Balance in yuan, e.g. 88.00.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@json_option
def new(
    *, profile: str, pan: str | None, lnt_number: str | None, balance: int, force: bool,
    out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Make a card from a profile (制卡)."""
    from ykt_sim.card.personalise import personalise  # noqa: PLC0415 - late on purpose

    files.must_be_new(out, force=force)
    chosen = profiles.load_card_profile(profile)
    image = personalise(chosen, pan=pan, lnt_number=lnt_number, balance=balance)
    images.save_card(out, image)
    if as_json:
        print_json({"file": str(out), "profile": chosen.name, "balance": balance})
    else:
        click.echo(f"{out}: {chosen.title} {chosen.title_zh}, {yuan(balance)} yuan")


@card.command(
    epilog="""\b
Examples:
  ykt card show card.json
  ykt card show card.json --json --unmask
  ykt card show pcsc:0 --trace card.jsonl
  ykt card show 'pcsc:ACR122?wait=30&share=shared'
"""
)
@click.argument("source", metavar="CARD.JSON|pcsc:READER")
@click.option("--unmask", "--unmasked", "unmasked", is_flag=True,
              help="Show whole card numbers and raw bytes.")  # fmt: skip
@click.option("--trace", "trace_file", type=click.Path(path_type=Path), metavar="FILE",
              help="Where to keep what passed between reader and card (pcsc:).")  # fmt: skip
@json_option
def show(*, source: str, unmasked: bool, trace_file: Path | None, as_json: bool) -> None:
    """Show a card: files decoded, balances, counters, logs (读卡).

    A card in a real reader is only read: every command that could change it is held back.
    Card numbers are masked. Keys and personal fields are never shown, nor is the
    cardholder's file of a card in a reader ever read; its trace holds the whole numbers.
    """
    if kind_of(source) in KINDS:
        found = _read(source, trace_file)
    elif trace_file is not None:
        raise UsageError("--trace is for cards in readers: a file's card is not talked to")
    else:
        found = describe(images.load_card(Path(source)))
    if as_json:
        print_json(decoded_view(found, unmasked=unmasked), indent=2)
    else:
        click.echo("\n".join(view_lines(found, unmasked=unmasked)))


def _read(source: str, trace_file: Path | None) -> dict[str, Any]:
    """Read a card over a link; the trace is written also of a reading that broke off."""
    reading = CardReading(source)
    try:
        return reading.read()
    finally:
        if trace_file is not None:
            files.write_text(trace_file, write_trace(reading.trace()))


@card.command(
    epilog="""\b
Examples:
  ykt card keys card.json
  ykt card keys card.json --json
"""
)
@_CARD
@json_option
def keys(*, card_file: Path, as_json: bool) -> None:
    """List a card's own test keys (测试密钥), to drive it with another program.

    These are keys of this project, diversified from its published test keys or written
    by you. No key of a real scheme is in them.
    """
    found = list_keys(images.load_card(card_file))
    notice = profiles.load_test_keys().notice
    if as_json:
        print_json({"notice": notice, "keys": found}, indent=2)
    else:
        click.echo("\n".join([f"# {notice}", *key_table(found)]))


@card.command(
    epilog="""\b
Examples:
  echo 00A40000023F00 | ykt card pipe --profile dual
  ykt card pipe card.json < commands.txt > answers.txt

\b
Lines in:  a command in hex (blanks allowed), or 'reset'; blank lines and
           what follows a # are skipped
Lines out: the answer with its status word in hex; for 'reset' the ATR
A line that is not hex never reaches the card: it is answered 6700 and
explained on stderr, and the exit code is 1 at the end.
"""
)
@click.argument("card_file", type=click.Path(path_type=Path), required=False, metavar="[CARD.JSON]")
@click.option("--profile", metavar="NAME", help="A new card instead of a file.")
@click.option(
    "--out", type=click.Path(path_type=Path),
    help="Drive a copy and keep it here; default: CARD.JSON itself.",
)  # fmt: skip
@durable_option
@seed_option
@json_option
def pipe(
    *, card_file: Path | None, profile: str | None, out: Path | None, durable: bool,
    seed: int | None, as_json: bool,
) -> int:  # fmt: skip
    """Drive a card line by line: C-APDU in, R-APDU out, in hex.

    The card is powered on at the start. Its file is up to date before an answer is out, and
    nobody else's until the input ends. --json answers with objects {"data", "sw"} ({"atr"}
    for reset).
    """
    if (card_file is None) == (profile is None):
        raise click.UsageError("give either CARD.JSON or --profile")
    link, renew = _opened(card_file, profile, out, seed, durable=durable)
    wrong = False
    with Lines(sys.stdin.buffer) as lines, closing(link):
        link.power_on()
        for answer in answers(link, lines, renew):
            if answer.error:
                wrong = True
                complain(answer.error)
            click.echo(answer.text(as_json=as_json))
    if lines.stopped_by:
        return 128 + lines.stopped_by
    return FAILED if wrong else OK


def _opened(
    card_file: Path | None,
    profile: str | None,
    out: Path | None,
    seed: int | None,
    *,
    durable: bool,
) -> tuple[Link, Callable[[int], Link] | None]:  # fmt: skip
    """The card, and what gives a new one; a card in a file is the one that was there first."""
    from ykt_sim.bench.simulated import card_in_file  # noqa: PLC0415 - late on purpose

    if out is not None:
        files.must_be_plain(out)
    if profile is not None and out is not None:
        images.save_card(out, bench.make_card(profile).snapshot())
    elif card_file is not None and out is not None:
        images.save_card(out, images.load_card(card_file))
    target = out or card_file
    if target is not None:
        return card_in_file(target, seed=seed, durable=durable), None
    renew = partial(_new, profile or "")
    return renew(seed), renew


def _new(profile: str, seed: int | None) -> Link:
    return EngineLink(bench.make_card(profile, rng(seed)))


for verb in (serve, insert, remove, slots):
    card.add_command(verb)
