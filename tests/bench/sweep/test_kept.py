"""Stories in folders: as they were when the first rule was broken."""

from __future__ import annotations

import json

from ykt_sim.bench.sweep import Case, Cut, Setting
from ykt_sim.bench.sweep.kept import keep_story, replay_words
from ykt_sim.meaning.books.journal import Reading
from ykt_sim.trace.jsonl import read_trace

SETTING = Setting(deviate=("terminal:torn-forgotten",))
CASE = Case("lnt-purchase", (Cut(9, "leave-after"),), "same")


def test_the_words_play_the_story() -> None:
    assert replay_words(SETTING, CASE) == (
        "ykt tear --card dual --terminal bus-upgraded --flow lnt-purchase --cut 9:leave-after"
        " --after same --deviate terminal:torn-forgotten"
    )


def test_what_is_kept_is_of_the_moment(tmp_path) -> None:
    came = keep_story(tmp_path / "deep" / "story", SETTING, CASE)
    assert came.broken[0].rule.id == "B-TWICE"
    folder = tmp_path / "deep" / "story"
    assert len(Reading((folder / "journal").read_bytes()).claims) == 2, "C's, and the second one"
    trace = read_trace((folder / "trace.jsonl").read_text("utf-8").splitlines())
    told = [event.data["story"] for event in trace.events if getattr(event, "text", "") == "tear"]
    assert told == list(came.story)
    story = (folder / "story.txt").read_text("utf-8")
    assert story.endswith(f"again: {replay_words(SETTING, CASE)}\n")
    assert json.loads((folder / "case.json").read_text("utf-8"))["cuts"] == ["9:leave-after"]


def test_where_nothing_is_broken_it_is_as_it_ended(tmp_path) -> None:
    came = keep_story(tmp_path, Setting(), CASE)
    assert came.broken == ()
    assert len(Reading((tmp_path / "journal").read_bytes()).claims) == 3
