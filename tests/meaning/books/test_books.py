"""Books kept by hand, without any engine: what agrees breaks nothing, each lie its own rule."""

from __future__ import annotations

import json
from binascii import crc32
from typing import Any

import pytest

from ykt_sim.codes import LntSubType, TransactionType
from ykt_sim.crypto import des
from ykt_sim.meaning.books import BOOKS, Books, Broken, Holder, Told
from ykt_sim.meaning.books.journal import Reading, entries
from ykt_sim.meaning.duty import Purse, State, Terms, Who
from ykt_sim.meaning.duty.terms import Place
from ykt_sim.wire import macs
from ykt_sim.wire.files import LntTransactionRecord

NUMBER, GATE, FARE = "0000000001", "010000220101", 190
TERMS = Terms(
    priority=("lnt",), way_in="direct", fare={"lnt": FARE}, full=200, types={"lnt": "simple"},
    place=Place(terminal=GATE),
)  # fmt: skip
LOADS = Terms(
    direction="load", priority=("lnt",), way_in="direct", least=1, most=9999, place=TERMS.place
)
HOLDER = Holder(
    Who(standards=("lnt",), number=NUMBER, dates={"lnt": ("20240101", "20301231")}),
    {"lnt": ("510000" + NUMBER,)},
)


def line(body: dict[str, Any]) -> bytes:
    """A journal line, as the format says."""
    text = json.dumps(body).encode()
    return b"YKTJ1 %08X %08X " % (len(text), crc32(text)) + text + b"\n"


class Street:
    """A card and a terminal that do and say what they are told to."""

    def __init__(self, terms: Terms = TERMS, balance: int = 1000) -> None:
        self.books = Books({"bus": terms, "ferry": terms}, {"A": HOLDER}, 300)
        self.load = terms.load
        self.balance, self.offline, self.online, self.log = balance, 5, 2, "00" * 23
        self.journals = {"bus": b"", "ferry": b""}
        self.number, self.serial = 1, 1
        self.clock = "20250601080010"

    def state(self) -> State:
        purse = Purse(balance=self.balance, available=self.balance, offline=self.offline,
                      online=self.online, log=self.log)  # fmt: skip
        return State(self.balance, {"lnt": purse})

    def write(self, place: str = "bus", **body: Any) -> None:
        self.journals[place] += line(body)

    def pay(self, amount: int = FARE, *, quiet: bool = False, **log: Any) -> dict[str, Any]:
        """The card commits, the journal announces it; gives the record as it is claimed."""
        counter = self.online if self.load else self.offline
        before = self.balance
        self.balance += amount if self.load else -amount
        self.online, self.offline = self.online + self.load, self.offline + (not self.load)
        kind = TransactionType.EP_LOAD if self.load else TransactionType.EP_PURCHASE
        fields: dict[str, Any] = {
            "counter": counter + 1, "amount": amount, "type": kind, "terminal": GATE,
            "fare": 200, "month_day": "0601", "hour_minute": "0800", "sub_type": LntSubType(16),
        }  # fmt: skip
        record = LntTransactionRecord.pack(**{**fields, **log})
        self.log = record.hex().upper()
        when, serial = self.log[-14:], f"{self.serial:08X}"
        under: dict[str, Any] = {"amount": amount, "type": kind, "terminal": GATE, "datetime": when}
        key = self.books.ledger.tac_key("A", "lnt")
        assert key is not None
        if self.load:
            text = macs.LoadTacInput.pack(**under, balance=self.balance, counter=counter)
        else:
            text = macs.PurchaseTacInput.pack(**under, terminal_serial=bytes.fromhex(serial))
        claim = {
            "sequence": self.number, "kind": "load" if self.load else "purchase",
            "standard": "lnt", "card": "510000" + NUMBER, "counter": counter, "amount": amount,
            "type": int(kind), "terminal": GATE, "terminal_serial": serial, "datetime": when,
            "time": self.clock, "balance_before": before, "balance_after": self.balance,
            "evidence": "mac2", "tac": des.mac(key, text).hex().upper(),
        }  # fmt: skip
        self.number += 1
        self.serial += not self.load
        if not quiet:
            self.write(entry="pending", record={**claim, "tac": ""})
        return claim

    def end(
        self, claim: dict[str, Any] | None, dispute: Any = None, place: str = "bus", **said: Any
    ) -> dict[str, Any]:
        """The tap ends: a line, and what the display says."""
        known = claim or dispute
        decision = {
            "outcome": "accepted" if claim else "refused",
            "amount": claim["amount"] if claim else 0,
            "application": "lnt", "counter": known["counter"] if known else None, "code": "",
            "balance_after": claim["balance_after"] if claim else self.balance, "reason": "",
            "recovered": False, "already": False, "time": self.clock, **said,
        }  # fmt: skip
        number = known["sequence"] if known else 0
        self.write(
            place, entry="tap", decision=decision, clearing=None if said.get("already") else claim,
            dispute=dispute, settles=[number] if number else [], shows=number if claim else 0,
        )  # fmt: skip
        return decision

    def shown(self, claim: dict[str, Any], place: str = "bus") -> None:
        self.write(place, entry="shown", sequence=claim["sequence"])

    def told(self, claim: dict[str, Any], place: str = "bus", **said: Any) -> dict[str, Any]:
        """The tap ends, is shown, and that is noted."""
        decision = self.end(claim, place=place, **said)
        self.shown(claim, place)
        return decision

    def tap(
        self, before: State, shown: dict[str, Any] | None, place: str = "bus", **more: Any
    ) -> set[str]:
        """What does not agree after a tap, by rule."""
        facts: dict[str, Any] = {"serial": self.serial, "amount": 500 * self.load, **more}
        told = Told(
            terminal=place, card="A", clock=self.clock, before=before, after=self.state(),
            shown=shown, journal=self.journals[place], **facts,
        )  # fmt: skip
        return rules(self.books.take(told))

    def whole(self) -> dict[str, Any]:
        """One good ride."""
        before = self.state()
        claim = self.pay(500 if self.load else FARE)
        decision = self.end(claim)
        self.shown(claim)
        assert self.tap(before, decision) == set()
        return claim

    def torn(self, amount: int = FARE, **more: Any) -> dict[str, Any]:
        """The card commits and nobody hears of it."""
        before = self.state()
        claim = self.pay(amount)
        assert self.tap(before, None, cut=True, **more) == set()
        return claim


def rules(found: list[Broken]) -> set[str]:
    assert all(one.why for one in found)
    return {one.rule.id.removeprefix("B-") for one in found}


@pytest.mark.parametrize("terms", [TERMS, LOADS], ids=["purchase", "load"])
def test_good_rides_break_nothing(terms: Terms) -> None:
    street = Street(terms)
    street.whole()
    street.whole()
    assert rules(street.books.close()) == set()


def test_a_torn_ride_is_completed_once() -> None:
    street = Street()
    claim = street.torn()
    decision = street.end(claim, recovered=True)
    street.shown(claim)
    assert street.tap(street.state(), decision) == set()
    assert rules(street.books.close()) == set()


def test_one_that_was_perhaps_never_shown_is_shown_again_and_once() -> None:
    street = Street()
    before, claim = street.state(), street.pay()
    street.end(claim)
    assert street.tap(before, None, cut=True) == set()
    again = street.end(claim, already=True, amount=0)
    assert street.tap(street.state(), again, cut=True) == set()
    assert street.tap(street.state(), again, cut=True) == set(), "that it was shown was not noted"
    street.shown(claim)
    assert street.tap(street.state(), again) == set()
    assert street.tap(street.state(), again) == {"FREE"}
    assert rules(street.books.close()) == set()


def test_what_was_shown_is_noted_unless_the_tap_was_cut() -> None:
    for shown, broken in ((0, {"KEPT"}), (1, set())):
        street = Street()
        before, claim = street.state(), street.pay()
        decision = street.end(claim)
        street.shown({"sequence": claim["sequence"] - 1 + shown})
        assert street.tap(before, decision) == broken


def test_a_last_word_is_owed_for_a_while_only() -> None:
    for later, broken in (("20250601080509", {"TWICE"}), ("20250601080510", set())):
        street = Street()
        before, claim = street.state(), street.pay()
        street.end(claim)
        street.tap(before, None, cut=True)
        street.clock = later
        before, claim = street.state(), street.pay()
        decision = street.end(claim)
        street.shown(claim)
        assert street.tap(before, decision) == broken


# -- the card -------------------------------------------------------------------------------


def test_money_and_counter_go_together() -> None:
    street = Street()
    before = street.state()
    street.balance -= 10
    assert "ATOMIC" in street.tap(before, None, cut=True)
    before = street.state()
    street.offline += 1
    assert "ATOMIC" in street.tap(before, None, cut=True)
    before = street.state()
    street.pay(quiet=True, counter=99)
    assert "ATOMIC" in street.tap(before, None, cut=True)
    before = street.state()
    street.pay(quiet=True)
    street.pay(quiet=True)
    assert "ATOMIC" in street.tap(before, None, cut=True)


def test_the_fare_is_the_fare() -> None:
    street = Street()
    before, claim = street.state(), street.pay(FARE + 1)
    assert street.tap(before, street.told(claim)) == {"DUE"}


def test_a_poor_card_does_not_pay() -> None:
    street = Street(balance=FARE - 1)
    before, claim = street.state(), street.pay()
    assert "DUE" in street.tap(before, street.end(claim))


def test_where_the_log_was_not_heard_the_fare_is_not_held() -> None:
    street = Street()
    before, claim = street.state(), street.pay(FARE + 1)
    assert street.tap(before, street.end(claim), mute=True, cut=True) == set()


def test_nobody_pays_twice_for_one_ride() -> None:
    street = Street()
    street.torn()
    before, claim = street.state(), street.pay()
    assert street.tap(before, street.told(claim)) == {"TWICE"}


# -- the journal ----------------------------------------------------------------------------


def test_what_was_committed_is_on_record() -> None:
    street = Street()
    before = street.state()
    street.pay(quiet=True)
    assert street.tap(before, None, cut=True) == {"RECORD"}


def test_what_is_claimed_was_paid() -> None:
    street = Street()
    claim = street.whole()
    street.end({**claim, "counter": 9, "sequence": 9, "terminal_serial": "00000000"})
    assert street.tap(street.state(), None, cut=True) == {"CLAIM"}


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 189}, {"balance_after": 1}, {"datetime": "0" * 14}, {"time": "20250601080011"}],
)
def test_it_is_claimed_as_it_was_paid(wrong: dict[str, Any]) -> None:
    street = Street()
    before, claim = street.state(), street.pay()
    decision = street.end(claim | wrong, amount=FARE, balance_after=claim["balance_after"])
    assert "CLAIM" in street.tap(before, decision)


def test_it_is_claimed_once_and_where_it_was_paid() -> None:
    street = Street()
    claim = street.whole()
    street.end(claim)
    assert street.tap(street.state(), None, cut=True) == {"ONCE"}
    street = Street()
    claim = street.whole()
    street.end(claim, place="ferry")
    assert "CLAIM" in street.tap(street.state(), None, "ferry", cut=True)


def test_a_claim_carries_its_own_tac() -> None:
    street = Street()
    before, claim = street.state(), street.pay()
    assert street.tap(before, street.told({**claim, "tac": "01020304"})) == {"TAC"}


def test_a_tac_lacks_only_where_the_card_cannot_prove_it() -> None:
    street = Street()
    before, claim = street.state(), street.pay()
    log = {**claim, "tac": "", "evidence": "log"}
    assert street.tap(before, street.told(log)) == {"TAC"}
    street = Street()
    claim = street.torn()
    before = street.state()
    other = street.pay(quiet=True)
    street.write("ferry", entry="pending", record=other)
    assert street.tap(before, street.told(other, place="ferry"), "ferry") == set()
    log = {**claim, "tac": "", "evidence": "log"}
    assert street.tap(street.state(), street.told(log, recovered=True)) == set()


def test_numbers_are_used_once() -> None:
    street = Street()
    street.whole()
    street.number -= 1
    before = street.state()
    street.pay()
    assert street.tap(before, None, cut=True) == {"NUMBER"}
    street = Street()
    street.whole()
    street.serial -= 1
    before = street.state()
    street.pay()
    assert street.tap(before, None, cut=True) == {"NUMBER"}


def test_a_psam_that_counts_back_is_found_before_it_is_used_again() -> None:
    street = Street()
    street.whole()
    assert street.tap(street.state(), None, cut=True, serial=1) == {"NUMBER"}


def test_nothing_is_disputed_that_the_card_can_prove() -> None:
    street = Street()
    claim = street.torn()
    refused = street.end(None, claim)
    assert "DISPUTE" in street.tap(street.state(), refused, cut=True)
    street = Street()
    claim = street.torn(mute=True)
    assert street.tap(street.state(), street.end(None, claim), cut=True) == set()
    assert rules(street.books.close()) == set()


# -- the display ----------------------------------------------------------------------------


def test_what_is_shown_is_kept_before() -> None:
    street = Street()
    before, claim = street.state(), street.pay()
    journal = street.journals["bus"]
    decision = street.end(claim)
    street.journals["bus"] = journal
    assert street.tap(before, decision) == {"KEPT"}


def test_nobody_rides_free() -> None:
    street = Street()
    decision = street.end({**street.whole(), "counter": 77, "amount": 0})
    assert "FREE" in street.tap(street.state(), decision)


@pytest.mark.parametrize(
    "said", [{"amount": 1}, {"balance_after": 1}, {"recovered": True}, {"already": True}]
)
def test_the_display_tells_the_truth(said: dict[str, Any]) -> None:
    street = Street()
    before, claim = street.state(), street.pay()
    assert "TRUTH" in street.tap(before, street.end(claim, **said))


def test_who_is_refused_has_not_paid() -> None:
    street = Street()
    before, claim = street.state(), street.pay()
    assert "PAID" in street.tap(before, street.end(None), cut=True)
    street = Street()
    street.torn()
    assert "PAID" in street.tap(street.state(), street.end(None))
    assert claim


def test_who_is_refused_had_something_against_him() -> None:
    street = Street()
    assert street.tap(street.state(), street.end(None)) == {"REASON"}
    assert street.tap(street.state(), street.end(None), cut=True) == set()
    poor = Street(balance=FARE - 1)
    assert poor.tap(poor.state(), poor.end(None)) == set()


def test_a_whole_tap_comes_to_an_end() -> None:
    street = Street()
    again = street.end(None, outcome="retry")
    assert street.tap(street.state(), again) == {"REASON"}
    assert street.tap(street.state(), again, cut=True) == set()


# -- the end --------------------------------------------------------------------------------


def test_at_the_end_nothing_is_open() -> None:
    street = Street()
    street.torn()
    assert rules(street.books.close()) == {"SUM"}
    assert len(street.books.close()) == 3, "never shown, not claimed, and still open"


def test_branches_do_not_know_of_each_other() -> None:
    street = Street()
    street.whole()
    branch = street.books.branch()
    street.torn()
    assert rules(branch.close()) == set()
    assert rules(street.books.close()) == {"SUM"}


# -- the journal's lines ----------------------------------------------------------------------


def test_lines_that_do_not_check_are_stepped_over() -> None:
    good = line({"entry": "shown", "sequence": 4})
    bad = good.replace(b"4}", b"5}")
    torn = good[: len(good) // 2]
    assert [one["sequence"] for one in entries(bad + torn + good + torn)] == [4]
    assert Reading(b"").shown == set()


def test_every_rule_says_what_and_why() -> None:
    for name, rule in BOOKS.items():
        assert rule.id == f"B-{name}"
        assert rule.text
        assert rule.source.startswith("[")
