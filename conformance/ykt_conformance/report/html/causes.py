"""Causes that several cases have in common, above the cases themselves."""

from __future__ import annotations

from ykt_conformance.judge.results import RunResult
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, tag, text
from ykt_conformance.report.html.words import told


def causes_section(run: RunResult, hider: Hider) -> Safe:
    """A line for each cause, with its cases; nothing where no two cases share one."""
    lines = []
    for cause in run.causes:
        count = len(cause.cases)
        head = tag("strong", both(f"{count} cases", f"{count} 项"))
        links = join((tag("a", tag("code", text(case)), href=f"#{case}")
                      for case in cause.cases), " ")  # fmt: skip
        parts = [tag("p", told(cause.reason, hider.text))]
        if cause.why:
            parts.append(tag("p", told(cause.why, hider.text), cls="quiet"))
        lines.append(tag("li", head, *parts, tag("p", links)))
    if not lines:
        return NOTHING
    title = tag("h2", both("By cause", "按原因归类"))
    return tag("section", title, tag("ul", *lines, cls="notes"), id="causes")
