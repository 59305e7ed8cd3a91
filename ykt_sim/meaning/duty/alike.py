"""The same ride costs the same: a fare that was seen is due again, without any table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.month import STEPS, step_of, sums
from ykt_sim.meaning.duty.ride import begun
from ykt_sim.meaning.duty.seen import Transaction, Visit
from ykt_sim.meaning.duty.terms import Terms


class Kind(NamedTuple):
    """All that a fare may depend on, as far as sources speak of it."""

    standard: str
    issuer: str
    ride: tuple[str, int, str]
    step: int
    hour: str
    used: bool


class Seen(NamedTuple):
    """A fare as it was taken."""

    amount: int
    visit: int


def kind_of(terms: Terms, visit: Visit, tx: Transaction) -> Kind | None:
    """What a fare depends on; None where that is not sure.

    So it is after another ride, which may be followed by a transfer, and where the two monthly
    sums lie on either side of a step.
    """
    if visit.before is None or visit.who is None or tx.standard not in visit.before.purses:
        return None
    purse = visit.before.purses[tx.standard]
    if terms.direction == "single" and purse.trip.strip("0F"):
        return None
    known = tuple(step for step, _ in terms.monthly) or STEPS
    steps = {step_of(fen, known) for fen in sums(purse, visit.clock)} or {0}
    if len(steps) > 1:
        return None
    ride = begun(terms, purse, tx.standard) if terms.record else None
    return Kind(
        tx.standard,
        visit.who.issuer,
        ("", 0, "") if ride is None else (ride.where, ride.marked, ride.place),
        steps.pop(),
        visit.clock[:10],
        bool(purse.log.strip("0F")),
    )


def same(
    fares: Mapping[Kind, Seen], kind: Kind, visit: Visit, tx: Transaction
) -> Iterator[Finding]:
    """The fare is the one that was taken for this kind of ride before."""
    seen = fares.get(kind)
    if seen is not None and seen.amount != tx.amount:
        yield breaks(
            "SAME", visit.number,
            f"{tx.amount} fen for a ride that cost {seen.amount} fen in tap {seen.visit}",
            seen.amount, tx.amount, tx.init.index,
        )  # fmt: skip
