"""The page of a sweep: flows, points, what was said, what did not agree."""

from __future__ import annotations

from ykt_conformance.report.html.tear_page import render_sweep
from ykt_sim.bench.sweep import Plan, Setting, sweep


def test_a_sweep_without_a_finding(tmp_path) -> None:
    swept = sweep(Plan(flows=("lnt-load",), samples=6, seed=2))
    page = render_sweep(swept, tmp_path / "index.html")
    assert (tmp_path / "index.html").read_text("utf-8") == page
    assert "6 stories from 129 points, 0 broke a rule" in page
    assert "岭南通圈存" in page
    assert 'id="broken"' not in page
    assert page.count("<details>") == 1


def test_a_finding_stands_first_and_is_escaped() -> None:
    setting = Setting(deviate=("terminal:torn-forgotten",))
    plan = Plan(setting=setting, flows=("lnt-purchase",), after=("second",), first=True)
    swept = sweep(plan)
    page = render_sweep(swept)
    assert page.index('id="broken"') < page.index('id="flows"')
    assert "B-TWICE after tap" in page
    assert "again: ykt tear --card dual" in page
    assert "✗" in page
