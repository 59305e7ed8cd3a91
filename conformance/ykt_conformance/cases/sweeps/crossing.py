"""What one kind of transaction leaves for every other kind that is begun after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import NAMES, Flow, at
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Pull, Send
from ykt_sim.codes import AID_PPSE, COMPOSITE, INS, LNT, PURCHASE, TUNION

#: How the first transaction ends.
_ENDS: Final = ("done", "begun", "refused MAC", "refused INITIALIZE", "cut off", "answer lost")
#: Fen of the first and of the second.
_FIRST, _SECOND = 31, 47
_OTHER: Final[dict[str, str]] = {TUNION: LNT, LNT: TUNION}
#: What comes between INITIALIZE and its commit, beside nothing.
_BETWEEN: Final[Mapping[str, bytes]] = {
    "GET BALANCE": c.balance(),
    "GET BALANCE of no purse": c.balance(p2=0x03),
    "READ BINARY": c.read_binary(c.APPLICATION),
    "READ RECORD": c.read_record(1, c.LOG),
    "READ RECORD that is not there": c.read_record(0xFE, c.LOG),
    "GET CHALLENGE": c.challenge(4),
    "GET CHALLENGE of five": c.challenge(5),
    "VERIFY of nothing": c.apdu(0x00, INS.VERIFY, 0x00, 0x00),
    "PROVE": c.prove(0x06, 1),
    "an unknown instruction": c.apdu(0x00, 0x02, 0x00, 0x00),
    "an unknown class": c.apdu(0xB0, INS.READ_BINARY, 0x00, 0x00),
    "UPDATE without authentication": c.update_record(1, c.INDUSTRY, bytes(128)),
    "UPDATE of the log": c.cache(0x01, c.LOG, bytes(23)),
    "another commit": c.update_overdraft(0, bytes(7), bytes(4)),
}


def _first(bench: CardBench, standard: str, kind: str, end: str) -> Flow[flows.Begun | None]:
    if end == "refused INITIALIZE":
        yield from flows.initialize(bench, standard, kind, 0xFFFFFF00)
        return None
    limit = 800 if kind == "overdraft" else 0
    if end == "done":
        return (yield from moves.attempt(bench, standard, kind, _FIRST, limit=limit))
    begun = yield from flows.begin(bench, standard, kind, _FIRST, limit=limit)
    if kind == COMPOSITE and standard == TUNION:
        yield from flows.cached(bench, _FIRST, begun)
    if end == "refused MAC":
        yield Send(flows.spoil(begun))
    elif end == "answer lost":
        yield Pull(begun.commit)
        yield Send(c.select(AID_PPSE))
        yield from moves.again(bench, standard)
    elif end == "cut off":
        yield from moves.again(bench, standard)
    return begun


def _play(standard: str) -> Any:
    def flow(bench: CardBench, row: Values) -> Flow[None]:
        yield from moves.again(bench, standard)
        yield from flows.fund(bench, standard, 500)
        yield from flows.balances(bench)
        first = yield from _first(bench, standard, row["first"], row["left"])
        number = first.number if first is not None else 1
        if row["in"] == "the other purse":
            yield from moves.look(bench, standard)
            other = _OTHER[standard]
            yield from moves.enter(bench, other)
            yield from moves.proofs(bench, other, number)
            yield from moves.attempt(bench, other, row["second"], _SECOND)
            yield from moves.look(bench, other)
            yield from moves.enter(bench, standard)
            yield from moves.proofs(bench, standard, number)
            return
        limit = 600 if row["second"] == "overdraft" else 0
        answer = yield from flows.initialize(bench, standard, row["second"], _SECOND)
        if first is not None:
            yield from moves.proofs(bench, standard, number)
            answer = yield from flows.initialize(bench, standard, row["second"], _SECOND)
        if answer.ok:
            made = flows.commit_of(bench, (standard, row["second"]), _SECOND, answer, limit=limit)
            yield Send(made.commit)
            yield from moves.proof(bench, made)
        yield from moves.look(bench, standard)
        yield from moves.counters(bench, standard)
        yield from flows.log(2)

    return flow


def _between(standard: str) -> Any:
    def flow(bench: CardBench, row: Values) -> Flow[None]:
        kind = row["operation"]
        yield from moves.again(bench, standard)
        yield from flows.fund(bench, standard, 100)
        limit = 700 if kind == "overdraft" else 0
        begun = yield from flows.begin(bench, standard, kind, _SECOND, limit=limit)
        name = row["between"]
        if name == "SELECT":
            yield from moves.enter(bench, standard)
        elif name == "reset":
            yield PowerCycle()
            yield Send(begun.commit)
            yield from moves.enter(bench, standard)
        elif name == "the PIN":
            yield from flows.present_pin(bench, standard)
        elif name == "INITIALIZE refused":
            yield Send(c.initialize(PURCHASE, 0xFFFFFF00, c.TERMINAL[standard]))
        elif name != "nothing":
            yield Send(_BETWEEN[name])
        yield Send(begun.commit)
        yield Send(begun.commit)
        yield from moves.look(bench, standard)
        yield from moves.counters(bench, standard)
        yield from moves.proof(bench, begun)

    return flow


def _factors(standard: str) -> Any:
    def factors(bench: CardBench) -> Mapping[str, tuple[Any, ...]]:
        known = moves.kinds(bench, standard)
        places: tuple[str, ...] = ("the same purse",)
        if len(moves.purses(bench)) > 1:
            places += ("the other purse",)
        return {"first": known, "left": _ENDS, "second": known, "in": places}

    return factors


def _places(standard: str) -> Any:
    def factors(bench: CardBench) -> Mapping[str, tuple[Any, ...]]:
        more = ("nothing", "SELECT", "reset", "the PIN", "INITIALIZE refused")
        known = moves.kinds(bench, standard)
        return {"operation": known, "between": (*more, *_BETWEEN)}

    return factors


def _sweeps(standard: str) -> tuple[Sweep, Sweep]:
    name, zh = NAMES[standard]
    applies = f"{standard} and {standard}.simple and {standard}.load"
    needs = f"keys:{standard}.purchase keys:{standard}.load"
    return (
        Sweep(
            id=at(standard, "C-2204", "C-2254"),
            title=f"What a transaction leaves for the next one of any kind ({name})",
            title_zh=f"前一交易对后一交易的影响遍历({zh})",
            clauses="CL-ORDER-003 CL-PROOF-002 CL-PROOF-006 CL-PROOF-007 CL-LOG-007 CL-COUNT-003",
            factors=_factors(standard), play=_play(standard), applies=applies,
            needs=f"reset {needs}",
        ),
        Sweep(
            id=at(standard, "C-2205", "C-2255"),
            title=f"Every command between INITIALIZE and its commit ({name})",
            title_zh=f"初始化与交易之间的命令遍历({zh})",
            clauses="CL-ORDER-004 CL-ORDER-001 CL-ORDER-006",
            factors=_places(standard), play=_between(standard), applies=applies,
            needs=f"reset {needs}",
        ),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = tuple(
    case_of(sweep) for standard in (TUNION, LNT) for sweep in _sweeps(standard)
)
