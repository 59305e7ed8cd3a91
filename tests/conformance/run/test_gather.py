"""Many recordings as one result: what is alike stands once."""

from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_conformance.judge.results import RunResult
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.run.gather import Gathered


def wrong_by(amount: int) -> RunResult:
    def judge(_view: View) -> Fault:
        return Fault(f"the balance is {amount} fen, expected 0")

    return s.run(s.FakeCard, s.case("C-9001", judge=judge), s.case("C-9002"))


def gathered(*runs: RunResult) -> RunResult:
    found = Gathered()
    for number, run in enumerate(runs, 1):
        found.add(run, str(number), f"log.txt, session {number}", f"reader {number}")
    return found.result("log.txt", "ykt conform trace log.txt")


def test_results_that_come_to_the_same_stand_once() -> None:
    sound = s.run(s.FakeCard, s.case("C-9001"), s.case("C-9002"))
    runs = [wrong_by(1), sound, wrong_by(2), wrong_by(30)]
    found = gathered(*runs)
    assert [(one.id, one.verdict, one.found_in) for one in found.results] == [
        ("C-9001", Verdict.FAIL, "1,3-4"),
        ("C-9001", Verdict.PASS, "2"),
        ("C-9002", Verdict.PASS, "1-4"),
    ]
    assert found.results[0].trace is runs[0].results[0].trace
    assert [one.verdicts for one in found.recordings] == ["FP", "PP", "FP", "FP"]
    assert found.order == ("C-9001", "C-9002")
    assert found.exit_code == 1


def test_the_line_that_repeats_a_case_names_the_recording() -> None:
    run = s.replace(wrong_by(1), again="ykt conform trace log.txt --session 'reader 1'")
    found = gathered(run, run)
    assert found.repeats(found.results[0]) == (
        "ykt conform trace log.txt --session 'reader 1' --case C-9001"
    )


def test_deviations_of_one_kind_are_counted() -> None:
    run = s.run(s.FakeCard({s.SELECT_EP: "6A82"}), s.case("C-9001"), ignored=frozenset())
    assert run.model is not None
    found = gathered(run, run, run)
    assert found.model is not None
    assert found.model.judged == 3 * run.model.judged
    kinds = {(one.rule, one.why) for one in run.model.deviations}
    assert len(found.model.deviations) == len(kinds) > 0
    told = sum(1 + one.more for one in found.model.deviations)
    assert told == 3 * len(run.model.deviations)


def test_every_form_is_kept_once() -> None:
    one, other = wrong_by(1), s.replace(wrong_by(1), ics_sha256="22", ics_text="other")
    found = gathered(one, other, one)
    assert (found.ics_sha256, dict(found.more_ics)) == (one.ics_sha256, {"22": "other"})


def test_nothing_gathered_is_no_result() -> None:
    with pytest.raises(ValueError, match="nothing was gathered"):
        Gathered().result("log.txt")
