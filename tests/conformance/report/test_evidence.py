"""A run is on the disk while it goes on, and can go on from there."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import support as s
from ykt_conformance.judge.results import CaseResult, RunResult
from ykt_conformance.report import folder, junit, manifest
from ykt_conformance.report.evidence import GROWING, PROGRESS, STATES, TRACE, Evidence
from ykt_conformance.report.stored import left
from ykt_conformance.report.verify import verify

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


# -- killed at any moment ------------------------------------------------------------------


def test_a_run_killed_before_its_first_case_was_kept_begins_with_nothing(tmp_path: Path) -> None:
    run = whole()
    begun(tmp_path, ())
    (tmp_path / TRACE).write_bytes(b'{"t":0.0,"ch":"ca')
    (tmp_path / STATES).write_bytes(b"{}\n")
    found = left(tmp_path)
    assert found.results == ()
    with Evidence.going_on(tmp_path, found.results, found.ends) as evidence:
        evidence.add(run.results[0])
    assert list(left(tmp_path).results) == [bare(run.results[0])]


def test_what_progress_speaks_of_is_written_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long its line is: at each write of it the run as it stands can go on."""
    run = whole()
    folder.prepare(tmp_path)
    real, checked = Evidence._write, []

    def write(evidence: Evidence, name: str, parts: Any) -> None:
        if name == PROGRESS and evidence._files:
            sizes = {one: (tmp_path / one).stat().st_size for one in GROWING[:-1]}
            ends = {one: evidence._files[one].tell() for one in GROWING[:-1]}
            checked.append(sizes == ends)
        real(evidence, name, parts)

    monkeypatch.setattr(Evidence, "_write", write)
    with Evidence(tmp_path) as evidence:
        evidence.begin(HEAD)
        for result in run.results:
            evidence.add(result)
    assert checked == [True] * 3


def test_a_run_killed_while_its_report_is_written_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process is gone."""

    def killed(*_: object, **__: object) -> None:
        raise Killed

    run = whole()
    one, two = tmp_path / "one", tmp_path / "two"
    folder.prepare(one)
    folder.write(run, one)
    for module, name in ((junit, "render"), (manifest, "write"), (Path, "unlink")):
        folder.prepare(two, force=True)
        with Evidence(two) as evidence, monkeypatch.context() as patch:
            evidence.begin(HEAD)
            for result in run.results:
                evidence.add(result)
            patch.setattr(module, name, killed)
            with pytest.raises(Killed):
                folder.finish(run, evidence)
        found = left(two)
        assert len(found.results) == 3
        with Evidence.going_on(two, found.results, found.ends) as evidence:
            folder.finish(s.replace(run, results=found.results), evidence)
        assert verify(two).whole
        assert (one / "MANIFEST").read_bytes() == (two / "MANIFEST").read_bytes()


def test_what_a_run_left_that_said_nothing_yet_is_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / PROGRESS).write_bytes(b'{"kind":"ca')
    folder.prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder.prepare(tmp_path)
    with Evidence(tmp_path) as evidence:
        monkeypatch.setattr(Evidence, "_write", full)
        with pytest.raises(OSError, match="No space left") as found:
            evidence.begin(HEAD)
        assert found.value.filename == str(tmp_path)
        with pytest.raises(OSError, match="No space left") as found:
            evidence.add(whole().results[0])
        assert found.value.filename == str(tmp_path)
