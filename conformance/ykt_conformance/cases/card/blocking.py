"""Card cases: APPLICATION BLOCK and UNBLOCK, CARD BLOCK."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.card.authentication import challenge_before
from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import READS, each, every, refusal, same, status
from ykt_conformance.cases.words.finding import selects
from ykt_conformance.cases.words.record import NAMES, Flow, Judge, at, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS, LNT, PURCHASE, SW, TUNION
from ykt_sim.wire.apdu import Response

_GROUP: Final = "blocking"
_PURSE: Final = frozenset((*READS, INS.INITIALIZE, INS.DEBIT, INS.CREDIT_FOR_LOAD))
#: What an application that is open answers with 9000 in any state.
_ALWAYS: Final = frozenset(
    (
        c.balance(),
        c.read_record(1, c.LOG),
        *(c.initialize(PURCHASE, 0, c.TERMINAL[name]) for name in (TUNION, LNT)),
    )
)
Stimulus = Callable[[CardBench], Flow[None]]


def _line(
    bench: CardBench, standard: str, ins: int, p2: int = 0, *, bits: int = 0
) -> Flow[Response]:
    head = bytes((0x84, ins, 0x00, p2))
    command = yield from flows.protected(bench, standard, head, bits=bits)
    return (yield Send(command))


def _purse_commands(standard: str) -> Flow[None]:
    yield Send(c.balance())
    yield Send(c.initialize(PURCHASE, 0, c.TERMINAL[standard]))
    yield Send(c.read_record(1, c.LOG))


def _select(standard: str) -> Flow[None]:
    yield Send(c.select(c.PURSE_AID[standard]))


def _temporary(standard: str) -> Stimulus:
    """Block, try, reset, try, unblock, look that all is as before."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard, 10)
        yield from flows.do(bench, standard, PURCHASE, 1)
        yield from flows.audit(bench, standard)
        yield from _line(bench, standard, INS.APP_BLOCK)
        yield from _purse_commands(standard)
        yield PowerCycle()
        yield from _select(standard)
        yield from _purse_commands(standard)
        yield from _line(bench, standard, INS.APP_UNBLOCK)
        yield from flows.again(standard)
        yield from flows.audit(bench, standard)
        yield from flows.do(bench, standard, PURCHASE, 1)

    return flow


def _wrong(standard: str) -> Stimulus:
    """A wrong MAC blocks nothing, and unblocks nothing."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from _line(bench, standard, INS.APP_BLOCK, bits=1)
        yield from _purse_commands(standard)
        yield from _line(bench, standard, INS.APP_BLOCK)
        yield from _line(bench, standard, INS.APP_UNBLOCK, bits=1)
        yield from _purse_commands(standard)
        yield from _line(bench, standard, INS.APP_UNBLOCK)
        yield from flows.again(standard)
        yield from _purse_commands(standard)

    return flow


def _permanent(bench: CardBench) -> Flow[None]:
    yield from flows.enter(TUNION)
    yield from _line(bench, TUNION, INS.APP_BLOCK, 0x01)
    yield from _line(bench, TUNION, INS.APP_UNBLOCK)
    yield from _purse_commands(TUNION)
    yield PowerCycle()
    yield from _select(TUNION)
    yield from _purse_commands(TUNION)


def _three(bench: CardBench) -> Flow[None]:
    """Three wrong unblocks; then the right one comes too late."""
    yield from flows.enter(TUNION)
    yield from _line(bench, TUNION, INS.APP_BLOCK)
    for _ in range(3):
        yield from _line(bench, TUNION, INS.APP_UNBLOCK, bits=1)
    yield from _line(bench, TUNION, INS.APP_UNBLOCK)
    yield from _purse_commands(TUNION)


def _card(bench: CardBench) -> Flow[None]:
    standard = TUNION if bench.ics[TUNION]["claimed"] else LNT
    yield from flows.enter(standard)
    yield from _line(bench, standard, INS.CARD_BLOCK)
    yield from _select(standard)
    yield from _purse_commands(standard)
    yield PowerCycle()
    yield from _select(standard)
    yield Send(c.challenge(4))
    yield from _purse_commands(standard)


# -- what the trace says of it ---------------------------------------------------------------


def _mac_right(view: View, call: Call) -> bool | None:
    key = view.keys.get(call.standard, "line")
    challenge = challenge_before(view, call)
    if key is None or len(call.command.data) != 4 or not challenge:
        return None
    return reckon.line_mac(key, call.raw[:4], challenge) == call.command.data


def _line_calls(ins: int, standard: str, *, right: bool) -> Callable[[View], Iterator[Call]]:
    def find(view: View) -> Iterator[Call]:
        for call in view.find(ins, 0x00):
            mine = call.answered and call.standard == standard
            if mine and _mac_right(view, call) is right:
                yield call

    return find


def _states(view: View, standard: str) -> dict[int, str]:
    """Event index of every call -> ``open``, ``blocked`` or ``locked`` before it."""
    found: dict[int, str] = {}
    state, failures = "open", 0
    for call in view.card:
        found[call.index] = state
        if call.standard != standard:
            continue
        if call.is_(INS.APP_BLOCK) and call.ok:
            kept = "locked" if state == "locked" else "blocked"
            state, failures = "locked" if call.command.p2 else kept, 0
        elif call.is_(INS.APP_UNBLOCK) and call.ok:
            state, failures = "open", 0
        elif call.is_(INS.APP_UNBLOCK) and state == "blocked":
            failures += _mac_right(view, call) is False
            state = "locked" if failures == 3 else state
    return found


def _while(standard: str, *states: str) -> Judge:
    """Purse commands of an application in such a state: done when open, refused otherwise."""

    def find(view: View) -> Iterator[tuple[Call, str]]:
        known = _states(view, standard)
        touched = [x.index for x in view.card if x.command.ins in (INS.APP_BLOCK, INS.APP_UNBLOCK)]
        for call in view.card:
            mine = call.standard == standard and call.answered and call.command.ins in _PURSE
            if not (mine and touched and call.index > touched[0]):
                continue
            state = known[call.index]
            if state in states and (state != "open" or call.raw in _ALWAYS):
                yield call, state

    def check(_view: View, found: tuple[Call, str]) -> Judgement:
        call, state = found
        words = f"command {call.raw[:4].hex(' ').upper()} of an application that is {state}"
        return status(call, words, SW.OK) if state == "open" else refusal(call, words)

    return each(find, check, f"purse command of an application that is {' or '.join(states)}")


def _answers(ins: int, standard: str, *, right: bool, expected: int, name: str) -> Judge:
    kind = "right" if right else "wrong"

    def find(view: View) -> Iterator[Call]:
        """UNBLOCK counts while blocked only, a wrong one before the third."""
        wrong, known = 0, _states(view, standard)
        for call in _line_calls(ins, standard, right=right)(view):
            wrong += not right
            blocked = wrong < 3 and known[call.index] == "blocked"
            if ins == INS.APP_BLOCK or blocked:
                yield call

    return each(
        find,
        lambda _, call: status(call, f"{name} with a {kind} MAC", expected),
        f"{name} with a {kind} MAC",
    )


def _select_blocked(view: View) -> Judgement:
    """SELECT of a temporarily blocked T-Union purse, as declared."""
    expected = int(view.ics[TUNION]["blocked_select"], 16)
    found: Judgement = Unproven("the trace has no SELECT of a blocked T-Union purse")
    known = _states(view, TUNION)
    for call in selects(view, c.PURSE_AID[TUNION]):
        if known[call.index] == "blocked":
            found = status(call, "SELECT of a blocked T-Union purse", expected)
            if found is not None:
                return found
    return found


def _unblocks_locked(view: View) -> Judgement:
    found: Judgement = Unproven("the trace has no APPLICATION UNBLOCK of a locked application")
    known = _states(view, TUNION)
    for call in view.find(INS.APP_UNBLOCK):
        mine = call.standard == TUNION and call.answered
        if mine and known[call.index] == "locked":
            found = status(call, "APPLICATION UNBLOCK of a locked application", SW.APP_LOCKED)
            if found is not None:
                return found
    return found


def _third_wrong(view: View) -> Judgement:
    wrong = list(_line_calls(INS.APP_UNBLOCK, TUNION, right=False)(view))
    if len(wrong) < 3:
        return Unproven("the trace has no three wrong APPLICATION UNBLOCK")
    for call, expected in zip(wrong, (SW.SM_MAC_WRONG, SW.SM_MAC_WRONG, SW.APP_LOCKED),
                              strict=False):  # fmt: skip
        found = status(call, "a wrong APPLICATION UNBLOCK", expected)
        if found is not None:
            return found
    return None


def _after_card_block(view: View) -> Judgement:
    block: Call | None = None
    found: Judgement = Unproven("the trace has no command after a CARD BLOCK")
    for call in view.card:
        if call.is_(INS.CARD_BLOCK) and block is None:
            if _mac_right(view, call):
                found = status(call, "CARD BLOCK with the right MAC", SW.OK)
                if found is not None:
                    return found
                block = call
        elif block is not None and call.answered:
            words = f"command {call.raw[:4].hex(' ').upper()} after CARD BLOCK"
            found = status(call, words, SW.NOT_SUPPORTED)
            if found is not None:
                return found
    return found


def _kept(standard: str) -> Judge:
    """Balances and log after block and unblock are what they were before."""

    def judge(view: View) -> Judgement:
        first: dict[bytes, Call] = {}
        found: Judgement = Unproven("nothing was read before a block and after the unblock")
        lifted = False
        for call in view.card:
            if call.is_(INS.APP_UNBLOCK) and call.ok:
                lifted = True
            elif call.command.ins in (INS.DEBIT, INS.CREDIT_FOR_LOAD):
                first, lifted = {}, False
            elif call.command.ins in READS and call.standard == standard and call.ok:
                old = first.get(call.raw)
                if not lifted:
                    first[call.raw] = call
                elif old is not None:
                    found = same(call, "a read after block and unblock", old.response.data,
                                 call.response.data)  # fmt: skip
                    if found is not None:
                        return found
        return found

    return judge


def _per_standard(standard: str) -> tuple[CardCase, ...]:
    name, zh = NAMES[standard]
    needs = f"keys:{standard}.line"
    return (
        card(
            at(standard, "C-1501", "C-1551"), _GROUP,
            f"A blocked application refuses, also after a reset, until it is unblocked ({name})",
            f"应用锁定后拒绝交易,复位仍锁定,解锁后恢复({zh})",
            clauses="CL-BLOCK-001 CL-BLOCK-002", applies=standard, needs=f"reset {needs}",
            stimulus=_temporary(standard),
            judge=every(
                _answers(INS.APP_BLOCK, standard, right=True, expected=SW.OK,
                         name="APPLICATION BLOCK"),
                _while(standard, "blocked"),
                _answers(INS.APP_UNBLOCK, standard, right=True, expected=SW.OK,
                         name="APPLICATION UNBLOCK"),
                _while(standard, "open"),
            ),
        ),
        card(
            at(standard, "C-1502", "C-1552"), _GROUP,
            f"Block and unblock leave balances and log alone ({name})",
            f"锁定与解锁不改变余额与明细({zh})",
            clauses="CL-BLOCK-003", applies=standard, needs=f"reset {needs}",
            stimulus=_temporary(standard),
            judge=_kept(standard),
        ),
        card(
            at(standard, "C-1503", "C-1553"), _GROUP,
            f"A wrong MAC neither blocks nor unblocks ({name})",
            f"MAC 错误不能锁定或解锁应用({zh})",
            clauses="CL-BLOCK-004", applies=standard, needs=needs,
            stimulus=_wrong(standard),
            judge=every(
                _answers(INS.APP_BLOCK, standard, right=False, expected=SW.SM_MAC_WRONG,
                         name="APPLICATION BLOCK"),
                _answers(INS.APP_UNBLOCK, standard, right=False, expected=SW.SM_MAC_WRONG,
                         name="APPLICATION UNBLOCK"),
                _while(standard, "open", "blocked"),
            ),
        ),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    *_per_standard(TUNION),
    *_per_standard(LNT),
    card(
        "C-1504", _GROUP,
        "SELECT of a blocked T-Union purse answers as declared",
        "锁定后选择应用的应答与声明一致",
        clauses="CL-BLOCK-005", applies="tunion", needs="reset keys:tunion.line",
        stimulus=_temporary(TUNION),
        judge=_select_blocked,
    ),
    card(
        "C-1505", _GROUP,
        "A permanent block cannot be undone",
        "永久锁定不可解除",
        clauses="CL-BLOCK-006", applies="tunion", needs="fresh keys:tunion.line",
        stimulus=_permanent,
        judge=every(
            _answers(INS.APP_BLOCK, TUNION, right=True, expected=SW.OK,
                     name="APPLICATION BLOCK"),
            _unblocks_locked,
            _while(TUNION, "locked"),
        ),
    ),
    card(
        "C-1506", _GROUP,
        "Three wrong unblocks lock the application for good",
        "连续三次解锁失败永久锁定应用",
        clauses="CL-BLOCK-007", applies="tunion", needs="fresh keys:tunion.line",
        stimulus=_three,
        judge=every(_third_wrong, _unblocks_locked, _while(TUNION, "locked")),
    ),
    card(
        "C-1507", _GROUP,
        "After CARD BLOCK every command is answered 6A81",
        "卡片锁定后所有命令应答 6A81",
        clauses="CL-BLOCK-008", applies="tunion or lnt",
        needs="fresh",
        stimulus=_card,
        judge=_after_card_block,
    ),
)  # fmt: skip
