from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import support as s
from ykt_conformance.report import folder, recording
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.trace.model import Trace


def test_each_trace_is_decoded_once_for_all_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Trace] = []
    annotate = recording.annotate

    def counted(trace: Trace) -> Iterator[Annotated]:
        seen.append(trace)
        return annotate(trace)

    monkeypatch.setattr(recording, "annotate", counted)
    run = s.run(s.FakeCard, s.case("C-9001"), s.case("C-9002"), s.case("C-9003", applies="lnt"))
    folder.write(run, tmp_path)
    assert seen == [result.trace for result in run.results[:2]]


def test_cases_on_one_trace_share_its_recording() -> None:
    run = s.run(s.FakeCard, s.case("C-9001"))
    (one,) = recording.recordings(run).values()
    assert (one.shared, one.anchor, one.cases) == (False, "r0", ["C-9001"])
    both = s.replace(run, results=(*run.results, *run.results))
    (one,) = recording.recordings(both).values()
    assert (one.shared, one.cases) == (True, ["C-9001", "C-9001"])
    assert one.listing.splitlines()[1].endswith("* case: id C-9001, suite 0.3.0")
