"""The page of the zoo."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import replace

from tests.conformance.report import fixture
from tests.conformance.report.html.test_run_page import Outline
from ykt_conformance.report.html.zoo_page import render_zoo


def test_hostile_zoo_stays_text() -> None:
    page = render_zoo(fixture.zoo())
    Outline(page)
    assert "pan-&lt;b&gt;bold" in page
    assert "<b>bold" not in page


def test_the_mutant_table() -> None:
    zoo = fixture.zoo()
    page = render_zoo(zoo)
    words = Outline(page).text
    assert "2 of 3 deviations found, 2 not as declared, 1 cases found nothing." in words
    rows = page[page.index('id="mutants"') : page.index('id="idle"')].split("<tr>")[2:]
    assert ["not found" in row for row in rows] == [False, True, False]
    assert ["not as declared" in row for row in rows] == [True, False, False]
    assert "C-0777" in page
    kills = re.findall(r"CL-\w+-\d+.*?>found<.*?</span>(\d+)<", page)
    assert kills == ["2", "0", "0"]


def test_a_zoo_without_survivors_is_good() -> None:
    good = replace(fixture.zoo(), mutants=fixture.zoo().mutants[:1], idle=())
    page = render_zoo(good)
    assert 'class="result pass"' in page
    assert 'id="idle"' not in page


def test_it_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "zoo.html"
    assert render_zoo(fixture.zoo(), file) == file.read_text("utf-8")
