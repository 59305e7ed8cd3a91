"""`ykt terminal run`: one of our terminals at a real reader (终端运行)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from ykt_sim.bench import files
from ykt_sim.bench.duty import Duty
from ykt_sim.bench.sinks import Sink, open_sink, report_line
from ykt_sim.bench.stand import Stand, StandSetup, Tapped
from ykt_sim.bench.tap import TapResult
from ykt_sim.bench.targets import in_reader
from ykt_sim.cli.kit.guarded import needed, write_options
from ykt_sim.cli.kit.params import Moment, Yuan, durable_option, json_option, seed_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.terminal.tap import amount_for, result_lines
from ykt_sim.errors import LinkError, UsageError
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Trace
from ykt_sim.transport.guard import Permit
from ykt_sim.transport.signals import stopped_by_signals

_PATH = click.Path(path_type=Path)


@click.command(
    epilog="""\b
Examples:
  ykt terminal run bus-upgraded --card pcsc:0 --allow-writes --number virtual
  ykt terminal run bus-tunion --card pcsc:0 --sam pcsc:1 --once \\
      --allow-writes --number 3104870300000000017
  ykt terminal run bus-upgraded --card pcsc:0 --report taps.jsonl \\
      --state bus --allow-writes --number virtual

\b
--report takes a file to append to, http://127.0.0.1:PORT/TOKEN to post to,
or - for standard output: one JSON object a tap, as ykt conform terminal
--evidence reads.
Exit code 0: done, with --once accepted; 1: refused, or a report was lost;
130, 143: ended by Ctrl-C, by SIGTERM; a tap under way is finished first.
"""
)
@click.argument("name", metavar="PROFILE")
@click.option("--card", required=True, metavar="pcsc:READER", help="Reader the cards come to.")
@click.option("--sam", default="", metavar="pcsc:READER", help="PSAM in a reader; default: ours.")
@write_options
@click.option("--report", default="", metavar="WHERE", help="Report each decision; see below.")
@click.option("--state", type=_PATH, metavar="DIR", help="Keep PSAM and journal in a folder.")
@click.option("--once", is_flag=True, help="One tap, then end.")
@click.option("--taps", type=click.IntRange(1), metavar="N", help="So many taps, then end.")
@click.option("--at", type=Moment(), help="The terminal's clock at the start; default: now.")
@click.option("--amount", type=Yuan(), metavar="YUAN", help="What to load, at a load point.")
@click.option("--trace", type=_PATH, metavar="DIR", help="Write a trace of each tap to a folder.")
@durable_option
@seed_option
@json_option
def run(  # noqa: PLR0913 - one word for each option
    *, name: str, card: str, sam: str, permit: Permit, report: str, state: Path | None,
    once: bool, taps: int | None, at: datetime | None, amount: int | None, trace: Path | None,
    durable: bool, seed: int | None, as_json: bool,
) -> int:  # fmt: skip
    """Run a terminal at a real reader: wait for a card, tap it, wait for the next."""
    profile = load_terminal_profile(name)
    if not in_reader(card):
        raise UsageError(f"--card {card!r}: a terminal runs at pcsc:READER; ykt tap takes a file")
    if report == "-" and as_json:
        raise UsageError("--report - and --json both write to standard output: leave out one")
    needed(permit)
    load = amount_for(profile, amount)
    begin = at or datetime.now().replace(microsecond=0)  # noqa: DTZ005 - local time
    told = Told(profile, open_sink(report), trace, as_json=as_json, aside=report == "-")
    with Stand(profile, StandSetup(state=state, sam=sam, seed=seed, durable=durable)) as stand:
        told.again(stand.untold())
        duty = Duty(stand, card, permit, begin=begin, amount=load, say=_say)
        with stopped_by_signals(duty.stop) as got:
            for tapped in duty.taps(1 if once else taps or 0):
                told.tell(tapped, tapped.trace(card, begin))
    if got:
        return 128 + got[0]
    return OK if not told.lost and (told.accepted or not once) else FAILED


def _say(line: str) -> None:
    click.echo(f"ykt: {line}", err=True)


class Told:
    """What is told of each tap, to whom.

    Args:
        profile: of the terminal.
        sink: takes the report; None for none.
        traces: folder for a trace of each tap; None for none.
        as_json: print one JSON object a tap.
        aside: print on standard error, because reports go to standard output.

    Traces are numbered on behind those that are there.

    Attributes:
        lost: reports that were lost.
        accepted: the last tap was.
    """

    def __init__(
        self, profile: TerminalProfile, sink: Sink | None, traces: Path | None, *, as_json: bool,
        aside: bool,
    ) -> None:  # fmt: skip
        if traces is not None:
            traces.mkdir(parents=True, exist_ok=True)
            self._number = _last(traces)
        self._profile, self._sink, self._traces = profile, sink, traces
        self._as_json, self._aside = as_json, aside
        self._made = self.lost = 0
        self.accepted = False

    def again(self, result: TapResult | None) -> None:
        """Report what the run before may not have come to: it was killed behind its last tap."""
        if result is None or self._sink is None:
            return
        try:
            self._sink(report_line(result, again=True))
        except LinkError as error:
            self.lost += 1
            _say(f"the report of the last tap before this start was lost: {error}")
        else:
            _say("the last tap before this start may not have been reported: done again")

    def tell(self, tapped: Tapped, trace: Trace) -> None:
        """Report first: whoever waits for the decision does not wait for our printing."""
        self._made += 1
        self.accepted = tapped.result.decision.outcome == "accepted"
        try:
            if self._sink is not None:
                self._sink(report_line(tapped.result))
        except LinkError as error:
            self.lost += 1
            _say(f"the report of tap {self._made} was lost: {error}")
        if self._traces is not None:
            self._number += 1
            files.write_text(self._traces / f"{self._number:04d}.jsonl", write_trace(trace))
        self._print(tapped)
        for note in tapped.notes:
            _say(f"note: {note}")

    def _print(self, tapped: Tapped) -> None:
        if self._as_json:
            plain: dict[str, Any] = msgspec.to_builtins(tapped.result)
            print_json({"terminal": self._profile.name, **plain})
            return
        for line in result_lines(self._profile, tapped.result):
            click.echo(line, err=self._aside)


def _last(traces: Path) -> int:
    """The highest number of a trace in a folder; 0 for none."""
    numbers = (path.stem for path in traces.glob("*.jsonl"))
    return max((int(number) for number in numbers if number.isdecimal()), default=0)
