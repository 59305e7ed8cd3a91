"""`ykt trace diff`: exit codes, text and JSON."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from tests.trace.corpus import FOLDER, flipped, load
from ykt_sim.rework import align
from ykt_sim.rework import diff as comparison
from ykt_sim.trace import spool
from ykt_sim.trace.jsonl import write_trace

BUS = str(FOLDER / "synthetic" / "tunion-bus-tunion.jsonl")


@pytest.fixture
def altered(tmp_path):
    path = tmp_path / "altered.jsonl"
    path.write_text(write_trace(flipped(load("tunion-bus-tunion"), 5, "response", 3)))
    return str(path)


def test_equal(run):
    result = run("trace", "diff", BUS, BUS, "--keys", "testkeys")
    assert result.exit_code == 0
    assert result.stdout == (
        "equal; 13 events compared, 0 fields differ as they must, 0 codes not checked\n"
    )


def test_different(run, altered):
    result = run("trace", "diff", BUS, altered, "--keys", "testkeys")
    assert result.exit_code == 1
    first, last = result.stdout.splitlines()
    assert first == "event 5, GET BALANCE: balance at response byte 3: 5000 -> 5001"
    assert last.startswith("1 differences; 13 events compared")


def test_json(run, altered):
    result = run("trace", "diff", "--json", BUS, altered)
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["equal"] is False
    assert told["changes"][0]["value_b"] == "5001"


def test_a_code_that_is_wrong_in_both(run, tmp_path):
    path = tmp_path / "wrong.jsonl"
    path.write_text(write_trace(flipped(load("dual-load-point"), 6, "response", 14)))
    assert run("trace", "diff", str(path), str(path)).exit_code == 0
    result = run("trace", "diff", str(path), str(path), "--keys", "testkeys")
    assert result.exit_code == 1
    assert "wrong in the second trace" in result.stdout


def test_other_keys_for_the_second(run, tmp_path):
    card = tmp_path / "card.json"
    run("card", "new", "--profile", "lnt", "--out", str(card))
    keys = tmp_path / "keys.json"
    keys.write_text(run("card", "keys", "--json", str(card)).stdout)
    # a T-Union trace and keys of a Lingnan Tong card: nothing can be checked in it
    words = ("trace", "diff", BUS, BUS, "--keys", "testkeys", "--keys-b")
    assert run(*words, str(keys)).exit_code == 0
    assert run(*words, "nothing").exit_code == 2


def test_unusable_input(run, tmp_path):
    broken = tmp_path / "broken.jsonl"
    broken.write_text("nonsense\n")
    for words in ((BUS, str(broken)), (BUS, str(tmp_path / "none")), (BUS,)):
        result = run("trace", "diff", *words)
        assert result.exit_code == 2
        assert result.stderr.count("\n") == 1


def test_differences_that_are_not_listed_are_counted(run, tmp_path, monkeypatch):
    monkeypatch.setattr(comparison, "MAX_CHANGES", 2)
    path = tmp_path / "short.jsonl"
    lines = Path(BUS).read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:5]))
    result = run("trace", "diff", BUS, str(path))
    *_, more, last = result.stdout.splitlines()
    assert more == "and 7 more differences, not listed"
    assert last.startswith("9 differences;")
    assert json.loads(run("trace", "diff", "--json", BUS, str(path)).stdout)["unlisted"] == 7


def test_a_pipe_is_as_good_as_a_file(run, altered):
    """Standard input can be read once, a trace is gone through twice."""
    for words in ((), ("--json",), ("--keys", "testkeys")):
        named = run("trace", "diff", BUS, altered, *words)
        for a, b, piped in (("-", altered, BUS), (BUS, "-", altered)):
            result = run("trace", "diff", a, b, *words, stdin=Path(piped).read_bytes())
            assert (result.exit_code, result.stdout) == (named.exit_code, named.stdout)


def test_no_temporary_file_is_left(run, altered, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(spool, "SMALL", 1)
    assert run("trace", "diff", BUS, altered).exit_code == 1
    assert run("trace", "diff", BUS, str(tmp_path / "none")).exit_code == 2
    assert not list(folder.iterdir())


def test_where_too_little_is_common_it_is_said(run, tmp_path, monkeypatch):
    monkeypatch.setattr(align, "CELLS", 1)
    monkeypatch.setattr(align, "MAX_EDITS", 0)
    path = tmp_path / "other.jsonl"
    path.write_text(write_trace(load("lnt-metro-exit")))
    told = run("trace", "diff", BUS, str(path)).stdout
    assert "have too little in common to be aligned as a whole" in told
    assert "too little" not in run("trace", "diff", BUS, BUS).stdout
