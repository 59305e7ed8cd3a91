"""Card cases: power lost between and inside commands, and time.

After a cut everything of a transaction is there or nothing: balance, counter, log, ride
records and proof must tell the same story, and the terminal can find out which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.card.proof import proof
from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import accepted, also, between, each, every, same
from ykt_conformance.cases.words.ledger import (
    after_torn,
    counter,
    last_before,
    may_change,
    money,
    sights,
)
from ykt_conformance.cases.words.record import NAMES, Flow, Judge, Teller, card, some
from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Pull, Send, Tear
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Found, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_conformance.judge.way import WAY, card_time, decide
from ykt_sim.codes import COMPOSITE, INS, LNT, LOAD, OVERDRAFT, PURCHASE, SW, TUNION, UNLOAD
from ykt_sim.wire.commands import OFFLINE, ONLINE

_GROUP: Final = "power cuts"
_TIME: Final = "timing"
#: A commit that needs more physical writes than this is given up on.
_MOST_WRITES: Final = 60
Stimulus = Callable[[CardBench], Flow[None]]


def _evidence(bench: CardBench, standard: str, begun: flows.Begun) -> Flow[None]:
    """What tells whether a torn transaction was done."""
    yield from flows.enter(standard)
    yield from flows.audit(bench, standard)
    yield Send(c.prove(flows.TYPES[begun.operation], begun.number))
    operation = PURCHASE if begun.operation in OFFLINE else LOAD
    yield from flows.initialize(bench, standard, operation, 0)


def _start(bench: CardBench, standard: str, operation: str, turn: int) -> Flow[flows.Begun]:
    yield from flows.audit(bench, standard)
    if operation == COMPOSITE and standard == TUNION:
        return (yield from flows.ride(bench, 9))
    limit = 900 + 10 * turn if operation == OVERDRAFT else 0
    amount = 0 if limit else 9
    return (yield from flows.begin(bench, standard, operation, amount, limit=limit))


def pulled(standard: str, operation: str) -> Stimulus:
    """The answer of the commit is lost; then the evidence, then another purchase."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        begun = yield from _start(bench, standard, operation, 1)
        yield Pull(begun.commit)
        yield from _evidence(bench, standard, begun)
        yield from flows.do(bench, standard, PURCHASE, 2)

    return flow


def torn(standard: str, operation: str) -> Stimulus:
    """The power is cut at the first physical write of the commit, at the second, .."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard, 1000)
        for write in range(1, _MOST_WRITES):
            begun = yield from _start(bench, standard, operation, write)
            answer = yield Tear(begun.commit, write)
            yield from _evidence(bench, standard, begun)
            if answer.sw == SW.OK:
                break

    return flow


def _back(stimulus: Stimulus, operation: str) -> Stimulus:
    return flows.restored(stimulus) if operation == OVERDRAFT else stimulus


# -- all or nothing ------------------------------------------------------------------------


def _until_change(view: View, tx: SeenTransaction) -> Iterator[Call]:
    if tx.commit is None:
        return
    for call in view.card:
        if call.index > tx.commit.index:
            if may_change(call):
                return
            yield call


def _story(view: View, tx: SeenTransaction) -> dict[str, tuple[bool, Call]] | Fault:
    """What each piece of evidence says: done or not; a Fault for one that says neither."""
    told: dict[str, tuple[bool, Call]] = {}
    after = {call.index: call for call in _until_change(view, tx)}
    seen = [s for s in sights(view, tx.standard) if s.call.index in after]
    change = reckon.effect(tx)
    if seen and change:
        before = int(tx.answer.balance)
        if seen[0].amount not in (before, before + change):
            words = f"balance {seen[0].amount} fen after a torn {tx.operation} on {before} fen"
            return Fault(words, seen[0].call.index)
        told["balance"] = (seen[0].amount != before, seen[0].call)
    kinds = OFFLINE if tx.operation in OFFLINE else ONLINE
    for other in view.transactions:
        if other.init.index in after and other.operation in kinds:
            moved = int(other.answer.counter) - int(tx.answer.counter)
            if moved not in (0, 1):
                return Fault(f"the counter moved by {moved} in a torn {tx.operation}",
                             other.init.index)  # fmt: skip
            told["counter"] = (moved == 1, other.init)
            break
    number_after = (int(tx.answer.counter) + 1).to_bytes(2, "big")
    for call in after.values():
        if call.is_(INS.GET_TRANSACTION_PROVE, 0, tx.type) and call.command.data == number_after:
            told["proof"] = (call.ok, call)
            break
    records = _records(view, tx)
    return records if isinstance(records, Fault) else told | records


def _records(view: View, tx: SeenTransaction) -> dict[str, tuple[bool, Call]] | Fault:
    """Log and ride records: as before, or as the transaction writes them."""
    told: dict[str, tuple[bool, Call]] = {}
    due = reckon.log_record(tx, view.ics[tx.standard])
    wanted: list[tuple[str, bytes, bytes, slice]] = []
    if due is not None:
        wanted.append(("log", c.read_record(1, c.LOG), due, slice(5, 23)))
    for update in tx.caches:
        if update.ok and update.command.p2 >> 3 == c.TRIPS:
            data = update.command.data
            wanted.append(("EF 1E", c.read_record(1, c.TRIPS), data, slice(0, len(data))))
        elif update.ok and update.command.p1:
            command = c.read_record_id(update.command.p1, c.INDUSTRY)
            data = update.command.data
            wanted.append(("EF 1A", command, data, slice(0, len(data))))
    for name, command, new, part in wanted:
        old = last_before(view, tx, command)
        call = next((x for x in _until_change(view, tx) if x.raw == command), None)
        if old is None or call is None or not call.answered:
            continue
        got = call.response.data
        is_new = got[part] == new[part] and (name != "log" or got[:2] == new[:2])
        if not is_new and got != old.response.data:
            return Fault(f"{name} after a torn {tx.operation} is neither old nor new",
                         call.index, new.hex().upper(), got.hex().upper())  # fmt: skip
        if got != old.response.data or new[part] != old.response.data[part]:
            told[name] = (is_new, call)
    return told


def whole(standard: str, operation: str) -> Judge:
    """All evidence after a lost commit says the same: done, or not done."""

    def find(view: View) -> Iterator[SeenTransaction]:
        for tx in view.transactions:
            lost = tx.commit is not None and not tx.commit.answered and tx.data is not None
            if lost and tx.standard == standard and tx.operation == operation:
                yield tx

    def check(view: View, tx: SeenTransaction) -> Judgement:
        told = _story(view, tx)
        if isinstance(told, Fault):
            return told
        if len(told) < 2:
            return Unproven(f"too little was read after a torn {operation}")
        done = sorted(name for name, (value, _) in told.items() if value)
        missing = sorted(name for name, (value, _) in told.items() if not value)
        if done and missing:
            call = told[missing[0]][1]
            words = f"half of the {operation}: {', '.join(done)} done, {', '.join(missing)} not"
            return Fault(words, call.index)
        return None

    return each(find, check, f"{operation} whose answer was lost")


def _early(bench: CardBench) -> Flow[None]:
    """The card leaves at INITIALIZE, and at a cache update: nothing has happened."""
    standard = TUNION if bench.ics[TUNION]["claimed"] else LNT
    yield from flows.ready(bench, standard)
    yield from flows.audit(bench, standard)
    yield from flows.count(standard)
    yield Pull(c.initialize(PURCHASE, 9, c.TERMINAL[standard]))
    yield from flows.enter(standard)
    yield from flows.count(standard)
    yield from flows.audit(bench, standard)
    if standard == TUNION and bench.ics[TUNION]["composite"]:
        begun = yield from flows.begin(bench, standard, COMPOSITE, 9)
        yield Pull(c.cache(0x00, c.TRIPS, flows.trip(bench, 9, int(begun.answer.balance) - 9)))
        yield from flows.enter(standard)
        yield from flows.audit(bench, standard)


def _lost_early(call: Call) -> bool:
    return call.command.ins in (INS.INITIALIZE, INS.UPDATE_RECORD) and not call.answered


def _unchanged_early(view: View) -> Judgement:
    """Reads before and after a lost INITIALIZE or cache update are equal."""
    found: Judgement = Unproven("the card was not taken away before a commit")
    for call in filter(_lost_early, view.card):
        for other in view.card:
            if other.index <= call.index or other.command.ins not in (
                INS.GET_BALANCE, INS.READ_RECORD,
            ):  # fmt: skip
                continue
            old = next((x for x in reversed(view.card)
                        if x.index < call.index and x.raw == other.raw
                        and x.standard == other.standard), None)  # fmt: skip
            if old is None or any(
                x.command.ins == INS.DEBIT for x in between(view, old.index, other.index)
            ):
                continue
            found = same(other, "a read after the card left early", old.response.data,
                         other.response.data)  # fmt: skip
            if found is not None:
                return found
    return found


def _torn_update(bench: CardBench) -> Flow[None]:
    """EF 16 is written under MAC while the power is cut at each physical write."""
    yield from flows.enter(TUNION)
    head = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER), 0x05))
    for write in range(1, _MOST_WRITES):
        old = yield from flows.must(c.read_binary(c.CARDHOLDER), "READ BINARY of EF 16")
        command = yield from flows.protected(bench, TUNION, head, bench.rng(16))
        answer = yield Tear(command, write)
        yield from flows.enter(TUNION)
        now = yield Send(c.read_binary(c.CARDHOLDER))
        if answer.sw == SW.OK or len(now.data) != len(old.data):
            break


def _old_or_new(view: View) -> Judgement:
    content: bytes | None = None
    new: bytes | None = None
    found: Judgement = Unproven("no torn update of EF 16 was read back")
    for call in view.card:
        if (
            call.is_(INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER))
            and content is not None
            and not call.answered
        ):
            place, data = call.command.p2, call.command.data[:-4]
            new = content[:place] + data + content[place + len(data) :]
        elif call.is_(INS.READ_BINARY, c.by_sfi(c.CARDHOLDER), 0x00) and call.answered:
            got = call.response.data
            if new is not None and got not in (content, new):
                return Fault("EF 16 after a torn update is neither old nor new", call.index,
                             new.hex().upper(), got.hex().upper())  # fmt: skip
            found = None if new is not None else found
            content, new = got, None
    return found


# -- time ------------------------------------------------------------------------------------


def _timed(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        for _ in range(2):
            begun = yield from _start(bench, standard, COMPOSITE, 1)
            yield Send(begun.commit)

    return flow


def _in_time(standard: str) -> Teller:
    """The card's share from INITIALIZE to the answer of DEBIT, against the ICS."""

    def check(view: View, tx: SeenTransaction) -> Found:
        limit = view.ics["timing"]["composite_ms"]
        if limit is None:
            return Unproven("the ICS claims no time limit for composite purchases")
        if tx.commit is None:
            return Unproven("no DEBIT")
        calls = (tx.init, *between(view, tx.init.index, tx.commit.index), tx.commit)
        took = card_time(calls, view.noted(WAY))
        if took is None:
            return Unproven("the trace has no times")
        return took.against(limit, "for a composite purchase the card took", tx.commit.index)

    def find(view: View) -> Iterator[SeenTransaction]:
        return (tx for tx in view.transactions if tx.committed and tx.standard == standard
                and tx.operation == COMPOSITE)  # fmt: skip

    def judge(view: View) -> Found:
        found = (check(view, tx) for tx in find(view))
        return decide(found, "the trace has no finished composite purchase")

    return judge


def _lost(
    standard: str, operation: str, ids: tuple[str, str], zh: str
) -> tuple[CardCase, CardCase]:
    """A commit that is pulled, and one that is torn at each write."""
    name, brand = NAMES[standard]
    claim = "simple" if operation == PURCHASE else operation
    applies = f"{standard} and {standard}.{claim} and {standard}.proof"
    keys = f"keys:{standard}.purchase keys:{standard}.{reckon.ROLES[operation]}"
    number_kinds = OFFLINE if operation in OFFLINE else ONLINE
    what = "offline" if operation in OFFLINE else "online"
    subject = some(operation, first=True)
    judges = (
        whole(standard, operation),
        money(standard, after_torn(operation), "balance after a lost commit"),
        proof(standard, lambda found: found.due and found.last is not None
              and found.last.operation == operation, "proof of a lost commit"),
    )  # fmt: skip
    return (
        card(
            ids[0], _GROUP,
            f"{subject} whose answer is lost is whole or not done ({name})",
            f"{zh}应答丢失:全部生效或全不生效({brand})",
            clauses="CL-POWER-001 CL-POWER-002", applies=applies, needs=f"reset {keys}",
            stimulus=_back(pulled(standard, operation), operation),
            judge=every(*judges, accepted(standard, PURCHASE)),
        ),
        card(
            ids[1], _GROUP,
            f"{subject} torn at any physical write is whole or not done ({name})",
            f"{zh}任一写入处断电:全部生效或全不生效({brand})",
            clauses="CL-POWER-001 CL-POWER-002", applies=applies, needs=f"tear {keys}",
            stimulus=_back(torn(standard, operation), operation),
            judge=also(every(*judges), counter(standard, number_kinds, what)),
        ),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    *_lost(TUNION, PURCHASE, ("C-1801", "C-1802"), "单次消费"),
    *_lost(TUNION, COMPOSITE, ("C-1803", "C-1804"), "复合消费"),
    *_lost(TUNION, LOAD, ("C-1805", "C-1806"), "圈存"),
    *_lost(TUNION, UNLOAD, ("C-1807", "C-1808"), "圈提"),
    *_lost(TUNION, OVERDRAFT, ("C-1809", "C-1810"), "修改透支限额"),
    *_lost(LNT, PURCHASE, ("C-1851", "C-1852"), "单次消费"),
    *_lost(LNT, LOAD, ("C-1855", "C-1856"), "圈存"),
    card(
        "C-1811", _GROUP,
        "A card that leaves before the commit has not changed",
        "扣款之前离场,卡片不变",
        clauses="CL-POWER-003", applies="tunion or lnt", needs="reset",
        stimulus=_early,
        judge=_unchanged_early,
    ),
    card(
        "C-1812", _GROUP,
        "A file update torn at any physical write leaves the old or the new content",
        "文件更新断电后内容为旧或为新",
        clauses="CL-POWER-004", needs="tear keys:tunion.line",
        applies="tunion and tunion.ef16 and tunion.ef16_update == 'line'",
        stimulus=_torn_update,
        judge=_old_or_new,
    ),
    card(
        "C-2001", _TIME,
        "A T-Union composite purchase keeps within the claimed time",
        "交通联合复合消费时间不超过声明值",
        clauses="CL-TIME-001", applies="tunion and tunion.composite",
        needs="keys:tunion.purchase",
        stimulus=_timed(TUNION),
        judge=_in_time(TUNION),
    ),
    card(
        "C-2002", _TIME,
        "A Lingnan Tong composite purchase keeps within the claimed time",
        "岭南通复合消费时间不超过声明值",
        clauses="CL-TIME-001", applies="lnt and lnt.composite", needs="keys:lnt.purchase",
        stimulus=_timed(LNT),
        judge=_in_time(LNT),
    ),
)  # fmt: skip
