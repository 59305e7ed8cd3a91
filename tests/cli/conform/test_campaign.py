from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.cli.conftest import Run
from tests.trace.turns import turns
from ykt_conformance.judge import campaign
from ykt_conformance.report.verify import verify
from ykt_sim.cli.conform import campaign as campaign_verbs
from ykt_sim.trace.jsonl import write_trace


def test_campaign_and_exclusions(run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "campaign.toml", tmp_path / "out"
    assert run("conform", "campaign", "new").output == campaign.new()
    assert run("conform", "campaign", "new", "--out", str(path)).exit_code == 0
    assert run("conform", "campaign", "new", "--out", str(path)).exit_code == 3
    text = path.read_text("utf-8").replace('model = ""', 'model = "Card 9"')
    path.write_text(text + 'tear = "kept whole"\n', "utf-8")
    told = run("conform", "campaign", "check", str(path)).output
    assert "model 型号: Card 9" in told
    assert "excluded tear: kept whole" in told
    assert "left empty: laboratory.name" in told
    told = json.loads(run("conform", "campaign", "check", str(path), "--json").output)
    assert told["product"] == {"model": "Card 9"}
    words = ("conform", "card", "--target", "sim:tunion", "--case", "C-0101", "--case", "C-1812",
             "--case", "C-0104", "--campaign", str(path), "--exclude", "C-0101=a = b")  # fmt: skip
    done = run(*words, "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "C-0101  excluded        The T-Union purse" in done.output
    assert "1 PASS, with 2 exclusions" in done.output
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert [(one["id"], one["need"], one["because"]) for one in results["excluded"]] == [
        ("C-0101", "", "a = b"), ("C-1812", "tear", "kept whole"),
    ]  # fmt: skip
    assert results["campaign"]["product"] == {"model": "Card 9"}
    assert (out / "campaign.toml").read_text("utf-8") == path.read_text("utf-8")
    assert "1 of 3 cases would be run" in run(*words, "--dry-run").output
    assert not any(one["runs"] for one in json.loads(run(*words, "--dry-run", "--json").output)[1:])


def test_recordings_of_one_file_leave_the_same_out(run: Run, tmp_path: Path) -> None:
    """Also where a case applies to some of the drafted forms only."""
    path, out = tmp_path / "two.jsonl", tmp_path / "out"
    first, second = turns(1), turns(1, terminal="bus-upgraded", profile="dual", seed=2)
    later = first.events[-1].t + 60
    path.write_text(write_trace(replace(first, events=(
        *first.events, *(replace(event, t=event.t + later) for event in second.events)
    ))))  # fmt: skip
    words = ("conform", "trace", str(path), "--exclude", "C-0103=x", "--exclude", "tear=y")
    done = run(*words, "--out", str(out))
    assert done.exit_code in (0, 1, 2), done.output
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert len(results["recordings"]) == 2
    assert {one["form"] for one in results["recordings"]} == {1, 2}
    left = {one["id"] for one in results["excluded"]}
    assert "C-0103" in left
    assert not left & {one["id"] for one in results["cases"]}
    checked = run("conform", "verify", str(out))
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("C-0101", "expected CASE=REASON"),
        ("C-0101= ", "expected CASE=REASON"),
        ("C-9999=why", "nothing to exclude by 'C-9999'"),
    ],
)
def test_exclusions_that_are_none(run: Run, word: str, said: str) -> None:
    done = run("conform", "card", "--target", "sim:dual", "--case", "C-0101", "--exclude", word)
    assert done.exit_code == 3
    assert said in done.output


def test_pdf_says_what_is_missing_and_print_is_kept(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("conform", "pdf", str(tmp_path))
    assert done.exit_code == 3
    assert "report.html" in done.output
    out = tmp_path / "out"
    run("conform", "card", "--target", "sim:dual", "--case", "C-0101", "--print", "failures",
        "--out", str(out))  # fmt: skip
    assert 'data-print="failures"' in (out / "report.html").read_text("utf-8")
    asked: list[Any] = []

    def write(folder: Path, target: Path, *, progress: object, **how: str) -> int:
        assert callable(progress)
        asked.append((folder, target, how))
        return 7

    monkeypatch.setattr(campaign_verbs.reports, "write_pdf", write)
    done = run("conform", "pdf", str(out), "--lang", "zh", "--print", "full")
    assert done.output == "out.pdf: written, 7 pages\n"
    assert asked == [(out, tmp_path / "out.pdf", {"printed": "full", "lang": "zh"})]
    (tmp_path / "out.pdf").touch()
    assert run("conform", "pdf", str(out)).exit_code == 3
    assert verify(out).whole
