from __future__ import annotations

from tests.conformance import support as s
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.keys import learn
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.run.recording import drafted_ics, judge_trace, keys_for, never_exercised
from ykt_sim.trace.model import Header, Trace

TRACE = s.trace_of("reset", (s.SELECT_EP.hex(), s.FCI))
OTHER = s.case("C-9002", applies="lnt")
UNSEEN = s.case("C-9003", judge=lambda view: s.selected(type(view)((), view.ics)))
#: What only a live target needs is no obstacle to judging a recording.
NEEDY = s.case("C-9004", needs=frozenset({"tear", "keys:tunion.load"}))


def test_every_case_is_judged_and_what_was_not_exercised_is_said() -> None:
    told: list[str] = []
    plan = s.plan_of(
        s.case(), OTHER, UNSEEN, NEEDY,
        progress=lambda number, total, result: told.append(f"{number}/{total} {result.id}"),
    )  # fmt: skip
    run = judge_trace(TRACE, plan, "tap.jsonl")
    assert (run.kind, run.target) == ("trace", "tap.jsonl")
    assert [result.verdict for result in run.results] == [
        Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE, Verdict.PASS,
    ]  # fmt: skip
    assert [result.id for result in never_exercised(run)] == ["C-9003"]
    assert run.results[2].reason == "the trace has no SELECT of the purse"
    assert told[-1] == "4/4 C-9004"


def test_findings_and_masks() -> None:
    run = judge_trace(TRACE, s.plan_of(), "tap.jsonl")
    assert [finding.path for finding in run.findings] == ["tunion.issuer"]
    bad = s.case(judge=lambda _view: s.Fault(f"card {s.PAN}"))
    assert s.PAN not in judge_trace(TRACE, s.plan_of(bad), "tap.jsonl").results[0].reason


def test_a_form_drafted_from_the_trace_itself() -> None:
    form = drafted_ics(TRACE, "card", "tap.jsonl")
    assert form.name == "drafted from tap.jsonl"
    assert ics.check(form.ics) == []
    run = judge_trace(TRACE, s.plan_of(s.case(), form=form), "tap.jsonl")
    assert run.findings == ()
    assert run.exit_code == 0


def knows_keys(trace: Trace, **words: bool) -> bool:
    ring, text = keys_for(trace, **words)
    learn(ring, View(trace.events, {}).calls)
    assert text.startswith("none") != ("published test keys" in text)
    return ring.get("tunion", "tac") is not None


def test_test_keys_are_for_cards_that_have_them() -> None:
    """A recording of a real card would fail every MAC under keys it does not have."""
    ours = Trace(
        header=Header(provenance="simulated card with published test keys"), events=TRACE.events
    )
    assert not knows_keys(TRACE)
    assert knows_keys(TRACE, test_keys=True)
    assert knows_keys(ours)
    live = s.result_of(s.FakeCard).trace
    assert live is not None
    assert knows_keys(live)
