"""From a recording to a verdict: what a judge is shown, what it may answer, what comes of it.

A judge gets a `View` and answers nothing, a `Fault`, `Held` or `Unproven`; `judge` makes a
`Verdict` of it, `CaseResult` and `RunResult` keep it. Knows traces and what they mean; must not
know a case, a target, a report or an engine.
"""

from typing import TYPE_CHECKING

from ykt_sim.late import late

if TYPE_CHECKING:
    from ykt_conformance.judge.calls import Call
    from ykt_conformance.judge.judging import Judged, Outcome, judge
    from ykt_conformance.judge.redact import Redactor
    from ykt_conformance.judge.results import CaseResult, Finding, RunResult
    from ykt_conformance.judge.taps import SeenTap, keys_of
    from ykt_conformance.judge.verdict import (
        Fault,
        Found,
        Held,
        Judgement,
        Subject,
        Unproven,
        Verdict,
    )
    from ykt_conformance.judge.view import SeenTransaction, View
else:
    __getattr__ = late(
        __name__,
        {
            "calls": "Call",
            "judging": "Judged Outcome judge",
            "redact": "Redactor",
            "results": "CaseResult Finding RunResult",
            "taps": "SeenTap keys_of",
            "verdict": "Fault Found Held Judgement Subject Unproven Verdict",
            "view": "SeenTransaction View",
        },
    )

__all__ = [
    "Call",
    "CaseResult",
    "Fault",
    "Finding",
    "Found",
    "Held",
    "Judged",
    "Judgement",
    "Outcome",
    "Redactor",
    "RunResult",
    "SeenTap",
    "SeenTransaction",
    "Subject",
    "Unproven",
    "Verdict",
    "View",
    "judge",
    "keys_of",
]
