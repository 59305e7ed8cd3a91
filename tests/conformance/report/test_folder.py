from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance import support as s
from tests.trace.corpus import load
from ykt_conformance.cases.registry import cases
from ykt_conformance.ics import form as ics
from ykt_conformance.report import folder
from ykt_conformance.report.verify import verify
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.recording import drafted_ics, judge_trace, keys_for
from ykt_sim.errors import UsageError
from ykt_sim.trace.jsonl import read_trace


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
    assert names >= {
        "MANIFEST", "results.json", "junit.xml", "ics.toml",
        "cases/C-9001/trace.jsonl", "cases/C-9001/trace.txt", "cases/C-9001/verdict.json",
        "cases/C-9001/card-before.json", "cases/C-9001/card-after.json",
    }  # fmt: skip
    assert not any("C-9002" in name for name in names)
    assert (place / "ics.toml").read_text("utf-8") == ics.load("tunion").text


def test_the_recording_can_be_read_again(tmp_path: Path) -> None:
    place = written(tmp_path / "run")
    trace = read_trace((place / "cases/C-9001/trace.jsonl").read_text("utf-8"))
    assert trace.exchanges[0].command == s.SELECT_EP
    text = (place / "cases/C-9001/trace.txt").read_text("utf-8")
    assert "card > 00A4040008A00000063201010500" in text
    assert "SELECT T-Union" in text


def test_expected_and_received_stand_side_by_side(tmp_path: Path) -> None:
    place = written(tmp_path / "run")
    verdict = json.loads((place / "cases/C-9001/verdict.json").read_text("utf-8"))
    assert (verdict["expected"], verdict["received"], verdict["offset"]) == ("9000", "6A82", 0)
    assert verdict["difference"] == [
        {"offset": 0, "expected": "90", "received": "6A"},
        {"offset": 1, "expected": "00", "received": "82"},
    ]


def test_the_story_stands_with_the_verdict(tmp_path: Path) -> None:
    place = written(tmp_path / "run")
    verdict = json.loads((place / "cases/C-9001/verdict.json").read_text("utf-8"))
    assert list(verdict["story"]) == ["card", "terminal", "done", "outcome", "cause"]
    assert verdict["story"]["done"] == {"en": "1 SELECT, nothing else", "zh": "只有1 条选择命令"}
    assert "story" not in json.loads((place / "results.json").read_text("utf-8"))["cases"][0]


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


def _judged(place: Path) -> list[Path]:
    """A recording on which many cases rest; where each has it."""
    trace = load("tunion-bus-tunion")
    ring, text = keys_for(trace)
    plan = RunPlan(
        cases=cases("card"), ics=drafted_ics(trace, "card", "t.jsonl"), clock=lambda: 0.0,
        now=lambda: "2026-01-01T00:00:00+00:00", keys=ring, keys_text=text,
    )  # fmt: skip
    folder.prepare(place)
    folder.write(judge_trace(trace, plan, "t.jsonl"), place)
    return sorted(place.glob("cases/*/trace.jsonl"))


def test_the_recording_that_cases_share_is_on_the_disk_once(tmp_path: Path) -> None:
    found = _judged(tmp_path / "run")
    assert len(found) > 10
    assert len({path.stat().st_ino for path in found}) == 1
    assert len({path.with_name("verdict.json").stat().st_ino for path in found}) == len(found)
    assert verify(tmp_path / "run").whole
    folder.prepare(tmp_path / "run", force=True)
    assert not list((tmp_path / "run").iterdir())


def test_where_the_disk_cannot_link_each_case_has_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = [path.read_bytes() for path in _judged(tmp_path / "linked")]

    def cannot(_self: Path, _target: Path) -> None:
        raise OSError

    monkeypatch.setattr(Path, "hardlink_to", cannot)
    found = _judged(tmp_path / "copied")
    assert [path.read_bytes() for path in found] == linked
    assert len({path.stat().st_ino for path in found}) == len(found)
    assert verify(tmp_path / "copied").whole
