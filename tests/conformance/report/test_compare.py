"""Two runs held against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.conformance import support as s
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.verdict import Fault
from ykt_conformance.report import folder
from ykt_conformance.report.compare import Change, Comparison, compare
from ykt_conformance.report.stored import Excluded, Results, Stated, load

CASES = (s.case("C-9001"), s.case("C-9002"))


def results(place: Path, card: Any = s.FakeCard, *cases: Any, **changes: Any) -> Results:
    place.mkdir()
    folder.write(s.run(card, *(cases or CASES), **changes), place)
    return load(place).results


def against(tmp_path: Path, card: Any = s.FakeCard, *cases: Any, **changes: Any) -> Comparison:
    """What is not the same as in a run of two cases on a sound card."""
    return compare(results(tmp_path / "a"), results(tmp_path / "b", card, *cases, **changes))


def test_equal_runs_are_the_same(tmp_path: Path) -> None:
    found = against(tmp_path)
    assert found.same
    assert (found.verdicts, found.reasons, found.form, found.circumstances) == ((),) * 4
    assert found.median is not None
    assert abs(found.median - 1) < 0.01
    assert list(found.lines())[-1] == "every case came out alike"


def test_other_verdicts_and_cases_are_told(tmp_path: Path) -> None:
    bad = s.FakeCard({s.SELECT_EP: "6A82"})
    found = against(tmp_path, bad, s.case("C-9001"), s.case("C-9003"))
    assert [str(change) for change in found.verdicts] == [
        "C-9001: PASS -> FAIL", "C-9002: PASS -> not there", "C-9003: not there -> FAIL",
    ]  # fmt: skip
    assert not found.same


def test_another_reason_is_told_but_not_another_number(tmp_path: Path) -> None:
    def failing(reason: str) -> Any:
        return s.case("C-9001", judge=lambda _view: Fault(reason))

    one, two, three = (
        results(tmp_path / name, s.FakeCard, failing(reason))
        for name, reason in (
            ("a", "balance 7, expected 5"), ("b", "balance 8, expected 5"), ("c", "no balance"),
        )
    )  # fmt: skip
    assert compare(one, two).same
    (change,) = compare(one, three).reasons
    assert (change.what, change.after) == ("C-9001", "no balance")


def test_suite_form_and_seed_are_told(tmp_path: Path) -> None:
    found = against(tmp_path, form=ics.load("dual"), seed=9)
    assert {change.what for change in found.circumstances} == {"ICS", "seed"}
    assert any(str(change) == "lnt.claimed: False -> True" for change in found.form)
    one = results(tmp_path / "c")
    suite = replace(one.suite, version="9")
    (change,) = compare(one, replace(one, suite=suite)).circumstances
    assert (change.what, change.after[:2]) == ("suite", "9 ")


def test_a_case_that_takes_much_longer_is_told(tmp_path: Path) -> None:
    one = results(tmp_path / "a")
    first, second = one.cases
    slow = replace(one, cases=(replace(first, duration_s=first.duration_s + 1), second))
    (change,) = compare(one, slow).times
    assert change.what == "C-9001"
    assert compare(one, slow).same


def test_a_case_that_was_excluded_is_told_so(tmp_path: Path) -> None:
    one = results(tmp_path / "a")
    case = one.cases[1]
    other = replace(one, cases=one.cases[:1], excluded=(Excluded(case.id, "why"),),
                    campaign=Stated("c.toml", "ab" * 32))  # fmt: skip
    found = compare(one, other)
    assert [str(change) for change in found.verdicts] == [f"{case.id}: PASS -> excluded"]
    assert [str(change) for change in found.circumstances] == [
        "campaign: none -> c.toml (abababab)"
    ]
    assert compare(other, other).same


def test_in_chinese() -> None:
    found = Comparison(
        circumstances=(Change("campaign", "none", "c.toml (00)"),),
        form=(Change("tunion.ef17", "True", "not there"),),
        verdicts=(Change("C-0101", "PASS", "FAIL in 1, PASS in 2"), Change("C-1", "excluded", "x")),
        reasons=(Change("C-0102", "the trace has no times", "the card was taken away"),),
        times=(),
        median=1.5,
    )
    assert list(found.lines("zh")) == [
        "检测：检测任务：无 -> c.toml (00)",
        "ICS：tunion.ef17：True -> 无",
        "结论：C-0101：通过 -> 不通过：1，通过：2",
        "结论：C-1：排除 -> x",
        "原因：C-0102：报文记录没有时间 -> 卡片已被移开",
        "用时：全部项目的中位数为原来的 1.50 倍",
    ]
    assert list(Comparison((), (), (), (), (), None).lines("zh")) == ["各项结果均相同"]
