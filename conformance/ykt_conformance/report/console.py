"""A run in lines for a console, in English or in Chinese; the Chinese is that of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Literal
from unicodedata import east_asian_width

from ykt_conformance.judge.deviation import Deviation
from ykt_conformance.judge.results import Cause, Exclusion, Finding, RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html.words import LEVELS, VERDICTS
from ykt_conformance.report.said import english, messages

Lang = Literal["en", "zh"]
LANGUAGES: Final[tuple[Lang, ...]] = ("en", "zh")
#: Verdicts after which the line that repeats a case is told.
_REPEATED: Final = (Verdict.FAIL, Verdict.ERROR)
#: Columns of a verdict.
_WIDE: Final = 14


def told(text: str, lang: Lang) -> str:
    """A text of a result in one of the languages."""
    return english(text) if lang == "en" else messages().chinese(text)


def verdict(found: Verdict | None, lang: Lang) -> str:
    """A verdict as a word; None for a case that would be run."""
    if found is None:
        return "run" if lang == "en" else "执行"
    return found.value if lang == "en" else VERDICTS[found][1]


def row(case: str, word: str, said: str) -> str:
    """A line of a list of cases."""
    wide = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in word)
    return f"{case}  {word}{' ' * (_WIDE - wide)}  {said}"


def left_out(left: Exclusion, lang: Lang) -> str:
    """The line of an exclusion."""
    if lang == "en":
        return row(left.id, "excluded", f"{left.title}: {left.reason}")
    return row(left.id, "排除", f"{left.title_zh}：{told(left.reason, lang)}")


def lines(run: RunResult, lang: Lang = "en", silent: Sequence[str] | None = None) -> Iterator[str]:
    """All that is told of a run.

    Args:
        run: the run.
        lang: in which language.
        silent: ids of cases that a recording never exercised; None where none is asked for.
    """
    en = lang == "en"
    for result in run.results:
        tail = ""
        if result.verdict is not Verdict.PASS:
            tail = f": {result.reason}" if en else f"：{told(result.reason, lang)}"
        title = result.title if en else result.title_zh
        yield row(result.id, verdict(result.verdict, lang), f"{title}{tail}")
        if result.verdict in _REPEATED and run.again:
            yield f"        {'again: ' if en else '重做：'}{run.repeats(result)}"
    yield from (left_out(left, lang) for left in run.excluded)
    for cause in run.causes:
        yield f"cause: {english(str(cause))}" if en else f"原因：{_cause(cause)}"
    for finding in run.findings:
        yield f"finding: {finding}" if en else f"与声明不符：{_finding(finding)}"
    yield from _model(run, lang)
    if silent is not None:
        ids = " ".join(silent)
        yield f"never exercised: {ids or 'nothing'}" if en else f"未涉及：{ids or '无'}"
    yield _counts(run, lang)


def _cause(cause: Cause) -> str:
    why = f"：{told(cause.why, 'zh')}" if cause.why else ""
    return f"{len(cause.cases)} 项，{told(cause.reason, 'zh')}，首见于 {cause.cases[0]}{why}"


def _finding(found: Finding) -> str:
    where = f"（{found.case}）" if found.case else ""
    claimed, observed = told(found.claimed, "zh"), told(found.observed, "zh")
    return f"{found.path}：声明 {claimed}，实际 {observed}：{told(found.why, 'zh')}{where}"


def _model(run: RunResult, lang: Lang) -> Iterator[str]:
    """What the reference model has to say: each rule that is broken once, with how often."""
    model, en = run.model, lang == "en"
    if model is None:
        return
    if model.failed:
        yield f"model: failed, {model.failed}" if en else f"参考模型：自身出错，{model.failed}"
    counts = Counter(found.rule for found in model.deviations)
    first = {found.rule: found for found in reversed(model.deviations)}
    for rule, count in counts.items():
        more = "" if count == 1 else f", and {count - 1} more" if en else f"，另有 {count - 1} 次"
        yield f"model: {first[rule]}{more}" if en else f"参考模型：{_deviation(first[rule])}{more}"


def _deviation(found: Deviation) -> str:
    where = f"（{found.case}）" if found.case else ""
    level = LEVELS.get(found.level, found.level)
    expected, why, text = (told(one, "zh") for one in (found.expected, found.why, found.text))
    if found.tap is not None:
        return (
            f"{found.rule} [{level}]：第 {found.tap} 次刷卡：{why}，应为 {expected}，"
            f"实际为 {told(found.received, 'zh')}；{text} {found.source}{where}"
        )
    return (
        f"{found.rule} [{level}]：{found.command} 应答 {found.received}，应为 {expected}：{why}；"
        f"{text} {found.source}{where}"
    )


def _counts(run: RunResult, lang: Lang) -> str:
    found = [(count, Verdict(name)) for name, count in run.counts.items() if count]
    left = len(run.excluded)
    if lang == "en":
        counts = ", ".join(f"{count} {one}" for count, one in found) or "nothing was tested"
        if run.broken:
            rules = "1 rule" if len(run.broken) == 1 else f"{len(run.broken)} rules"
            counts += f", {rules} of the model broken"
        if run.failed_by:
            counts += f", a case failed by {', '.join(run.failed_by)}"
        if run.advised:
            counts += f", not kept although nothing fails by it: {', '.join(run.advised)}"
        if left:
            counts += f", with {left} exclusion{'s' if left > 1 else ''}"
        return f"{run.target}: {counts}; {run.duration_s:.1f} s, seed {run.seed}"
    counts = (
        "，".join(f"{count} 项{VERDICTS[one][1]}" for count, one in found) or "没有检测任何项目"
    )
    if run.broken:
        counts += f"，违反模型规则 {len(run.broken)} 条"
    if run.failed_by:
        counts += f"，有项目因 {'、'.join(run.failed_by)} 不通过"
    if run.advised:
        counts += f"，未遵守但不致不通过：{'、'.join(run.advised)}"
    if left:
        counts += f"，经声明排除 {left} 项"
    return f"{run.target}：{counts}；{run.duration_s:.1f} 秒，种子 {run.seed}"
