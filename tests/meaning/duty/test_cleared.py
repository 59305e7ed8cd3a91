"""What a terminal says of a transaction, on every path: right is passed, wrong is missed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.meaning.duty.outputs.test_written import AMOUNT, BALANCE, PLACE, _tx
from tests.meaning.duty.story import TERMS, Story, rules
from ykt_sim.codes import INS, TUNION
from ykt_sim.meaning.duty import Purse, State, Visit, Who
from ykt_sim.meaning.duty.cleared import cleared, disputed, told, untouched
from ykt_sim.meaning.duty.outputs.telling import DECISION, RECORD, REFUSAL, Sent
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.wire.apdu import build
from ykt_sim.wire.decision import ClearingRecord, Decision
from ykt_sim.wire.purse import DebitAnswer, ProveAnswer

PAN, OTHER = "3104870300000000017", "3104870300000000025"
TERMS_T = msgspec.structs.replace(TERMS, priority=(TUNION,), place=PLACE)
TX = msgspec.structs.replace(_tx(), result=DebitAnswer(tac=b"TAC!", mac2=b"MAC2"))
SENT = Sent(TX, 400)
#: What a terminal says of it.
SAID: dict[str, Any] = {
    "sequence": 1, "kind": "purchase", "standard": "tunion", "card": PAN, "issuer": "02205810",
    "iin": PAN[:8], "counter": 5, "amount": AMOUNT, "fare": 400, "type": 9,
    "terminal": PLACE.terminal, "terminal_8": PLACE.trip_terminal, "terminal_serial": "00000007",
    "datetime": TX.data.datetime, "time": TX.data.datetime, "city": "5810",
    "acquirer": PLACE.acquirer, "line_station": PLACE.line_station, "direction": "single",
    "balance_before": BALANCE, "balance_after": BALANCE - AMOUNT, "key_version": 1,
    "algorithm": 0, "tac": b"TAC!".hex(), "mac2": b"MAC2".hex(), "evidence": "mac2",
}  # fmt: skip
DECIDED: dict[str, Any] = {
    "outcome": "accepted", "amount": AMOUNT, "code": "", "reason": "", "application": "tunion",
    "balance_before": BALANCE, "balance_after": BALANCE - AMOUNT, "card": "310487*********0017",
    "time": TX.data.datetime, "terminal": PLACE.terminal, "direction": "single", "counter": 5,
    "recovered": False, "disputed": False, "already": False,
}  # fmt: skip
#: The same, wrong by a little, in the form that is meant.
WRONG: dict[str, Any] = {
    "kind": "load", "standard": "lnt", "application": "lnt", "direction": "exit",
    "iin": "31051700", "card": OTHER, "recovered": True, "disputed": True, "already": True,
    "code": "YKT-06",
}  # fmt: skip


def _visit(said: dict[str, Any], decision: dict[str, Any], tx: Any = TX) -> Visit:
    purse = Purse(balance=BALANCE, available=BALANCE, offline=5, online=1)
    return Visit(
        number=1, clock=TX.data.datetime, transactions=(tx,), calls=(tx.init,),
        who=Who(standards=(TUNION,), pan=PAN, issuer="02205810", iin=PAN[:8]),
        factors={TUNION: ["02205810FFFFFFFF", "8703" + "0" * 10 + "17"]},
        before=State(BALANCE, {TUNION: purse}), clearing=said, decision=decision,
    )  # fmt: skip


def _off(value: Any) -> Any:
    if isinstance(value, str):
        return value[:-1] + ("1" if value[-1:] != "1" else "2")
    return value + 1


def _broken(said: dict[str, Any], decision: dict[str, Any], sent: Sent = SENT) -> list[str]:
    visit = _visit(said, decision, sent.tx)
    keys = KeyRing(test_keys=False)
    found = [*cleared(TERMS_T, visit, sent, keys), *told(TERMS_T, visit, sent)]
    return [one.rule.id for one in found]


def test_every_field_of_a_record_and_of_a_decision_has_a_line() -> None:
    assert set(RECORD) == set(ClearingRecord.__struct_fields__)
    assert set(DECISION) == set(REFUSAL) == set(Decision.__struct_fields__)


def test_what_is_said_right_breaks_nothing() -> None:
    assert _broken(SAID, DECIDED) == []
    assert _broken({**SAID, "card": f"0{PAN}"}, {**DECIDED, "card": "****"}) == []


@pytest.mark.parametrize("name", [name for name, line in RECORD.items() if callable(line)])
def test_a_field_of_a_record_that_is_said_wrong_is_missed(name: str) -> None:
    wrong = WRONG.get(name, _off(SAID[name]))
    assert _broken({**SAID, name: wrong}, DECIDED) == ["D-CLEARING"]


@pytest.mark.parametrize("name", [name for name, line in DECISION.items() if callable(line)])
def test_a_field_of_a_decision_that_is_said_wrong_is_missed(name: str) -> None:
    wrong = WRONG.get(name, _off(DECIDED[name]))
    assert _broken(SAID, {**DECIDED, name: wrong}) == ["D-TOLD"]


def test_a_masked_number_is_that_of_the_card() -> None:
    assert _broken(SAID, {**DECIDED, "card": "310487*********0025"}) == ["D-TOLD"]


def test_a_record_must_hold_what_is_needed_and_nothing_else() -> None:
    for name in SAID:
        some = {one: value for one, value in SAID.items() if one != name}
        due = {"tac": ["D-TAC"]}.get(name, [])
        if name in ("amount", "counter", "terminal", "datetime", "terminal_serial"):
            due = ["D-CLEARING"]
        assert _broken(some, DECIDED) == due, name


def test_a_word_of_another_meaning_is_not_judged() -> None:
    strange = {"time": 1748765853, "direction": "northbound", "kind": "X", "standard": "JT/T 978"}
    assert _broken({**SAID, **strange}, {"outcome": "accepted", "time": "08:17"}) == []


def test_with_an_overdraft_limit_the_two_balances_are_of_one_kind() -> None:
    sent = Sent(msgspec.structs.replace(TX, answer=TX.answer.replace(overdraft_limit=BALANCE)))

    def said(before: int, after: int) -> list[str]:
        both = {"balance_before": before, "balance_after": after}
        return _broken(SAID | both, {"outcome": "accepted"}, sent)

    assert said(BALANCE, BALANCE - AMOUNT) == said(0, -AMOUNT) == said(0, 0) == []
    assert said(BALANCE, -AMOUNT) == ["D-CLEARING"]
    assert said(BALANCE & 0xFFFF, (BALANCE - AMOUNT) & 0xFFFF) == ["D-CLEARING"] * 2


# -- paths ---------------------------------------------------------------------------------


def _torn() -> Story:
    return Story().enter().begin().debit(heard=False).end("retry", code="X")


@pytest.mark.parametrize("away", [0, 3])
def test_a_settled_tap_is_told_as_the_torn_one_was(away: int) -> None:
    def settled(**changed: Any) -> list[str]:
        story = _torn()
        for _ in range(away):
            story.counter += 1
            story.balance -= 100
            story._note("elsewhere", card="A", standard="lnt")
        return rules(story.enter().begin(0).paid(**changed))

    assert settled() == []
    assert settled(counter=6) == settled(balance_before=900) == ["D-CLEARING"]
    assert settled(balance_before=1000, balance_after=810, type=6) == []
    assert settled(time="20250601081700", fare=200) == []
    assert settled(time="20250601081800") == settled(fare=190) == ["D-CLEARING"]


def test_the_proof_of_the_card_says_which_tac_is_right() -> None:
    def settled(tac: bytes) -> list[str]:
        story = _torn().enter().begin(0)
        story.said(build(0x80, INS.GET_TRANSACTION_PROVE, 0, 6, b"\0\6", 8),
                   ProveAnswer.pack(mac2=b"MAC2", tac=b"TAC!") + b"\x90\x00")  # fmt: skip
        return rules(story.paid(tac=tac.hex().upper()))

    assert settled(b"TAC!") == []
    assert settled(b"TAC?") == ["D-TAC"]


def test_a_tap_that_was_let_through_before_goes_to_clearing_no_more() -> None:
    def again(record: dict[str, Any] | None) -> list[str]:
        story = Story().enter().begin().debit()
        story._facts("after")  # it says nothing
        story.enter()._note("decision", outcome="accepted", amount=0, code="", already=True)
        if record is not None:
            story._note("clearing", **record)
        story._facts("after")
        return rules(story)

    assert again(None) == []
    assert again(Story().enter().begin().debit().sent) == ["D-CLEARED"]


def test_a_refused_card_is_told_that_nothing_moved_and_what_it_holds() -> None:
    def said(**decision: Any) -> list[str]:
        visit = _visit({}, {"outcome": "refused", "amount": 0, **decision})
        return [one.rule.id for one in untouched(TERMS_T, visit, ())]

    assert said() == said(balance_before=BALANCE, balance_after=BALANCE) == []
    assert said(amount=AMOUNT) == ["D-SAID"]
    assert said(balance_before=BALANCE & 0xFFFF) == said(balance_after=0) == ["D-TOLD"]


def test_a_dispute_is_about_a_transaction_of_the_card() -> None:
    def about(**changed: Any) -> list[str]:
        visit = msgspec.structs.replace(
            _visit({}, {"outcome": "refused"}), dispute={**SAID, **changed}
        )
        return [one.rule.id for one in disputed(TERMS_T, visit, [SENT])]

    assert about() == about(tac="") == []
    assert about(counter=6) == about(balance_after=BALANCE) == ["D-CLEARING"]
    assert about(terminal_serial="00000006") == ["D-CLEARING"]
