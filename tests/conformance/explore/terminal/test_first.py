"""The scenes that come first can all be read, and bring every two values together."""

from __future__ import annotations

from itertools import combinations

import pytest

from ykt_conformance.drive.limits import seeded
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.terminal import read_scene, wishes
from ykt_conformance.explore.terminal.first import Scene, first
from ykt_conformance.ics import form as forms
from ykt_conformance.zoo.run import SOUND


def scenes(name: str, seed: int = 1, *, clock: bool = True) -> tuple[Scene, ...]:
    chance = Chance(seeded(seed, "explore first"))
    return first(forms.load(name).values, chance, clock=clock)


@pytest.mark.parametrize("name", SOUND["terminal"])
def test_every_scene_can_be_read_and_they_fit_into_the_usual_bound(name: str) -> None:
    found = scenes(name)
    assert all(read_scene("; ".join(steps)) == steps for steps in found)
    assert sum(step.startswith("tap") for steps in found for step in steps) < 1900
    assert not any(step.startswith("clock") for s in scenes(name, clock=False) for step in s)


def test_each_number_of_a_black_list_is_tried() -> None:
    found = {step for steps in scenes("bus-upgraded") for step in steps}
    assert {"card B tunion black=0", "card B lnt black=1", "card B dual black=1"} <= found


def test_the_seed_says_in_which_order() -> None:
    one, two = scenes("bus-upgraded", 1), scenes("bus-upgraded", 2)
    assert one != two
    assert sorted(one) == sorted(two)


def test_every_two_values_meet() -> None:
    # Without a Lingnan Tong card, which has none of the last ones.
    drawn = ["; ".join(steps) for steps in scenes("metro-exit")]
    found = [scene for scene in drawn if "card A lnt" not in scene]
    values = (
        [f"counter={at}" for at in wishes.COUNTERS],
        ["start=20240229", "expiry=20800101"],
        ["tear=debit!", "tear=cache"],
        ["balance=need", "balance=most"],
        list(wishes.ALIKE),
        ["city=near", "marked=1234"],
        ["month=9000"],
        ["top-bit", "overdraft=1000"],
    )
    for some, others in combinations(values, 2):
        for one in some:
            for other in others:
                assert any(one in scene and other in scene for scene in found), (one, other)


def test_many_cards_are_torn_before_the_first_comes_back() -> None:
    most = max(scenes("bus-upgraded"), key=lambda steps: sum("tear=debit!" in s for s in steps))
    taps = [step for step in most if step.startswith("tap")]
    assert [("tear" in step) for step in taps] == [True] * 9 + [False] * 9
    assert len({step.split()[1] for step in taps}) == 9
