from __future__ import annotations

import xml.etree.ElementTree as ET

from tests.conformance import support as s
from tests.conformance.report import fixture
from ykt_conformance.judge.deviation import Deviation, Modelled
from ykt_conformance.judge.results import Exclusion, RunResult
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_conformance.report.console import lines
from ykt_conformance.report.html import run_page
from ykt_conformance.report.junit import render


def suite() -> ET.Element:
    def broken(_view: object) -> None:
        raise ValueError("x")

    def odd(_view: object) -> Fault:
        return Fault('<"&\x00\x0b\ud800>', 2, "00", "01")

    run = s.run(
        s.FakeCard,
        s.case("C-9001"),
        s.case("C-9002", judge=odd),
        s.case("C-9003", stimulus=s.one(s.CHALLENGE)),
        s.case("C-9004", judge=broken),
        s.case("C-9005", applies="lnt"),
    )
    root = ET.fromstring(render(run))  # noqa: S314 - our own text
    found = root.find("testsuite")
    assert found is not None
    return found


def test_every_verdict_has_its_own_form() -> None:
    forms = [
        [(child.tag, child.get("type")) for child in case] for case in suite().iter("testcase")
    ]
    assert forms == [
        [],
        [("failure", "FAIL")],
        [("error", "INCONCLUSIVE")],
        [("error", "ERROR")],
        [("skipped", None)],
    ]


def test_a_broken_rule_of_the_model_is_a_failing_test_case_of_its_own() -> None:
    run = s.run(s.FakeCard({s.READ_15: "0102039000"}),
                s.case(stimulus=s.one(s.SELECT_EP, s.READ_15)), ignored=frozenset())  # fmt: skip
    assert run.counts["FAIL"] == 0
    assert run.exit_code == 1
    found = ET.fromstring(render(run)).find("testsuite")  # noqa: S314 - our own text
    assert found is not None
    assert (found.get("tests"), found.get("failures")) == ("2", "1")
    [_, model] = found.iter("testcase")
    assert str(model.get("name")).startswith("model ")
    assert (model[0].tag, model[0].get("type")) == ("failure", "FAIL")
    assert "R-FCI-EP" in str(model[0].get("message"))
    assert "R-FCI-EP [must]: 00A40400 was answered" in str(model[0].text)


def advised() -> RunResult:
    """A run that passes and does not keep a rule by which nothing fails."""
    weak = Deviation(
        rule="D-SEQUENCE", level="should", text="no number of a clearing record is used twice",
        source="[YKT]", clauses=(), why="clearing record 3 was there before",
        expected="a new number", received="3", command="", case="T-2202", tap=26,
    )  # fmt: skip
    return fixture.run_of([fixture.case(1, Verdict.PASS)], model=Modelled(30, 1, (weak, weak)))


def test_a_rule_by_which_nothing_fails_is_a_test_case_that_is_never_passed() -> None:
    run = advised()
    assert run.exit_code == 0
    found = ET.fromstring(render(run)).find("testsuite")  # noqa: S314 - our own text
    assert found is not None
    assert (found.get("tests"), found.get("failures"), found.get("skipped")) == ("2", "0", "1")
    [_, model] = found.iter("testcase")
    assert str(model.get("name")).startswith("advised ")
    assert (model[0].tag, model[0].get("type")) == ("skipped", "ADVISED")
    assert "D-SEQUENCE" in str(model[0].get("message"))
    assert "clearing record 3 was there before" in str(model[1].text)


def test_a_rule_by_which_a_table_fails_is_none_of_them() -> None:
    table = fixture.case(2, Verdict.FAIL, reason="D-SEQUENCE: tap 26: clearing record 3 (row x)")
    run = fixture.run_of([table], model=advised().model)
    assert not run.advised
    assert "1 FAIL, a case failed by D-SEQUENCE" in [*lines(run)][-1]
    assert "有项目因 D-SEQUENCE 不通过" in [*lines(run, "zh")][-1]
    assert "not kept" not in [*lines(run)][-1]


def test_the_last_line_and_the_conclusion_name_such_a_rule() -> None:
    run = advised()
    assert "1 PASS, not kept although nothing fails by it: D-SEQUENCE" in [*lines(run)][-1]
    assert "未遵守但不致不通过：D-SEQUENCE" in [*lines(run, "zh")][-1]
    page = run_page.render(run)
    assert "Every applicable case passes, but not kept: D-SEQUENCE." in page
    assert "Every applicable case passes." not in page


def test_the_sums_are_right() -> None:
    found = suite()
    assert {name: found.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "1", "errors": "2", "skipped": "1",
    }  # fmt: skip


def test_reasons_survive_as_xml() -> None:
    cases = list(suite().iter("testcase"))
    failure, skipped = cases[1][0], cases[4][0]
    assert failure.get("message") == '<"&???>'
    assert failure.text is not None
    assert "expected at event 2, byte 0: 00" in failure.text
    assert str(skipped.get("message")).startswith("does not apply: lnt")


def test_names_lead_back_to_the_case() -> None:
    case = next(suite().iter("testcase"))
    assert case.get("name") == "C-9001 The purse is selected"
    assert case.get("classname") == "conformance.card.sample"


def test_what_was_left_out_is_skipped_with_its_reason() -> None:
    left = Exclusion(
        id="C-9009", subject="card", group="load", title="T", title_zh="", clauses=(),
        because='no "load"',
    )  # fmt: skip
    run = s.run(s.FakeCard, s.case("C-9001"), excluded=(left,))
    assert run.exit_code == 0
    root = ET.fromstring(render(run))  # noqa: S314 - our own text
    assert (root.get("tests"), root.get("skipped")) == ("2", "1")
    last = list(root.iter("testcase"))[-1]
    assert last.get("name") == "C-9009 T"
    assert [(one.tag, one.get("type"), one.get("message")) for one in last] == [
        ("skipped", "EXCLUDED", 'excluded: no "load"')
    ]


def test_in_chinese() -> None:
    left = Exclusion(id="C-0909", subject="card", group="load", title="A load", title_zh="圈存",
                     clauses=(), because="kept whole")  # fmt: skip
    wrong = Fault("the trace has no times", 3, "9000", "6A82", 0)
    run = fixture.run_of(
        [fixture.case(2, Verdict.FAIL, reason=wrong.reason, fault=wrong, title_zh="有说明")],
        excluded=(left,),
    )
    text = render(run, "zh")
    assert 'name="C-0102 有说明"' in text
    assert 'message="报文记录没有时间" type="FAIL"' in text
    assert "期望（第 3 条），第 0 字节：9000\n实际：6A82" in text
    assert 'message="排除：kept whole" type="EXCLUDED"' in text
    assert 'message="the trace has no times"' in render(run)
