"""Terminal cases: the time of a tap, split into terminal, card and the way between them.

No limit of JT/T 978 is public; the limits are the ones that the ICS claims. The card's
share is measured where the card is ours. The way is what the target's `timing` note tells.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ykt_conformance.cases.scenes.record import PAYS, terminal
from ykt_conformance.cases.words.record import Teller
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.judge.taps import SeenTap, good
from ykt_conformance.judge.verdict import Found, Unproven
from ykt_conformance.judge.view import View
from ykt_conformance.judge.way import Bounds, decide
from ykt_sim.codes import LNT, TUNION


class Split(msgspec.Struct, frozen=True):
    """Milliseconds of a tap from its first command to its last answer.

    ``way`` is None when nobody knows the time on the way; ``spread`` is how much it scatters.
    """

    total: float
    card: float
    psam: float
    way: float | None
    spread: float

    @property
    def whole(self) -> Bounds:
        """The tap itself.

        A way known exactly is that of the field and belongs to it; one that scatters, or
        that nobody knows, is that of the bench and may not.
        """
        if self.way is None:
            return Bounds(self.card, self.total, None)
        if not self.spread:
            return Bounds(self.total, self.total, self.way)
        return Bounds(max(self.card, self.total - self.way - self.spread), self.total, self.way)

    @property
    def terminal(self) -> Bounds:
        """What is left for the terminal itself, without its PSAM."""
        rest = max(0.0, self.total - self.card - self.psam)
        if self.way is None:
            return Bounds(0.0, rest, None)
        low, high = rest - self.way - self.spread, rest - self.way + self.spread
        return Bounds(max(0.0, low), max(0.0, high), self.way)


def split(tap: SeenTap) -> Split | None:
    """Where the time of a tap went; None when it was not measured."""
    answered = [call for call in tap.calls if call.ms is not None]
    if not answered:
        return None
    last = answered[-1]
    total = (last.t - answered[0].t) * 1000 + (last.ms or 0.0)
    card = sum(call.ms or 0.0 for call in answered)
    inside = [call for call in tap.sam if answered[0].t <= call.t <= last.t]
    psam = sum(call.ms or 0.0 for call in inside)
    return Split(total, card, psam, tap.transport_ms, tap.spread_ms or 0.0)


def within(entry: str, share: Callable[[Split], Bounds], what: str) -> Teller:
    """A share of the time keeps to what the ICS claims."""

    def told(limit: float, tap: SeenTap, times: Split) -> Found:
        also = f", card {times.card:.1f}, PSAM {times.psam:.1f}, terminal {times.terminal.text} ms"
        return share(times).against(limit, f"{tap.name}: {what}", tap.calls[-1].index, also)

    def judge(view: View) -> Found:
        limit = view.ics["timing"][entry]
        if limit is None:
            return Unproven("the ICS claims no limit")
        timed = ((tap, split(tap)) for tap in good(view) if tap.committed)
        found = (told(limit, tap, times) for tap, times in timed if times is not None)
        return decide(found, "the trace has no timed tap with a transaction")

    return judge


def _each_kind(bench: TerminalBench) -> None:
    """A card of each standard the terminal takes, twice."""
    for kind in (TUNION, LNT):
        if bench.ics[kind]["claimed"]:
            bench.tap(bench.card(kind), "control")
            bench.tap(bench.card(kind), "control")


_GROUP: Final = "time"

CASES: Final = (
    terminal(
        "T-1501", _GROUP,
        "A tap takes no longer than declared", "交易总时间不超过声明值",
        clauses="CL-TTIME-001", scene=_each_kind,
        judge=within("total_ms", lambda times: times.whole, "it took"),
        applies=f"{PAYS} and timing.total_ms", official="EP_JYSJ_001",
        anywhere=True,
    ),
    terminal(
        "T-1502", _GROUP,
        "The terminal's own share of a tap is no longer than declared",
        "终端自身耗时不超过声明值",
        clauses="CL-TTIME-002", scene=_each_kind,
        judge=within("terminal_ms", lambda times: times.terminal, "the terminal took"),
        applies=f"{PAYS} and timing.terminal_ms", official="EP_JYSJ_001",
        anywhere=True,
    ),
)  # fmt: skip
