"""What an implementation states of itself against a clause that no standard and no laboratory says.

The statement answers such a clause with what is done instead (``[clauses]`` of the ICS). A case
that then finds a fault is not failed by that clause; nothing passes by it either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ykt_conformance.judge.verdict import Fault, Verdict

#: Section of the ICS: id of a clause -> what is done instead.
ANSWERS: Final = "clauses"
#: The neutral answer of an entry on which sound cards differ and no source decides.
NOT_STATED: Final = "not stated"
#: That no money is lost: every case of a terminal rests on it, and its faults name it.
MONEY: Final = "CL-TMONEY-001"


def stated(
    clauses: Sequence[str], fault: Fault, ics: Mapping[str, Any]
) -> tuple[Verdict, str] | None:
    """What becomes of a fault where the statement answers clauses of its case.

    None where it stays a fault. One that names its clause is judged by that one. Any other may be
    of each of the case's clauses, but of those that name theirs: it does not apply where all of
    these are answered, and is INCONCLUSIVE where one is not.

    Args:
        clauses: of the case.
        fault: what its judge found.
        ics: values of the statement.
    """
    answers: Mapping[str, str] = ics.get(ANSWERS, {})
    meant = [fault.clause] if fault.clause else [one for one in clauses if one != MONEY]
    answered = [one for one in meant if one in answers]
    if not answered:
        return None
    said = "; ".join(f"{one} is answered in the ICS: {answers[one]}" for one in answered)
    left = [one for one in meant if one not in answers]
    if left:
        return Verdict.INCONCLUSIVE, f"{said}; it may be {', '.join(left)}: {fault.reason}"
    return Verdict.NOT_APPLICABLE, f"{said}; found: {fault.reason}"
