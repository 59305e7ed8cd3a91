from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import support as s
from tests.trace.corpus import load
from ykt_conformance.cases.registry import cases
from ykt_conformance.ics import form as ics
from ykt_conformance.report import folder
from ykt_conformance.report.evidence import Evidence
from ykt_conformance.report.verify import verify
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.recording import drafted_ics, judge_trace, keys_for
from ykt_sim.errors import UsageError
from ykt_sim.trace.jsonl import event_line, read_trace
from ykt_sim.trace.opening import conversations


def written(place: Path) -> Path:
    folder.prepare(place)
    run = s.run(
        s.TearableCard({s.SELECT_EP: "6A82"}), s.case("C-9001"), s.case("C-9002", applies="lnt")
    )
    folder.write(run, place)
    return place


def test_what_lies_where(tmp_path: Path) -> None:
    place = written(tmp_path / "deep" / "run")
    names = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    assert names == {
        "MANIFEST", "results.json", "junit.xml", "ics.toml",
        "trace.jsonl", "trace.txt", "states.jsonl", "report.html",
    }  # fmt: skip
    assert (place / "ics.toml").read_text("utf-8") == ics.load("tunion").text


def document(place: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / "results.json").read_text("utf-8"))
    return found


def test_the_recording_can_be_read_again(tmp_path: Path) -> None:
    place = written(tmp_path / "run")
    (found,) = conversations(place / "trace.jsonl")
    assert (found.named.name, found.trace.exchanges[0].command) == ("C-9001", s.SELECT_EP)
    assert "conformance case C-9001" in found.trace.header.provenance
    text = (place / "trace.txt").read_text("utf-8")
    assert text.startswith("== C-9001\n# conformance case C-9001; keys")
    assert "card > 00A4040008A00000063201010500" in text
    assert "SELECT T-Union" in text


def test_every_case_says_where_its_recording_and_its_states_are(tmp_path: Path) -> None:
    place = tmp_path / "run"
    folder.prepare(place)
    run = s.run(s.TearableCard, s.case("C-9001"), s.case("C-9002", applies="lnt"), s.case("C-9003"))
    folder.write(run, place)
    first, second, third = document(place)["cases"]
    assert [case["recording"] for case in (first, second, third)] == ["C-9001", None, "C-9003"]
    assert (first["before"], first["after"]) == (third["before"], third["after"]) == (0, 1)
    states = [json.loads(line) for line in (place / "states.jsonl").read_text().splitlines()]
    assert [state["resets"] for state in states] == [0, 1]
    lines = (place / "trace.jsonl").read_text("utf-8").splitlines()[1:]
    for row, result in zip(
        document(place)["recordings"], (run.results[0], run.results[2]), strict=True
    ):
        own = lines[row["first"] : row["first"] + row["count"]]
        assert result.trace is not None
        assert own == [event_line(event) for event in result.trace.events]


def test_expected_and_received_stand_side_by_side(tmp_path: Path) -> None:
    verdict = document(written(tmp_path / "run"))["cases"][0]
    assert (verdict["expected"], verdict["received"], verdict["offset"]) == ("9000", "6A82", 0)
    assert verdict["difference"] == [
        {"offset": 0, "expected": "90", "received": "6A"},
        {"offset": 1, "expected": "00", "received": "82"},
    ]


def test_the_story_stands_with_the_recording(tmp_path: Path) -> None:
    place = tmp_path / "run"
    folder.prepare(place)
    folder.write(s.run(s.FakeCard({s.SELECT_EP: "6A82"}), s.case("C-9001")), place)
    story = document(place)["recordings"][0]["story"]
    assert list(story) == ["card", "terminal", "done", "outcome", "cause"]
    assert story["done"] == {"en": "1 SELECT, nothing else", "zh": "只有1 条选择命令"}


def test_a_folder_with_something_else_is_not_touched(tmp_path: Path) -> None:
    place = tmp_path / "run"
    place.mkdir()
    (place / "mine.txt").write_text("x")
    for force in (False, True):
        with pytest.raises(UsageError, match="is not empty"):
            folder.prepare(place, force=force)
    with pytest.raises(UsageError, match="is no folder"):
        folder.prepare(place / "mine.txt")


def test_an_earlier_run_is_replaced_by_force_only(tmp_path: Path) -> None:
    place = written(tmp_path / "run")
    with pytest.raises(UsageError, match="--force replaces an earlier run"):
        folder.prepare(place)
    (place / "note.txt").write_text("x")
    with pytest.raises(UsageError, match=r"holds note\.txt, which no run wrote"):
        folder.prepare(place, force=True)
    (place / "note.txt").unlink()
    folder.prepare(place, force=True)
    assert list(place.iterdir()) == []
    folder.write(s.run(s.FakeCard), place)
    assert verify(place).whole


def test_what_a_run_left_that_ended_early_is_replaced_by_force_only(tmp_path: Path) -> None:
    place = tmp_path / "run"
    folder.prepare(place)
    with Evidence(place) as evidence:
        evidence.begin({})
    with pytest.raises(UsageError, match="--resume goes on with it"):
        folder.prepare(place)
    folder.prepare(place, force=True)
    assert list(place.iterdir()) == []


def test_the_recording_that_cases_share_is_written_once(tmp_path: Path) -> None:
    trace = load("tunion-bus-tunion")
    ring, text = keys_for(trace)
    plan = RunPlan(
        cases=cases("card"), ics=drafted_ics(trace, "card", "t.jsonl"), clock=lambda: 0.0,
        now=lambda: "2026-01-01T00:00:00+00:00", keys=ring, keys_text=text,
    )  # fmt: skip
    place = tmp_path / "run"
    folder.prepare(place)
    folder.write(judge_trace(trace, plan, "t.jsonl"), place)
    assert read_trace((place / "trace.jsonl").read_text("utf-8")) == trace
    found = document(place)
    (row,) = found["recordings"]
    assert list(row["story"]) == ["card", "terminal", "done", "outcome"]
    assert row | {"story": 0} == {"name": "1", "first": 0, "count": len(trace.events), "story": 0}
    assert {case["recording"] for case in found["cases"]} == {"1", None}
    assert verify(place).whole
