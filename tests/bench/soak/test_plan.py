"""What happens in a soak is drawn by its seed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from ykt_sim.bench.soak.plan import BEGIN, MOMENTS, Drawing, Job, Kinds
from ykt_sim.bench.soak.trouble import Trouble

CARDS = ("a", "b", "c")
NONE = Kinds(kills=False, disk_full=False, slow_disk=False, clock_jumps=False)


def jobs(seed: int, kinds: Kinds = Kinds(), count: int = 60) -> list[Job]:  # noqa: B008 - frozen
    drawing = Drawing(seed, kinds, 20)
    return [drawing.job(("bus", "metro"), "state", CARDS, 0, 1000) for _ in range(count)]


def test_the_same_seed_is_the_same_soak() -> None:
    assert jobs(3) == jobs(3) != jobs(4)


def test_everything_comes() -> None:
    found = jobs(1)
    assert {one.terminal for one in found} == {"bus", "metro"}
    assert {visit.card for one in found for visit in one.visits} == set(CARDS)
    assert {len(one.visits) for one in found} >= {1, 2, 19, 20}
    troubles = [one.trouble for one in found]
    assert all(any(getattr(one, name) for one in troubles)
               for name in ("kill", "full", "steps", "read_only", "slow"))  # fmt: skip
    assert any(not one.kill for one in troubles)
    clocks = [visit.at for one in found for visit in one.visits]
    assert any(later < one for one, later in pairwise(clocks))
    assert {one for one in clocks if one in MOMENTS}


@pytest.mark.parametrize("name", ["kills", "disk_full", "slow_disk", "clock_jumps"])
def test_only_what_was_named(name: str) -> None:
    fields = {"kills": {"kill"}, "disk_full": {"full", "steps", "read_only"}, "slow_disk": {"slow"}}
    found = jobs(1, Kinds(**{one: one == name for one in Kinds.__struct_fields__}))
    seen = {
        field for one in found for field in Trouble.__struct_fields__ if getattr(one.trouble, field)
    }
    assert seen == fields.get(name, set())
    clocks = [visit.at for one in found for visit in one.visits]
    assert (clocks == sorted(clocks)) == (name != "clock_jumps")


def test_no_more_taps_than_wanted() -> None:
    drawing = Drawing(1, NONE, 20)
    assert len(drawing.job(("bus",), "state", CARDS, 0, 1).visits) == 1


def test_a_calm_job_is_every_card_once_at_the_right_time() -> None:
    drawing = Drawing(1, Kinds(), 20)
    for _ in range(30):
        drawing.job(("bus",), "state", CARDS, 0, 1000)
    job = drawing.calm("bus", "state", CARDS, 5)
    assert [(one.card, one.amount) for one in job.visits] == [("a", 5), ("b", 5), ("c", 5)]
    assert job.trouble == Trouble()
    assert all(BEGIN < one.at < BEGIN + timedelta(days=2) for one in job.visits)
