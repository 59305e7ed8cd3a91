"""`ykt conform ics`: forms of what a product claims."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from ykt_conformance.cases.clauses import questions
from ykt_conformance.cases.registry import card_cases
from ykt_conformance.ics import form as forms
from ykt_conformance.ics.observe import draft
from ykt_conformance.run.plan import Wanted, make_plan, problems_of
from ykt_conformance.run.survey import survey
from ykt_conformance.run.targets.names import open_target
from ykt_sim.bench import files
from ykt_sim.bench.targets import in_reader
from ykt_sim.cli.conform.subjects import SUBJECT, whose
from ykt_sim.cli.kit.guarded import checked, write_options
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.trace.sources import choice_options, whole_trace
from ykt_sim.errors import UsageError
from ykt_sim.trace.model import Trace
from ykt_sim.trace.opening import Choice
from ykt_sim.transport.guard import Permit

_OUT = click.option("--out", type=click.Path(path_type=Path), help="File to write.")


@click.group(name="ics")
def ics_group() -> None:
    """Write, check and draft forms of what a product claims (实现一致性声明)."""


@ics_group.command(
    name="new",
    epilog="""\b
Examples:
  ykt conform ics new card --out my-card.toml
  ykt conform ics new terminal --json
""",
)
@click.argument("subject", type=SUBJECT)
@_OUT
@click.option("--force", is_flag=True, help="Overwrite the file.")
@json_option
def ics_new(*, subject: str, out: Path | None, force: bool, as_json: bool) -> None:
    """Write an empty form with a comment at every entry.

    Under [clauses] stand those that rest on no standard and no laboratory. A product that keeps
    one otherwise says there what it does instead: it is not failed by that clause.
    """
    chosen = whose(subject)
    give(forms.new(chosen, questions(chosen)), out, force=force, as_json=as_json)


@ics_group.command(
    name="list",
    epilog="""\b
Examples:
  ykt conform ics list
  ykt conform ics list --json
""",
)
@json_option
def ics_list(*, as_json: bool) -> None:
    """List the forms that are shipped: any --ics takes their names."""
    known = [forms.load(name) for name in forms.form_names()]
    if as_json:
        print_json(
            [
                {"name": one.name, "subject": one.subject, "title": one.ics.about.title,
                 "sha256": one.sha256}
                for one in known
            ],
            indent=1,
        )  # fmt: skip
        return
    wide = max(len(one.name) for one in known)
    for one in known:
        click.echo(f"{one.name:{wide}}  {one.subject:8}  {one.ics.about.title}")


@ics_group.command(
    name="show",
    epilog="""\b
Examples:
  ykt conform ics show dual
  ykt conform ics show my-card.toml --json
""",
)
@click.argument("name", metavar="NAME")
@json_option
def ics_show(*, name: str, as_json: bool) -> None:
    """Show a form, shipped or of a file, with what every entry asks."""
    form = forms.load(name)
    give(forms.render(form.ics), None, force=False, as_json=as_json)


@ics_group.command(
    name="check",
    epilog="""\b
Examples:
  ykt conform ics check my-card.toml
  ykt conform ics check dual --json
""",
)
@click.argument("name", metavar="FILE")
@json_option
def ics_check(*, name: str, as_json: bool) -> int:
    """Say what contradicts itself in a form; a misspelt entry is named with its path."""
    form = forms.load(name)
    problems = problems_of(form)
    if as_json:
        head = {"subject": form.subject, "sha256": form.sha256}
        print_json(head | {"problems": list(problems)}, indent=1)
        return FAILED if problems else OK
    for problem in problems:
        click.echo(f"{name}: {problem}")
    if not problems:
        click.echo(f"{name}: a sound ICS of a {form.subject}, SHA-256 {form.sha256}")
        for clause, said in form.ics.clauses.items():
            click.echo(f"{clause} is kept otherwise: {said}")
    return FAILED if problems else OK


@ics_group.command(
    name="draft",
    epilog="""\b
Examples:
  ykt conform ics draft tap.jsonl --out my-card.toml
  ykt conform ics draft monday.log tuesday.log
  ykt conform ics draft --target sim:dual
  ykt conform ics draft --target tcp:127.0.0.1:9025 --allow-writes --keys k
  ykt conform ics draft tap.jsonl --subject terminal

\b
Several traces are of one product; where they differ the later one is taken
and the comment at the entry says so. A target is only read, unless
--allow-writes: then a PIN is shown, three fen are loaded, spent and
unloaded, an overdraft limit is moved and put back, and files are written
with what they hold. With your own keys give --keys.
""",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[TRACE]…")
@click.option("--target", default="", metavar="TARGET", help="A card: as for ykt conform card.")
@click.option("--keys", default="", metavar="FILE", help="Keys, as ykt card keys --json.")
@click.option("--subject", type=SUBJECT, default="card", help="Whose form (card).")
@write_options
@choice_options
@_OUT
@click.option("--force", is_flag=True, help="Overwrite the file.")
@json_option
def ics_draft(  # noqa: PLR0913 - one argument a word
    *, paths: tuple[Path, ...], target: str, keys: str, subject: str, permit: Permit,
    choice: Choice, out: Path | None, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Fill in what traces or a card show; comments say what each entry rests on."""
    if not (paths or target):
        raise UsageError("give traces, or --target")
    if paths and target:
        raise UsageError(f"give traces or --target, not both: {paths[0]} and {target}")
    if target:
        if subject != "card":
            raise UsageError("--target is a card")
        text = draft(_looked_at(target, keys, permit), "card", target)
    else:
        if permit.allow or permit.numbers or keys:
            raise UsageError("--keys, --allow-writes and --number go with --target")
        text = draft(_all(paths, choice), whose(subject), ", ".join(path.name for path in paths))
    give(text, out, force=force, as_json=as_json)


def _all(paths: Iterable[Path], choice: Choice) -> list[Trace]:
    return [whole_trace(path, choice) for path in paths]


def _looked_at(target: str, keys: str, permit: Permit) -> Trace:
    """A recording of a look at a card."""
    permit = checked(permit, target, keys) if in_reader(target) else permit
    if permit.numbers and not in_reader(target):
        raise UsageError("--number is for cards in real readers (pcsc:)")
    empty = forms.read(forms.new("card"), "empty")
    plan = make_plan(card_cases(), empty, Wanted(keys=keys), now=_now, stated=False)
    return survey(open_target(target, permit=permit), plan, writes=permit.allow)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def give(text: str, out: Path | None, *, force: bool, as_json: bool) -> None:
    """Write the form to a file, or show it as TOML or as the same values in JSON."""
    if out is None and as_json:
        print_json(tomllib.loads(text), indent=1)
        return
    if out is None:
        click.echo(text, nl=False)
        return
    files.must_be_new(out, force=force)
    files.write_text(out, text)
    click.echo(f"{out}: written")
