"""Terminal cases: every kind of card at every kind of terminal."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.cases.scenes.checks import first_choice, paid, rejects
from ykt_conformance.cases.scenes.record import DUAL, PAYS, PAYS_LNT, PAYS_TUNION, terminal
from ykt_conformance.cases.scenes.scenes import negative, plain
from ykt_conformance.cases.words.checks import every
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.judge.taps import of
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import LNT, TUNION


def own_pair(bench: TerminalBench) -> dict[str, Any]:
    """A card of an issuer that passes without the interoperability flag."""
    issuer, iin = bench.pair(own=True)
    return {"issuer": issuer, "iin": iin}


def _separate(_bench: TerminalBench) -> dict[str, Any]:
    return {"shared": False}


def _other_untouched(view: View) -> Judgement:
    """The application that was not used keeps its counter and its log."""
    priority = view.ics["applications"]["priority"]
    other = LNT if priority[0] == TUNION else TUNION
    known = False
    for tap in of(view, "control"):
        if tap.before is None or tap.after is None or other not in tap.after:
            continue
        known = True
        for name in ("offline", "online", "log"):
            before, after = tap.before[other][name], tap.after[other][name]
            if before != after:
                return Fault(
                    f"{tap.name}: {name} of the {other} application went from {before} to {after}"
                )
    return None if known else Unproven("the trace has no facts of a dual card")


def _other_balance_stays(view: View) -> Judgement:
    priority = view.ics["applications"]["priority"]
    other = LNT if priority[0] == TUNION else TUNION
    known = False
    for tap in of(view, "control"):
        if tap.before is None or tap.after is None or other not in tap.after:
            continue
        known = True
        before, after = tap.before[other]["balance"], tap.after[other]["balance"]
        if before != after:
            return Fault(f"{tap.name}: the {other} purse went from {before} to {after} fen")
    return None if known else Unproven("the trace has no facts of a dual card")


_GROUP: Final = "cards"

CASES: Final = (
    terminal(
        "T-0201", _GROUP,
        "A Lingnan Tong card pays its fare", "岭南通卡按票价扣款",
        clauses="CL-TCARD-001", scene=plain(LNT), judge=paid(LNT), applies=PAYS_LNT,
    ),
    terminal(
        "T-0202", _GROUP,
        "A T-Union card of another city pays its fare", "外地交通联合卡按票价扣款",
        clauses="CL-TCARD-002", scene=plain(TUNION), judge=paid(TUNION), applies=PAYS_TUNION,
    ),
    terminal(
        "T-0203", _GROUP,
        "A dual card's other application keeps its counters and its log",
        "双标准卡未使用的应用计数器与明细不变",
        clauses="CL-TCARD-003", scene=plain("dual"), judge=every(first_choice, _other_untouched),
        applies=DUAL,
    ),
    terminal(
        "T-0204", _GROUP,
        "A dual card with two purses pays from one of them", "余额分开的双标准卡只从一个钱包扣款",
        clauses="CL-TCARD-003", scene=plain("dual", _separate),
        judge=every(first_choice, _other_balance_stays), applies=DUAL,
    ),
    terminal(
        "T-0205", _GROUP,
        "A Lingnan Tong card is refused where Lingnan Tong is not taken",
        "不受理岭南通的终端拒绝岭南通卡",
        clauses="CL-TCARD-004", scene=negative(LNT, control=TUNION),
        judge=rejects("has Lingnan Tong only"), applies=f"{PAYS} and not lnt",
    ),
    terminal(
        "T-0206", _GROUP,
        "A T-Union card is refused where T-Union is not taken", "未改造终端拒绝交通联合卡",
        clauses="CL-TCARD-004", scene=negative(TUNION, control=LNT),
        judge=rejects("has T-Union only"), applies=f"{PAYS} and not tunion",
    ),
    terminal(
        "T-0207", _GROUP,
        "A T-Union card of the own city pays its fare", "本地交通联合卡按票价扣款",
        clauses="CL-TCARD-002", scene=plain(TUNION, own_pair), judge=paid(TUNION),
        applies=f"{PAYS_TUNION} and interoperability.own",
    ),
)  # fmt: skip
