"""A sound card passes whatever is on it when it comes: nothing, one fen, all it can hold, debts."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from tests.conformance import support as s
from ykt_conformance.cases.registry import card_cases
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.card import run_card
from ykt_conformance.run.targets.names import CardTarget, open_target
from ykt_sim.bench.chance import rng
from ykt_sim.bench.make import SimCardLink, make_card
from ykt_sim.card import Card
from ykt_sim.card.model import Money
from ykt_sim.transport import Link

CEILING = 100_000


def target_with(profile: str, money: Money) -> CardTarget:
    """Cards of a profile that come with this money."""

    def opened(seed: int) -> Link:
        image = make_card(profile).snapshot()
        cells = {key: money if key[0] == "money" else cell for key, cell in image.cells.items()}
        return SimCardLink(Card(replace(image, cells=cells), rng(seed)))

    return msgspec.structs.replace(open_target(f"sim:{profile}"), open=opened)


@pytest.mark.parametrize(
    ("profile", "actual", "limit", "drawn"),
    [
        ("dual", 0, 0, 0),
        ("dual", 1, 0, 0),
        ("dual", CEILING, 0, 0),
        ("dual", 0, 3000, 3000),
        ("dual", 5000, 3000, 0),
        ("lnt", CEILING, 0, 0),
    ],
)
def test_no_case_is_left_open_by_what_the_purse_holds(
    profile: str, actual: int, limit: int, drawn: int
) -> None:
    """Tables bring their purse where they want it themselves (`moves.settle`)."""
    cases = tuple(case for case in card_cases() if not case.swept)
    plan = msgspec.structs.replace(
        s.plan_of(form=ics.load(profile), ignored=frozenset()), cases=cases
    )
    run = run_card(target_with(profile, Money(actual, limit, drawn)), plan)
    fine = (Verdict.PASS, Verdict.NOT_APPLICABLE)
    assert [f"{one.id} {one.reason}" for one in run.results if one.verdict not in fine] == []
