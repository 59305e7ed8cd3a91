"""``junit.xml``: the run for build servers. No verdict is folded into another.

====================  ==========================================
PASS                  a test case without children
FAIL                  ``<failure type="FAIL">``
INCONCLUSIVE          ``<error type="INCONCLUSIVE">``, never a pass
ERROR                 ``<error type="ERROR">``
NOT_APPLICABLE        ``<skipped>`` with the reason
(excluded)            ``<skipped type="EXCLUDED">`` with the declared reason
(the model)           ``<failure type="FAIL">`` of the test case ``model``
====================  ==========================================

The last is there where a rule of the reference model that must hold is broken, in any case.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from ykt_conformance.judge.deviation import Deviation
from ykt_conformance.judge.results import CaseResult, Exclusion, RunResult
from ykt_conformance.judge.verdict import Verdict

#: Name of the test case that stands for the reference model.
MODEL: Final = "model"
#: What XML 1.0 cannot hold.
_FORBIDDEN: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENT: Final = {
    Verdict.FAIL: "failure",
    Verdict.INCONCLUSIVE: "error",
    Verdict.ERROR: "error",
    Verdict.NOT_APPLICABLE: "skipped",
}


def render(run: RunResult) -> str:
    """The file's text."""
    counts = run.counts
    errors = counts[Verdict.INCONCLUSIVE] + counts[Verdict.ERROR]
    skipped = counts[Verdict.NOT_APPLICABLE] + len(run.excluded)
    broken = bool(run.broken)
    tests = len(run.results) + len(run.excluded) + broken
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
        *(_case(result) for result in run.results),
        *(_excluded(left) for left in run.excluded),
        *(_model(run.broken.values()) if broken else ()),
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _head(case: CaseResult | Exclusion, seconds: float, where: str = "") -> str:
    name = _quoted(f"{case.id} {case.title}{where}")
    return (
        f"<testcase classname={_quoted(f'conformance.{case.subject}.{case.group}')} "
        f"name={name} time={_quoted(f'{seconds:.3f}')}"
    )


def _excluded(left: Exclusion) -> str:
    message = _quoted(f"excluded: {left.reason}")
    return f'{_head(left, 0)}><skipped message={message} type="EXCLUDED"/></testcase>'


def _model(broken: Collection[Deviation]) -> Iterator[str]:
    """The test case of the reference model: every rule that is broken, with the first answer."""
    message = f"{len(broken)} rule(s) of the reference model broken: " + ", ".join(
        one.rule for one in broken
    )
    body = "\n".join(map(str, broken))
    yield (
        f'<testcase classname="conformance.card.model" name="{MODEL} Every answer is one that the '
        f'rules allow" time="0.000"><failure message={_quoted(message)} type="FAIL">'
        f"{escape(_clean(body))}</failure></testcase>"
    )


def _case(result: CaseResult) -> str:
    where = f" [{result.found_in}]" if result.found_in else ""
    head = _head(result, result.duration_s, where)
    element = _ELEMENT.get(result.verdict)
    if element is None:
        return f"{head}/>"
    kind = "" if element == "skipped" else f" type={_quoted(result.verdict.value)}"
    body = escape(_clean(_details(result)))
    message = _quoted(result.reason)
    return f"{head}><{element} message={message}{kind}>{body}</{element}></testcase>"


def _details(result: CaseResult) -> str:
    lines = [f"{result.verdict}: {result.reason}", f"clauses: {', '.join(result.clauses)}"]
    fault = result.fault
    if fault is not None:
        where = "" if fault.event is None else f" at event {fault.event}"
        byte = "" if fault.offset is None else f", byte {fault.offset}"
        lines += [f"expected{where}{byte}: {fault.expected}", f"received: {fault.received}"]
    return "\n".join(lines)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)


def _quoted(value: object) -> str:
    return quoteattr(_clean(str(value)))
