"""`ykt conform explore`: drive a card or PSAM where no case goes, judged by the reference model."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from ykt_conformance.explore import (
    Explored,
    ExplorePlan,
    explore,
    recording,
    redactor,
    replay,
    withheld,
)
from ykt_sim.cli.conform import played
from ykt_sim.cli.conform.modelled import TargetWords, again, plan_of, target_options
from ykt_sim.cli.kit.guarded import checked, write_options
from ykt_sim.cli.kit.params import json_option, options, seed_option, unmask_option
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.cli.kit.render import print_json
from ykt_sim.transport.guard import READ_ONLY, Permit

#: File of the steps that are played again.
_STEPS = "steps.txt"


_options = options(
    click.option("--steps", type=click.IntRange(1), metavar="N", help="Stop after N exchanges."),
    click.option("--minutes", type=click.FloatRange(0.01, 1440), metavar="M",
                 help="Stop after M minutes (0.5; with --steps 10)."),
    click.option("--replay", "played", metavar="STEPS",
                 help="Play these steps, a file or a text with ; between, and no others."),
    click.option("--history", type=click.IntRange(0), default=0, metavar="N",
                 help="With --replay: the card or PSAM of this history (0)."),
    click.option("--out", type=click.Path(path_type=Path), help="Folder to write."),
    click.option("--force", is_flag=True, help="Replace what is in that folder."),
    seed_option,
    unmask_option,
    json_option,
)  # fmt: skip


@click.command(
    epilog="""\b
Examples:
  ykt conform explore card --target sim:dual
  ykt conform explore card --target sim:dual?deviate=proof-any-type --seed 1
  ykt conform explore card --target tcp:127.0.0.1:9025 --ics card.toml
  ykt conform explore card --target sim:lnt --replay steps.txt

\b
It stops at the first answer that breaks a rule, shortens the list of steps on
fresh cards, and prints it with the line that plays it again. --out writes
steps.txt for --replay, trace.jsonl and explored.json. Without --steps and
--minutes it ends behind its plan, after ten minutes at most.
Exit codes: 0 no divergence, 1 one, 2 it ended early, 3 wrong words or files.
""",
)
@target_options("As for ykt conform card.")
@_options
@write_options
def card(*, permit: Permit, **given: Any) -> int:
    """Explore a card (卡片探索)."""
    words = _Words(subject="card", **given)
    return _run(words, checked(permit, words.target, words.keys))


@click.command(
    epilog="""\b
Examples:
  ykt conform explore psam --target sam:bus-upgraded
  ykt conform explore psam --target 'pipe:./mypsam' --ics bus.toml --fresh
  ykt conform explore psam --target sam:metro-exit --replay steps.txt

\b
TARGET is sam:TERMINAL (new each time), sam:FILE.json, pipe:COMMAND,
tcp:HOST:PORT or pcsc:READER, which is only read. The ICS is that of its
terminal; section [psam] says what it is. --keys gives its purchase masters.
It ends, and writes, as ykt conform explore card does.
Exit codes: 0 no divergence, 1 one, 2 it ended early, 3 wrong words or files.
""",
)
@target_options("The PSAM: sam:TERMINAL, pipe:COMMAND, tcp:HOST:PORT, ...")
@_options
def psam(**given: Any) -> int:
    """Explore a PSAM (PSAM 探索)."""
    return _run(_Words(subject="psam", **given), READ_ONLY)


def _run(words: _Words, permit: Permit) -> int:
    plan, found = _explored(words, permit)
    created = datetime.now().astimezone().isoformat(timespec="seconds")
    trace = recording(found, plan, created=created)
    hide = redactor(trace, plan, permit.numbers, unmask=words.unmask)
    found, trace = withheld(found, trace, plan)
    line = again(found, words, permit, hide)
    document = hide.data(found.document()) | {"replay": line}
    if words.out is not None:
        played.write(words.out, _STEPS, found.steps, trace, document)
    if words.as_json:
        print_json(document, indent=1)
        return found.exit_code
    for text in found.lines():
        click.echo(hide.text(text))
    if line:
        click.echo(f"again: {line}")
    return found.exit_code


def _explored(words: _Words, permit: Permit) -> tuple[ExplorePlan, Explored]:
    """What is to be explored, and what is found on the target."""
    played.must_be_new(words.out, _STEPS, force=words.force)
    line = ProgressLine()
    seconds = 60 * (words.minutes or (10 if words.steps else 0.5))
    whole = not words.minutes and not words.steps
    plan = plan_of(words, permit, line, steps=words.steps or 0, seconds=seconds)
    plan = replace(plan, whole=whole)
    if words.played is not None:
        found = replay(
            plan, played.given(words.played, plan.subject.grammar.read_all), words.history
        )
    else:
        found = explore(plan)
    line.end()
    return plan, found


class _Words(TargetWords, frozen=True):
    """The words of the verb."""

    steps: int | None
    minutes: float | None
    played: str | None
    history: int
    out: Path | None
    force: bool
    unmask: bool
    as_json: bool
