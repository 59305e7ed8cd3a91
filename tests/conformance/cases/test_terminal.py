"""Every terminal case on our own terminals, and what it says of recordings of others."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conformance.terminals import BY_ID, PROFILES, changed, run, whole_run
from ykt_conformance.cases.case import Case
from ykt_conformance.cases.clauses import coverage_problems, load_clauses
from ykt_conformance.cases.registry import all_cases, cases
from ykt_conformance.cases.select import decide
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.judging import judge
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run import forms as terminal_forms
from ykt_conformance.run.again import Circumstances, Claim, judge_again
from ykt_conformance.run.targets.sim_terminal import CAPABILITIES
from ykt_sim.bench.bench import Bench
from ykt_sim.bench.make import make_card
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.trace.model import Event, Header, Note, Trace

NOTHING = Trace(header=Header())
REVISED = (Verdict.PASS, Verdict.NOT_APPLICABLE)


# -- counts and records -------------------------------------------------------------------


def test_there_are_enough_cases() -> None:
    assert len(cases("terminal")) >= 150


def test_ids_stand_in_the_block_of_their_group() -> None:
    blocks = {case.id[:4]: case.group for case in cases("terminal")}
    assert all(blocks[case.id[:4]] == case.group for case in cases("terminal"))


def test_cases_and_clauses_fit_together() -> None:
    problems = coverage_problems(all_cases(), load_clauses())
    assert [problem for problem in problems if "T-" in problem or "CL-T" in problem] == []


@pytest.mark.parametrize("found", cases("terminal"), ids=lambda found: found.id)
def test_needs_are_capabilities_there_are(found: Case) -> None:
    assert found.needs <= CAPABILITIES


@pytest.mark.parametrize("name", PROFILES)
def test_the_shipped_form_is_what_the_profile_says(name: str) -> None:
    form = ics.load(name)
    assert form.text == ics.render(terminal_forms.derive(load_terminal_profile(name)))
    assert ics.check(form.ics) == []


# -- on our own terminals -----------------------------------------------------------------


@pytest.mark.parametrize("name", PROFILES)
def test_a_sound_terminal_passes(name: str) -> None:
    found = whole_run(name)
    assert [
        (r.id, str(r.verdict), r.reason) for r in found.results if r.verdict not in REVISED
    ] == []
    assert found.counts["PASS"] >= 12
    assert found.findings == ()


def test_every_case_passes_somewhere() -> None:
    passed = {r.id for name in PROFILES for r in whole_run(name).results if r.verdict == "PASS"}
    assert set(BY_ID) - passed == set()


@pytest.mark.parametrize("seed", [2, 77, 4096])
def test_the_seed_does_not_matter(seed: int) -> None:
    found = run("sim:bus-upgraded", seed=seed)
    assert {str(r.verdict) for r in found.results} == {"PASS", "NOT_APPLICABLE"}


def test_a_run_can_be_repeated() -> None:
    first = whole_run("metro-entry")
    second = run("sim:metro-entry")
    assert [r.trace for r in first.results] == [r.trace for r in second.results]


@pytest.mark.parametrize(
    "target",
    [f"sim:{name}" for name in PROFILES]
    + [f"sim:bus-upgraded?deviate={name}" for name in ("torn-forgotten", "mac1-zero", "city-zero")],
)
def test_the_verdict_on_the_recording_is_the_live_verdict(target: str) -> None:
    name = target.removeprefix("sim:")
    found = whole_run(name) if "?" not in name else run(target)
    form = ics.load(name.partition("?")[0])
    recordings: dict[str, Trace] = {}
    claims: list[Claim] = []
    for result in found.results:
        if result.trace is None:
            continue
        trace = recordings[result.id] = read_trace(write_trace(result.trace))
        assert result.model is not None
        broken = frozenset((one.rule, one.event) for one in result.model.deviations)
        claims.append(Claim(result.id, result.id, result.verdict, result.reason, broken))
        outcome = judge(BY_ID[result.id], trace, form.values)
        if outcome.fault is not None:
            assert result.fault is not None
            assert outcome.fault.event == result.fault.event
    how = Circumstances(kind="terminal", keys=found.keys)
    again = judge_again(claims, recordings, {"": form.values}, how)
    assert again.differing == ()
    assert again.judged == len(claims)


# -- nothing passes by silence ---------------------------------------------------------------


@pytest.mark.parametrize("name", PROFILES)
def test_an_empty_recording_proves_nothing(name: str) -> None:
    values = ics.load(name).values
    for case in cases("terminal"):
        outcome = judge(case, NOTHING, values)
        assert outcome.verdict is Verdict.INCONCLUSIVE, case.id


def test_another_cases_recording_proves_nothing_of_a_scenario() -> None:
    values = ics.load("bus-upgraded").values
    trace = whole_run("bus-upgraded").result("T-0202").trace
    assert trace is not None
    chosen = [case for case in cases("terminal") if decide(case, values, lambda _: True).runs]
    verdicts = Counter(str(judge(case, trace, values).verdict) for case in chosen)
    assert verdicts["FAIL"] == verdicts["ERROR"] == 0
    assert verdicts["PASS"] > 20
    assert judge(BY_ID["T-0301"], trace, values).verdict is Verdict.INCONCLUSIVE
    assert judge(BY_ID["T-0302"], trace, values).verdict is Verdict.INCONCLUSIVE


def recorded(card: str, terminal: str, now: str = "20250601080910") -> Trace:
    """A tap that is no run of the suite's."""
    events: list[Event] = []
    clock = iter(range(10_000))
    bench = Bench(terminal, clock=lambda: next(clock) / 1000, sink=events.append)
    bench.tap(make_card(card, balance=5000), now=now)
    return Trace(header=Header(), events=tuple(events))


def test_a_foreign_recording_is_judged_by_what_it_shows() -> None:
    values = ics.load("bus-upgraded").values
    trace = recorded("tunion", "bus-upgraded")
    for case_id in ("T-0101", "T-0715", "T-0701", "T-0703", "T-0801", "T-0904", "T-1401"):
        assert judge(BY_ID[case_id], trace, values).verdict is Verdict.PASS, case_id
    for case_id in ("T-0301", "T-0401", "T-1105", "T-0202", "T-0702"):
        assert judge(BY_ID[case_id], trace, values).verdict is Verdict.INCONCLUSIVE, case_id


def test_a_foreign_recording_of_a_wrong_terminal_fails() -> None:
    trace = recorded("tunion", "ferry-upgraded")
    outcome = judge(BY_ID["T-0904"], trace, ics.load("bus-upgraded").values)
    assert outcome.verdict is Verdict.FAIL
    assert "city in EF 1E is 5860, expected 5810" in outcome.reason
    assert outcome.fault is not None
    assert (outcome.fault.expected, outcome.fault.received, outcome.fault.offset) == (
        "5810", "5860", 5 + 32,
    )  # fmt: skip


# -- controls and accounts --------------------------------------------------------------------


def part(case_id: str, name: str = "bus-upgraded") -> tuple[Trace, Any]:
    trace = whole_run(name).result(case_id).trace
    assert trace is not None
    return trace, ics.load(name).values


def edited(trace: Trace, change: Any) -> Trace:
    """The trace with notes changed; None drops one."""
    events = []
    for event in trace.events:
        found = change(event) if isinstance(event, Note) else event
        if found is not None:
            events.append(found)
    return Trace(header=trace.header, events=tuple(events))


def note_with(note: Note, **changes: Any) -> Note:
    return Note(t=note.t, text=note.text, data={**note.data, **changes})


def outcome_of(case_id: str, trace: Trace, values: Any) -> CaseResult:
    found = judge(BY_ID[case_id], trace, values)
    return replace(whole_run("bus-upgraded").result(case_id), verdict=found.verdict,
                   reason=found.reason)  # fmt: skip


def test_a_refusal_without_its_second_control_proves_nothing() -> None:
    trace, values = part("T-0301")
    marks = [i for i, e in enumerate(trace.events) if isinstance(e, Note) and e.text == "tap"]
    cut = Trace(header=trace.header, events=trace.events[: marks[2]])
    found = outcome_of("T-0301", cut, values)
    assert (found.verdict, "control again" in found.reason) == (Verdict.INCONCLUSIVE, True)


def test_a_refused_control_proves_nothing() -> None:
    trace, values = part("T-0301")
    first = next(e for e in trace.events if isinstance(e, Note) and e.text == "decision")

    def change(note: Note) -> Note:
        return note_with(note, outcome="refused", amount=0) if note is first else note

    found = outcome_of("T-0301", edited(trace, change), values)
    # The account notices as well: the control's money has moved.
    assert found.verdict is Verdict.FAIL
    assert "accepted 200 fen" in found.reason or "accepted" in found.reason


def test_a_decision_that_says_another_amount_fails() -> None:
    trace, values = part("T-0101")

    def change(note: Note) -> Note:
        return note_with(note, amount=150) if note.text == "decision" else note

    found = outcome_of("T-0101", edited(trace, change), values)
    assert found.verdict is Verdict.FAIL
    assert "190 fen left the cards, but the terminal accepted 150 fen" in found.reason


def test_a_clearing_record_too_few_fails_every_case() -> None:
    trace, values = part("T-0101")
    found = outcome_of(
        "T-0101", edited(trace, lambda note: None if note.text == "clearing" else note), values
    )
    assert found.verdict is Verdict.FAIL
    assert "its clearing records say 0 fen" in found.reason


def test_without_a_decision_a_case_that_needs_one_is_inconclusive() -> None:
    trace, values = part("T-1001")
    silent = edited(
        trace, lambda note: None if note.text in ("decision", "clearing", "dispute") else note
    )
    found = outcome_of("T-1001", silent, values)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "did not report" in found.reason


def test_money_that_moves_without_a_commit_fails() -> None:
    trace, values = part("T-0101")

    def change(note: Note) -> Note:
        if note.text == "card" and note.data["when"] == "after":
            return note_with(note, total=int(str(note.data["total"])) - 1)
        return note

    found = outcome_of("T-0101", edited(trace, change), values)
    assert found.verdict is Verdict.FAIL
    assert "moved by -191 fen, the commits say -190 fen" in found.reason


# -- what the ICS says decides -----------------------------------------------------------------


def test_policies_of_rides_follow_the_ics() -> None:
    for policy, reason in (("refuse", "INITIALIZE was sent"), ("allow", "due are 0 fen")):
        form = changed("bus-board", "rides", entry_inside=policy)
        (found,) = run("sim:bus-board", "T-1205", form=form).results
        assert found.verdict is Verdict.FAIL
        assert reason in found.reason


def test_fallback_without_file_17_follows_the_ics() -> None:
    form = changed("bus-upgraded", "interoperability", fallback="accept")
    by_id = {r.id: r for r in run("sim:bus-upgraded", "T-0503", "T-0504", form=form).results}
    assert by_id["T-0503"].verdict is Verdict.PASS
    assert by_id["T-0504"].verdict is Verdict.FAIL


def test_no_limit_no_time_case() -> None:
    form = changed("bus-upgraded", "timing", total_ms=None, terminal_ms=None)
    assert {
        str(r.verdict) for r in run("sim:bus-upgraded", "T-1501", "T-1502", form=form).results
    } == {"NOT_APPLICABLE"}


def test_time_is_split_into_card_psam_way_and_terminal() -> None:
    form = changed("bus-upgraded", "timing", total_ms=10, terminal_ms=1)
    found = run("sim:bus-upgraded", "T-1501", "T-1502", form=form)
    for result in found.results:
        assert result.verdict is Verdict.FAIL
        for share in ("card", "PSAM", "way", "terminal"):
            assert share in result.reason
