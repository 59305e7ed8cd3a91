"""Terminal cases: load points. The issuer's host stands behind them and is not judged."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.cases.scenes.checks import first_choice, paid, rejects
from ykt_conformance.cases.scenes.record import LOADS, terminal
from ykt_conformance.cases.scenes.scenes import negative, plain, torn
from ykt_conformance.cases.terminal.clearing import agrees, record_judge
from ykt_conformance.cases.terminal.torn import not_at_once, once
from ykt_conformance.cases.words.checks import every
from ykt_conformance.drive.spoil import forged_tac
from ykt_conformance.drive.terminal import Removal, TerminalBench
from ykt_sim.codes import INS, LNT, LOAD, TUNION

_BEFORE: Final = Removal(ins=INS.CREDIT_FOR_LOAD, executed=False)
_AFTER: Final = Removal(ins=INS.CREDIT_FOR_LOAD, executed=True)


def _too_much(bench: TerminalBench) -> None:
    load, kind = bench.ics["load"], TUNION if bench.ics[TUNION]["claimed"] else LNT
    bench.tap(bench.card(kind), "control")
    bench.tap(bench.card(kind), "mutant", amount=load["maximum"] + 1)
    if load["minimum"]:
        bench.tap(bench.card(kind), "mutant", amount=load["minimum"] - 1)
    bench.tap(bench.card(kind), "again")


def _almost_full(bench: TerminalBench) -> dict[str, Any]:
    """One fen more than fits."""
    ceiling = 100_000
    return {"ceiling": ceiling, "balance": ceiling - bench.amount + 1}


_GROUP: Final = "load"
_TU: Final = f"{LOADS} and tunion"
_LN: Final = f"{LOADS} and lnt"

CASES: Final = (
    terminal(
        "T-1601", _GROUP,
        "A T-Union card is loaded with what was paid", "交通联合卡充值金额正确",
        clauses="CL-TLOAD-001", scene=plain(TUNION), judge=paid(TUNION), applies=_TU,
        official="EP_JBGN_002",
    ),
    terminal(
        "T-1602", _GROUP,
        "A Lingnan Tong card is loaded with what was paid", "岭南通卡充值金额正确",
        clauses="CL-TLOAD-001", scene=plain(LNT), judge=paid(LNT), applies=_LN,
    ),
    terminal(
        "T-1603", _GROUP,
        "A dual card is loaded once", "双标准卡只充值一次",
        clauses="CL-TLOAD-001", scene=plain("dual"), judge=first_choice,
        applies=f"{LOADS} and tunion and lnt",
    ),
    terminal(
        "T-1604", _GROUP,
        "Amounts outside the declared limits are refused", "超出限额的充值被拒",
        clauses="CL-TLOAD-002", scene=_too_much,
        judge=rejects("is to be loaded with too much or too little"), applies=LOADS,
    ),
    terminal(
        "T-1605", _GROUP,
        "A card that cannot hold the amount is refused and keeps what it has",
        "超过余额上限的充值被拒",
        clauses="CL-TLOAD-003", scene=negative(TUNION, _almost_full),
        judge=rejects("is too full", before=""), applies=_TU, needs="report",
    ),
    terminal(
        "T-1608", _GROUP,
        "A load with a forged TAC is not accepted", "TAC 伪造的充值不得接受",
        clauses="CL-TLOAD-005", scene=negative(TUNION, mutate=forged_tac()),
        judge=rejects("answers CREDIT with a forged TAC", before=""), applies=_TU,
        needs="report",
    ),
    terminal(
        "T-1609", _GROUP,
        "A card that never got CREDIT FOR LOAD is loaded once when it is back",
        "圈存命令未达卡,重刷充值一次",
        clauses="CL-TLOAD-006", scene=torn(TUNION, _BEFORE),
        judge=every(not_at_once, once(TUNION)), applies=_TU,
    ),
    terminal(
        "T-1610", _GROUP,
        "A card whose answer to CREDIT FOR LOAD was lost is not loaded again",
        "圈存应答丢失,重刷不再充值",
        clauses="CL-TLOAD-006", scene=torn(TUNION, _AFTER),
        judge=every(not_at_once, once(TUNION)), applies=f"{_TU} and purchase.recovery",
        needs="report",
    ),
    terminal(
        "T-1611", _GROUP,
        "A Lingnan Tong card whose answer to CREDIT FOR LOAD was lost is not loaded again",
        "岭南通圈存应答丢失,重刷不再充值",
        clauses="CL-TLOAD-006", scene=torn(LNT, _AFTER, other=TUNION),
        judge=every(not_at_once, once(LNT)), applies=f"{_LN} and tunion and purchase.recovery",
        needs="report",
    ),
    terminal(
        "T-1612", _GROUP,
        "The record of a load says what was on the wire", "充值记录与交易数据一致",
        clauses="CL-TLOAD-007", scene=plain(TUNION),
        judge=record_judge(TUNION, agrees, LOAD), applies=f"{_TU} and reports.clearing",
        needs="report",
        anywhere=True,
    ),
)  # fmt: skip
