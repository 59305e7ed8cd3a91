"""Terminal cases: the ways in which real cards differ, none of which may matter."""

from __future__ import annotations

from typing import Final

from ykt_conformance.cases.scenes.checks import paid, rejects
from ykt_conformance.cases.scenes.fields import after, number, trip_field
from ykt_conformance.cases.scenes.record import PAYS_COMPOSITE, PAYS_TUNION, terminal
from ykt_conformance.cases.scenes.scenes import negative, plain
from ykt_conformance.cases.terminal.interop import wish
from ykt_conformance.cases.words.checks import every
from ykt_conformance.drive.spoil import longer_9f0c, short_15
from ykt_sim.codes import LNT, TUNION

_LABEL: Final = b"MOT_T_EP".hex().upper()
_NAME: Final = b"TRANSPORT CARD".hex().upper()
_GROUP: Final = "dialects"

CASES: Final = (
    terminal(
        "T-1301", _GROUP,
        "A card with a two-byte 9F08 pays like any other", "9F08 为两字节的卡正常",
        clauses="CL-TDIAL-001",
        scene=plain(TUNION, wish(fci=(("9F08", "0030"), ("9F0C", "ef15")))),
        judge=paid(TUNION), applies="tunion",
    ),
    terminal(
        "T-1302", _GROUP,
        "A card with bytes after A5 in its FCI pays like any other", "FCI 尾部有填充的卡正常",
        clauses="CL-TDIAL-001", scene=plain(TUNION, wish(trailing="00000000")),
        judge=paid(TUNION), applies="tunion",
    ),
    terminal(
        "T-1303", _GROUP,
        "A card with label, priority and name in its FCI pays like any other",
        "FCI 含标签与优先级的卡正常",
        clauses="CL-TDIAL-001",
        scene=plain(
            TUNION,
            wish(
                fci=(
                    ("50", _LABEL), ("87", "02"), ("9F08", "02"), ("9F12", _NAME),
                    ("9F0C", "ef15"),
                )
            ),
        ),
        judge=paid(TUNION), applies="tunion",
    ),
    terminal(
        "T-1304", _GROUP,
        "A card with 32 bytes in 9F0C pays like any other", "9F0C 为 32 字节的卡正常",
        clauses="CL-TDIAL-001",
        scene=plain(TUNION, mutate=longer_9f0c()),
        judge=paid(TUNION), applies="tunion",
    ),
    terminal(
        "T-1305", _GROUP,
        "A card with an extra tag DF00 in its FCI pays like any other", "FCI 含 DF00 的卡正常",
        clauses="CL-TDIAL-001",
        scene=plain(
            TUNION, wish(fci=(("9F08", "02"), ("DF00", "02"), ("9F0C", "ef15")))
        ),
        judge=paid(TUNION), applies="tunion",
    ),
    terminal(
        "T-1306", _GROUP,
        "A card without 9F0C is identified by EF 15", "FCI 无 9F0C 时读取 15 文件",
        clauses="CL-TDIAL-002", scene=plain(TUNION, wish(fci=(("9F08", "02"),))),
        judge=paid(TUNION), applies="tunion",
    ),
    terminal(
        "T-1307", _GROUP,
        "The top bit of GET BALANCE is no money", "余额最高位不作金额",
        clauses="CL-TDIAL-003", scene=plain(TUNION, wish(top_bit=True)),
        judge=every(
            paid(TUNION), trip_field("balance_after", number(after, "balance_after"))
        ),
        applies=PAYS_COMPOSITE,
    ),
    terminal(
        "T-1308", _GROUP,
        "An empty card with the top bit in GET BALANCE is refused with 2731",
        "最高位置位且余额为零的卡被拒(2731)",
        clauses="CL-TDIAL-003", scene=negative(TUNION, wish(top_bit=True, balance=0)),
        judge=rejects("is empty with the top bit set", before="debit", code="2731"),
        applies=PAYS_TUNION,
    ),
    terminal(
        "T-1309", _GROUP,
        "A Lingnan Tong card with 68 bytes in EF 15 pays like any other",
        "15 文件为 68 字节的岭南通卡正常",
        clauses="CL-TDIAL-004", scene=plain(LNT, mutate=short_15()), judge=paid(LNT),
        applies="lnt",
    ),
)  # fmt: skip
