"""How a terminal case is written down: one call, one frozen record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

import msgspec

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.money import money
from ykt_conformance.cases.words.record import Teller
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.judge.judging import CASE
from ykt_conformance.judge.stated import ANSWERS, MONEY
from ykt_conformance.judge.verdict import Fault, Found, Unproven
from ykt_conformance.judge.view import View

Scene = Callable[[TerminalBench], None]

#: Applicability expressions that many cases share.
ANY: str = "(tunion or lnt)"
DUAL: str = "tunion and lnt"
PAYS: str = 'device.kind != "load"'
PAYS_TUNION: str = f"tunion and {PAYS}"
PAYS_LNT: str = f"lnt and {PAYS}"
BOTH: str = f"tunion and lnt and {PAYS}"
PAYS_COMPOSITE: str = f'{PAYS_TUNION} and purchase.tunion == "composite"'
RIDES: str = f"{PAYS_COMPOSITE} and device.record"
ENTRY: str = f'{RIDES} and device.direction == "entry"'
EXIT: str = f'{RIDES} and device.direction == "exit"'
SINGLE: str = f'{PAYS} and device.direction == "single"'
LOADS: str = 'device.kind == "load"'


def terminal(  # noqa: PLR0913 - one argument a field of the record
    case_id: str,
    group: str,
    title: str,
    title_zh: str,
    *,
    clauses: str,
    scene: Scene,
    judge: Teller,
    applies: str = "True",
    needs: str = "",
    official: str = "",
    anywhere: bool = False,
) -> TerminalCase:
    """A terminal case; clauses and needs as words with spaces between them.

    ``anywhere``: what the judge asks shows in any recording with a transaction. All other
    cases speak of the cards of their own scenario, and prove nothing without it.
    """
    return TerminalCase(
        id=case_id,
        group=group,
        title=title,
        title_zh=title_zh,
        clauses=(*clauses.split(), MONEY),
        applies=applies,
        needs=frozenset(needs.split()),
        official=official,
        scene=scene,
        judge=_with_money(clauses.split(), judge if anywhere else _of_scene(case_id, title, judge)),
    )


def _of_scene(case_id: str, title: str, judge: Teller) -> Teller:
    """The judge, if the recording says that this case's scenario was played."""

    @wraps(judge)
    def only(view: View) -> Found:
        if any(note.get("id") == case_id for note in view.noted(CASE)):
            return judge(view)
        return Unproven(f"the trace does not show that this was tried: {title}")

    return only


def _with_money(clauses: Sequence[str], judge: Teller) -> Teller:
    """The judge, and then the accounts; a fault in these outweighs what is not proven.

    It also outweighs one that the statement answers, see `judge.stated`.
    """

    @wraps(judge)
    def both(view: View) -> Found:
        found = judge(view)
        answers = view.ics.get(ANSWERS, {})
        if isinstance(found, Fault) and not any(one in answers for one in clauses):
            return found
        lost = money(view)
        return found if lost is None else msgspec.structs.replace(lost, clause=MONEY)

    return both
