"""Visits written by hand, without any engine: each breaks one rule, or none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ykt_sim.codes import AID_LNT_BASIC, AID_LNT_WALLET, INS, LntSubType, TransactionType
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty import DUTIES, Duty, Finding, Terms, visits
from ykt_sim.meaning.duty.terms import Place
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset
from ykt_sim.wire.apdu import build
from ykt_sim.wire.files import LntTransactionRecord
from ykt_sim.wire.purse import (
    DebitAnswer,
    DebitData,
    InitializeData,
    InitializePurchaseAnswer,
)

CLOCK = "20250601081733"
TERMINAL = "010000220101"
TERMS = Terms(
    priority=("lnt",), way_in="direct", fare={"lnt": 190, "tunion": 200}, full=200,
    types={"lnt": "simple", "tunion": "composite"}, clearing=True, codes=True,
    black=frozenset({"5100000000000009"}), place=Place(terminal=TERMINAL),
)  # fmt: skip
WHO = {
    "standards": ["lnt"], "number": "0000000001", "dates": {"lnt": ["20240101", "20301231"]},
    "ceiling": 100_000,
}  # fmt: skip


class Story:
    """Events of visits of a Lingnan Tong card at a bus."""

    def __init__(self, balance: int = 1000, log: str = "00" * 23, **who: Any) -> None:
        self.log = log
        self.events: list[Event] = []
        self.balance, self.counter, self.serial, self.number = balance, 5, 0, 0
        self._note("issued", card="A", **{**WHO, **who})

    def _note(self, text: str, **data: Any) -> None:
        self.events.append(Note(t=0, text=text, data=data))

    def _said(self, command: bytes, response: bytes = b"\x90\x00") -> None:
        self.events.append(Exchange(t=0, channel="card", command=command, response=response))

    def _facts(self, when: str) -> None:
        purse = {"balance": self.balance, "available": self.balance, "offline": self.counter,
                 "online": 1, "log": self.log}  # fmt: skip
        self._note("card", card="A", when=when, total=self.balance, lnt=purse)

    def enter(self) -> Story:
        """The card is tapped and its applications are selected."""
        self.number += 1
        self._note("tap", number=self.number, card="A", clock=CLOCK, amount=0)
        self._facts("before")
        self.events.append(Reset(t=0, channel="card", atr=b"\x3b"))
        for name in (AID_LNT_BASIC, AID_LNT_WALLET):
            self._said(build(0, INS.SELECT, 4, 0, name, 0))
        return self

    def begin(self, amount: int = 190, *, sw: bytes = b"\x90\x00", **more: Any) -> Story:
        """INITIALIZE."""
        asked = {"key_index": 1, "amount": amount, "terminal": TERMINAL, **more}
        told = InitializePurchaseAnswer.pack(
            balance=self.balance, counter=self.counter, overdraft_limit=0, key_version=1,
            algorithm=0, random=bytes(4),
        )  # fmt: skip
        self.amount = amount
        answer = told + sw if sw == b"\x90\x00" else sw
        self._said(build(0x80, INS.INITIALIZE, 1, 2, InitializeData.pack(**asked), 15), answer)
        return self

    def debit(
        self,
        moment: str = "00C80601081733",
        *,
        heard: bool = True,
        done: bool = True,
        again: int = 1,
    ) -> Story:
        """DEBIT, done by the card or not, its answer heard or not."""
        self.serial += again
        data = DebitData.pack(
            terminal_serial=self.serial.to_bytes(4, "big"), datetime=moment, mac1=bytes(4)
        )
        answer = DebitAnswer.pack(tac=b"TAC!", mac2=b"MAC2") + b"\x90\x00" if heard else b""
        self._said(build(0x80, INS.DEBIT, 1, 0, data, 8), answer)
        self.sent = {
            "amount": self.amount, "counter": self.counter, "terminal": TERMINAL,
            "terminal_serial": f"{self.serial:08X}", "datetime": moment,
            "tac": b"TAC!".hex().upper(),
        }  # fmt: skip
        if done:
            self.balance -= self.amount
            self.counter += 1
        if not heard:
            self.events.append(Removed(t=0, channel="card"))
        return self

    def end(
        self, outcome: str, amount: int = 0, code: str = "", record: dict[str, Any] | None = None
    ) -> Story:
        """What the terminal says, and what the card is afterwards."""
        self._note("decision", outcome=outcome, amount=amount, code=code)
        if record is not None:
            self._note("clearing", **record)
        self._facts("after")
        return self

    def paid(self, **changed: Any) -> Story:
        """Accepted, with the record of what was sent last."""
        return self.end("accepted", self.sent["amount"], record={**self.sent, **changed})

    def judged(self, terms: Terms = TERMS) -> list[Finding]:
        """All findings."""
        duty = Duty(terms, KeyRing(test_keys=False))
        return [one for visit in visits(self.events) for one in duty.judge(visit)]


def good() -> Story:
    return Story().enter().begin().debit().paid()


def rules(story: Story, **terms: Any) -> list[str]:
    return [one.rule.id for one in story.judged(msgspec.structs.replace(TERMS, **terms))]


def test_a_good_visit_breaks_nothing() -> None:
    assert rules(good()) == []
    assert rules(good().enter().begin().debit().paid()) == []


def _torn(*, done: bool) -> Story:
    return Story().enter().begin().debit(heard=False, done=done).end("retry", code="X")


CASES: dict[str, tuple[Story, str]] = {
    "a good card refused": (Story().enter().end("refused"), "D-GOOD"),
    "free": (Story().enter().end("accepted"), "D-FREE"),
    "expired": (
        Story(dates={"lnt": ["20240101", "20250531"]}).enter().begin().debit().paid(), "D-EXPIRY",
    ),
    "not valid yet": (
        Story(dates={"lnt": ["20250602", "20300101"]}).enter().begin().end("refused"), "D-START",
    ),
    "no dates": (Story(dates={"lnt": ["F" * 8] * 2}).enter().begin().end("refused"), "D-NO-DATE"),
    "black": (Story(number="0000000009").enter().begin().end("refused"), "D-BLACK"),
    "blocked": (Story(blocked="lnt").enter().begin().end("refused"), "D-BLOCKED"),
    "no purse": (Story(standards=[]).enter().begin().end("refused"), "D-NO-APPLICATION"),
    "too little": (Story(189).enter().begin().debit().paid(), "D-ENOUGH"),
    "too much asked": (Story().enter().begin(191).debit().paid(), "D-PRICE"),
    "other amount said": (
        (story := Story().enter().begin().debit()).end("accepted", 200, record=story.sent),
        "D-SAID",
    ),
    "twice": (Story().enter().begin().debit().begin().debit().paid(), "D-ONCE"),
    "taken": (Story(189).enter().begin().end("refused"), ""),
    "a fen lost": (Story().enter().begin().end("retry"), "D-GOOD"),
    "gone and let through": (
        Story().enter().begin().debit(heard=False).paid(), "D-TORN-NOW",
    ),
    "torn, done, paid again": (_torn(done=True).enter().begin().debit().paid(), "D-TORN-TWICE"),
    "torn, done, refused": (_torn(done=True).enter().begin(0).end("refused"), "D-TORN-BACK"),
    "torn, done, settled": ((story := _torn(done=True)).enter().begin(0).paid(), ""),
    "torn, not done, free": (
        (story := _torn(done=False)).enter().begin(0).paid(), "D-TORN-FREE",
    ),
    "torn, not done, paid": (_torn(done=False).enter().begin(0).begin().debit().paid(), ""),
    "other terminal": (
        Story().enter().begin(terminal="9" * 12).debit().paid(terminal="9" * 12), "D-TERMINAL",
    ),
    "other key": (Story().enter().begin(key_index=0).debit().paid(), "D-KEY"),
    "other time": (Story().enter().begin().debit("00C80601081833").paid(), "D-CLOCK"),
    "fare is charge": (Story().enter().begin().debit("00BE0601081733").paid(), "D-FARE"),
    "serial again": (good().enter().begin().debit(again=0).paid(), "D-SERIAL"),
    "after a refusal": (
        Story().enter().begin(sw=b"\x69\x85").debit(done=False).end("refused"), "D-REFUSED",
    ),
    "no record": ((story := Story().enter().begin().debit()).end("accepted", 190), "D-CLEARED"),
    "record of a refusal": (Story(0).enter().end("refused", record=good().sent), "D-CLEARED"),
    "other counter": (Story().enter().begin().debit().paid(counter=6), "D-CLEARING"),
    "other TAC": (Story().enter().begin().debit().paid(tac="00000000"), "D-TAC"),
    "number again": (
        Story().enter().begin().debit().paid(sequence=1).enter().begin().debit().paid(sequence=1),
        "D-SEQUENCE",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_wrong_visit_breaks_its_rule_first(name: str) -> None:
    story, due = CASES[name]
    found = rules(story)
    assert (found[:1] or [""]) == [due], found


def test_money_that_vanishes_from_a_card_is_missed() -> None:
    story = Story().enter()
    story.balance -= 1
    assert "D-TAKEN" in rules(story.end("refused"), black=frozenset({"5100000000000001"}))
    story = Story().enter().begin().debit()
    story.balance -= 1
    assert rules(story.paid()) == ["D-MOVED"]


def test_what_nobody_declared_is_left_open() -> None:
    story = Story()
    story.events.pop(0)  # nobody says who the card is
    duty = Duty(TERMS)
    visit = next(visits(story.enter().end("refused").events))
    assert duty.judge(visit) == ()
    assert duty.unsure == {"nobody knows what the card is": 1}


def test_the_same_card_again_is_met_as_declared() -> None:
    twice = good().enter().begin().debit().paid()
    assert rules(twice, again="refuse") == ["D-AGAIN"]


def _journaled(**changed: Any) -> Story:
    """A good visit whose journal was seen, changed in the pending entry or at the end."""
    story = good()
    decision = {"outcome": "accepted", "amount": 190, "code": ""}
    record = {"amount": 190, "counter": 5, "standard": "lnt"} | changed
    story._note("journal", entry="pending", record=record)
    told = changed.get("told", decision)
    story._note("journal", entry="tap", decision=told, clearing=story.sent)
    return story


def test_the_journal_holds_what_is_sent_and_what_is_told() -> None:
    assert rules(_journaled()) == []
    assert rules(_journaled(counter=4)) == ["D-JOURNAL"]
    assert rules(_journaled(told={"outcome": "refused"})) == ["D-JOURNAL"]


def test_a_terminal_without_recovery_may_debit_again() -> None:
    again = _torn(done=True).enter().begin().debit().paid()
    assert rules(again, recovery=False) == []


def test_a_card_that_has_paid_much_may_pay_less() -> None:
    story = Story(9000)
    for _ in range(2):
        story.enter().begin(4000).debit("0FA00601081733").paid()
    terms = {"fare": {"lnt": 4000}, "full": 4000}
    assert rules(story.enter().begin(500).debit("0FA00601081733").paid(), **terms) == []
    assert rules(story.enter().end("refused"), **terms) == []
    less = Story().enter().begin(500).debit("0FA00601081733").paid()
    assert rules(less, **terms) == ["D-ENOUGH", "D-PRICE"]


def test_what_a_silent_terminal_makes_of_a_torn_card_is_not_known() -> None:
    story = _torn(done=True).enter().begin(0).end("refused")
    story.events = [
        event
        for event in story.events
        if not (isinstance(event, Note) and event.text == "decision")
    ]
    assert rules(story) == []


def test_a_card_without_a_name_owes_nothing_later() -> None:
    story = _torn(done=True).enter().begin().debit().paid()
    for event in story.events:
        if isinstance(event, Note) and event.text == "tap":
            event.data["card"] = ""
    assert rules(story) == []


def test_facts_without_their_shape_are_refused() -> None:
    story = good()
    story.events.append(Note(t=0, text="issued", data={"card": "B"}))
    with pytest.raises(ReadError, match=r"a note of a tap or card: .*standards"):
        list(visits(story.events))
    story.events[-1] = Note(t=0, text="tap", data={"number": "two"})
    with pytest.raises(ReadError, match="Expected `int`"):
        list(visits(story.events))


def test_every_rule_says_where_it_stands() -> None:
    assert all(rule.id == f"D-{name}" and rule.source for name, rule in DUTIES.items())


@pytest.mark.parametrize(
    ("began", "expiry", "found"),
    [
        ("0531", "20250531", []),
        ("0530", "20250531", ["D-EXPIRY"]),
        ("0531", "20250530", ["D-EXPIRY"]),
        ("0601", "20250531", ["D-EXPIRY"]),
    ],
)
def test_what_is_due_from_a_card_that_expired_on_its_ride_is_left_open(
    began: str, expiry: str, found: list[str]
) -> None:
    entry = LntTransactionRecord.pack(
        counter=5, amount=0, type=TransactionType.COMPOSITE_PURCHASE, terminal=TERMINAL, fare=0,
        month_day=began, hour_minute="2350", sub_type=LntSubType.METRO_ENTRY,
    )  # fmt: skip

    def ride() -> Story:
        return Story(log=entry.hex(), dates={"lnt": ["20240101", expiry]}).enter()

    assert rules(ride().end("refused"), direction="exit") == []
    let_out = rules(ride().begin().debit().paid(), direction="exit")
    assert [rule for rule in let_out if rule == "D-EXPIRY"] == found
    assert "D-EXPIRY" in rules(ride().begin().debit().paid(), direction="single")


def _untold() -> Story:
    """The terminal died after the debit and before it said anything."""
    story = Story().enter().begin().debit()
    story._facts("after")
    return story


def _already(story: Story, amount: int = 0) -> Story:
    story.enter().begin(0)
    story._note("decision", outcome="accepted", amount=amount, code="", already=True)
    story._facts("after")
    return story


def test_who_was_never_told_may_be_told_once() -> None:
    assert rules(_already(_untold())) == []
    assert rules(_already(_untold(), 190)) == ["D-SAID"]
    assert rules(_already(_already(_untold()))) == ["D-FREE"]
    assert rules(_already(good())) == ["D-FREE"]
    assert rules(_already(Story())) == ["D-FREE"]


def test_a_refusal_that_the_card_disproves_is_no_free_ride() -> None:
    def story(*, proof: bool) -> Story:
        told = Story().enter().begin().debit()
        at = next(i for i, e in enumerate(told.events) if isinstance(e, Note) and e.text == "tap")
        told.events[at].data["mutation"] = "DEBIT is said to be refused"
        last = told.events[-1]
        told.events[-1] = msgspec.structs.replace(last, response=b"\x69\x85")
        if proof:
            told._said(bytes.fromhex("805A000602000608"), bytes(8) + b"\x90\x00")
        return told.paid()

    assert rules(story(proof=True)) == []
    assert rules(story(proof=False)) == ["D-FREE"]
