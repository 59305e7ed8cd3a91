"""Terminal cases: the time of a tap, split into terminal, card and the way between them.

No limit of JT/T 978 is public; the limits are the ones that the ICS claims. The card's
share is measured where the card is ours. The way is what the target's `timing` note tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.bench_terminal import TerminalBench
from conformance.cases.record import Judge
from conformance.cases.tap_record import PAYS, terminal
from conformance.model import Fault, Judgement, Unproven
from conformance.taps import Tap, good
from conformance.view import View


@dataclass(frozen=True)
class Split:
    """Milliseconds of a tap from its first command to its last answer."""

    total: float
    card: float
    psam: float
    way: float

    @property
    def terminal(self) -> float:
        """What is left for the terminal itself, without its PSAM."""
        return max(0.0, self.total - self.card - self.psam - self.way)


def split(tap: Tap) -> Split | None:
    """Where the time of a tap went; None when it was not measured."""
    answered = [call for call in tap.calls if call.ms is not None]
    if not answered:
        return None
    last = answered[-1]
    total = (last.t - answered[0].t) * 1000 + (last.ms or 0.0)
    card = sum(call.ms or 0.0 for call in answered)
    inside = [call for call in tap.sam if answered[0].t <= call.t <= last.t]
    return Split(total, card, sum(call.ms or 0.0 for call in inside), tap.transport_ms or 0.0)


def within(entry: str, share: str, what: str) -> Judge:
    """A share of the time keeps to what the ICS claims."""

    def judge(view: View) -> Judgement:
        limit, found = view.ics["timing"][entry], False
        if limit is None:
            return Unproven("the ICS claims no limit")
        for tap in good(view):
            times = split(tap) if tap.committed else None
            if times is None:
                continue
            found = True
            took = float(getattr(times, share))
            if took > limit:
                return Fault(
                    f"{tap.name}: {what} {took:.0f} ms, claimed are {limit} ms (card"
                    f" {times.card:.0f}, PSAM {times.psam:.0f}, way {times.way:.0f},"
                    f" terminal {times.terminal:.0f} ms)",
                    tap.calls[-1].index, f"{limit} ms", f"{took:.0f} ms",
                )  # fmt: skip
        return None if found else Unproven("the trace has no timed tap with a transaction")

    return judge


def _each_kind(bench: TerminalBench) -> None:
    """A card of each standard the terminal takes, twice."""
    for kind in ("tunion", "lnt"):
        if bench.ics[kind]["claimed"]:
            bench.tap(bench.card(kind), "control")
            bench.tap(bench.card(kind), "control")


_GROUP: Final = "time"

CASES: Final = (
    terminal(
        "T-1501", _GROUP,
        "A tap takes no longer than declared", "交易总时间不超过声明值",
        clauses="CL-TTIME-001", scene=_each_kind, judge=within("total_ms", "total", "it took"),
        applies=f"{PAYS} and timing.total_ms", official="EP_JYSJ_001",
        anywhere=True,
    ),
    terminal(
        "T-1502", _GROUP,
        "The terminal's own share of a tap is no longer than declared",
        "终端自身耗时不超过声明值",
        clauses="CL-TTIME-002", scene=_each_kind,
        judge=within("terminal_ms", "terminal", "the terminal took"),
        applies=f"{PAYS} and timing.terminal_ms", official="EP_JYSJ_001",
        anywhere=True,
    ),
)  # fmt: skip
