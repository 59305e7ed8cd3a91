"""A dimension as a table: every row is played, and the reference model judges what is answered.

A sweep names its factors and their values, and how one row is brought about. By default so many
rows are played that every pair of values occurs that can; with `thorough` all of them. What is
right is nowhere said here: the model walks every exchange of every case, and a sweep fails by any
of its rules that must hold. Rows that a card cannot be brought to are counted and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations, product
from typing import Any, Final

import msgspec

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words.record import Flow, Stimulus
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, Row
from ykt_conformance.judge.judging import ROW
from ykt_conformance.judge.verdict import Found, Held, Unproven
from ykt_conformance.judge.view import View

#: One value of each factor.
Values = Mapping[str, Any]
#: Text of the note at a row that was left; data: sweep, row, why.
LEFT: Final = "row left"


def _nothing(_bench: CardBench) -> Flow[None]:
    yield from ()


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """A table.

    Attributes:
        id, title, title_zh, clauses: of its case; clauses as words with spaces between them.
        factors: names and values, as the ICS and the target allow.
        play: brings one row about.
        ready: what all rows stand on, done once before them.
        fits: which combinations have a meaning.
        applies, needs: as in a case.
    """

    id: str
    title: str
    title_zh: str
    clauses: str
    factors: Callable[[CardBench], Mapping[str, tuple[Any, ...]]]
    play: Callable[[CardBench, Values], Flow[None]]
    ready: Stimulus = _nothing
    fits: Callable[[Values], bool] = lambda _row: True
    applies: str = "tunion or lnt"
    needs: str = ""

    def rows(self, bench: CardBench) -> list[Values]:
        """The rows that are played on this card."""
        return rows_of(self.factors(bench), self.fits, thorough=bench.thorough)


def rows_of(
    factors: Mapping[str, tuple[Any, ...]], fits: Callable[[Values], bool], *, thorough: bool
) -> list[Values]:
    """The rows of a table that fit: all of them, or so many that every pair of values occurs."""
    if thorough or len(factors) == 1:
        every = (dict(zip(factors, row, strict=True)) for row in product(*factors.values()))
        return [row for row in every if fits(row)]
    return pairwise(factors, fits)


def pairwise(
    factors: Mapping[str, tuple[Any, ...]], fits: Callable[[Values], bool]
) -> list[Values]:
    """Rows in which each two values of different factors meet that can meet in a row that fits.

    Each row begins with two values that have not met yet, in the order of the table, and takes of
    every other factor the value that meets most others anew; so the choice is the same each time.
    """
    missing = dict.fromkeys(
        pair for pair in combinations(((name, at) for name in factors
                                       for at in range(len(factors[name]))), 2)
        if pair[0][0] != pair[1][0]
    )  # fmt: skip
    rows: list[Values] = []
    while missing:
        seed = next(iter(missing))
        places = _grown(factors, dict(seed), missing, fits)
        if places is None:
            del missing[seed]  # no row that fits has both
            continue
        rows.append(_row(factors, places))
        for pair in combinations(((name, places[name]) for name in factors), 2):
            missing.pop(pair, None)
    return rows


_Place = tuple[str, int]


def _grown(
    factors: Mapping[str, tuple[Any, ...]],
    places: dict[str, int],
    missing: Mapping[tuple[_Place, _Place], None],
    fits: Callable[[Values], bool],
) -> dict[str, int] | None:
    """These places and one of every other factor, so that the row fits; None where none does."""
    name = next((name for name in factors if name not in places), None)
    if name is None:
        return places if fits(_row(factors, places)) else None
    order = list(factors)

    def new(at: int) -> int:
        here = order.index(name)
        pairs = (
            ((other, place), (name, at)) if order.index(other) < here
            else ((name, at), (other, place))
            for other, place in places.items()
        )  # fmt: skip
        return sum(pair in missing for pair in pairs)

    for at in sorted(range(len(factors[name])), key=new, reverse=True):
        found = _grown(factors, places | {name: at}, missing, fits)
        if found is not None:
            return found
    return None


def _row(factors: Mapping[str, tuple[Any, ...]], places: Mapping[str, int]) -> Values:
    return {name: values[places[name]] for name, values in factors.items()}


def case_of(sweep: Sweep) -> CardCase:
    """The case that plays a table."""
    return CardCase(
        id=sweep.id, group="sweeps", title=sweep.title, title_zh=sweep.title_zh, swept=True,
        clauses=tuple(sweep.clauses.split()), applies=sweep.applies,
        needs=frozenset(sweep.needs.split()), stimulus=_stimulus(sweep), judge=played(sweep.id),
    )  # fmt: skip


def _stimulus(sweep: Sweep) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from sweep.ready(bench)
        for row in sweep.rows(bench):
            words = shown(row)
            yield Row(ROW, {"sweep": sweep.id, "row": words})
            try:
                yield from sweep.play(bench, row)
            except Impossible as error:
                yield Row(LEFT, {"sweep": sweep.id, "row": words, "why": str(error)})

    return flow


def shown(row: Values) -> str:
    """A row in words."""
    return ", ".join(f"{name}={value}" for name, value in row.items())


def played(sweep: str) -> Callable[[View], Found]:
    """How many rows of a table were played; the model says whether anything was wrong."""

    def judge(view: View) -> Found:
        rows = [data for data in view.noted(ROW) if data.get("sweep") == sweep]
        left = [data for data in view.noted(LEFT) if data.get("sweep") == sweep]
        if len(left) >= len(rows):
            if not left:
                return Unproven("no row of the table was played")
            return Unproven(f"no row of the table was played: {left[0]['why']}")
        told = [f"{len(rows) - len(left)} rows, {len(view.card)} exchanges"]
        if left:
            told.append(f"{len(left)} rows left, the first ({left[0]['row']}): {left[0]['why']}")
        return Held("; ".join(told))

    return judge
