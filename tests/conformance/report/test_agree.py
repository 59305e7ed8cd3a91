"""Each file of a folder, changed by itself with a manifest made anew, contradicts the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conformance import support as s
from ykt_conformance.judge.campaign import read
from ykt_conformance.judge.results import Exclusion
from ykt_conformance.report import folder
from ykt_conformance.report.agree import disagreements
from ykt_conformance.report.evidence import Evidence
from ykt_conformance.report.stored import load
from ykt_conformance.run.gather import Gathered
from ykt_sim.trace.jsonl import event_line
from ykt_sim.trace.model import Note


@pytest.fixture
def written(tmp_path: Path) -> Path:
    bad = s.case("C-9002", stimulus=s.one(s.CHALLENGE))
    run = s.run(s.FakeCard, s.case("C-9001"), bad, s.case("C-9003", applies="lnt"))
    folder.write(run, tmp_path)
    return tmp_path


def said(place: Path) -> list[str]:
    return list(disagreements(load(place)))


def change(place: Path, old: str, new: str) -> None:
    text = place.read_text("utf-8")
    assert old in text
    place.write_text(text.replace(old, new), "utf-8")


def results(place: Path, **changes: Any) -> None:
    path = place / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


_CAMPAIGN = """version = 1
kind = "campaign"
[exclusions]
"C-9002" = "not in the order"
"""


@pytest.fixture
def excluding(tmp_path: Path) -> Path:
    """The folder of a run from which a case was left out by its campaign file."""
    left = Exclusion(id="C-9002", subject="card", group="load", title="T", title_zh="题",
                     clauses=(), because="not in the order")  # fmt: skip
    run = replace(s.run(s.FakeCard, s.case("C-9001")), excluded=(left,),
                  campaign=read(_CAMPAIGN, "c.toml"))  # fmt: skip
    folder.write(run, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new", "why"),
    [
        ("campaign.toml", "not in", "not of", "campaign.toml: is not the file that results.json"),
        ("campaign.toml", "not in", "not of", "excludes C-9002 for another reason"),
        ("campaign.toml", '"C-9002"', '"C-9001"', "excludes C-9001, results.json says PASS"),
        ("campaign.toml", "version = 1", "version = 2", r"campaign.toml: campaign.toml: $.version"),
        ("results.json", '"id":"C-9001"', '"id":"C-9002"', "C-9002 is excluded and has a"),
        ("junit.xml", 'type="EXCLUDED"', "", "C-9002 is NOT_APPLICABLE, results.json says EXCL"),
        ("report.html", "<li><code>C-9002", "<li><code>C-9003", "C-9002 is missing, results.json"),
    ],
)  # fmt: skip
def test_what_was_left_out_is_told_everywhere(
    excluding: Path, name: str, old: str, new: str, why: str
) -> None:
    assert said(excluding) == []
    change(excluding / name, old, new)
    assert any(why in one for one in said(excluding))


def test_a_campaign_file_that_nobody_names_is_named(written: Path) -> None:
    (written / "campaign.toml").write_text(_CAMPAIGN)
    assert said(written) == ["campaign.toml: results.json does not know it"]


def test_the_page_bears_the_hash_of_what_lies_beside_it(written: Path) -> None:
    (written / "states.jsonl").write_text("{}\n")
    why = "report.html: does not bear the SHA-256 of the evidence beside it"
    assert said(written) == [why]


def test_what_was_written_agrees(written: Path) -> None:
    assert said(written) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "why"),
    [
        ("junit.xml", 'type="INCONCLUSIVE"', 'type="ERROR"', "C-9002 is ERROR, results.json says"),
        ("junit.xml", 'name="C-9001 ', 'name="C-9009 ', "C-9001 is missing"),
        ("junit.xml", 'name="C-9001 ', 'name="C-9009 ', "C-9009 is PASS, results.json does not"),
        ("junit.xml", "<testsuites ", "<!DOCTYPE x><testsuites ", "declares a document type"),
        ("junit.xml", "</testsuites>", "", "junit.xml: "),
        ("report.html", 'data-v="INCONCLUSIVE" data-g', 'data-v="PASS" data-g', "C-9002 is PASS"),
        ("ics.toml", "version", "# version", "is not the form that results.json names"),
        ("results.json", '"INCONCLUSIVE":1', '"INCONCLUSIVE":0', "counts 0 INCONCLUSIVE, holds"),
        ("results.json", '"exit_code": 2', '"exit_code": 0', "exit code 0 although"),
        ("results.json", '"recording":"C-9001"', '"recording":"x"', "which is not there"),
        ("results.json", '"verdict":"PASS"', '"verdict":"FINE"', "no verdict: FINE"),
        ("trace.jsonl", '"name":"C-9001"', '"name":"C-9"', "names other recordings than"),
        ("trace.jsonl", '{"t"', '{"tt"', "trace.jsonl"),
        ("results.json", '"recording":"C-9001"', '"recording":null', "PASS without a recording"),
        ("results.json", '"kind": "card"', '"kind": "trace"', "another kind of run"),
        (
            "junit.xml",
            'name="suite.sha256" value="',
            'name="suite.sha256" value="0',
            "suite.sha256",
        ),
        ("junit.xml", 'name="keys" value="', 'name="keys" value="no ', "keys is not that of"),
        ("report.html", 'data-count="PASS">1<', 'data-count="PASS">2<', "counts other verdicts"),
        ("trace.txt", "6D00", "9000", "trace.txt: does not say what trace.jsonl holds"),
        ("trace.jsonl", "6D00", "6D01", "trace.txt: does not say what trace.jsonl holds"),
    ],
)
def test_a_file_that_says_otherwise_is_named(
    written: Path, name: str, old: str, new: str, why: str
) -> None:
    change(written / name, old, new)
    assert any(why in one for one in said(written)), said(written)


def test_a_recording_that_grew_is_named(written: Path) -> None:
    path = written / "trace.jsonl"
    lines = path.read_text("utf-8").splitlines()
    lines.insert(3, event_line(Note(t=0.0, text="more")))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    assert len([one for one in said(written) if "does not stand where" in one]) == 2


def test_a_failure_with_another_exit_code_is_named(tmp_path: Path) -> None:
    folder.write(s.run(s.FakeCard({s.SELECT_EP: "6A82"}), s.case("C-9001")), tmp_path)
    assert said(tmp_path) == []
    results(tmp_path, exit_code=2)
    assert said(tmp_path) == ["results.json: exit code 2 although a case fails"]


def test_a_run_that_passes_has_the_exit_code_of_one(tmp_path: Path) -> None:
    folder.write(s.run(s.FakeCard, s.case("C-9001")), tmp_path)
    results(tmp_path, exit_code=2, model=None)
    assert said(tmp_path) == ["results.json: exit code 2 although every case passes"]


def test_verdicts_of_several_recordings_are_told_in_one_way(tmp_path: Path) -> None:
    run = s.run(s.FakeCard, s.case("C-9001"))
    gathered = Gathered()
    with Evidence(tmp_path) as evidence:
        for number in (1, 2):
            trace = run.results[0].trace
            assert trace is not None
            evidence.record(str(number), trace)
            gathered.add(run, str(number), "log", str(number))
        folder.finish(gathered.result("log"), evidence)
    assert said(tmp_path) == []
    change(tmp_path / "results.json", '"found_in":"1-2"', '"found_in":"1"')
    assert said(tmp_path) == ["results.json: the verdicts of recording '2' are told in two ways"]


def test_whole_numbers_that_were_asked_for_are_no_contradiction(tmp_path: Path) -> None:
    folder.write(s.run(s.FakeCard, s.case("C-9001"), unmasked=True), tmp_path)
    assert s.PAN in (tmp_path / "trace.txt").read_text("utf-8")
    assert said(tmp_path) == []
