"""A run on a console, in both languages."""

from __future__ import annotations

import re

from tests.conformance.report import fixture
from ykt_conformance.judge.deviation import Deviation, Modelled
from ykt_conformance.judge.results import Cause, Exclusion, Finding, RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.console import lines, row


def a_run() -> RunResult:
    """A run with one of everything."""
    broken = Deviation(
        rule="R-BAL", level="must", text="GET BALANCE tells the amounts as they are",
        source="[GM 8.14]", clauses=(), why="9 fen, not 8", expected="000000089000",
        received="000000099000", command="805C0002", case="C-0102",
    )  # fmt: skip
    left = Exclusion(id="C-0909", subject="card", group="load", title="A load", title_zh="圈存",
                     clauses=(), because="kept whole", need="tear")  # fmt: skip
    why = "the control was refused with 9302"
    return fixture.run_of(
        [
            fixture.case(1, Verdict.PASS, title="It is there", title_zh="存在"),
            fixture.case(2, Verdict.FAIL, title="It is told", title_zh="有说明",
                         reason="the trace has no times"),
            fixture.case(3, Verdict.NOT_APPLICABLE, title="It may be", title_zh="可能",
                         reason="does not apply: not ppse with ppse=yes"),
        ],
        excluded=(left,),
        again="ykt conform card --target sim:dual",
        causes=(Cause("the trace has no times", f"{why} | 对照被拒绝", ("C-0102", "C-0103")),),
        findings=(Finding("tunion.ef17", "yes", "no", "the trace has no times", "C-0102"),),
        model=Modelled(7, 1, (broken, broken)),
        target="sim:dual",
        seed=5,
        duration_s=1.26,
    )  # fmt: skip


def test_in_english() -> None:
    assert list(lines(a_run(), "en", ["C-0103"])) == [
        "C-0101  PASS            It is there",
        "C-0102  FAIL            It is told: the trace has no times",
        "        again: ykt conform card --target sim:dual --case C-0102",
        "C-0103  NOT_APPLICABLE  It may be: does not apply: not ppse with ppse=yes",
        "C-0909  excluded        A load: needs tear, excluded: kept whole",
        "cause: 2 cases: the trace has no times, first in C-0102: the control was refused with "
        "9302",
        "finding: tunion.ef17: claimed yes, observed no: the trace has no times (C-0102)",
        "model: R-BAL [must]: 805C0002 was answered 000000099000, expected 000000089000: 9 fen, "
        "not 8; GET BALANCE tells the amounts as they are [GM 8.14] (C-0102), and 1 more",
        "never exercised: C-0103",
        "sim:dual: 1 PASS, 1 FAIL, 1 NOT_APPLICABLE, 1 rule of the model broken, "
        "with 1 exclusion; 1.3 s, seed 5",
    ]


def test_in_chinese() -> None:
    assert list(lines(a_run(), "zh", [])) == [
        "C-0101  通过            存在",
        "C-0102  不通过          有说明：报文记录没有时间",
        "        重做：ykt conform card --target sim:dual --case C-0102",
        "C-0103  不适用          可能：不适用：非 ppse（ppse=是）",
        "C-0909  排除            圈存：需要 tear，已排除：kept whole",
        "原因：2 项，报文记录没有时间，首见于 C-0102：对照被拒绝",
        "与声明不符：tunion.ef17：声明 是，实际 否：报文记录没有时间（C-0102）",
        "参考模型：R-BAL [应]：805C0002 应答 000000099000，应为 000000089000：9 分，应为 8 分；"
        "GET BALANCE 如实给出各项金额 [GM 8.14]（C-0102），另有 1 次",
        "未涉及：无",
        "sim:dual：1 项通过，1 项不通过，1 项不适用，违反模型规则 1 条，"
        "经声明排除 1 项；1.3 秒，种子 5",
    ]


def test_a_run_of_nothing_says_so() -> None:
    empty = fixture.run_of([], findings=())
    assert "nothing was tested" in list(lines(empty))[-1]
    assert "没有检测任何项目" in list(lines(empty, "zh"))[-1]


def test_columns_are_as_wide_in_either_language() -> None:
    assert re.sub("[通过]", "xx", row("C-1", "通过", "T")) == row("C-1", "xxxx", "T")


def test_what_a_tap_breaks_is_told_as_such_in_both_languages() -> None:
    broken = Deviation(
        rule="D-TORN-TWICE", level="must", text="it is not debited again",
        source="[GM 8.13.5]", clauses=(), why="debited again, 190 fen had moved unheard",
        expected="no commit", received="1", command="80540100", case="T-2202", tap=26,
    )  # fmt: skip
    run = fixture.run_of([fixture.case(1, Verdict.PASS)], model=Modelled(30, 1, (broken,)))
    (english,) = (line for line in lines(run, "en") if line.startswith("model:"))
    (chinese,) = (line for line in lines(run, "zh") if line.startswith("参考模型："))
    assert "tap 26: debited again, 190 fen had moved unheard, expected no commit, came 1" in english
    assert chinese.startswith("参考模型：D-TORN-TWICE [应]：第 26 次刷卡：再次扣款，此前 190 分")
    assert "，实际为 1；" in chinese
    assert "应答" not in chinese.partition("；")[0].replace("应答未收到", "")
