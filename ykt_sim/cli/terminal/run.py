"""`ykt terminal run`: one of our terminals at a real reader (终端运行)."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click
import msgspec

from ykt_sim.bench import files
from ykt_sim.bench.sinks import Sink, open_sink, report_line
from ykt_sim.bench.stand import Plan, Stand, Tapped
from ykt_sim.cli.kit.guarded import needed, write_options
from ykt_sim.cli.kit.params import Moment, Yuan, json_option, seed_option
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.kit.shell import FAILED, OK
from ykt_sim.cli.kit.watch import Watch
from ykt_sim.cli.terminal.tap import amount_for, result_lines
from ykt_sim.errors import CardRemovedError, LinkError, UsageError, WriteRefusedError
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.transport.guard import Permit, guarded, in_reader

_PATH = click.Path(path_type=Path)
_STOPS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds before a card that cannot be reached is tried again.
_PAUSE_S: Final = 0.1


@dataclass(frozen=True)
class Words:
    """How a terminal is run.

    Attributes:
        card: ``pcsc:READER``.
        permit: what may be done to the cards.
        taps: how many; 0 for no end.
        report: where decisions go (`cli.sinks`).
        traces: folder for a trace of each tap.
        as_json: print one JSON object a tap.
    """

    card: str
    permit: Permit
    taps: int
    report: str
    traces: Path | None
    as_json: bool


@click.command(
    epilog="""\b
Examples:
  ykt terminal run bus-upgraded --card pcsc:0 --allow-writes --number virtual
  ykt terminal run bus-tunion --card pcsc:0 --sam pcsc:1 --once \\
      --allow-writes --number 3104870300000000017
  ykt terminal run bus-upgraded --card pcsc:0 --report taps.jsonl \\
      --state bus --allow-writes --number virtual

\b
--report takes a file to append to, http://127.0.0.1:PORT/ to post to, or -
for standard output: one JSON object a tap, as ykt conform terminal
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
@seed_option
@json_option
def run(  # noqa: PLR0913 - one word for each option
    *, name: str, card: str, sam: str, permit: Permit, report: str, state: Path | None,
    once: bool, taps: int | None, at: datetime | None, amount: int | None, trace: Path | None,
    seed: int | None, as_json: bool,
) -> int:  # fmt: skip
    """Run a terminal at a real reader: wait for a card, tap it, wait for the next."""
    profile = load_terminal_profile(name)
    if not in_reader(card):
        raise UsageError(f"--card {card!r}: a terminal runs at pcsc:READER; ykt tap takes a file")
    if report == "-" and as_json:
        raise UsageError("--report - and --json both write to standard output: leave out one")
    needed(permit)
    plan = Plan(
        now=at or datetime.now().replace(microsecond=0),  # noqa: DTZ005 - local time
        amount=amount_for(profile, amount), seed=seed, state=state, sam=sam,
    )  # fmt: skip
    if trace is not None:
        trace.mkdir(parents=True, exist_ok=True)
    words = Words(card, permit, 1 if once else taps or 0, report, trace, as_json)
    return Shift(profile, plan, words).run(once=once)


def _say(line: str) -> None:
    click.echo(f"ykt: {line}", err=True)


class Shift:
    """A terminal from its start to its end."""

    def __init__(self, profile: TerminalProfile, plan: Plan, words: Words) -> None:
        self._profile, self._plan, self._words = profile, plan, words
        self._sink: Sink | None = open_sink(words.report)
        guarded(words.card, words.permit)  # wrong words are found before a card comes
        self._stopped = 0
        wanted = words.card.partition(":")[2].partition("?")[0]
        self._watch = Watch(wanted, _say, lambda: bool(self._stopped))
        self._begun = time.monotonic()
        self._made = self._lost = 0
        self._accepted = False

    def run(self, *, once: bool) -> int:
        """Tap cards until there were enough or a signal comes; gives the exit code."""
        old = {number: signal.signal(number, self._stop) for number in _STOPS}
        stand = Stand(self._profile, self._plan)
        try:
            if not stand.switch_on():
                _say("the PSAM does not answer: out of service until it does 终端暂停服务")
            if stand.damaged:
                _say(f"note: {stand.damaged} damaged places in the journal")
            _say(f"{self._profile.name} waits for cards at {self._words.card}; Ctrl-C ends it")
            while self._made != (self._words.taps or -1) and self._watch.next_card():
                self._tap(stand)
        finally:
            stand.close()
            for number, handler in old.items():
                signal.signal(number, handler)
        if self._stopped:
            return 128 + self._stopped
        return OK if not self._lost and (self._accepted or not once) else FAILED

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._stopped = number

    def _tap(self, stand: Stand) -> None:
        stand.forget()
        try:
            link = guarded(self._words.card, self._words.permit)
            tapped = stand.tap(link, self._now(), self._plan.amount)
        except WriteRefusedError as error:
            _say(str(error))
            self._watch.done(again=False)
            return
        except CardRemovedError:
            return  # gone before it was looked at
        except LinkError as error:
            self._watch.trouble(str(error))
            time.sleep(_PAUSE_S)
            return
        self._made += 1
        outcome = tapped.result.decision.outcome
        self._accepted = outcome == "accepted"
        self._watch.done(again=outcome == "retry")
        self._tell(tapped)

    def _now(self) -> datetime:
        passed = timedelta(seconds=int(time.monotonic() - self._begun))
        return self._plan.now + passed

    def _tell(self, tapped: Tapped) -> None:
        """Report first: whoever waits for the decision does not wait for our printing."""
        try:
            if self._sink is not None:
                self._sink(report_line(tapped.result))
        except LinkError as error:
            self._lost += 1
            _say(f"the report of tap {self._made} was lost: {error}")
        if self._words.traces is not None:
            text = write_trace(tapped.trace(self._profile, self._words.card, self._plan))
            files.write_text(self._words.traces / f"{self._made:04d}.jsonl", text)
        self._print(tapped)

    def _print(self, tapped: Tapped) -> None:
        if self._words.as_json:
            plain: dict[str, Any] = msgspec.to_builtins(tapped.result)
            print_json({"terminal": self._profile.name, **plain})
            return
        for line in result_lines(self._profile, tapped.result):
            click.echo(line, err=self._words.report == "-")
