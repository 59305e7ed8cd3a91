"""`ykt trace replay`: the terminal's side of a recording, sent to a card again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from ykt_sim.bench import files
from ykt_sim.bench.targets import in_reader, open_target
from ykt_sim.cli.kit.guarded import checked, write_options
from ykt_sim.cli.kit.params import json_option, seed_option
from ykt_sim.cli.kit.render import print_json, yuan
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.trace.sources import card_trace, choice_options
from ykt_sim.cli.trace.words import CardKeys, keys_option
from ykt_sim.errors import UsageError
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.rework.driving import drive, fits
from ykt_sim.rework.outcome import PlayedStep, Replayed, Word, sw_of
from ykt_sim.rework.replay import Replay, ReplayOptions, WithoutKeys
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Header, Trace
from ykt_sim.trace.opening import Choice, damaged
from ykt_sim.transport import Link
from ykt_sim.transport.guard import Permit
from ykt_sim.version import __version__

_PATH = click.Path(path_type=Path)
#: Kinds of cards that a trace is replayed against.
AGAINST: Final = ("sim", "pcsc", "tcp")
_KEEP: Final = "keep"
_NOW: Final = "now"


@click.command(
    epilog="""\b
Examples:
  ykt trace replay tap.jsonl --against sim:dual --keys testkeys
  ykt trace replay tap.jsonl --against sim:card.json --dates now
  ykt trace replay log.txt --session 'Reader 00' --against tcp:127.0.0.1:4747
  ykt trace replay tap.jsonl --against pcsc:0 --keys keys.json --allow-writes

\b
TARGET is one of
  sim:PROFILE[?balance=FEN]  a new card from a profile
  sim:FILE.json              a card image; saved before each answer is used
  tcp:HOST:PORT              a card that speaks the line protocol
  pcsc:READER                a card in a real reader

\b
Exit codes: 0 same outcome, 1 another one, 2 wrong words or files.
"""
)
@click.argument("trace_file", type=_PATH, metavar="FILE")
@click.option("--against", "target", required=True, metavar="TARGET", help="The card.")
@keys_option("Keys of that card, to work out its MACs anew.")
@click.option("--without-keys", type=click.Choice([word.value for word in WithoutKeys]),
              default="stop", show_default=True,
              help="What to do with a command whose code cannot be worked out.")  # fmt: skip
@click.option("--exact", is_flag=True, help="Send the bytes as they were recorded.")
@click.option("--dates", default=_KEEP, metavar="keep|now|YYYYMMDD[hhmmss]",
              help="Where the terminal's clock begins.")  # fmt: skip
@choice_options
@click.option("--out", type=_PATH, metavar="TRACE", help="Write the new trace to a file.")
@write_options
@seed_option
@json_option
def replay(  # noqa: PLR0913 - one word for each option
    *, trace_file: Path, target: str, keys: CardKeys | None, without_keys: str, exact: bool,
    dates: str, choice: Choice, out: Path | None, permit: Permit, seed: int | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Send a recorded terminal's commands to a card and compare the answers (重放).

    MACs and authentications are worked out anew for this card's number, randoms and
    counters; serial numbers and dates stay. The PSAM is not asked: its part is worked
    out too. Old and new answers are compared by meaning.
    """
    trace = card_trace(trace_file, choice)
    allowed = checked(permit, target, keys.path if keys is not None else "")
    options = replace(
        _options(trace, keys, trace_file, target),
        without_keys=WithoutKeys(without_keys), exact=exact, dates=_target_date(dates),
    )  # fmt: skip
    if out is not None:
        files.must_have_folder(out)
    engine = Replay(trace, options)
    link = open_target(target, AGAINST, seed=seed, permit=allowed)
    result = _replayed(engine, link, out)
    if as_json:
        print_json({"damaged": damaged(trace), "against": target, **result.to_json()}, indent=1)
    else:
        _show(result, damaged(trace))
    return OK if result.same else FAILED


def _options(trace: Trace, keys: CardKeys | None, path: Path, target: str) -> ReplayOptions:
    begun = time.monotonic()
    return ReplayOptions(
        keys=keys.ring if keys is not None else None,
        old_keys=_old_keys(trace, keys),
        clock=lambda: round(time.monotonic() - begun, 6),
        header=_header(path, target, trace),
    )


def _old_keys(trace: Trace, keys: CardKeys | None) -> Callable[[], Keys] | None:
    if keys is None or keys.published:
        return None if keys is None else keys.ring
    return keys.ring if fits(trace, keys.ring()) else None


def _replayed(engine: Replay, link: Link, out: Path | None) -> Replayed:
    """Drive the replay; the new trace is written also of one that broke off."""
    try:
        drive(engine, link)
    finally:
        link.close()
        result = engine.result()
        if out is not None:
            files.write_text(out, write_trace(result.trace))
    return result


def _target_date(word: str) -> str:
    if word == _KEEP:
        return ""
    if word == _NOW:
        return datetime.now().strftime("%Y%m%d%H%M%S")  # noqa: DTZ005 - local time
    if not word.isascii() or not word.isdigit() or len(word) not in {8, 14}:
        raise UsageError(f"--dates {word!r}: expected keep, now, YYYYMMDD or YYYYMMDDhhmmss")
    return word


def _header(path: Path, target: str, trace: Trace) -> Header:
    card = target if not in_reader(target) else "card in a reader"
    return Header(
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        source=f"ykt-sim {__version__}, replay of {path.name}",
        card=card,
        terminal=trace.header.terminal,
        provenance="commands of a trace, changed for this card; the PSAM's part is worked out",
    )


# -- output ----------------------------------------------------------------------------


def _show(result: Replayed, broken: int) -> None:
    if broken:
        click.echo(f"ykt: note: {broken} damaged places in the file", err=True)
    for step in result.steps:
        click.echo(_line(step))
        if step.word is Word.FIELD:
            for change in step.changes:
                click.echo(f"       {change.field}: {change.value_a} -> {change.value_b}")
    for remark in result.remarks:
        click.echo(f"note: {remark}")
    for name, (old, new) in result.money.items():
        moved = yuan(new) if old == new else f"{yuan(old)} -> {yuan(new)}"
        click.echo(f"{name}: {moved} yuan moved")
    counts = ", ".join(f"{count} {status}" for status, count in result.codes.items())
    click.echo(f"codes: {counts}")
    if result.stopped:
        click.echo(result.stopped)
    for difference in result.differences:
        click.echo(f"differs: {difference}")
    found = result.differences
    click.echo("same outcome" if not found else f"another outcome, {len(found)} differences")


def _line(step: PlayedStep) -> str:
    who = " (PSAM, not asked)" if step.channel == "sam" else ""
    old, new = sw_of(step.old) or "no answer", sw_of(step.new) or "no answer"
    if step.new is None:
        told = f"{step.word}: {step.why}"
    elif old == new:
        told = f"{new} {step.word}" + (f": {step.why}" if step.why else "")
    else:
        told = f"{old} -> {new} {step.word}" + (f": {step.why}" if step.why else "")
    return f"{step.index:5}  {step.what}{who}: {told}"
