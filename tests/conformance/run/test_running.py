"""A run that somebody stops, and one that goes on."""

from __future__ import annotations

from tests.conformance import support as s
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_conformance.run.card import run_card
from ykt_conformance.run.running import STOPPED_BY_HAND


class Stopped(s.FakeCard):
    """Somebody presses Ctrl-C at the second start."""

    starts = 0

    def power_on(self) -> bytes:
        Stopped.starts += 1
        if Stopped.starts == 2:
            raise KeyboardInterrupt
        return super().power_on()


def test_what_was_done_before_ctrl_c_is_kept() -> None:
    Stopped.starts = 0
    told: list[str] = []
    run = s.run(
        Stopped, s.case("C-9001"), s.case("C-9002"), s.case("C-9003", applies="lnt"),
        s.case("C-9004"), progress=lambda _number, _total, result: told.append(result.id),
    )  # fmt: skip
    assert [result.verdict for result in run.results] == [
        Verdict.PASS, Verdict.ERROR, Verdict.NOT_APPLICABLE, Verdict.ERROR,
    ]  # fmt: skip
    assert run.results[1].reason == run.results[3].reason == STOPPED_BY_HAND
    assert (run.stopped, run.exit_code, told) == (True, 2, ["C-9001"])
    assert Stopped.starts == 2


def test_what_is_done_is_not_run_again() -> None:
    first = s.run(s.FakeCard, s.case("C-9001"))
    card = s.FakeCard()
    plan = s.plan_of(s.case("C-9001"), s.case("C-9002"))
    run = run_card(s.target_of(card), plan, first.results)
    assert [result.id for result in run.results] == ["C-9001", "C-9002"]
    assert run.results[0] is first.results[0]
    assert (card.resets, run.stopped) == (1, False)
    assert [finding.path for finding in run.findings] == ["tunion.issuer"]


def test_a_cause_is_told_with_what_brought_it_about() -> None:
    """Two cases whose SELECT is refused; of what is no code the story of a card says nothing."""
    run = s.run(s.FakeCard({s.SELECT_EP: "6A82"}), s.case("C-9001"), s.case("C-9002"))
    (cause,) = run.causes
    assert cause.cases == ("C-9001", "C-9002")
    assert cause.reason == "SELECT answered 6A82"
    assert "6A82" in cause.why
    elsewhere = Fault("the balance is 2 fen", 3, "1", "2")
    read = s.case("C-9001", judge=lambda _view: elsewhere)
    (cause,) = s.run(s.FakeCard({s.SELECT_EP: "6A82"}), read, s.replace(read, id="C-9002")).causes
    assert (cause.reason, cause.why) == (elsewhere.reason, "")
    silent = s.case("C-9001", stimulus=s.one(s.CHALLENGE))
    (cause,) = s.run(s.FakeCard, silent, s.replace(silent, id="C-9002")).causes
    assert (cause.reason, cause.why) == ("the trace has no SELECT of the purse", "")
