"""Long histories: counters over their bytes, log and trip files beyond their last record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import NAMES, Flow, at
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_sim.codes import COMPOSITE, LNT, LOAD, PURCHASE, TUNION, Standard

#: A counter that has gone over its low byte, and the last number that it can tell.
_BYTE, _TOP = 0x102, 0xFFFF
#: Numbers at which more is looked at.
_EDGES: Final = (0xFE, 0xFF, 0x100, 0x101, 0xFFFD, 0xFFFE)


def _counted(bench: CardBench, standard: str, kind: str, end: int) -> Flow[None]:
    """Transactions of no or one fen until the counter says ``end``, or the card is full."""
    amount = 1 if kind == LOAD else 0
    yield from moves.enter(bench, standard)
    yield from moves.settle(bench, standard, 0)
    number = 0
    while number < end:
        begun = yield from moves.attempt(bench, standard, kind, amount)
        if begun is None or begun.number <= number:
            return  # FFFF cannot be used, or the counter stands still: the model says which
        number = begun.number
        if number in _EDGES:
            yield from moves.look(bench, standard)
            yield from moves.counters(bench, standard)
            yield from moves.proof(bench, begun)


def _filled(bench: CardBench, standard: str, kind: str, rounds: int) -> Flow[None]:
    """Some transactions more than files have records, with amounts 0, 1, 2.., then all is read."""
    yield from moves.enter(bench, standard)
    yield from moves.settle(bench, standard, 60_000)
    sizes = {c.LOG: bench.ics[standard]["log_records"]}
    if standard == Standard.TUNION:
        sizes[c.TRIPS] = bench.ics[TUNION]["trip_records"]
    most = max(sizes.values()) if kind == COMPOSITE else sizes[c.LOG]
    for amount in range(rounds * most + 2):
        yield from moves.attempt(bench, standard, kind, amount)
    for again in (False, True):
        if again:
            yield PowerCycle()
            yield from moves.enter(bench, standard)
        for sfi, size in sizes.items():
            yield from flows.log(size + 1, sfi)
    yield Send(c.read_record(0xFF, c.LOG))


def _play(standard: str) -> Any:
    def flow(bench: CardBench, row: Values) -> Flow[None]:
        kind = row["operation"]
        if row["until"].startswith("records"):
            yield from _filled(bench, standard, kind, 2 if "twice" in row["until"] else 1)
        else:
            yield from _counted(bench, standard, kind, _TOP if "FFFF" in row["until"] else _BYTE)

    return flow


def _factors(standard: str) -> Any:
    def factors(bench: CardBench) -> Mapping[str, tuple[Any, ...]]:
        until: tuple[str, ...] = ("counter 0102", "records wrap")
        if bench.thorough:
            until += ("records wrap twice", "counter FFFF")
        known = moves.kinds(bench, standard)
        mine = tuple(kind for kind in (PURCHASE, COMPOSITE, LOAD) if kind in known)
        return {"operation": mine, "until": until}

    return factors


def _fits(row: Values) -> bool:
    """One kind of purchase moves the counter of both; only thorough counts to the end."""
    return bool(row["operation"] != COMPOSITE or row["until"].startswith("records"))


def _sweep(standard: str) -> Sweep:
    name, zh = NAMES[standard]
    return Sweep(
        id=at(standard, "C-2203", "C-2253"),
        title=f"Counters and records over their wraps ({name})",
        title_zh=f"计数器与循环记录回绕遍历({zh})",
        clauses="CL-COUNT-001 CL-COUNT-002 CL-LOG-004 CL-LOG-005 CL-PROOF-001"
        + (" CL-CAPP-004" if standard == TUNION else ""),
        factors=_factors(standard), play=_play(standard), fits=_fits,
        applies=f"{standard} and {standard}.simple and {standard}.load",
        needs=f"keys:{standard}.purchase keys:{standard}.load",
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (case_of(_sweep(TUNION)), case_of(_sweep(LNT)))
