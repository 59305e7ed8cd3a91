"""The plan: every list can be read, begins anew, and says each thing that it is for."""

from __future__ import annotations

import pytest

from ykt_conformance.drive import inputs, pins
from ykt_conformance.drive.limits import seeded
from ykt_conformance.explore import plan
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.steps import GRAMMAR
from ykt_conformance.explore.subject import Steps
from ykt_conformance.ics import form as forms


def _lists(name: str, seed: int = 1) -> tuple[Steps, ...]:
    return plan.first(forms.load(name).values, Chance(seeded(seed, "plan")))


@pytest.mark.parametrize("name", ["tunion", "lnt", "dual"])
def test_every_step_can_be_read_and_every_list_begins_anew(name: str) -> None:
    for steps in (*_lists(name), plan.prologue(forms.load(name).values)):
        for step in steps:
            GRAMMAR.read(step)
    assert all(steps[0] == "reset" for steps in _lists(name))


def test_the_seed_orders_and_nothing_else() -> None:
    one, other = _lists("dual", 1), _lists("dual", 2)
    assert one != other
    assert sorted(one) == sorted(other)
    assert one == _lists("dual", 1)


def test_each_mistake_and_each_pin_is_there() -> None:
    said = {word for steps in _lists("tunion") for step in steps for word in step.split()}
    clock = ("year-", "day-", "hour-", "minute-", "second-", "utc", "eight-")
    for name in inputs.names("purchase"):
        assert f"mac={name}" in said or name.startswith(clock), name
    assert {f"pin={word}" for word in pins.NEARLY} <= said


def test_what_is_not_claimed_is_not_asked_for() -> None:
    steps = {step for steps in _lists("tunion") for step in steps}
    assert not any("lnt" in step.split() for step in steps)
    assert not any(step.startswith("select lnt") for step in steps)


def test_it_can_be_played_in_seconds() -> None:
    assert sum(map(len, _lists("dual"))) < 50_000
