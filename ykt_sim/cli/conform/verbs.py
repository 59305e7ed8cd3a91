"""`ykt conform`: judge cards, terminals and traces. The suite itself is `conformance`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click

from ykt_conformance.cases.clauses import questions
from ykt_conformance.cases.registry import SUITE_VERSION, all_cases, record, suite_sha256
from ykt_conformance.cases.select import choose
from ykt_conformance.ics import form as forms
from ykt_conformance.ics.observe import draft
from ykt_conformance.judge.verdict import Subject
from ykt_conformance.report.verify import verify as verify_folder
from ykt_conformance.run.plan import problems_of
from ykt_sim.bench import files
from ykt_sim.cli.conform.campaign import campaign_group, pdf
from ykt_sim.cli.conform.explore import explore_group
from ykt_sim.cli.conform.run import (
    ConformGroup,
    Words,
    card_run,
    run_options,
    terminal_run,
    trace_runs,
    zoo_run,
)
from ykt_sim.cli.kit.guarded import checked, write_options
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.trace.sources import choice_options, whole_trace
from ykt_sim.trace.opening import Choice
from ykt_sim.transport.guard import Permit

_SUBJECT = click.Choice(["card", "terminal"])


def _whose(subject: str) -> Subject:
    return "card" if subject == "card" else "terminal"


_OUT = click.option("--out", type=click.Path(path_type=Path), help="File to write.")


@click.group(
    cls=ConformGroup,
    epilog="""\b
Examples:
  ykt conform card --target sim:dual --out report
  ykt conform terminal --target sim:bus-upgraded
  ykt conform trace tap.jsonl --ics dual
  ykt conform verify report

\b
Exit codes (of conform alone): 0 every applicable case PASS; 1 some FAIL;
2 none failed, but some are INCONCLUSIVE or ERROR, or nothing was tested;
3 wrong words or files.
""",
)
def conform() -> None:
    """Judge cards, terminals and traces (一致性检测).

    Every case cites the clauses it rests on; what could not be proven is INCONCLUSIVE
    and never a pass.
    """


@conform.command(
    epilog="""\b
Examples:
  ykt conform card --target sim:dual --out report
  ykt conform card --target 'pipe:ykt card pipe --profile lnt' --ics lnt
  ykt conform card --target tcp:127.0.0.1:9025 --ics card.toml --keys k.json
  ykt conform card --target sim:dual --select 'group == "selection"' --dry-run
  ykt conform card --target pcsc:0 --ics dual --allow-writes --number 310...

\b
Targets:
  sim:PROFILE[?deviate=NAME][&balance=FEN]
                     our simulated card, a new one each case
  pipe:COMMAND       a program that speaks the line protocol of ykt card pipe
  tcp:HOST:PORT      the same over TCP
  pcsc:READER[?share=shared][&protocol=t0][&atr=HEX][&control=PATH]
                     a card in a real reader; READER is a number, a name or a
                     part of one. Nothing is written to it without
                     --allow-writes and its number. control is the socket of
                     'ykt card serve'
"""
)
@click.option("--target", required=True, metavar="TARGET", help="The card under test; see below.")
@click.option("--timeout", type=click.FloatRange(0.01, 600), default=5.0, metavar="SECONDS",
              help="Longest wait for an answer (5).")  # fmt: skip
@click.option("--fresh", is_flag=True,
              help="Each start of the target gives a card in its first state.")  # fmt: skip
@write_options
@run_options
def card(
    *, target: str, timeout: float, fresh: bool, permit: Permit, words: Words
) -> int:  # fmt: skip
    """Test a card (卡片检测)."""
    allowed = checked(permit, target, words.keys)
    return card_run(target, words, allowed, timeout=timeout, fresh=fresh)


@conform.command(
    epilog="""\b
Examples:
  ykt conform terminal --target sim:bus-upgraded --out report
  ykt conform terminal --listen tcp:127.0.0.1:9026 --ics my-terminal.toml
  ykt conform terminal --listen vpcd: --ics bus.toml --evidence taps.jsonl

\b
With --listen tcp: we are the card: the terminal connects when it senses a
card, sends one command in hex a line and gets one answer in hex a line. We
hang up to take the card away. Before that it may report:
# {"outcome": "accepted", "amount": 200}

\b
With --listen vpcd:[HOST:PORT] our card is in the virtual PC/SC reader that
the terminal uses. Its decision, the same object without the #, comes by
--evidence:
  FILE                    a file that the terminal's software appends lines to
  http://127.0.0.1:PORT/  posted to us; port 0 takes a free one
  prompt                  you are asked
"""
)
@click.option("--target", default="", metavar="TARGET", help="Our own: sim:PROFILE.")
@click.option("--listen", default="", metavar="ADDRESS", help="Wait for a terminal at"
              " tcp:HOST:PORT, or at PC/SC with vpcd:[HOST:PORT].")  # fmt: skip
@click.option("--evidence", default="", metavar="WHERE", help="Where decisions come from, vpcd:.")
@click.option("--gap", type=click.FloatRange(0, 60), default=0.8, metavar="SECONDS",
              help="How long a virtual reader is empty between two cards (0.8).")  # fmt: skip
@click.option("--present", type=click.Choice(["auto", "prompt"]), default="auto",
              help="Present cards one after the other, or ask before each.")  # fmt: skip
@run_options
def terminal(
    *, target: str, listen: str, present: str, evidence: str, gap: float, words: Words
) -> int:
    """Test a terminal (终端检测)."""
    if bool(target) == bool(listen):
        raise click.UsageError("give either --target or --listen")
    return terminal_run(target, listen, words, present=present, evidence=evidence, gap=gap)


@conform.command(
    epilog="""\b
Examples:
  ykt conform trace tap.jsonl
  ykt conform trace apdu_traces/recorded/*.jsonl --ics dual --json
  ykt conform trace pcscd.log --test-keys --session 2

\b
A trace is a file of any format that 'ykt trace formats' lists; each card
or reader in it is judged as a trace of its own.
Without --ics a form is drafted from each trace. Cases that a trace never
exercised are INCONCLUSIVE and say what it would have had to show.
"""
)
@click.argument("traces", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--subject", type=_SUBJECT, help="Whose cases; default: the ICS's, else card.")
@click.option("--test-keys", is_flag=True, help="The card has our published test keys.")
@choice_options
@run_options
def trace(
    *, traces: tuple[Path, ...], subject: str | None, test_keys: bool, choice: Choice, words: Words
) -> int:
    """Judge recorded traces (日志检测).

    Without --keys, MACs and TACs are judged only where the trace says that the card has
    the published test keys.
    """
    return trace_runs(traces, choice, subject, words, test_keys=test_keys)


@conform.command(
    name="list",
    epilog="""\b
Examples:
  ykt conform list
  ykt conform list --select '"CL-SEL-001" in clauses' --json
""",
)
@click.option("--subject", type=_SUBJECT, help="Cards or terminals; default: both.")
@click.option("--select", "where", default="", metavar="EXPR",
              help="Over id, group, subject, title, clauses, official, needs.")  # fmt: skip
@json_option
def list_(*, subject: str | None, where: str, as_json: bool) -> None:
    """List the cases (检测项目)."""
    known = tuple(case for case in all_cases() if subject in (None, case.subject))
    chosen = choose(known, where=where)
    if as_json:
        suite = {"version": SUITE_VERSION, "sha256": suite_sha256()}
        print_json({"suite": suite, "cases": [record(case) for case in chosen]}, indent=1)
        return
    group = ""
    for case in chosen:
        if group != f"{case.subject}: {case.group}":
            group = f"{case.subject}: {case.group}"
            click.echo(f"\n{group}")
        click.echo(f"  {case.id}  {case.title} {case.title_zh}  [{', '.join(case.clauses)}]")
    click.echo(f"\n{len(chosen)} cases, suite {SUITE_VERSION}")


@conform.command(
    epilog="""\b
Examples:
  ykt conform verify report
  ykt conform verify report --manifest 3a7bd3e2360a3d29eea4...
"""
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--manifest", default="", metavar="SHA256", help="What the run printed at its end.")
@json_option
def verify(*, folder: Path, manifest: str, as_json: bool) -> int:
    """Prove that a run's folder is whole, or name what changed."""
    found = verify_folder(folder, manifest)
    if as_json:
        head = {"whole": found.whole, "files": found.files, "manifest": found.sha256}
        print_json(head | {"problems": list(found.problems)}, indent=1)
    elif found.whole:
        click.echo(f"{folder}: whole, {found.files} files, manifest {found.sha256}")
    else:
        click.echo("\n".join(found.problems))
    return OK if found.whole else FAILED


@conform.command(
    epilog="""\b
Examples:
  ykt conform zoo --out zoo.html
  ykt conform zoo --subject terminal --only city-7835 --json
"""
)
@click.option("--subject", type=_SUBJECT, help="Cards or terminals; default: both.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this deviation; may repeat.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE.html",
              help="Write the kill table as a page.")  # fmt: skip
@json_option
def zoo(*, subject: str | None, only: tuple[str, ...], out: Path | None, as_json: bool) -> int:
    """Test the suite on implementations that are wrong on purpose.

    Exit code 0: every deviation is killed by the declared cases for the declared reason,
    and every case kills one.
    """
    return zoo_run(_whose(subject) if subject else None, only, out, as_json=as_json)


conform.add_command(campaign_group)
conform.add_command(pdf)
conform.add_command(explore_group)


@conform.group()
def ics() -> None:
    """Write, check and draft forms of what a product claims (实现一致性声明)."""


@ics.command(
    name="new",
    epilog="""\b
Examples:
  ykt conform ics new card --out my-card.toml
  ykt conform ics new terminal --json
""",
)
@click.argument("subject", type=_SUBJECT)
@_OUT
@click.option("--force", is_flag=True, help="Overwrite the file.")
@json_option
def ics_new(*, subject: str, out: Path | None, force: bool, as_json: bool) -> None:
    """Write an empty form with a comment at every entry.

    Under [clauses] stand those that rest on no standard and no laboratory. A product that keeps
    one otherwise says there what it does instead: it is not failed by that clause.
    """
    whose = _whose(subject)
    _give(forms.new(whose, questions(whose)), out, force=force, as_json=as_json)


@ics.command(
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


@ics.command(
    name="draft",
    epilog="""\b
Examples:
  ykt conform ics draft tap.jsonl --out my-card.toml
  ykt conform ics draft tap.jsonl --subject terminal
""",
)
@click.argument("path", type=click.Path(path_type=Path), metavar="TRACE")
@click.option("--subject", type=_SUBJECT, default="card", help="Whose form (card).")
@choice_options
@_OUT
@click.option("--force", is_flag=True, help="Overwrite the file.")
@json_option
def ics_draft(
    *, path: Path, subject: str, choice: Choice, out: Path | None, force: bool, as_json: bool
) -> None:
    """Fill in what a trace shows; comments say what each entry rests on."""
    text = draft(whole_trace(path, choice), _whose(subject), path.name)
    _give(text, out, force=force, as_json=as_json)


def _give(text: str, out: Path | None, *, force: bool, as_json: bool) -> None:
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
