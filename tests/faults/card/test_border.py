"""A card seen through a border: the face of a card, and faults that pile up there."""

from __future__ import annotations

import pytest

from tests.card.support import EP, TICL, Talk, counting, made
from tests.faults.card.support import faulty, purse
from ykt_sim.card.memory import CutPlan
from ykt_sim.errors import PowerCutError
from ykt_sim.faults.card import make_card
from ykt_sim.faults.card.border import BorderedCard


def test_the_border_has_the_face_of_a_card() -> None:
    talk = faulty("proof-tac-first")
    card = talk.card
    assert isinstance(card, BorderedCard)
    talk.ok(EP)
    before = card.snapshot()
    card.cut_plan(None)
    wrong_pin = bytes.fromhex("0020000003999999")
    talk.ok(TICL)
    assert card.process(wrong_pin)[:1] == b"\x63"
    assert card.writes == 4
    card.cut_plan(CutPlan(1))
    with pytest.raises(PowerCutError):
        card.process(wrong_pin)
    card.restore(before)
    assert card.process(wrong_pin) == b"\x6f\x00"  # a restored card has no power
    card.power_on()
    assert card.snapshot() == before
    card.power_off()
    assert card.process(wrong_pin) == b"\x6f\x00"


def test_a_slow_card_waits_before_one_command_only() -> None:
    waited: list[float] = []
    card = make_card(made("tunion"), counting(), ["slow-debit"], sleep=waited.append)
    talk = Talk(card)
    talk.ok(EP)
    assert waited == []
    talk("8054010000")
    assert waited == [0.5]
    assert talk.card.process(b"") == b"\x67\x00"  # what is no command has no INS


def test_two_at_the_border() -> None:
    paying = purse("debit-mac2-first", "balance-in-yuan")
    begun = paying.talk.ok(f"805001020B01{5:08X}413101738008")
    assert begun[:8] == f"{100:08X}"
    pending = paying.begin("purchase", 5)
    assert paying.talk.ok(pending.commit) == pending.answer[8:] + pending.answer[:8]


def test_one_heard_and_one_said() -> None:
    paying = purse("any-key-index", "mac1-zero")
    answer = paying.talk.ok(f"805000020B77{5:08X}413101738008")
    assert answer.endswith("00000000")


def test_two_restarts() -> None:
    paying = purse("reset-takes-a-fen", "reset-clears-proof")
    paying.do("purchase", 5)
    before = paying.balance()
    paying.talk.card.power_on()
    paying.talk.ok(EP)
    assert paying.balance() == before - 1
    assert paying.prove("06", 1) == "9406"
