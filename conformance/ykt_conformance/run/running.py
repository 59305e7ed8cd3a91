"""What runs of cards, terminals and recordings share: going along the cases, putting it together.

Nothing here knows what is tested.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from ykt_conformance.cases.case import Case
from ykt_conformance.cases.registry import SUITE_VERSION, suite_sha256
from ykt_conformance.cases.select import Selection
from ykt_conformance.judge.causes import BESIDE
from ykt_conformance.judge.deviation import Modelled
from ykt_conformance.judge.grouped import grouped
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.judge.results import CaseResult, Finding, RunKind, RunResult
from ykt_conformance.judge.story import driven, story_of
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.plan import VERSIONS, CaseT, RunPlan
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.understand import Understood, understand
from ykt_sim.trace.model import Trace


class Heard(NamedTuple):
    """A recording as it was judged: its events understood, and keys that have learnt from it."""

    trace: Trace
    items: tuple[Understood, ...]
    ring: KeyRing


def reported(
    plan: RunPlan[CaseT], redactor: Redactor, verdict: Verdict, heard: Heard, stored: Trace
) -> dict[str, Any]:
    """What a report wants of a recording: its story, and its events as they are stored.

    Why codes are wrong is searched for where something is wrong: cases send wrong ones too.
    """
    if not plan.stories:
        return {}
    trace, items, ring = heard
    lines = story_of(trace.header, items, ring, explained=verdict is not Verdict.PASS)
    kept = items if stored is trace else tuple(understand(stored))
    return {"story": redactor.story(lines), "items": kept}


def result_of(
    case: Case, selection: Selection, verdict: Verdict, reason: str, **more: Any
) -> CaseResult:
    """A case's result; more gives the rest of `CaseResult`."""
    return CaseResult(
        id=case.id,
        subject=case.subject,
        group=case.group,
        title=case.title,
        title_zh=case.title_zh,
        clauses=case.clauses,
        official=case.official,
        needs=tuple(sorted(case.needs)),
        verdict=verdict,
        reason=reason,
        selected=selection.because,
        **more,
    )


class RunStart(msgspec.Struct, frozen=True):
    """When a run began, by both clocks."""

    at: str
    clock: float

    @classmethod
    def now(cls, plan: RunPlan[CaseT]) -> RunStart:
        """Now."""
        return cls(plan.now(), plan.clock())


def finish(
    plan: RunPlan[CaseT],
    kind: RunKind,
    target: str,
    begun: RunStart,
    results: tuple[CaseResult, ...],
    findings: Iterable[Finding] = (),
    *,
    timing: str = "",
    model: Modelled | None = None,
) -> RunResult:
    """Put a run's result together; for card, terminal and trace runs alike."""
    return RunResult(
        kind=kind,
        target=target,
        ics=plan.ics.values,
        ics_name=plan.ics.name,
        ics_text=plan.ics.text,
        ics_sha256=plan.ics.sha256,
        suite_version=SUITE_VERSION,
        suite_sha256=suite_sha256(),
        seed=plan.seed,
        keys=plan.keys_text,
        versions=VERSIONS,
        started=begun.at,
        finished=plan.now(),
        duration_s=round(plan.clock() - begun.clock, 6),
        results=results,
        excluded=plan.excluded,
        campaign=plan.campaign,
        findings=tuple(findings),
        timing=timing,
        unmasked=plan.unmasked,
        model=model,
        judging={"ignored": sorted(plan.ignored)},
    )


class Run(Protocol[CaseT]):
    """A target with its plan, case by case; `CardRun` and `run.terminal.TerminalRun`.

    Attributes:
        plan: what is run.
    """

    plan: RunPlan[CaseT]

    @property
    def timing(self) -> str:
        """With what the times of the run are taken, in words."""
        ...

    def select(self, case: CaseT) -> Selection:
        """Whether the case is run, and why."""
        ...

    def run(self, case: CaseT) -> CaseResult:
        """Run and judge one case; never raises for anything the target does."""
        ...

    def close(self) -> None:
        """Give the target up."""
        ...

    def hide(self, text: str) -> str:
        """A text without what must not be seen of cards met so far."""
        ...


#: How a story says that it knows no cause (`meaning.story.cause`).
_NOT_TOLD: Final = "not told"
#: Why a case was not run that somebody did not want to wait for.
STOPPED_BY_HAND: Final = "not run: the run was stopped by hand"


def run_all(
    run: Run[CaseT], kind: RunKind, target: str, done: Iterable[CaseResult] = ()
) -> RunResult:
    """Run every case of a run's plan, tell its progress, and give the target up.

    Args:
        run: the target with its plan.
        kind, target: as in `RunResult`.
        done: results of cases that were run before, which are not run again.

    Ctrl-C ends it early: cases that were not run are ERROR, and the result says so.
    """
    begun = RunStart.now(run.plan)
    before = {result.id: result for result in done}
    results: list[CaseResult] = []
    total = len(run.plan.cases)
    stopped = False
    try:
        for number, case in enumerate(run.plan.cases, 1):
            if case.id in before:
                results.append(before[case.id])
                continue
            try:
                result = None if stopped else run.run(case)
            except KeyboardInterrupt:
                stopped, result = True, None
            if result is None:
                selection = run.select(case)
                verdict = selection.verdict or Verdict.ERROR
                reason = STOPPED_BY_HAND if selection.runs else selection.because
                results.append(result_of(case, selection, verdict, reason))
                continue
            results.append(result)
            run.plan.progress(number, total, result)
    finally:
        run.close()
    found: dict[tuple[str, str], Finding] = {}
    for finding in (one for result in results for one in result.findings):
        found.setdefault((finding.path, finding.observed), finding)
    asked = [result.model for result in results if result.model is not None]
    made = finish(
        run.plan, kind, target, begun, tuple(results), found.values(), timing=run.timing,
        model=Modelled.together(asked) if asked else None,
    )  # fmt: skip
    return msgspec.structs.replace(
        made,
        stopped=stopped,
        again=run.hide(run.plan.again),
        causes=grouped(results, lambda result: run.hide(_why(result, run.plan.ring()))),
    )


def _why(result: CaseResult, ring: KeyRing) -> str:
    """What brought a result about, in the words of its story; empty where nothing says it.

    The Chinese stands beside it, as in reasons (`judge.causes`).

    """
    if result.trace is None:
        return ""
    items = result.items or tuple(understand(result.trace))
    lines = result.story or story_of(result.trace.header, items, ring)
    if result.subject == "card":
        lines = driven(lines, result.fault)
    said = next((line.said for line in lines if line.name == "cause"), None)
    if said is None or said.en in result.reason or said.en.startswith(_NOT_TOLD):
        return ""
    return f"{said.en}{BESIDE}{said.zh}"
