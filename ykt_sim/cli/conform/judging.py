"""`ykt conform card`, `terminal`, `trace` and `zoo`: the verbs that judge."""

from __future__ import annotations

from pathlib import Path

import click

from ykt_sim.cli.conform.keeping import Words
from ykt_sim.cli.conform.modelled import TIMEOUT
from ykt_sim.cli.conform.run import card_run, run_options, terminal_run, trace_runs, zoo_run
from ykt_sim.cli.conform.subjects import SUBJECT, shipped, whose
from ykt_sim.cli.kit.guarded import checked, write_options
from ykt_sim.cli.kit.params import json_option
from ykt_sim.cli.trace.sources import choice_options
from ykt_sim.trace.opening import Choice
from ykt_sim.transport.guard import Permit


@click.command(
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


@click.command(
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
  http://127.0.0.1:PORT/  posted to us; port 0 takes a free one. The path is a
                          token: yours (8 letters and more), or ours, said at
                          the start
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


@click.command(
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


@click.command(
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
