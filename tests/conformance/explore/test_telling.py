"""What is told of an exploration holds no card number, no person and no PIN of an owner's."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from ykt_conformance.explore import (
    Explored,
    ExplorePlan,
    explore,
    recording,
    redactor,
    replay,
    withheld,
)
from ykt_conformance.explore import run as exploring
from ykt_conformance.ics import form as forms
from ykt_conformance.run.recording import keys_for
from ykt_conformance.run.targets.names import CardTarget, open_target
from ykt_sim.trace.model import Exchange, Reset, Trace

_NUMBER = "3104870300000000017"
_PIN = "313233343536"
_STEPS = ("select tunion", f"verify pin={_PIN}", f"send 0020000006{_PIN}",
          f"change {_PIN} pin={_PIN}",
          "reset", "select tunion", "send 805C000204")  # fmt: skip


def _plan(*, test_keys: bool) -> ExplorePlan:
    target = "sim:dual?deviate=balance-three-bytes"
    return ExplorePlan(target=open_target(target), form=forms.load("dual").values,
                       clock=lambda: 0.0, test_keys=test_keys)  # fmt: skip


def _told(plan: ExplorePlan, *, unmask: bool = False) -> tuple[Explored, Trace, str]:
    found = replay(plan, _STEPS)
    assert found.divergence is not None
    trace = recording(found, plan, created="")
    hide = redactor(trace, plan, ("310487000000000",), unmask=unmask)
    found, trace = withheld(found, trace, plan)
    document = json.dumps(hide.data(found.document()))
    return found, trace, document + "\n".join(map(hide.text, found.lines()))


def test_numbers_are_masked_unless_they_are_asked_for() -> None:
    *_, text = _told(_plan(test_keys=True))
    assert _NUMBER[-10:] not in text
    assert "**" in text
    *_, text = _told(_plan(test_keys=True), unmask=True)
    assert _NUMBER[-10:] in text


def test_an_owners_pins_stand_nowhere() -> None:
    found, trace, text = _told(_plan(test_keys=False))
    sent = [one.command.hex() for one in trace.events if isinstance(one, Exchange)]
    sent += [one.command.hex() for one in found.said] + list(found.steps)
    assert _PIN not in text + "".join(sent)
    assert found.steps[0] == "select tunion"
    assert "verify pin=000000000000" in found.steps
    assert [one.step for one in found.said] == list(found.steps)
    assert keys_for(trace)[1].startswith("none")


def test_the_steps_of_a_test_card_are_whole() -> None:
    found, trace, text = _told(_plan(test_keys=True))
    assert found.steps == _STEPS
    assert _PIN in text
    assert keys_for(trace)[1].startswith("published test keys")


def test_a_command_that_broke_a_rule_is_told_without_its_pin() -> None:
    target = open_target("sim:dual?deviate=pin-never-blocks")
    plan = ExplorePlan(target=target, form=forms.load("dual").values, clock=lambda: 0.0,
                       test_keys=False)  # fmt: skip
    wrong = f"send 0020000006{_PIN[:-2]}FE"
    found = replay(plan, ("select tunion", *[wrong] * 5))
    assert found.divergence is not None
    assert found.divergence.command.hex() == wrong[5:].lower()
    found, _ = withheld(found, recording(found, plan, created=""), plan)
    assert found.divergence is not None
    assert found.divergence.command.hex() == "0020000006" + "00" * 6


def test_a_recording_of_which_the_beginning_was_not_kept_begins_with_a_reset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exploring, "_KEPT", 300)
    shipped = open_target("sim:dual")
    target = CardTarget("one", frozenset({"reset"}), shipped.open)
    plan = ExplorePlan(target=target, form=forms.load("dual").values, clock=lambda: 0.0, steps=900)
    found = explore(plan)
    assert found.dropped
    trace = recording(found, plan, created="")
    assert isinstance(trace.events[0], Reset)
    assert 0 < len(trace.events) < 300
    assert len(withheld(found, trace, replace(plan, test_keys=False))[1].events) >= len(
        trace.events
    )
