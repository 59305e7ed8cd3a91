"""What is told of learning hides numbers and an owner's PINs, and says how sure it is."""

from __future__ import annotations

import json

from msgspec.structs import replace

from ykt_conformance.explore import ExplorePlan
from ykt_conformance.ics import form as forms
from ykt_conformance.learn import LearnPlan, Learnt, document, hidden, learn, lines
from ykt_conformance.learn.telling import how_sure
from ykt_conformance.run.targets.names import form_of, open_target

_NUMBER = "0300000000017"
_PIN = "313233343536"


def _plan(name: str, *, test_keys: bool = True) -> ExplorePlan:
    return ExplorePlan(target=open_target(name), form=forms.load(form_of(name)).values,
                       clock=lambda: 0.0, test_keys=test_keys)  # fmt: skip


def _learnt(explore: ExplorePlan, only: str) -> Learnt:
    return learn(LearnPlan(explore=explore, only=(only,), walks=10))


def test_numbers_are_masked_unless_they_are_asked_for() -> None:
    explore = _plan("sim:dual?deviate=balance-three-bytes")
    learnt = _learnt(explore, "tunion-money")
    for unmask in (False, True):
        told, hide = hidden(learnt, explore, (), unmask=unmask)
        text = json.dumps(hide.data(document(told, lambda _: "again")))
        text += "".join(hide.text(line) for line in lines(told, lambda _: "again"))
        assert (_NUMBER in text) is unmask


def test_an_owners_pins_stand_nowhere() -> None:
    explore = _plan("sim:tunion?deviate=pin-not-counted")
    learnt = _learnt(explore, "tunion-pin")
    owners = replace(explore, test_keys=False)
    for plan, there in ((explore, True), (owners, False)):
        told, hide = hidden(learnt, plan, (), unmask=True)
        text = json.dumps(hide.data(document(told, lambda _: "")))
        assert (_PIN in text or "303233343536" in text) is there


def test_a_machine_is_told_whole_and_how_sure_it_is() -> None:
    explore = _plan("sim:tunion")
    learnt = _learnt(explore, "tunion-pin")
    machine = document(learnt, lambda _: "")["machines"][0]
    assert [state["state"] for state in machine["states"]] == list(range(len(machine["states"])))
    assert {move["letter"] for move in machine["states"][0]["moves"]} == set(machine["letters"])
    assert machine["states"][0]["moves"][0]["allowed"] == ""
    assert (machine["w_method_extra_states"], machine["random_words"]) == (0, 10)
    (one,) = learnt.machines
    assert "complete if it has no more states; 10 random words" in how_sure(one)
    assert "fewer than 30 %" in how_sure(one)
    assert "at most 2 states more" in how_sure(replace(one, sure=2))
    assert "last guess" in how_sure(replace(one, ended="time was used up"))
