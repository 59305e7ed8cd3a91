"""Terminal cases: a card taken away too early, and what becomes of it when it comes back."""

from __future__ import annotations

from typing import Final

from ykt_conformance.cases.scenes.checks import fare, paid
from ykt_conformance.cases.scenes.record import BOTH, PAYS_LNT, PAYS_TUNION, Scene, terminal
from ykt_conformance.cases.scenes.scenes import torn, torn_everywhere
from ykt_conformance.cases.words.checks import every
from ykt_conformance.cases.words.record import Judge
from ykt_conformance.drive.terminal import Removal, TerminalBench
from ykt_conformance.judge.taps import SeenTap, of, taps
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS, LNT, LOAD, TUNION

_BEFORE: Final = Removal(ins=INS.DEBIT, executed=False)
_AFTER: Final = Removal(ins=INS.DEBIT, executed=True)


def not_at_once(view: View) -> Judgement:
    """A tap in which the card was taken away is not accepted there and then."""
    found = of(view, "torn")
    for tap in found:
        if tap.outcome == "accepted":
            return Fault(f"{tap.name}: accepted although the card was taken away")
    return None if found else Unproven("the trace has no tap with the card taken away")


def _untouched(view: View) -> Judgement:
    """A card taken away before its commit keeps its money."""
    for tap in of(view, "torn"):
        if tap.moved:
            return Fault(f"{tap.name}: {-tap.moved} fen left a card taken away before DEBIT")
    return None


def _first_of(view: View, number: int) -> list[SeenTap]:
    """Taps of the card that was torn first, in order."""
    torn_taps = of(view, "torn")
    name = torn_taps[number].card if len(torn_taps) > number else ""
    return [tap for tap in taps(view) if tap.card == name and tap.note]


def once(standard: str) -> Judge:
    """The card that was torn has paid exactly once when it has come back."""

    def judge(view: View) -> Judgement:
        found = _first_of(view, 0)
        back = [tap for tap in found if tap.role == "return"]
        if not back or any(tap.moved is None for tap in found):
            return Unproven("the trace has no card that was taken away and came back")
        first = str(view.ics["applications"]["priority"][0]) if standard == "dual" else standard
        due = fare(first)(view, back[-1]) or 0
        load = view.ics["device"]["kind"] == LOAD
        moved = sum((tap.moved or 0) * (1 if load else -1) for tap in found)
        if back[-1].decision is not None and back[-1].outcome != "accepted":
            return Fault(
                f"{back[-1].name}: the card that came back was not accepted: {back[-1].code}"
            )
        if moved != due:
            return Fault(
                f"the card moved {moved} fen in all, one ride is {due} fen",
                None, str(due), str(moved),
            )  # fmt: skip
        return _commits(found, first)

    return judge


def _commits(found: list[SeenTap], standard: str) -> Fault | None:
    before, after = found[0].before, found[-1].after
    if before is None or after is None:
        return None
    count = sum(after[standard][name] - before[standard][name] for name in ("offline", "online"))
    if count != 1:
        return Fault(f"the card's counter moved by {count}, one transaction was due")
    return None


def _elsewhere_between(removal: Removal, *, other: bool) -> Scene:
    """Torn, then used at another terminal, then back."""

    def scene(bench: TerminalBench) -> None:
        card = bench.card(TUNION)
        bench.tap(card, "torn", removal=removal)
        if other:
            bench.tap(bench.card(TUNION), "other")
        bench.elsewhere(card, TUNION, bench.fare(TUNION))
        bench.tap(card, "return")

    return scene


def _settled(view: View) -> Judgement:
    """Over torn tap and return one fare was taken here; the return may also be refused."""
    found = _first_of(view, 0)
    back = [tap for tap in found if tap.role == "return"]
    if not back or any(tap.moved is None for tap in found):
        return Unproven("the trace has no card that was taken away and came back")
    moved = -sum(tap.moved or 0 for tap in found)
    due = fare(TUNION)(view, back[-1]) or 0
    passed = back[-1].passed
    if moved > due:
        return Fault(f"the card paid {moved} fen here, one ride is {due} fen")
    if passed and moved != due:
        return Fault(f"the card passed and paid {moved} fen here, one ride is {due} fen")
    return None


_GROUP: Final = "torn"
_RECOVERS: Final = "purchase.recovery"
_BACK: Final = ("control", "other", "return")

CASES: Final = (
    terminal(
        "T-1101", _GROUP,
        "A T-Union card taken away before any command up to DEBIT pays once when it is back",
        "交通联合卡在扣款前任一步移开,重刷只扣一次",
        clauses="CL-TTORN-001 CL-TTORN-002", scene=torn_everywhere(TUNION, executed=False),
        judge=every(not_at_once, _untouched, paid(TUNION, roles=_BACK)), applies=PAYS_TUNION,
    ),
    terminal(
        "T-1102", _GROUP,
        "A T-Union card taken away after any command up to DEBIT pays once when it is back",
        "交通联合卡在扣款前任一应答丢失,重刷只扣一次",
        clauses="CL-TTORN-001 CL-TTORN-002", scene=torn_everywhere(TUNION, executed=True),
        judge=every(not_at_once, _untouched, paid(TUNION, roles=_BACK)), applies=PAYS_TUNION,
    ),
    terminal(
        "T-1103", _GROUP,
        "A Lingnan Tong card taken away before any command up to DEBIT pays once when it is back",
        "岭南通卡在扣款前任一步移开,重刷只扣一次",
        clauses="CL-TTORN-001 CL-TTORN-002", scene=torn_everywhere(LNT, executed=False),
        judge=every(not_at_once, _untouched, paid(LNT, roles=_BACK)), applies=PAYS_LNT,
    ),
    terminal(
        "T-1104", _GROUP,
        "A card that never got the DEBIT pays when it is back", "扣款命令未达卡,重刷扣一次",
        clauses="CL-TTORN-002", scene=torn(TUNION, _BEFORE),
        judge=every(not_at_once, once(TUNION)), applies=PAYS_TUNION,
    ),
    terminal(
        "T-1105", _GROUP,
        "A card whose answer to DEBIT was lost does not pay again", "扣款应答丢失,重刷不再扣款",
        clauses="CL-TTORN-003", scene=torn(TUNION, _AFTER),
        judge=every(not_at_once, once(TUNION)), applies=f"{PAYS_TUNION} and {_RECOVERS}",
        needs="report",
    ),
    terminal(
        "T-1106", _GROUP,
        "A Lingnan Tong card whose answer to DEBIT was lost does not pay again",
        "岭南通扣款应答丢失,重刷不再扣款",
        clauses="CL-TTORN-003", scene=torn(LNT, _AFTER),
        judge=every(not_at_once, once(LNT)), applies=f"{PAYS_LNT} and {_RECOVERS}", needs="report",
    ),
    terminal(
        "T-1107", _GROUP,
        "Another card pays in between, the torn one is settled when it is back",
        "闪卡后他人先刷,原卡重刷不再扣款",
        clauses="CL-TTORN-003 CL-TTORN-004", scene=torn(TUNION, _AFTER, other=TUNION),
        judge=every(not_at_once, paid(TUNION, roles=("other",)), once(TUNION)),
        applies=f"{PAYS_TUNION} and {_RECOVERS}", needs="report",
    ),
    terminal(
        "T-1108", _GROUP,
        "A Lingnan Tong card pays in between, the torn T-Union card is settled when it is back",
        "交通联合闪卡后岭南通卡先刷,原卡重刷不再扣款",
        clauses="CL-TTORN-003 CL-TTORN-004", scene=torn(TUNION, _AFTER, other=LNT),
        judge=every(not_at_once, paid(LNT, roles=("other",)), once(TUNION)),
        applies=f"{BOTH} and {_RECOVERS}", needs="report",
    ),
    terminal(
        "T-1109", _GROUP,
        "A torn card that paid elsewhere since does not pay here twice",
        "闪卡后曾在别处消费的卡,重刷不重复扣款",
        clauses="CL-TTORN-005", scene=_elsewhere_between(_AFTER, other=False),
        judge=every(not_at_once, _settled),
        applies=f"{PAYS_TUNION} and {_RECOVERS}", needs="report",
    ),
    terminal(
        "T-1110", _GROUP,
        "What a card paid elsewhere does not pass for the torn ride",
        "别处的消费不得当作本次闪卡交易",
        clauses="CL-TTORN-005", scene=_elsewhere_between(_BEFORE, other=True),
        judge=every(not_at_once, _settled),
        applies=f"{PAYS_TUNION} and {_RECOVERS}", needs="report",
    ),
    terminal(
        "T-1111", _GROUP,
        "A dual card whose answer to DEBIT was lost pays from no purse again",
        "双标准卡扣款应答丢失,重刷两个钱包均不再扣款",
        clauses="CL-TTORN-003", scene=torn("dual", _AFTER),
        judge=every(not_at_once, once("dual")), applies=f"{BOTH} and {_RECOVERS}",
        needs="report",
    ),
)  # fmt: skip
