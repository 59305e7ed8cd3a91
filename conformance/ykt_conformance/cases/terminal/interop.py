"""Terminal cases: interoperability flag, missing EF 17, blocked applications."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.cases.scenes.checks import by_ics, paid, proven, rejects
from ykt_conformance.cases.scenes.record import PAYS_TUNION, terminal
from ykt_conformance.cases.scenes.scenes import Wishes, negative, plain
from ykt_conformance.cases.terminal.matrix import own_pair
from ykt_conformance.cases.words.checks import every
from ykt_conformance.cases.words.record import Judge
from ykt_conformance.drive.spoil import status
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.judge.taps import of
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import AID_TUNION_EP, INS, LNT, TUNION

#: Status words by which SELECT says that the application is blocked [LAB][CODE].
_BLOCKED: Final = frozenset((0x6283, 0x6284, 0x6A81, 0x9303))


def wish(**wishes: Any) -> Wishes:
    """The same wishes at every terminal."""
    return lambda _bench: wishes


def _own_without_flag(bench: TerminalBench) -> dict[str, Any]:
    return {**own_pair(bench), "flag": "0000"}


def _fallback(*, ecash: str) -> Judge:
    """What becomes of a card without EF 17: ``ecash`` is what DF11 tells, or is not there."""
    why = {
        "0001": "tells its flag in DF11 only",
        "0000": "tells in DF11 that it is not interoperable",
        "": "tells its flag nowhere",
    }[ecash]
    taken = proven(paid(TUNION, roles=("mutant",)), why)
    refused = rejects(why)
    return by_ics(
        "interoperability",
        "fallback",
        {
            "ecash": taken if ecash == "0001" else refused,
            "accept": taken,
            "refuse": refused,
        },
    )


def _left_alone(view: View) -> Judgement:
    """Nothing is asked of an application whose SELECT said that it is blocked."""
    found = False
    for tap in of(view, "mutant"):
        blocked = False
        for call in tap.calls:
            if call.is_(INS.SELECT):
                blocked = call.response.sw in _BLOCKED
                found = found or blocked
            elif blocked:
                return Fault(
                    f"{tap.name}: goes on with {call.command.ins:02X} in an application that is"
                    " blocked",
                    call.index,
                )
    return None if found else Unproven("the trace has no SELECT of a blocked application")


def _blocked(why: str) -> Judge:
    return every(rejects(why), _left_alone)


_GROUP: Final = "interoperability"
_JUDGED: Final = f"{PAYS_TUNION} and interoperability.judged"

CASES: Final = (
    terminal(
        "T-0501", _GROUP,
        "A card of another city without the interoperability flag is refused",
        "外地非互通卡被拒",
        clauses="CL-TFLAG-001", scene=negative(TUNION, wish(flag="0000")),
        judge=rejects("is not interoperable"), applies=_JUDGED,
    ),
    terminal(
        "T-0502", _GROUP,
        "A card of the own city needs no interoperability flag", "本地卡不需要互通标识",
        clauses="CL-TFLAG-002", scene=plain(TUNION, _own_without_flag), judge=paid(TUNION),
        applies=f"{_JUDGED} and interoperability.own",
    ),
    terminal(
        "T-0503", _GROUP,
        "A card without EF 17 whose DF11 has the flag is treated as declared",
        "无 17 文件而 DF11 有互通标识的卡按声明处理",
        clauses="CL-TFLAG-003",
        scene=negative(TUNION, wish(ef17=False, ecash=True)), judge=_fallback(ecash="0001"),
        applies=_JUDGED,
    ),
    terminal(
        "T-0504", _GROUP,
        "A card that tells its flag nowhere is treated as declared",
        "无处读取互通标识的卡按声明处理",
        clauses="CL-TFLAG-003", scene=negative(TUNION, wish(ef17=False, ecash=False)),
        judge=_fallback(ecash=""), applies=_JUDGED,
    ),
    terminal(
        "T-0505", _GROUP,
        "A card whose DF11 says it is not interoperable is treated as declared",
        "DF11 标明非互通的卡按声明处理",
        clauses="CL-TFLAG-003",
        scene=negative(TUNION, wish(ef17=False, ecash=True, flag="0000")),
        judge=_fallback(ecash="0000"), applies=_JUDGED,
    ),
    terminal(
        "T-0506", _GROUP,
        "A T-Union card that is blocked is refused and left alone", "已锁定的交通联合卡被拒",
        clauses="CL-TBLOCK-001", scene=negative(TUNION, wish(blocked=TUNION)),
        judge=_blocked("is blocked"), applies="tunion",
    ),
    terminal(
        "T-0507", _GROUP,
        "A T-Union card that is blocked for good is refused and left alone",
        "永久锁定的交通联合卡被拒",
        clauses="CL-TBLOCK-001", scene=negative(TUNION, wish(blocked=TUNION, locked=True)),
        judge=_blocked("is blocked for good"), applies="tunion",
    ),
    terminal(
        "T-0508", _GROUP,
        "6283 to SELECT is enough to refuse a card that would work otherwise",
        "选择应答 6283 即应拒绝",
        clauses="CL-TBLOCK-002",
        scene=negative(
            TUNION, mutate=status("SELECT says 6283", INS.SELECT, 0x6283, aid=AID_TUNION_EP)
        ),
        judge=rejects("answers SELECT with 6283"), applies="tunion",
    ),
    terminal(
        "T-0509", _GROUP,
        "6A81 to SELECT is enough to refuse a card that would work otherwise",
        "选择应答 6A81 即应拒绝",
        clauses="CL-TBLOCK-002",
        scene=negative(
            TUNION,
            mutate=status("SELECT says 6A81", INS.SELECT, 0x6A81, aid=AID_TUNION_EP, keep=False),
        ),
        judge=rejects("answers SELECT with 6A81"), applies="tunion",
    ),
    terminal(
        "T-0510", _GROUP,
        "A Lingnan Tong card whose wallet is blocked is refused and left alone",
        "钱包已锁定的岭南通卡被拒",
        clauses="CL-TBLOCK-001", scene=negative(LNT, wish(blocked=LNT)),
        judge=_blocked("is blocked"), applies="lnt",
    ),
)  # fmt: skip
