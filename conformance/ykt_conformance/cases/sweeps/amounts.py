"""Amounts on both sides of every boundary, by operation, limit and what is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import moves
from ykt_conformance.cases.words.record import NAMES, Flow, at
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive.card import CardBench
from ykt_sim.codes import LNT, LOAD, OVERDRAFT, TUNION, UNLOAD

#: Amounts in words: ``all`` is what can be spent, ``room`` what can be loaded.
_AMOUNTS: Final = (
    "0", "1", "all-1", "all", "all+1", "actual", "actual+1", "room-1", "room", "room+1",
    "255", "256", "257", "65535", "65536", "65537", "16777215", "16777216", "16777217",
    "2147483648", "4294967295",
)  # fmt: skip
_LIMIT: Final = 3000
#: Where a limit's update moves it, in words; the third byte is the last it can have.
_LIMITS: Final = ("0", "1", "drawn-1", "drawn", "drawn+1", "255", "256", "65535", "65536", "top",
                  "top+1", "16777215")  # fmt: skip

_DRAWN: Final = ("70000 fen", "a limit not drawn", "a limit half drawn",
                 "a limit drawn to the last fen")  # fmt: skip


def _states(bench: CardBench, standard: str) -> tuple[str, ...]:
    """How the purse stands: balance, limit, drawn."""
    if OVERDRAFT not in moves.kinds(bench, standard):
        return ("70000 fen", "300 fen", "empty")
    return ("70000 fen", "empty", "70000 fen and a limit", "300 fen and a limit",
            "a limit not drawn", "a limit half drawn", "a limit drawn to the last fen")  # fmt: skip


def _stand(bench: CardBench, standard: str, state: str) -> Flow[tuple[int, int, int]]:
    """Bring it there; gives actual balance, limit and what is drawn."""
    high = min(70_000, bench.ics[standard]["ceiling"] * 7 // 10 or 70_000)
    balance = high if "70000" in state else 300 if "300" in state else 0
    limit = _LIMIT if "limit" in state else 0
    drawn = _LIMIT // 2 if "half" in state else _LIMIT if "last" in state else 0
    yield from moves.settle(bench, standard, balance, limit, drawn)
    return balance, limit, drawn


def _fen(bench: CardBench, standard: str, text: str, stand: tuple[int, int, int]) -> int:
    balance, limit, drawn = stand
    ceiling = bench.ics[standard]["ceiling"] or 0xFFFFFF
    base = {
        "all": balance + limit - drawn, "actual": balance, "room": ceiling - balance + drawn,
        "drawn": drawn, "top": 0xFFFFFF - ceiling,
    }  # fmt: skip
    for name, value in base.items():
        if text.startswith(name):
            return max(value + int(text.removeprefix(name) or "0"), 0)
    return int(text)


def _play(standard: str) -> Any:
    def flow(bench: CardBench, row: Values) -> Flow[None]:
        yield from moves.enter(bench, standard)
        stand = yield from _stand(bench, standard, row["state"])
        amount = _fen(bench, standard, row["amount"], stand)
        begun = yield from moves.attempt(bench, standard, row["operation"], amount)
        yield from moves.look(bench, standard)
        yield from moves.proof(bench, begun)

    return flow


def _limited(bench: CardBench, row: Values) -> Flow[None]:
    yield from moves.enter(bench, TUNION)
    stand = yield from _stand(bench, TUNION, row["state"])
    limit = _fen(bench, TUNION, row["limit"], stand) & 0xFFFFFF
    begun = yield from moves.attempt(bench, TUNION, OVERDRAFT, limit=limit)
    yield from moves.look(bench, TUNION)
    yield from moves.proof(bench, begun)
    yield from moves.attempt(bench, TUNION, LOAD, 1)
    yield from moves.look(bench, TUNION)


def _factors(standard: str) -> Any:
    def factors(bench: CardBench) -> Mapping[str, tuple[Any, ...]]:
        known = tuple(kind for kind in moves.kinds(bench, standard) if kind != OVERDRAFT)
        return {"operation": known, "state": _states(bench, standard), "amount": _AMOUNTS}

    return factors


def _fits(row: Values) -> bool:
    """Only loads know of room, and what can be spent is no boundary of theirs."""
    amount, operation = str(row["amount"]), row["operation"]
    if amount.startswith("actual"):
        return bool(operation == UNLOAD)
    if amount.startswith("room"):
        return bool(operation == LOAD)
    return not (amount.startswith("all") and operation == LOAD)


def _sweep(standard: str) -> Sweep:
    name, zh = NAMES[standard]
    return Sweep(
        id=at(standard, "C-2201", "C-2251"),
        title=f"Amounts on both sides of every boundary ({name})",
        title_zh=f"交易金额边界遍历({zh})",
        clauses="CL-BAL-001 CL-PUR-002 CL-PUR-008 CL-LOAD-006" + (
            " CL-OVER-007 CL-OVER-008" if standard == TUNION else ""),
        factors=_factors(standard), play=_play(standard), fits=_fits,
        applies=f"{standard} and {standard}.simple and {standard}.load",
        needs=f"keys:{standard}.purchase keys:{standard}.load",
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    case_of(_sweep(TUNION)),
    case_of(_sweep(LNT)),
    case_of(
        Sweep(
            id="C-2202",
            title="Overdraft limits on both sides of every boundary (T-Union)",
            title_zh="透支限额边界遍历(交通联合)",
            clauses="CL-OVER-003 CL-OVER-006 CL-BAL-003",
            factors=lambda _bench: {"state": _DRAWN, "limit": _LIMITS},
            play=_limited,
            applies="tunion and tunion.overdraft and tunion.load and tunion.simple",
            needs="keys:tunion.overdraft keys:tunion.load keys:tunion.purchase",
        )
    ),
)
