"""Terminal cases: how a card is entered, and which of its applications is used."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.cases.scenes.checks import first_choice, paid, rejects
from ykt_conformance.cases.scenes.record import ANY, DUAL, terminal
from ykt_conformance.cases.scenes.scenes import plain
from ykt_conformance.drive.spoil import LONG, listing
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.judge.taps import taps
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_WALLET,
    AID_PPSE,
    AID_TUNION_EC,
    AID_TUNION_EP,
    INS,
    LNT,
    TUNION,
)
from ykt_sim.wire.tlv import Fci

# -- what is selected first --------------------------------------------------------------


_FIRST: Final = {
    "ppse-first": (AID_PPSE,),
    "lnt-probe-first": (AID_LNT_BASIC,),
    "direct": (AID_LNT_BASIC, AID_LNT_WALLET, AID_TUNION_EP),
}


def _entry(view: View) -> Judgement:
    how = view.ics["applications"]["entry"]
    due, found = _FIRST[how], False
    for tap in taps(view):
        selects = [call for call in tap.calls if call.is_(INS.SELECT)]
        if not selects:
            continue
        found = True
        sent = selects[0].command.data
        if sent not in due:
            return Fault(
                f"{tap.name}: the first SELECT is not what entry {how!r} begins with",
                selects[0].index, due[0].hex().upper(), sent.hex().upper(),
            )  # fmt: skip
    return None if found else Unproven("the trace has no SELECT")


def _listed(view: View) -> Judgement:
    """T-Union AIDs selected after a PPSE are among those it listed."""
    found = False
    for tap in taps(view):
        listed: tuple[bytes, ...] | None = None
        for call in tap.calls:
            if not call.is_(INS.SELECT, 0x04):
                continue
            name = call.command.data
            if name == AID_PPSE and call.ok:
                listed = tuple(entry.aid for entry in Fci.parse(call.response.data).entries)
            elif name.startswith(AID_TUNION_EP) and listed is not None:
                found = True
                if name not in listed:
                    return Fault(
                        f"{tap.name}: an AID is selected that PPSE did not list", call.index,
                        " ".join(aid.hex().upper() for aid in listed), name.hex().upper(),
                    )  # fmt: skip
    return None if found else Unproven("the trace has no T-Union SELECT after a PPSE")


def _no_pay_after_ppse(view: View) -> Judgement:
    found, locked = False, set[int]()
    for call in view.card:
        if not call.is_(INS.SELECT, 0x04):
            continue
        if call.command.data == AID_PPSE and call.ok:
            locked.add(call.session)
        elif call.command.data in (AID_LNT_BASIC, AID_LNT_WALLET):
            found = True
            if call.session in locked:
                return Fault("PAY.* is selected after PPSE without a reset in between", call.index)
    return None if found else Unproven("the trace has no SELECT of PAY.*")


def _ppse_without_purse(bench: TerminalBench) -> None:
    bench.tap(bench.card(LNT), "control")
    bench.tap(bench.card("dual"), "mutant", mutate=listing(AID_TUNION_EC))


def _with_other_first(_bench: TerminalBench) -> dict[str, Any]:
    return {"ecash": True}


def any_kind(bench: TerminalBench) -> str:
    """A card kind that this terminal takes."""
    return TUNION if bench.ics["applications"][TUNION] else LNT


def _nothing_for_it(bench: TerminalBench) -> None:
    kind = any_kind(bench)
    bench.tap(bench.card(kind), "control")
    bench.tap(bench.card("blank"), "mutant")
    bench.tap(bench.card(kind), "again")


_GROUP: Final = "entry"
_BY_PPSE: Final = 'tunion and not applications.entry == "direct"'

CASES: Final = (
    terminal(
        "T-0101", _GROUP,
        "The first SELECT is that of the declared entry", "首个选择命令符合声明的入口方式",
        clauses="CL-TENTRY-001", scene=plain("dual"), judge=_entry,
        applies=ANY,
        anywhere=True,
    ),
    terminal(
        "T-0102", _GROUP,
        "Only AIDs that PPSE lists are selected", "只选择 PPSE 所列的 AID",
        clauses="CL-TENTRY-002", scene=plain(TUNION, mutate=listing(LONG)), judge=_listed,
        applies=_BY_PPSE,
        anywhere=True,
    ),
    terminal(
        "T-0103", _GROUP,
        "A long AID in PPSE is recognised by its first eight bytes", "识别 PPSE 中的长 AID",
        clauses="CL-TENTRY-003", scene=plain(TUNION, mutate=listing(LONG)),
        judge=paid(TUNION), applies=_BY_PPSE,
    ),
    terminal(
        "T-0104", _GROUP,
        "The purse is used although the e-cash is listed before it",
        "电子现金列于前时仍使用电子钱包",
        clauses="CL-TENTRY-004", scene=plain(TUNION, _with_other_first), judge=paid(TUNION),
        applies=_BY_PPSE,
    ),
    terminal(
        "T-0105", _GROUP,
        "PAY.* is not selected after PPSE without a reset", "选择 PPSE 后未复位不得选择 PAY.*",
        clauses="CL-TENTRY-005", scene=_ppse_without_purse, judge=_no_pay_after_ppse,
        applies=DUAL,
        anywhere=True,
    ),
    terminal(
        "T-0106", _GROUP,
        "A card without PPSE is tried directly", "无 PPSE 的卡直接选择应用",
        clauses="CL-TENTRY-006", scene=plain(TUNION, lambda _: {"ppse": False}),
        judge=paid(TUNION), applies='tunion and applications.without_ppse == "direct"',
    ),
    terminal(
        "T-0107", _GROUP,
        "A dual card pays once, from the application of first choice",
        "双标准卡按优先级使用一个应用且只扣一次",
        clauses="CL-TENTRY-007", scene=plain("dual"), judge=first_choice, applies=DUAL,
    ),
    terminal(
        "T-0108", _GROUP,
        "A card with no application for this terminal is refused, the next one works",
        "无可用应用的卡被拒,下一张卡正常",
        clauses="CL-TENTRY-008", scene=_nothing_for_it,
        judge=rejects("has no application for this terminal"), applies=ANY,
    ),
)  # fmt: skip
