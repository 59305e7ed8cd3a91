"""A run is on the disk while it goes on, and can go on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import support as s
from ykt_conformance.judge.results import CaseResult, RunResult
from ykt_conformance.report import folder
from ykt_conformance.report.evidence import PROGRESS, STATES, TRACE, Evidence
from ykt_conformance.report.stored import left

HEAD = {
    "kind": "card", "target": "fake:card", "suite_sha256": "00", "ics_sha256": "11",
    "keys": "test", "seed": 3, "cases": ["C-9001", "C-9002", "C-9003"],
}  # fmt: skip


def whole() -> RunResult:
    return s.run(s.TearableCard, s.case("C-9001"), s.case("C-9002"), s.case("C-9003"))


def begun(place: Path, results: tuple[CaseResult, ...]) -> None:
    folder.prepare(place)
    with Evidence(place) as evidence:
        evidence.begin(HEAD)
        for result in results:
            evidence.add(result)


def bare(result: CaseResult) -> CaseResult:
    """Without what is worked out anew."""
    return s.replace(result, items=())


def test_what_came_of_the_cases_is_read_back(tmp_path: Path) -> None:
    run = whole()
    begun(tmp_path, run.results[:2])
    found = left(tmp_path)
    assert found.begun.cases == ("C-9001", "C-9002", "C-9003")
    assert list(found.results) == list(map(bare, run.results[:2]))


@pytest.mark.parametrize("name", [TRACE, STATES, PROGRESS])
def test_what_was_cut_off_in_the_middle_is_taken_away(tmp_path: Path, name: str) -> None:
    run = whole()
    begun(tmp_path, run.results[:2])
    with (tmp_path / name).open("ab") as stream:
        stream.write(b'{"t":0.0,"ch":"ca')
    found = left(tmp_path)
    assert [result.id for result in found.results] == ["C-9001", "C-9002"]
    with Evidence.going_on(tmp_path, found.results, found.ends) as evidence:
        evidence.add(run.results[2])
    assert [result.id for result in left(tmp_path).results] == ["C-9001", "C-9002", "C-9003"]


def test_a_run_that_went_on_leaves_what_one_run_would_have(tmp_path: Path) -> None:
    run = whole()
    one, two = tmp_path / "one", tmp_path / "two"
    folder.prepare(one)
    folder.write(run, one)
    begun(two, run.results[:1])
    found = left(two)
    results = (*found.results, *run.results[1:])
    with Evidence.going_on(two, found.results, found.ends) as evidence:
        for result in run.results[1:]:
            evidence.add(result)
        folder.finish(s.replace(run, results=results), evidence)
    assert (one / "MANIFEST").read_bytes() == (two / "MANIFEST").read_bytes()


def test_what_was_stopped_can_still_go_on(tmp_path: Path) -> None:
    run = whole()
    folder.prepare(tmp_path)
    with Evidence(tmp_path) as evidence:
        evidence.begin(HEAD)
        evidence.add(run.results[0])
        folder.finish(s.replace(run, results=run.results[:1], stopped=True), evidence)
    assert [result.id for result in left(tmp_path).results] == ["C-9001"]
