from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from tests.conformance import support as s
from ykt_conformance.drive.limits import Limits
from ykt_conformance.drive.steps import Impossible, PowerCycle, Pull, Send, Step, Tear
from ykt_conformance.judge.judging import judge
from ykt_conformance.judge.verdict import Fault, Judgement, Verdict
from ykt_conformance.judge.view import View
from ykt_sim.errors import LinkError, SilentError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.trace.model import Exchange, Note, Removed, Reset
from ykt_sim.wire.apdu import Response
from ykt_sim.wire.purse import ProveAnswer

Flow = Generator[Step, Any, None]


def never(_view: View) -> Judgement:
    return None


def test_pass_keeps_the_trace_and_says_what_it_rests_on() -> None:
    result = s.result_of(s.FakeCard)
    assert result.verdict is Verdict.PASS
    assert result.reason == "held by 1 exchange(s), 0 transaction(s), 1 reset(s)"
    assert result.trace is not None
    note, reset, exchange = result.trace.events
    assert isinstance(note, Note)
    assert note.data["id"] == "C-9001"
    assert isinstance(reset, Reset)
    assert isinstance(exchange, Exchange)
    assert (exchange.command, exchange.response) == (s.SELECT_EP, bytes.fromhex(s.FCI))
    assert exchange.duration_ms == 1.0


def test_a_bad_card_fails_with_both_values_and_the_event() -> None:
    result = s.result_of(s.FakeCard({s.SELECT_EP: "6A82"}))
    assert result.verdict is Verdict.FAIL
    assert result.fault == Fault("SELECT answered 6A82", 2, "9000", "6A82", 0)


def test_what_does_not_apply_is_not_run() -> None:
    card = s.FakeCard()
    result = s.result_of(card, s.case(applies="lnt"))
    assert result.verdict is Verdict.NOT_APPLICABLE
    assert "lnt" in result.reason
    assert result.trace is None
    assert card.sent == []


@pytest.mark.parametrize("need", ["tear", "fresh", "keys:tunion.nothing"])
def test_a_need_the_target_does_not_meet_is_inconclusive(need: str) -> None:
    result = s.result_of(s.FakeCard, s.case(needs=frozenset({need})), capabilities=("reset",))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason == f"the target cannot give: {need}"


def test_keys_of_test_cards_meet_a_need_before_the_card_has_spoken() -> None:
    needs = frozenset({"keys:tunion.load", "keys:lnt.pin"})
    assert s.result_of(s.FakeCard, s.case(needs=needs)).verdict is Verdict.PASS


def test_keys_that_are_not_in_a_key_file_are_missing() -> None:
    result = s.result_of(
        s.FakeCard,
        s.case(needs=frozenset({"keys:tunion.load"})),
        keys=KeyRing(test_keys=False),
        test_keys=False,
    )
    assert result.verdict is Verdict.INCONCLUSIVE


def test_a_stimulus_learns_the_cards_keys() -> None:
    seen: list[bytes | None] = []

    def stimulus(bench: Any) -> Flow:
        seen.append(bench.keys.get("tunion", "load"))
        yield Send(s.SELECT_EP)
        seen.append(bench.keys.get("tunion", "load"))

    s.run(s.FakeCard, s.case(stimulus=stimulus))
    assert seen[0] is None
    assert seen[1] is not None


def test_impossible_is_inconclusive_with_its_reason() -> None:
    def stimulus(_bench: object) -> Flow:
        yield Send(s.SELECT_EP)
        raise Impossible("no load key fits")

    result = s.result_of(s.FakeCard, s.case(stimulus=stimulus))
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "no load key fits")


def test_a_fault_counts_although_the_stimulus_could_not_go_on() -> None:
    def stimulus(_bench: object) -> Flow:
        answer: Response = yield Send(s.SELECT_EP)
        if not answer.ok:
            raise Impossible("no purse")

    result = s.result_of(s.FakeCard({s.SELECT_EP: "6A82"}), s.case(stimulus=stimulus))
    assert (result.verdict, result.reason) == (Verdict.FAIL, "SELECT answered 6A82")


def test_nothing_relevant_is_never_a_pass() -> None:
    result = s.result_of(s.FakeCard, s.case(stimulus=s.one(s.CHALLENGE)))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason == "the trace has no SELECT of the purse"


def test_a_broken_stimulus_is_an_error() -> None:
    def stimulus(_bench: object) -> Flow:
        yield Send(s.SELECT_EP)
        raise KeyError("oops")

    result = s.result_of(s.FakeCard, s.case(stimulus=stimulus))
    assert result.verdict is Verdict.ERROR
    assert result.reason == "the stimulus failed after 00 A4 04 00: KeyError: 'oops'"


@pytest.mark.parametrize(
    ("make", "verdict", "reason"),
    [
        (
            lambda answer: ProveAnswer.parse(answer.data[:7]),
            Verdict.INCONCLUSIVE,
            "after 00 A4 04 00: an answer cannot be read: ProveAnswer.tac at byte 4",
        ),
        (
            lambda answer: ProveAnswer(mac2=answer.data, tac=b"").build(),
            Verdict.ERROR,
            "the stimulus failed after 00 A4 04 00: PackError: ProveAnswer.mac2",
        ),
    ],
)
def test_what_cannot_be_read_is_the_cards_and_what_cannot_be_packed_is_ours(
    make: Callable[[Response], object], verdict: Verdict, reason: str
) -> None:
    def stimulus(_bench: object) -> Flow:
        make((yield Send(s.SELECT_EP)))

    result = s.result_of(s.FakeCard, s.case(stimulus=stimulus))
    assert result.verdict is verdict
    assert result.reason.startswith(reason)


def test_a_broken_judge_is_an_error() -> None:
    def broken(_view: View) -> Judgement:
        raise ZeroDivisionError("x")

    result = s.result_of(s.FakeCard, s.case(judge=broken))
    assert result.verdict is Verdict.ERROR
    assert "ZeroDivisionError" in result.reason


def test_a_link_that_breaks_is_an_error_and_the_rest_still_runs() -> None:
    class Breaks(s.FakeCard):
        def transmit(self, apdu: bytes) -> bytes:
            if apdu == s.CHALLENGE:
                raise LinkError("cable")
            return super().transmit(apdu)

    bad = s.case("C-9001", stimulus=s.one(s.SELECT_EP, s.CHALLENGE))
    run = s.run(Breaks, bad, s.case("C-9002"))
    assert [result.verdict for result in run.results] == [Verdict.ERROR, Verdict.PASS]
    assert run.results[0].reason == "00 84 00 00: cable"


def test_a_card_that_falls_silent_fails_at_that_command() -> None:
    class Mute(s.FakeCard):
        def transmit(self, apdu: bytes) -> bytes:
            if apdu == s.CHALLENGE:
                raise SilentError("no answer within 1 s")
            return super().transmit(apdu)

    result = s.result_of(Mute, s.case(stimulus=s.one(s.SELECT_EP, s.CHALLENGE)))
    assert result.verdict is Verdict.FAIL
    assert result.reason == "00 84 00 00: no answer within 1 s"
    assert result.trace is not None
    assert result.fault is not None
    assert result.fault.event == 3
    event = result.trace.events[3]
    assert isinstance(event, Exchange)
    assert (event.command, event.response) == (s.CHALLENGE, b"")


def test_a_target_that_never_answers_is_given_up_at_once() -> None:
    class Dead(s.FakeCard):
        def power_on(self) -> bytes:
            self.resets += 1
            raise SilentError("no answer within 1 s")

    card = Dead()
    run = s.run(card, *(s.case(f"C-900{number}") for number in range(5)))
    assert {result.verdict for result in run.results} == {Verdict.ERROR}
    assert "never answered" in run.results[4].reason
    assert card.resets == 1
    assert run.exit_code == 2


def test_a_target_lost_in_case_after_case_is_given_up() -> None:
    class Mute(s.FakeCard):
        def transmit(self, apdu: bytes) -> bytes:
            if len(self.sent) == 0:
                return super().transmit(apdu)
            raise SilentError("no answer")

    cases = [s.case(f"C-900{n}", stimulus=s.one(s.SELECT_EP, s.CHALLENGE)) for n in range(6)]
    run = s.run(Mute, *cases, limits=Limits(silences=2))
    verdicts = [result.verdict for result in run.results]
    assert verdicts == [Verdict.FAIL] * 2 + [Verdict.ERROR] * 4
    assert run.results[5].reason == "not run: the target was lost in 2 cases in a row"


def test_an_endless_case_ends() -> None:
    def stimulus(_bench: object) -> Flow:
        while True:
            yield Send(s.CHALLENGE)

    result = s.result_of(s.FakeCard, s.case(stimulus=stimulus), limits=Limits(commands=50))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason == "stopped after 50 commands"


def test_a_slow_case_ends() -> None:
    def stimulus(_bench: object) -> Flow:
        while True:
            yield Send(s.CHALLENGE)

    result = s.result_of(
        s.FakeCard, s.case(stimulus=stimulus), clock=s.Ticks(1.0), limits=Limits(case_s=10)
    )
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason == "stopped after 10 s"


def test_every_case_gets_a_fresh_card_where_there_are_some() -> None:
    made: list[s.FakeCard] = []

    def make() -> s.FakeCard:
        made.append(s.FakeCard())
        return made[-1]

    s.run(make, s.case("C-9001"), s.case("C-9002"))
    assert [(card.resets, card.closed) for card in made] == [(1, 1), (1, 1)]


def test_the_one_card_is_reset_between_cases() -> None:
    card = s.FakeCard()
    s.run(card, s.case("C-9001"), s.case("C-9002"), capabilities=("reset",))
    assert (card.resets, card.closed) == (2, 1)


def test_reset_pull_and_tear_are_recorded() -> None:
    answers: list[Response] = []

    def stimulus(_bench: object) -> Flow:
        answers.append((yield PowerCycle()))
        answers.append((yield Pull(s.CHALLENGE)))
        answers.append((yield Tear(s.READ_15, 3)))
        answers.append((yield Tear(s.SELECT_EP, 9)))

    made = s.TearableCard({s.CHALLENGE: "010203049000", s.READ_15: "gone"})
    result = s.result_of(made, s.case(stimulus=stimulus), capabilities=("reset", "fresh", "tear"))
    assert result.trace is not None
    kinds = [type(event).__name__ for event in result.trace.events]
    assert kinds == [
        "Note", "Reset", "Reset",
        "Note", "Exchange", "Removed", "Reset",
        "Note", "Exchange", "Removed", "Reset",
        "Note", "Exchange", "Removed", "Reset",
    ]  # fmt: skip
    assert answers[0] == Response(b"", 0x9000)
    assert answers[1] == answers[2] == Response(b"", 0)
    assert answers[3].ok  # the write never came, so the command was answered
    assert made.armed == [3, 9]
    assert isinstance(result.trace.events[5], Removed)


def test_a_tear_without_the_means_is_inconclusive() -> None:
    def stimulus(_bench: object) -> Flow:
        yield Tear(s.SELECT_EP, 1)

    result = s.result_of(s.FakeCard, s.case(stimulus=stimulus, judge=s.selected))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "cannot cut the power" in result.reason


def test_state_of_a_card_we_own_is_kept_masked() -> None:
    result = s.result_of(s.TearableCard)
    assert result.before is not None
    assert result.after is not None
    assert (result.before["resets"], result.after["resets"]) == (0, 1)
    assert s.PAN not in str(result.before)


def test_card_numbers_are_masked_in_reasons_but_not_in_the_trace() -> None:
    def tells(_view: View) -> Judgement:
        return Fault(f"card {s.PAN} is wrong", None, s.ISSUER_DATA, s.ISSUER_DATA[::-1])

    result = s.result_of(s.FakeCard, s.case(judge=tells))
    assert result.reason == "card 310487*********0017 is wrong"
    assert result.fault is not None
    assert s.PAN not in result.fault.expected
    assert result.trace is not None
    assert s.PAN in write_trace(result.trace)


def test_randoms_depend_on_seed_and_case_alone() -> None:
    drawn: dict[str, list[bytes]] = {}

    def noted(case_id: str) -> Any:
        def stimulus(bench: Any) -> Flow:
            drawn.setdefault(case_id, []).append(bench.rng(8))
            yield Send(s.SELECT_EP)

        return s.case(case_id, stimulus=stimulus)

    s.run(s.FakeCard, noted("C-9001"), noted("C-9002"), seed=7)
    s.run(s.FakeCard, noted("C-9002"), seed=7)
    s.run(s.FakeCard, noted("C-9002"), seed=8)
    first, again, other = drawn["C-9002"]
    assert first == again
    assert len({first, other, drawn["C-9001"][0]}) == 3


def test_progress_is_told_after_every_case() -> None:
    told: list[tuple[int, int, str]] = []
    s.run(
        s.FakeCard, s.case("C-9001"), s.case("C-9002", applies="lnt"),
        progress=lambda number, total, result: told.append((number, total, result.id)),
    )  # fmt: skip
    assert told == [(1, 2, "C-9001"), (2, 2, "C-9002")]


def test_what_contradicts_the_ics_is_a_finding() -> None:
    run = s.run(s.FakeCard({s.SELECT_EP: "6A82"}))
    found = {finding.path: finding for finding in run.findings}
    assert found["applications.tunion"].observed == "no"
    assert found["applications.tunion"].case == "C-9001"


@pytest.mark.parametrize("how", ["pass", "fail", "impossible", "error", "silent", "link"])
def test_the_stored_trace_gives_the_same_verdict(how: str) -> None:
    class Card(s.FakeCard):
        def transmit(self, apdu: bytes) -> bytes:
            if apdu == s.CHALLENGE and how == "silent":
                raise SilentError("mute")
            if apdu == s.CHALLENGE and how == "link":
                raise LinkError("cable")
            return super().transmit(apdu)

    def stimulus(_bench: object) -> Flow:
        yield Send(s.SELECT_EP)
        yield Send(s.CHALLENGE)
        if how == "impossible":
            raise Impossible("no way")
        if how == "error":
            raise ValueError("x")

    case = s.case(stimulus=stimulus)
    card = Card({s.SELECT_EP: "6A82"} if how == "fail" else None)
    result = s.result_of(card, case)
    assert result.trace is not None
    again = judge(case, read_trace(write_trace(result.trace)), s.plan_of().ics.values)
    assert (again.verdict, again.reason, again.fault) == (
        result.verdict, result.reason, result.fault,
    )  # fmt: skip
    expected = {"pass": "PASS", "impossible": "INCONCLUSIVE", "error": "ERROR", "link": "ERROR"}
    assert result.verdict == expected.get(how, "FAIL")


class RenewableCard(s.FakeCard):
    """Puts a new card in its place as often as it is told to."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.asked = 0

    def renew(self, seed: int) -> bool:
        assert seed
        self.asked += 1
        return self.asked <= self.times


def renewing(times: int) -> list[RenewableCard]:
    """The cards that were opened for three cases, each good for so many renewals."""
    opened: list[RenewableCard] = []

    def make() -> RenewableCard:
        opened.append(RenewableCard(times))
        return opened[-1]

    run = s.run(make, *(s.case(f"C-900{number}") for number in range(3)))
    assert run.counts["PASS"] == 3
    assert all(card.closed for card in opened)
    return opened


def test_one_link_for_all_cases_where_the_card_is_renewed() -> None:
    (card,) = renewing(9)
    assert (card.asked, card.resets, card.closed) == (2, 3, 1)


def test_a_link_a_case_where_it_is_not_and_it_is_asked_once() -> None:
    assert [card.asked for card in renewing(0)] == [1, 0, 0]
