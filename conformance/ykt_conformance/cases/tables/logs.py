"""What may stand as the newest line of a Lingnan Tong log, in front of an entry and without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.record import PAYS_LNT
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive.behind import NEWEST
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT


def _line(bench: TerminalBench, row: Values) -> None:
    ride = "inside" if row["behind it"] == "an entry" else "none"
    bench.tap(bench.card(LNT, ride=ride, newest=row["newest"]), ROLE)


def _factors(_bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {"newest": NEWEST, "behind it": ("an entry", "nothing")}


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2226",
            title="Every line that may stand newest in a Lingnan Tong log",
            title_zh="岭南通交易日志最新记录各类型与子类型遍历",
            clauses="CL-TRIDE-002 CL-TRIDE-003 CL-TRIDE-004 CL-TRIDE-005 CL-TRIDE-006",
            factors=_factors,
            play=_line,
            applies=f"{PAYS_LNT} and device.record",
        )
    ),
)
