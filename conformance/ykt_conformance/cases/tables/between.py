"""What a card has behind it that the newest record does not tell, and what changes meanwhile.

A torn payment at every place of the log, a ride whose entry is not the newest record, a torn tap
that is begun anew when it costs something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import gone
from ykt_conformance.cases.scenes.record import PAYS, PAYS_COMPOSITE, PAYS_LNT
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive.moments import later
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT, TUNION, Standard

#: Records in the log of a Lingnan Tong wallet; a T-Union one has ten (cards facts 6.4).
_LOG: Final = 12
#: Fen of cards that pay often elsewhere.
_PLENTY: Final = 50_000


def _deep(bench: TerminalBench, row: Values) -> None:
    """A payment that is done and torn, and so many newer records before the card is back."""
    card = bench.card(row["card"], balance=_PLENTY)
    bench.tap(card, ROLE, removal=gone(bench, "after the commit"))
    for _ in range(row["newer"]):
        bench.elsewhere(card, row["card"])
    bench.tap(card, ROLE)


def _depths(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    single = tuple(one for one in kinds(bench) if one in set(Standard))
    return {"newer": tuple(range(_LOG + 1)), "card": single}


# -- a ride whose entry is not the newest record -------------------------------------------------

#: What is done on the way, in words of `drive.behind.USES`.
_WAY: Final[Mapping[str, tuple[str, ...]]] = {
    "a load": ("loads",), "a purchase": ("buys",), "another bus": ("rides",),
    "an unload": ("unloads",), "a load and two purchases": ("loads", "pays", "buys"),
    "as many purchases as leave its entry in the log": ("pays",) * (_LOG - 1),
}  # fmt: skip
#: Where the card stands, in words of `drive.issue.Spec`; a declared entry has its place.
_RIDES: Final = {"inside": "inside", "over": "left", "none": "none"}


def _on_the_way(bench: TerminalBench, row: Values) -> None:
    wishes: dict[str, Any] = {"ride": _RIDES.get(row["ride"], "inside"), "balance": _PLENTY}
    listed = bench.ics["tariff"]["stations"]
    if row["ride"] not in _RIDES:
        wishes["gate"] = tuple(listed[-1][:2])
    card = bench.card(LNT, **wishes)
    for word in _WAY[row["on the way"]]:
        bench.elsewhere(card, LNT, what=word)
    bench.tap(card, ROLE)


def _ways(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    other = ("from another station",) if bench.ics["tariff"]["stations"] else ()
    return {"ride": (*_RIDES, *other), "on the way": tuple(_WAY)}


# -- begun anew ----------------------------------------------------------------------------------

_GONE: Final = ("after INITIALIZE", "before the commit", "after the commit")
#: What the sum of the month becomes, and a ride on the line before which a transfer is declared.
_RIDE, _LATER = "a ride on the stated line", "the window passes"
_SUMS: Final = {"the month's sum rises": 1, "the month's sum falls": -1}


def _anew(bench: TerminalBench, row: Values) -> None:
    tariff, what = bench.ics["tariff"], row["between"]
    window = int(tariff["transfer_minutes"])
    over = max((int(step[0]) for step in tariff["monthly"]), default=0)
    wishes: dict[str, Any] = {"balance": _PLENTY}
    if window:
        ago = 10 * window if what == _RIDE else window // 2
        wishes |= {"trip_city": bench.ics["place"]["city"], "trip_line": tariff["transfer_from"],
                   "trip_minutes": ago}  # fmt: skip
    if what in _SUMS:
        wishes["month"] = (bench.now[:6], max(over - _SUMS[what], 0))
    card = bench.card(row["card"], **wishes)
    bench.tap(card, ROLE, removal=gone(bench, row["gone"]))
    if what == _LATER:
        bench.set_clock(later(bench.now, minutes=window))
    elif what == _RIDE:
        bench.elsewhere(card, TUNION, what="changes")
    else:
        bench.elsewhere(card, TUNION, over + _SUMS[what], "counts")
    bench.tap(card, ROLE)


def _changes(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    tariff = bench.ics["tariff"]
    window = (_RIDE, *((_LATER,) if "clock" in bench.capabilities else ()))
    found = (*(window if _transfers(bench) else ()), *(_SUMS if tariff["monthly"] else ()))
    return {"between": found, "gone": _GONE,
            "card": tuple(one for one in kinds(bench) if one != LNT)}  # fmt: skip


def _transfers(bench: TerminalBench) -> bool:
    tariff, direction = bench.ics["tariff"], bench.ics["device"]["direction"]
    return bool(tariff["transfer_minutes"] and direction == "single")


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2231",
            title="A torn payment at every place of the card's log",
            title_zh="闪卡交易位于卡日志各位置遍历",
            clauses="CL-TTORN-001 CL-TTORN-002 CL-TTORN-003",
            factors=_depths,
            play=_deep,
            applies=PAYS,
            needs="report",
        )
    ),
    case_of(
        Table(
            id="T-2232",
            title="A Lingnan Tong ride on whose way the card is loaded or pays",
            title_zh="岭南通乘车途中充值或消费遍历",
            clauses="CL-TRIDE-002 CL-TRIDE-003 CL-TRIDE-004 CL-TRIDE-005",
            factors=_ways,
            play=_on_the_way,
            applies=f"{PAYS_LNT} and device.record",
        )
    ),
    case_of(
        Table(
            id="T-2233",
            title="A torn tap that costs something else when the card is back",
            title_zh="闪卡重刷时应扣金额已变化的情形遍历",
            clauses="CL-TRIDE-006 CL-TPAY-008 CL-TTORN-002",
            factors=_changes,
            play=_anew,
            applies=f"{PAYS_COMPOSITE} and (tariff.monthly or tariff.transfer_minutes)",
            needs="report",
        )
    ),
)
