"""Terminal cases: start and expiry dates, both inclusive, and dates that are none."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.cases.scenes.checks import first_choice, paid, rejects
from ykt_conformance.cases.scenes.record import DUAL, terminal
from ykt_conformance.cases.scenes.scenes import Wishes, negative, plain
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT, TUNION


def on(**days: int) -> Wishes:
    """Dates by the terminal's clock: 0 today, 1 tomorrow, -1 yesterday."""

    def wishes(bench: TerminalBench) -> dict[str, Any]:
        return {name: bench.day(offset) for name, offset in days.items()}

    return wishes


def _no_dates(_bench: TerminalBench) -> dict[str, Any]:
    return {"start": "F" * 8, "expiry": "F" * 8}


def _other_expired(bench: TerminalBench) -> dict[str, Any]:
    first = bench.ics["applications"]["priority"][0]
    return {"lnt_expiry" if first == TUNION else "expiry": bench.day(-1)}


_GROUP: Final = "validity"

CASES: Final = (
    terminal(
        "T-0301", _GROUP,
        "A card that is valid from tomorrow is refused", "明日启用的卡被拒",
        clauses="CL-TDATE-001", scene=negative(TUNION, on(start=1)),
        judge=rejects("is not valid yet"), applies="tunion", official="EP_JBGN_007",
    ),
    terminal(
        "T-0302", _GROUP,
        "A card that is valid from today is taken", "当日启用的卡可用",
        clauses="CL-TDATE-001", scene=plain(TUNION, on(start=0)), judge=paid(TUNION),
        applies="tunion", official="EP_JBGN_007",
    ),
    terminal(
        "T-0303", _GROUP,
        "A card that expired yesterday is refused", "昨日到期的卡被拒",
        clauses="CL-TDATE-002", scene=negative(TUNION, on(expiry=-1)),
        judge=rejects("has expired"), applies="tunion",
    ),
    terminal(
        "T-0304", _GROUP,
        "A card is taken on its last day", "到期当日的卡可用",
        clauses="CL-TDATE-002", scene=plain(TUNION, on(expiry=0)), judge=paid(TUNION),
        applies="tunion",
    ),
    terminal(
        "T-0305", _GROUP,
        "A card whose dates are no dates is refused", "有效期不是日期的卡被拒",
        clauses="CL-TDATE-003", scene=negative(TUNION, _no_dates),
        judge=rejects("has FFFFFFFF for dates"), applies="tunion",
    ),
    terminal(
        "T-0306", _GROUP,
        "A Lingnan Tong card that is valid from tomorrow is refused", "明日启用的岭南通卡被拒",
        clauses="CL-TDATE-004", scene=negative(LNT, on(lnt_start=1)),
        judge=rejects("is not valid yet"), applies="lnt",
    ),
    terminal(
        "T-0307", _GROUP,
        "A Lingnan Tong card that is valid from today is taken", "当日启用的岭南通卡可用",
        clauses="CL-TDATE-004", scene=plain(LNT, on(lnt_start=0)), judge=paid(LNT),
        applies="lnt",
    ),
    terminal(
        "T-0308", _GROUP,
        "A Lingnan Tong card that expired yesterday is refused", "昨日到期的岭南通卡被拒",
        clauses="CL-TDATE-004", scene=negative(LNT, on(lnt_expiry=-1)),
        judge=rejects("has expired"), applies="lnt",
    ),
    terminal(
        "T-0309", _GROUP,
        "A Lingnan Tong card is taken on its last day", "到期当日的岭南通卡可用",
        clauses="CL-TDATE-004", scene=plain(LNT, on(lnt_expiry=0)), judge=paid(LNT),
        applies="lnt",
    ),
    terminal(
        "T-0310", _GROUP,
        "A dual card is judged by the dates of the application that pays",
        "双标准卡按所用应用的有效期判断",
        clauses="CL-TDATE-005", scene=plain("dual", _other_expired), judge=first_choice,
        applies=DUAL,
    ),
)  # fmt: skip
