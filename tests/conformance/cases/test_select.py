from __future__ import annotations

import pytest

from tests.conformance.support import case
from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.select import choose, decide, exclude
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.verdict import Verdict
from ykt_sim.errors import UsageError

CASES = (
    case("C-9001", group="purchase", clauses=("CL-A-001",)),
    case("C-9002", group="load", clauses=("CL-A-001", "CL-A-002"), official="EP_JBGN_002"),
    case("C-9003", group="load", needs=frozenset({"tear"})),
)


@pytest.mark.parametrize(
    ("ids", "where", "left"),
    [
        ((), "", "123"),
        (("C-9003", "C-9001"), "", "13"),
        ((), 'group == "load"', "23"),
        ((), '"CL-A-002" in clauses', "2"),
        ((), 'id in ["C-9001", "C-9003"] and subject == "card"', "13"),
        ((), 'official and not "tear" in needs', "2"),
        (("C-9001", "C-9002"), 'group == "load"', "2"),
    ],
)
def test_choose(ids: tuple[str, ...], where: str, left: str) -> None:
    assert "".join(found.id[-1] for found in choose(CASES, ids=ids, where=where)) == left


@pytest.mark.parametrize(
    ("ids", "where", "said"),
    [
        (("C-9009",), "", "no case C-9009"),
        ((), 'group == "none"', "no case is left"),
        ((), "colour", "no 'colour'; known: clauses, group"),
        ((), "__import__('os')", "Call is not allowed"),
        ((), "group ==", "cannot be read"),
    ],
)
def test_choose_says_what_is_wrong(ids: tuple[str, ...], where: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        choose(CASES, ids=ids, where=where)


def test_decide_gives_the_reason() -> None:
    values = ics.load("dual").values
    runs = decide(case(applies="tunion and not tunion.ef17"), values, lambda _need: True)
    assert runs.runs
    assert "tunion.ef17" in runs.because
    other = decide(case(applies='behaviour.balance == "separate"'), values, lambda _need: True)
    assert other.verdict is Verdict.NOT_APPLICABLE
    assert "shared" in other.because
    cannot = decide(CASES[2], values, lambda need: need != "tear")
    assert (cannot.verdict, cannot.because) == (
        Verdict.INCONCLUSIVE, "the target cannot give: tear",
    )  # fmt: skip


FORM = {"tunion": True, "lnt": False}


def left_out(declared: dict[str, str], cases: tuple[CardCase, ...] = CASES) -> dict[str, str]:
    left, excluded = exclude(cases, CASES, declared, FORM)
    assert sorted([one.id for one in left] + [one.id for one in excluded]) == [
        one.id for one in cases
    ]
    return {one.id: one.reason for one in excluded}


def test_exclude_by_id_and_by_what_is_needed() -> None:
    assert left_out({}) == {}
    assert left_out({"C-9001": "why"}) == {"C-9001": "why"}
    assert left_out({"tear": "why"}) == {"C-9003": "needs tear, excluded: why"}
    assert left_out({"tear": "x", "C-9003": "own"}) == {"C-9003": "own"}
    assert left_out({"C-9001": "why"}, CASES[1:]) == {}


def test_what_does_not_apply_is_not_excluded() -> None:
    other = case("C-9003", applies="lnt")
    assert exclude((other,), CASES, {"C-9003": "why"}, FORM) == ((other,), ())


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"C-9009": "why"}, "nothing to exclude by .C-9009.*needs are tear"),
        ({"fresh": "why"}, "nothing to exclude by 'fresh'"),
        ({"C-9001": " "}, "the exclusion of C-9001 needs a reason"),
    ],
)
def test_an_exclusion_of_nothing_is_refused(declared: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        exclude(CASES, CASES, declared, FORM)


def test_all_that_is_declared_is_excluded_where_nobody_states_a_form() -> None:
    """Forms drafted from recordings differ, and the cases of a file must not."""
    other = case("C-9003", applies="lnt")
    left, excluded = exclude((other,), CASES, {"C-9003": "why"}, None)
    assert (left, [one.id for one in excluded]) == ((), ["C-9003"])
