"""The scenes that come first can all be read, and bring every two values together."""

from __future__ import annotations

import re
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
    assert sum(step.startswith("tap") for steps in found for step in steps) < 2900
    assert not any(step.startswith("clock") for s in scenes(name, clock=False) for step in s)


def test_each_number_of_a_black_list_is_tried() -> None:
    found = {step.split(" ", 2)[2] for s in scenes("bus-upgraded") for step in s if "black" in step}
    assert {"tunion black=0", "lnt black=1", "dual black=1"} <= found


def test_a_torn_card_is_used_everywhere_and_lost_everywhere_before_it_passes() -> None:
    found = ["; ".join(steps) for steps in scenes("bus-upgraded")]
    torn = [scene for scene in found if "tear=debit!" in scene]
    for what in ("pays", "buys", "rides", "loads", "unloads"):
        assert any(f"elsewhere A {purse} does={what}" in scene
                   for purse in ("tunion", "lnt") for scene in torn), what  # fmt: skip
    assert any("card A dual" in scene and "elsewhere A lnt does=loads" in scene for scene in torn)
    for again in wishes.BACK:
        assert any(f"; tap A {again}; tap A" in scene for scene in torn), again


def test_each_reason_for_a_refusal_comes_again_at_once_and_after_another_card() -> None:
    found = ["; ".join(steps) for steps in scenes("metro-exit")]
    for kind, reasons in wishes.AGAINST.items():
        for reason in (*reasons, "ride=left-31"):
            again = f"card A {kind} {reason}; tap A; tap A; card B {kind}; tap B; tap A"
            assert again in found, again


def test_every_month_ends_on_the_first_and_the_last_day_of_a_card() -> None:
    found = " ".join(step for steps in scenes("bus-upgraded", clock=False) for step in steps)
    for front in ("", "lnt_"):
        for month in range(1, 13):
            assert set(re.findall(rf" {front}start=\d{{4}}{month:02d}(?:28|29|30|31)\b", found))
            assert set(re.findall(rf" {front}expiry=2040{month:02d}(?:29|30|31)\b", found))


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
