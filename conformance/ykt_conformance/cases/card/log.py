"""Card cases: the transaction log EF 18 of both standards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import (
    COMMITS,
    each,
    every,
    number,
    open_until,
    same,
    status,
)
from ykt_conformance.cases.words.ledger import log_entry, record_reads, unchanged
from ykt_conformance.cases.words.record import NAMES, Flow, Judge, at, card, some
from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import COMPOSITE, INS, LNT, LOAD, OVERDRAFT, PURCHASE, SW, TUNION, UNLOAD

_GROUP: Final = "log"
Stimulus = Callable[[CardBench], Flow[None]]


def logged(standard: str, *operations: str) -> Stimulus:
    """One transaction each, record 1 read after it."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        for operation in operations:
            limit = 1200 if operation == OVERDRAFT else 0
            yield from flows.do(bench, standard, operation, 0 if limit else 131, limit=limit)
            yield from flows.log(1)

    return flow


def _logging(standard: str, operation: str) -> Stimulus:
    stimulus = logged(standard, operation)
    return flows.restored(stimulus) if operation == OVERDRAFT else stimulus


def _whole(call: Call, due: bytes, got: bytes, tx: SeenTransaction) -> Judgement:
    """All but the limit."""
    del tx
    return same(call, "record 1 of EF 18", due[:2] + bytes(3) + due[5:],
                got[:2] + bytes(3) + got[5:])  # fmt: skip


def _number(call: Call, due: bytes, got: bytes, tx: SeenTransaction) -> Judgement:
    del tx
    told = int.from_bytes(got[:2], "big")
    return number(call, "the number in the log", int.from_bytes(due[:2], "big"), told, 2)


def _tail(call: Call, due: bytes, got: bytes, tx: SeenTransaction) -> Judgement:
    del tx
    return same(call, "the last seven bytes of record 1", due[16:], got[16:])


def _limit(call: Call, due: bytes, got: bytes, tx: SeenTransaction) -> Judgement:
    del due
    expected = int(tx.answer.overdraft_limit)
    told = int.from_bytes(got[2:5], "big")
    return number(call, "the overdraft limit in the log", expected, told, 3)


def _with_limit(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, TUNION)
    yield from flows.done(bench, TUNION, OVERDRAFT, limit=1800)
    yield from flows.do(bench, TUNION, PURCHASE, 11)
    yield from flows.log(1)


def _many(standard: str) -> Stimulus:
    """One transaction more than the log holds, amounts 1, 2, 3.. fen, then the whole log."""

    def flow(bench: CardBench) -> Flow[None]:
        size = bench.ics[standard]["log_records"]
        yield from flows.ready(bench, standard, size * (size + 3))
        for amount in range(1, size + 2):
            yield from flows.do(bench, standard, PURCHASE, amount)
        yield from flows.log(size + 1)

    return flow


def _history(standard: str) -> Judge:
    """The log holds the last transactions, newest first, as many as declared."""

    def judge(view: View) -> Judgement:
        size = int(view.ics[standard]["log_records"])
        done = [tx for tx in view.transactions if tx.standard == standard and tx.commit
                and (tx.committed or not tx.commit.answered) and tx.data]  # fmt: skip
        run = done[-(size + 1) :]
        if len(run) <= size or not all(tx.committed for tx in run):
            return Unproven(f"the trace has no {size + 1} finished transactions in a row")
        last = max(tx.commit.index for tx in run if tx.commit)
        reads = [x for x in record_reads(view, standard, c.LOG) if x.index > last]
        if not {x.command.p1 for x in reads}.issuperset(range(1, size + 1)):
            return Unproven("the log was not read whole after the last transaction")
        for call in reads:
            wrong = _one(call, size, [reckon.log_record(tx, view.ics[standard]) for tx in run])
            if wrong is not None:
                return wrong
        return None

    return judge


def _one(call: Call, size: int, run: list[bytes | None]) -> Judgement:
    place = call.command.p1
    if not 1 <= place <= size:
        return status(call, f"READ RECORD {place} of a log of {size}", SW.RECORD_NOT_FOUND)
    if not call.ok:
        return Fault(f"record {place} of EF 18 was answered {call.response.sw:04X}", call.index)
    due, got = run[-place], call.response.data
    if due is None or None in run[-place:]:
        return Unproven("the ICS does not say whether an overdraft update is logged, and how")
    return same(call, f"record {place} of EF 18", due[:2] + due[5:], got[:2] + got[5:])


def _survives(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        yield from flows.do(bench, standard, PURCHASE, 21)
        yield from flows.do(bench, standard, PURCHASE, 22)
        yield from flows.log(3)
        yield PowerCycle()
        yield from flows.enter(standard)
        yield from flows.log(3)

    return flow


def _log_pairs(standard: str) -> Callable[[View], Iterator[tuple[Call, Call]]]:
    """The same log record before and after a reset, no transaction in between."""

    def find(view: View) -> Iterator[tuple[Call, Call]]:
        seen: dict[bytes, Call] = {}
        end = open_until(view)
        for call in view.card:
            if call.index >= end:
                return
            if call.command.ins in COMMITS:
                seen = {}
            mine = call.is_(INS.READ_RECORD, None, c.LOG << 3 | 4) and call.answered
            if mine and call.standard == standard:
                old = seen.setdefault(call.raw, call)
                if old.session != call.session:
                    yield old, call

    return find


def _refused(standard: str) -> Stimulus:
    """What ends without a commit leaves no line: abandoned, refused, reset in between."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        yield from flows.do(bench, standard, PURCHASE, 33)
        yield from flows.log(3)
        yield from flows.begin(bench, standard, PURCHASE, 34)
        yield from flows.log(3)
        begun = yield from flows.begin(bench, standard, PURCHASE, 35)
        yield Send(flows.spoil(begun))
        yield from flows.log(3)

    return flow


def _initialize(call: Call) -> bool:
    return call.is_(INS.INITIALIZE) and call.answered


def _mixed(bench: CardBench) -> Flow[None]:
    """Loads, purchases and rides are interleaved in the log in the order of time."""
    yield from flows.ready(bench, TUNION)
    yield from flows.do(bench, TUNION, PURCHASE, 41)
    yield from flows.log(1)
    yield from flows.do(bench, TUNION, LOAD, 42)
    yield from flows.log(2)
    yield from flows.do(bench, TUNION, COMPOSITE, 43)
    yield from flows.log(3)


def _in_order(standard: str) -> Judge:
    """Every record read after k transactions is the one that was made then."""

    def find(view: View) -> Iterator[tuple[Call, bytes, SeenTransaction]]:
        done: list[tuple[bytes, SeenTransaction]] = []
        by_commit = {tx.commit.index: tx for tx in view.transactions if tx.commit is not None}
        for call in view.card:
            tx = by_commit.get(call.index)
            if tx is not None and tx.standard == standard:
                kept = tx.committed and tx.data is not None
                due = reckon.log_record(tx, view.ics[standard]) if kept else None
                if due is not None:
                    done = [*done, (due, tx)]
                elif kept and view.ics[standard]["overdraft_log"] == "none":
                    continue
                elif kept or not call.answered:
                    done = []
            mine = call.is_(INS.READ_RECORD, None, c.LOG << 3 | 4) and call.ok
            known = 1 <= call.command.p1 <= len(done) and len(call.response.data) == 23
            if mine and call.standard == standard and known:
                yield call, *done[-call.command.p1]

    def check(_view: View, found: tuple[Call, bytes, SeenTransaction]) -> Judgement:
        call, due, tx = found
        return _whole(call, due, call.response.data, tx)

    return each(find, check, "record read after the transaction that wrote it")


def _line(standard: str, operation: str, case_id: str, zh: str, needs: str) -> CardCase:
    (name, brand), subject = NAMES[standard], some(operation, first=True)
    claim = "simple" if operation == PURCHASE else operation
    applies = f"{standard} and {standard}.{claim}"
    if operation == OVERDRAFT:
        applies += f" and {standard}.overdraft_log in ('zero', 'limit', 'difference')"
    return card(
        case_id, _GROUP,
        f"{subject} is logged with number, amount, type, terminal and date ({name})",
        f"{zh}明细:序号、金额、类型、终端与时间正确({brand})",
        clauses="CL-LOG-001", applies=applies,
        needs=f"keys:{standard}.{needs}",
        stimulus=_logging(standard, operation),
        judge=log_entry(standard, operation, _whole),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    _line(TUNION, PURCHASE, "C-1001", "单次消费", "purchase"),
    _line(TUNION, COMPOSITE, "C-1002", "复合消费", "purchase"),
    _line(TUNION, LOAD, "C-1003", "圈存", "load"),
    _line(TUNION, UNLOAD, "C-1004", "圈提", "unload"),
    _line(TUNION, OVERDRAFT, "C-1005", "修改透支限额", "overdraft"),
    card(
        "C-1006", _GROUP,
        "The log carries the number after the transaction",
        "明细序号为交易后的序号",
        clauses="CL-LOG-002", applies="tunion and tunion.simple", needs="keys:tunion.purchase",
        stimulus=logged(TUNION, PURCHASE, PURCHASE),
        judge=log_entry(TUNION, PURCHASE, _number),
    ),
    card(
        "C-1007", _GROUP,
        "The log carries the overdraft limit",
        "明细含透支限额",
        clauses="CL-LOG-003", applies="tunion and tunion.overdraft",
        needs="keys:tunion.purchase keys:tunion.overdraft",
        stimulus=flows.restored(_with_limit),
        judge=log_entry(TUNION, PURCHASE, _limit),
    ),
    card(
        "C-1008", _GROUP,
        "Loads, purchases and rides stand in one log in order of time",
        "圈存、消费、复合消费按时间顺序记入同一明细",
        clauses="CL-LOG-004", applies="tunion and tunion.load and tunion.composite",
        needs="keys:tunion.purchase keys:tunion.load",
        stimulus=_mixed,
        judge=_in_order(TUNION),
    ),
    *(
        case
        for standard, zh in ((TUNION, "交通联合"), (LNT, "岭南通"))
        for case in (
            card(
                at(standard, "C-1009", "C-1059"), _GROUP,
                f"The log keeps as many as declared, newest first ({standard})",
                f"明细保留条数与声明一致,最新在前({zh})",
                clauses="CL-LOG-004 CL-LOG-005",
                applies=f"{standard} and {standard}.simple",
                needs=f"keys:{standard}.purchase",
                stimulus=_many(standard),
                judge=_history(standard),
            ),
            card(
                at(standard, "C-1010", "C-1060"), _GROUP,
                f"The log survives a reset ({standard})",
                f"复位后明细不变({zh})",
                clauses="CL-LOG-006", applies=f"{standard} and {standard}.simple",
                needs=f"reset keys:{standard}.purchase",
                stimulus=_survives(standard),
                judge=every(
                    each(_log_pairs(standard), lambda _, pair: same(
                        pair[1], "a log record after a reset", pair[0].response.data,
                        pair[1].response.data), "log read before and after a reset"),
                    _in_order(standard),
                ),
            ),
            card(
                at(standard, "C-1011", "C-1061"), _GROUP,
                f"What is refused or abandoned leaves no line ({standard})",
                f"被拒绝或放弃的交易不记明细({zh})",
                clauses="CL-LOG-007", applies=f"{standard} and {standard}.simple",
                needs=f"keys:{standard}.purchase",
                stimulus=_refused(standard),
                judge=every(unchanged(_initialize, "what was not finished"), _in_order(standard)),
            ),
        )
    ),
    _line(LNT, PURCHASE, "C-1051", "单次消费", "purchase"),
    _line(LNT, COMPOSITE, "C-1052", "复合消费", "purchase"),
    _line(LNT, LOAD, "C-1053", "圈存", "load"),
    _line(LNT, UNLOAD, "C-1054", "圈提", "unload"),
    card(
        "C-1055", _GROUP,
        "The wallet logs the seven bytes of date and time as they were sent",
        "岭南通明细末七字节原样记录终端所送数据",
        clauses="CL-LOG-008", applies="lnt and lnt.simple", needs="keys:lnt.purchase",
        stimulus=logged(LNT, PURCHASE, PURCHASE),
        judge=log_entry(LNT, PURCHASE, _tail),
    ),
)  # fmt: skip
