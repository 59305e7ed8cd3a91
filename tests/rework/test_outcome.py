"""Words for steps, and money."""

from __future__ import annotations

import pytest

from tests.rework import replaying as r
from tests.trace.corpus import flipped, load, with_bytes
from ykt_sim.meaning.cryptograms import Status
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.live import fold
from ykt_sim.meaning.understand import understand
from ykt_sim.rework.outcome import MoneyMoved, PlayedStep, Replayed, Sides, Word, accounts, judge
from ykt_sim.trace.model import Exchange, Trace


def compared(before: Trace, after: Trace) -> Replayed:
    """Two conversations with the same commands, as if one was the replay of the other."""
    pairs = zip(before.exchanges, after.exchanges, strict=True)
    steps = tuple(
        PlayedStep(number, old.channel, f"step {number}", old, new)
        for number, (old, new) in enumerate(pairs)
    )
    sides = Sides(before, after, KeyRing, KeyRing)
    codes = judge(steps, sides)
    money, balances = accounts(steps, sides)
    return Replayed(after, steps, "", (), money, balances, codes)


def talked() -> Trace:
    return r.record(r.card(), r.EP, "805C030204", r.INIT_PURCHASE, r.DEBIT, "805C030204")


def test_equal_conversations() -> None:
    found = compared(talked(), talked())
    assert found.same
    assert {step.word for step in found.steps} == {Word.SAME}
    assert found.money == {"T-Union EP": (-160, -160)}
    assert found.balances == {"T-Union EP": (-160, -160)}
    assert found.codes == {Status.VALID: 3, Status.WRONG: 0, Status.NOT_CHECKABLE: 0}


@pytest.mark.parametrize(
    ("index", "answer", "word", "same"),
    [
        (2, "000026109000", Word.FIELD, False),  # then the balance moved by another amount
        (4, "9302", Word.STATUS, False),
        (4, "", Word.NO_ANSWER, False),
        (1, "6A82", Word.STATUS, False),
    ],
)
def test_an_answer_that_differs(index: int, answer: str, word: Word, *, same: bool) -> None:
    after = with_bytes(talked(), index, "response", bytes.fromhex(answer))
    found = compared(talked(), after)
    assert found.steps[index - 1].word is word
    assert found.same is same


@pytest.mark.parametrize("offset", [0, 4])
def test_a_code_that_is_wrong(offset: int) -> None:
    """TAC and MAC2 of DEBIT: wrong only in the replay counts, wrong in both does not."""
    wrong = flipped(talked(), 4, "response", offset)
    found = compared(talked(), wrong)
    assert found.steps[3].word is Word.CODE
    assert not found.same
    assert found.codes[Status.WRONG] == 1
    assert compared(wrong, wrong).same


def test_what_was_not_sent() -> None:
    before = talked()
    after = Trace(header=before.header, events=before.events[:4])
    last = before.exchanges[3]
    steps = [
        PlayedStep(0, "card", "DEBIT", last, None, "no key"),
        PlayedStep(1, "sam", "MAC2", last, None, "no key", left_out=True),
    ]
    judge(tuple(steps), Sides(before, after, KeyRing, KeyRing))
    assert [step.word for step in steps] == [Word.NOT_SENT, Word.UNKNOWN]
    assert str(steps[0]) == "event 0, DEBIT: not sent (no key)"


def test_a_stop_is_a_difference_where_nothing_else_is() -> None:
    found = Replayed(talked(), (), "stopped here", (), {}, {}, {})
    assert found.differences == ("stopped here",)
    assert not found.same
    assert found.to_json()["same_outcome"] is False


def test_money_that_moved_is_a_difference_by_itself() -> None:
    found = Replayed(talked(), (), "", (), {"x": (-1, -2), "y": (5, 5)}, {"x": (None, 3)}, {})
    assert found.differences == ("x: -1 fen moved in the trace, -2 in the replay",)


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("lnt-load-point", {"PAY.TICL": 5000}),
        ("dual-bus-tunion", {"T-Union EP": -160}),
        ("dual-metro-entry", {"T-Union EP": 0}),
        ("blank-bus-tunion", {}),
    ],
)
def test_money_of_a_trace(name: str, moved: dict[str, int]) -> None:
    money = MoneyMoved()
    for item in understand(one.event for one in fold(load(name).events)):
        money.take(item)
    shown = {k: a.moved for k, a in money.accounts.items() if a.moved or a.told}
    assert shown == moved


def test_a_commit_that_was_refused_moves_nothing() -> None:
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, "!" + r.DEBIT)
    money = MoneyMoved()
    for item in understand(trace):
        money.take(item)
    assert {k: a.moved for k, a in money.accounts.items()} == {"T-Union EP": 0}
    assert isinstance(trace.events[-1], Exchange)
