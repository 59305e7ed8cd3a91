from __future__ import annotations

from tests.conformance.report import fixture
from ykt_conformance.judge.results import Cause
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html.causes import causes_section
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.html.run_page import render


def test_each_cause_leads_to_its_cases_and_hides_what_the_page_hides() -> None:
    number = "3104870300000000017"
    cause = Cause(f"<b> of {number}", "MAC1 is wrong", ("C-0101", "C-0102"))
    run = fixture.run_of([fixture.case(1, Verdict.FAIL)], causes=(cause,))
    hider = Hider()
    hider.learn_pan(number)
    found = causes_section(run, hider)
    assert '<a href="#C-0102"><code>C-0102</code></a>' in found
    assert "&lt;b&gt; of 310487" in found
    assert number not in found
    assert 'id="causes"' in render(run)


def test_without_causes_there_is_no_section() -> None:
    assert 'id="causes"' not in render(fixture.run_of([fixture.case(1, Verdict.FAIL)]))
