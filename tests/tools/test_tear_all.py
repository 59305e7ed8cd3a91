"""`make tear` says what is broken, and what has come or gone."""

from __future__ import annotations

from tests.tools.tear_all import POINTS, missed
from ykt_sim.bench.sweep import Plan, Setting, sweep
from ykt_sim.bench.sweep.run import Swept


def test_points_that_came_or_went_are_named() -> None:
    assert missed(Swept(Plan(), dict(POINTS))) == []
    (line,) = missed(Swept(Plan(), {**POINTS, "lnt-load": 1}))
    assert "lnt-load" in line
    assert missed(Swept(Plan(setting=Setting(card="lnt")), {})) == []


def test_a_broken_story_is_told_with_the_line_that_plays_it_again() -> None:
    wrong = Setting(card="lnt", deviate=("terminal:torn-forgotten",))
    plan = Plan(setting=wrong, flows=("lnt-purchase",), after=("second",), first=True)
    assert any(line.startswith("again: ykt tear --card lnt") for line in missed(sweep(plan)))
