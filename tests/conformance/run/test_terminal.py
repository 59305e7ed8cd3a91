"""Terminal runs: what the runner makes of targets, scenarios and what happens to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.terminals import changed, plan_of, run, scene, whole_run
from ykt_conformance.drive.limits import Limits
from ykt_conformance.drive.moments import later
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import Mutation, Removal, TerminalBench
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.judging import STOPPED
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.judge.taps import taps
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.run.terminal import can, run_terminal
from ykt_sim.codes import INS
from ykt_sim.errors import LinkError, ProfileError, UsageError
from ykt_sim.trace.model import Exchange, Note, Removed

BUS = ics.load("bus-upgraded")


def played(play: Any, judge: Any = lambda _view: None, **changes: Any) -> CaseResult:
    """One scenario at the upgraded bus."""
    changes.setdefault("cases", (scene("T-9001", play, judge),))
    target = changes.pop("target", "sim:bus-upgraded")
    form = changes.pop("form", BUS)
    return run_terminal(plan_of(form, **changes), target=target).results[0]


def view_of(result: CaseResult) -> View:
    assert result.trace is not None
    return View(result.trace.events, BUS.values)


# -- targets ---------------------------------------------------------------------------------


def test_one_of_target_and_address() -> None:
    for words in ({}, {"target": "sim:bus-upgraded", "listen": "tcp:127.0.0.1:0"}):
        with pytest.raises(UsageError, match="either a target or an address"):
            run_terminal(plan_of(BUS, "T-0101"), **words)
    with pytest.raises(UsageError, match="either a target or an address"):
        can(plan_of(BUS, "T-0101"))


@pytest.mark.parametrize(
    ("target", "error", "match"),
    [
        ("tcp:127.0.0.1:9", UsageError, "our own terminals are sim:PROFILE"),
        ("sim:bus-upgraded?deviate=nonsense", UsageError, "no terminal deviation nonsense"),
        ("sim:bus-upgraded?colour=red", UsageError, "no option 'colour'"),
        ("sim:tram", ProfileError, "no terminal profile 'tram'"),
    ],
)
def test_a_target_that_cannot_be_opened(target: str, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        run_terminal(plan_of(BUS, "T-0101"), target=target)


def test_several_deviations_at_once() -> None:
    found = run("sim:bus-upgraded?deviate=city-zero,trip-type-wrong", "T-0808", "T-0904")
    assert {str(result.verdict) for result in found.results} == {"FAIL"}


def test_what_targets_can_do() -> None:
    plan = plan_of(BUS, "T-0101")
    assert can(plan, target="sim:bus-upgraded")("report")
    assert can(plan, listen="tcp:127.0.0.1:0")("report")
    silent = changed("bus-upgraded", "reports", form="none", codes=False, clearing=False)
    assert not can(plan_of(silent, "T-0101"), listen="tcp:127.0.0.1:0")("report")


def test_the_black_list_of_the_form_is_loaded_into_the_terminal() -> None:
    form = changed("bus-upgraded", "black_list", numbers=("3105170012345678907",))
    found = run("sim:bus-upgraded", "T-0404", "T-0406", form=form)
    assert {str(result.verdict) for result in found.results} == {"PASS"}


# -- scenarios -------------------------------------------------------------------------------


def test_a_case_that_does_not_apply_is_not_run() -> None:
    (found,) = run("sim:bus-legacy", "T-0202").results
    assert (found.verdict, found.trace) == (Verdict.NOT_APPLICABLE, None)
    assert "tunion=no" in found.reason


def test_what_cannot_be_brought_about_is_inconclusive() -> None:
    def play(_bench: TerminalBench) -> None:
        raise Impossible("no such card")

    found = played(play)
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, "no such card")


def test_a_card_that_cannot_be_made_is_inconclusive() -> None:
    found = played(lambda bench: bench.card("tunion", balance=0x1000000))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "no such card can be made" in found.reason


def test_a_broken_scenario_is_an_error() -> None:
    found = played(lambda bench: bench.card("tram"))
    assert found.verdict in (Verdict.ERROR, Verdict.INCONCLUSIVE)
    found = played(lambda _bench: {}["no"])
    assert (found.verdict, found.reason) == (
        Verdict.ERROR, "the scenario failed: KeyError: 'no'",
    )  # fmt: skip


def test_a_broken_judge_is_an_error() -> None:
    def judge(_view: View) -> None:
        raise RuntimeError("oops")

    found = played(lambda bench: bench.tap(bench.card()), judge)
    assert found.verdict is Verdict.ERROR
    assert "the judge of T-9001 failed: RuntimeError: oops" in found.reason


def test_limits_end_a_case() -> None:
    def endless(bench: TerminalBench) -> None:
        while True:
            bench.tap(bench.card())

    found = played(endless, limits=Limits(commands=100))
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, "stopped after 100 commands")
    found = played(endless, limits=Limits(case_s=1))
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, "stopped after 1 s")


def test_a_terminal_lost_in_a_row_is_given_up_and_one_that_comes_back_is_not() -> None:
    def lost(_bench: TerminalBench) -> None:
        raise LinkError("gone")

    scenes = [lost, lambda _bench: None, lost, lost, lambda _bench: None]
    cases = tuple(
        scene(f"T-900{number}", play, lambda _view: None) for number, play in enumerate(scenes)
    )
    plan = plan_of(BUS, cases=cases, limits=Limits(silences=2))
    found = run_terminal(plan, target="sim:bus-upgraded").results
    given_up = "not run: the terminal was lost in 2 cases in a row: gone"
    assert [one.reason == given_up for one in found] == [False] * 4 + [True]


def test_why_it_ended_stands_in_the_recording() -> None:
    found = played(lambda _bench: {}["no"])
    assert found.trace is not None
    last = found.trace.events[-1]
    assert isinstance(last, Note)
    assert (last.text, last.data["how"]) == (STOPPED, "error")


def test_card_numbers_are_masked_in_reasons() -> None:
    number = "3105170012345678907"

    def play(bench: TerminalBench) -> None:
        bench.tap(bench.card("tunion", pan=number))

    found = played(play, lambda _view: Fault(f"the card is {number}"))
    assert found.reason == "the card is 310517*********8907"


# -- taps ------------------------------------------------------------------------------------


def test_a_tap_leaves_its_facts_in_the_recording() -> None:
    def play(bench: TerminalBench) -> None:
        bench.tap(bench.card("dual", balance=1000))

    (tap,) = taps(view_of(played(play)))
    assert (tap.role, tap.card, tap.outcome) == ("control", "A", "accepted")
    assert tap.before is not None
    assert tap.after is not None
    assert (tap.before["total"], tap.after["total"], tap.moved) == (1000, 810, -190)
    assert tap.after["lnt"]["offline"] == tap.before["lnt"]["offline"] + 1
    assert tap.after["lnt"]["log"] != tap.before["lnt"]["log"]
    assert tap.after["tunion"]["offline"] == tap.before["tunion"]["offline"]
    assert tap.clearing is not None
    assert tap.transport_ms is not None
    assert any(call.is_(INS.SAM_INIT_PURCHASE) for call in tap.sam)


def test_the_terminals_clock_goes_on_by_a_minute_a_tap() -> None:
    def play(bench: TerminalBench) -> None:
        for _ in range(3):
            bench.tap(bench.card())

    clocks = [tap.clock for tap in taps(view_of(played(play)))]
    assert clocks == ["20250601081733", "20250601081833", "20250601081933"]
    assert later("20241231235933", minutes=1) == "20250101000033"


@pytest.mark.parametrize("executed", [False, True])
def test_a_torn_command_has_no_answer_and_the_card_leaves(executed: bool) -> None:  # noqa: FBT001
    def play(bench: TerminalBench) -> None:
        bench.tap(bench.card(), "torn", removal=Removal(ins=INS.DEBIT, executed=executed))

    result = played(play)
    (tap,) = taps(view_of(result))
    assert result.trace is not None
    kinds = [type(event) for event in result.trace.events]
    at = kinds.index(Removed)
    torn = result.trace.events[at - 1]
    assert isinstance(torn, Exchange)
    assert (torn.command[1], torn.response) == (INS.DEBIT, b"")
    assert tap.moved == (-200 if executed else 0)
    assert tap.outcome == "retry"


def test_a_mutation_stands_between_card_and_terminal() -> None:
    mutation = Mutation(
        "no balance", lambda command, true: b"\x6a\x86" if command[1] == INS.GET_BALANCE else true
    )

    def play(bench: TerminalBench) -> None:
        bench.tap(bench.card(), mutate=mutation)

    (tap,) = taps(view_of(played(play)))
    assert tap.note["mutation"] == "no balance"
    assert [call.response.sw for call in tap.calls_of(INS.GET_BALANCE)] == [0x6A86]
    assert tap.passed


def test_a_card_keeps_what_taps_did_to_it() -> None:
    def play(bench: TerminalBench) -> None:
        card = bench.card("tunion", balance=450)
        bench.tap(card)
        bench.tap(card)
        bench.tap(card)

    found = taps(view_of(played(play)))
    assert [tap.outcome for tap in found] == ["accepted", "accepted", "refused"]
    assert [tap.after["total"] for tap in found if tap.after] == [250, 50, 50]


def test_elsewhere_is_off_the_record_but_noted() -> None:
    def play(bench: TerminalBench) -> None:
        card = bench.card("tunion", balance=1000)
        bench.tap(card)
        bench.elsewhere(card, "tunion", 300)
        bench.tap(card)

    view = view_of(played(play))
    assert view.noted("elsewhere") == ({"card": "A", "standard": "tunion", "moved": -300},)
    assert [tap.after["total"] for tap in taps(view) if tap.after] == [800, 300]
    assert len(view.transactions) == 2


def test_every_card_of_a_run_has_a_number_of_its_own() -> None:
    numbers: list[str] = []

    def play(bench: TerminalBench) -> None:
        numbers.extend(bench.card("dual").identity.pan for _ in range(20))

    played(play)
    assert len(set(numbers)) == 20


# -- results ---------------------------------------------------------------------------------


def test_findings_come_from_good_taps_only() -> None:
    assert whole_run("metro-exit").findings == ()
    form = changed("bus-upgraded", "place", city="5840")
    found = run("sim:bus-upgraded", "T-0202", form=form)
    assert [finding.path for finding in found.findings] == ["place.city"]


def test_state_before_and_after_is_in_the_result() -> None:
    result = whole_run("bus-upgraded").result("T-0202")
    assert result.before is not None
    assert result.after is not None
    assert result.before["total"] - result.after["total"] == 200
    assert "factors" not in result.before


def test_progress_counts_every_case() -> None:
    seen: list[tuple[int, int, str]] = []
    run("sim:bus-upgraded", "T-0101", "T-0202", "T-1601",
        progress=lambda number, total, result: seen.append((number, total, result.id)))  # fmt: skip
    assert seen == [(1, 3, "T-0101"), (2, 3, "T-0202"), (3, 3, "T-1601")]
