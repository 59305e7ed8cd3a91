"""Card cases: both standards on one card, side by side.

Whether both purses stand for one balance is not settled; the ICS declares it, and these
cases hold the card to what was declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.card.proof import Asked, asked
from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import (
    PIN_MISSING,
    accepted,
    calls,
    each,
    every,
    mac_refused,
    number,
    same,
    status,
)
from ykt_conformance.cases.words.finding import after_ppse, open_selects
from ykt_conformance.cases.words.ledger import Interval, counter_steps, intervals, may_change
from ykt_conformance.cases.words.record import Flow, Judge, card, some
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import AID_LNT_BASIC, COMPOSITE, INS, LNT, LOAD, PURCHASE, SW, TUNION
from ykt_sim.wire.commands import OFFLINE, ONLINE

_GROUP: Final = "dual standard"
_BOTH: Final = "tunion and lnt"
_OTHER: Final[dict[str, str]] = {TUNION: LNT, LNT: TUNION}
_NAMES: Final = (AID_LNT_BASIC, *c.PURSE_AID.values())
Stimulus = Callable[[CardBench], Flow[None]]


def side_by_side(bench: CardBench) -> Flow[None]:
    """Enter both purses in one power session, there and back."""
    for standard in (TUNION, LNT, TUNION, LNT):
        yield from flows.enter(standard)
        yield Send(c.balance())
    del bench


def crossed(standard: str, operation: str) -> Stimulus:
    """A transaction through one purse, balances of both before and after."""

    def flow(bench: CardBench) -> Flow[None]:
        other = _OTHER[standard]
        yield from flows.ready(bench, standard)
        yield from flows.enter(other)
        yield Send(c.balance())
        yield from flows.enter(standard)
        yield Send(c.balance())
        yield from flows.do(bench, standard, operation, 77)
        yield from flows.enter(other)
        yield Send(c.balance())
        yield from flows.count(other)
        yield from flows.enter(standard)
        yield Send(c.balance())

    return flow


def rule(standard: str, operation: str) -> Judge:
    """The other purse's balance after a transaction: the same, or untouched, as declared."""
    other = _OTHER[standard]

    def find(view: View) -> Iterator[Interval]:
        for span in intervals(view, other):
            low, high = span.before.call.index, span.after.call.index
            if span.after.standard == other and any(
                tx.committed and tx.standard == standard and tx.operation == operation
                and tx.commit is not None and low < tx.commit.index < high
                for tx in view.transactions
            ):  # fmt: skip
                yield span

    def check(view: View, span: Interval) -> Judgement:
        declared = view.ics["behaviour"]["balance"]
        if span.after.amount in span.possible:
            return None
        words = (
            f"after {standard} {operation} the {other} balance is {span.after.amount} fen,"
            f" expected {span.possible[0]} with balances {declared}"
        )
        return Fault(
            words, span.after.call.index, span.possible[0].to_bytes(4, "big").hex().upper(),
            span.after.amount.to_bytes(4, "big").hex().upper(),
        )  # fmt: skip

    return each(find, check, f"{other} balance after a {standard} {operation}")


def _agree(view: View) -> Judgement:
    """One balance: both purses say the same when nothing happens in between."""
    if view.ics["behaviour"]["balance"] != "shared":
        return None
    found: Judgement = Unproven("the trace has no balance of both purses side by side")
    for span in intervals(view, TUNION):
        idle = not any(tx.commit for tx in span.transactions)
        if span.before.standard != span.after.standard and idle:
            found = number(span.after.call, "the balance of the other purse",
                           span.before.amount, span.after.amount)  # fmt: skip
            if found is not None:
                return found
    return found


def _own_counters(bench: CardBench) -> Flow[None]:
    """Counters of both purses, then transactions through one, then the other."""
    for standard in (TUNION, LNT):
        yield from flows.ready(bench, standard)
        yield from flows.counters(bench, standard)
    for standard in (TUNION, LNT):
        yield from flows.enter(standard)
        yield from flows.do(bench, standard, PURCHASE, 5)
        yield from flows.do(bench, standard, LOAD, 5)
        for other in (TUNION, LNT):
            yield from flows.enter(other)
            yield from flows.counters(bench, other)


def _counters_apart(view: View) -> Judgement:
    """A purse's counters are moved by its own transactions only."""
    found: Judgement = Unproven("no counter was seen around a transaction of the other purse")
    for standard in (TUNION, LNT):
        for kinds in (OFFLINE, ONLINE):
            for step in counter_steps(view, standard, kinds):
                low, high = step.before.init.index, step.after.init.index
                if any(
                    tx.committed and tx.standard == _OTHER[standard] and tx.commit is not None
                    and low < tx.commit.index < high
                    for tx in view.transactions
                ):  # fmt: skip
                    found = number(
                        step.after.init, f"the {standard} counter",
                        int(step.before.answer.counter) + step.moved,
                        int(step.after.answer.counter), 2,
                    )  # fmt: skip
                    if found is not None:
                        return found
    return found


def _own_logs(bench: CardBench) -> Flow[None]:
    for standard in (TUNION, LNT):
        other = _OTHER[standard]
        yield from flows.enter(other)
        yield from flows.log(3)
        yield from flows.ready(bench, standard)
        yield from flows.do(bench, standard, PURCHASE, 19)
        yield from flows.do(bench, standard, LOAD, 19)
        yield from flows.enter(other)
        yield from flows.log(3)


def _logs_apart(view: View) -> Judgement:
    """A purse's log is the same before and after transactions of the other."""
    last: dict[tuple[str, bytes], Call] = {}
    found: Judgement = Unproven("no log was read around a transaction of the other purse")
    for call in view.card:
        if may_change(call):
            last = {place: old for place, old in last.items() if place[0] != call.standard}
        elif call.is_(INS.READ_RECORD, None, c.LOG << 3 | 4) and call.answered:
            place = (call.standard, call.raw)
            old = last.get(place)
            crossed_one = old is not None and any(
                may_change(x) for x in view.card if old.index < x.index < call.index
            )
            if old is not None and crossed_one:
                words = f"the {call.standard} log after a transaction of the other purse"
                found = same(call, words, old.response.data, call.response.data)
                if found is not None:
                    return found
            last[place] = call
    return found


def _own_proofs(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, TUNION)
    first = yield from flows.do(bench, TUNION, PURCHASE, 6)
    yield from flows.ready(bench, LNT)
    second = yield from flows.do(bench, LNT, PURCHASE, 6)
    for standard, begun in ((TUNION, first), (LNT, second)):
        yield from flows.enter(standard)
        yield Send(c.prove(flows.TYPES[PURCHASE], begun.number))


def _proofs_apart(view: View) -> Judgement:
    found: Judgement = Unproven("no proof was asked after a transaction of the other purse")
    for standard in (TUNION, LNT):
        for one in asked(view, standard):
            others = [x for x in one.since if x.is_(INS.DEBIT) and x.ok]
            if one.due and others and isinstance(one, Asked):
                words = f"the {standard} proof after a purchase of the other purse"
                found = status(one.call, words, SW.OK) or _tail_is_tac(one)
                if found is not None:
                    return found
    return found


def _tail_is_tac(one: Asked) -> Judgement:
    if one.last is None or one.last.result is None or one.last.operation not in OFFLINE:
        return None
    due = one.last.result.mac2 + one.last.result.tac
    return same(one.call, "MAC2 and TAC in the proof", due, one.call.response.data)


def _foreign_key(bench: CardBench) -> Flow[None]:
    """DEBIT under the key of the other standard."""
    for standard in (TUNION, LNT):
        yield from flows.ready(bench, standard)
        yield from flows.enter(_OTHER[standard])  # so that both keys are known
        yield from flows.enter(standard)
        begun = yield from flows.begin(bench, standard, PURCHASE, 8, key_standard=_OTHER[standard])
        yield Send(begun.commit)


def _begun_elsewhere(bench: CardBench) -> Flow[None]:
    """INITIALIZE in one purse, DEBIT in the other."""
    for standard in (TUNION, LNT):
        yield from flows.ready(bench, standard)
        begun = yield from flows.begin(bench, standard, PURCHASE, 8)
        yield Send(c.select(c.PURSE_AID[_OTHER[standard]]))
        yield Send(begun.commit)
        yield Send(c.balance())


def _strangers(view: View) -> Iterator[Call]:
    """DEBIT in another purse than that of the last INITIALIZE."""
    opened = ""
    for call in view.card:
        if call.is_(INS.INITIALIZE) and call.ok:
            opened = call.standard
        elif call.is_(INS.DEBIT):
            if opened and opened != call.standard and call.answered:
                yield call
            opened = ""


def _pin_stays(bench: CardBench) -> Flow[None]:
    """The PIN of the T-Union purse does not open a load of the wallet."""
    if bench.pin(TUNION) is None:
        raise Impossible("the T-Union PIN is not known")
    yield from flows.enter(TUNION)
    yield from flows.present_pin(bench, TUNION)
    yield from flows.enter(LNT)
    yield from flows.count(LNT, LOAD)
    yield PowerCycle()


def _without_own_pin(view: View) -> Iterator[Call]:
    """INITIALIZE FOR LOAD of the wallet, VERIFY done in the other application alone."""
    elsewhere = own = False
    session = -1
    for call in view.card:
        if call.session != session:
            elsewhere, own, session = False, False, call.session
        if call.is_(INS.VERIFY) and call.ok:
            elsewhere = elsewhere or call.standard == TUNION
            own = call.standard == LNT
        wallet = call.is_(INS.INITIALIZE, 0x00) and call.standard == LNT and call.answered
        if wallet and elsewhere and not own:
            yield call


def _block_flow(bench: CardBench) -> Flow[None]:
    """Block one application, purchase through the other, unblock."""
    for standard in (TUNION, LNT):
        other = _OTHER[standard]
        yield from flows.ready(bench, standard, 10)
        head = bytes((0x84, INS.APP_BLOCK, 0x00, 0x00))
        command = yield from flows.protected(bench, standard, head)
        yield from flows.must(command, "APPLICATION BLOCK")
        yield from flows.enter(other)
        yield from flows.do(bench, other, PURCHASE, 4)
        yield Send(c.select(c.PURSE_AID[standard]))
        head = bytes((0x84, INS.APP_UNBLOCK, 0x00, 0x00))
        command = yield from flows.protected(bench, standard, head)
        yield from flows.must(command, "APPLICATION UNBLOCK")


def _selects_beside(view: View) -> Iterator[Call]:
    """SELECT of one standard's applications while only the other's purse is blocked."""
    blocked: set[str] = set()
    names = {AID_LNT_BASIC: LNT, **{aid: name for name, aid in c.PURSE_AID.items()}}
    for call in view.card:
        if call.is_(INS.APP_BLOCK) and call.ok:
            blocked.add(call.standard)
        elif call.is_(INS.APP_UNBLOCK) and call.ok:
            blocked.discard(call.standard)
        elif call.is_(INS.SELECT, 0x04) and call.answered:
            standard = names.get(call.command.data, "")
            if standard and blocked == {_OTHER[standard]}:
                yield call


def _works_beside(view: View) -> Iterator[SeenTransaction]:
    """Purchases while the other application is blocked."""
    blocked: set[str] = set()
    commits = {tx.commit.index: tx for tx in view.transactions if tx.commit is not None}
    for call in view.card:
        if call.is_(INS.APP_BLOCK) and call.ok:
            blocked.add(call.standard)
        elif call.is_(INS.APP_UNBLOCK) and call.ok:
            blocked.discard(call.standard)
        elif call.index in commits and _OTHER.get(call.standard) in blocked:
            yield commits[call.index]


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-2101", _GROUP,
        "Both purses can be entered in one power session, there and back",
        "两个应用可在一次上电内交替选择",
        clauses="CL-DUAL-001", applies=_BOTH,
        stimulus=side_by_side,
        judge=every(
            each(
                lambda view: (x for x in open_selects(view, *_NAMES)
                              if x.standard and not after_ppse(view, x)),
                lambda _, call: status(call, "SELECT of a purse beside the other", SW.OK),
                "SELECT of a purse while another application is selected",
            ),
            each(lambda view: (x for x in calls(INS.GET_BALANCE, 0x00, 0x02)(view)
                               if x.standard in _OTHER and x.command.le == 4),
                 lambda _, call: status(call, "GET BALANCE beside the other purse", SW.OK),
                 "GET BALANCE"),
        ),
    ),
    card(
        "C-2102", _GROUP,
        "Both purses tell one balance, if one is declared",
        "声明共用余额时两个应用余额一致",
        clauses="CL-DUAL-002", applies=f"{_BOTH} and lnt.simple and behaviour.balance == 'shared'",
        needs="keys:lnt.purchase",
        stimulus=crossed(LNT, PURCHASE),
        judge=_agree,
    ),
    *(
        card(
            case_id, _GROUP,
            f"{some(operation, first=True)} through {name}: the other balance is as declared",
            f"{zh}后另一应用余额符合声明",
            clauses="CL-DUAL-002", applies=f"{_BOTH} and {standard}.{claim}",
            needs=f"keys:{standard}.{key}",
            stimulus=crossed(standard, operation),
            judge=rule(standard, operation),
        )
        for case_id, standard, operation, claim, key, name, zh in (
            ("C-2103", TUNION, PURCHASE, "simple", PURCHASE, "T-Union", "交通联合消费"),
            ("C-2104", LNT, PURCHASE, "simple", PURCHASE, "Lingnan Tong", "岭南通消费"),
            ("C-2105", LNT, LOAD, LOAD, LOAD, "Lingnan Tong", "岭南通圈存"),
            ("C-2106", TUNION, LOAD, LOAD, LOAD, "T-Union", "交通联合圈存"),
            ("C-2107", TUNION, COMPOSITE, COMPOSITE, PURCHASE, "T-Union",
             "交通联合复合消费"),
        )
    ),
    card(
        "C-2108", _GROUP,
        "Each purse has counters of its own",
        "两个应用交易序号各自独立",
        clauses="CL-DUAL-003", applies=f"{_BOTH} and tunion.load and lnt.load",
        needs="keys:tunion.purchase keys:lnt.purchase keys:tunion.load keys:lnt.load",
        stimulus=_own_counters,
        judge=_counters_apart,
    ),
    card(
        "C-2109", _GROUP,
        "Each purse has a log of its own",
        "两个应用明细各自独立",
        clauses="CL-DUAL-004", applies=f"{_BOTH} and tunion.load and lnt.load",
        needs="keys:tunion.purchase keys:lnt.purchase keys:tunion.load keys:lnt.load",
        stimulus=_own_logs,
        judge=_logs_apart,
    ),
    card(
        "C-2110", _GROUP,
        "Each purse keeps a proof of its own",
        "两个应用交易认证各自独立",
        clauses="CL-DUAL-005", applies=f"{_BOTH} and tunion.proof and lnt.proof",
        needs="keys:tunion.purchase keys:lnt.purchase",
        stimulus=_own_proofs,
        judge=_proofs_apart,
    ),
    card(
        "C-2115", _GROUP,
        "The key of one standard does not debit the other",
        "一个标准的密钥不能扣另一应用",
        clauses="CL-DUAL-010", applies=f"{_BOTH} and tunion.simple and lnt.simple",
        needs="keys:tunion.purchase keys:lnt.purchase",
        stimulus=_foreign_key,
        judge=every(mac_refused(TUNION, PURCHASE), mac_refused(LNT, PURCHASE)),
    ),
    card(
        "C-2116", _GROUP,
        "What was begun in one purse cannot be finished in the other",
        "在一应用初始化不能在另一应用扣款",
        clauses="CL-DUAL-011", applies=f"{_BOTH} and tunion.simple and lnt.simple",
        needs="keys:tunion.purchase keys:lnt.purchase",
        stimulus=_begun_elsewhere,
        judge=each(_strangers, lambda _, call: status(
            call, "DEBIT in another purse than INITIALIZE", SW.WRONG_STATE),
            "DEBIT in another purse than INITIALIZE"),
    ),
    card(
        "C-2117", _GROUP,
        "The T-Union PIN does not open a load of the wallet",
        "交通联合 PIN 不能用于岭南通圈存",
        clauses="CL-DUAL-012",
        applies=f"{_BOTH} and tunion.pin and lnt.load and lnt.pin_for_load",
        needs="keys:tunion.pin",
        stimulus=_pin_stays,
        judge=each(_without_own_pin, lambda _, call: status(
            call, "INITIALIZE FOR LOAD with the PIN of the other application", *PIN_MISSING),
            "load of the wallet after a VERIFY in the T-Union purse"),
    ),
    card(
        "C-2118", _GROUP,
        "Blocking one application leaves the other working",
        "锁定一个应用不影响另一应用",
        clauses="CL-DUAL-013", applies=f"{_BOTH} and tunion.simple and lnt.simple",
        needs="keys:tunion.line keys:lnt.line keys:tunion.purchase keys:lnt.purchase",
        stimulus=_block_flow,
        judge=every(
            each(_selects_beside, lambda _, call: status(
                call, "SELECT beside a blocked application", SW.OK),
                "SELECT while the other application is blocked"),
            each(_works_beside,
                 lambda _, tx: status(tx.commit or tx.init, "DEBIT beside a blocked application",
                                      SW.OK),
                 "purchase while the other application is blocked"),
            accepted(TUNION, PURCHASE),
            accepted(LNT, PURCHASE),
        ),
    ),
)  # fmt: skip
