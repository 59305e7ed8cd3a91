"""The head of a case: its story, and whole numbers where they were asked for."""

from __future__ import annotations

import re
from html import escape

from msgspec.structs import replace

from tests.conformance.report import fixture
from tests.conformance.report.html.test_run_page import case_text
from tests.trace.corpus import load
from ykt_conformance.cases.clauses import load_clauses
from ykt_conformance.judge.results import Judged
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


def test_clauses_are_said_once_and_in_every_case_that_fails() -> None:
    """A case that does not stand open leads to where its clause is said."""
    verdicts = (Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE)
    found = [fixture.case(n, verdict) for n, verdict in enumerate(verdicts)]
    found = [replace(one, clauses=("CL-SEL-001", "CL-NO-SUCH")) for one in found]
    page = render(fixture.run_of(found))
    said = escape(load_clauses()["CL-SEL-001"].text)
    shown = [case_text(page, one.id) for one in found]
    assert [said in words for words in shown] == [True, False, True, False]
    assert ['href="#CL-SEL-001"' in words for words in shown] == [False, True, False, True]
    assert [words.count('id="CL-SEL-001"') for words in shown] == [1, 0, 0, 0]
    assert all(words.count("<code>CL-NO-SUCH</code>") == 1 for words in shown)
    assert 'href="#CL-NO-SUCH"' not in page


def test_a_case_names_its_recordings_where_it_came_out_otherwise_in_others() -> None:
    judged = tuple(Judged(str(number), "log", "", "PI") for number in (1, 2, 3))
    everywhere, some = (replace(fixture.case(n, Verdict.PASS, RIDE), found_in=where)
                        for n, where in enumerate(("1-3", "1,3")))  # fmt: skip
    run = replace(fixture.run_of([everywhere, some], kind="trace", target="log"), recordings=judged)
    page = render(run)
    assert "<dd>1-3</dd>" not in page
    assert "<dd>1,3</dd>" in case_text(page, some.id)
    assert "3; a case that names none of them came out alike in all" in page


def test_what_a_recording_does_not_show_is_named_without_words_at_the_head() -> None:
    found = [fixture.case(n, verdict, RIDE, reason=f"REASON {n}")
             for n, verdict in enumerate((Verdict.INCONCLUSIVE, Verdict.FAIL))]  # fmt: skip
    for kind, told in (("trace", False), ("card", True)):
        page = render(fixture.run_of(found, kind=kind, target="tap.jsonl"))
        notes = page.split('id="notes"')[1].split("</section>")[0]
        assert f'href="#{found[0].id}"' in notes
        assert ("REASON 0" in notes, "REASON 1" in notes) == (told, True)
