"""Where a terminal of ours reports: what conform reads is what is written here."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ykt_conformance.drive.limits import Limits
from ykt_conformance.run.targets.evidence import FileEvidence
from ykt_conformance.run.targets.posted import PostedEvidence
from ykt_sim.bench.bench import Bench
from ykt_sim.bench.make import make_card
from ykt_sim.bench.sinks import open_sink, report_line
from ykt_sim.bench.tap import TapResult
from ykt_sim.errors import LinkError, UsageError


@pytest.fixture(scope="module")
def result() -> TapResult:
    return Bench("bus-tunion").tap(make_card("tunion", balance=5000), now="20250601081733")


@pytest.fixture
def server() -> Iterator[PostedEvidence]:
    found = PostedEvidence("http://127.0.0.1:0/", Limits(), lambda _line: None)
    yield found
    found.close()


def test_a_report_says_all_of_a_tap(result: TapResult) -> None:
    said = json.loads(report_line(result))
    assert (said["outcome"], said["amount"], said["code"]) == ("accepted", 160, "")
    assert said["clearing"]["amount"] == 160
    assert "dispute" not in said


def test_by_file(result: TapResult, tmp_path: Path) -> None:
    path = tmp_path / "taps.jsonl"
    evidence, sink = FileEvidence(path, Limits()), open_sink(str(path))
    assert sink is not None
    sink(report_line(result))
    sink(report_line(result))
    for _ in range(2):
        report = evidence.poll(0)
        assert report is not None
        assert report.decision is not None
        assert report.clearing is not None
        assert report.decision["outcome"] == "accepted"
    evidence.close()


def test_by_http(
    result: TapResult, server: PostedEvidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")  # is not asked
    sink = open_sink(server.address.replace("127.0.0.1", "localhost"))
    assert sink is not None
    sink(report_line(result))
    report = server.poll(1)
    assert report is not None
    assert report.clearing is not None
    with pytest.raises(LinkError, match="answered 400 the terminal's report"):
        sink("no report")


def test_what_cannot_be_reached(tmp_path: Path) -> None:
    sink = open_sink("http://127.0.0.1:9/")
    assert sink is not None
    with pytest.raises(LinkError, match="127"):
        sink("{}")
    (tmp_path / "taps").mkdir()
    sink = open_sink(str(tmp_path / "taps"))
    assert sink is not None
    with pytest.raises(LinkError, match="taps"):
        sink("{}")


@pytest.mark.parametrize(
    "where", ["http://10.0.0.1:80/", "https://127.0.0.1:80/", "http://127.0.0.1/", "ftp://x:1/",
              "http://127.0.0.1:99999/", "/no/such/folder/taps"],
)  # fmt: skip
def test_places_that_are_none(where: str) -> None:
    with pytest.raises(UsageError):
        open_sink(where)


def test_nothing_and_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert open_sink("") is None
    sink = open_sink("-")
    assert sink is not None
    sink('{"outcome": "retry"}')
    assert capsys.readouterr().out == '{"outcome": "retry"}\n'


def test_a_report_that_does_not_fit_is_lost_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "taps.jsonl"
    sink = open_sink(str(path))
    assert sink is not None
    sink("{}")
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda handle, data: real(handle, data[:3]))
        with pytest.raises(LinkError, match=r"taps\.jsonl: No space left on device"):
            sink('{"outcome": "accepted"}')
    sink("{}")
    assert path.read_text() == "{}\n{}\n"
