"""Card cases: legal and illegal orders of purse commands, and the two counters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import (
    COMMITS,
    between,
    each,
    every,
    mac_refused,
    number,
    refusal,
    status,
    transactions,
)
from ykt_conformance.cases.words.ledger import (
    CounterStep,
    after_done,
    counter,
    holds,
    initialized,
    money,
    refused_commit,
    resets,
    unchanged,
)
from ykt_conformance.cases.words.record import NAMES, Flow, Judge, at, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.reckon import mac_is_right
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Judgement
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import COMPOSITE, INS, LNT, LOAD, OVERDRAFT, PURCHASE, SW, TUNION, UNLOAD
from ykt_sim.wire.commands import OFFLINE, ONLINE

_ORDER: Final = "order of commands"
_COUNT: Final = "counters"
Stimulus = Callable[[CardBench], Flow[None]]


def _commits(bench: CardBench, standard: str) -> tuple[bytes, ...]:
    """Well-formed commits of every claimed operation, with codes drawn at random."""
    ics, when = bench.ics[standard], flows.moment(bench, standard)
    found = [c.debit(bench.rng(4), when, bench.rng(4))]
    if ics["load"]:
        found.append(c.credit(when, bench.rng(4)))
    if ics["unload"]:
        found.append(c.debit_unload(when, bench.rng(4)))
    if ics["overdraft"]:
        found.append(c.update_overdraft(100, when, bench.rng(4)))
    return tuple(found)


def _bare(standard: str) -> Stimulus:
    """Commits with nothing begun, after SELECT and after a finished purchase."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard, 10)
        for command in _commits(bench, standard):
            yield Send(command)
        yield from flows.do(bench, standard, PURCHASE, 1)
        for command in _commits(bench, standard):
            yield Send(command)

    return flow


def _crossed(standard: str) -> Stimulus:
    """After each INITIALIZE the commits of the other operations."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard, 10)
        opened = [PURCHASE]
        opened += [name for name in (LOAD, UNLOAD, OVERDRAFT) if bench.ics[standard][name]]
        for operation in opened:
            for command in _commits(bench, standard):
                yield from flows.initialize(bench, standard, operation, 1)
                yield Send(command)

    return flow


def _misplaced(view: View, standard: str, *, begun: bool) -> Iterator[Call]:
    """Commits with nothing begun, or (``begun``) after INITIALIZE for something else."""
    expected: int | None = None
    for call in view.card:
        if call.is_(INS.SELECT) or not call.answered:
            expected = None
        elif call.is_(INS.INITIALIZE) and call.ok:
            expected = {0x00: INS.CREDIT_FOR_LOAD, 0x04: INS.UPDATE_OVERDRAFT}.get(
                call.command.p1, INS.DEBIT
            )
        elif call.command.ins in COMMITS and call.standard == standard:
            other = expected is not None and call.command.ins != expected
            if (other if begun else expected is None) and _well_formed(call):
                yield call
            expected = None
        elif call.is_(INS.INITIALIZE):
            expected = None


def _well_formed(call: Call) -> bool:
    size = {INS.CREDIT_FOR_LOAD: 11, INS.UPDATE_OVERDRAFT: 14}.get(INS(call.command.ins), 15)
    if call.is_(INS.DEBIT, 0x03):
        size = 11
    return len(call.command.data) == size and not call.command.p2


def _wrong_state(_view: View, call: Call) -> Judgement:
    name = INS(call.command.ins).name.replace("_", " ")
    return status(call, f"{name} without its INITIALIZE", SW.WRONG_STATE)


def _replaced(standard: str) -> Stimulus:
    """Two INITIALIZE: the commit of the first is refused, that of the second is done."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        first = yield from flows.begin(bench, standard, PURCHASE, 111)
        yield from flows.begin(bench, standard, PURCHASE, 7)
        yield Send(first.commit)
        yield from flows.begin(bench, standard, PURCHASE, 111)
        second = yield from flows.begin(bench, standard, PURCHASE, 7)
        yield Send(second.commit)
        yield from flows.available(bench)

    return flow


def _after_two(view: View, tx: SeenTransaction) -> bool:
    """The INITIALIZE just before this one was never committed; the MAC is right."""
    earlier = [x for x in view.transactions if x.init.index < tx.init.index]
    replaced = bool(earlier) and earlier[-1].commit is None
    return replaced and tx.commit is not None and mac_is_right(tx, view.keys) is True


def _reading(standard: str) -> Stimulus:
    """Balance and records are read between INITIALIZE and DEBIT."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        begun = yield from flows.begin(bench, standard, PURCHASE, 12)
        yield Send(c.balance())
        yield from flows.log(2)
        yield Send(begun.commit)

    return flow


def _read_between(view: View, tx: SeenTransaction) -> bool:
    if tx.commit is None:
        return False
    inside = list(between(view, tx.init.index, tx.commit.index))
    return {x.command.ins for x in inside} == {INS.GET_BALANCE, INS.READ_RECORD}


def _interrupted(standard: str) -> Stimulus:
    """The right commit after SELECT, and after a reset and SELECT."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        yield from flows.audit(bench, standard)
        begun = yield from flows.begin(bench, standard, PURCHASE, 14)
        yield Send(c.select(c.PURSE_AID[standard]))
        yield Send(begun.commit)
        yield from flows.audit(bench, standard)
        begun = yield from flows.begin(bench, standard, PURCHASE, 15)
        yield PowerCycle()
        yield from flows.enter(standard)
        yield Send(begun.commit)
        yield from flows.audit(bench, standard)

    return flow


def _orphans(standard: str) -> Judge:
    """Commits that come after SELECT or a reset and before the next INITIALIZE."""

    def find(view: View) -> Iterator[Call]:
        begun, lost = False, False
        session = -1
        for call in view.card:
            if call.session != session or call.is_(INS.SELECT):
                lost, session = lost or begun, call.session
            elif call.is_(INS.INITIALIZE):
                begun, lost = call.ok, False
            elif call.command.ins in COMMITS:
                if lost and call.answered and call.standard == standard:
                    yield call
                begun = begun and not call.ok

    words = "a commit after SELECT or reset"
    return each(find, lambda _, call: status(call, words, SW.WRONG_STATE), words)


def _abandoned(standard: str) -> Stimulus:
    """INITIALIZE of every kind, again and again, none finished."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard, 10)
        yield from flows.audit(bench, standard)
        kinds = [PURCHASE, COMPOSITE, LOAD, UNLOAD, OVERDRAFT]
        ics = bench.ics[standard]
        names = {PURCHASE: "simple"}
        for _ in range(3):
            for kind in kinds:
                if ics[names.get(kind, kind)]:
                    yield from flows.initialize(bench, standard, kind, 5)
        yield from flows.audit(bench, standard)
        yield from flows.again(standard)
        yield from flows.audit(bench, standard)
        yield from flows.counters(bench, standard)

    return flow


def _second_chance(standard: str) -> Stimulus:
    """A wrong DEBIT, then the right one for the same INITIALIZE."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        begun = yield from flows.begin(bench, standard, PURCHASE, 16)
        yield Send(flows.spoil(begun))
        yield Send(begun.commit)

    return flow


def _late_commits(standard: str) -> Judge:
    def find(view: View) -> Iterator[Call]:
        before: Call | None = None
        for call in view.card:
            failed = before is not None and before.command.ins in COMMITS and not before.ok
            mine = call.command.ins in COMMITS and call.standard == standard and call.answered
            if failed and before is not None and before.answered and mine:
                yield call
            before = call

    words = "a second DEBIT for a refused purchase"
    return each(find, lambda _, call: status(call, words, SW.WRONG_STATE), words)


def _unload_instead(bench: CardBench) -> Flow[None]:
    """The right DEBIT of a purchase with the P1 of an unload, and the other way round."""
    yield from flows.ready(bench, TUNION)
    for operation, p1 in ((PURCHASE, 0x03), (UNLOAD, 0x01)):
        begun = yield from flows.begin(bench, TUNION, operation, 4)
        yield Send(begun.commit[:2] + bytes((p1,)) + begun.commit[3:])


def _wrong_debits(view: View) -> Iterator[Call]:
    operation = ""
    for call in view.card:
        if call.is_(INS.INITIALIZE) and call.ok:
            operation = {0x05: UNLOAD, 0x01: PURCHASE}.get(call.command.p1, "")
        elif call.is_(INS.DEBIT):
            crossed = (operation == UNLOAD) != (call.command.p1 == 0x03)
            if operation and crossed and call.answered:
                yield call
            operation = ""


# -- counters ----------------------------------------------------------------------------


def _counted(standard: str, *operations: str) -> Stimulus:
    """These transactions with the counters asked before, between and after."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        yield from flows.counters(bench, standard)
        for operation in operations:
            limit = 700 if operation == OVERDRAFT else 0
            yield from flows.do(bench, standard, operation, 0 if limit else 3, limit=limit)
            yield from flows.counters(bench, standard)

    return flow


def _with(*operations: str) -> Callable[[View, CounterStep], bool]:
    """Steps with a commit of one of these operations between, of this purse."""

    def pick(view: View, step: CounterStep) -> bool:
        low, high = step.before.init.index, step.after.init.index
        return any(
            tx.committed
            and tx.operation in operations
            and tx.standard == step.before.standard
            and tx.commit is not None
            and low < tx.commit.index < high
            for tx in view.transactions
        )

    return pick


def _over_reset(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        yield from flows.do(bench, standard, PURCHASE, 3)
        yield from flows.counters(bench, standard)
        yield from flows.again(standard)
        yield from flows.counters(bench, standard)

    return flow


def _first(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from flows.counters(bench, standard)

    return flow


def _zero(standard: str) -> Judge:
    def find(view: View) -> Iterator[SeenTransaction]:
        for tx in transactions(standard, PURCHASE, LOAD)(view):
            if any(x.committed or (x.commit and not x.commit.answered) for x in view.transactions):
                return
            yield tx

    return each(find, lambda _, tx: number(
        tx.init, f"the {tx.operation} counter of a new card", 0, int(tx.answer.counter), 2),
        "INITIALIZE on a card in its first state")  # fmt: skip


def _per_standard(standard: str) -> tuple[CardCase, ...]:
    name, zh = NAMES[standard]
    simple, key = f"{standard} and {standard}.simple", f"keys:{standard}.purchase"
    loads = f"{simple} and {standard}.load"
    both = f"{key} keys:{standard}.load"
    return (
        card(
            at(standard, "C-1601", "C-1651"), _ORDER,
            f"A commit with nothing begun is answered 6901 ({name})",
            f"未初始化的交易命令应答 6901({zh})",
            clauses="CL-ORDER-001", applies=simple, needs=key,
            stimulus=_bare(standard),
            judge=each(lambda view: _misplaced(view, standard, begun=False), _wrong_state,
                       "commit with nothing begun"),
        ),
        card(
            at(standard, "C-1602", "C-1652"), _ORDER,
            f"A commit of another operation is answered 6901 ({name})",
            f"与初始化不符的交易命令应答 6901({zh})",
            clauses="CL-ORDER-002", applies=loads, needs=both,
            stimulus=_crossed(standard),
            judge=each(lambda view: _misplaced(view, standard, begun=True), _wrong_state,
                       "commit of another operation than was begun"),
        ),
        card(
            at(standard, "C-1603", "C-1653"), _ORDER,
            f"A new INITIALIZE replaces the one before ({name})",
            f"新的初始化取代前一次({zh})",
            clauses="CL-ORDER-003", applies=simple, needs=key,
            stimulus=_replaced(standard),
            judge=every(
                mac_refused(standard, PURCHASE),
                each(transactions(standard, PURCHASE, where=_after_two),
                     lambda _, tx: status(tx.commit or tx.init, "the later DEBIT", SW.OK),
                     "DEBIT for the later of two INITIALIZE"),
                money(standard, after_done(PURCHASE), "balance after a purchase"),
            ),
        ),
        card(
            at(standard, "C-1604", "C-1654"), _ORDER,
            f"Reading between INITIALIZE and DEBIT disturbs nothing ({name})",
            f"初始化与扣款之间的读命令不影响交易({zh})",
            clauses="CL-ORDER-004", applies=simple, needs=key,
            stimulus=_reading(standard),
            judge=each(
                transactions(standard, PURCHASE, where=_read_between),
                lambda _, tx: status(tx.commit or tx.init, "DEBIT after reads", SW.OK),
                "DEBIT after reads in the middle",
            ),
        ),
        card(
            at(standard, "C-1605", "C-1655"), _ORDER,
            f"SELECT and reset end a transaction that was begun ({name})",
            f"选择应用或复位使已初始化的交易作废({zh})",
            clauses="CL-ORDER-005", applies=simple, needs=f"reset {key}",
            stimulus=_interrupted(standard),
            judge=every(_orphans(standard), unchanged(refused_commit, "an orphaned commit")),
        ),
        card(
            at(standard, "C-1606", "C-1656"), _ORDER,
            f"Any number of abandoned INITIALIZE change nothing ({name})",
            f"多次放弃的初始化不改变卡片({zh})",
            clauses="CL-ORDER-006", applies=loads, needs=both,
            stimulus=_abandoned(standard),
            judge=every(
                unchanged(initialized, "an abandoned INITIALIZE"),
                counter(standard, OFFLINE, "offline", holds(initialized)),
                counter(standard, ONLINE, "online", holds(initialized)),
            ),
        ),
        card(
            at(standard, "C-1607", "C-1657"), _ORDER,
            f"A refused DEBIT ends the transaction ({name})",
            f"被拒绝的消费须重新初始化({zh})",
            clauses="CL-ORDER-007", applies=simple, needs=key,
            stimulus=_second_chance(standard),
            judge=_late_commits(standard),
        ),
        card(
            at(standard, "C-1701", "C-1751"), _COUNT,
            f"The offline counter grows by one with each purchase ({name})",
            f"脱机交易序号每笔消费加一({zh})",
            clauses="CL-COUNT-001", applies=simple, needs=key,
            stimulus=_counted(standard, PURCHASE, PURCHASE),
            judge=counter(standard, OFFLINE, "offline", _with(PURCHASE)),
        ),
        card(
            at(standard, "C-1702", "C-1752"), _COUNT,
            f"Composite and simple purchases share the offline counter ({name})",
            f"复合消费与单次消费共用脱机序号({zh})",
            clauses="CL-COUNT-001", applies=f"{simple} and {standard}.composite", needs=key,
            stimulus=_counted(standard, COMPOSITE, PURCHASE),
            judge=counter(standard, OFFLINE, "offline", _with(COMPOSITE)),
        ),
        card(
            at(standard, "C-1703", "C-1753"), _COUNT,
            f"The online counter grows by one with each load ({name})",
            f"联机交易序号每笔圈存加一({zh})",
            clauses="CL-COUNT-002", applies=loads, needs=both,
            stimulus=_counted(standard, LOAD, LOAD),
            judge=counter(standard, ONLINE, "online", _with(LOAD)),
        ),
        card(
            at(standard, "C-1704", "C-1754"), _COUNT,
            f"Purchases leave the online counter, loads the offline one ({name})",
            f"消费不动联机序号,圈存不动脱机序号({zh})",
            clauses="CL-COUNT-003", applies=loads, needs=both,
            stimulus=_counted(standard, LOAD, PURCHASE),
            judge=every(
                counter(standard, ONLINE, "online", _with(PURCHASE)),
                counter(standard, OFFLINE, "offline", _with(LOAD)),
            ),
        ),
        card(
            at(standard, "C-1705", "C-1755"), _COUNT,
            f"The counters survive a reset ({name})",
            f"复位后交易序号不变({zh})",
            clauses="CL-COUNT-004", applies=simple, needs=f"reset {key}",
            stimulus=_over_reset(standard),
            judge=counter(standard, OFFLINE, "offline", resets),
        ),
        card(
            at(standard, "C-1706", "C-1756"), _COUNT,
            f"A new card counts from zero ({name})",
            f"新卡交易序号自零开始({zh})",
            clauses="CL-COUNT-005", applies=simple, needs="fresh",
            stimulus=_first(standard),
            judge=_zero(standard),
        ),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    *_per_standard(TUNION),
    *_per_standard(LNT),
    card(
        "C-1608", _ORDER,
        "DEBIT of a purchase and of an unload are not taken for each other",
        "消费与圈提的扣款命令不可互换",
        clauses="CL-ORDER-002", applies="tunion and tunion.unload and tunion.simple",
        needs="keys:tunion.purchase keys:tunion.unload",
        stimulus=_unload_instead,
        judge=each(_wrong_debits, lambda _, call: refusal(
            call, f"DEBIT with P1 {call.command.p1:02X} after another INITIALIZE"),
            "DEBIT with the P1 of another operation"),
    ),
    card(
        "C-1707", _COUNT,
        "Load, unload and overdraft update share the online counter",
        "圈存、圈提与修改透支限额共用联机序号",
        clauses="CL-COUNT-002", applies="tunion and tunion.unload and tunion.overdraft",
        needs="keys:tunion.unload keys:tunion.overdraft",
        stimulus=flows.restored(_counted(TUNION, UNLOAD, OVERDRAFT, LOAD)),
        judge=every(
            counter(TUNION, ONLINE, "online", _with(UNLOAD)),
            counter(TUNION, ONLINE, "online", _with(OVERDRAFT)),
        ),
    ),
)  # fmt: skip
