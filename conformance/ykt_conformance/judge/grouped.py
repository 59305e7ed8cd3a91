"""Cases that went wrong for one cause, told together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from ykt_conformance.judge.alike import pattern
from ykt_conformance.judge.deviation import without_row
from ykt_conformance.judge.results import CaseResult, Cause
from ykt_conformance.judge.verdict import Verdict

#: Fewer are told by themselves.
_MANY: Final = 2
_WRONG: Final = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE)
#: A tap that went otherwise than it had to, whatever the case wanted to show by it.
_TAP: Final = re.compile(r"tap \d+ \((?P<role>\w+)\): (?P<what>.+)", re.DOTALL)
#: The same fault in either standard has one cause.
_STANDARD: Final = re.compile(r"\b(?:tunion|lnt)\b")


def grouped(
    results: Iterable[CaseResult], why: Callable[[CaseResult], str] = lambda _result: ""
) -> tuple[Cause, ...]:
    """Causes that several cases have in common, the most frequent first.

    Args:
        results: of a run.
        why: what brought a result about, in words, or empty; asked of the first of a group only.
    """
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        if result.verdict in _WRONG:
            groups.setdefault(_STANDARD.sub("#", pattern(said(result))), []).append(result)
    many = sorted((group for group in groups.values() if len(group) >= _MANY),
                  key=len, reverse=True)  # fmt: skip
    return tuple(
        Cause(said(group[0]), why(group[0]), tuple(one.id for one in group)) for group in many
    )


def said(result: CaseResult) -> str:
    """What went wrong, without what the case wanted to show by it or in which row it did."""
    tap = _TAP.search(result.reason)
    if tap is None:
        return without_row(result.reason)
    role, what = tap["role"], tap["what"]
    return f"the {role} was {what}" if what.startswith("refused") else f"the {role}: {what}"
