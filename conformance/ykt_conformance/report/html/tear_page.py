"""The page of a sweep of cuts: what was said after which cut, and what did not agree."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ykt_conformance.report.html.frame import facts, header, page
from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, table, tag, text
from ykt_sim.bench.sweep import AFTER, FLOWS, Swept
from ykt_sim.bench.sweep.kept import lines_of

_ZH = {flow.name: flow.zh for flow in FLOWS}


def render_sweep(swept: Swept, out: Path | None = None) -> str:
    """The page of a sweep; written to ``out`` as well when it is given."""
    broken, stories, points = swept.violations, len(swept.rows), sum(swept.points.values())
    head = header(
        both("Sweep of cuts", "闪卡扫描"),
        both(
            f"{swept.plan.setting.card} at {swept.plan.setting.terminal}",
            f"{swept.plan.setting.card} 卡，{swept.plan.setting.terminal} 终端",
        ),
        both(
            f"{stories} stories from {points} points, {broken} broke a rule.",
            f"{points} 个断点，{stories} 个情形，{broken} 个违反规则。",
        ),
        "fail" if broken else "pass",
    )
    plan = swept.plan
    about = facts([
        (both("depth", "断点层数"), text(plan.depth)),
        (both("drawn by seed", "随机抽样"),
         text(f"{plan.samples}, seed {plan.seed}") if plan.samples else both("no", "否")),
        (both("deviations", "偏差"), text(", ".join(plan.setting.deviate) or "–")),
    ])  # fmt: skip
    sections = [tag("section", head, about, id="summary"), _broken(swept), _flows(swept)]
    sections += [_points(swept, flow) for flow in swept.points]
    title = text(f"{broken}/{stories} broken – ykt tear")
    whole = page(title, join(sections, "\n"))
    if out is not None:
        out.write_text(whole, encoding="utf-8")
    return whole


def _broken(swept: Swept) -> Safe:
    if not swept.broken:
        return NOTHING
    stories = [
        tag("pre", text("\n".join(lines_of(swept.plan.setting, came)))) for came in swept.broken
    ]
    title = tag("h2", both("What did not agree", "不符之处"))
    return tag("section", title, *stories, id="broken")


def _flows(swept: Swept) -> Safe:
    """Flow by presentation: what the display said when the card came back, with how often."""
    head = [both("flow", "流程"), both("points", "断点")]
    names = list(dict.fromkeys(row.after for row in swept.rows))
    head += [both(AFTER[name].text, AFTER[name].zh) for name in names]
    rows = []
    for flow, points in swept.points.items():
        counts = swept.counts(flow)
        cells = [_counted(counts.get(name, Counter())) for name in names]
        rows.append([_flow(flow), text(points), *cells])
    title = tag("h2", both("When the card came back", "再次刷卡时的结果"))
    return tag("section", title, table(head, rows, "list"), id="flows")


def _flow(name: str) -> Safe:
    return join((tag("code", text(name)), Safe(" "), text(_ZH[name])))


def _counted(counts: Counter[str]) -> Safe:
    return join(
        (tag("p", text(f"{word} {count}")) for word, count in counts.most_common())
    ) or Safe("–")  # fmt: skip


def _points(swept: Swept, flow: str) -> Safe:
    """Point by presentation, of one flow; cuts that ended alike share a line."""
    lines: dict[tuple[str, str], dict[str, Counter[str]]] = {}
    for row in swept.rows:
        if row.flow != flow:
            continue
        cut, step = " ".join(row.cuts), ", ".join(row.steps)
        place = step, cut if swept.plan.samples == 0 else ""
        said = f"{row.back or 'not back'}{' ✗' if row.broken else ''}"
        lines.setdefault(place, {}).setdefault(row.after, Counter())[said] += 1
    names = list(dict.fromkeys(row.after for row in swept.rows))
    head = [both("cut at", "断点"), *(both(AFTER[name].text, AFTER[name].zh) for name in names)]
    rows = [
        [
            join((text(step), Safe(" "), tag("code", text(cut)))),
            *(_counted(said.get(name, Counter())) for name in names),
        ]
        for (step, cut), said in lines.items()
    ]
    inside = table(head, rows, "list")
    summary = tag("summary", _flow(flow), Safe(" "), text(len(rows)))
    return tag("section", tag("details", summary, inside), id=f"flow-{flow}")
