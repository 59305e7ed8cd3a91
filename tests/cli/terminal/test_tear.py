"""`ykt tear`: tables, JSON, the folder, one story, exit codes."""

from __future__ import annotations

import json

import pytest

from ykt_sim.bench.sweep import AFTER, FLOWS
from ykt_sim.card import CardImage
from ykt_sim.sam import SamImage
from ykt_sim.terminal import reread
from ykt_sim.trace.jsonl import read_trace

#: A short sweep that finds nothing, and one that does.
SOUND = ("tear", "--flow", "lnt-purchase", "--after", "second", "--samples", "12", "--seed", "1")
WRONG = (*SOUND[:5], "--deviate", "sam:number-back-at-reset", "--samples", "5", "--seed", "1")


def test_a_sweep_that_finds_nothing(run):
    result = run(*SOUND, "--jobs", "1")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["flow", "流程", "points", "stories", "broken"]
    assert lines[1].split() == ["lnt-purchase", "岭南通普通消费", "143", "12", "0"]
    assert lines[-1] == "12 stories, 143 points, 0 broke a rule"
    assert "  second       同一秒" in result.stdout


def test_one_that_finds_something(run, tmp_path):
    out = tmp_path / "torn"
    result = run(*WRONG, "--jobs", "1", "--out", str(out))
    assert result.exit_code == 1
    assert "B-NUMBER after tap" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("5 broke a rule: B-NUMBER 5")
    found = json.loads((out / "swept.json").read_text("utf-8"))
    assert (found["stories"], found["violations"], len(found["rows"])) == (5, 5, 5)
    assert found["columns"] == ["flow", "cuts", "steps", "after", "first", "back", "broken"]
    page = (out / "index.html").read_text("utf-8")
    assert "5 stories from 143 points, 5 broke a rule" in page
    assert "闪卡扫描" in page
    folder = out / "broken" / "001"
    assert {path.name for path in folder.iterdir()} == {
        "card.json", "psam.json", "journal", "trace.jsonl", "story.txt", "case.json",
    }  # fmt: skip
    CardImage.from_json((folder / "card.json").read_text("utf-8"))
    psam = SamImage.from_json((folder / "psam.json").read_text("utf-8"))
    assert psam.next_serial == 2
    assert reread((folder / "journal").read_bytes()).damaged == ()
    trace = read_trace((folder / "trace.jsonl").read_text("utf-8").splitlines())
    assert {event.channel for event in trace.events if hasattr(event, "channel")} >= {"card", "sam"}


def test_the_line_of_a_story_plays_it_again(run, tmp_path):
    out = tmp_path / "torn"
    run(*WRONG, "--jobs", "1", "--out", str(out))
    told = (out / "broken" / "002" / "story.txt").read_text("utf-8").splitlines()
    (again,) = (line for line in told if line.startswith("again: ykt "))
    result = run(*again.removeprefix("again: ykt ").split())
    assert result.exit_code == 1
    assert told[2:] == result.stdout.splitlines()
    assert json.loads((out / "broken" / "002" / "case.json").read_text("utf-8"))["again"] in again


def test_one_story(run, tmp_path):
    words = ("tear", "--flow", "lnt-purchase", "--cut", "9:leave-after", "--after", "second")
    result = run(*words, "--out", str(tmp_path / "one"))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("tap 2 08:00:10 A at here cut 9:leave-after (DEBIT FOR PURCHASE")
    assert lines[1].startswith("tap 3 08:00:10 A at here: accepted recovered lnt 190")
    assert (tmp_path / "one" / "trace.jsonl").exists()
    plain = json.loads(run(*words, "--json").stdout)
    assert (plain["first"], plain["back"]) == ("retry YKT-11", "accepted recovered")


def test_json(run):
    found = json.loads(run(*SOUND, "--jobs", "1", "--json").stdout)
    assert found["points"] == {"lnt-purchase": 143}
    assert found["violations"] == 0
    assert found["broken"] == []


def test_the_list_of_what_there_is(run):
    text = run("tear", "--list").stdout
    assert all(flow.name in text and flow.zh in text for flow in FLOWS)
    assert all(after.zh in text for after in AFTER.values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--flow x", "no flow 'x'; there are lnt-purchase"),
        ("--flow lnt-load --all", "give either --flow or --all"),
        ("--card nobody", "no"),
        ("--card lnt --flow tunion-load", "card lnt has no tunion purse"),
        ("--terminal nowhere", "no terminal profile 'nowhere'"),
        ("--cut 9:lie", "--cut plays one story: give one --flow"),
        ("--flow lnt-load --cut 9:x", "a cut is STEP:HOW"),
        ("--flow lnt-load --cut 99:lie", "cut 99:lie is never reached"),
        ("--deviate torn-forgotten", "card:NAME, terminal:NAME or sam:NAME"),
        ("--deviate sam:x", "no PSAM deviation x"),
        ("--depth 0", "--depth"),
        ("--samples 0", "--samples"),
        ("--out {file} --samples 1", "no folder"),
    ],
)
def test_words_that_mean_nothing(run, tmp_path, words, said):
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    result = run("tear", *words.format(file=file).split(), "--jobs", "1")
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
