"""Card cases: GET BALANCE and what must hold between the balances of any card state.

A ceiling, B actual balance, C overdraft limit, D overdrawn amount; B + C - D is available.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import between, calls, each, every, number, refusal, status
from ykt_conformance.cases.words.ledger import Interval, intervals, may_change, money, pairs, sights
from ykt_conformance.cases.words.record import Flow, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS, LNT, OVERDRAFT, PURCHASE, SW, TUNION
from ykt_sim.wire.purse import BalanceAll

_GROUP: Final = "balance"
_P1: Final = "behaviour.balance_p1"
_NAMES: Final = ("available", "limit", "overdrawn", "actual", "ceiling")


def _enter_and_read(standard: str) -> Callable[[CardBench], Flow[None]]:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from flows.balances(bench)

    return flow


def _with_overdraft(bench: CardBench) -> Flow[None]:
    """Balances in three states: as it is, with a limit, and drawn into the limit."""
    yield from flows.ready(bench, TUNION)
    yield from flows.balances(bench)
    if not bench.ics[TUNION]["overdraft"]:
        return
    yield from flows.done(bench, TUNION, OVERDRAFT, limit=3000)
    yield from flows.balances(bench)
    have = yield from flows.available(bench)
    yield from flows.done(bench, TUNION, PURCHASE, have - 1000)
    yield from flows.balances(bench)


def _states(standard: str) -> Callable[[View], Iterator[tuple[Call, dict[str, int]]]]:
    """Complete sets of P1=00..04 read without anything else in between."""

    def find(view: View) -> Iterator[tuple[Call, dict[str, int]]]:
        seen: dict[str, int] = {}
        for call in view.card:
            mine = call.is_(INS.GET_BALANCE, None, 0x02) and call.standard == standard
            if not (mine and call.ok):
                seen = {}
            elif call.command.p1 < 5 and len(call.response.data) == 4:
                value = int.from_bytes(call.response.data, "big")
                mask = 0x7FFFFFFF if view.ics["behaviour"]["top_bit"] else 0xFFFFFFFF
                seen[_NAMES[call.command.p1]] = value & mask
                if len(seen) == len(_NAMES):
                    yield call, dict(seen)

    return find


def _identity(view: View, found: tuple[Call, dict[str, int]]) -> Judgement:
    call, state = found
    due = state["actual"] + state["limit"] - state["overdrawn"]
    if view.ics["behaviour"]["p1_00"] == "actual":
        due = state["actual"]
    return number(call, "P1=00 against B + C - D", due, state["available"])


def _bounds(view: View, found: tuple[Call, dict[str, int]]) -> Judgement:
    call, s = found
    told = ", ".join(f"{name} {value}" for name, value in s.items())
    if s["actual"] > s["ceiling"] or s["overdrawn"] > s["limit"]:
        return Fault(f"balances out of bounds: {told}", call.index)
    if s["actual"] and s["overdrawn"]:
        return Fault(f"both actual balance and overdrawn amount: {told}", call.index)
    if call.standard == TUNION and s["ceiling"] + s["limit"] > 0xFFFFFF:
        return Fault(f"A + C is above FFFFFF: {told}", call.index)
    claimed = view.ics[call.standard]["ceiling"]
    if claimed and s["ceiling"] != claimed:
        return number(call, "the ceiling", claimed, s["ceiling"])
    return None


def _length(_view: View, call: Call) -> Judgement:
    what = f"GET BALANCE P1={call.command.p1:02X}"
    wrong = status(call, what, SW.OK)
    if wrong is not None:
        return wrong
    due = 16 if call.command.p1 == 5 else 4
    got = len(call.response.data)
    return None if got == due else Fault(f"{what} gives {got} bytes, expected {due}", call.index)


def _asked(*p1: int) -> Callable[[View], Iterator[Call]]:
    def find(view: View) -> Iterator[Call]:
        for call in calls(INS.GET_BALANCE, None, 0x02)(view):
            mine = call.standard in (TUNION, LNT)
            if mine and call.command.p1 in p1 and call.command.le in (0, 4, 16):
                exact = 16 if call.command.p1 == 5 else 4
                if call.command.le in (0, exact):
                    yield call

    return find


def _all_at_once(view: View) -> Iterator[tuple[Call, Call]]:
    """P1=05 with the P1=00 that was read last before it and nothing in between."""
    single: Call | None = None
    for call in view.card:
        told = call.is_(INS.GET_BALANCE, None, 0x02) and call.ok
        if not told or call.standard not in (TUNION, LNT):
            single = None
        elif call.command.p1 == 0:
            single = call
        elif call.command.p1 == 5 and single is not None:
            yield single, call


def _first_is_balance(view: View, pair: tuple[Call, Call]) -> Judgement:
    single, both = pair
    if len(both.response.data) != BalanceAll.SIZE:
        return Fault(f"P1=05 gives {len(both.response.data)} bytes, expected 16", both.index)
    mask = 0x7FFFFFFF if view.ics["behaviour"]["top_bit"] else 0xFFFFFFFF
    due = int.from_bytes(single.response.data, "big") & mask
    told = BalanceAll.parse(both.response.data)
    wrong = number(both, "the first amount of P1=05", due, told.balance & mask)
    second = view.ics[both.standard]["p1_05"]
    if wrong is not None or not second:
        return wrong
    return number(both, "the second amount of P1=05", second, told.ceiling)


def _init_after_balance(standard: str) -> Callable[[CardBench], Flow[None]]:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from flows.available(bench)
        yield from flows.count(standard, PURCHASE)
        yield from flows.available(bench)

    return flow


def _idle_span(span: Interval) -> bool:
    return not any(tx.commit for tx in span.transactions)


def _init_and_read(span: Interval) -> bool:
    ins = {span.before.call.command.ins, span.after.call.command.ins}
    return _idle_span(span) and ins == {INS.GET_BALANCE, INS.INITIALIZE}


def _survives(bench: CardBench) -> Flow[None]:
    for standard in (TUNION, LNT):
        if bench.ics[standard]["claimed"]:
            yield from flows.enter(standard)
            yield from flows.balances(bench)
            yield PowerCycle()
            yield from flows.enter(standard)
            yield from flows.balances(bench)


def _across_reset(view: View) -> Iterator[Interval]:
    for standard in (TUNION, LNT):
        for span in intervals(view, standard):
            if span.before.call.session != span.after.call.session and not span.transactions:
                yield span


def _still(view: View, span: Interval) -> Judgement:
    del view
    return number(
        span.after.call, "the balance after a reset", span.before.amount, span.after.amount
    )


def _read_twice(view: View) -> Iterator[tuple[Call, Call]]:
    for first, second in pairs(view):
        inside = between(view, first.index, second.index)
        crossed = first.is_(INS.GET_BALANCE) and first.session != second.session
        if crossed and first.ok and second.ok and not any(map(may_change, inside)):
            yield first, second


def _bad(bench: CardBench) -> Flow[None]:
    for standard in (TUNION, LNT):
        if bench.ics[standard]["claimed"]:
            yield from flows.enter(standard)
            yield Send(c.balance(0x00, p2=0x03))
            yield Send(c.balance(0x3F))
            yield Send(c.balance(0x00, le=0x05))


def _wrong_le(view: View) -> Iterator[Call]:
    for call in view.find(INS.GET_BALANCE, 0x00, 0x02):
        if call.standard in (TUNION, LNT) and call.answered and call.command.le == 5:
            yield call


def _wrong_p(view: View) -> Iterator[Call]:
    for call in view.find(INS.GET_BALANCE):
        mine = call.standard in (TUNION, LNT) and call.answered
        if mine and (call.command.p2 not in (1, 2) or call.command.p1 > 0x0B):
            yield call


def _wallet_states(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, LNT)
    yield from flows.balances(bench)
    yield from flows.do(bench, LNT, PURCHASE, 37)
    yield from flows.balances(bench)


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-0401", _GROUP,
        "Available balance is B + C - D in every state",
        "可用余额恒等于 B + C - D",
        clauses="CL-BAL-001", applies=f"tunion and {_P1}",
        needs="keys:tunion.purchase keys:tunion.load",
        stimulus=flows.restored(_with_overdraft),
        judge=each(_states(TUNION), _identity, "set of balances P1=00 to 04"),
    ),
    card(
        "C-0402", _GROUP,
        "Balances keep within their bounds, A + C at most FFFFFF",
        "余额各项不越界,A + C 不超过 FFFFFF",
        clauses="CL-BAL-002 CL-BAL-003", applies=f"tunion and {_P1}",
        needs="keys:tunion.purchase keys:tunion.load",
        stimulus=flows.restored(_with_overdraft),
        judge=each(_states(TUNION), _bounds, "set of balances P1=00 to 04"),
    ),
    card(
        "C-0403", _GROUP,
        "Each balance of the T-Union purse has its length",
        "交通联合各项余额长度正确",
        clauses="CL-BAL-004", applies=f"tunion and {_P1}",
        stimulus=_enter_and_read(TUNION),
        judge=each(_asked(0, 1, 2, 3, 4, 5), _length, "GET BALANCE"),
    ),
    card(
        "C-0404", _GROUP,
        "P1=05 begins with balance and ceiling",
        "P1=05 以余额与上限开头",
        clauses="CL-BAL-005", applies=f"(tunion or lnt) and {_P1}",
        stimulus=lambda bench: _enter_and_read(
            LNT if bench.ics[LNT]["claimed"] else TUNION
        )(bench),
        judge=each(_all_at_once, _first_is_balance, "GET BALANCE P1=00 and then P1=05"),
    ),
    card(
        "C-0405", _GROUP,
        "INITIALIZE tells the balance that GET BALANCE tells (T-Union)",
        "初始化应答余额与查询余额一致(交通联合)",
        clauses="CL-BAL-006", applies="tunion and behaviour.p1_00 == 'available'",
        stimulus=_init_after_balance(TUNION),
        judge=money(TUNION, _init_and_read, "GET BALANCE beside INITIALIZE"),
    ),
    card(
        "C-0406", _GROUP,
        "INITIALIZE tells the balance that GET BALANCE tells (Lingnan Tong)",
        "初始化应答余额与查询余额一致(岭南通)",
        clauses="CL-BAL-006", applies="lnt and behaviour.p1_00 == 'available'",
        stimulus=_init_after_balance(LNT),
        judge=money(LNT, _init_and_read, "GET BALANCE beside INITIALIZE"),
    ),
    card(
        "C-0407", _GROUP,
        "The balance survives a reset",
        "复位后余额不变",
        clauses="CL-BAL-007", applies="tunion or lnt", needs="reset",
        stimulus=_survives,
        judge=every(
            each(_across_reset, _still, "balance before and after a reset"),
            each(
                _read_twice,
                lambda _, pair: number(
                    pair[1], "a balance after a reset",
                    int.from_bytes(pair[0].response.data, "big"),
                    int.from_bytes(pair[1].response.data, "big"), len(pair[0].response.data),
                ),
                "GET BALANCE before and after a reset",
            ),
        ),
    ),
    card(
        "C-0408", _GROUP,
        "GET BALANCE with other parameters is refused",
        "查询余额参数非法时拒绝",
        clauses="CL-BAL-008", applies="tunion or lnt",
        stimulus=_bad,
        judge=every(
            each(_wrong_p, lambda _, call: refusal(call, "GET BALANCE with P1 or P2 out of range"),
                 "GET BALANCE with wrong P1 or P2"),
            each(_wrong_le, lambda _, call: status(
                     call, "GET BALANCE with Le 05", SW.WRONG_LENGTH, 0x6C04),
                 "GET BALANCE with Le 05"),
        ),
    ),
    card(
        "C-0409", _GROUP,
        "The wallet answers its balance with four bytes",
        "岭南通余额应答 4 字节",
        clauses="CL-BAL-004", applies="lnt",
        stimulus=_enter_and_read(LNT),
        judge=every(
            each(_asked(0), _length, "GET BALANCE"),
            each(lambda view: sights(view, LNT),
                 lambda view, sight: None
                 if not view.ics[LNT]["ceiling"] or sight.amount <= view.ics[LNT]["ceiling"]
                 or view.ics["behaviour"]["balance"] == "shared"
                 else Fault(f"balance {sight.amount} fen is above the ceiling", sight.call.index),
                 "balance of the wallet"),
        ),
    ),
    card(
        "C-0410", _GROUP,
        "The wallet's balances keep together and within their bounds",
        "岭南通各项余额自洽且不越界",
        clauses="CL-BAL-001 CL-BAL-002", applies=f"lnt and lnt.simple and {_P1}",
        needs="keys:lnt.purchase",
        stimulus=_wallet_states,
        judge=every(
            each(_states(LNT), _identity, "set of balances P1=00 to 04"),
            each(_states(LNT), _bounds, "set of balances P1=00 to 04"),
        ),
    ),
)  # fmt: skip
