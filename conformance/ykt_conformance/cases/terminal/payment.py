"""Terminal cases: INITIALIZE and DEBIT: MAC1, time, numbers, type of purchase."""

from __future__ import annotations

from typing import Final

from ykt_conformance.cases.scenes.checks import purchases
from ykt_conformance.cases.scenes.fields import (
    fare_right,
    init_right,
    kind_right,
    lnt_fare,
    mac1_right,
    moment_right,
    serials,
)
from ykt_conformance.cases.scenes.record import BOTH, PAYS_LNT, PAYS_TUNION, terminal
from ykt_conformance.cases.scenes.scenes import plain, several
from ykt_conformance.cases.words.checks import each
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT, TUNION


def _mixed(bench: TerminalBench) -> None:
    """Both standards in turn."""
    for kind in (TUNION, LNT, "dual", TUNION, LNT):
        bench.tap(bench.card(kind), "control")


_lnt_fare = each(lambda view: purchases(view, LNT), lnt_fare, "DEBIT of an lnt purse")
_GROUP: Final = "payment"

CASES: Final = (
    terminal(
        "T-0701", _GROUP,
        "MAC1 to a T-Union card is right", "交通联合 MAC1 正确",
        clauses="CL-TPAY-001", scene=several(TUNION, TUNION), judge=mac1_right(TUNION),
        applies=PAYS_TUNION,
        anywhere=True,
    ),
    terminal(
        "T-0702", _GROUP,
        "MAC1 to a Lingnan Tong card is right", "岭南通 MAC1 正确",
        clauses="CL-TPAY-001", scene=several(LNT, LNT), judge=mac1_right(LNT),
        applies=PAYS_LNT,
        anywhere=True,
    ),
    terminal(
        "T-0703", _GROUP,
        "Date and time sent to a T-Union card are the terminal's clock",
        "交通联合交易日期时间与终端时钟一致",
        clauses="CL-TPAY-002", scene=plain(TUNION), judge=moment_right(TUNION),
        applies=PAYS_TUNION,
        anywhere=True,
    ),
    terminal(
        "T-0704", _GROUP,
        "Month, day, hour and minute sent to a Lingnan Tong card are the terminal's clock",
        "岭南通交易月日时分与终端时钟一致",
        clauses="CL-TPAY-003", scene=plain(LNT), judge=moment_right(LNT), applies=PAYS_LNT,
        anywhere=True,
    ),
    terminal(
        "T-0705", _GROUP,
        "The fare sent to a Lingnan Tong card is the one before discount",
        "岭南通交易数据中的票价为折前票价",
        clauses="CL-TPAY-003", scene=plain(LNT), judge=_lnt_fare, applies=PAYS_LNT,
        anywhere=True,
    ),
    terminal(
        "T-0706", _GROUP,
        "INITIALIZE to a T-Union card carries the terminal's number",
        "交通联合初始化使用本终端编号",
        clauses="CL-TPAY-004", scene=plain(TUNION), judge=init_right(TUNION, "terminal"),
        applies=PAYS_TUNION,
        anywhere=True,
    ),
    terminal(
        "T-0707", _GROUP,
        "INITIALIZE to a Lingnan Tong card carries the terminal's number",
        "岭南通初始化使用本终端编号",
        clauses="CL-TPAY-004", scene=plain(LNT), judge=init_right(LNT, "terminal"),
        applies=PAYS_LNT,
        anywhere=True,
    ),
    terminal(
        "T-0708", _GROUP,
        "INITIALIZE to a T-Union card names the declared key index", "交通联合初始化密钥索引正确",
        clauses="CL-TPAY-005", scene=plain(TUNION), judge=init_right(TUNION, "key_index"),
        applies=PAYS_TUNION,
        anywhere=True,
    ),
    terminal(
        "T-0709", _GROUP,
        "INITIALIZE to a Lingnan Tong card names the declared key index",
        "岭南通初始化密钥索引正确",
        clauses="CL-TPAY-005", scene=plain(LNT), judge=init_right(LNT, "key_index"),
        applies=PAYS_LNT,
        anywhere=True,
    ),
    terminal(
        "T-0710", _GROUP,
        "The purchase from a T-Union card is of the declared type", "交通联合消费类型与声明一致",
        clauses="CL-TPAY-006", scene=plain(TUNION), judge=kind_right(TUNION),
        applies=PAYS_TUNION, official="EP_JBGN_002",
        anywhere=True,
    ),
    terminal(
        "T-0711", _GROUP,
        "The purchase from a Lingnan Tong card is of the declared type", "岭南通消费类型与声明一致",
        clauses="CL-TPAY-006", scene=plain(LNT), judge=kind_right(LNT), applies=PAYS_LNT,
        anywhere=True,
    ),
    terminal(
        "T-0712", _GROUP,
        "No PSAM number is used twice", "终端交易序号不重复",
        clauses="CL-TPAY-007", scene=several(TUNION, TUNION, TUNION), judge=serials,
        applies=PAYS_TUNION,
        anywhere=True,
    ),
    terminal(
        "T-0713", _GROUP,
        "No PSAM number is used twice over both standards", "两种标准间终端交易序号不重复",
        clauses="CL-TPAY-007", scene=_mixed, judge=serials, applies=BOTH,
        anywhere=True,
    ),
    terminal(
        "T-0714", _GROUP,
        "No PSAM number is used twice with Lingnan Tong cards", "岭南通交易的终端交易序号不重复",
        clauses="CL-TPAY-007", scene=several(LNT, LNT, LNT), judge=serials, applies=PAYS_LNT,
        anywhere=True,
    ),
    terminal(
        "T-0715", _GROUP,
        "INITIALIZE to a T-Union card asks for the declared fare", "交通联合初始化金额为声明的票价",
        clauses="CL-TPAY-008", scene=several(TUNION, TUNION), judge=fare_right(TUNION),
        applies=PAYS_TUNION,
        anywhere=True,
    ),
    terminal(
        "T-0716", _GROUP,
        "INITIALIZE to a Lingnan Tong card asks for the declared fare",
        "岭南通初始化金额为声明的票价",
        clauses="CL-TPAY-008", scene=several(LNT, LNT), judge=fare_right(LNT),
        applies=PAYS_LNT,
        anywhere=True,
    ),
)  # fmt: skip
