"""``junit.xml``: the run for build servers. No verdict is folded into another.

====================  ==========================================
PASS                  a test case without children
FAIL                  ``<failure type="FAIL">``
INCONCLUSIVE          ``<error type="INCONCLUSIVE">``, never a pass
ERROR                 ``<error type="ERROR">``
NOT_APPLICABLE        ``<skipped>`` with the reason
(excluded)            ``<skipped type="EXCLUDED">`` with the declared reason
(the model)           ``<failure type="FAIL">`` of the test case ``model``
(advised)             ``<skipped type="ADVISED">`` of the test case ``advised``
====================  ==========================================

The last but one is there where a rule of the reference model that must hold is broken, in any
case, the last where one is not kept by which nothing fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from ykt_conformance.judge.results import CaseResult, Exclusion, RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.console import Lang, told, verdict

#: Name of the test case that stands for the reference model.
MODEL: Final = "model"
#: Name of the test case of its rules that are not kept and by which nothing fails.
ADVISED: Final = "advised"
#: What XML 1.0 cannot hold.
_FORBIDDEN: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENT: Final = {
    Verdict.FAIL: "failure",
    Verdict.INCONCLUSIVE: "error",
    Verdict.ERROR: "error",
    Verdict.NOT_APPLICABLE: "skipped",
}


def render(run: RunResult, lang: Lang = "en") -> str:
    """The file's text; titles and messages in one of the languages."""
    counts = run.counts
    errors = counts[Verdict.INCONCLUSIVE] + counts[Verdict.ERROR]
    broken, advised = bool(run.broken), bool(run.advised)
    skipped = counts[Verdict.NOT_APPLICABLE] + len(run.excluded) + advised
    tests = len(run.results) + len(run.excluded) + broken + advised
    attributes = (
        f"tests={_quoted(tests)} failures={_quoted(counts[Verdict.FAIL] + broken)} "
        f"errors={_quoted(errors)} skipped={_quoted(skipped)} "
        f"time={_quoted(f'{run.duration_s:.3f}')}"
    )
    name = _quoted(f"ykt conform {run.kind} {run.target}")
    started = f" timestamp={_quoted(run.started)}" if run.started else ""
    properties = {
        "suite.version": run.suite_version,
        "suite.sha256": run.suite_sha256,
        "ics.name": run.ics_name,
        "ics.sha256": run.ics_sha256,
        "seed": run.seed,
        "keys": run.keys,
        "timing": run.timing,
    }
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {attributes}>",
        f"<testsuite name={name} {attributes}{started}>",
        "<properties>",
        *(
            f"<property name={_quoted(key)} value={_quoted(value)}/>"
            for key, value in properties.items()
        ),
        "</properties>",
        *(_case(result, lang) for result in run.results),
        *(_excluded(left, lang) for left in run.excluded),
        *(_model(run, lang) if broken else ()),
        *(_advised(run, lang) if advised else ()),
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _head(case: CaseResult | Exclusion, lang: Lang, seconds: float, where: str = "") -> str:
    name = _quoted(f"{case.id} {case.title if lang == 'en' else case.title_zh}{where}")
    return (
        f"<testcase classname={_quoted(f'conformance.{case.subject}.{case.group}')} "
        f"name={name} time={_quoted(f'{seconds:.3f}')}"
    )


def _excluded(left: Exclusion, lang: Lang) -> str:
    en = lang == "en"
    message = _quoted(f"excluded: {left.reason}" if en else f"排除：{told(left.reason, lang)}")
    return f'{_head(left, lang, 0)}><skipped message={message} type="EXCLUDED"/></testcase>'


def _model(run: RunResult, lang: Lang) -> Iterator[str]:
    """The test case of the model: every rule that is broken, with the first answer."""
    broken = run.broken.values()
    rules = ", ".join(one.rule for one in broken)
    if lang == "en":
        message = f"{len(broken)} rule(s) of the reference model broken: {rules}"
        title = "Every answer is one that the rules allow"
    else:
        message = f"违反参考模型规则 {len(broken)} 条：{rules}"
        title = "每个应答均符合规则"
    body = "\n".join(told(str(one), lang) for one in broken)
    yield (
        f'<testcase classname="conformance.{run.kind}.model" name="{MODEL} {title}" '
        f'time="0.000"><failure message={_quoted(message)} type="FAIL">'
        f"{escape(_clean(body))}</failure></testcase>"
    )


def _advised(run: RunResult, lang: Lang) -> Iterator[str]:
    """The test case of rules that are not kept and by which nothing fails: it is never passed."""
    rules = ", ".join(run.advised)
    if lang == "en":
        message = f"not kept although nothing fails by it: {rules}"
        title = "Rules by which nothing fails are kept too"
    else:
        message = f"未遵守但不致不通过：{rules}"
        title = "不致不通过的规则也得到遵守"
    body = "\n".join(told(str(one), lang) for one in run.advised.values())
    yield (
        f'<testcase classname="conformance.{run.kind}.model" name="{ADVISED} {title}" '
        f'time="0.000"><skipped message={_quoted(message)} type="{ADVISED.upper()}"/>'
        f"<system-out>{escape(_clean(body))}</system-out></testcase>"
    )


def _case(result: CaseResult, lang: Lang) -> str:
    where = f" [{result.found_in}]" if result.found_in else ""
    head = _head(result, lang, result.duration_s, where)
    element = _ELEMENT.get(result.verdict)
    if element is None:
        return f"{head}/>"
    kind = "" if element == "skipped" else f" type={_quoted(result.verdict.value)}"
    reason = result.reason if lang == "en" else told(result.reason, lang)
    lines = _details(result, reason, lang)
    body = escape(_clean("\n".join(lines[1:] if element == "skipped" else lines)))
    message = _quoted(reason)
    return f"{head}><{element} message={message}{kind}>{body}</{element}></testcase>"


def _details(result: CaseResult, reason: str, lang: Lang) -> list[str]:
    """Verdict and reason, clauses, and what was expected and came, a line each."""
    fault, clauses = result.fault, ", ".join(result.clauses)
    if lang == "zh":
        lines = [f"{verdict(result.verdict, lang)}：{reason}", f"条款：{clauses}"]
        if fault is not None:
            where = "" if fault.event is None else f"（第 {fault.event} 条）"
            byte = "" if fault.offset is None else f"，第 {fault.offset} 字节"
            lines += [f"期望{where}{byte}：{told(fault.expected, lang)}",
                      f"实际：{told(fault.received, lang)}"]  # fmt: skip
        return lines
    lines = [f"{result.verdict}: {reason}", f"clauses: {clauses}"]
    if fault is not None:
        where = "" if fault.event is None else f" at event {fault.event}"
        byte = "" if fault.offset is None else f", byte {fault.offset}"
        lines += [f"expected{where}{byte}: {fault.expected}", f"received: {fault.received}"]
    return lines


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)


def _quoted(value: object) -> str:
    return quoteattr(_clean(str(value)))
