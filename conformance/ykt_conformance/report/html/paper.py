"""What a report has on paper only: one page for the manager, contents, the table of results.

Each begins on a page of its own. Which of the longer parts are printed besides is chosen by
``data-print`` of the page (`report.folder.PRINTS`), in the report itself or by `ykt conform pdf`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ykt_conformance.cases.clauses import Clause
from ykt_conformance.judge.campaign import SECTIONS
from ykt_conformance.judge.results import CaseResult, Exclusion, RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.model import RULES
from ykt_conformance.report.html.frame import facts
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, tag, text
from ykt_conformance.report.html.words import CLASSES, VERDICTS, cut, group_name, told
from ykt_conformance.report.sources import marks, official, sources
from ykt_sim.meaning.duty import DUTIES

#: Failures, and reasons of exclusions, that are told on the first page; the rest is counted.
_FIRST: Final = 5
#: Columns of a title with a reason, of an entry and of the product on the first page. All are
#: whole on the pages behind it, so that the first stays one.
_SHORT, _ENTRY, _TITLE = 110, 130, 110
#: Columns of an entry where much is stated: more than so many characters in all.
_TIGHT, _MUCH = 50, 900
#: Columns of the product in the running head.
_HEAD: Final = 72
_SIGNED: Final = (("tested by", "检测"), ("reviewed by", "审核"), ("approved by", "批准"))


def local(moment: str, zone: ZoneInfo | None) -> str:
    """An ISO time as people of a zone write it; as it is where it is none.

    Args:
        moment: ISO 8601, with its distance from UTC.
        zone: of the laboratory; None leaves the time where it was taken.
    """
    try:
        taken = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    if taken.tzinfo is None:
        return moment
    shown = taken.astimezone(zone) if zone is not None else taken
    distance = shown.strftime("%z")
    return f"{shown:%Y-%m-%d %H:%M:%S} UTC{distance[:3]}:{distance[3:5]}"


def running_head(run: RunResult, hider: Hider, evidence: str) -> str:
    """The style of the margins of each page: product, report, evidence and page numbers."""
    product = cut(hider.text(run.campaign.product or run.target), _HEAD)
    number = cut(run.campaign.entry("report", "number"), _HEAD // 2)
    seal = f"SHA-256 {evidence}" if evidence else ""
    return (
        f"@page {{ @top-left {{ content: {_css(product)}; }} "
        f"@top-right {{ content: {_css(number)}; }} "
        f"@bottom-left {{ content: {_css(seal)}; }} "
        '@bottom-right { content: counter(page) " / " counter(pages); } }'
    )


def _css(value: str) -> str:
    """A string of a style sheet; whatever is in it stays in it."""
    return (
        '"' + "".join(f"\\{ord(sign):x} " if not sign.isalnum() else sign for sign in value) + '"'
    )


# -- the first page --------------------------------------------------------------------


def cover(run: RunResult, hider: Hider, evidence: str, result: Safe, kind: tuple[str, str]) -> Safe:
    """The page for the manager: conclusion, scope, counts, what fails and why, signatures.

    Args:
        run: the run.
        hider: takes secrets out of texts.
        evidence: SHA-256 of the evidence; empty where none is written.
        result: the conclusion in a sentence.
        kind: what was tested, in both languages.
    """
    title = text(cut(hider.text(run.campaign.product or run.target), _TITLE))
    over = both(f"Conformance report: {kind[0]}", f"一致性检测报告：{kind[1]}")
    verdict = {0: "pass", 1: "fail"}.get(run.exit_code, "inc")
    parts = (
        tag("p", over, cls="over"),
        tag("p", title, cls="product"),
        _stated(run, hider),
        tag("p", both("Conclusion", "结论"), cls="part"),
        tag("p", result, _with_exclusions(run), cls=f"result {verdict}"),
        _counts(run),
        tag("p", both("Scope", "范围"), cls="part"),
        _scope(run, hider),
        _failures(run, hider),
        _left_out(run, hider),
        _signatures(),
        tag("p", both("Evidence", "证据"), text(f" SHA-256 {evidence}"), cls="seal")
        if evidence else NOTHING,
    )  # fmt: skip
    return tag("section", *parts, id="cover", cls="paper")


def _with_exclusions(run: RunResult) -> Safe:
    count = len(run.excluded)
    if not count:
        return NOTHING
    word = "exclusion" if count == 1 else "exclusions"
    return join((Safe(" "), both(f"With {count} {word}.", f"另有 {count} 项经声明排除。")))


def _stated(run: RunResult, hider: Hider) -> Safe:
    """What the campaign file states, and when it was."""
    much = sum(len(value) for _, value in stated_pairs(run, hider)) > _MUCH
    pairs = list(stated_pairs(run, hider, most=_TIGHT if much else _ENTRY))
    pairs.append((both("date of test", "检测日期"), text(_dates(run))))
    return facts(pairs, "facts stated")


def stated_pairs(run: RunResult, hider: Hider, *, most: int = 0) -> Iterator[tuple[Safe, Safe]]:
    """Name and text of everything the campaign file states, cut after ``most`` columns."""
    for section, entries in SECTIONS.items():
        for key, entry in entries.items():
            said = run.campaign.entry(section, key)
            if key == "deviations":
                said = "; ".join(run.campaign.deviations)
            if said and (section, key) != ("laboratory", "zone"):
                yield both(entry.en, entry.zh), text(cut(hider.text(said), most))


def _dates(run: RunResult) -> str:
    zone = run.campaign.zone()
    begun, ended = local(run.started, zone), local(run.finished, zone)
    if begun == ended:
        return begun
    day, _, rest = begun.partition(" ")
    time, _, where = rest.partition(" ")
    if ended.startswith(f"{day} ") and where and ended.endswith(f" {where}"):
        return f"{day} {time} – {ended.removeprefix(f'{day} ')}"
    return f"{begun} – {ended}"


def _counts(run: RunResult) -> Safe:
    cells = [
        tag("td", text(f"{VERDICTS[verdict][0]} "), tag("strong", text(run.counts[verdict.value])),
            Safe("<br>"), both(verdict.value.replace("_", " "), VERDICTS[verdict][1]),
            cls=CLASSES[verdict])
        for verdict in Verdict
    ]  # fmt: skip
    cells.append(tag("td", tag("strong", text(len(run.excluded))), Safe("<br>"),
                     both("excluded", "排除")))  # fmt: skip
    return tag("table", tag("tr", *cells), cls="counts")


def _scope(run: RunResult, hider: Hider) -> Safe:
    asked, ran = len(run.results) + len(run.excluded), sum(
        result.trace is not None for result in run.results
    )  # fmt: skip
    said = both(
        f"{ran} of {asked} cases were carried out on {hider.text(run.target)}, by suite "
        f"{run.suite_version} against the ICS {hider.text(run.ics_name)}.",
        f"在 {hider.text(run.target)} 上执行了 {asked} 项中的 {ran} 项，"
        f"测试套 {run.suite_version}，依据实现一致性声明 {hider.text(run.ics_name)}。",
    )
    model = NOTHING
    if run.model is not None:
        broken = len(run.model.deviations)
        name, zh = model_name(run)
        what, such = ("taps", "刷卡") if run.ics["kind"] == "terminal" else ("exchanges", "交互")
        model = both(
            f" Each of {run.model.judged} {what} was judged by the {name}; {broken} deviate.",
            f"{zh}判定了 {run.model.judged} 次{such}，{broken} 处不符。",
        )
    keys = join((both(" Keys: ", "密钥："), told(run.keys, hider.text)))
    limits = both(
        " The results are of the sample tested and of the cases named here, and of nothing else.",
        "结果仅对所检样品及所列项目有效。",
    )
    return tag("p", said, model, keys, both(".", "。"), limits)


def _failures(run: RunResult, hider: Hider) -> Safe:
    worth = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE)
    found = [result for verdict in worth for result in run.results if result.verdict is verdict]
    if not found:
        return NOTHING
    lines = [tag("li", case_link(result.id), Safe(" "), both(result.title, result.title_zh),
                 Safe(" – "), _short(result.reason, hider))
             for result in found[:_FIRST]]  # fmt: skip
    title = tag("p", both("What did not pass, and why", "未通过项目及原因"), cls="part")
    return join((title, tag("ul", *lines, cls="brief"), _more(len(found))))


def _short(reason: str, hider: Hider) -> Safe:
    """A reason cut short, in both languages; whole in the table."""
    return told(reason, hider.text, most=_SHORT)


def _left_out(run: RunResult, hider: Hider) -> Safe:
    if not run.excluded:
        return NOTHING
    by_reason: dict[str, list[Exclusion]] = {}
    for left in run.excluded:
        by_reason.setdefault(left.reason, []).append(left)
    lines = [
        tag("li", told(reason, hider.text, most=_SHORT), text(f" ({_ids(group)})"))
        for reason, group in list(by_reason.items())[:_FIRST]
    ]
    title = tag(
        "p", both("Exclusions, declared by the laboratory", "经检测机构声明的排除"), cls="part"
    )
    return join((title, tag("ul", *lines, cls="brief"), _more(len(by_reason))))


def _ids(group: Sequence[Exclusion]) -> str:
    shown = ", ".join(left.id for left in group[:_FIRST])
    return shown if len(group) <= _FIRST else f"{shown}, … {len(group)}"


def _more(count: int) -> Safe:
    if count <= _FIRST:
        return NOTHING
    rest = count - _FIRST
    return tag("p", both(f"and {rest} more, in the table of results",
                         f"另有 {rest} 项，见结果汇总表"), cls="quiet")  # fmt: skip


def _signatures() -> Safe:
    boxes = [tag("div", both(en, zh), tag("p", both("name, date", "姓名、日期"), cls="quiet"))
             for en, zh in _SIGNED]  # fmt: skip
    return tag("div", *boxes, cls="signed")


# -- contents, table, appendices -------------------------------------------------------


def contents(parts: Iterable[tuple[str, Safe]]) -> Safe:
    """The list of the parts: id of each and its title."""
    lines = [tag("li", tag("a", title, href=f"#{anchor}"), data_part=anchor)
             for anchor, title in parts]  # fmt: skip
    title = tag("p", both("Contents", "目录"), cls="part")
    return tag("section", title, tag("ol", *lines, cls="toc"), id="contents", cls="paper")


def results_table(run: RunResult, hider: Hider, known: Mapping[str, Clause]) -> Safe:
    """Every case in a line, and every exclusion; official items where some case has one."""
    lines: list[tuple[CaseResult | Exclusion, Safe, Safe]] = [
        (result, _badge(result.verdict), _why(result, hider)) for result in run.results
    ]
    lines += [(left, both("excluded", "排除"), tag("td", told(left.reason, hider.text)))
              for left in run.excluded]  # fmt: skip
    items = [_item(case, known) for case, _, _ in lines]
    named = any(items)
    head = [both("case", "项目"), both("verdict", "结论"), both("title", "名称"),
            both("reason", "原因")]  # fmt: skip
    head += [both("official item", "官方项目编号")] if named else []
    rows = []
    for (case, verdict, why), item in zip(lines, items, strict=True):
        place = case_link(case.id) if isinstance(case, CaseResult) else tag("code", text(case.id))
        cells = [tag("th", place, scope="row"), tag("td", verdict),
                 tag("td", _name(case), colspan=None if why else 2), why]  # fmt: skip
        cls = CLASSES[case.verdict] if isinstance(case, CaseResult) else ""
        rows.append(tag("tr", *cells, tag("td", text(item)) if named else NOTHING, cls=cls))
    title = tag("h2", both("Results", "结果汇总表"))
    top = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in head)))
    cls = "results items" if named else "results"
    written = tag("table", top, tag("tbody", *rows), cls=cls)
    return tag("section", title, written, id="results", cls="paper")


def case_link(case: str) -> Safe:
    """The id of a case, which leads to its details."""
    return tag("a", tag("code", text(case)), href=f"#{case}")


def _why(result: CaseResult, hider: Hider) -> Safe:
    """The cell of a reason; nothing for a case that passed, whose title has its place."""
    if result.verdict is Verdict.PASS:
        return NOTHING
    return tag("td", told(result.reason, hider.text))


def _item(case: CaseResult | Exclusion, known: Mapping[str, Clause]) -> str:
    return official(case.official, [known[name] for name in case.clauses if name in known])


def _name(case: CaseResult | Exclusion) -> Safe:
    return join((group_name(case.group), Safe(": "), both(case.title, case.title_zh)))


def _badge(verdict: Verdict) -> Safe:
    sign, chinese = VERDICTS[verdict]
    word = both(verdict.value.replace("_", " "), chinese)
    return join((text(sign), word), " ")


def exclusions(left_out: Sequence[Exclusion], hide: Callable[[str], str]) -> Safe:
    """What was left out by declaration, on screen and on paper; nothing when nothing was."""
    if not left_out:
        return NOTHING
    lines = [
        tag("li", tag("code", text(left.id)), Safe(" "), both(left.title, left.title_zh),
            tag("p", told(left.reason, hide)))
        for left in left_out
    ]  # fmt: skip
    title = tag("h2", both("Excluded by declaration", "经声明排除的项目"))
    said = tag("p", both("These cases were not run and have no verdict.",
                         "以下项目未执行，没有结论。"), cls="quiet")  # fmt: skip
    return tag("section", title, said, tag("ul", *lines, cls="notes"), id="excluded")


def model_name(run: RunResult) -> tuple[str, str]:
    """What the model is called by which all of a run was judged, in both languages."""
    if run.ics["kind"] == "terminal":
        return "model of money and duty", "扣款与义务模型"
    return "reference model", "参考模型"


def model_title(run: RunResult) -> tuple[str, str]:
    """The same as a heading."""
    name, zh = model_name(run)
    return name.capitalize(), zh


def bibliography(run: RunResult, known: Mapping[str, Clause]) -> Safe:
    """What the marks stand for that clauses of this run and the model's rules rest on."""
    cited = {name for result in run.results for name in result.clauses}
    cited |= {name for left in run.excluded for name in left.clauses}
    texts = [known[name].source for name in sorted(cited) if name in known]
    if run.model is not None:
        rules = DUTIES if run.ics["kind"] == "terminal" else RULES
        texts += [rule.source for rule in rules.values()]
    used = dict.fromkeys(mark for source in texts for mark in marks(source))
    table_of = sources()
    pairs = [(text(f"[{mark}]"), both(table_of[mark].en, table_of[mark].zh))
             for mark in sorted(used, key=str.lower) if mark in table_of]  # fmt: skip
    if not pairs:
        return NOTHING
    title = tag("h2", both("Sources of the marks", "标记所指来源"))
    return tag("section", title, facts(pairs, "facts marks"), id="sources")
