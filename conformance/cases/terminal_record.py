"""How a terminal case is written down: one call, one frozen record."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from conformance.bench_terminal import TerminalBench
from conformance.cases.record import Judge
from conformance.cases.terminal_money import money
from conformance.model import Case, Fault, Judgement
from conformance.view import View

Scene = Callable[[TerminalBench], None]

#: Applicability expressions that many cases share.
PAYS: str = 'device.kind != "load"'
TUNION: str = f"tunion and {PAYS}"
LNT: str = f"lnt and {PAYS}"
BOTH: str = f"tunion and lnt and {PAYS}"
COMPOSITE: str = f'{TUNION} and purchase.tunion == "composite"'
RIDES: str = f"{COMPOSITE} and device.record"
ENTRY: str = f'{RIDES} and device.direction == "entry"'
EXIT: str = f'{RIDES} and device.direction == "exit"'
SINGLE: str = f'{PAYS} and device.direction == "single"'
LOAD: str = 'device.kind == "load"'


def terminal(  # noqa: PLR0913 - one argument a field of the record
    case_id: str,
    group: str,
    title: str,
    title_zh: str,
    *,
    clauses: str,
    scene: Scene,
    judge: Judge,
    applies: str = "True",
    needs: str = "",
    official: str = "",
) -> Case:
    """A terminal case; clauses and needs as words with spaces between them."""
    return Case(
        id=case_id,
        subject="terminal",
        group=group,
        title=title,
        title_zh=title_zh,
        clauses=(*clauses.split(), "CL-TMONEY-001"),
        applies=applies,
        needs=frozenset(needs.split()),
        official=official,
        stimulus=scene,
        judge=_with_money(judge),
    )


def _with_money(judge: Judge) -> Judge:
    """The judge, and then the accounts; a fault in these outweighs what is not proven."""

    @wraps(judge)
    def both(view: View) -> Judgement:
        found = judge(view)
        return found if isinstance(found, Fault) else money(view) or found

    return both
