"""Which cases are run, and for each why or why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from ykt_conformance.cases.case import Case
from ykt_conformance.ics import expr
from ykt_conformance.judge.results import Exclusion
from ykt_conformance.judge.verdict import Verdict
from ykt_sim.errors import UsageError

_C = TypeVar("_C", bound=Case)


class Selection(msgspec.Struct, frozen=True):
    """What selection says of one case.

    Attributes:
        case: the case.
        verdict: None when it is run, else NOT_APPLICABLE or INCONCLUSIVE.
        because: the expression with its values, or the need that is not met.
    """

    case: Case
    verdict: Verdict | None
    because: str

    @property
    def runs(self) -> bool:
        """True when the case is run."""
        return self.verdict is None


def facts(case: Case) -> dict[str, Any]:
    """What a ``--select`` expression may ask of a case."""
    return {
        "id": case.id,
        "subject": case.subject,
        "group": case.group,
        "title": case.title,
        "official": case.official,
        "clauses": list(case.clauses),
        "needs": sorted(case.needs),
    }


def choose(cases: Sequence[_C], *, ids: Sequence[str] = (), where: str = "") -> tuple[_C, ...]:
    """Cases with one of these ids and for which the expression holds.

    Args:
        cases: to choose from.
        ids: case ids; all cases when empty.
        where: e.g. ``group == "purchase" and "CL-PURSE-004" in clauses``; empty for all.

    Raises:
        UsageError: an unknown id, an expression that cannot be read, or nothing is left.
    """
    known = {case.id for case in cases}
    unknown = [case_id for case_id in ids if case_id not in known]
    if unknown:
        raise UsageError(f"no case {', '.join(unknown)}; ykt conform list names them")
    chosen = [case for case in cases if not ids or case.id in ids]
    if where:
        chosen = [case for case in chosen if expr.evaluate(where, facts(case))]
    if not chosen:
        raise UsageError("no case is left to run" + (f" by {where!r}" if where else ""))
    return tuple(chosen)


def exclude(
    chosen: Sequence[_C],
    known: Sequence[_C],
    declared: Mapping[str, str],
    ics: Mapping[str, Any] | None,
) -> tuple[tuple[_C, ...], tuple[Exclusion, ...]]:
    """What is left of the chosen cases, and those that are left out by declaration.

    A case that does not apply to the ICS stays: it is not run for that reason, whatever is
    declared. One that is excluded itself and by what it needs is so for its own reason.

    Args:
        chosen: cases that would be run.
        known: all cases of the subject; what is declared must be of one of them.
        declared: id of a case, or what cases need of a target -> the reason.
        ics: values of the ICS; None where nobody states one, then all that is declared is left out.

    Raises:
        UsageError: no such case and no such need, or no reason.
    """
    _check_declared(known, declared)
    left: list[_C] = []
    excluded: list[Exclusion] = []
    for case in chosen:
        need = next((one for one in sorted(case.needs) if one in declared), "")
        because = declared.get(case.id) or declared.get(need, "")
        if not because or not (ics is None or expr.evaluate(case.applies, ics)):
            left.append(case)
            continue
        own = case.id in declared
        excluded.append(_excluded(case, because, "" if own else need))
    return tuple(left), tuple(excluded)


def _check_declared(known: Sequence[Case], declared: Mapping[str, str]) -> None:
    ids = {case.id for case in known}
    needs = {need for case in known for need in case.needs}
    for what, why in declared.items():
        if what not in ids | needs:
            raise UsageError(
                f"nothing to exclude by {what!r}: no case has this id (ykt conform list names "
                f"them), and none needs it of a target; needs are {', '.join(sorted(needs))}"
            )
        if not why.strip():
            raise UsageError(f"the exclusion of {what} needs a reason")


def _excluded(case: Case, because: str, need: str) -> Exclusion:
    return Exclusion(
        id=case.id,
        subject=case.subject,
        group=case.group,
        title=case.title,
        title_zh=case.title_zh,
        clauses=case.clauses,
        official=case.official,
        because=because,
        need=need,
    )


def decide(case: Case, ics: Mapping[str, Any], can: Callable[[str], bool]) -> Selection:
    """Whether a case applies to the ICS and the target can do what it needs.

    Args:
        case: the case.
        ics: values of the ICS.
        can: whether the target has a capability.
    """
    because = "applies to all" if case.applies == "True" else expr.explain(case.applies, ics)
    if not expr.evaluate(case.applies, ics):
        return Selection(case, Verdict.NOT_APPLICABLE, f"does not apply: {because}")
    missing = sorted(need for need in case.needs if not can(need))
    if missing:
        return Selection(
            case, Verdict.INCONCLUSIVE, f"the target cannot give: {', '.join(missing)}"
        )
    return Selection(case, None, because)
