"""`ykt conform`: judge cards, terminals and traces. The suite itself is `conformance`."""

from __future__ import annotations

import re
from pathlib import Path

import click
import msgspec

from ykt_conformance.cases.registry import SUITE_VERSION, all_cases, record, suite_sha256
from ykt_conformance.cases.select import choose
from ykt_sim.cli.conform.campaign import campaign_group, pdf
from ykt_sim.cli.conform.explore import explore_group
from ykt_sim.cli.conform.ics import SUBJECT, ics_group, shipped, whose
from ykt_sim.cli.conform.keeping import Words, sign, signing_key
from ykt_sim.cli.conform.learn import learn_group
from ykt_sim.cli.conform.modelled import TIMEOUT
from ykt_sim.cli.conform.run import (
    ConformGroup,
    card_run,
    run_options,
    terminal_run,
    trace_runs,
    zoo_run,
)
from ykt_sim.cli.conform.scenes import explore_terminal
from ykt_sim.cli.kit.guarded import checked, write_options
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.trace.sources import choice_options
from ykt_sim.trace.opening import Choice
from ykt_sim.transport.guard import Permit

#: A SHA-256 in hex.
_DIGEST = re.compile("[0-9A-Fa-f]{64}")


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
    epilog=shipped("card")
    + """\b
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
@click.option("--timeout", type=click.FloatRange(0.01, 600), default=TIMEOUT, metavar="SECONDS",
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
    epilog=shipped("terminal")
    + """\b
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
@click.option("--subject", type=SUBJECT, help="Whose cases; default: the ICS's, else card.")
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
@click.option("--subject", type=SUBJECT, help="Cards or terminals; default: both.")
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
  ykt conform verify report --sign laboratory.pem
  ykt conform verify report --check laboratory.pub

\b
The files are held against the manifest and against each other, and every
verdict that the recordings can give is judged again. A key is made by
  openssl genpkey -algorithm ed25519 -out laboratory.pem
  openssl pkey -in laboratory.pem -pubout -out laboratory.pub
Exit codes: 0 nothing speaks against it, 1 something does, 3 wrong words.
"""
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--manifest", metavar="SHA256", help="What the run printed at its end.")
@click.option("--sign", "own", type=click.Path(path_type=Path), metavar="KEY",
              help="Sign it with an Ed25519 key (PEM), if it is whole.")  # fmt: skip
@click.option("--check", "public", type=click.Path(path_type=Path), metavar="PUB",
              help="Check the signature by this public key (PEM).")  # fmt: skip
@click.option("--keys", default="", metavar="FILE", help="Keys of the cards, to judge again.")
@json_option
def verify(
    *, folder: Path, manifest: str | None, own: Path | None, public: Path | None, keys: str,
    as_json: bool,
) -> int:  # fmt: skip
    """Prove that a run's folder is whole, or name what speaks against it."""
    from ykt_sim.cli.conform.proof import lines, prove  # noqa: PLC0415 - late on purpose

    if manifest is not None and not _DIGEST.fullmatch(manifest):
        raise click.UsageError("--manifest: expected the 64 hex digits that the run printed")
    found = prove(folder, expected=manifest or "", key=public, keys=keys)
    if own is not None and found.holds:
        sign(folder, signing_key(own))
    if as_json:
        files = found.files
        head = {"whole": found.holds, "files": files.files, "manifest": files.sha256}
        more = {
            "signed": found.signed, "problems": list(found.problems),
            "judged": 0 if found.judgings is None else found.judgings.judged,
            "shown": list(found.proven()) if found.holds else [],
            "not_shown": list(found.unproven()),
        }  # fmt: skip
        print_json(head | more, indent=1)
    else:
        for line in lines(found, folder):
            click.echo(line)
    return OK if found.holds else FAILED


@conform.command(
    epilog="""\b
Examples:
  ykt conform diff before after
  ykt conform diff before after --json

\b
Exit codes: 0 every case came out alike, 1 some did not, 3 wrong words.
"""
)
@click.argument("before", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("after", type=click.Path(path_type=Path), metavar="DIR")
@json_option
def diff(*, before: Path, after: Path, as_json: bool) -> int:
    """Hold two runs against each other: ICS, suite, verdicts, reasons, times."""
    from ykt_conformance.report.compare import compare  # noqa: PLC0415 - late on purpose
    from ykt_conformance.report.stored import load  # noqa: PLC0415 - late on purpose

    found = compare(load(before).results, load(after).results)
    if as_json:
        print_json({"same": found.same, **msgspec.to_builtins(found)}, indent=1)
    else:
        for line in found.lines():
            click.echo(line)
    return OK if found.same else FAILED


@conform.command(
    epilog="""\b
Examples:
  ykt conform zoo --out zoo.html
  ykt conform zoo --subject terminal --only city-7835 --json
"""
)
@click.option("--subject", type=SUBJECT, help="Cards or terminals; default: both.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this deviation; may repeat.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE.html",
              help="Write the kill table as a page.")  # fmt: skip
@json_option
def zoo(*, subject: str | None, only: tuple[str, ...], out: Path | None, as_json: bool) -> int:
    """Test the suite on implementations that are wrong on purpose.

    Exit code 0: every deviation is killed by the declared cases for the declared reason,
    and every case kills one.
    """
    return zoo_run(whose(subject) if subject else None, only, out, as_json=as_json)


explore_group.add_command(explore_terminal)
conform.add_command(campaign_group)
conform.add_command(pdf)
conform.add_command(explore_group)
conform.add_command(ics_group)
conform.add_command(learn_group)
