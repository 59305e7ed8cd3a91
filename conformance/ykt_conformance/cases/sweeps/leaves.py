"""A card that is taken away at every command of a tap, before and after it has done it.

Where it can leave is counted in a whole tap on this very card, not listed. Then it is asked what
became of it, or not, and goes on: with the same again, another transaction, the other purse. Every
point is met; those at which money is about to move meet everything that may come then, the others
each something else; `thorough` all meet all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import NAMES, Flow, Stimulus, at
from ykt_conformance.cases.words.sweep import LEFT, Values, played, shown
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, PowerCycle, Pull, Row, Send, Step, Tear
from ykt_conformance.judge.judging import ROW
from ykt_sim.codes import AID_PPSE, INS, LNT, LOAD, OVERDRAFT, PURCHASE, TUNION, Operation
from ykt_sim.wire.apdu import Response
from ykt_sim.wire.commands import OPERATIONS

#: Fen of the first tap, and of what comes after it.
_FIRST, _SECOND = 31, 47
_LIMITS: Final = (700, 600)
#: Commands by which a transaction begins, and those by which it is done.
_BEGINS: Final = (INS.INITIALIZE, INS.UPDATE_RECORD)
_DOES: Final = (INS.DEBIT, INS.CREDIT_FOR_LOAD, INS.UPDATE_OVERDRAFT)
#: A commit that needs more physical writes than this is given up on.
_MOST_WRITES: Final = 60


def _tap(bench: CardBench, standard: str, kind: str) -> Flow[None]:
    """What terminals send, from power to the end; some cards hide PAY.* behind their PPSE."""
    if standard == TUNION:
        yield Send(c.select(AID_PPSE))
    yield from flows.enter(standard)
    yield Send(c.read_binary(c.APPLICATION))
    yield Send(c.read_record(1, c.LOG))
    yield Send(c.balance())
    limit = _LIMITS[0] if kind == OVERDRAFT else 0
    yield from moves.attempt(bench, standard, kind, _FIRST, limit=limit)


def _counted(tap: Flow[None]) -> Flow[list[int]]:
    """A whole tap; gives the instructions it sent, in order."""
    sent: list[int] = []
    with suppress(StopIteration):
        step: Step = next(tap)
        while True:
            if isinstance(step, Send):
                sent.append(step.command[1])
            answer = yield step
            step = tap.send(answer)
    return sent


def _cut(tap: Flow[None], number: int, how: str) -> Flow[Response]:
    """The tap up to its command of this number, at which the card leaves; gives its answer."""
    sent = 0
    with suppress(StopIteration):
        step: Step = next(tap)
        while True:
            sent += isinstance(step, Send)
            if isinstance(step, Send) and sent == number:
                tap.close()
                break
            answer = yield step
            step = tap.send(answer)
    if sent < number or not isinstance(step, Send):
        raise Impossible(f"the tap had {sent} commands this time")
    if how == "before":
        return (yield PowerCycle())
    if how == "after":
        return (yield Pull(step.command))
    return (yield Tear(step.command, int(how.split()[2])))


# -- what comes then -----------------------------------------------------------------------------


def _nothing(_bench: CardBench, _standard: str, _kind: str) -> Flow[None]:
    yield from ()


def _asked(bench: CardBench, standard: str, kind: str) -> Flow[None]:
    """What became of it: amounts, newest records, the counter and its proofs."""
    yield from moves.enter(bench, standard)
    yield from moves.look(bench, standard)
    answer = yield from flows.initialize(bench, standard, kind, 0)
    if answer.ok and bench.ics[standard]["proof"]:
        told: Any = OPERATIONS[Operation(kind)].initialize.answer[0].parse(answer.data)
        for number in (int(told.counter), int(told.counter) + 1):
            yield Send(c.prove(flows.TYPES[kind], number))


def _load(bench: CardBench, standard: str, kind: str) -> Flow[None]:
    yield from moves.enter(bench, standard)
    yield from moves.attempt(bench, standard, PURCHASE if kind == LOAD else LOAD, _SECOND)


def _other(bench: CardBench, standard: str, _kind: str) -> Flow[None]:
    """The card's other purse pays, and shows that it knows of nothing else."""
    other = LNT if standard == TUNION else TUNION
    yield from moves.enter(bench, other)
    yield from moves.attempt(bench, other, PURCHASE, _SECOND)
    yield from moves.look(bench, other)


_Then = Callable[[CardBench, str, str], Flow[None]]
_THEN: Final[Mapping[str, _Then]] = {
    "the same again": _nothing,
    "asked, then the same again": _asked,
    "a load or a purchase first": _load,
    "the other purse first": _other,
}


def _thens(bench: CardBench, standard: str, kind: str) -> tuple[str, ...]:
    known = moves.kinds(bench, standard)
    left = set[str]()
    if (PURCHASE if kind == LOAD else LOAD) not in known:
        left.add("a load or a purchase first")
    if len(moves.purses(bench)) < 2:
        left.add("the other purse first")
    return tuple(name for name in _THEN if name not in left)


# -- the table -----------------------------------------------------------------------------------


def _row(kind: str, number: int, ins: int, how: str, then: str) -> Values:
    return {"tap": kind, "number": number, "name": INS(ins).name, "how": how, "then": then}


def _rows(bench: CardBench, standard: str, kind: str, sent: list[int]) -> Iterator[Values]:
    """A row for each point between commands and what comes then."""
    thens = _thens(bench, standard, kind)
    for number, ins in enumerate(sent, 1):
        for place, how in enumerate(("before", "after")):
            all_ = bench.thorough or ins in _DOES or (ins in _BEGINS and how == "before")
            for then in thens if all_ else (thens[(2 * number + place) % len(thens)],):
                yield _row(kind, number, ins, how, then)


def _played(case: str, bench: CardBench, standard: str, row: Values) -> Flow[Response | None]:
    """One row; gives what the card said as it left."""
    leaves = f"{row['how']} command {row['number']} {row['name']}"
    words = shown({"tap": row["tap"], "leaves": leaves, "then": row["then"]})
    yield Row(ROW, {"sweep": case, "row": words})
    try:
        return (yield from _play(bench, standard, row))
    except Impossible as error:
        yield Row(LEFT, {"sweep": case, "row": words, "why": str(error)})
    return None


def _play(bench: CardBench, standard: str, row: Values) -> Flow[Response]:
    kind = row["tap"]
    yield from moves.again(bench, standard)
    yield from flows.fund(bench, standard, 500)
    yield PowerCycle()
    said = yield from _cut(_tap(bench, standard, kind), row["number"], row["how"])
    yield from _THEN[row["then"]](bench, standard, kind)
    yield PowerCycle()
    yield from moves.enter(bench, standard)
    limit = _LIMITS[1] if kind == OVERDRAFT else 0
    yield from moves.attempt(bench, standard, kind, _SECOND, limit=limit)
    yield from moves.look(bench, standard)
    yield from moves.counters(bench, standard)
    yield from flows.log(2)
    return said


def _inside(
    case: str, bench: CardBench, standard: str, kind: str, sent: list[int]
) -> Flow[None]:  # fmt: skip
    """The power is cut in every physical write of what writes, until there is none any more."""
    thens = _thens(bench, standard, kind)
    for number, ins in enumerate(sent, 1):
        for write in range(1, _MOST_WRITES if ins in _DOES else 2):
            row = _row(kind, number, ins, f"in write {write} of", thens[write % len(thens)])
            said = yield from _played(case, bench, standard, row)
            if said is None or said.ok:
                break


def _stimulus(case: str, standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        for kind in moves.kinds(bench, standard):
            yield PowerCycle()
            sent = yield from _counted(_tap(bench, standard, kind))
            for row in _rows(bench, standard, kind, sent):
                yield from _played(case, bench, standard, row)
            if bench.can("tear"):
                yield from _inside(case, bench, standard, kind, sent)

    return flows.restored(flow) if standard == TUNION else flow


def _case(standard: str) -> CardCase:
    name, zh = NAMES[standard]
    case = at(standard, "C-2228", "C-2278")
    clauses = "CL-POWER-001 CL-POWER-002 CL-POWER-003 CL-PROOF-001 CL-PROOF-005 CL-COUNT-003"
    return CardCase(
        id=case, group="sweeps", swept=True,
        title=f"A card leaves at every command of a tap, before and after it has done it ({name})",
        title_zh=f"在每条命令前后离场遍历({zh})",
        clauses=tuple(clauses.split()),
        applies=f"{standard} and {standard}.simple",
        needs=frozenset(("reset", f"keys:{standard}.purchase")),
        stimulus=_stimulus(case, standard), judge=played(case),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (_case(TUNION), _case(LNT))
