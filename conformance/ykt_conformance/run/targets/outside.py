"""What all terminals have in common that live outside this program: time, and reports.

A terminal says what it decided with one JSON object: ``outcome`` (``accepted``, ``refused``,
or ``retry`` for "tap the same card again"), ``amount`` in fen, ``code`` when refused, and
where its ICS claims it ``clearing``: an object with amount, counter (before), terminal,
terminal_serial, datetime, tac, sequence, and if it likes type, card, issuer,
balance_before, balance_after, city, acquirer. ``dispute`` is such an object too. How the
object comes to us is the business of `run.targets.listen` and
`run.targets.evidence`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.drive.moments import later
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import TerminalReport
from ykt_conformance.run.plan import RunPlan
from ykt_sim.errors import LinkError

#: Seconds a terminal may take for its report after the card was taken away.
REPORT_S: Final = 2.0
#: Longest report in bytes.
MAX_REPORT: Final = 1 << 16
_OUTCOMES: Final = ("accepted", "refused", "retry")


def capabilities(ics: Mapping[str, Any], *, tells: bool) -> frozenset[str]:
    """What a terminal can do that has this ICS; ``tells``: it can be told its clock."""
    report = {"report"} if ics["reports"]["form"] == "line" else set()
    return frozenset(report | ({"clock"} if tells and ics["clock"]["told"] else set()))


class WallClock:
    """Real time since the case began, without the time in which nobody taps."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = clock()

    def skip(self, seconds: float) -> None:
        """Do not count the last seconds."""
        self._begun += seconds

    def now(self) -> float:
        """Seconds since the case began."""
        return self._clock() - self._begun

    def thinks(self, size: int) -> float:
        """Nothing to add: real time passes by itself."""
        del size
        return 0.0

    def works(self, ins: int, size: int) -> float:
        """Nothing to add."""
        del ins, size
        return 0.0


def stated_time(plan: RunPlan[TerminalCase], begun: float) -> str:
    """A terminal's clock as its ICS states it, 14 digits.

    Args:
        plan: the run.
        begun: the plan's clock when the terminal's clock showed what the ICS says.
    """
    clock = plan.ics.values["clock"]
    if clock["source"] == "set":
        return later(clock["value"], seconds=int(plan.clock() - begun))
    digits = "".join(sign for sign in plan.now()[:19] if sign.isdigit())
    if len(digits) != len("YYYYMMDDhhmmss"):
        raise Impossible("the time of day is not known")
    return digits


def read_report(line: str) -> TerminalReport:
    """A terminal's report.

    Raises:
        LinkError: no JSON object, or without a known outcome.
    """
    try:
        said: Any = json.loads(line.lstrip("#"))
    except (ValueError, RecursionError):
        raise LinkError(f"the terminal's report is no JSON: {line[:60]!r}") from None
    if not isinstance(said, dict) or said.get("outcome") not in _OUTCOMES:
        known = ", ".join(_OUTCOMES)
        raise LinkError(f"the terminal's report needs an outcome of {known}: {line[:60]!r}")
    amount = said.get("amount", 0)
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise LinkError(f"the terminal's report: amount is fen, got {amount!r}")
    records = {name: said.pop(name, None) for name in ("clearing", "dispute")}
    for name, record in records.items():
        if record is not None and not isinstance(record, dict):
            raise LinkError(f"the terminal's report: {name} is an object")
    said.setdefault("amount", 0)
    said["code"] = str(said.get("code") or "")
    return TerminalReport(said, records["clearing"], records["dispute"])
