"""A dimension of a terminal as a table: each row is a scene, judged by the model of duty.

Which rows are played, and how they are named, is as in tables for cards (`cases.words.sweep`).
What is right is nowhere said here: the model judges every tap of every case, and a table fails by
any of its rules that must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.record import ANY, Scene
from ykt_conformance.cases.words.sweep import LEFT, Values, played, rows_of, shown
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.judge.judging import ROW
from ykt_conformance.judge.stated import MONEY
from ykt_sim.codes import Standard

#: What the taps of a table are called in a recording.
ROLE: Final = "swept"
#: The factor that sets the terminal's clock; its first value leaves it alone.
CLOCK: Final = "clock"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table.

    Attributes:
        id, title, title_zh, clauses: of its case; clauses as words with spaces between them.
        factors: names and values, as the ICS and the target allow.
        play: plays one row.
        fits: which combinations have a meaning.
        applies, needs: as in a case.
    """

    id: str
    title: str
    title_zh: str
    clauses: str
    factors: Callable[[TerminalBench], Mapping[str, tuple[Any, ...]]]
    play: Callable[[TerminalBench, Values], None]
    fits: Callable[[Values], bool] = lambda _row: True
    applies: str = ANY
    needs: str = ""


def case_of(table: Table) -> TerminalCase:
    """The case that plays a table."""
    return TerminalCase(
        id=table.id, group="sweeps", title=table.title, title_zh=table.title_zh, swept=True,
        clauses=(*table.clauses.split(), MONEY), applies=table.applies,
        needs=frozenset(table.needs.split()), scene=_scene(table), judge=played(table.id),
    )  # fmt: skip


def _scene(table: Table) -> Scene:
    def scene(bench: TerminalBench) -> None:
        factors = dict(table.factors(bench))
        if CLOCK in factors and CLOCK not in bench.capabilities:
            # No two values are to meet only in a row that such a target cannot be given.
            now, *others = factors[CLOCK]
            factors[CLOCK] = (now,)
            for moment in others:
                words = shown({CLOCK: moment})
                why = "the target's clock cannot be set"
                bench.note(ROW, {"sweep": table.id, "row": words})
                bench.note(LEFT, {"sweep": table.id, "row": words, "why": why})
        for row in rows_of(factors, table.fits, thorough=bench.thorough):
            words = shown(row)
            bench.note(ROW, {"sweep": table.id, "row": words})
            try:
                table.play(bench, row)
            except Impossible as error:
                bench.note(LEFT, {"sweep": table.id, "row": words, "why": str(error)})

    return scene


def kinds(bench: TerminalBench) -> tuple[str, ...]:
    """Kinds of cards that the terminal takes; a dual one where it takes both."""
    takes = tuple(str(one) for one in Standard if bench.ics["applications"][one])
    return (*takes, "dual") if len(takes) > 1 else takes
