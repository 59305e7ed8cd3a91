"""What rows of sweeps do: transactions as far as the card lets them go, and a look at what is left.

Unlike the flows, moves take every answer: whether it is right is the reference model's affair.
"""

from __future__ import annotations

from typing import Final

from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.flows import Begun
from ykt_conformance.cases.words.record import Flow
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, PowerCycle, Send
from ykt_sim.codes import (
    COMPOSITE,
    LOAD,
    OVERDRAFT,
    PURCHASE,
    TUNION,
    UNLOAD,
    Standard,
    TransactionType,
)

#: How the ICS calls operations where it calls them otherwise.
_CLAIM: Final = {PURCHASE: "simple"}
KINDS: Final = (PURCHASE, COMPOSITE, LOAD, UNLOAD, OVERDRAFT)


def kinds(bench: CardBench, standard: str) -> tuple[str, ...]:
    """Operations that a purse claims and whose keys may be known."""
    claimed = bench.ics[standard]
    return tuple(
        str(kind)
        for kind in KINDS
        if claimed[_CLAIM.get(kind, kind)] and bench.can(f"keys:{standard}.{_role(kind)}")
    )


def _role(kind: str) -> str:
    return "purchase" if kind in (PURCHASE, COMPOSITE) else kind


def purses(bench: CardBench) -> tuple[str, ...]:
    """Purses that the card claims."""
    return tuple(str(name) for name in Standard if bench.ics[name]["claimed"])


def enter(bench: CardBench, standard: str) -> Flow[None]:
    """Select a purse; what its keys are divided by is learnt the first time alone."""
    if bench.keys.get(standard, "purchase") is None:
        yield from flows.enter(standard)
    else:
        yield from flows.must(c.select(c.PURSE_AID[standard]), f"SELECT of the {standard} purse")


def again(bench: CardBench, standard: str) -> Flow[None]:
    """Power-cycle and select a purse."""
    yield PowerCycle()
    yield from enter(bench, standard)


def attempt(
    bench: CardBench,
    standard: str,
    operation: str,
    amount: int = 0,
    *,
    limit: int = 0,
    when: bytes = b"",
) -> Flow[Begun | None]:
    """A transaction as far as the card lets it go; None where INITIALIZE was refused."""
    answer = yield from flows.initialize(bench, standard, operation, amount)
    if not answer.ok:
        return None
    begun = flows.commit_of(
        bench, (standard, operation), amount, answer, limit=limit, when=when
    )  # fmt: skip
    if operation == COMPOSITE and standard == TUNION:
        yield from flows.cached(bench, amount, begun)
    yield Send(begun.commit)
    return begun


def look(bench: CardBench, standard: str) -> Flow[None]:
    """What a transaction may have moved, as it stands: amounts, newest records.

    The counters and the limit are told by the INITIALIZE of whatever comes next.
    """
    for p1 in range(4 if bench.ics["behaviour"]["balance_p1"] else 1):
        yield Send(c.balance(p1))
    yield Send(c.read_record(1, c.LOG))
    if standard == TUNION:
        yield Send(c.read_record(1, c.TRIPS))
        if bench.ics[TUNION]["ef1a"]:
            yield Send(c.read_record_id(c.RAIL, c.INDUSTRY))


def counters(bench: CardBench, standard: str) -> Flow[None]:
    """Both counters, by INITIALIZE of nothing."""
    if bench.ics[standard]["load"]:
        yield from flows.initialize(bench, standard, LOAD, 0)
    yield from flows.count(standard, PURCHASE)


def proofs(bench: CardBench, standard: str, number: int) -> Flow[None]:
    """GET TRANSACTION PROVE of every type for a number."""
    if bench.ics[standard]["proof"]:
        for kind in (0x02, 0x03, 0x06, 0x07, 0x09):
            yield Send(c.prove(kind, number))


def proof(bench: CardBench, begun: Begun | None) -> Flow[None]:
    """GET TRANSACTION PROVE of what was done, and of the number before it."""
    if begun is not None and bench.ics[begun.standard]["proof"]:
        kind = TransactionType(flows.TYPES[begun.operation])
        yield Send(c.prove(kind, begun.number))
        yield Send(c.prove(kind, begun.number - 1))


def settle(
    bench: CardBench, standard: str, balance: int, limit: int = 0, drawn: int = 0
) -> Flow[None]:
    """Bring a purse to an actual balance, an overdraft limit and what is drawn of it, in fen.

    Raises:
        Impossible: the card does not get there.
    """
    can = kinds(bench, standard)
    have = yield from flows.available(bench)
    if OVERDRAFT in can:
        answer = yield from flows.must(c.balance(0x01), "GET BALANCE P1=01")
        old = int.from_bytes(answer.data, "big")
        answer = yield from flows.must(c.balance(0x02), "GET BALANCE P1=02")
        owed = int.from_bytes(answer.data, "big")
        if owed:
            yield from flows.done(bench, standard, LOAD, owed)
        have += owed - old
        if limit != old:
            yield from flows.done(bench, standard, OVERDRAFT, limit=limit)
    elif limit or drawn:
        raise Impossible("the purse claims no overdraft")
    if drawn:
        balance = 0
    if have < balance:
        if LOAD not in can:
            raise Impossible(f"{have} fen on the card and no load is claimed")
        yield from flows.done(bench, standard, LOAD, balance - have)
    elif have > balance or drawn:
        yield from flows.done(bench, standard, PURCHASE, have - balance + drawn)
