"""What lives in the card's working memory, and everything that must end it.

Each row prepares something, ends it in one way, and then does what would show it without the step
that prepared it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.sweeps.secrets import used
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import NAMES, Flow, at
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, PowerCycle, Pull, Send
from ykt_sim.codes import AID_PPSE, COMPOSITE, INS, LNT, LOAD, OVERDRAFT, PURCHASE, TUNION, UNLOAD

#: Does what would show that something is still there.
Probe = Callable[[], Flow[None]]
Prepare = Callable[[CardBench, str], Flow[Probe]]
End = Callable[[CardBench, str], Flow[None]]
_FEN: Final = 3
_MONEY: Final = 40_000


# -- what is prepared --------------------------------------------------------------------------


def _begun(kind: str, bench: CardBench, standard: str) -> Flow[Probe]:
    """A transaction: its commit alone, and its commit after another INITIALIZE."""
    if kind not in moves.kinds(bench, standard):
        raise Impossible(f"no {kind} is claimed")
    begun = yield from flows.begin(bench, standard, kind, _FEN, limit=700)

    def probe() -> Flow[None]:
        yield Send(begun.commit)
        yield from flows.initialize(bench, standard, kind, _FEN)
        yield Send(begun.commit)
        yield from moves.counters(bench, standard)

    return probe


def _waiting(then: str, bench: CardBench, standard: str) -> Flow[Probe]:
    """Updates of a ride that wait: another transaction without them, and the records behind it."""
    if standard != TUNION or COMPOSITE not in moves.kinds(bench, standard):
        raise Impossible("no composite purchase with updates is claimed")
    begun = yield from flows.begin(bench, standard, COMPOSITE, _FEN)
    yield from flows.cached(bench, _FEN, begun)
    if then == "refused":
        yield Send(flows.spoil(begun))

    def probe() -> Flow[None]:
        kind = PURCHASE if then == "purchase" else COMPOSITE
        answer = yield from flows.initialize(bench, standard, kind, _FEN)
        if not answer.ok:
            raise Impossible(f"INITIALIZE for {kind} was answered {answer.sw:04X}")
        made = flows.commit_of(bench, (standard, kind), _FEN, answer)
        if then == "one update":
            yield Send(c.cache(0x00, c.TRIPS, flows.trip(bench, _FEN, 0)))
        yield Send(made.commit)
        yield from flows.log(2, c.TRIPS)
        if bench.ics[TUNION]["ef1a"]:
            yield Send(c.read_record_id(c.RAIL, c.INDUSTRY))

    return probe


def _drawn(use: str, bench: CardBench, standard: str) -> Flow[Probe]:
    """A challenge: what is made with it; then the right one, so that no try is left counted."""
    if standard != TUNION:
        raise Impossible("where the wallet authenticates is not known")
    challenge = yield from flows.fresh_challenge()

    def probe() -> Flow[None]:
        yield from used(bench, use, challenge)
        yield from used(bench, use, (yield from flows.fresh_challenge()))

    return probe


def _shown(bench: CardBench, standard: str) -> Flow[Probe]:
    """The PIN: every operation that may ask for it."""
    if not bench.ics[standard]["pin"]:
        raise Impossible("no PIN is claimed")
    yield from flows.present_pin(bench, standard)

    def probe() -> Flow[None]:
        for kind in (LOAD, UNLOAD, OVERDRAFT):
            if kind in moves.kinds(bench, standard):
                yield Send(c.initialize(kind, 0, c.TERMINAL[standard]))

    return probe


def _opened(bench: CardBench, standard: str) -> Flow[Probe]:
    """Rights by authentication: plain UPDATE RECORD of EF 1A, with what it holds already."""
    if standard != TUNION or not bench.ics[TUNION]["ef1a"]:
        raise Impossible("no file that an authentication may open")
    held = yield from flows.must(c.read_record(1, c.INDUSTRY), "READ RECORD of EF 1A")
    yield from flows.authenticate(bench, TUNION)

    def probe() -> Flow[None]:
        yield Send(c.update_record(1, c.INDUSTRY, held.data))

    return probe


def _current(bench: CardBench, standard: str) -> Flow[Probe]:
    """The current file: reads that name none."""
    yield Send(c.read_record(1, c.LOG))
    if standard == TUNION:
        yield Send(c.read_binary(c.APPLICATION))

    def probe() -> Flow[None]:
        yield Send(c.apdu(0x00, INS.READ_BINARY, 0x00, 0x00, le=0))
        yield Send(c.apdu(0x00, INS.READ_RECORD, 0x01, 0x04, le=0))

    return probe


_PREPARED: Final[Mapping[str, Prepare]] = {
    **{f"a {kind} begun": partial(_begun, kind) for kind in moves.KINDS},
    "updates, then a ride without": partial(_waiting, "ride"),
    "updates, then a ride with one": partial(_waiting, "one update"),
    "updates of a refused ride": partial(_waiting, "refused"),
    "updates, then a purchase": partial(_waiting, "purchase"),
    "a challenge to authenticate": partial(_drawn, "authentication"),
    "a challenge to write": partial(_drawn, "UPDATE BINARY"),
    "the PIN shown": _shown,
    "authenticated": _opened,
    "a current file": _current,
}


# -- what ends it ------------------------------------------------------------------------------


class _Ending(NamedTuple):
    """A way to end things; `lost`: no purse or another application is selected behind it."""

    act: End
    lost: bool = False


def _sent(*commands: bytes) -> _Ending:
    def act(_bench: CardBench, _standard: str) -> Flow[None]:
        for command in commands:
            yield Send(command)

    return _Ending(act)


def _power(times: int, then: bytes = b"") -> _Ending:
    def act(_bench: CardBench, _standard: str) -> Flow[None]:
        for _ in range(times):
            yield PowerCycle()
        if then:
            yield Send(then)

    return _Ending(act, lost=True)


def _taken(_bench: CardBench, _standard: str) -> Flow[None]:
    """The card leaves the field while it reads."""
    yield Pull(c.balance())


def _again(bench: CardBench, standard: str) -> Flow[None]:
    yield from moves.enter(bench, standard)


def _elsewhere(bench: CardBench, standard: str) -> Flow[None]:
    others = [name for name in c.AID if name != standard and bench.ics[_claimed(name)]["claimed"]]
    if not others:
        raise Impossible("there is one application only")
    for name in others:
        yield Send(c.select(c.AID[name]))


def _claimed(name: str) -> str:
    return LNT if name == "lnt-basic" else name


def _directory(bench: CardBench, standard: str) -> Flow[None]:
    if not bench.ics["ppse"]["claimed"]:
        raise Impossible("no PPSE is claimed")
    yield Send(c.select(AID_PPSE))
    if standard == LNT:
        yield PowerCycle()  # it may have locked the wallet out


def _other(kind: str, how: str, bench: CardBench, standard: str) -> Flow[None]:
    """Another transaction: begun, refused at its commit, or done."""
    answer = yield from flows.initialize(bench, standard, kind, 1)
    if not answer.ok or how == "begun":
        return
    begun = flows.commit_of(bench, (standard, kind), 1, answer)
    yield Send(flows.spoil(begun) if how == "refused" else begun.commit)


_ENDINGS: Final[Mapping[str, _Ending]] = {
    "nothing": _sent(),
    "a reset": _power(1),
    "two resets": _power(2),
    "a reset and another name": _power(1, c.select(c.FOREIGN)),
    "the card taken away": _Ending(_taken, lost=True),
    "SELECT": _Ending(_again),
    "other applications": _Ending(_elsewhere, lost=True),
    "PPSE": _Ending(_directory, lost=True),
    "SELECT of nothing": _sent(c.select(c.FOREIGN)),
    "a refused command": _sent(c.balance(0x0F)),
    "an unknown instruction": _sent(c.apdu(0x00, 0x02)),
    "a purchase begun": _Ending(partial(_other, PURCHASE, "begun")),
    "a load begun": _Ending(partial(_other, LOAD, "begun")),
    "a purchase refused": _Ending(partial(_other, PURCHASE, "refused")),
    "a purchase done": _Ending(partial(_other, PURCHASE, "done")),
}


def _ready(standard: str) -> Any:
    def flow(bench: CardBench) -> Flow[None]:
        """Something to spend and room to load, the limit not in the way; EF 15 and 1A read."""
        yield from flows.ready(bench, standard, min(_MONEY, bench.ics[standard]["ceiling"] // 2))
        yield from moves.look(bench, standard)

    return flow


def _play(standard: str) -> Any:
    def flow(bench: CardBench, row: Values) -> Flow[None]:
        ending = _ENDINGS[row["ended by"]]
        yield from moves.again(bench, standard)
        probe = yield from _PREPARED[row["prepared"]](bench, standard)
        yield from ending.act(bench, standard)
        if ending.lost:
            yield from moves.enter(bench, standard)
        yield from probe()

    return flow


def _sweep(standard: str) -> Sweep:
    name, zh = NAMES[standard]
    more = " CL-CAPP-006 CL-AUTH-006 CL-AUTH-007" if standard == TUNION else " CL-PIN-003"
    return Sweep(
        id=at(standard, "C-2220", "C-2270"),
        title=f"Everything in working memory, ended in every way ({name})",
        title_zh=f"易失状态与结束方式遍历({zh})",
        clauses=f"CL-ORDER-001 CL-ORDER-004{more}",
        factors=lambda _bench: {"prepared": tuple(_PREPARED), "ended by": tuple(_ENDINGS)},
        play=_play(standard), ready=_ready(standard),
        fits=lambda row: standard == TUNION or row["prepared"] in _OF_WALLET,
        applies=f"{standard} and {standard}.simple and {standard}.load",
        needs=f"reset keys:{standard}.purchase keys:{standard}.load",
    )  # fmt: skip


_OF_WALLET: Final = (*(f"a {kind} begun" for kind in moves.KINDS), "the PIN shown",
                     "a current file")  # fmt: skip

CASES: Final[tuple[CardCase, ...]] = tuple(case_of(_sweep(name)) for name in (TUNION, LNT))
