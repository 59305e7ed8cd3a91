"""``report.html``: the run for people. One file; nothing is loaded, nothing is sent.

It reads without scripts: languages and verdict filters are form controls that the style
sheet asks. A script adds search, the group filter and what goes with a click. The policy
in the page's head lets only these two run, so no text of a card or an ICS ever can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ykt_conformance.cases.clauses import load_clauses
from ykt_conformance.judge.alike import ranges
from ykt_conformance.judge.deviation import Deviation
from ykt_conformance.judge.results import ALL_PASS, SOME_FAIL, CaseResult, RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html import paper
from ykt_conformance.report.html.case_page import CaseWriter
from ykt_conformance.report.html.causes import causes_section
from ykt_conformance.report.html.frame import facts, header, page
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, table, tag, text
from ykt_conformance.report.html.paper import local
from ykt_conformance.report.html.plots import run_plot, steps
from ykt_conformance.report.html.words import (
    CLASSES,
    KINDS,
    VERDICTS,
    group_name,
    told,
    verdict_badge,
)
from ykt_conformance.report.recording import Recording, recordings
from ykt_conformance.report.said import messages

#: Case ladders together may take this many bytes; then those of passing cases are cut short.
LADDER_BUDGET: Final = 6_000_000
#: What may go to paper: `folder.PRINTS` in words.
_PRINTED: Final = (
    ("summary", "summary", "汇总"),
    ("failures", "with the cases that did not pass", "附未通过项目"),
    ("full", "everything", "全部"),
)
_WORTH_A_LINE: Final = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE)


def render(
    run: RunResult,
    out: Path | None = None,
    *,
    hider: Hider | None = None,
    evidence: str = "",
    printed: str = "summary",
) -> str:
    """The report of a run.

    Args:
        run: a finished run.
        out: file to write it to as well.
        hider: one that has learnt from all its recordings.
        evidence: SHA-256 of the evidence, for every page on paper; empty where none is written.
        printed: what goes to paper, one of `folder.PRINTS`.
    """
    known = load_clauses()
    decoded = recordings(run)
    if hider is None:
        hider = Hider(numbers=not run.unmasked)
        for one in decoded.values():
            hider.learn_trace(one.trace, one.understood)
    groups = tuple(dict.fromkeys(result.group for result in run.results))
    everywhere = ranges(range(1, len(run.recordings) + 1))
    writer = CaseWriter(hider, decoded, known, LADDER_BUDGET, everywhere)
    parts: list[tuple[str, Safe, Safe]] = [
        ("summary", both("Summary", "概要"), _summary(run, hider)),
        ("results", both("Results", "结果汇总表"), paper.results_table(run, hider, known)),
        ("findings", both("Contradictions to the ICS", "与 ICS 声明不符"), _findings(run, hider)),
        ("model", both(*paper.model_title(run)), _model(run, hider)),
        ("causes", both("By cause", "按原因归类"), causes_section(run, hider)),
        ("notes", both("What did not pass", "未通过项目"), _noteworthy(run, hider)),
        ("excluded", both("Excluded by declaration", "经声明排除的项目"),
         paper.exclusions(run.excluded, hider.text)),
        ("matrix", both("Groups and verdicts", "分组结果"), _matrix(run.results, groups)),
        ("times", both("Time of each step", "每步耗时"), _times(decoded)),
        ("", NOTHING, _filters(run.results, groups, printed)),
        ("cases", both("Cases", "检测项目"), _cases(run.results, groups, writer)),
        ("recordings", both("The recording", "报文记录"), writer.shared_section()),
        ("sources", both("Sources of the marks", "标记所指来源"),
         paper.bibliography(run, known)),
        ("ics", both("ICS as stated", "ICS 原文"), _ics(run, hider)),
    ]  # fmt: skip
    cover = paper.cover(run, hider, evidence, _result(run), KINDS[run.kind])
    listed = paper.contents(
        (anchor, name) for anchor, name, part in parts if part and anchor not in ("", "notes")
    )
    body = join((cover, listed, *(part for _, _, part in parts)), "\n")
    counts = ", ".join(f"{count} {name}" for name, count in run.counts.items() if count)
    title = text(f"{hider.text(run.target)}: {counts or 'nothing'} – ykt conform")
    margins = paper.running_head(run, hider, evidence)
    found = page(title, body, margins=margins, printed=printed)
    if out is not None:
        out.write_text(found, encoding="utf-8")
    return found


# -- summary ---------------------------------------------------------------------------


def _summary(run: RunResult, hider: Hider) -> Safe:
    kind, kind_zh = KINDS[run.kind]
    target = text(hider.text(run.campaign.product or run.target))
    over = both(f"Conformance report: {kind}", f"一致性检测报告：{kind_zh}")
    head = header(over, target, _result(run), _result_class(run))
    return tag("section", head, _tiles(run), _facts(run, hider), id="summary")


def _result(run: RunResult) -> Safe:
    counts = run.counts
    failed, unproven = counts["FAIL"], counts["INCONCLUSIVE"] + counts["ERROR"]
    if run.exit_code == ALL_PASS:
        rules = ", ".join(run.advised)
        if rules:
            return both(f"Every applicable case passes, but not kept: {rules}.",
                        f"全部适用项目通过，但未遵守：{rules}。")  # fmt: skip
        return both("Every applicable case passes.", "全部适用项目通过。")
    if run.exit_code == SOME_FAIL:
        return both(f"{failed} of {len(run.results)} cases fail.",
                    f"共 {len(run.results)} 项，{failed} 项不通过。")  # fmt: skip
    if run.model is not None and run.model.failed and not unproven:
        name, zh = paper.model_name(run)
        return both(f"No case fails, but the {name} itself failed.",
                    f"没有不通过项，但{zh}自身出错。")  # fmt: skip
    if unproven:
        return both(f"No case fails, but {unproven} could not be decided.",
                    f"没有不通过项，但 {unproven} 项无法判定。")  # fmt: skip
    return both("Nothing was tested.", "没有检测任何项目。")


def _result_class(run: RunResult) -> str:
    return {ALL_PASS: "pass", SOME_FAIL: "fail"}.get(run.exit_code, "inc")


def _tiles(run: RunResult) -> Safe:
    tiles = []
    for verdict in Verdict:
        sign, chinese = VERDICTS[verdict]
        count = run.counts[verdict.value]
        inside = (
            f'<span class="sign" aria-hidden="true">{sign}</span>'
            f'<strong data-count="{verdict}">{count}</strong>'
            f"<span>{both(verdict.value.replace('_', ' '), chinese)}</span>"
        )
        cls = f"tile {CLASSES[verdict]}{'' if count else ' none'}"
        tiles.append(
            Safe(f'<li><a class="{cls}" href="#cases" data-v="{verdict}">{inside}</a></li>')
        )
    return tag("ul", *tiles, cls="tiles")


def _facts(run: RunResult, hider: Hider) -> Safe:
    def own(value: object) -> Safe:
        return text(hider.text(str(value)))

    keys = told(run.keys, hider.text)
    numbers = ("whole", "未掩码") if run.unmasked else ("masked", "已掩码")
    said = both(
        f"Keys and personal data are not in this report; card numbers are {numbers[0]}.",
        f"本报告不含密钥和个人数据；卡号{numbers[1]}。",
    )
    if run.keys.startswith("published test keys"):
        said = join((both(
            "Test keys are public: a pass with them says nothing about live keys.",
            "测试密钥是公开的：通过结果不能推及正式密钥。",
        ), said), " ")  # fmt: skip
    count = len(run.recordings)
    many = (both("recordings", "日志编号"), both(
        f"{count}; a case that names none of them came out alike in all",
        f"共 {count} 份；未列编号的项目在全部记录中结果相同",
    ))  # fmt: skip
    versions = ", ".join(f"{name} {value}" for name, value in run.versions.items())
    zone = run.campaign.zone()
    finished = local(run.finished, zone)
    return facts([
        *paper.stated_pairs(run, hider),
        (both("target", "被测对象"), tag("code", own(run.target))),
        *([many] if count else ()),
        (both("ICS", "实现一致性声明 ICS"), join((own(run.ics_name), _sha(run.ics_sha256)), " ")),
        (both("suite", "测试套"), join((own(run.suite_version), _sha(run.suite_sha256)), " ")),
        (both("keys", "密钥"), join((keys, tag("small", said)), "<br>")),
        (both("timing", "计时方式"), told(run.timing or "none", hider.text)),
        (both("seed", "随机种子"), both("none", "无") if run.seed is None else own(run.seed)),
        (both("versions", "版本"), own(versions)),
        (both("started", "开始"), own(local(run.started, zone))),
        (both("finished", "结束"), own(f"{finished} ({run.duration_s:.2f} s)")),
        (both("exit code", "退出码"), own(run.exit_code)),
    ])  # fmt: skip


def _chinese(value: str) -> str:
    return messages().chinese(value)


def _sha(digest: str) -> Safe:
    return tag("code", text(f"SHA-256 {digest}"), cls="sha")


def _findings(run: RunResult, hider: Hider) -> Safe:
    if not run.findings:
        return NOTHING
    lines = []
    for found in run.findings:
        claimed, observed = hider.text(found.claimed), hider.text(found.observed)
        case = paper.case_link(found.case) if found.case else NOTHING
        said = both(f"claimed {claimed}, observed {observed}",
                    f"声明 {_chinese(claimed)}，实际 {_chinese(observed)}")  # fmt: skip
        head = join((tag("code", text(found.path)), tag("strong", said), case), " ")
        lines.append(tag("li", head, tag("p", told(found.why, hider.text))))
    return tag("section", tag("h2", both("Contradictions to the ICS", "与 ICS 声明不符")),
               tag("ul", *lines, cls="notes"), id="findings")  # fmt: skip


def _model(run: RunResult, hider: Hider) -> Safe:
    """What the model says of every exchange or tap, rules broken first."""
    if run.model is None:
        return NOTHING
    name, zh = paper.model_name(run)
    lines = []
    if run.model.failed:
        failed = both(f"The {name} itself failed, and judged nothing of a recording or more",
                      f"{zh}自身出错，至少有一份记录未经判定")  # fmt: skip
        lines.append(tag("li", tag("strong", failed),
                         tag("p", text(hider.text(run.model.failed)))))  # fmt: skip
    by_rule: dict[str, list[Deviation]] = {}
    for found in run.model.deviations:
        by_rule.setdefault(found.rule, []).append(found)
    lines += [_rule(group, hider) for group in by_rule.values()]
    judged, silent = run.model.judged, run.model.not_stated
    count = both(
        f"{judged} exchanges judged by the {name}, and {silent} more of which no source speaks",
        f"{zh}判定 {judged} 次交互，另有 {silent} 次无依据",
    )
    if run.ics["kind"] == "terminal":
        count = both(
            f"{judged} taps judged by the {name}, {silent} left open",
            f"{zh}判定 {judged} 次刷卡，另有 {silent} 次不作判定",
        )
    return tag("section", tag("h2", both(*paper.model_title(run))), tag("p", count),
               tag("ul", *lines, cls="notes"), id="model")  # fmt: skip


def _rule(group: Sequence[Deviation], hider: Hider) -> Safe:
    """A rule that is broken: the first time it was, how often, and in which cases."""
    found = group[0]
    link = paper.case_link(found.case) if found.case else NOTHING
    head = join((tag("code", text(f"{found.rule} {found.command}".rstrip())), link), " ")
    why = told(f"{found.why}: {found.received}", hider.text)
    expected = hider.text(found.expected)
    said = both(f"expected {expected}", f"应为 {_chinese(expected)}")
    rule = join((told(found.text, hider.text), text(found.source)), " ")
    more = NOTHING
    if len(group) > 1:
        cases = dict.fromkeys(one.case for one in group[1:] if one.case)
        more = tag("p", both(f"and {len(group) - 1} more times", f"另有 {len(group) - 1} 次"),
                   *(join((Safe(" "), paper.case_link(case))) for case in cases))  # fmt: skip
    return tag("li", head, tag("p", why), tag("p", said), tag("p", rule), more)


def _noteworthy(run: RunResult, hider: Hider) -> Safe:
    lines = []
    for verdict in _WORTH_A_LINE:
        found = [result for result in run.results if result.verdict is verdict]
        if found and run.kind == "trace" and verdict is Verdict.INCONCLUSIVE:
            # A recording shows little of the suite; why stands with each case.
            links = join((paper.case_link(result.id) for result in found), " ")
            lines.append(tag("li", verdict_badge(verdict), Safe(" "), links))
        else:
            for result in found:
                link = tag("a", tag("code", text(result.id)), Safe(" "),
                           both(result.title, result.title_zh), href=f"#{result.id}")  # fmt: skip
                reason = tag("p", told(result.reason, hider.text))
                lines.append(tag("li", verdict_badge(verdict), Safe(" "), link, reason))
    if not lines:
        return NOTHING
    return tag("section", tag("h2", both("What did not pass", "未通过项目")),
               tag("ul", *lines, cls="notes"), id="notes")  # fmt: skip


# -- matrix and times ------------------------------------------------------------------


def _matrix(results: Sequence[CaseResult], groups: Sequence[str]) -> Safe:
    found = Counter((result.group, result.verdict) for result in results)
    rows = []
    for number, group in enumerate(groups):
        cells = [_cell(found[group, verdict], verdict, number) for verdict in Verdict]
        total = sum(found[group, verdict] for verdict in Verdict)
        rows.append([group_name(group), *cells, text(total)])
    sums = [text(sum(found[group, verdict] for group in groups)) for verdict in Verdict]
    rows.append([both("all", "合计"), *sums, text(len(results))])
    head = [both("group", "组"), *(_heading(verdict) for verdict in Verdict), both("all", "合计")]
    return tag("section", tag("h2", both("Groups and verdicts", "分组结果")),
               table(head, rows, "matrix"), id="matrix")  # fmt: skip


def _heading(verdict: Verdict) -> Safe:
    sign, chinese = VERDICTS[verdict]
    word = both(verdict.value.replace("_", " "), chinese)
    return Safe(f'<span class="sign {CLASSES[verdict]}" aria-hidden="true">{sign}</span>'
                f'<span class="word">{word}</span>')  # fmt: skip


def _cell(count: int, verdict: Verdict, number: int) -> Safe:
    if not count:
        return Safe('<span class="zero">0</span>')
    return Safe(f'<a class="{CLASSES[verdict]}" href="#g{number}" data-v="{verdict}" '
                f'data-g="{number}">{count}</a>')  # fmt: skip


def _times(decoded: Mapping[int, Recording]) -> Safe:
    found = [step for one in decoded.values() for step in steps(one.items)]
    if not found:
        return NOTHING
    why = both(
        "Each dot is one step of this run, from command to answer, on a logarithmic axis; "
        "the stroke is the median.",
        "每个点为本次检测的一步（命令到应答），对数坐标；竖线为中位数。",
    )
    return tag("section", tag("h2", both("Time of each step", "每步耗时")),
               tag("p", why, cls="quiet"), run_plot(found), id="times")  # fmt: skip


# -- filters and cases -----------------------------------------------------------------


def _filters(results: Sequence[CaseResult], groups: Sequence[str], printed: str) -> Safe:
    boxes = []
    for verdict in Verdict:
        count = sum(result.verdict is verdict for result in results)
        boxes.append(Safe(
            f'<label><input type="checkbox" id="f-{CLASSES[verdict]}" value="{verdict}" checked '
            f'autocomplete="off"> {verdict_badge(verdict)} <span class="num">{count}</span></label>'
        ))  # fmt: skip
    choices = join(
        Safe(f'<option value="{number}">{text(group)}</option>')
        for number, group in enumerate(groups)
    )
    more = Safe(
        f'<div class="js"><label>{both("group", "组")} <select id="f-group" autocomplete="off">'
        f'<option value="">* ({len(groups)})</option>{choices}</select></label>'
        f'<label>{both("search", "搜索")} <input type="search" id="f-text" autocomplete="off" '
        'placeholder="C-0101, CL-SEL-001, MAC2"></label>'
        f'<button type="button" id="f-open">{both("open all", "全部展开")}</button>'
        f'<button type="button" id="f-close">{both("close all", "全部收起")}</button>'
        f'<button type="button" id="f-reset">{both("reset filters", "重置筛选")}</button>'
        f'<p role="status" aria-live="polite">{both("shown", "显示")} '
        f'<output id="f-count">{len(results)}</output> / {len(results)}</p></div>'
    )
    choice = tag("p", both("On paper:", "打印："), *(
        Safe(f' <label><input type="radio" name="print" id="p-{value}" value="{value}" '
             f'{"checked " if value == printed else ""}autocomplete="off"> {both(en, zh)}</label>')
        for value, en, zh in _PRINTED
    ))  # fmt: skip
    legend = tag("legend", both("Show cases", "筛选项目"))
    inside = tag("fieldset", legend, tag("div", *boxes, cls="boxes"), more, choice)
    return Safe(f'<form id="filters" class="filters">{inside}</form>')


def _cases(results: Sequence[CaseResult], groups: Sequence[str], writer: CaseWriter) -> Safe:
    sections = []
    for number, group in enumerate(groups):
        own = [result for result in results if result.group == group]
        passed = sum(result.verdict is Verdict.PASS for result in own)
        ratio = Safe(f' <span class="num">{passed}/{len(own)}</span>')
        title = tag("h3", group_name(group), ratio)
        inside = join((writer.write(result, number) for result in own), "\n")
        sections.append(Safe(f'<section class="g" id="g{number}">{title}{inside}</section>'))
    title = tag("h2", both("Cases", "检测项目"))
    return Safe(f'<section id="cases" tabindex="-1">{title}{join(sections)}</section>')


def _ics(run: RunResult, hider: Hider) -> Safe:
    body = tag("pre", text(hider.text(run.ics_text)))
    head = tag("summary", both("ICS as stated", "ICS 原文"))
    return tag("section", tag("details", head, body), id="ics")
