"""Sweeps: every single cut of two flows, more cuts by seed, and that all who play find the same."""

from __future__ import annotations

import pytest

from tests.tools.tear_all import POINTS
from ykt_sim.bench.sweep import AFTER, Case, Cut, Plan, Setting, flows_of, play, sweep
from ykt_sim.bench.sweep.begin import begin
from ykt_sim.bench.sweep.case import cuts_of, whole_steps
from ykt_sim.bench.sweep.run import replay
from ykt_sim.errors import UsageError


def told(plan: Plan) -> list[str]:
    return [
        f"{came.case.words()}: {one.rule.id} {one.why}"
        for came in sweep(plan).broken
        for one in came.broken
    ]


@pytest.mark.parametrize(("flow", "after"), [("lnt-purchase", "restart"), ("tunion-exit", "load")])
def test_every_single_cut_of_a_flow(flow: str, after: str) -> None:
    assert told(Plan(flows=(flow,), after=(after,))) == []


@pytest.mark.parametrize("depth", [2, 3])
def test_cuts_by_seed_in_all_flows(depth: int) -> None:
    assert told(Plan(every=True, depth=depth, samples=120, seed=3)) == []


def test_every_flow_has_its_points() -> None:
    found = {
        flow.name: len(cuts_of(begin(Setting(), flow))) for flow in flows_of(Setting(), every=True)
    }
    assert found == dict(POINTS)


@pytest.mark.parametrize("card", ["lnt", "tunion", "dual"])
def test_all_kinds_of_cards_and_no_two_with_one_number(card: str) -> None:
    setting = Setting(card=card)
    for flow in flows_of(setting, every=True):
        holders = begin(setting, flow).books.ledger.holders
        assert len({holder.who.pan or name for name, holder in holders.items()}) == 3
        assert len({holder.who.number or name for name, holder in holders.items()}) == 3
    assert told(Plan(setting=setting, every=True, samples=60, seed=4)) == []


def test_the_steps_of_a_tap() -> None:
    (flow,) = flows_of(Setting(), ("lnt-purchase",))
    steps = [(step.kind, step.name) for step in whole_steps(begin(Setting(), flow))]
    assert steps[0] == ("card", "SELECT Lingnan Tong PAY.APPY 岭南通基本应用")
    assert sum(kind == "psam" for kind, _ in steps) == 2
    assert [kind for kind, _ in steps[-3:]] == ["line", "display", "line"]


def test_what_is_presented_is_what_it_says() -> None:
    """The story of each tells where the card went, and when."""
    (flow,) = flows_of(Setting(), ("lnt-purchase",))
    start = begin(Setting(), flow)
    stories = {}
    for name in AFTER:
        came = play(start, Case(flow.name, (Cut(9, "leave-after"),), name))
        assert not came.broken
        stories[name] = came.story
        assert came.first == "retry YKT-11"
    assert stories["none"][1].startswith("tap 3 08:01:11 B at here")
    assert any(" elsewhere" in line for line in stories["elsewhere"])
    assert any("at load" in line for line in stories["load"])
    assert any("cut 0:absent" in line for line in stories["application"])
    assert any("switched off and on" in line for line in stories["restart"])
    assert stories["another"][1].startswith("tap 3 08:00:10 B at here")
    assert [stories[name][1][6:14] for name in ("same", "second", "minute", "later")] == [
        "08:01:11",
        "08:00:10",
        "08:00:17",
        "09:00:10",
    ]
    assert len(stories["twice"]) == len(stories["second"]) + 1


def test_two_processes_find_what_one_finds() -> None:
    plan = Plan(flows=("lnt-purchase",), depth=2, samples=180, seed=5)
    one, two = (
        sweep(plan),
        sweep(Plan(flows=("lnt-purchase",), depth=2, samples=180, seed=5, jobs=2)),
    )
    assert one.rows == two.rows
    assert len({row.cuts for row in one.rows}) > 150
    assert all(len(row.cuts) == 2 for row in one.rows)


def test_a_drawn_story_is_played_again_by_its_words() -> None:
    plan = Plan(every=True, depth=2, samples=20, seed=9)
    for row in sweep(plan).rows:
        again = replay(Setting(), Case(row.flow, tuple(map(Cut.of, row.cuts)), row.after))
        assert (again.first, again.back, again.steps) == (row.first, row.back, row.steps)


def test_words_that_mean_nothing() -> None:
    with pytest.raises(UsageError, match="nothing 'x' is presented"):
        sweep(Plan(after=("x",)))
    with pytest.raises(UsageError, match="by samples"):
        sweep(Plan(depth=2))
    with pytest.raises(UsageError, match="card:NAME, terminal:NAME or sam:NAME"):
        sweep(Plan(setting=Setting(deviate=("torn-forgotten",))))
    for room in ("card", "terminal", "sam"):
        with pytest.raises(UsageError, match="deviation nonsense"):
            sweep(Plan(setting=Setting(deviate=(f"{room}:nonsense",))))
    with pytest.raises(UsageError, match="99:lie is never reached"):
        replay(Setting(), Case("lnt-purchase", (Cut(99, "lie"),), "same"))
    with pytest.raises(UsageError, match="is not let through at here"):
        sweep(Plan(setting=Setting(deviate=("terminal:mac1-zero",))))


def test_the_first_that_is_found_ends_it() -> None:
    wrong = Setting(deviate=("terminal:torn-forgotten",))
    swept = sweep(Plan(setting=wrong, flows=("lnt-purchase",), after=("second",), first=True))
    assert swept.violations == 1
    assert len(swept.rows) < sum(swept.points.values())
    assert {one.rule.id for one in swept.broken[0].broken} >= {"B-TWICE"}
