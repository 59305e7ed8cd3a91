"""`ykt trace sanitise`: files, refusals, and what the judge says of the result."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from tests.trace.corpus import FOLDER, SYNTHETIC, load, talk
from ykt_conformance.cases.registry import cases
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.recording import drafted_ics, judge_trace, keys_for
from ykt_sim.trace import spool
from ykt_sim.trace.jsonl import read_trace, write_trace

GOLDEN = [str(FOLDER / "synthetic" / f"{name}.jsonl") for name in SYNTHETIC]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """All golden traces, sanitised by the command, with a secret that is always the same."""
    from click.testing import CliRunner  # noqa: PLC0415

    from ykt_sim.cli.main import cli  # noqa: PLC0415

    out = tmp_path_factory.mktemp("shared") / "new"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ykt_sim.cli.trace.sanitise.secrets.token_bytes", lambda size: b"7" * size)
        words = ["trace", "sanitise", *GOLDEN, "--out", str(out)]
        result = CliRunner().invoke(cli, words, prog_name="ykt")
    assert result.exit_code == 0, result.output
    return out


def judged(trace, subject):
    ics = drafted_ics(trace, subject, "t.jsonl")
    ring, text = keys_for(trace)
    plan = RunPlan(
        cases=cases(subject), ics=ics, clock=lambda: 0.0, now=lambda: "2026-01-01T00:00:00+00:00",
        keys=ring, keys_text=text,
    )  # fmt: skip
    return {result.id: result.verdict for result in judge_trace(trace, plan, "t.jsonl").results}


@pytest.mark.parametrize("name", SYNTHETIC)
@pytest.mark.parametrize("subject", ["card", "terminal"])
def test_the_judge_says_the_same_of_both(shared, name, subject):
    new = read_trace((shared / f"{name}.jsonl").read_text(encoding="utf-8"))
    old_verdicts, new_verdicts = judged(load(name), subject), judged(new, subject)
    assert old_verdicts == new_verdicts
    assert len(new_verdicts) > 100
    if "upgraded" in name and not name.startswith("blank"):
        assert Verdict.PASS in new_verdicts.values()


def test_each_file_is_written_under_its_name(shared):
    assert sorted(path.stem for path in shared.iterdir()) == sorted(SYNTHETIC)


def test_every_run_gives_other_numbers(run, tmp_path):
    for folder in ("a", "b"):
        assert run("trace", "sanitise", GOLDEN[-1], "--out", str(tmp_path / folder)).exit_code == 0
    name = f"{SYNTHETIC[-1]}.jsonl"
    assert (tmp_path / "a" / name).read_text() != (tmp_path / "b" / name).read_text()


def test_it_says_what_it_changed_and_not_into_what(run, tmp_path):
    result = run("trace", "sanitise", "--json", GOLDEN[-1], "--out", str(tmp_path))
    (told,) = json.loads(result.stdout)["files"]
    assert told["written"] is True
    assert told["changed"]["pan"] == 1
    new = read_trace((tmp_path / f"{SYNTHETIC[-1]}.jsonl").read_text())
    (pan,) = {e.data["card"] for e in new.events if getattr(e, "text", "") == "clearing"}
    assert pan not in result.stdout


def odd(tmp_path):
    path = tmp_path / "odd.jsonl"
    path.write_text(write_trace(talk("80F2000004 11223344 > 9000")))
    return str(path)


def test_what_is_not_understood_is_refused(run, tmp_path):
    out = tmp_path / "out"
    result = run("trace", "sanitise", odd(tmp_path), GOLDEN[0], "--out", str(out))
    assert result.exit_code == 1
    assert "odd.jsonl: refused\n" in result.stdout
    assert "refused: event 0, command byte 5: data, 4 long: the command is not known" in (
        result.stdout
    )
    assert [path.name for path in out.iterdir()] == [f"{SYNTHETIC[0]}.jsonl"]


def test_or_zeroed_when_told(run, tmp_path):
    out = tmp_path / "out"
    result = run("trace", "sanitise", "--drop-unknown", odd(tmp_path), "--out", str(out))
    assert result.exit_code == 0
    assert "zeroed: event 0" in result.stdout
    assert "80F200000400000000" in (out / "odd.jsonl").read_text()


def test_many_problems_are_counted(run, tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_text(write_trace(talk(*["80F2000004 11223344 > 9000"] * 15)))
    result = run("trace", "sanitise", str(path), "--out", str(tmp_path / "out"))
    assert result.stdout.count("refused: event") == 10
    assert "and 5 more" in result.stdout


def test_codes_that_verify_nothing_are_told(run, tmp_path):
    path = tmp_path / "proof.jsonl"
    path.write_text(write_trace(talk("805A000902 0001 > 1122334455667788 9000")))
    result = run("trace", "sanitise", str(path), "--out", str(tmp_path / "out"))
    assert result.exit_code == 0
    assert "2 codes could not be made anew: they verify nothing" in result.stdout


def test_nothing_is_overwritten(run, tmp_path):
    words = ("trace", "sanitise", GOLDEN[0], "--out", str(tmp_path))
    assert run(*words).exit_code == 0
    again = run(*words)
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert run(*words, "--force").exit_code == 0
    source = str(tmp_path / f"{SYNTHETIC[0]}.jsonl")
    own = run("trace", "sanitise", source, "--out", str(tmp_path), "--force")
    assert own.exit_code == 2
    assert "would be overwritten" in own.stderr


@pytest.mark.parametrize("extra", [["-"], [GOLDEN[0]], ["missing.jsonl"]])
def test_wrong_words(run, tmp_path, extra):
    result = run("trace", "sanitise", GOLDEN[0], *extra, "--out", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_dates(run, tmp_path):
    words = ("trace", "sanitise", GOLDEN[-1], "--out", str(tmp_path), "--dates", "-400")
    assert run(*words).exit_code == 0
    text = (tmp_path / f"{SYNTHETIC[-1]}.jsonl").read_text()
    assert '"created":"2023-09-28T' in text
    assert "20241101" not in text


def test_a_pipe_is_as_good_as_a_file(run, tmp_path, monkeypatch):
    monkeypatch.setattr("ykt_sim.cli.trace.sanitise.secrets.token_bytes", lambda size: b"7" * size)
    monkeypatch.setattr(spool, "SMALL", 1)
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    named = run("trace", "sanitise", GOLDEN[3], "--out", str(tmp_path / "a"))
    piped = run(
        "trace", "sanitise", "-", "--out", str(tmp_path / "b"), stdin=Path(GOLDEN[3]).read_bytes()
    )
    assert (named.exit_code, piped.exit_code) == (0, 0)
    first, second = (tmp_path / "a" / Path(GOLDEN[3]).name), (tmp_path / "b" / "stdin.jsonl")
    assert first.read_bytes() == second.read_bytes()
    assert not list(folder.iterdir())
