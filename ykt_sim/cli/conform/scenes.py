"""`ykt conform explore terminal`: scenes at a terminal, judged by the model of money and duty."""

from __future__ import annotations

import shlex
import time
from datetime import datetime
from pathlib import Path
from secrets import randbelow
from typing import Any

import click
import msgspec

from ykt_conformance.explore import terminal as exploring
from ykt_conformance.run.plan import RunPlan, drawn, known_rules, must_be_sound
from ykt_sim.cli.conform import played
from ykt_sim.cli.kit.params import json_option, seed_option, unmask_option
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.cli.kit.render import print_json

#: File of the steps that are played again.
_STEPS = "scene.txt"
#: Taps unless something else is asked for: bounds that count mean the same on every machine.
_TAPS = 3000
#: So many card numbers there are to begin with.
_NUMBERS = 9_000_000


@click.command(
    name="terminal",
    epilog="""\b
Examples:
  ykt conform explore terminal --target sim:metro-exit
  ykt conform explore terminal --target sim:ferry?deviate=torn-forgotten
  ykt conform explore terminal --listen tcp:127.0.0.1:9026 --ics bus.toml
  ykt conform explore terminal --target sim:bus-tunion --replay scene.txt

\b
Steps of --replay: clock MOMENT; card NAME KIND; tap NAME; elsewhere NAME
PURSE, with options behind them. Of a tap: tear=N or tear=COMMAND takes the
card away at its N-th command or at that one, after it is done with ! behind
it; hear=COMMAND:SW, hear=COMMAND:less, hear=mac2 and others are what the
terminal hears instead. A word that is none is answered with all that there
are; docs/howto/explore-a-terminal.md explains each.

\b
It makes cards, taps them in any order, takes them away, brings them back,
and stops at the first tap that breaks a rule of money and duty. The scene is
shortened and printed with the line that plays it again. --out writes
scene.txt for --replay, trace.jsonl and explored.json.
Exit codes: 0 nothing found, 1 something, 2 it ended early, 3 wrong words or
files.
""",
)
@click.option("--target", default="", metavar="TARGET", help="As for ykt conform terminal.")
@click.option("--listen", default="", metavar="ADDRESS",
              help="Wait for a terminal there, as ykt conform terminal does.")  # fmt: skip
@click.option("--present", type=click.Choice(["auto", "prompt"]), default="auto",
              help="prompt: announce each card and wait.")  # fmt: skip
@click.option("--ics", default="", metavar="FILE", help="ICS: a shipped name or a .toml.")
@click.option("--taps", "--steps", "taps", type=click.IntRange(1), metavar="N",
              help=f"Stop after N taps ({_TAPS}; with --scenes no bound).")  # fmt: skip
@click.option("--scenes", type=click.IntRange(1), metavar="N", help="Stop after N scenes.")
@click.option("--minutes", type=click.FloatRange(0.01, 1440), default=10.0, metavar="M",
              help="Stop after M minutes (10), whatever the other bounds are.")  # fmt: skip
@click.option("--ignore", "ignored", multiple=True, metavar="RULE",
              help="Pass over what breaks this rule; may repeat.")  # fmt: skip
@click.option("--replay", "played", metavar="STEPS",
              help="Play this scene, a file or a text with ; between, and no others.")  # fmt: skip
@click.option("--scene", type=click.IntRange(0), default=0, metavar="N",
              help="With --replay: the cards of this scene (0).")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--force", is_flag=True, help="Replace what is in that folder.")
@seed_option
@unmask_option
@json_option
def explore_terminal(**given: Any) -> int:
    """Explore a terminal (终端探索)."""
    words = _Words(**given)
    if bool(words.target) == bool(words.listen):
        raise click.UsageError("give either --target or --listen")
    plan, found = _explored(words)
    trace = exploring.recording(found, created=_now())
    hide = exploring.redactor(trace, plan, unmask=words.unmask)
    again = _again(found, words)
    whole = _whole(found, words)
    document = hide.data(found.document()) | {"replay": again, "replay_run": whole}
    if words.out is not None:
        played.write(words.out, _STEPS, found.steps, trace, document)
    if words.as_json:
        print_json(document, indent=1)
        return found.exit_code
    for text in found.lines():
        click.echo(hide.text(text))
    if again:
        click.echo(f"again: {again}")
    if whole:
        click.echo(f"where that shows nothing, it needs what the terminal kept: {whole}")
    elif words.played is not None and words.listen and found.finding is None:
        click.echo("the scene alone: a finding that needs what came before needs the whole run")
    return found.exit_code


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


class _Words(msgspec.Struct, frozen=True):
    """The words of the verb."""

    target: str
    listen: str
    present: str
    ics: str
    taps: int | None
    scenes: int | None
    minutes: float
    ignored: tuple[str, ...]
    played: str | None
    scene: int
    out: Path | None
    force: bool
    seed: int | None
    unmask: bool
    as_json: bool


def _explored(words: _Words) -> tuple[exploring.ScenePlan, exploring.Explored]:
    """What is to be explored, and what is found at the terminal."""
    # engines come late
    from ykt_conformance.run.terminal import open_terminal, terminal_form  # noqa: PLC0415

    form = terminal_form(words.ics, target=words.target, listen=words.listen)
    must_be_sound(form)
    passed = known_rules(words.ignored)
    asked = words.played
    steps = () if asked is None else played.given(asked, exploring.read_scene)
    played.must_be_new(words.out, _STEPS, force=words.force)
    seed = drawn(words.seed)
    run: RunPlan[Any] = RunPlan(cases=(), ics=form, clock=time.monotonic, now=_now, seed=seed)
    target = open_terminal(
        run, target=words.target, listen=words.listen, present=words.present,
        say=lambda text: click.echo(text, err=True),
    )  # fmt: skip
    line = ProgressLine()
    plan = exploring.ScenePlan(
        target=target,
        form=form.values,
        clock=time.monotonic,
        seed=seed,
        taps=words.taps or (0 if words.scenes else _TAPS),
        scenes=words.scenes or 0,
        seconds=60 * words.minutes,
        # A terminal that goes on living must never meet a number again, not even in another run.
        numbers=exploring.Numbers(randbelow(_NUMBERS)) if words.listen else None,
        passed=passed,
        progress=lambda count, where: line.tell(f"{count} taps, {where}"),
    )
    try:
        found = exploring.replay(plan, steps, words.scene) if steps else exploring.explore(plan)
    finally:
        target.close()
    line.end()
    return plan, found


def _again(found: exploring.Explored, given: _Words) -> str:
    """The line that plays the finding again; empty where there is none."""
    if found.finding is None:
        return ""
    if found.needs_history:
        return f"{_run(found, given)}: the scene alone is not enough"
    words = _words(found, given)
    words += ["--scene", str(found.scene)] if found.scene else []
    return shlex.join([*words, "--replay", "; ".join(found.steps)])


def _whole(found: exploring.Explored, given: _Words) -> str:
    """The line that plays all scenes up to a finding, at a terminal that is not switched off.

    What it kept of them, and of the scene while it was shortened, may be a part of the finding.
    """
    kept = given.listen and not found.given and not found.needs_history
    return _run(found, given) if kept and found.finding is not None else ""


def _run(found: exploring.Explored, given: _Words) -> str:
    words = [*_words(found, given), "--scenes", str(found.scenes)]
    return f"{shlex.join(words)}  # terminal just switched on"


def _words(found: exploring.Explored, given: _Words) -> list[str]:
    """The words of the verb that say where and with what it explores."""
    words = ["ykt", "conform", "explore", "terminal"]
    for name, value in (
        ("--target", given.target), ("--listen", given.listen), ("--ics", given.ics),
    ):  # fmt: skip
        words += [name, value] if value else []
    words += ["--present", given.present] if given.present != "auto" else []
    for rule in given.ignored:
        words += ["--ignore", rule]
    return [*words, "--seed", str(found.seed)]
