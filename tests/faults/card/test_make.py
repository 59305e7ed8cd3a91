"""Faulty cards: made from an image and names; several faults act together."""

from __future__ import annotations

import pytest

from tests.card.reference import DUAL_EP_KEYS, Wallet
from tests.card.support import EP, LNT_PIN, TICL, counting, made
from tests.faults.card.support import faulty, purse, wallet
from ykt_sim.card import Card
from ykt_sim.card.memory import CutPlan
from ykt_sim.errors import PowerCutError, UsageError
from ykt_sim.faults.card import make_card


def test_without_faults_it_is_the_engines_own_card() -> None:
    card = make_card(made("dual"), counting())
    assert type(card) is Card


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="no-such-thing"):
        make_card(made("dual"), counting(), ["no-such-thing"])


def test_the_image_is_not_changed() -> None:
    image = made("dual")
    before = dict(image.cells)
    make_card(image, counting(), ["proof-of-nothing", "reset-takes-a-fen"]).power_on()
    assert image.cells == before


# -- several at once, both effects seen --------------------------------------------------


def test_two_faults_of_one_rule() -> None:
    paying = purse("log-amount-zero", "log-terminal-zero")
    log = paying.do("purchase", 5).log
    shown = paying.talk.ok("00B201C400")
    assert shown == log[:10] + "00000000" + log[18:20] + 12 * "0" + log[32:]


def test_two_faults_that_write_one_cell() -> None:
    paying = purse("wrong-mac-counts", "wrong-mac-clears-proof")
    paying.do("purchase", 5)
    assert paying.talk.sw(paying.begin("purchase", 5).wrong) == "9302"
    assert paying.prove("06", 1) == "9406"
    assert paying.begin("purchase", 5).number == 3


def test_three_faults_that_write_elsewhere() -> None:
    both = faulty("counters-shared", "proof-shared", "log-in-both")
    other = wallet(both)
    other.do("purchase", 5)
    other.do("purchase", 5)
    both.ok(EP)
    mine = Wallet(both, DUAL_EP_KEYS)
    third = mine.do("purchase", 7)
    assert third.number == 3
    shown = wallet(both)
    assert shown.prove("06", 2) == "9406"
    assert both.ok("00B201C400")[:46] == third.log
    assert shown.begin("purchase", 1).number == 4


def test_two_rules_of_one_chapter() -> None:
    paying = purse("limit-spent-first", "load-repays-nothing")
    paying.do("overdraft", 500)
    paying.do("purchase", 300)
    assert [paying.balance(p1) for p1 in ("02", "03")] == [300, 10_000]
    paying.do("load", 40)
    assert [paying.balance(p1) for p1 in ("02", "03")] == [300, 10_040]


def test_two_counters_of_one_factory() -> None:
    paying = purse("purchase-counts-twice", "one-counter")
    paying.do("purchase", 5)
    assert paying.begin("purchase", 5).number == 3
    assert paying.begin("load", 5).number == 3


def test_two_things_kept_of_a_transaction() -> None:
    riding = purse("first-initialize-kept", "cache-survives-initialize")
    trip = "01" * 48
    riding.begin("composite", 5)
    riding.talk.ok(f"80DC00F030{trip}")
    riding.begin("composite", 6)
    transaction = riding.talk.card._context.session.transaction
    assert transaction.amount == 5
    assert [update.record.hex() for update in transaction.cache] == [trip]


def test_two_switches_and_an_image() -> None:
    both = faulty("overdraft-everywhere", "load-without-pin", "balances-drift")
    both.ok(TICL)
    assert both.sw(f"805000020B01{5:08X}413101738008") == "9000"
    assert both.sw("80500401 07 01 413101738008 13") == "9000"
    wallet(both).do("load", 5)
    both.ok(EP)
    assert Wallet(both, DUAL_EP_KEYS).balance() == 10_000


def test_a_row_and_a_rule() -> None:
    paying = purse("class-not-checked", "purse-mac-not-checked")
    wrong = paying.begin("purchase", 5).wrong
    assert paying.talk.sw("00" + wrong[2:]) == "9000"


def test_memory_and_randoms() -> None:
    talk = faulty("no-journal", "randoms-restart")
    talk.ok(TICL)
    first = talk.ok("0084000004")
    talk.card.cut_plan(CutPlan(1))
    with pytest.raises(PowerCutError):
        talk(LNT_PIN.replace("123456", "999999"))
    talk.card.power_on()
    talk.ok(TICL)
    assert talk.ok("0084000004") == first
