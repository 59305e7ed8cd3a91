"""`ykt demo`: every pair ends as the table says, and a wrong end is noticed."""

from __future__ import annotations

import json
import sys

import msgspec
import pytest

from ykt_sim.bench import demo as matrix
from ykt_sim.cli.demo import verbs as demo
from ykt_sim.cli.kit.show import width
from ykt_sim.profiles.cards import card_profile_names
from ykt_sim.profiles.terminals import terminal_profile_names
from ykt_sim.trace.jsonl import read_trace

PAIRS = len(card_profile_names()) * len(terminal_profile_names())


@pytest.fixture(scope="module")
def pairs():
    plan = matrix.load_demo()
    return list(matrix.run_demo(plan, seed=1, done=lambda _name, _card: None))


def test_the_command(run, tmp_path):
    out = tmp_path / "out"
    result = run("demo", "--out", str(out))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert max(width(line) for line in lines[:-1]) <= 80
    assert lines[0].split() == ["lnt", "tunion", "dual", "blank"]
    assert lines[-1].startswith(f"{PAIRS} of {PAIRS} taps as expected")
    assert len(list((out / "traces").iterdir())) == PAIRS
    assert sorted(path.stem for path in (out / "cards").iterdir()) == sorted(card_profile_names())
    found = json.loads((out / "demo.json").read_text(encoding="utf-8"))
    assert len(found["pairs"]) == PAIRS
    for path in (out / "traces").iterdir():
        trace = read_trace(path.read_text(encoding="utf-8"))
        assert trace.events[0].t == 0.0
        assert f"{trace.header.card}-{trace.header.terminal}.jsonl" == path.name
    assert run("card", "show", str(out / "cards" / "dual.json")).exit_code == 0


def test_two_runs_are_the_same(run, tmp_path):
    for name in ("a", "b"):
        assert run("demo", "--out", str(tmp_path / name), "--json").exit_code == 0
    assert (tmp_path / "a" / "demo.json").read_bytes() == (
        tmp_path / "b" / "demo.json"
    ).read_bytes()
    trace = "traces/dual-metro-exit.jsonl"
    assert (tmp_path / "a" / trace).read_bytes() == (tmp_path / "b" / trace).read_bytes()


def test_a_failed_expectation_is_code_1(run, tmp_path, monkeypatch):
    plan = matrix.load_demo()
    first, *rest = plan.terminal
    changed = msgspec.structs.replace(first, expect={**first.expect, "lnt": "refused 2449"})
    plan = msgspec.structs.replace(plan, terminal=(changed, *rest))
    monkeypatch.setattr("ykt_sim.cli.demo.verbs.load_demo", lambda: plan)
    result = run("demo", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert "! lnt at load-point: expected 'refused 2449', got 'accepted lnt 5000'" in result.stdout
    assert f"{PAIRS - 1} of {PAIRS} taps as expected" in result.stdout


@pytest.mark.parametrize(("tty", "said"), [(True, "2 of 36 taps"), (False, "")])
def test_progress_is_told_to_people_who_wait(monkeypatch, capsys, pairs, tty, said):
    monkeypatch.setattr(demo, "_PATIENCE", -1.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: tty)
    assert list(demo._watched(pairs[:2], matrix.load_demo())) == pairs[:2]
    assert said in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(run, tmp_path):
    (tmp_path / "file").write_text("x")
    result = run("demo", "--out", str(tmp_path / "file"))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert run("demo", "--seed", "x").exit_code == 2
