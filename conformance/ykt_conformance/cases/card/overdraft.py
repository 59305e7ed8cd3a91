"""Card cases: the overdraft limit, its update (type 07) and purchases that draw on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import (
    accepted,
    also,
    calls,
    each,
    every,
    mac1_right,
    mac_refused,
    number,
    refusal,
    tac_right,
    transactions,
)
from ykt_conformance.cases.words.ledger import (
    after_done,
    after_refused,
    counter,
    holds,
    may_change,
    money,
    opened,
    refused_commit,
    unchanged,
)
from ykt_conformance.cases.words.record import Flow, Judge, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import INS, LNT, LOAD, OVERDRAFT, PURCHASE, TUNION, UNLOAD
from ykt_sim.wire.commands import ONLINE

_GROUP: Final = "overdraft"
_APPLIES: Final = "tunion and tunion.overdraft"
_KEYS: Final = "keys:tunion.overdraft"
_DRAW: Final = f"{_KEYS} keys:tunion.purchase"


def limits(*values: int) -> Callable[[CardBench], Flow[None]]:
    """Set these limits one after the other; balances around each."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, TUNION, 0)
        yield from flows.audit(bench, TUNION)
        for value in values:
            yield from flows.do(bench, TUNION, OVERDRAFT, limit=value)
            yield from flows.audit(bench, TUNION)

    return flow


def drawn(bench: CardBench) -> Flow[None]:
    """Spend into the limit, load less than was drawn, then load it all back."""
    yield from flows.ready(bench, TUNION, 500)
    yield from flows.done(bench, TUNION, OVERDRAFT, limit=2000)
    have = yield from flows.available(bench)
    yield from flows.balances(bench)
    yield from flows.do(bench, TUNION, PURCHASE, have - 500)
    yield from flows.balances(bench)
    yield from flows.do(bench, TUNION, LOAD, 300)
    yield from flows.balances(bench)
    yield from flows.do(bench, TUNION, LOAD, have - 800)
    yield from flows.balances(bench)


def _below(bench: CardBench) -> Flow[None]:
    """A new limit below what is drawn already."""
    yield from flows.ready(bench, TUNION, 500)
    yield from flows.done(bench, TUNION, OVERDRAFT, limit=2000)
    have = yield from flows.available(bench)
    yield from flows.done(bench, TUNION, PURCHASE, have - 500)
    yield from flows.audit(bench, TUNION)
    begun = yield from flows.begin(bench, TUNION, OVERDRAFT, limit=1000)
    yield Send(begun.commit)
    yield from flows.audit(bench, TUNION)


def _too_high(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, TUNION, 0)
    yield from flows.audit(bench, TUNION)
    edge = 0xFFFFFF - bench.ics[TUNION]["ceiling"]
    begun = yield from flows.begin(bench, TUNION, OVERDRAFT, limit=edge + 1)
    yield Send(begun.commit)
    yield from flows.audit(bench, TUNION)


def _spoilt(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, TUNION, 0)
    yield from flows.audit(bench, TUNION)
    yield from flows.initialize(bench, TUNION, LOAD, 0)
    for byte in (-2, -3, -4, -5, -6, 7):
        begun = yield from flows.begin(bench, TUNION, OVERDRAFT, limit=2000)
        yield Send(flows.spoil(begun, byte))
    yield from flows.count(TUNION, LOAD)
    yield from flows.audit(bench, TUNION)


def _told(bench: CardBench) -> Flow[None]:
    """INITIALIZE FOR PURCHASE before and after an update; then after a reset."""
    yield from flows.ready(bench, TUNION, 0)
    yield from flows.do(bench, TUNION, OVERDRAFT, limit=2500)
    yield from flows.count(TUNION)
    yield from flows.balances(bench)
    yield PowerCycle()
    yield from flows.enter(TUNION)
    yield from flows.count(TUNION)
    yield from flows.balances(bench)


def _limits_told(view: View) -> Iterator[tuple[Call, int, int]]:
    """Every place that tells the limit after an update in the trace: call, due, told."""
    due: int | None = None
    by_index = {tx.init.index: tx for tx in view.transactions}
    done = {tx.commit.index: tx for tx in view.transactions if tx.commit is not None}
    for call in view.card:
        tx = done.get(call.index)
        if tx is not None and tx.operation == OVERDRAFT and tx.data is not None:
            kept = due if call.answered else None
            due = int(tx.data.limit) if tx.committed else kept
        if due is None or call.standard != TUNION or not call.ok:
            continue
        opened = by_index.get(call.index)
        if opened is not None and hasattr(opened.answer, "overdraft_limit"):
            yield call, due, int(opened.answer.overdraft_limit)
        elif call.is_(INS.GET_BALANCE, 0x01, 0x02):
            yield call, due, int.from_bytes(call.response.data, "big")


def _new_limit_wrong(*, high: bool) -> Callable[[View], Iterator[tuple[SeenTransaction, int]]]:
    """Committed or refused updates to a limit below what is drawn, or above FFFFFF - A."""

    def find(view: View) -> Iterator[tuple[SeenTransaction, int]]:
        ceiling = view.ics[TUNION]["ceiling"]
        for tx in transactions(TUNION, OVERDRAFT)(view):
            if tx.commit is None or tx.data is None:
                continue
            drawn_now = _drawn_before(view, tx)
            if high and ceiling and tx.data.limit + ceiling > 0xFFFFFF:
                yield tx, drawn_now or 0
            elif not high and drawn_now is not None and tx.data.limit < drawn_now:
                yield tx, drawn_now

    return find


def _drawn_before(view: View, tx: SeenTransaction) -> int | None:
    """P1=02 as read last before the transaction."""
    found: int | None = None
    for call in view.card:
        if call.index >= tx.init.index:
            break
        if may_change(call):
            found = None
        elif call.is_(INS.GET_BALANCE, 0x02, 0x02) and call.ok and call.standard == TUNION:
            found = int.from_bytes(call.response.data, "big")
    return found


def _not_done(_view: View, found: tuple[SeenTransaction, int]) -> Judgement:
    tx, drawn_now = found
    if tx.commit is None:
        return Unproven("no commit")
    words = f"a limit of {tx.data.limit} fen with {drawn_now} fen drawn"
    return refusal(tx.commit, words)


def _states_after(operation: str) -> Judge:
    """After such a commit the actual balance and the drawn amount are what they must be.

    A purchase spends the actual balance first and then draws; a load repays first.
    """

    def find(view: View) -> Iterator[tuple[Call, int, dict[int, int], dict[int, int]]]:
        state: dict[int, int] = {}
        before: dict[int, int] = {}
        change = 0
        done = {tx.commit.index: tx for tx in view.transactions if tx.commit is not None}
        for call in view.card:
            tx = done.get(call.index)
            if tx is not None and tx.committed and tx.standard == TUNION:
                before, state = dict(state), {}
                change = tx.amount if tx.operation == operation else 0
                before = before if change else {}
            elif may_change(call):
                before, state = {}, {}
            elif call.is_(INS.GET_BALANCE, None, 0x02) and call.ok and len(call.response.data) == 4:
                state[call.command.p1] = int.from_bytes(call.response.data, "big") & 0x7FFFFFFF
                if before.keys() >= {2, 3} and state.keys() >= {2, 3} and call.command.p1 == 3:
                    yield call, change, dict(before), dict(state)

    def check(_view: View, found: tuple[Call, int, dict[int, int], dict[int, int]]) -> Judgement:
        call, amount, before, after = found
        if operation == PURCHASE:
            own = min(amount, before[3])
            due = {3: before[3] - own, 2: before[2] + amount - own}
        else:
            repaid = min(amount, before[2])
            due = {3: before[3] + amount - repaid, 2: before[2] - repaid}
        for p1, name in ((3, "actual balance"), (2, "overdrawn amount")):
            wrong = number(call, f"the {name} after the {operation}", due[p1], after[p1])
            if wrong is not None:
                return wrong
        return None

    return each(find, check, f"{operation} with P1=02 and P1=03 read around it")


def _not_on_wallet(bench: CardBench) -> Flow[None]:
    del bench
    yield from flows.enter(LNT)
    yield Send(c.initialize(OVERDRAFT, 0, c.TERMINAL[LNT]))


def _unload_drawn(bench: CardBench) -> Flow[None]:
    """The overdraft limit cannot be unloaded."""
    yield from flows.ready(bench, TUNION, 500)
    yield from flows.done(bench, TUNION, OVERDRAFT, limit=2000)
    have = yield from flows.available(bench)
    yield from flows.audit(bench, TUNION)
    answer = yield from flows.initialize(bench, TUNION, UNLOAD, have)
    if answer.ok:
        begun = yield from flows.begin(bench, TUNION, UNLOAD, have)
        yield Send(begun.commit)
    yield from flows.audit(bench, TUNION)


def _unloads_credit(view: View) -> Judgement:
    actual: int | None = None
    by_index = {tx.init.index: tx for tx in view.transactions}
    found: Judgement = Unproven("the trace has no unload above the actual balance")
    for call in view.card:
        if call.is_(INS.GET_BALANCE, 0x03, 0x02) and call.ok and call.standard == TUNION:
            actual = int.from_bytes(call.response.data, "big") & 0x7FFFFFFF
        elif call.is_(INS.INITIALIZE, 0x05) and actual is not None and call.answered:
            if int.from_bytes(call.command.data[1:5], "big") <= actual:
                continue
            tx = by_index.get(call.index)
            if call.ok and (tx is None or tx.commit is None):
                continue
            judged = tx.commit if tx is not None and tx.commit is not None else call
            found = refusal(judged, "an unload that would give away the overdraft limit")
            if isinstance(found, Fault):
                return found
        elif may_change(call):
            actual = None
    return found


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-0901", _GROUP,
        "MAC1 of INITIALIZE FOR UPDATE is right",
        "修改透支限额初始化 MAC1 正确",
        clauses="CL-OVER-001", applies=_APPLIES, needs=_KEYS,
        stimulus=flows.restored(limits(1500, 2500)),
        judge=also(mac1_right(TUNION, OVERDRAFT), opened(TUNION, OVERDRAFT)),
    ),
    card(
        "C-0902", _GROUP,
        "The TAC of an overdraft update is right",
        "修改透支限额 TAC 正确",
        clauses="CL-OVER-002", applies=_APPLIES, needs=f"{_KEYS} keys:tunion.tac",
        stimulus=flows.restored(limits(1500, 2500)),
        judge=every(accepted(TUNION, OVERDRAFT), tac_right(TUNION, OVERDRAFT)),
    ),
    card(
        "C-0903", _GROUP,
        "A new limit moves the available balance by the difference",
        "新限额使可用余额变动差额",
        clauses="CL-OVER-003", applies=_APPLIES, needs=_KEYS,
        stimulus=flows.restored(limits(2000, 500, 0)),
        judge=money(TUNION, after_done(OVERDRAFT), "balance after an overdraft update"),
    ),
    card(
        "C-0904", _GROUP,
        "The limit is told wherever the card tells it, also after a reset",
        "各处所示透支限额一致,复位后不变",
        clauses="CL-OVER-004", applies=_APPLIES, needs=f"reset {_KEYS}",
        stimulus=flows.restored(_told),
        judge=each(
            _limits_told,
            lambda _, told: number(told[0], "the overdraft limit", told[1], told[2], 3),
            "place that tells the limit after an update",
        ),
    ),
    card(
        "C-0905", _GROUP,
        "A wrong MAC2 is refused with 9302 and nothing changes (overdraft)",
        "修改透支限额 MAC2 错误时应答 9302 且卡片不变",
        clauses="CL-OVER-005", applies=f"{_APPLIES} and tunion.load", needs=_KEYS,
        stimulus=_spoilt,
        judge=every(
            mac_refused(TUNION, OVERDRAFT),
            money(TUNION, after_refused(OVERDRAFT), "balance after a refused update"),
            counter(TUNION, ONLINE, "online", holds(refused_commit)),
            unchanged(refused_commit, "a refused overdraft update"),
        ),
    ),
    card(
        "C-0906", _GROUP,
        "A limit below what is drawn is refused",
        "新限额低于已透支金额时拒绝",
        clauses="CL-OVER-006", applies=f"{_APPLIES} and behaviour.balance_p1",
        needs=f"fresh {_DRAW}",
        stimulus=_below,
        judge=every(
            each(_new_limit_wrong(high=False), _not_done, "update below what is drawn"),
            unchanged(refused_commit, "a refused overdraft update"),
        ),
    ),
    card(
        "C-0907", _GROUP,
        "A limit that takes A + C above FFFFFF is refused",
        "A + C 超过 FFFFFF 的限额被拒绝",
        clauses="CL-BAL-003", applies=f"{_APPLIES} and tunion.ceiling > 0", needs=_KEYS,
        stimulus=_too_high,
        judge=every(
            each(_new_limit_wrong(high=True), _not_done, "update with A + C above FFFFFF"),
            unchanged(refused_commit, "a refused overdraft update"),
        ),
    ),
    card(
        "C-0908", _GROUP,
        "A purchase spends the balance first and then the limit",
        "消费先扣实际余额,再用透支额度",
        clauses="CL-OVER-007", applies=f"{_APPLIES} and tunion.load and behaviour.balance_p1",
        needs=f"{_DRAW} keys:tunion.load",
        stimulus=flows.restored(drawn),
        judge=every(accepted(TUNION, PURCHASE), _states_after(PURCHASE)),
    ),
    card(
        "C-0909", _GROUP,
        "A load repays what is drawn first",
        "圈存先归还已透支金额",
        clauses="CL-OVER-008", applies=f"{_APPLIES} and tunion.load and behaviour.balance_p1",
        needs=f"{_DRAW} keys:tunion.load",
        stimulus=flows.restored(drawn),
        judge=every(accepted(TUNION, LOAD), _states_after(LOAD),
                    money(TUNION, after_done(LOAD), "balance after load")),
    ),
    card(
        "C-0910", _GROUP,
        "The overdraft limit cannot be unloaded",
        "透支额度不可圈提",
        clauses="CL-OVER-009",
        applies=f"{_APPLIES} and tunion.unload and behaviour.balance_p1",
        needs=f"{_KEYS} keys:tunion.unload",
        stimulus=flows.restored(_unload_drawn),
        judge=_unloads_credit,
    ),
    card(
        "C-0911", _GROUP,
        "A wallet without overdraft refuses the update",
        "不支持透支的钱包拒绝修改限额",
        clauses="CL-OVER-010", applies="lnt and not lnt.overdraft",
        stimulus=_not_on_wallet,
        judge=each(calls(INS.INITIALIZE, 0x04, standard=LNT),
                   lambda _, call: refusal(call, "INITIALIZE FOR UPDATE on the wallet"),
                   "INITIALIZE FOR UPDATE on the wallet"),
    ),
)  # fmt: skip
