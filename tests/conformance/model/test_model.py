"""The reference model holds on sound cards, with and without keys, and notices what is wrong."""

from __future__ import annotations

from functools import cache

import pytest

from tests.conformance.support import FCI, SELECT_EP
from ykt_conformance.drive import commands as c
from ykt_conformance.ics import form as forms
from ykt_conformance.model import Model
from ykt_sim.bench.targets import open_target
from ykt_sim.codes import AID_TUNION_EP, LOAD, TUNION
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.transport import Link

_TERMINAL = c.TERMINAL[TUNION]
_BALANCE = c.balance(0x00)


@cache
def _form(name: str) -> forms.IcsFile:
    return forms.load(name)


def _model(name: str = "dual", *, new: bool = True) -> Model:
    return Model(_form(name).values, KeyRing(), new=new)


def _play(target: str, *commands: bytes) -> list[str]:
    """Rules that a card breaks while these commands are sent."""
    link = open_target(target, balance=10_000, seed=1)
    model = _model()
    broken = [one.rule.id for one in model.reset(link.power_on())]
    for command in commands:
        broken += [one.rule.id for one in model.observe(command, link.transmit(command))]
    link.close()
    return broken


def _unknown() -> Link:
    link = open_target("sim:dual", balance=10_000, seed=1)
    link.power_on()
    return link


def test_what_was_not_seen_is_learnt_and_from_then_on_known() -> None:
    model = _model(new=False)
    model.reset()
    assert model.observe(SELECT_EP, bytes.fromhex(FCI)) == []
    assert model.observe(_BALANCE, bytes.fromhex("000003E89000")) == []
    [found] = model.observe(_BALANCE, bytes.fromhex("000003E79000"))
    assert (found.rule.id, found.why) == ("R-BAL", "999 fen, not 1000")


def test_a_prediction_says_what_comes() -> None:
    link, model = _unknown(), _model()
    model.reset()
    model.observe(c.select(AID_TUNION_EP), link.transmit(c.select(AID_TUNION_EP)))
    [one] = model.predict(c.challenge(5))
    assert (one.rule.id, one.words) == ("R-AUTH-LENGTH", "6700")
    [one] = model.predict(c.update_overdraft(0, bytes(7), bytes(4)))
    assert (one.rule.id, one.words) == ("R-COMMIT-STATE", "6901")
    [one] = model.predict(bytes.fromhex("0088000001AA"))
    assert one.words.startswith("not stated")


def test_of_two_errors_either_word_is_right() -> None:
    model = _model()
    model.reset()
    model.observe(SELECT_EP, bytes.fromhex(FCI))
    wrong = bytes.fromhex("805407000100")
    for word in ("6901", "6A86", "6700"):
        assert model.observe(wrong, bytes.fromhex(word)) == []
    assert model.observe(wrong, bytes.fromhex("6A82"))


def test_a_divergence_is_told_once_and_the_rest_is_learnt_anew() -> None:
    model = _model(new=False)
    model.reset()
    model.observe(SELECT_EP, bytes.fromhex(FCI))
    model.observe(_BALANCE, bytes.fromhex("000003E89000"))
    assert len(model.observe(_BALANCE, bytes.fromhex("000000009000"))) == 1
    assert model.observe(SELECT_EP, bytes.fromhex(FCI)) == []
    assert model.observe(_BALANCE, bytes.fromhex("000000009000")) == []


def test_a_new_card_has_counted_nothing() -> None:
    load = c.initialize(LOAD, 1, _TERMINAL)
    assert _play("sim:dual", SELECT_EP, load) == []
    assert _play("sim:dual?deviate=counts-from-one", SELECT_EP, load) == ["R-COUNT-NEW"]


@pytest.mark.parametrize(
    ("fault", "rule", "commands"),
    [
        ("fci-random-tail", "R-FCI-EP", (SELECT_EP,)),
        ("challenge-fixed", "R-AUTH-RANDOM", (c.challenge(4), c.challenge(4))),
        ("wrong-state-6985", "R-COMMIT-STATE", (SELECT_EP, c.credit(bytes(7), bytes(4)))),
        ("mac1-zero", "R-INIT-MAC1", (SELECT_EP, c.initialize(LOAD, 1, _TERMINAL))),
        ("wrong-6cxx", "R-REC-LE", (SELECT_EP, c.read_record(1, c.LOG, 5))),
        ("empty-record-ff", "R-REC-ZERO", (SELECT_EP, c.read_record(1, c.LOG))),
    ],
)
def test_what_is_wrong_is_named(fault: str, rule: str, commands: tuple[bytes, ...]) -> None:
    assert _play("sim:dual", *commands) == []
    assert _play(f"sim:dual?deviate={fault}", *commands) == [rule]


def test_randoms_that_come_again_in_order_are_noticed() -> None:
    model = _model()
    first, second = bytes.fromhex("11223344"), bytes.fromhex("55667788")
    for filler in range(12):
        for one in (first, second) if filler in (0, 11) else (bytes((filler,)) * 4,):
            found = model.observe(c.challenge(4), one + b"\x90\x00")
            if filler == 11 and one is second:
                assert [each.rule.id for each in found] == ["R-AUTH-RANDOM"]
            else:
                assert found == []
