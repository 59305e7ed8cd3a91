"""`ykt soak`: taps for a number or a time, with trouble, and an account of what was lost."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from ykt_sim.bench.soak.plan import Kinds
from ykt_sim.bench.soak.run import Soak, Soaked, SoakSetup
from ykt_sim.cli.kit.params import json_option, seed_option
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.cli.kit.render import print_json, yuan
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.transport.signals import stopped_by_signals

_SEED = 1 << 32
_TAPS = 1000


@click.command(
    epilog="""\b
Examples:
  ykt soak --card dual --terminal bus-upgraded
  ykt soak --card tunion --terminal metro-entry --terminal metro-exit \\
      --minutes 30
  ykt soak --card dual --terminal bus-upgraded --taps 500 --kills --seed 7
  ykt soak --card lnt --terminal bus-legacy --out soaked --json

\b
Without --kills, --disk-full, --slow-disk and --clock-jumps there is all of
that; with some of them there is only what was named. The same --seed and
--taps do the same again.
Exit code 0: nothing was lost; 1: something was, and the files are kept;
130, 143: ended early by Ctrl-C, by SIGTERM, and nothing was lost till then.
"""
)
@click.option("--card", required=True, metavar="PROFILE", help="Kind of the cards; four at a time.")
@click.option("--terminal", "terminals", required=True, multiple=True, metavar="NAME",
              help="Where they pay; may be given again.")  # fmt: skip
@click.option("--taps", type=click.IntRange(1), metavar="N", help=f"So many taps ({_TAPS:,}).")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), metavar="M",
              help="So long, instead.")  # fmt: skip
@click.option("--kills", is_flag=True, help="Processes are killed.")
@click.option("--disk-full", is_flag=True, help="The disk is full, or read-only, for a while.")
@click.option("--slow-disk", is_flag=True, help="The disk takes its time.")
@click.option("--clock-jumps", is_flag=True, help="The terminal's clock is wrong for a while.")
@seed_option
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Keep cards, PSAMs and journals here.")  # fmt: skip
@json_option
def soak(
    *, card: str, terminals: tuple[str, ...], taps: int | None, minutes: float | None,
    seed: int | None, out: Path | None, as_json: bool, **kinds: bool,
) -> int:  # fmt: skip
    """Tap cards under trouble and say what was lost: nothing (长时间压力测试).

    Each terminal is a process of its own with a state folder, killed at moments that are
    drawn; cards are loaded when they have little left. An account that shares no code with
    them reads cards and journals after every process, and at the end every card comes
    back once more.
    """
    if taps is not None and minutes is not None:
        raise click.UsageError("give one of --taps and --minutes")
    if not any(kinds.values()):
        kinds = dict.fromkeys(kinds, True)
    folder = Path(tempfile.mkdtemp(prefix="ykt-soak-")) if out is None else out
    setup = SoakSetup(
        card, terminals, folder, secrets.randbelow(_SEED) if seed is None else seed,
        taps=0 if minutes is not None else taps or _TAPS, minutes=minutes or 0.0,
        kinds=Kinds(**kinds),
    )  # fmt: skip
    result, number = _soaked(setup, keep=out is not None)
    kept = str(folder) if folder.exists() else ""
    if as_json:
        print_json(msgspec.to_builtins(result) | {"kept": kept}, indent=1)
    else:
        for text in (*lines(result), *([f"kept in {kept}"] if kept else ())):
            click.echo(text)
    return FAILED if result.lost else 128 + number if number else OK


def _soaked(setup: SoakSetup, *, keep: bool) -> tuple[Soaked, int]:
    """Soak, with progress; gives the number of the signal that ended it, or 0.

    The folder stays where something was lost, or is to be kept.
    """
    line = ProgressLine()
    of = f" of {setup.taps:,}" if setup.taps else ""
    lost = False
    try:
        soak = Soak(setup, lambda so: line.tell(f"{so.taps:,}{of} taps, {so.kills:,} kills"))
        with stopped_by_signals(soak.stop) as got:
            result = soak.run()
        lost = bool(result.lost)
    finally:
        line.end()
        if not keep and not lost:
            shutil.rmtree(setup.folder)
    return result, got[0] if got else 0


def lines(result: Soaked) -> Iterator[str]:
    """What came of a soak, for people."""
    ends = ", ".join(f"{name} {count:,}" for name, count in sorted(result.outcomes.items()))
    yield f"{result.taps:,} taps ({ends or 'none'}), seed {result.seed}"
    yield (
        f"  {result.processes:,} processes, {result.kills:,} of them killed; the disk refused"
        f" {result.refused:,} changes; the clock jumped {result.jumps:,} times"
    )
    yield (
        f"  cards: {result.cards:,}, PSAM numbers: {result.numbers:,}, journal files:"
        f" {result.segments:,}"
    )
    disputed = f", in dispute {yuan(result.disputed)}" if result.disputed else ""
    yield f"  paid {yuan(result.paid)} yuan, loaded {yuan(result.loaded)}{disputed}"
    if not result.lost:
        yield "lost: nothing 无丢失"
    for one in result.lost:
        yield f"LOST 丢失: {one}"
