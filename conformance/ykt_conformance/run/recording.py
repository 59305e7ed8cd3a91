"""Judging recordings: every case on a trace, and what the trace never exercised.

Nothing is driven here. A case whose judge finds nothing to speak about is INCONCLUSIVE
with what the trace would have had to show.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from ykt_conformance.cases.case import Case
from ykt_conformance.cases.select import decide
from ykt_conformance.ics.form import IcsFile, read
from ykt_conformance.ics.observe import contradictions, draft
from ykt_conformance.judge.grouped import grouped
from ykt_conformance.judge.judging import TEST_KEYS, judge
from ykt_conformance.judge.keys import learn
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.judge.results import CaseResult, RunResult
from ykt_conformance.judge.verdict import Subject, Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.judge.withhold import holders, withhold
from ykt_conformance.run.modelled import modelled
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.running import Heard, RunStart, finish, reported, result_of
from ykt_conformance.run.tapped import tapped
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Trace

#: So many digits may be a card's number.
_LONG: Final = re.compile("[0-9]{10}")


def drafted_ics(trace: Trace, subject: Subject, source: str, *, unmasked: bool = False) -> IcsFile:
    """An ICS made from the trace itself, when nobody states one.

    Args:
        trace: the recording.
        subject: whose form it is.
        source: name of the trace; a number of a card in it is masked.
        unmasked: it is not.
    """
    if _LONG.search(source):
        redactor = Redactor(numbers=not unmasked)
        redactor.learn_trace(trace.header, understand(trace))
        source = redactor.text(source)
    return read(draft(trace, subject, source), f"drafted from {source}")


def keys_for(trace: Trace, *, test_keys: bool = False) -> tuple[KeyRing, str]:
    """The ring to judge a recording with, and what it is in words.

    The published test keys belong to our own cards. A recording of any other card would
    fail every MAC under them, so they are used only where its header names them.

    Args:
        trace: the recording.
        test_keys: use them whatever the header says.
    """
    if test_keys or TEST_KEYS in trace.header.provenance:
        return KeyRing(), f"{TEST_KEYS}, as the recording says"
    return KeyRing(test_keys=False), "none: MACs and TACs cannot be judged"


def judge_trace(trace: Trace, plan: RunPlan[Case], source: str) -> RunResult:
    """Judge the plan's cases on a recording.

    Args:
        trace: the recording.
        plan: cases, ICS and keys; its subject is that of the ICS.
        source: name of the trace.
    """
    begun = RunStart.now(plan)
    view = View(trace.events, plan.ics.values)
    redactor = Redactor(numbers=not plan.unmasked)
    ring = plan.ring()
    learn(ring, view.calls)
    items = tuple(understand(trace))
    redactor.learn_trace(trace.header, items, ring)
    redactor.learn_issued(trace)
    redactor.learn_holders(holders(view))
    stored = withhold(trace, pins=not plan.test_keys)
    known = reported(plan, redactor, Verdict.INCONCLUSIVE, Heard(trace, items, ring), stored)
    results: list[CaseResult] = []
    for number, case in enumerate(plan.cases, 1):
        results.append(_judged(case, trace, stored, plan, redactor, known))
        plan.progress(number, len(plan.cases), results[-1])
    findings = map(redactor.finding, contradictions(view, plan.ics.subject))
    given = trace.events, plan.ics.values, plan.ring(), redactor.text
    if plan.ics.subject == "card":
        model = modelled(
            *given, new=False, test_keys=plan.test_keys and plan.keys.test_keys,
            ignored=plan.ignored,
        )  # fmt: skip
    else:
        model = tapped(*given, ignored=plan.ignored)
    found = finish(
        plan, "trace", redactor.text(source), begun, tuple(results), findings, model=model
    )
    wrong = (one for one in results if one.verdict is not Verdict.INCONCLUSIVE)
    return msgspec.structs.replace(found, again=redactor.text(plan.again), causes=grouped(wrong))


def _judged(
    case: Case, trace: Trace, stored: Trace, plan: RunPlan[Case], redactor: Redactor,
    known: dict[str, Any],
) -> CaseResult:  # fmt: skip
    # A recording has what it has: needs of a live target do not matter here.
    selection = decide(case, plan.ics.values, lambda _need: True)
    if selection.verdict is not None:
        return result_of(case, selection, selection.verdict, selection.because)
    outcome = judge(case, trace, plan.ics.values, plan.ring())
    fault = redactor.fault(outcome.fault)
    return result_of(
        case,
        selection,
        outcome.verdict,
        redactor.text(outcome.reason),
        fault=fault,
        trace=stored,
        **known,
    )


def never_exercised(run: RunResult) -> tuple[CaseResult, ...]:
    """Cases of which the trace shows nothing."""
    return tuple(result for result in run.results if result.verdict is Verdict.INCONCLUSIVE)
