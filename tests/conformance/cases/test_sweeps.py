from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from tests.conformance import support as s
from ykt_conformance.cases.registry import card_cases
from ykt_conformance.cases.sweeps.secrets import CASES as SECRETS
from ykt_conformance.cases.words.record import Flow
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of, pairwise
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, Send
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.card import run_card
from ykt_conformance.run.targets.names import open_target
from ykt_sim.meaning.keyring import KeyRing

FACTORS: dict[str, tuple[Any, ...]] = {
    "a": (1, 2, 3, 4), "b": ("x", "y", "z"), "c": (True, False), "d": (0, 10, 20, 30, 40),
}  # fmt: skip


def met(rows: list[Values]) -> set[tuple[Any, Any]]:
    return {pair for row in rows for pair in combinations(row.items(), 2)}


def whole(factors: dict[str, tuple[Any, ...]]) -> Iterator[tuple[Any, Any]]:
    for one, other in combinations(factors, 2):
        for left in factors[one]:
            yield from (((one, left), (other, right)) for right in factors[other])


def test_every_two_values_meet_in_few_rows() -> None:
    rows = pairwise(FACTORS, lambda _row: True)
    assert met(rows) == set(whole(FACTORS))
    assert 20 <= len(rows) <= 26  # 4 x 5 are the least
    assert pairwise(FACTORS, lambda _row: True) == rows


def test_rows_fit_and_pairs_that_cannot_meet_do_not() -> None:
    def fits(row: Values) -> bool:
        return bool(row["a"] != 1 or (row["b"] == "x" and row["c"]))

    rows = pairwise(FACTORS, fits)
    assert all(map(fits, rows))
    barred = {(("a", 1), ("b", "y")), (("a", 1), ("b", "z")), (("a", 1), ("c", False))}
    assert met(rows) == set(whole(FACTORS)) - barred


def test_nothing_fits_and_one_factor() -> None:
    assert pairwise(FACTORS, lambda _row: False) == []
    one = Sweep(id="C-9001", title="t", title_zh="表", clauses="", play=_read,
                factors=lambda _bench: {"a": (1, 2, 3)})  # fmt: skip
    assert one.rows(bench()) == [{"a": 1}, {"a": 2}, {"a": 3}]


def bench(*, thorough: bool = False) -> CardBench:
    return CardBench(ics.load("dual").values, KeyRing(), bytes, thorough=thorough)


def _read(_bench: CardBench, row: Values) -> Flow[None]:
    if row["a"] == 2:
        raise Impossible("two is out of reach")
    yield Send(s.SELECT_EP)
    yield Send(s.READ_15)


def sweep_of(values: tuple[Any, ...] = (1, 2, 3)) -> Sweep:
    return Sweep(
        id="C-9001", title="t", title_zh="表", clauses="CL-SEL-001", play=_read,
        factors=lambda _bench: {"a": values, "b": (0, 1)}, fits=lambda row: row["b"] < row["a"],
    )  # fmt: skip


def test_thorough_plays_all_that_fits() -> None:
    assert len(sweep_of((1, 2, 3)).rows(bench(thorough=True))) == 5


def test_rows_that_are_out_of_reach_are_counted_and_named() -> None:
    found = s.result_of(s.FakeCard(), case_of(sweep_of()))
    assert found.verdict is Verdict.PASS
    assert "2 rows left, the first (a=2, b=0): two is out of reach" in found.reason
    found = s.result_of(s.FakeCard(), case_of(sweep_of((2,))))
    assert (found.verdict, "two is out of reach" in found.reason) == (Verdict.INCONCLUSIVE, True)


def test_what_no_rule_allows_fails_and_names_the_row() -> None:
    card = s.FakeCard({s.READ_15: "0102039000"})
    form = ics.load("dual")
    found = s.result_of(card, case_of(sweep_of()), form=form, ignored=frozenset())
    assert found.verdict is Verdict.FAIL
    assert "R-FILE-SIZE: 00B09500" in found.reason
    assert "(row a=1, b=0)" in found.reason


def test_an_answered_clause_fails_no_sweep() -> None:
    card = s.FakeCard({s.READ_15: "0102039000"})
    text = ics.load("dual").text + '[clauses]\n"CL-FILE-001" = "three bytes"\n'
    form = ics.read(text, "mine")
    found = s.result_of(card, case_of(sweep_of()), form=form, ignored=frozenset())
    assert found.verdict is Verdict.PASS
    assert found.model is not None
    assert {one.level for one in found.model.deviations} == {"answered"}


SWEEPS = tuple(case for case in card_cases() if case.group == "sweeps")


def test_sweeps_are_judged_by_every_rule() -> None:
    assert len(SWEEPS) > 20
    assert [case.id for case in SWEEPS if not case.swept] == ["C-2215"]


@pytest.mark.parametrize(
    ("deviation", "case_id", "words"),
    [("randoms-restart", "C-2215", "came before"), ("pin-never-blocks", "C-2213", "R-PIN")],
)
def test_a_deviation_of_a_dimension_is_found(deviation: str, case_id: str, words: str) -> None:
    case = next(case for case in SECRETS if case.id == case_id)
    plan = s.plan_of(case, form=ics.load("dual"), ignored=frozenset())
    run = run_card(open_target(f"sim:dual?deviate={deviation}"), plan)
    assert (run.results[0].verdict, words in run.results[0].reason) == (Verdict.FAIL, True)
