"""Balances, limits and counters on both sides of every boundary, and a PSAM's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import gone, play
from ykt_conformance.cases.scenes.record import PAYS
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive import spoil
from ykt_conformance.drive.issue import MOST
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import Standard

#: What a card holds, in words: ``need`` is what this terminal asks for.
_BALANCES: Final = (
    "0", "need-1", "need", "255", "256", "65535", "65536", "16777215"
)  # fmt: skip
#: Overdraft limits, both sides of each of their bytes; the last has the top bit of all three.
_LIMITS: Final = ("0", "1", "need-1", "need", "255", "257", "65535", "65537", "8388608")
#: Where a card's counters stand.
_COUNTERS: Final = (0, 0x00FE, 0x00FF, 0x0100, 0x7FFF, 0xFFFD, 0xFFFE)
_TAPS: Final = ("twice", "before the commit", "after the commit")


def _fen(bench: TerminalBench, kind: str, text: str) -> int:
    pays = kind if kind in set(Standard) else bench.ics["applications"]["priority"][0]
    if not text.startswith("need"):
        return int(text)
    return max(bench.need(pays) + int(text.removeprefix("need") or "0"), 0)


def _pays(bench: TerminalBench, row: Values) -> None:
    kind = row["card"]
    limit = _fen(bench, kind, row["limit"])
    balance = min(_fen(bench, kind, row["balance"]), MOST - limit)
    card = bench.card(
        kind, balance=balance, overdraft=limit, ceiling=MOST - limit,
        counter=row["counter"], top_bit=row["top bit"] == "in GET BALANCE",
        shared=row["purses"] == "share",
    )  # fmt: skip
    mutate = spoil.top_bit() if row["top bit"] == "in INITIALIZE" else None
    bench.tap(card, ROLE, mutate=mutate, removal=gone(bench, row["tap"]))
    bench.tap(card, ROLE, mutate=mutate)


def _factors(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {
        "balance": _BALANCES, "limit": _LIMITS, "counter": _COUNTERS,
        "top bit": ("nowhere", "in GET BALANCE", "in INITIALIZE"), "tap": _TAPS,
        "card": kinds(bench), "purses": ("share", "apart"),
    }  # fmt: skip


def _fits(row: Values) -> bool:
    """Lingnan Tong has no overdraft of its own, one purse nothing to share; one oddity a row."""
    drawn = row["card"] != "lnt" or row["limit"] == "0"
    drawn = drawn and (row["top bit"] == "nowhere" or row["tap"] == "twice")
    return bool(drawn and (row["card"] == "dual" or row["purses"] == "share"))


def _day(bench: TerminalBench, row: Values) -> None:
    """Cards that pay all day; now and then one is torn and comes back."""
    card = bench.card(row["card"], balance=MOST, ceiling=MOST)
    for number in range(1, row["taps"] + 1):
        if number % 20 == 0:
            bench.tap(card, ROLE, removal=gone(bench, "after the commit"))
        elif number % 50 == 7:
            play(bench, row["card"], "good")
        bench.tap(card, ROLE)


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2207",
            title="Balances, overdraft limits and card counters on both sides of every boundary",
            title_zh="余额、透支限额与卡片交易序号边界遍历",
            clauses="CL-TBAL-001 CL-TBAL-002 CL-TBAL-003 CL-TBAL-004 CL-TTRIP-004 CL-TDIAL-003",
            factors=_factors,
            play=_pays,
            fits=_fits,
            applies=PAYS,
        )
    ),
    case_of(
        Table(
            id="T-2208",
            title="PSAM numbers over a long day; with --thorough beyond one byte",
            title_zh="全天终端交易序号遍历",
            clauses="CL-TPAY-007 CL-TCLEAR-004 CL-TTORN-003",
            factors=lambda bench: {
                "card": kinds(bench),
                "taps": (300 if bench.thorough else 6,),
            },
            play=_day,
            applies=PAYS,
        )
    ),
)
