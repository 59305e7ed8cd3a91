"""Terminal cases: empty, just enough, one fen short, full, and overdraft."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.cases.scenes.checks import paid, rejects
from ykt_conformance.cases.scenes.fields import after, number, trip_field
from ykt_conformance.cases.scenes.record import PAYS_COMPOSITE, PAYS_LNT, PAYS_TUNION, terminal
from ykt_conformance.cases.scenes.scenes import Wishes, negative, plain
from ykt_conformance.cases.terminal.interop import wish
from ykt_conformance.cases.words.checks import every
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT, OVERDRAFT, TUNION

#: Highest balance of a purse without overdraft; ceiling and overdraft limit share it [LAB].
_MOST: Final = 0xFFFFFF
_LIMIT: Final = 1000


def holding(standard: str, more: int = 0, *, limit: int = 0) -> Wishes:
    """What the terminal asks for, and so many fen more."""

    def wishes(bench: TerminalBench) -> dict[str, Any]:
        balance = max(0, bench.need(standard) + more)
        return {"balance": balance, OVERDRAFT: limit} if limit else {"balance": balance}

    return wishes


def _overdrawable(short: int) -> Wishes:
    """An empty purse whose overdraft limit is the fare, or less."""

    def wishes(bench: TerminalBench) -> dict[str, Any]:
        return {"balance": 0, OVERDRAFT: bench.need(TUNION) - short}

    return wishes


_GROUP: Final = "balance"

CASES: Final = (
    terminal(
        "T-0601", _GROUP,
        "An empty T-Union purse is refused with 2731", "交通联合余额为零的卡被拒(2731)",
        clauses="CL-TBAL-001", scene=negative(TUNION, wish(balance=0)),
        judge=rejects("is empty", before="debit", code="2731"), applies=PAYS_TUNION,
        official="EP_TJJY_002",
    ),
    terminal(
        "T-0602", _GROUP,
        "A T-Union balance of just what is needed is taken", "交通联合余额恰好够用",
        clauses="CL-TBAL-002", scene=plain(TUNION, holding(TUNION)), judge=paid(TUNION),
        applies=PAYS_TUNION,
    ),
    terminal(
        "T-0603", _GROUP,
        "A T-Union balance that is one fen short is refused", "交通联合余额差一分被拒",
        clauses="CL-TBAL-002", scene=negative(TUNION, holding(TUNION, -1)),
        judge=rejects("is one fen short", before="debit"), applies=PAYS_TUNION,
    ),
    terminal(
        "T-0604", _GROUP,
        "The highest balance is handled without overflow", "最高余额不溢出",
        clauses="CL-TBAL-003", scene=plain(TUNION, wish(balance=_MOST, ceiling=_MOST)),
        judge=every(
            paid(TUNION), trip_field("balance_after", number(after, "balance_after"))
        ),
        applies=PAYS_COMPOSITE, official="EP_TJJY_002",
    ),
    terminal(
        "T-0605", _GROUP,
        "The overdraft pays what the balance does not", "透支额度可补足余额",
        clauses="CL-TBAL-004", scene=plain(TUNION, holding(TUNION, -1, limit=_LIMIT)),
        judge=paid(TUNION), applies=f"{PAYS_TUNION} and purchase.overdraft",
    ),
    terminal(
        "T-0606", _GROUP,
        "An overdraft that does not reach is refused", "透支额度不足被拒",
        clauses="CL-TBAL-004", scene=negative(TUNION, _overdrawable(1)),
        judge=rejects("cannot pay with its overdraft", before="debit"),
        applies=f"{PAYS_TUNION} and purchase.overdraft",
    ),
    terminal(
        "T-0607", _GROUP,
        "An empty Lingnan Tong wallet is refused", "岭南通余额为零的卡被拒",
        clauses="CL-TBAL-001", scene=negative(LNT, wish(balance=0)),
        judge=rejects("is empty", before="debit"), applies=PAYS_LNT,
    ),
    terminal(
        "T-0608", _GROUP,
        "A Lingnan Tong balance of just what is needed is taken", "岭南通余额恰好够用",
        clauses="CL-TBAL-002", scene=plain(LNT, holding(LNT)), judge=paid(LNT),
        applies=PAYS_LNT,
    ),
    terminal(
        "T-0609", _GROUP,
        "A Lingnan Tong balance that is one fen short is refused", "岭南通余额差一分被拒",
        clauses="CL-TBAL-002", scene=negative(LNT, holding(LNT, -1)),
        judge=rejects("is one fen short", before="debit"), applies=PAYS_LNT,
    ),
    terminal(
        "T-0610", _GROUP,
        "The overdraft pays nothing where it is not declared", "未声明透支的终端不得使用透支额度",
        clauses="CL-TBAL-004", scene=negative(TUNION, holding(TUNION, -1, limit=_LIMIT)),
        judge=rejects("could pay with its overdraft only", before="debit"),
        applies=f"{PAYS_TUNION} and not purchase.overdraft",
    ),
)  # fmt: skip
