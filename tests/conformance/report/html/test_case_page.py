"""The head of a case: its story, and whole numbers where they were asked for."""

from __future__ import annotations

import re

from tests.conformance.report import fixture
from tests.conformance.report.html.test_run_page import case_text
from tests.trace.corpus import load
from ykt_conformance.judge.story import story_of
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html.markup import both
from ykt_conformance.report.html.run_page import render
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.understand import understand

RIDE = load("tunion-bus-tunion")


def test_a_run_may_show_whole_numbers() -> None:
    found = fixture.run_of([fixture.case(1, Verdict.FAIL, RIDE)], unmasked=True)
    page = render(found)
    assert "3105170000000000001" in page
    assert "card numbers are whole" in page


def test_the_story_heads_its_case() -> None:
    story = story_of(RIDE.header, understand(RIDE), KeyRing())
    assert {line.name for line in story} >= {"card", "terminal", "done", "outcome"}
    found = fixture.case(1, Verdict.FAIL, RIDE, story=story, reason="REASON")
    shown = case_text(render(fixture.run_of([found])), found.id)
    places = [shown.index(both(line.name, line.zh)) for line in story]
    assert places == sorted(places)
    assert places[-1] < shown.index("REASON")
    (number,) = re.findall("[0-9]{16,19}", story[0].said.en)
    assert number not in shown


def test_the_story_of_a_recording_of_many_cases_stands_once() -> None:
    story = story_of(RIDE.header, understand(RIDE), KeyRing())
    found = [fixture.case(n, Verdict.PASS, RIDE, story=story) for n in range(3)]
    page = render(fixture.run_of(found, kind="trace", target="tap.jsonl"))
    assert page.count('class="facts story"') == 1
    assert page.index('id="recordings"') < page.index('class="facts story"')
