"""`ykt tear`: cut a tap wherever it can be, and see whether anything is lost (闪卡扫描)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from ykt_sim.bench.sweep import AFTER, FLOWS, Case, Cut, Plan, Setting, Swept, sweep
from ykt_sim.bench.sweep.kept import document, keep, keep_story, lines_of
from ykt_sim.bench.sweep.run import KEPT, replay
from ykt_sim.cli.kit.params import json_option, seed_option
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.cli.kit.render import print_json, print_lines
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.kit.show import fill
from ykt_sim.errors import UsageError

#: Stories that are drawn when more than one cut is asked for, unless it is said how many.
_SAMPLES = 1000
#: Stories that broke a rule which are printed; ``--out`` keeps more.
_PRINTED = 3
_ZH = {"accepted": "成功", "refused": "拒绝", "retry": "请重刷", "nothing": "无显示"}
_PATH = click.Path(path_type=Path)


@click.command(
    epilog="""\b
Examples:
  ykt tear --card dual --terminal bus-upgraded
  ykt tear --card dual --terminal bus-upgraded --all --jobs 2
  ykt tear --all --depth 2 --samples 20000 --seed 1 --out torn
  ykt tear --flow lnt-exit --deviate terminal:torn-forgotten
  ykt tear --flow lnt-purchase --cut 14:leave-after --after second

\b
A tap is cut before, in and after every command, at every physical write of
card and PSAM, in every journal line, before the display; then the card, or
another, is presented, elsewhere, later, after a load or a restart. The books
of cards, journals and displays must agree after every tap, and tomorrow's
ride must work. --out writes swept.json, index.html and, for each story that
broke a rule, a folder with card, PSAM, journal, trace and the line that
plays it again.
Exit codes: 0 no rule was broken, 1 some was, 2 wrong words or files.
"""
)
@click.option("--card", default="dual", metavar="PROFILE", help="Card profile (dual).")
@click.option("--terminal", default="bus-upgraded", metavar="PROFILE",
              help="Terminal profile, or a .toml file (bus-upgraded).")  # fmt: skip
@click.option("--flow", "flows", multiple=True, metavar="NAME",
              help="Sweep this flow; may repeat. Default: those of the terminal.")  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Sweep every flow that the card can do.")
@click.option("--after", multiple=True, metavar="NAME", type=click.Choice(tuple(AFTER)),
              help="Present only this after a cut, see --list; may repeat.")  # fmt: skip
@click.option("--depth", type=click.IntRange(1, 9), default=1, metavar="N",
              help="Cuts in a story, one a tap (1); 2 and more are sampled.")  # fmt: skip
@click.option("--samples", type=click.IntRange(1, 10_000_000), metavar="N",
              help=f"Draw so many stories by seed ({_SAMPLES}); at depth 1: all.")  # fmt: skip
@click.option("--cut", "cuts", multiple=True, metavar="STEP:HOW",
              help="Play this one story; a cut for each tap, as printed.")  # fmt: skip
@click.option("--deviate", multiple=True, metavar="ROOM:NAME",
              help="A fault of card, terminal or sam; may repeat. Also NAME?deviate=FAULT behind"
              " --card and --terminal.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(0, 256), default=0, metavar="N",
              help="Processes (as many as processors).")  # fmt: skip
@click.option("--out", type=_PATH, metavar="DIR", help="Folder to write.")
@click.option("--list", "listing", is_flag=True, help="List flows and what is presented.")
@seed_option
@json_option
def tear(**given: Any) -> int:
    """Cut a tap wherever it can be, and see whether anything is lost (闪卡扫描)."""
    words = _Words(**given)
    if words.listing:
        return _listed()
    setting = Setting.of(words.card, words.terminal, words.deviate)
    if words.cuts:
        return _one(words, setting)
    if words.flows and words.every:
        raise click.UsageError("give either --flow or --all")
    line = ProgressLine()
    swept = sweep(_plan(words, setting), lambda n, total: line.tell(f"{n} of {total} stories"))
    line.end()
    if words.out is not None:
        _kept(words.out, swept)
    if words.as_json:
        print_json(document(swept))
    else:
        print_lines(_lines(swept))
    return FAILED if swept.violations else OK


class _Words(msgspec.Struct, frozen=True):
    """The words of the verb."""

    card: str
    terminal: str
    flows: tuple[str, ...]
    every: bool
    after: tuple[str, ...]
    depth: int
    samples: int | None
    cuts: tuple[str, ...]
    deviate: tuple[str, ...]
    jobs: int
    out: Path | None
    listing: bool
    seed: int | None
    as_json: bool


def _plan(words: _Words, setting: Setting) -> Plan:
    return Plan(
        setting=setting,
        flows=words.flows,
        every=words.every,
        depth=words.depth,
        samples=words.samples or (_SAMPLES if words.depth > 1 else 0),
        seed=words.seed or 0,
        jobs=words.jobs,
        after=words.after,
    )


def _listed() -> int:
    click.echo("flows 交易流程")
    for flow in FLOWS:
        click.echo(f"  {flow.name:<18} {fill(flow.zh, 18)} {flow.terminal}")
    click.echo("presented after the cut 断点之后")
    for name, after in AFTER.items():
        click.echo(f"  {name:<18} {fill(after.zh, 18)} {after.text}")
    return OK


def _one(words: _Words, setting: Setting) -> int:
    """Play one story and tell it."""
    if len(words.flows) != 1 or len(words.after) > 1:
        raise click.UsageError("--cut plays one story: give one --flow, and --after once at most")
    case = Case(
        words.flows[0], tuple(map(Cut.of, words.cuts)), words.after[0] if words.after else "same"
    )
    out = words.out
    came = replay(setting, case) if out is None else keep_story(out, setting, case)
    if words.as_json:
        print_json(msgspec.to_builtins(came))
    else:
        print_lines(lines_of(setting, came))
    return FAILED if came.broken else OK


def _kept(out: Path, swept: Swept) -> None:
    from ykt_conformance.report.html.tear_page import render_sweep  # noqa: PLC0415 - late

    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: no folder")
    keep(out, swept)
    render_sweep(swept, out / "index.html")


def _lines(swept: Swept) -> Iterator[str]:
    """A table of flows; of one flow what was said after which presentation; what was broken."""
    yield f"{'flow':<18} {fill('流程', 18)} {'points':>6} {'stories':>7} {'broken':>6}"
    names = {flow.name: flow.zh for flow in FLOWS}
    for flow, points in swept.points.items():
        rows = [row for row in swept.rows if row.flow == flow]
        broken = sum(1 for row in rows if row.broken)
        yield f"{flow:<18} {fill(names[flow], 18)} {points:>6} {len(rows):>7} {broken:>6}"
    for flow in swept.points:
        yield ""
        yield f"{flow} {names[flow]}: what the display said when the card came back"
        for after, counts in swept.counts(flow).items():
            yield f"  {after:<12} {fill(AFTER[after].zh, 12)} {_counted(counts)}"
    yield ""
    for came in swept.broken[:_PRINTED]:
        yield from lines_of(swept.plan.setting, came)
        yield ""
    rules = Counter(rule for row in swept.rows for rule in row.broken)
    told = ", ".join(f"{rule} {count}" for rule, count in rules.most_common())
    yield (
        f"{len(swept.rows)} stories, {sum(swept.points.values())} points,"
        f" {swept.violations} broke a rule" + (f": {told}" if told else "")
    )
    if swept.violations > KEPT:
        yield f"the first {KEPT} of them are kept"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(
        f"{word}{' ' + _ZH[word] if word in _ZH else ''} {count}"
        for word, count in counts.most_common()
    )
