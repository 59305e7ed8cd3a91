from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import support as s
from ykt_conformance.cases.registry import SUITE_VERSION
from ykt_conformance.report import evidence, folder, recording
from ykt_conformance.report.html import hiding
from ykt_conformance.run import card
from ykt_sim.meaning.understand import Understood
from ykt_sim.trace.model import Trace


def test_each_trace_is_understood_once_for_all_that_is_judged_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Trace] = []
    understand = card.understand

    def counted(trace: Trace) -> Iterator[Understood]:
        seen.append(trace)
        return understand(trace)

    for module in (card, recording, evidence, hiding):
        monkeypatch.setattr(module, "understand", counted)
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
    lines = list(recording.listing(one.trace, one.understood, hiding.Hider()))
    assert lines[1].endswith(f"* case: id C-9001, suite {SUITE_VERSION}\n")
