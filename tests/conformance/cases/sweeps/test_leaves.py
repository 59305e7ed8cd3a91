"""A card that leaves at every command: every point is met, and half a commit is found."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from tests.conformance import support as s
from ykt_conformance.cases.registry import card_cases
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.card import run_card
from ykt_conformance.run.targets.names import open_target
from ykt_sim.trace.model import Note

_ROW = re.compile(r"tap=(.*), leaves=(.*) command (\d+) (.*), then=(.*)")


def _run(target: str, case_id: str) -> CaseResult:
    [case] = [one for one in card_cases() if one.id == case_id]
    form = ics.load(target.removeprefix("sim:").partition("?")[0])
    plan = s.plan_of(case, form=form, ignored=frozenset())
    return run_card(open_target(target), plan).results[0]


def test_every_point_of_every_kind_of_tap_is_met() -> None:
    result = _run("sim:tunion", "C-2228")
    assert result.verdict is Verdict.PASS, result.reason
    assert "left" not in result.reason
    assert result.trace is not None
    met: dict[str, set[tuple[int, str, str, str]]] = defaultdict(set)
    for event in result.trace.events:
        words = event.data.get("row", "") if isinstance(event, Note) else ""
        row = _ROW.fullmatch(str(words))
        if row is not None:
            met[row[1]].add((int(row[3]), row[4], row[2], row[5]))
    assert set(met) == {"purchase", "composite", "load", "unload", "overdraft"}
    for kind, rows in met.items():
        last = max(number for number, _, _, _ in rows)
        wanted = {(number, how) for number in range(1, last + 1) for how in ("before", "after")}
        assert wanted <= {(number, how) for number, _, how, _ in rows}, kind
        writes = {how for number, _, how, _ in rows if number == last and how.startswith("in")}
        assert len(writes) > 5, kind
        for when in ("before", "after"):
            thens = {then for number, _, how, then in rows if (number, how) == (last, when)}
            assert len(thens) == 3, kind  # one purse alone


@pytest.mark.parametrize(
    ("deviation", "words"),
    [("no-journal", "in write"), ("journal-not-finished", "in write"),
     ("commit-piece-by-piece", "in write"), ("commit-after-the-answer", "command")],
)  # fmt: skip
def test_half_a_commit_is_found(deviation: str, words: str) -> None:
    result = _run(f"sim:lnt?deviate={deviation}", "C-2278")
    assert result.verdict is Verdict.FAIL
    assert words in result.reason
