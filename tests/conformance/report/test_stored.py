"""Folders of runs are read back, those of old too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import support as s
from ykt_conformance.report import folder
from ykt_conformance.report.stored import left, load, read_recordings
from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace.jsonl import write_trace


@pytest.fixture
def written(tmp_path: Path) -> Path:
    folder.write(s.run(s.FakeCard, s.case("C-9001"), s.case("C-9002", applies="lnt")), tmp_path)
    return tmp_path


def rewrite(place: Path, **changes: Any) -> None:
    path = place / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def test_results_recordings_and_form_are_read_back(written: Path) -> None:
    found = load(written)
    run = s.run(s.FakeCard, s.case("C-9001"))
    assert [case.verdict for case in found.results.cases] == ["PASS", "NOT_APPLICABLE"]
    assert [found.recording_of(case) for case in found.results.cases] == ["C-9001", None]
    assert found.recordings == {"C-9001": run.results[0].trace}
    assert found.form() == run.ics_text


def test_a_folder_of_old_has_a_trace_for_each_case(written: Path) -> None:
    trace = load(written).recordings["C-9001"]
    (written / "trace.jsonl").unlink()
    (written / "cases" / "C-9001").mkdir(parents=True)
    (written / "cases" / "C-9001" / "trace.jsonl").write_text(write_trace(trace), "utf-8")
    old = json.loads((written / "results.json").read_text("utf-8"))
    for case in old["cases"]:
        case["folder"] = case.pop("recording") and f"cases/{case['id']}"
    rewrite(written, version=1, cases=old["cases"])
    found = load(written)
    assert (found.version, found.recordings) == (1, {"C-9001": trace})
    assert [found.recording_of(case) for case in found.results.cases] == ["C-9001", None]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": 99}, "version 99; 1 to 2 can be read"),
        ({"version": "2"}, "and a version"),
        ({"format": "other"}, 'expected "format": "ykt-conformance"'),
        ({"cases": 7}, "cases"),
    ],
)
def test_what_cannot_be_read_is_refused(written: Path, changes: dict[str, Any], why: str) -> None:
    rewrite(written, **changes)
    with pytest.raises(UsageError, match=why):
        load(written)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="so no folder of a run"):
        load(tmp_path)
    (tmp_path / "results.json").write_bytes(b"\xff{")
    with pytest.raises(UsageError, match="results"):
        load(tmp_path)
    with pytest.raises(UsageError, match="no run that ended early"):
        left(tmp_path)
    with pytest.raises(TraceError, match="No such file"):
        read_recordings(tmp_path / "trace.jsonl")


def test_results_without_an_end_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "results.json").symlink_to("/dev/zero")
    with pytest.raises(UsageError, match="no regular file"):
        load(tmp_path)
