"""The zoo must notice what is wrong with the suite itself."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from ykt_conformance.zoo import run as zoo
from ykt_conformance.zoo.run import ZooResult, run_zoo
from ykt_sim.errors import UsageError


@dataclass(frozen=True)
class Entry:
    name: str
    profile: str
    kills: Mapping[str, str]


def run(*only: str) -> ZooResult:
    ticks = itertools.count()
    return run_zoo(
        subject="terminal", only=only, clock=lambda: float(next(ticks)), now=lambda: "2026-01-01"
    )


def declare(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> None:
    monkeypatch.setattr(zoo, "declared", lambda _subject: entries)
    monkeypatch.setattr(zoo, "SOUND", {"card": (), "terminal": ()})


def test_a_deviation_dies_by_its_cases_for_its_reason() -> None:
    result = run("city-7835")
    assert result.exit_code == 0
    (mutant,) = result.table.mutants
    assert set(mutant.killed_by) == set(mutant.declared)
    assert all("7835" in reason for reason in mutant.reasons.values())
    assert result.problems == ()


def test_a_wrong_reason_is_a_failure_of_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, Entry("city-7835", "bus-upgraded", {"T-0904": "quite another thing"}))
    result = run("city-7835")
    assert result.exit_code == 1
    assert any("another reason" in problem for problem in result.problems)


def test_a_survivor_is_a_failure_of_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, Entry("city-7835", "bus-upgraded", {"T-0101": "city"}))
    result = run("city-7835")
    assert result.exit_code == 1
    assert any("T-0101 is PASS and not FAIL" in problem for problem in result.problems)
    assert result.table.survivors == result.table.mutants


def test_a_case_that_kills_nothing_is_a_failure_of_the_suite(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declare(monkeypatch, Entry("city-7835", "bus-upgraded", {"T-0904": "7835"}))
    result = run()
    assert result.exit_code == 1
    assert "T-0101" in result.table.idle
    assert "T-0904" not in result.table.idle
    assert "T-0101: no deviation kills it" in result.problems


def test_a_case_that_fails_on_a_sound_terminal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, Entry("city-7835", "bus-upgraded", {"T-0904": "7835"}))
    sound = {"card": (), "terminal": ("bus-upgraded?deviate=city-zero",)}
    monkeypatch.setattr(zoo, "SOUND", sound)
    result = run()
    assert any("T-0904 is FAIL" in text for text in result.unsound)


def test_a_declared_case_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, Entry("city-7835", "bus-upgraded", {"T-0904": "7835", "T-9999": "x"}))
    assert any("T-9999" in problem for problem in run("city-7835").problems)


def test_an_unknown_name_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no-such-thing"):
        run("no-such-thing")


def test_lines_and_document_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, Entry("city-7835", "bus-upgraded", {"T-0904": "7835"}))
    result = run("city-7835")
    text = "\n".join(result.lines())
    assert "1 of 1 deviations killed" in text
    assert "city-7835" in text
    document = result.document()
    assert document["mutants"][0]["killed_by"] == ["T-0904"]
    killed = [name for entry in document["clauses"].values() for name in entry["killed"]]
    assert set(killed) == {"city-7835"}
