"""Terminal runs: play each scenario at the terminal under test, keep the trace, judge it.

Targets are our own terminals (``sim:PROFILE[?deviate=NAME]``, `run.targets.sim_terminal`)
and anyone else's that connects to us (``--listen tcp:HOST:PORT``,
`run.targets.listen`) or uses our cards in a virtual PC/SC reader (``--listen
vpcd:HOST:PORT``, `run.targets.vpcd`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.registry import SUITE_VERSION
from ykt_conformance.cases.select import Selection, decide
from ykt_conformance.drive.limits import LimitError
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import Terminal, TerminalBench
from ykt_conformance.ics.form import IcsFile
from ykt_conformance.ics.observe import contradictions
from ykt_conformance.judge.deviation import fault_of, overruled
from ykt_conformance.judge.judging import CASE, STOPPED, judge
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.judge.results import CaseResult, Finding, RunResult
from ykt_conformance.judge.taps import good
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.run.plan import RunPlan, asked_form
from ykt_conformance.run.running import Heard, reported, result_of, run_all
from ykt_conformance.run.tapped import tapped
from ykt_conformance.run.targets import sim_terminal as terminal_sim
from ykt_conformance.run.targets.listen import ListenTarget
from ykt_conformance.run.targets.names import form_of
from ykt_conformance.run.targets.outside import capabilities
from ykt_conformance.run.targets.vpcd import GAP_S, VpcdTarget
from ykt_sim.bench.targets import read_place
from ykt_sim.errors import LinkError, ReadError, UsageError
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Event, Header, Note, Trace

Say = Callable[[str], object]
_PLAIN_ROLES: Final = ("control", "again")


class TerminalTarget(Protocol):
    """Gives the terminal under test, for each case anew.

    Attributes:
        name: for reports.
        capabilities: what a case may need of it.
        basis: with what times are taken, and what is known of the time on the way.
    """

    name: str
    capabilities: frozenset[str]
    basis: str

    def open(self, name: str, clock: str = "") -> Terminal:
        """The terminal, ready for a case or scene of this name.

        Args:
            name: its randoms follow from it, where the terminal is ours.
            clock: 14 digits at the first tap, for targets with the capability ``clock``.
        """
        ...

    def close(self) -> None:
        """Give it up."""
        ...


class SimTarget:
    """Our own terminals: switched on anew for each case."""

    capabilities = terminal_sim.CAPABILITIES
    basis = "a model of time: nothing was measured"

    def __init__(self, target: str, plan: RunPlan[TerminalCase]) -> None:
        self.name = target
        self._plan = plan
        self._profile, self._deviate = terminal_sim.load(target, plan.ics.values)

    def open(self, name: str, clock: str = "") -> Terminal:
        """A terminal and a PSAM, both new."""
        rng = self._plan.rng(f"psam {name}")
        begin = clock or self._plan.ics.values["clock"]["value"] or terminal_sim.CLOCK
        return terminal_sim.SimTerminal(self._profile, self._deviate, rng, begin)

    def close(self) -> None:
        """Nothing to give up."""


class TerminalRun:
    """A terminal under test with what is kept between the cases of one run."""

    def __init__(self, target: TerminalTarget, plan: RunPlan[TerminalCase]) -> None:
        self.target = target
        self.plan = plan
        self._given_up = ""
        self._lost = 0
        self._redactor = Redactor(numbers=not plan.unmasked)

    @property
    def timing(self) -> str:
        """With what the times of the run are taken, in words."""
        if self.plan.calibration is not None:
            return self.plan.calibration.words()
        return self.target.basis

    def select(self, case: TerminalCase) -> Selection:
        """Whether the case is run, and why."""
        return decide(case, self.plan.ics.values, self.target.capabilities.__contains__)

    def close(self) -> None:
        """Give the terminal up."""
        self.target.close()

    def hide(self, text: str) -> str:
        """A text without what must not be seen of cards met so far."""
        return self._redactor.text(text)

    def run(self, case: TerminalCase) -> CaseResult:
        """Run and judge one case; never raises for anything the terminal does."""
        selection = self.select(case)
        if selection.verdict is not None:
            return result_of(case, selection, selection.verdict, selection.because)
        if self._given_up:
            return result_of(case, selection, Verdict.ERROR, f"not run: {self._given_up}")
        begun = self.plan.clock()
        trace = self._record(case)
        taken = round(self.plan.clock() - begun, 6)
        ring = self.plan.ring()
        outcome = judge(case, trace, self.plan.ics.values, ring)
        heard = Heard(trace, tuple(understand(trace)), ring)
        self._redactor.learn_trace(trace.header, heard.items, ring)
        self._redactor.learn_issued(trace)
        model = tapped(
            trace.events, self.plan.ics.values, self.plan.ring(), self._redactor.text,
            ignored=self.plan.ignored, case=case.id,
        )  # fmt: skip
        verdict, reason = outcome.verdict, self._redactor.text(outcome.reason)
        fault = self._redactor.fault(outcome.fault)
        broken = overruled(verdict, model, case.clauses, swept=case.swept)
        if broken is not None:
            fault = fault_of(broken, trace)
            verdict, reason = Verdict.FAIL, fault.reason
        return result_of(
            case, selection, verdict, reason, fault=fault, duration_s=taken, trace=trace,
            model=model, findings=tuple(self._observed(case, trace)),
            **reported(self.plan, self._redactor, verdict, heard, trace),
            **self._cards(trace),
        )  # fmt: skip

    def _cards(self, trace: Trace) -> dict[str, Any]:
        """The first card before its first tap, the last one after the last."""
        facts = [
            {name: value for name, value in event.data.items() if name != "factors"}
            for event in trace.events
            if isinstance(event, Note) and event.text == "card"
        ]
        if not facts:
            return {}
        return {"before": self._redactor.data(facts[0]), "after": self._redactor.data(facts[-1])}

    def _observed(self, case: TerminalCase, trace: Trace) -> Iterator[Finding]:
        """Hold good taps against the ICS."""
        view = View(trace.events, self.plan.ics.values)
        with contextlib.suppress(ReadError):
            events: list[Event] = []
            for tap in good(view):
                if tap.role in _PLAIN_ROLES:
                    events += trace.events[tap.start : tap.end]
            plain = View(tuple(events), self.plan.ics.values)
            for finding in contradictions(plain, "terminal", case.id):
                yield self._redactor.finding(finding)

    def _record(self, case: TerminalCase) -> Trace:
        header = Header(
            created=self.plan.now(),
            source=f"ykt conform, suite {SUITE_VERSION}",
            card="simulated cards of the suite",
            terminal=self.target.name,
            seed=self.plan.seed,
            provenance=f"conformance case {case.id}",
        )
        try:
            terminal = self.target.open(case.id)
        except LinkError as error:
            self._given_up = f"the terminal cannot be reached: {error}"
            data: dict[str, object] = {"case": case.id, "how": "link", "reason": str(error)}
            return Trace(header=header, events=(Note(t=0, text=STOPPED, data=data),))
        bench = TerminalBench(
            self.plan.ics.values, terminal, self.plan.rng(case.id),
            self.plan.limits.of_table(thorough=self.plan.thorough) if case.swept
            else self.plan.limits,
            self.plan.calibration, thorough=self.plan.thorough,
        )  # fmt: skip
        terminal.attach(bench)
        bench.note(CASE, {"id": case.id, "suite": SUITE_VERSION})
        stop = self._play(case, bench)
        if stop is not None:
            how, reason = stop
            bench.note(STOPPED, {"case": case.id, "how": how, "reason": reason})
        self._count(stop)
        return Trace(header=header, events=tuple(bench.events))

    def _play(self, case: TerminalCase, bench: TerminalBench) -> tuple[str, str] | None:
        try:
            case.scene(bench)
        except Impossible as error:
            return "impossible", str(error)
        except LimitError as error:
            return "limit", str(error)
        except LinkError as error:
            return "link", str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the case says so
            return "error", f"the scenario failed: {type(error).__name__}: {error}"
        return None

    def _count(self, stop: tuple[str, str] | None) -> None:
        self._lost = self._lost + 1 if stop is not None and stop[0] == "link" else 0
        if self._lost >= self.plan.limits.silences:
            reason = stop[1] if stop else ""
            self._given_up = f"the terminal was lost in {self._lost} cases in a row: {reason}"


def open_terminal(
    plan: RunPlan[TerminalCase],
    *,
    target: str = "",
    listen: str = "",
    present: str = "auto",
    say: Say = lambda _line: None,
    evidence: str = "",
    gap: float = GAP_S,
) -> TerminalTarget:
    """The terminal under test; arguments as in `run_terminal`."""
    if bool(target) == bool(listen):
        raise UsageError("give either a target or an address to listen on")
    if listen and read_place(listen).kind == "vpcd":
        return VpcdTarget(listen, plan, present, say, evidence=evidence, gap=gap)
    if evidence:
        raise UsageError(
            "--evidence goes with --listen vpcd:; any other terminal reports by itself"
        )
    if target:
        return SimTarget(target, plan)
    return ListenTarget(listen, plan, present, say)


def terminal_form(name: str, *, target: str = "", listen: str = "") -> IcsFile:
    """The form that a terminal is held to, once there can be such a terminal.

    Args:
        name: of a shipped form, or a file; empty for the one that belongs to the target.
        target, listen: as in `run_terminal`.

    Raises:
        UsageError, ProfileError: no such target or address; no such form, or it is a card's.
    """
    if target:
        terminal_sim.named(target)
    elif listen:
        read_place(listen)
    return asked_form(name or (form_of(target) if target else ""), "terminal")


def can(
    plan: RunPlan[TerminalCase], *, target: str = "", listen: str = ""
) -> Callable[[str], bool]:
    """What a target can do, without opening it.

    Raises:
        UsageError: no such target.
    """
    if target:
        return SimTarget(target, plan).capabilities.__contains__
    if not listen:
        raise UsageError("give either a target or an address to listen on")
    tells = read_place(listen).kind != "vpcd"
    return capabilities(plan.ics.values, tells=tells).__contains__


def run_terminal(
    plan: RunPlan[TerminalCase],
    *,
    target: str = "",
    listen: str = "",
    present: str = "auto",
    say: Say = lambda _line: None,
    evidence: str = "",
    gap: float = GAP_S,
    done: Iterable[CaseResult] = (),
) -> RunResult:
    """Run the plan's cases on a terminal.

    Args:
        plan: what is run and how; its ICS is the terminal's.
        target: ``sim:PROFILE[?deviate=NAME]``.
        listen: ``tcp:HOST:PORT`` to wait on for a terminal, or ``vpcd:HOST:PORT``.
        present: ``auto``, or ``prompt`` to announce each card and wait for the operator.
        say: takes lines for the operator.
        evidence: where decisions come from with ``vpcd:`` (`run.targets.evidence`).
        gap: seconds a virtual reader stays empty between two cards.
        done: results of cases that are not run again.
    """
    opened = open_terminal(
        plan, target=target, listen=listen, present=present, say=say, evidence=evidence, gap=gap
    )
    return run_all(TerminalRun(opened, plan), "terminal", target or f"listen {listen}", done)
