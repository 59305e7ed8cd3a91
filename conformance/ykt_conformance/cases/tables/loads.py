"""Loads: amounts at the limits of a load point and at a card's ceiling, whole and torn."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import gone
from ykt_conformance.cases.scenes.record import LOADS
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive.terminal import TerminalBench

_AMOUNTS: Final = ("0", "1", "least-1", "least", "usual", "most", "most+1", "65535", "65536")
#: What the card can take beside the amount; a drawn overdraft is repaid first.
_ROOMS: Final = ("plenty", "just enough", "one fen too little")
_CEILING: Final = 1_000_000
#: A record of a load that is completed then has the time of the load, which its TAC covers.
_LATER: Final = "the same amount in a later second"


def _fen(bench: TerminalBench, text: str) -> int:
    limits = bench.ics["load"]
    base = {"least": limits["minimum"], "most": limits["maximum"], "usual": bench.amount}
    for name, value in base.items():
        if text.startswith(name):
            return max(int(value) + int(text.removeprefix(name) or "0"), 0)
    return int(text)


def _load(bench: TerminalBench, row: Values) -> None:
    amount = _fen(bench, row["amount"])
    over = {"plenty": -_CEILING, "just enough": 0, "one fen too little": 1}[row["room"]]
    balance = max(min(_CEILING - amount + over, _CEILING), 0)
    card = bench.card(
        row["card"], balance=balance, ceiling=_CEILING, counter=row["counter"],
        shared=row["purses"] == "share",
    )  # fmt: skip
    bench.tap(card, ROLE, amount=amount, removal=gone(bench, row["tap"]))
    if row["back with"] == _LATER and row["tap"] != "twice" and "clock" not in bench.capabilities:
        time.sleep(1)  # a clock that is told shows a minute more at each tap
    bench.tap(card, ROLE, amount=None if row["back with"] == "another amount" else amount)


def _factors(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {
        "amount": _AMOUNTS, "room": _ROOMS, "tap": ("twice", "before the commit",
        "after the commit"), "back with": ("the same amount", "another amount", _LATER),
        "card": kinds(bench), "purses": ("share", "apart"), "counter": (0, 0x00FF, 0xFFFE),
    }  # fmt: skip


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2211",
            title="Loads at the limits of the load point and at the card's ceiling",
            title_zh="充值限额与余额上限边界遍历",
            clauses="CL-TLOAD-001 CL-TLOAD-002 CL-TLOAD-003 CL-TLOAD-006",
            factors=_factors,
            play=_load,
            fits=lambda row: bool(row["card"] == "dual" or row["purses"] == "share"),
            applies=LOADS,
        )
    ),
)
