"""Terminal cases: a card that is not genuine, or that refuses, does not pass."""

from __future__ import annotations

from typing import Final

from ykt_conformance.cases.scenes.checks import rejects
from ykt_conformance.cases.scenes.record import PAYS_COMPOSITE, PAYS_LNT, PAYS_TUNION, terminal
from ykt_conformance.cases.scenes.scenes import negative
from ykt_conformance.cases.words.checks import every
from ykt_conformance.drive.spoil import (
    forged_mac2,
    status,
    swapped_codes,
    tac_only,
    unreachable,
)
from ykt_conformance.judge.taps import of
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS, LNT, TUNION


def _nothing_cleared(view: View) -> Judgement:
    """No clearing record comes of the spoilt tap."""
    found = [tap for tap in of(view, "mutant") if tap.note]
    for tap in found:
        if tap.clearing is not None:
            return Fault(f"{tap.name}: a transaction with a forged MAC2 goes to clearing")
    return None if found else Unproven("the trace has no tap with a forged MAC2")


_GROUP: Final = "forged and refused"
_FORGED: Final = "answers DEBIT with a forged MAC2"

CASES: Final = (
    terminal(
        "T-1001", _GROUP,
        "A T-Union card with a forged MAC2 is not accepted", "交通联合 MAC2 伪造不得接受",
        clauses="CL-TMAC2-001", scene=negative(TUNION, mutate=forged_mac2()),
        judge=rejects(_FORGED, before=""), applies=PAYS_TUNION, needs="report",
    ),
    terminal(
        "T-1002", _GROUP,
        "A Lingnan Tong card with a forged MAC2 is not accepted", "岭南通 MAC2 伪造不得接受",
        clauses="CL-TMAC2-001", scene=negative(LNT, mutate=forged_mac2()),
        judge=rejects(_FORGED, before=""), applies=PAYS_LNT, needs="report",
    ),
    terminal(
        "T-1003", _GROUP,
        "MAC2 in the place of the TAC is not accepted", "MAC2 与 TAC 颠倒不得接受",
        clauses="CL-TMAC2-002", scene=negative(TUNION, mutate=swapped_codes()),
        judge=rejects("answers DEBIT with MAC2 before the TAC", before=""), applies=PAYS_TUNION,
        needs="report",
    ),
    terminal(
        "T-1004", _GROUP,
        "An answer to DEBIT without MAC2 is not accepted", "无 MAC2 的扣款应答不得接受",
        clauses="CL-TMAC2-002", scene=negative(TUNION, mutate=tac_only()),
        judge=rejects("answers DEBIT without MAC2", before=""), applies=PAYS_TUNION, needs="report",
    ),
    terminal(
        "T-1005", _GROUP,
        "A forged MAC2 gives no clearing record", "MAC2 伪造的交易不得送清算",
        clauses="CL-TMAC2-003", scene=negative(TUNION, mutate=forged_mac2()),
        judge=every(rejects(_FORGED, before=""), _nothing_cleared),
        applies=f'{PAYS_TUNION} and reports.clearing and device.direction != "entry"',
        needs="report",
    ),
    terminal(
        "T-1006", _GROUP,
        "A T-Union card that refuses DEBIT with 9302 does not pass", "扣款应答 9302 的卡不得放行",
        clauses="CL-TREF-001",
        scene=negative(TUNION, mutate=unreachable("DEBIT is refused", INS.DEBIT, 0x9302)),
        judge=rejects("refuses DEBIT with 9302", before=""), applies=PAYS_TUNION, needs="report",
    ),
    terminal(
        "T-1007", _GROUP,
        "A Lingnan Tong card that refuses DEBIT with 9401 does not pass",
        "岭南通扣款应答 9401 的卡不得放行",
        clauses="CL-TREF-001",
        scene=negative(LNT, mutate=unreachable("DEBIT is refused", INS.DEBIT, 0x9401)),
        judge=rejects("refuses DEBIT with 9401", before=""), applies=PAYS_LNT, needs="report",
    ),
    terminal(
        "T-1008", _GROUP,
        "After a refused INITIALIZE no DEBIT is sent", "初始化被拒后不得扣款",
        clauses="CL-TREF-002",
        scene=negative(TUNION, mutate=unreachable("INITIALIZE fails", INS.INITIALIZE, 0x6985)),
        judge=rejects("refuses INITIALIZE with 6985", before="debit"), applies=PAYS_TUNION,
    ),
    terminal(
        "T-1009", _GROUP,
        "After a refused cache update no DEBIT is sent", "缓存更新被拒后不得扣款",
        clauses="CL-TREF-003",
        scene=negative(
            TUNION, mutate=status("updates fail", INS.UPDATE_RECORD, 0x6A82, keep=False)
        ),
        judge=rejects("refuses the cache update with 6A82", before="debit"), applies=PAYS_COMPOSITE,
    ),
)  # fmt: skip
