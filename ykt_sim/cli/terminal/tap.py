"""`ykt tap`: one card at one terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from ykt_sim.bench import files
from ykt_sim.bench.stand import Stand, StandSetup, Tapped, pulled
from ykt_sim.bench.tap import TapResult
from ykt_sim.bench.targets import in_reader, open_target
from ykt_sim.cli.kit.guarded import needed, write_options
from ykt_sim.cli.kit.params import (
    Moment,
    Yuan,
    durable_option,
    json_option,
    seed_option,
    unmask_option,
)
from ykt_sim.cli.kit.render import print_json, yuan
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.codes import code_text
from ykt_sim.errors import UsageError
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.transport.guard import Permit

_OUTCOMES = {"accepted": "成功", "refused": "拒绝", "retry": "请重刷"}
_PATH = click.Path(path_type=Path)


@click.command(
    epilog="""\b
Examples:
  ykt tap --card card.json --terminal bus-upgraded
  ykt tap --card card.json --terminal metro-entry -v --trace entry.jsonl
  ykt tap --card card.json --terminal load-point --amount 50.00
  ykt tap --card card.json --terminal bus-upgraded --state bus --tear debit
  ykt tap --card pcsc:0 --terminal bus-tunion --allow-writes --number virtual

\b
Exit code 0: accepted; 1: refused, or torn and to be tapped again.
"""
)
@click.option(
    "--card", "where", required=True, metavar="CARD",
    help="Card image, saved after; or pcsc:READER.",
)  # fmt: skip
@click.option("--terminal", "name", required=True, metavar="NAME", help="Name or .toml file.")
@click.option("--at", type=Moment(), help="The terminal's clock; default: now.")
@click.option("--amount", type=Yuan(), metavar="YUAN", help="What to load, at a load point.")
@click.option("--trace", "trace_file", type=_PATH, help="Write the trace to a file.")
@click.option("--state", type=_PATH, metavar="DIR", help="Keep PSAM and journal in a folder.")
@click.option("--journal", type=_PATH, help="Append to this journal (流水).")
@click.option(
    "--tear", default="", metavar="N|debit",
    help="Lose the answer to the card's N-th command (闪卡).",
)  # fmt: skip
@click.option("--sam", default="", metavar="pcsc:READER", help="PSAM in a reader; default: ours.")
@write_options
@click.option("-v", "--verbose", is_flag=True, help="Show the APDU ladder, decoded.")
@unmask_option
@durable_option
@seed_option
@json_option
def tap(  # noqa: PLR0913 - one word for each option
    *, where: str, name: str, at: datetime | None, amount: int | None,
    trace_file: Path | None, state: Path | None, journal: Path | None, tear: str, sam: str,
    permit: Permit, verbose: bool, unmask: bool, durable: bool, seed: int | None, as_json: bool,
) -> int:  # fmt: skip
    """Tap a card at a terminal (刷卡), with a PSAM that makes and checks all MACs.

    The terminal is fresh each time unless --state keeps it: then the PSAM's number goes
    on, and a torn tap (闪卡) is settled when its card comes back.

    Card numbers are masked in what -v shows, without --unmask.
    """
    profile = load_terminal_profile(name)
    setup = StandSetup(state=state, journal=journal, sam=sam, seed=seed, durable=durable)
    load = amount_for(profile, amount)
    if trace_file is not None:
        files.must_have_folder(trace_file)
    if in_reader(where):
        needed(permit)
    card = open_target(where, ("pcsc", "file"), seed=seed, permit=permit, durable=durable)
    link = pulled(card, tear)
    with Stand(profile, setup) as stand:
        tapped = stand.tap(link, at, load, shown=False)
        if trace_file is not None:
            files.write_text(trace_file, write_trace(tapped.trace(Path(where).name)))
        _print(profile, tapped, as_json=as_json, verbose=verbose, unmask=unmask)
        stand.tell()
    for note in (*stand.notes, *tapped.notes):
        click.echo(f"ykt: note: {note}", err=True)
    return OK if tapped.result.decision.outcome == "accepted" else FAILED


def amount_for(profile: TerminalProfile, amount: int | None) -> int:
    """What is loaded, in fen; UsageError where the terminal wants an amount or wants none."""
    if (profile.load is not None) != (amount is not None):
        need = "needs --amount" if profile.load else "charges by itself: leave out --amount"
        raise UsageError(f"terminal {profile.name} {need}")
    return amount or 0


def _print(
    profile: TerminalProfile, tapped: Tapped, *, as_json: bool, verbose: bool, unmask: bool
) -> None:
    if as_json:
        plain: dict[str, Any] = msgspec.to_builtins(tapped.result)
        print_json({"terminal": profile.name, **plain}, indent=2)
        return
    if verbose:
        from ykt_sim.cli.kit.ladder import Pen, heading, ladder  # noqa: PLC0415 - late on purpose
        from ykt_sim.meaning.hiding import masking  # noqa: PLC0415 - late on purpose
        from ykt_sim.meaning.understand import understand  # noqa: PLC0415 - late on purpose

        masker = masking.Unmasked() if unmask else masking.Masker()
        items = list(understand(tapped.events))
        for item in items:
            masker.take(item)
        click.echo(heading())
        for line in ladder((item.annotated for item in items), Pen(hide=masker.text)):
            click.echo(line)
        click.echo()
    for line in result_lines(profile, tapped.result):
        click.echo(line)


def result_lines(profile: TerminalProfile, result: TapResult) -> Iterator[str]:
    """Outcome of a tap in a few lines."""
    decision = result.decision
    shown = getattr(profile.texts, decision.outcome)
    yield f"{decision.outcome} {_OUTCOMES[decision.outcome]}  {profile.name}, {profile.title.en}"
    if decision.code:
        yield f"  {decision.code} {decision.reason} {code_text(decision.code, chinese=True)}"
    before, after = decision.balance_before, decision.balance_after
    if decision.application:
        moved = "loaded" if profile.load else "charged"
        done = f", {moved} {yuan(decision.amount)} yuan" if decision.outcome == "accepted" else ""
        yield f"  application {decision.application}{done}"
    if decision.outcome == "accepted" and before is not None and after is not None:
        yield f"  balance 余额 {yuan(before)} -> {yuan(after)} yuan"
    elif decision.outcome == "refused" and before is not None:
        yield f"  balance 余额 {yuan(before)} yuan"
    if decision.card:
        yield f"  card {decision.card}"
    if decision.recovered:
        yield "  an earlier torn tap was completed; nothing was debited now"
    if decision.already:
        yield f"  {decision.reason}; nothing was debited now 已付款,本次不扣款"
    for title, record in (("clearing 清分", result.clearing), ("dispute", result.dispute)):
        if record is not None:
            yield (
                f"  {title}: counter {record.counter}, TAC {record.tac or '-'}, "
                f"terminal serial {record.terminal_serial}, evidence {record.evidence}"
            )
    yield f"  display: {shown.en} {shown.zh}"
