"""What a card keeps without power, and every power loss between the steps that make it up.

A try that is counted, a counter, a record, a block: each row does a step once or twice with the
power gone behind each, and looks; then all is made as it was. What locks for good is a row of a
card of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.sweeps.secrets import Pin, mended
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import NAMES, Flow, at
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.limits import FRESH
from ykt_conformance.drive.steps import Impossible, PowerCycle, Pull, Send
from ykt_sim.codes import INS, LNT, OVERDRAFT, TUNION
from ykt_sim.crypto import des

_Do = Callable[[CardBench, str], Flow[None]]
_LAST: Final = 0x36
_LINE: Final = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER), _LAST))
_LINE_15: Final = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.APPLICATION), 0x1C))


def _nothing(_bench: CardBench, _standard: str) -> Flow[None]:
    yield from ()


class _Step(NamedTuple):
    """A step that leaves something, a look at it, and what makes all as it was."""

    do: _Do
    look: _Do = _nothing
    mend: _Do = _nothing
    first: _Do = _nothing


# -- keys and PINs ---------------------------------------------------------------------------


def _pin(act: Callable[[Pin], Flow[Any]]) -> _Do:
    def do(bench: CardBench, standard: str) -> Flow[None]:
        yield from act(Pin(bench, standard))

    return do


def _unpinned(bench: CardBench, standard: str) -> Flow[None]:
    yield from mended(Pin(bench, standard))


def _wrong(act: Callable[[Pin], Flow[Any]]) -> _Step:
    """A wrong try at the PIN or a key of its; a wrong PIN says how many are left."""
    return _Step(_pin(act), _pin(lambda pin: pin.show(right=False)), _unpinned)


def _reloaded(pin: Pin) -> Flow[None]:
    """The wrong reloads do not count behind a right one, which sets the same PIN."""
    yield from pin.reload(right=True, new=pin.own)
    yield from mended(pin)


def _unblocked(pin: Pin) -> Flow[None]:
    yield from pin.unblock(right=True, new=pin.own)
    yield from mended(pin)


def _cryptogram(bench: CardBench, standard: str) -> Flow[None]:
    if standard != TUNION:
        raise Impossible("where the wallet authenticates is not known")
    wrong = des.ecb(flows.key(bench, TUNION, "external_auth"), bytes(8))
    yield from flows.fresh_challenge()
    yield Send(c.external_authenticate(wrong))


def _authenticated(bench: CardBench, standard: str) -> Flow[None]:
    yield from flows.authenticate(bench, standard)


def _line(head: bytes, bench: CardBench, standard: str) -> Flow[None]:
    """A wrong line MAC over what is there."""
    if standard != TUNION or bench.ics[TUNION]["ef16_update"] != "line":
        raise Impossible("no file is claimed to be written under the line MAC")
    yield Send((yield from flows.protected(bench, TUNION, head, b"\0", bits=1)))


def _lined(bench: CardBench, _standard: str) -> Flow[None]:
    """The right line MAC: the wrong ones before it do not count any more."""
    held = yield Send(c.read_binary(c.CARDHOLDER, _LAST, 1))
    yield Send((yield from flows.protected(bench, TUNION, _LINE, held.data or b"\0")))


def _bare(ins: int, bits: int, bench: CardBench, standard: str) -> Flow[None]:
    """A command of nothing but its line MAC."""
    head = bytes((0x84, ins, 0x00, 0x00))
    yield Send((yield from flows.protected(bench, standard, head, bits=bits)))


def _blocked(_bench: CardBench, _standard: str) -> Flow[None]:
    yield Send(c.balance())
    yield Send(c.read_record(1, c.LOG))


def _free(bench: CardBench, standard: str) -> Flow[None]:
    """Unblocked, also after a reset."""
    yield from _bare(INS.APP_UNBLOCK, 0, bench, standard)
    yield from _blocked(bench, standard)
    yield PowerCycle()
    yield Send(c.select(c.PURSE_AID[standard]))
    yield from _blocked(bench, standard)


# -- files and transactions --------------------------------------------------------------------


def _written(bench: CardBench, standard: str) -> Flow[None]:
    if standard != TUNION or bench.ics[TUNION]["ef16_update"] != "line":
        raise Impossible("no file is claimed to be written under the line MAC")
    yield Send((yield from flows.protected(bench, TUNION, _LINE, bench.rng(1))))


def _read(_bench: CardBench, _standard: str) -> Flow[None]:
    yield Send(c.read_binary(c.CARDHOLDER))


def _recorded(bench: CardBench, standard: str) -> Flow[None]:
    if standard != TUNION or bench.ics[TUNION]["auth_opens"] != "records":
        raise Impossible("no record that an authentication opens")
    held = yield from flows.must(c.read_record(1, c.INDUSTRY), "READ RECORD of EF 1A")
    yield from flows.authenticate(bench, TUNION)
    yield Send(c.update_record(1, c.INDUSTRY, held.data[:-1] + bench.rng(1)))


def _record(_bench: CardBench, _standard: str) -> Flow[None]:
    yield Send(c.read_record(1, c.INDUSTRY))


def _moved(kind: str, bench: CardBench, standard: str) -> Flow[None]:
    if kind not in moves.kinds(bench, standard):
        raise Impossible(f"no {kind} is claimed")
    limit = 600 + bench.rng(1)[0]
    yield from moves.attempt(bench, standard, kind, 0 if kind == OVERDRAFT else 7, limit=limit)


def _told(kind: str, bench: CardBench, standard: str) -> Flow[None]:
    """All that a transaction leaves; the number of the proof is told by INITIALIZE."""
    yield from moves.look(bench, standard)
    yield from flows.log(3)
    answer = yield from flows.initialize(bench, standard, kind, 0)
    if answer.ok:
        begun = flows.commit_of(bench, (standard, kind), 0, answer)
        yield from moves.proofs(bench, standard, begun.number - 1)
    yield from moves.counters(bench, standard)


_STEPS: Final[Mapping[str, _Step]] = {
    **{f"a {kind}": _Step(partial(_moved, kind), partial(_told, kind)) for kind in moves.KINDS},
    "a wrong PIN": _wrong(lambda pin: pin.show(right=False)),
    "a wrong CHANGE PIN": _wrong(lambda pin: pin.change(right=False)),
    "a wrong RELOAD PIN": _Step(_pin(lambda pin: pin.reload(right=False)), _unpinned,
                                _pin(_reloaded)),
    "a wrong PIN UNBLOCK": _Step(_pin(lambda pin: pin.unblock(right=False)), _unpinned,
                                 _pin(_unblocked)),
    "a wrong cryptogram": _Step(_cryptogram, _cryptogram, _authenticated),
    "a wrong line MAC": _Step(partial(_line, _LINE), _nothing, _lined),
    "a file written": _Step(_written, _read),
    "a record written": _Step(_recorded, _record),
    "blocked": _Step(partial(_bare, INS.APP_BLOCK, 0), _blocked, _free),
    "a wrong UNBLOCK": _Step(partial(_bare, INS.APP_UNBLOCK, 1), _blocked, _free,
                             partial(_bare, INS.APP_BLOCK, 0)),
}  # fmt: skip


# -- where the power goes ------------------------------------------------------------------------


def _back(standard: str) -> Flow[None]:
    """SELECT, whatever it is answered: the application may be blocked."""
    yield Send(c.select(c.PURSE_AID[standard]))


def _resets(times: int) -> Callable[[str], Flow[None]]:
    def away(standard: str) -> Flow[None]:
        for _ in range(times):
            yield PowerCycle()
        if times:
            yield from _back(standard)

    return away


def _elsewhere(standard: str) -> Flow[None]:
    """Another application's turn, after a reset."""
    yield PowerCycle()
    for name in (LNT, TUNION):
        if name != standard:
            yield Send(c.select(c.PURSE_AID[name]))
    yield from _back(standard)


def _taken(standard: str) -> Flow[None]:
    yield Pull(c.balance())
    yield from _back(standard)


_AWAY: Final[Mapping[str, Callable[[str], Flow[None]]]] = {
    "nothing": _resets(0), "a reset": _resets(1), "two resets": _resets(2),
    "a reset and another application": _elsewhere, "the card taken away": _taken,
}  # fmt: skip


def _play(standard: str) -> Any:
    def flow(bench: CardBench, row: Values) -> Flow[None]:
        step, away = _STEPS[row["step"]], _AWAY[row["between"]]
        yield from moves.again(bench, standard)
        yield from step.first(bench, standard)
        for _ in range(row["times"]):
            yield from step.do(bench, standard)
            yield from away(standard)
        yield from step.look(bench, standard)
        yield from away(standard)
        yield from step.mend(bench, standard)
        yield from away(standard)
        yield from step.first(bench, standard)
        yield from step.do(bench, standard)  # what was made good costs no more than at first
        yield from away(standard)
        yield from step.mend(bench, standard)

    return flow


def _ready(standard: str) -> Any:
    def flow(bench: CardBench) -> Flow[None]:
        """Money for all rows; the records and files that are looked at, seen once."""
        yield from flows.ready(bench, standard, min(2000, bench.ics[standard]["ceiling"] // 2))
        yield from flows.log(3)
        if standard == TUNION:
            yield Send(c.read_binary(c.CARDHOLDER))
            yield Send(c.read_record(1, c.INDUSTRY))

    return flow


# -- what locks for good -------------------------------------------------------------------------


def _locks(standard: str, name: str) -> Callable[[CardBench, Values], Flow[None]]:
    """The same wrong step with a reset, then two, between, until nothing is left; then a look."""

    def flow(bench: CardBench, _row: Values) -> Flow[None]:
        step, last = _STEPS[name], _AWAY["two resets"]
        yield from moves.again(bench, standard)
        yield from step.first(bench, standard)
        for number in range(_MOST):
            do = step.do
            if name == "a wrong line MAC" and number == 1 and _writes_15(bench):
                do = partial(_line, _LINE_15)  # both files count together
            yield from do(bench, standard)
            yield from (last if number else _AWAY["a reset"])(standard)
        yield Send(c.balance())
        yield from step.mend(bench, standard)

    return flow


def _writes_15(bench: CardBench) -> bool:
    return bool(bench.ics[TUNION]["ef15_update"] == "line")


#: Wrong steps that use up any count: of three for a line MAC, of as many as a key says.
_MOST: Final = 4
_UNBLOCK: Final = "CL-BLOCK-005 CL-BLOCK-006"
#: Cases of their own: purse, step, title, clauses and conditions.
_LOCKS: Final = (
    ("C-2222", TUNION, "a wrong line MAC", "错误线路 MAC", "CL-SM-004 CL-SM-006",
     "tunion.ef16_update == 'line'", "keys:tunion.line"),
    ("C-2223", TUNION, "a wrong UNBLOCK", "错误应用解锁", _UNBLOCK, "tunion.claimed",
     "keys:tunion.line"),
    ("C-2273", LNT, "a wrong UNBLOCK", "错误应用解锁", _UNBLOCK, "lnt.claimed",
     "keys:lnt.line"),
    ("C-2224", TUNION, "a wrong cryptogram", "错误外部认证", "CL-AUTH-005 CL-AUTH-008",
     "tunion.claimed", "keys:tunion.external_auth"),
)  # fmt: skip


def _lock(row: tuple[str, ...]) -> CardCase:
    name, standard, step, step_zh, clauses, applies, key = row
    return case_of(
        Sweep(
            id=name,
            title=f"Resets between do not save a card from {step} ({NAMES[standard][0]})",
            title_zh=f"复位不恢复{step_zh}计数({NAMES[standard][1]})",
            clauses=clauses, factors=lambda _bench: {"resets between": ("one, then two",)},
            play=_locks(standard, step), applies=f"{standard} and {applies}",
            needs=f"reset {FRESH} {key}",
        )
    )  # fmt: skip


def _sweep(standard: str) -> Sweep:
    name, zh = NAMES[standard]
    return Sweep(
        id=at(standard, "C-2221", "C-2271"),
        title=f"Everything kept without power, with the power gone between its steps ({name})",
        title_zh=f"非易失状态与断电遍历({zh})",
        clauses="CL-PIN-003 CL-PIN-004 CL-COUNT-001 CL-PROOF-001 CL-LOG-001 CL-BLOCK-002"
        " CL-BLOCK-005",
        factors=lambda _bench: {
            "step": tuple(_STEPS), "between": tuple(_AWAY), "times": (1, 2),
        },
        play=_play(standard), ready=_ready(standard),
        applies=f"{standard} and {standard}.simple and {standard}.load",
        needs=f"reset {FRESH} keys:{standard}.purchase keys:{standard}.load",
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    case_of(_sweep(TUNION)),
    case_of(_sweep(LNT)),
    *map(_lock, _LOCKS),
)
