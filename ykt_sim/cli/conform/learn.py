"""`ykt conform learn`: infer the state machine of a card or PSAM, and hold it to its model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from ykt_conformance.learn import LearnPlan, Learnt, document, dot, hidden, learn, lines, svg
from ykt_sim.bench import files
from ykt_sim.cli.conform.modelled import TargetWords, again, plan_of, target_options
from ykt_sim.cli.kit.guarded import checked, write_options
from ykt_sim.cli.kit.params import json_option, options, seed_option, unmask_option
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.cli.kit.render import print_json
from ykt_sim.transport.guard import READ_ONLY, Permit

#: Minutes that learning may take, unless words say otherwise.
_MINUTES = 5.0
#: Random words for each machine, unless words say otherwise.
_WALKS = 300
_DOCUMENT = "learnt.json"


@click.group(name="learn")
def learn_group() -> None:
    """Learn the state machine behind the answers, and draw it (状态机学习)."""


_options = options(
    click.option("--subject", "only", multiple=True, metavar="NAME",
                 help="Only this: tunion-purse, or purse for all; may repeat."),
    click.option("--minutes", type=click.FloatRange(0.01, 1440), default=_MINUTES, metavar="M",
                 help="Stop after M minutes (5)."),
    click.option("--queries", type=click.IntRange(1), metavar="N",
                 help="Stop after N words asked."),
    click.option("--extra", type=click.IntRange(0, 3), default=0, metavar="N",
                 help="Look for up to N states more than were found (0)."),
    click.option("--random", "walks", type=click.IntRange(0), default=_WALKS, metavar="N",
                 help="Random words for each machine at the end (300)."),
    click.option("--out", type=click.Path(path_type=Path), help="Folder to write."),
    click.option("--force", is_flag=True, help="Replace what is in that folder."),
    seed_option,
    unmask_option,
    json_option,
)  # fmt: skip


@learn_group.command(
    epilog="""\b
Examples:
  ykt conform learn card --target sim:dual
  ykt conform learn card --target sim:dual --subject purse --out machines
  ykt conform learn card --target 'pipe:./mycard' --ics card.toml --fresh
  ykt conform learn card --target sim:lnt?deviate=refusal-keeps-transaction

\b
It needs the extra explore (pip install 'ykt-sim[explore]'). --out writes
learnt.json, and NAME.svg and NAME.dot for each machine.
Exit codes: 0 no difference from the reference model, 1 some, 2 none, but a
machine is not complete, 3 wrong words or files.
""",
)
@target_options("As for ykt conform card.")
@_options
@write_options
def card(*, permit: Permit, **given: Any) -> int:
    """Learn the state machines of a card (卡片状态机学习)."""
    words = _Words(subject="card", **given)
    return _run(words, checked(permit, words.target, words.keys))


@learn_group.command(
    epilog="""\b
Examples:
  ykt conform learn psam --target sam:bus-upgraded
  ykt conform learn psam --target sam:bus-upgraded --subject purchase
  ykt conform learn psam --target 'pipe:./mypsam' --ics bus.toml --fresh

\b
Targets, forms and keys are as for ykt conform explore psam, the rest as for
ykt conform learn card.
""",
)
@target_options("The PSAM: sam:TERMINAL, pipe:COMMAND, tcp:HOST:PORT, ...")
@_options
def psam(**given: Any) -> int:
    """Learn the state machines of a PSAM (PSAM 状态机学习)."""
    return _run(_Words(subject="psam", **given), READ_ONLY)


def _run(words: _Words, permit: Permit) -> int:
    if words.out is not None:
        files.must_be_new(words.out / _DOCUMENT, force=words.force)
    line = ProgressLine()
    explore = plan_of(words, permit, line, steps=0, seconds=60 * words.minutes)
    plan = LearnPlan(
        explore=explore, only=words.only, queries=words.queries or 0, extra=words.extra,
        walks=words.walks,
    )  # fmt: skip
    learnt = learn(plan)
    line.end()
    learnt, hide = hidden(learnt, explore, permit.numbers, unmask=words.unmask)
    back = partial(again, given=words, permit=permit, hide=hide)
    told = hide.data(document(learnt, back))
    if words.out is not None:
        _write(learnt, told, words.out)
    if words.as_json:
        print_json(told, indent=1)
        return learnt.exit_code
    for text in lines(learnt, back):
        click.echo(hide.text(text))
    return learnt.exit_code


class _Words(TargetWords, frozen=True):
    """The words of the verb."""

    only: tuple[str, ...]
    minutes: float
    queries: int | None
    extra: int
    walks: int
    out: Path | None
    force: bool
    unmask: bool
    as_json: bool


def _write(learnt: Learnt, told: Mapping[str, Any], out: Path) -> None:
    """All of it for programs, and the drawings."""
    out.mkdir(parents=True, exist_ok=True)
    files.write_text(out / _DOCUMENT, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    for name, text in _drawings(learnt):
        files.write_text(out / name, text)


def _drawings(learnt: Learnt) -> Iterator[tuple[str, str]]:
    for one in learnt.machines:
        if one.machine is not None:
            name = one.subject.name
            title = f"{learnt.target}: {name}"
            marks = learnt.marks(name)
            yield f"{name}.svg", svg(title, one.machine, one.labels, marks)
            yield f"{name}.dot", dot(title, one.machine, one.labels, marks)
