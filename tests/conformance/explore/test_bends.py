"""Steps are bent now and then, and some never."""

from __future__ import annotations

from collections.abc import Callable

from ykt_conformance.drive.limits import seeded
from ykt_conformance.explore.bends import Bends
from ykt_conformance.explore.chance import Chance
from ykt_conformance.explore.subject import Steps

_TEAR = frozenset({"tear"})


def _drawn(
    steps: Steps,
    can: frozenset[str] = _TEAR,
    whole: Callable[[str], bool] = lambda _step: False,
) -> set[Steps]:
    bends = Bends(between=4, tear=lambda step: 4 if step == "check" else 9999, writes=2, pull=4,
                  edit=lambda: "le=00", whole=whole)  # fmt: skip
    chance = Chance(seeded(1, "bends"))
    return {bends.bent(steps, lambda: ("other", "more"), chance, can) for _ in range(400)}


def test_a_step_is_torn_pulled_and_wrong_by_one_thing() -> None:
    assert _drawn(("check",)) == {
        ("check",), ("tear:1 check",), ("tear:2 check",), ("pull check",), ("check le=00",)
    }  # fmt: skip
    assert ("tear:1 check",) not in _drawn(("check",), frozenset())
    assert _drawn(("check le=no",), frozenset()) == {("check le=no",), ("pull check le=no",)}


def test_another_step_comes_between_two() -> None:
    assert ("check", "other", "check") in _drawn(("check", "check"))
    assert all(len(steps) < 4 for steps in _drawn(("check", "check")))


def test_resets_long_lists_and_what_shall_stay_whole_stay_as_they_are() -> None:
    assert _drawn(("reset",)) == {("reset",)}
    assert _drawn(("check",), whole=lambda step: step == "check") == {("check",)}
    assert _drawn(("check",) * 21) == {("check",) * 21}
