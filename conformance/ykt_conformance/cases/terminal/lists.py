"""Terminal cases: white list (2449, 5469) and black list."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.cases.scenes.checks import paid, rejects
from ykt_conformance.cases.scenes.people import black, issuer
from ykt_conformance.cases.scenes.record import terminal
from ykt_conformance.cases.scenes.scenes import negative, plain
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT, TUNION


def _not_listed(bench: TerminalBench) -> dict[str, Any]:
    return issuer(bench, "nobody")


def _mismatch(bench: TerminalBench) -> dict[str, Any]:
    """A listed issuer with the IIN of another listed one, or with nobody's."""
    return issuer(bench, "mismatch")


def _all_pairs(bench: TerminalBench) -> None:
    for who, iin in bench.ics["white_list"]["pairs"][:4]:
        bench.tap(bench.card(TUNION, issuer=who, iin=iin), "control")


def _black_pan(bench: TerminalBench) -> dict[str, Any]:
    return black(bench, TUNION, exact=True)


def _next_pan(bench: TerminalBench) -> dict[str, Any]:
    return black(bench, TUNION, exact=False)


def _black_number(bench: TerminalBench) -> dict[str, Any]:
    return black(bench, LNT, exact=True)


def _next_number(bench: TerminalBench) -> dict[str, Any]:
    return black(bench, LNT, exact=False)


_GROUP: Final = "lists"
_WHITE: Final = "tunion and white_list.enabled"

CASES: Final = (
    terminal(
        "T-0401", _GROUP,
        "A card whose issuer is not in the white list is refused with 2449",
        "发卡机构不在白名单的卡被拒(2449)",
        clauses="CL-TLIST-001", scene=negative(TUNION, _not_listed),
        judge=rejects("is of an issuer nobody lists", code="2449"), applies=_WHITE,
    ),
    terminal(
        "T-0402", _GROUP,
        "A card whose issuer and IIN do not belong together is refused with 5469",
        "发卡机构与 IIN 不匹配的卡被拒(5469)",
        clauses="CL-TLIST-002", scene=negative(TUNION, _mismatch),
        judge=rejects("has another issuer's IIN", code="5469"), applies=_WHITE,
    ),
    terminal(
        "T-0403", _GROUP,
        "Cards of all listed issuers are taken", "白名单内各机构的卡均可用",
        clauses="CL-TLIST-003", scene=_all_pairs, judge=paid(TUNION), applies=_WHITE,
    ),
    terminal(
        "T-0404", _GROUP,
        "A T-Union card in the black list is refused", "黑名单内的交通联合卡被拒",
        clauses="CL-TLIST-004", scene=negative(TUNION, _black_pan, good=_next_pan),
        judge=rejects("is in the black list"), applies="tunion and black_list.enabled",
    ),
    terminal(
        "T-0405", _GROUP,
        "A Lingnan Tong card in the black list is refused", "黑名单内的岭南通卡被拒",
        clauses="CL-TLIST-004", scene=negative(LNT, _black_number, good=_next_number),
        judge=rejects("is in the black list"), applies="lnt and black_list.enabled",
    ),
    terminal(
        "T-0406", _GROUP,
        "The T-Union card with the next number is taken", "与黑名单相邻号码的交通联合卡可用",
        clauses="CL-TLIST-005", scene=plain(TUNION, _next_pan), judge=paid(TUNION),
        applies="tunion and black_list.enabled",
    ),
    terminal(
        "T-0407", _GROUP,
        "The Lingnan Tong card with the next number is taken", "与黑名单相邻号码的岭南通卡可用",
        clauses="CL-TLIST-005", scene=plain(LNT, _next_number), judge=paid(LNT),
        applies="lnt and black_list.enabled",
    ),
)  # fmt: skip
