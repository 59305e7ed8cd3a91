"""What a report has on paper only; how it looks is tried in test_browser and test_pdf."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from tests.conformance.report import fixture
from ykt_conformance.judge.campaign import read
from ykt_conformance.judge.deviation import Deviation, Modelled
from ykt_conformance.judge.results import Exclusion
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.html.paper import local, running_head
from ykt_conformance.report.html.run_page import render
from ykt_conformance.report.html.words import cut

HEAD = 'version = 1\nkind = "campaign"\n'
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("moment", "zone", "said"),
    [
        ("2026-03-02T00:30:00+00:00", CHINA, "2026-03-02 08:30:00 UTC+08:00"),
        ("2026-03-02T08:30:00+08:00", None, "2026-03-02 08:30:00 UTC+08:00"),
        ("2026-07-01T00:00:00-03:30", None, "2026-07-01 00:00:00 UTC-03:30"),
        ("2026-03-02T08:30:00", CHINA, "2026-03-02T08:30:00"),
        ("", CHINA, ""),
        ("soon", None, "soon"),
    ],
)
def test_times_are_those_of_the_laboratory(moment: str, zone: ZoneInfo | None, said: str) -> None:
    assert local(moment, zone) == said


def test_the_margins_hold_product_report_and_evidence_and_nothing_else() -> None:
    campaign = read(
        HEAD + '[product]\nmodel = \'"} body { x: url(//a) }\'\n[report]\nnumber = "7"', "c"
    )
    run = fixture.run_of([fixture.case(1, Verdict.PASS)], campaign=campaign)
    style = running_head(run, Hider(numbers=True), "ab12")
    assert "body {" not in style
    assert "url(" not in style
    assert style.count("{") == style.count("}") == 5
    assert "SHA\\2d 256\\20 ab12" in style
    assert "counter(page)" in style


def test_the_cover_says_what_the_campaign_states_and_what_was_left_out() -> None:
    campaign = read(HEAD + '[product]\nmodel = "Card 9"\n[laboratory]\nname = "Lab"', "c")
    left = Exclusion(id="C-0909", subject="card", group="load", title="A load", title_zh="圈存",
                     clauses=(), because="kept whole", need="tear")  # fmt: skip
    failed = fixture.case(2, Verdict.FAIL, reason="the trace has no times")
    run = fixture.run_of(
        [fixture.case(1, Verdict.PASS), failed], campaign=campaign, excluded=(left,)
    )
    page = render(run, evidence="ab" * 32)
    cover = page.split('id="cover"')[1].split('id="contents"')[0]
    for said in ("Card 9", "Lab", "With 1 exclusion.", "C-0909", "needs tear, excluded: kept whole",
                 "报文记录没有时间", "C-0102", "ab" * 32, "审核"):  # fmt: skip
        assert said in cover, said
    assert "<h1>Card 9</h1>" in page
    table = page.split('id="results"')[1].split("</section>")[0]
    assert table.count("<tr") == 1 + 2 + 1


def test_what_passed_has_the_room_of_a_reason_for_its_title_and_ids_lead_to_cases() -> None:
    long = "Every word of a title that is longer than the half of a line is on the first page too"
    failed = fixture.case(2, Verdict.FAIL, reason="the trace has no times", title=long)
    left = Exclusion(id="C-0909", subject="card", group="load", title="A load", title_zh="圈存",
                     clauses=(), because="kept whole", need="tear")  # fmt: skip
    page = render(fixture.run_of([fixture.case(1, Verdict.PASS), failed], excluded=(left,)))
    table = page.split('id="results"')[1].split("</section>")[0]
    passed, wrong, out = table.split("<tr")[2:]
    assert 'colspan="2"' in passed
    assert [row.count("<td") for row in (passed, wrong, out)] == [2, 3, 3]
    assert ['href="#C-' in row for row in (passed, wrong, out)] == [True, True, False]
    cover = page.split('id="cover"')[1].split('id="contents"')[0]
    assert long in cover
    assert '<a href="#C-0102"><code>C-0102</code></a>' in cover


@pytest.mark.parametrize(
    ("started", "finished", "said"),
    [
        ("2026-03-02T08:30:00+08:00", "2026-03-02T08:31:05+08:00",
         "2026-03-02 08:30:00 – 08:31:05 UTC+08:00"),
        ("2026-03-02T23:59:00+08:00", "2026-03-03T00:01:05+08:00",
         "2026-03-02 23:59:00 UTC+08:00 – 2026-03-03 00:01:05 UTC+08:00"),
        ("2026-03-02T08:30:00+08:00", "2026-03-02T01:31:05+01:00",
         "2026-03-02 08:30:00 UTC+08:00 – 2026-03-02 01:31:05 UTC+01:00"),
        ("soon", "later", "soon – later"),
        ("soon", "soon", "soon"),
    ],
)  # fmt: skip
def test_the_date_of_a_test_says_the_day_once(started: str, finished: str, said: str) -> None:
    run = replace(fixture.run_of([fixture.case(1, Verdict.PASS)]), started=started,
                  finished=finished)  # fmt: skip
    assert f"<dd>{said}</dd>" in render(run).split('id="contents"')[0]


@pytest.mark.parametrize(
    ("value", "most", "said"),
    [
        ("abc", 0, "abc"),
        ("abc", 3, "abc"),
        ("abcd", 3, "abc…"),
        ("中文字", 4, "中文…"),
        ("", 1, ""),
    ],
)
def test_texts_are_cut_by_columns(value: str, most: int, said: str) -> None:
    assert cut(value, most) == said


def test_rules_that_are_broken_say_the_same_in_both_languages_and_lead_to_their_cases() -> None:
    found = tuple(
        Deviation(
            rule="R-BAL", level="must", text="GET BALANCE tells the amounts as they are",
            source="[GM 8.14]", clauses=(), why="9 fen, not 8", expected="000000089000",
            received="000000099000", command="805C0002", case=case,
        )
        for case in ("C-0101", "C-0102", "C-0103", "C-0102")
    )  # fmt: skip
    run = fixture.run_of([fixture.case(n, Verdict.FAIL) for n in (1, 2, 3)],
                         model=Modelled(70, 5, found))  # fmt: skip
    part = render(run).split('id="model"')[1].split("</section>")[0]
    assert "70 exchanges judged by the reference model, and 5 more of which no source" in part
    assert "参考模型判定 70 次交互，另有 5 次无依据" in part
    assert "9 分，应为 8 分" in part
    assert "and 3 more times" in part
    assert re.findall('href="#(C-[0-9]+)"', part) == ["C-0101", "C-0102", "C-0103"]
