from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_conformance.cases.registry import card_cases
from ykt_conformance.drive.limits import seeded
from ykt_conformance.ics import form as forms
from ykt_conformance.judge.campaign import read as read_campaign
from ykt_conformance.run.plan import Wanted, make_plan
from ykt_sim.errors import ProfileError, UsageError

FORM = forms.load("dual")


def now() -> str:
    return "2017-11-01T08:00:00+08:00"


def test_randoms_are_repeatable_and_go_on() -> None:
    one, two = seeded(1, "C-0101"), seeded(1, "C-0101")
    first = [one(4), one(40)]
    assert first == [two(4), two(40)]
    assert [len(part) for part in first] == [4, 40]
    assert first[0] != first[1][:4]
    assert seeded(2, "C-0101")(4) != first[0] != seeded(1, "C-0102")(4)


def test_every_case_gets_a_ring_of_its_own() -> None:
    plan = s.plan_of()
    assert plan.ring() is not plan.ring()


def test_a_plan_of_what_is_asked() -> None:
    ids = (card_cases()[3].id, card_cases()[1].id)
    plan = make_plan(card_cases(), FORM, Wanted(ids=ids, seed=7), now=now)
    assert {case.id for case in plan.cases} == set(ids)
    assert (plan.seed, plan.now(), plan.test_keys, plan.calibration) == (7, now(), True, None)


def test_without_words_all_cases_and_a_seed_that_is_drawn() -> None:
    one, two = (make_plan(card_cases(), FORM, Wanted(), now=now) for _ in range(2))
    assert one.cases == card_cases()
    assert one.seed != two.seed


def test_a_plan_refuses_what_cannot_be_run(tmp_path) -> None:
    with pytest.raises(UsageError, match="no case"):
        make_plan(card_cases(), FORM, Wanted(ids=("CC-NONE-001",)), now=now)
    with pytest.raises((ProfileError, OSError)):
        make_plan(card_cases(), FORM, Wanted(keys=str(tmp_path / "none.json")), now=now)


def test_exclusions_of_words_and_of_a_campaign() -> None:
    campaign = read_campaign(
        'version = 1\nkind = "campaign"\n[exclusions]\ntear = "whole sample"\n', "c.toml"
    )
    wanted = Wanted(excluded={"C-0101": "why"}, campaign=campaign)
    plan = make_plan(card_cases(), FORM, wanted, now=now)
    assert plan.campaign is campaign
    gone = {left.id for left in plan.excluded}
    assert "C-0101" in gone
    assert len(gone) > 3
    assert not gone & {case.id for case in plan.cases}
    assert len(gone) + len(plan.cases) == len(card_cases())
    with pytest.raises(UsageError, match=r"tear is excluded twice, by words and by c\.toml"):
        make_plan(card_cases(), FORM, Wanted(excluded={"tear": "x"}, campaign=campaign), now=now)
