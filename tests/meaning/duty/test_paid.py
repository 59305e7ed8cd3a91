"""A card pays once, whatever its terminal heard of it; what a terminal hears of blocked cards."""

from __future__ import annotations

import pytest

from tests.meaning.duty.story import TERMS, Story, rules
from ykt_sim.codes import INS
from ykt_sim.meaning.duty import Duty, visits
from ykt_sim.wire.apdu import build

#: Answers to DEBIT that hold nothing: cut short, too long, a status word alone.
UNHELD = {
    "no codes": b"\x90\x00", "the TAC alone": b"TAC!\x90\x00", "a byte less": b"TAC!MAC\x90\x00",
    "a byte more": b"TAC!MAC2.\x90\x00", "refused": b"\x93\x02", "an error": b"\x6f\x00",
}  # fmt: skip


def misheard(answer: bytes, *, done: bool = True) -> Story:
    """A card whose answer to DEBIT is another one, and which is refused."""
    story = Story().enter("the answer to DEBIT is another").begin()
    return story.debit(answer=answer, done=done).end("refused", code="X")


@pytest.mark.parametrize("answer", UNHELD.values(), ids=UNHELD)
def test_a_card_whose_answer_did_not_hold_does_not_pay_again(answer: bytes) -> None:
    assert rules(misheard(answer)) == []
    assert rules(misheard(answer).enter().begin().debit().paid()) == ["D-TORN-TWICE"]
    assert rules(misheard(answer).enter().end("refused", code="X")) == ["D-TORN-BACK"]


@pytest.mark.parametrize("answer", UNHELD.values(), ids=UNHELD)
def test_one_that_was_never_debited_pays_when_it_is_back(answer: bytes) -> None:
    assert rules(misheard(answer, done=False).enter().begin().debit().paid()) == []


def test_it_does_not_pay_again_where_something_is_misheard_once_more() -> None:
    again = misheard(UNHELD["the TAC alone"]).enter("its log is misheard").begin().debit()
    assert rules(again.paid()) == ["D-TORN-TWICE"]


def test_one_tap_is_one_transaction_of_the_card() -> None:
    twice = Story().enter("the answer to DEBIT is another").begin().debit(answer=b"\x6f\x00")
    assert rules(twice.begin().debit().paid(), clearing=False) == ["D-ONCE"]
    torn = Story().enter().begin().debit(answer=b"\x6f\x00").begin().debit(heard=False)
    assert "D-ONCE" in rules(torn.end("retry", code="X"))


def test_a_card_that_no_terminal_ever_met_owes_nothing() -> None:
    story = Story().enter()
    del story.events[3:]  # the reset and all that is said behind it
    assert rules(story) == []


def said(ins: int, sw: int) -> Story:
    """The application of the card answers a command with a status word, and the card pays."""
    story = Story().enter("another status word")
    story.said(build(0x80, ins, 0, 2, le=4), sw.to_bytes(2, "big"))
    return story.begin().debit().paid()


def test_an_application_that_is_locked_for_good_takes_no_money() -> None:
    for ins in (INS.GET_BALANCE, INS.READ_BINARY, INS.READ_RECORD):
        assert rules(said(ins, 0x9303)) == ["D-BLOCKED"]
        assert rules(said(ins, 0x9407)) == ["D-DISABLED"]


def test_other_words_say_that_to_select_only() -> None:
    told: dict[int, list[str]] = {}
    for sw in (0x6283, 0x6A81, 0x6A82):
        duty = Duty(TERMS)
        (visit,) = visits(said(INS.GET_BALANCE, sw).events)
        assert not duty.judge(visit)
        told[sw] = list(duty.unsure)
    assert told == {
        0x6283: ["no source says what 6283 to 5C means"],
        0x6A81: ["no source says what 6A81 to 5C means"], 0x6A82: [],
    }  # fmt: skip
