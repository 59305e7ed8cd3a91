"""Traces and runs that the tests of the report share."""

from __future__ import annotations

import pytest

from tests.conformance.report import fixture
from ykt_conformance.judge.results import RunResult
from ykt_conformance.report.html.run_page import render
from ykt_sim.trace.model import Trace


@pytest.fixture(scope="session")
def traces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trace, ...]:
    """Every tap of the demo."""
    return fixture.demo_traces(tmp_path_factory.mktemp("traces"))


@pytest.fixture(scope="session")
def run(traces: tuple[Trace, ...]) -> RunResult:
    """150 cases with all verdicts."""
    return fixture.run_of(fixture.results(traces, 150))


@pytest.fixture(scope="session")
def page(run: RunResult) -> str:
    """The report of that run."""
    return render(run)
