"""Codes that are right over a wrong input, and PINs that are nearly right: each must be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.sweeps.secrets import Pin, mended
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import NAMES, Flow, at
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive import inputs, pins
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, Send
from ykt_sim.codes import INS, LNT, OVERDRAFT, TUNION, Operation, TransactionType
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import OPERATIONS

#: Fen of each transaction, and so the limit of an overdraft update.
_FEN: Final = 258
_MONEY: Final = 3000


# -- commits -----------------------------------------------------------------------------------


class _Begun(NamedTuple):
    """A transaction as its code is made from it."""

    operation: Operation
    type: TransactionType
    request: Any
    answer: Any


def _mistakes(standard: str) -> Callable[[CardBench], Mapping[str, tuple[Any, ...]]]:
    def factors(bench: CardBench) -> Mapping[str, tuple[Any, ...]]:
        kinds = moves.kinds(bench, standard)
        every = dict.fromkeys(name for kind in kinds for name in inputs.names(kind, standard))
        names = tuple(name for name in every if not name.startswith((*inputs.ALIKE, "before-")))
        return {"operation": kinds, "mistake": names}

    return factors


def _has(standard: str) -> Callable[[Values], bool]:
    return lambda row: row["mistake"] in inputs.names(row["operation"], standard)


def _committed(standard: str) -> Callable[[CardBench, Values], Flow[None]]:
    """INITIALIZE, and the commit with a MAC that is right over a wrong input."""

    def flow(bench: CardBench, row: Values) -> Flow[None]:
        operation = Operation(row["operation"])
        amount = 0 if operation == OVERDRAFT else _FEN
        begun = yield from flows.begin(bench, standard, operation, amount, limit=_FEN)
        asked = Command.parse(c.initialize(operation, amount, c.TERMINAL[standard]))
        layout = OPERATIONS[operation].initialize.data[0]
        made = _Begun(operation, TransactionType(flows.TYPES[operation]),
                      layout.parse(asked.data), begun.answer)  # fmt: skip
        right = Command.parse(begun.commit)
        code = inputs.of_commit(right, standard, made)
        wrong = None if code is None else inputs.wrong(code, row["mistake"], bench.keys, _NOTHING)
        if code is None or wrong is None:
            raise Impossible(f"the {standard} key for {row['mistake']} is not known")
        yield Send(inputs.put(right, code.at, wrong).build())

    return flow


_NOTHING: Final = inputs.Before()


def _funded(standard: str) -> Callable[[CardBench], Flow[None]]:
    def flow(bench: CardBench) -> Flow[None]:
        yield from moves.again(bench, standard)
        yield from flows.fund(bench, standard, _MONEY)

    return flow


# -- PINs --------------------------------------------------------------------------------------


def _nearly(bench: CardBench, standard: str, word: str) -> bytes | None:
    own, other = bench.pin(standard), bench.pin(LNT if standard == TUNION else TUNION)
    return None if own is None else pins.nearly(own, word, other=other or b"")


def _pins(standard: str) -> Callable[[CardBench], Mapping[str, tuple[Any, ...]]]:
    def factors(bench: CardBench) -> Mapping[str, tuple[Any, ...]]:
        words = tuple(one for one in pins.NEARLY if _nearly(bench, standard, one))
        return {"command": ("VERIFY", "CHANGE"), "PIN": words}

    return factors


def _shown(standard: str) -> Callable[[CardBench, Values], Flow[None]]:
    """A PIN that is nearly right, shown or changed from; then the right one."""

    def flow(bench: CardBench, row: Values) -> Flow[None]:
        pin = Pin(bench, standard)
        nearly = _nearly(bench, standard, row["PIN"])
        if nearly is None:
            raise Impossible("the PIN is not known")
        if row["command"] == "VERIFY":
            yield Send(c.verify(nearly))
        else:
            yield Send(c.apdu(0x80, INS.CHANGE_PIN, 0x01, 0x00, nearly + b"\xff" + pin.own))
        yield from mended(pin)

    return flow


def _sweeps(standard: str) -> tuple[CardCase, CardCase]:
    name, zh = NAMES[standard]
    return (
        case_of(
            Sweep(
                id=at(standard, "C-2226", "C-2276"),
                title=f"Commits whose MAC is right over one wrong input ({name})",
                title_zh=f"MAC 各输入逐一取错遍历({zh})",
                clauses="CL-PUR-006 CL-LOAD-004",
                factors=_mistakes(standard), fits=_has(standard), play=_committed(standard),
                ready=_funded(standard),
                applies=f"{standard} and {standard}.simple and {standard}.load",
                needs=f"reset keys:{standard}.purchase keys:{standard}.load",
            )
        ),
        case_of(
            Sweep(
                id=at(standard, "C-2227", "C-2277"),
                title=f"PINs that are nearly right, shown and changed from ({name})",
                title_zh=f"近似正确的 PIN 遍历({zh})",
                clauses="CL-PIN-002 CL-PIN-003",
                factors=_pins(standard),
                play=_shown(standard), ready=lambda bench: moves.again(bench, standard),
                applies=f"{standard} and {standard}.pin",
                needs=f"reset keys:{standard}.pin keys:{standard}.pin_unblock",
            )
        ),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (*_sweeps(TUNION), *_sweeps(LNT))
