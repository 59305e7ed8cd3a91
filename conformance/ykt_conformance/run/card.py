"""Card runs: drive the target case by case, keep each trace, judge the trace.

The runner knows nothing of what is right. It powers the card, plays the stimulus, writes
down what happened, and hands the recording to `judge.judging`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.registry import SUITE_VERSION
from ykt_conformance.cases.select import Selection, decide
from ykt_conformance.drive import steps
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.limits import LimitError
from ykt_conformance.drive.steps import Impossible, Step
from ykt_conformance.ics.observe import contradictions
from ykt_conformance.judge.deviation import fault_of, overruled
from ykt_conformance.judge.judging import CASE, STOPPED, judge
from ykt_conformance.judge.keys import LEARN_FROM, learn
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.judge.results import CaseResult, Finding, RunResult
from ykt_conformance.judge.story import driven
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.judge.way import UNKNOWN, WAY, note_of
from ykt_conformance.judge.withhold import holders, withhold
from ykt_conformance.run.modelled import modelled
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.running import Heard, reported, result_of, run_all
from ykt_conformance.run.targets.names import CardTarget
from ykt_sim.codes import INS
from ykt_sim.errors import (
    CardRemovedError,
    LinkError,
    ReadError,
    SilentError,
    WriteRefusedError,
    YktError,
)
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Event, Exchange, Header, Note, Removed, Reset, Trace
from ykt_sim.transport import Factual, Link, Renewable, Tearable
from ykt_sim.wire.apdu import Response

_GONE: Final = Response(b"", 0)
_OK: Final = Response(b"", 0x9000)
_SELECT: Final = bytes((INS.SELECT,))


class Drive:
    """Plays the steps of one case on a link and records everything.

    Attributes:
        events: what happened so far.
        answered: answers that came.
    """

    def __init__(self, link: Link, plan: RunPlan[CardCase], *, table: bool = False) -> None:
        self._link = link
        self._plan = plan
        self._limits = plan.limits.of_table(thorough=plan.thorough) if table else plan.limits
        self._begun = plan.clock()
        self._commands = 0
        self.events: list[Event] = []
        self.answered = 0

    def note(self, text: str, data: dict[str, object]) -> None:
        """Write a note."""
        self.events.append(Note(t=self._now(), text=text, data=data))

    def since_select(self) -> tuple[Event, ...]:
        """The events from the last SELECT on."""
        start = len(self.events) - 1
        while start > 0 and not _selects(self.events[start]):
            start -= 1
        return tuple(self.events[start:])

    def power_on(self) -> None:
        """Power-cycle the card."""
        at = self._now()
        atr = self._link.power_on()
        self.events.append(Reset(t=at, channel="card", atr=atr))

    def step(self, step: Step) -> Response:
        """Do one step; gives the answer."""
        if isinstance(step, steps.Row):
            self.note(step.text, step.data)
            return _OK
        self._commands += 1
        limits = self._limits
        if self._commands > limits.commands:
            raise LimitError(f"stopped after {limits.commands} commands")
        if self._now() > limits.case_s:
            raise LimitError(f"stopped after {limits.case_s:g} s")
        match step:
            case steps.Send(command):
                return self._send(command)
            case steps.PowerCycle():
                self.power_on()
                return _OK
            case steps.Tear(command, write):
                return self._tear(command, write)
            case steps.Pull(command):
                return self._pull(command)

    def _send(self, command: bytes) -> Response:
        at = self._now()
        try:
            answer = self._link.transmit(command)
        except SilentError:
            if self.answered:  # it was alive in this case: the card fell silent
                self._exchange(at, command, b"")
            raise
        self.answered += 1
        self._exchange(at, command, answer)
        return Response.parse(answer)

    def _tear(self, command: bytes, write: int) -> Response:
        if not isinstance(self._link, Tearable):
            raise Impossible("the target cannot cut the power inside a command")
        self.note("tear", {"write": write})
        self._link.tear(write)
        answer = b""
        at = self._now()
        with contextlib.suppress(CardRemovedError):
            answer = self._link.transmit(command)
        return self._gone(at, command, answer)

    def _pull(self, command: bytes) -> Response:
        self.note("pull", {})
        at = self._now()
        with contextlib.suppress(CardRemovedError):
            self._link.transmit(command)
        return self._gone(at, command, b"")

    def _gone(self, at: float, command: bytes, answer: bytes) -> Response:
        self._exchange(at, command, answer)
        self.events.append(Removed(t=self._now(), channel="card"))
        self.power_on()
        return Response.parse(answer) if answer else _GONE

    def _exchange(self, at: float, command: bytes, answer: bytes) -> None:
        ms = round((self._now() - at) * 1000, 3)
        event = Exchange(t=at, channel="card", command=command, response=answer, duration_ms=ms)
        self.events.append(event)

    def _now(self) -> float:
        return round(self._plan.clock() - self._begun, 6)


class CardRun:
    """A target with what is kept between the cases of one run."""

    def __init__(self, target: CardTarget, plan: RunPlan[CardCase]) -> None:
        self.target = target
        self.plan = plan
        self._kept: Link | None = None
        self._silent = 0
        self._alive = False
        self._renews = True
        self._given_up = ""
        self._redactor = Redactor(numbers=not plan.unmasked)

    @property
    def timing(self) -> str:
        """With what the times of the run are taken, in words."""
        if not self.target.far:
            return "this program's monotonic clock, at the link to the target"
        return self.plan.calibration.words() if self.plan.calibration else UNKNOWN

    def bench(self, case: CardCase) -> CardBench:
        """The surroundings of a case."""
        return CardBench(
            self.plan.ics.values,
            self.plan.ring(),
            self.plan.rng(case.id),
            self.target.capabilities,
            test_keys=self.plan.test_keys,
            thorough=self.plan.thorough,
        )

    def select(self, case: CardCase) -> Selection:
        """Whether the case is run, and why."""
        return decide(case, self.plan.ics.values, self.bench(case).can)

    def run(self, case: CardCase) -> CaseResult:
        """Run and judge one case; never raises for anything the target does."""
        selection = self.select(case)
        if selection.verdict is not None:
            return result_of(case, selection, selection.verdict, selection.because)
        if self._given_up:
            return result_of(case, selection, Verdict.ERROR, f"not run: {self._given_up}")
        begun = self.plan.clock()
        trace, before, after = self._record(case)
        taken = round(self.plan.clock() - begun, 6)
        ring = self.plan.ring()
        outcome = judge(case, trace, self.plan.ics.values, ring)
        view = self._view(trace)
        self._redactor.learn_facts(before)
        self._redactor.learn_holders(holders(view))
        items = tuple(understand(trace))
        self._redactor.learn_trace(trace.header, items, ring)
        findings: list[Finding] = []
        with contextlib.suppress(ReadError):
            findings += map(self._redactor.finding, contradictions(view, case=case.id))
        model = modelled(
            trace.events, self.plan.ics.values, self.plan.ring(), self._redactor.text,
            new=self.target.fresh, test_keys=self.plan.test_keys,
            ignored=self.plan.ignored, case=case.id,
        )  # fmt: skip
        verdict, reason = outcome.verdict, self._redactor.text(outcome.reason)
        fault = self._redactor.fault(outcome.fault)
        broken = overruled(verdict, model, case.clauses, swept=case.swept)
        if broken is not None:
            fault = fault_of(broken, trace)
            verdict, reason = Verdict.FAIL, fault.reason
        stored = withhold(trace, pins=not self.plan.test_keys)
        told = reported(self.plan, self._redactor, verdict, Heard(trace, items, ring), stored)
        if told:
            told["story"] = driven(told["story"], fault)
        return result_of(
            case, selection, verdict, reason, fault=fault, duration_s=taken, model=model,
            findings=tuple(findings), trace=stored,
            before=self._redactor.data(before), after=self._redactor.data(after),
            **told,
        )  # fmt: skip

    def close(self) -> None:
        """Give the target up."""
        self._drop()

    def hide(self, text: str) -> str:
        """A text without what must not be seen of cards met so far."""
        return self._redactor.text(text)

    def _view(self, trace: Trace) -> View:
        return View(trace.events, self.plan.ics.values)

    def _record(
        self, case: CardCase
    ) -> tuple[Trace, Mapping[str, Any] | None, Mapping[str, Any] | None]:
        header = Header(
            created=self.plan.now(),
            source=f"ykt conform, suite {SUITE_VERSION}",
            card=self.target.name,
            terminal="conformance suite",
            seed=self.plan.seed,
            provenance=f"conformance case {case.id}; keys: {self.plan.keys_text}",
        )
        try:
            link = self._link(case)
        except LinkError as error:
            self._lost(f"the target cannot be reached: {error}")
            data: dict[str, object] = {"case": case.id, "how": "link", "reason": str(error)}
            return Trace(header=header, events=(Note(t=0, text=STOPPED, data=data),)), None, None
        before = _facts(link)
        drive = Drive(link, self.plan, table=case.swept)
        drive.note(CASE, {"id": case.id, "suite": SUITE_VERSION})
        if self.target.far:
            drive.note(WAY, note_of(self.plan.calibration))
        stop = self._play(case, drive)
        if stop is not None:
            how, reason = stop
            drive.note(STOPPED, {"case": case.id, "how": how, "reason": reason})
        self._count(drive, stop)
        after = _facts(link)
        if stop is not None and stop[0] in ("silent", "link"):
            self._drop()
        return Trace(header=header, events=tuple(drive.events)), before, after

    def _play(self, case: CardCase, drive: Drive) -> tuple[str, str] | None:
        """Play the stimulus; gives how and why it ended early, or None."""
        at = ["reset"]
        try:
            self._steps(case, drive, at)
        except Impossible as error:
            return "impossible", str(error)
        except LimitError as error:
            return "limit", str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the case says so
            return _stop(error, at[-1], alive=drive.answered > 0)
        return None

    def _steps(self, case: CardCase, drive: Drive, at: list[str]) -> None:
        drive.power_on()
        bench = self.bench(case)
        steps = case.stimulus(bench)
        step = next(steps, None)
        while step is not None:
            at.append(_shown(step))
            answer = drive.step(step)
            self._learn(drive, bench)
            try:
                step = steps.send(answer)
            except StopIteration:
                step = None

    def _learn(self, drive: Drive, bench: CardBench) -> None:
        """What the last answer tells of keys: of the application that was selected last."""
        event = drive.events[-1]
        if not (isinstance(event, Exchange) and len(event.command) > 1 and event.response):
            return
        if event.command[1] in LEARN_FROM:
            learn(bench.keys, View(drive.since_select(), self.plan.ics.values).card)

    def _count(self, drive: Drive, stop: tuple[str, str] | None) -> None:
        if stop is not None and stop[0] == "refused":
            self._lost(stop[1])
        lost = stop is not None and stop[0] in ("silent", "link")
        self._alive = self._alive or drive.answered > 0
        self._silent = self._silent + 1 if lost else 0
        if lost and not self._alive:
            self._lost(f"the target never answered: {stop[1] if stop else ''}")
        elif self._silent >= self.plan.limits.silences:
            self._lost(f"the target was lost in {self._silent} cases in a row")

    def _lost(self, reason: str) -> None:
        self._given_up = reason

    def _link(self, case: CardCase) -> Link:
        seed = int.from_bytes(self.plan.rng(f"card {case.id}")(6), "big")
        if self._kept is not None and self.target.fresh and not self._renewed(seed):
            self._drop()
        if self._kept is None:
            self._kept = self.target.open(seed)
        return self._kept

    def _renewed(self, seed: int) -> bool:
        """A new card behind the link that is there; asked no more of a target that makes none."""
        if self._renews and isinstance(self._kept, Renewable):
            self._renews = self._kept.renew(seed)
            return self._renews
        return False

    def _drop(self) -> None:
        if self._kept is not None:
            link, self._kept = self._kept, None
            with contextlib.suppress(YktError, OSError):
                link.close()


def _stop(error: Exception, at: str, *, alive: bool) -> tuple[str, str]:
    """How and why a stimulus ended by an error; ``at`` is the last step."""
    if isinstance(error, WriteRefusedError):
        return ("impossible" if alive else "refused"), f"{at}: {error}"
    if isinstance(error, SilentError):
        return ("silent" if alive else "link"), f"{at}: {error}"
    if isinstance(error, LinkError):
        return "link", f"{at}: {error}"
    if isinstance(error, ReadError):
        return "impossible", f"after {at}: an answer cannot be read: {error}"
    return "error", f"the stimulus failed after {at}: {type(error).__name__}: {error}"


def _selects(event: Event) -> bool:
    return isinstance(event, Exchange) and event.command[1:2] == _SELECT


def _shown(step: Step) -> str:
    """What a step does, without its data: these hold PINs and keys."""
    if isinstance(step, steps.PowerCycle):
        return "reset"
    if isinstance(step, steps.Row):
        return step.text
    return step.command[:4].hex(" ").upper()


def _facts(link: Link) -> Mapping[str, Any] | None:
    return link.facts() if isinstance(link, Factual) else None


def run_card(
    target: CardTarget, plan: RunPlan[CardCase], done: Iterable[CaseResult] = ()
) -> RunResult:
    """Run the plan's cases on a card.

    Args:
        target: from `run.targets.names.open_target`.
        plan: what is run and how.
        done: as in `run_all`.
    """
    found = run_all(CardRun(target, plan), "card", target.name, done)
    judging = {**found.judging, "fresh": target.fresh}
    return msgspec.structs.replace(found, judging=judging)
