"""Card cases: the composite (CAPP) purchase, type 09, and its cached record updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import (
    accepted,
    each,
    every,
    mac2_right,
    mac_refused,
    refusal,
    same,
    status,
    tac_right,
    transactions,
)
from ykt_conformance.cases.words.ledger import (
    after_done,
    after_refused,
    last_before,
    may_change,
    money,
    opened,
    persists,
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
from ykt_sim.codes import COMPOSITE, INS, LNT, PURCHASE, SW, TUNION

_GROUP: Final = "composite purchase"
_APPLIES: Final = "tunion and tunion.composite"
_KEYS: Final = "reset keys:tunion.purchase"


def _ride(amount: int, rides: int = 1) -> Callable[[CardBench], Flow[None]]:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, TUNION)
        yield from flows.audit(bench, TUNION, 3)
        for _ in range(rides):
            begun = yield from flows.ride(bench, amount)
            yield Send(begun.commit)
            yield from flows.audit(bench, TUNION, 3)
        yield from flows.again(TUNION)
        yield from flows.audit(bench, TUNION, 3)

    return flow


def _looked_at(bench: CardBench) -> Flow[None]:
    """Files are read while updates wait in the cache, then after the debit."""
    yield from flows.ready(bench, TUNION)
    yield from flows.audit(bench, TUNION)
    begun = yield from flows.ride(bench, 60)
    yield from flows.audit(bench, TUNION)
    yield Send(begun.commit)
    yield from flows.audit(bench, TUNION)


def _abandoned(bench: CardBench) -> Flow[None]:
    """Updates without a debit: the power goes, another INITIALIZE, another SELECT."""
    yield from flows.ready(bench, TUNION)
    yield from flows.audit(bench, TUNION)
    yield from flows.ride(bench, 60)
    yield PowerCycle()
    yield from flows.enter(TUNION)
    yield from flows.audit(bench, TUNION)
    yield from flows.ride(bench, 60)
    yield from flows.enter(TUNION)
    yield from flows.audit(bench, TUNION)
    yield from flows.ride(bench, 60)
    begun = yield from flows.begin(bench, TUNION, COMPOSITE, 40)
    yield Send(begun.commit)  # without updates of its own
    yield from flows.log(2, c.TRIPS)
    if bench.ics[TUNION]["ef1a"]:
        yield Send(c.read_record_id(c.RAIL, c.INDUSTRY))


def _spoilt(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, TUNION)
    yield from flows.audit(bench, TUNION)
    begun = yield from flows.ride(bench, 60)
    yield Send(flows.spoil(begun))
    yield from flows.audit(bench, TUNION)


def _bare(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, TUNION)
    yield from flows.audit(bench, TUNION)
    yield from flows.do(bench, TUNION, COMPOSITE, 35)
    yield from flows.audit(bench, TUNION)


def _outside(bench: CardBench) -> Flow[None]:
    """A cache update with nothing begun, and inside a simple purchase."""
    yield from flows.ready(bench, TUNION)
    yield from flows.audit(bench, TUNION)
    record = flows.trip(bench, 10, 10)
    yield Send(c.cache(0x00, c.TRIPS, record))
    yield from flows.audit(bench, TUNION)
    yield from flows.begin(bench, TUNION, PURCHASE, 10)
    yield Send(c.cache(0x00, c.TRIPS, record))
    yield from flows.audit(bench, TUNION)


def _bad_updates(bench: CardBench) -> Flow[None]:
    """Updates that cannot be: too short, an unknown or another record, the purse's own log."""
    yield from flows.ready(bench, TUNION)
    yield from flows.audit(bench, TUNION)
    for update in (
        c.cache(0x00, c.TRIPS, flows.trip(bench, 10, 10)[:-1]),
        c.cache(0x7F, c.INDUSTRY, flows.industry(bench, 0x277F)),
        c.cache(c.RAIL, c.INDUSTRY, flows.industry(bench, 0x2702)),
        c.cache(0x00, c.LOG, b"\x22" * 23),
        c.cache(0x00, c.NO_FILE, flows.trip(bench, 10, 10)),
    ):
        begun = yield from flows.begin(bench, TUNION, COMPOSITE, 10)
        answer = yield Send(update)
        if answer.sw == SW.OK:
            yield Send(begun.commit)
    yield from flows.audit(bench, TUNION)


def _other_records(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, TUNION)
    others = [c.read_record_id(number, c.INDUSTRY) for number in (0x02, 0x03, 0x12)]
    for command in others:
        yield Send(command)
    begun = yield from flows.begin(bench, TUNION, COMPOSITE, 20)
    yield Send(c.cache(c.RAIL, c.INDUSTRY, flows.industry(bench)))
    yield Send(begun.commit)
    for command in (c.read_record_id(c.RAIL, c.INDUSTRY), *others):
        yield Send(command)


# -- where the updates went ----------------------------------------------------------------


def _reads_after(view: View, tx: SeenTransaction, command: bytes) -> Call | None:
    """The first read after the commit and before another change."""
    if tx.commit is None:
        return None
    for call in view.card:
        if call.index <= tx.commit.index:
            continue
        if may_change(call):
            return None
        if call.raw == command and call.standard == tx.standard and call.answered:
            return call
    return None


def _trips_of(tx: SeenTransaction) -> list[bytes]:
    return [x.command.data for x in tx.caches if x.ok and x.command.p2 >> 3 == c.TRIPS]


def _trip_written(view: View, tx: SeenTransaction) -> Judgement:
    """Record 1 of EF 1E is what was sent last, the older records moved on by one."""
    sent = _trips_of(tx)
    first = _reads_after(view, tx, c.read_record(1, c.TRIPS))
    if not sent or first is None:
        return Unproven("EF 1E was not updated and read")
    wrong = same(first, "record 1 of EF 1E after the ride", sent[-1], first.response.data)
    before = last_before(view, tx, c.read_record(1, c.TRIPS))
    second = _reads_after(view, tx, c.read_record(2, c.TRIPS))
    if wrong is not None or before is None or second is None or len(sent) > 1:
        return wrong
    return same(second, "record 2 of EF 1E (record 1 before the ride)", before.response.data,
                second.response.data)  # fmt: skip


def _industry_written(view: View, tx: SeenTransaction) -> Judgement:
    sent = {
        x.command.p1: x.command.data
        for x in tx.caches if x.ok and x.command.p2 == c.INDUSTRY << 3 and x.command.p1
    }  # fmt: skip
    found: Judgement = Unproven("EF 1A was not updated and read")
    for number, record in sent.items():
        call = _reads_after(view, tx, c.read_record_id(number, c.INDUSTRY))
        if call is not None:
            found = same(call, f"record 27{number:02X} after the ride", record, call.response.data)
            if found is not None:
                return found
    return found


def _written(check: Callable[[View, SeenTransaction], Judgement]) -> Judge:
    find = transactions(TUNION, COMPOSITE, where=lambda _, tx: tx.committed and bool(tx.caches))
    return each(find, check, "finished composite purchase with updates")


def _waiting(view: View) -> Iterator[tuple[Call, Call]]:
    """Reads between a cache update and its debit, with the same read from before INITIALIZE."""
    for tx in view.transactions:
        if tx.operation != COMPOSITE or not tx.caches or tx.commit is None:
            continue
        for call in view.card:
            if tx.caches[-1].index < call.index < tx.commit.index and call.ok:
                before = last_before(view, tx, call.raw)
                if before is not None and call.is_(INS.READ_RECORD):
                    yield before, call


def _no_leftover(view: View, tx: SeenTransaction) -> Judgement:
    """A debit without updates of its own leaves EF 1E and EF 1A as they were."""
    first = _reads_after(view, tx, c.read_record(1, c.TRIPS))
    before = last_before(view, tx, c.read_record(1, c.TRIPS))
    if first is None or before is None:
        return Unproven("EF 1E was not read before and after a debit without updates")
    wrong = same(first, "EF 1E after a debit without updates", before.response.data,
                 first.response.data)  # fmt: skip
    rail = _reads_after(view, tx, c.read_record_id(c.RAIL, c.INDUSTRY))
    old = last_before(view, tx, c.read_record_id(c.RAIL, c.INDUSTRY))
    if wrong is not None or rail is None or old is None:
        return wrong
    return same(rail, "EF 1A after a debit without updates", old.response.data,
                rail.response.data)  # fmt: skip


_bare_debits = transactions(TUNION, COMPOSITE, where=lambda _, tx: tx.committed
                            and not tx.caches)  # fmt: skip


def _lost_cache(call: Call) -> bool:
    return call.is_(INS.UPDATE_RECORD) and bool(call.command.cla & 0x80)


def _outsiders(view: View) -> Iterator[Call]:
    """Cache updates that belong to no composite purchase."""
    inside = {x.index for tx in view.transactions if tx.operation == COMPOSITE
              for x in tx.caches}  # fmt: skip
    for call in view.card:
        mine = _lost_cache(call) and call.answered and call.standard == TUNION
        if mine and call.index not in inside:
            yield call


def _impossible(view: View) -> Iterator[Call]:
    for call in view.card:
        if not _lost_cache(call) or not call.answered or call.standard != TUNION:
            continue
        sfi, data, p1 = call.command.p2 >> 3, call.command.data, call.command.p1
        short = sfi == c.TRIPS and len(data) != 48
        unknown = sfi == c.INDUSTRY and p1 > 0x12
        other = sfi == c.INDUSTRY and p1 and data[:2] != bytes((0x27, p1))
        if short or unknown or other or sfi in (c.LOG, c.NO_FILE):
            yield call


def _fits(call: Call) -> bool:
    """An update of a trip, or of a known industry record, with its length."""
    size, number = len(call.command.data), call.command.p1
    trip_fits = call.command.p2 == c.TRIPS << 3 and size == 48
    named = call.command.data[:2] == bytes((0x27, number)) and number <= 0x12
    industry_fits = call.command.p2 == c.INDUSTRY << 3 and size == 128 and named
    return call.answered and (trip_fits or industry_fits)


def _others_kept(view: View, tx: SeenTransaction) -> Judgement:
    touched = {x.command.p1 for x in tx.caches}
    found: Judgement = Unproven("no other record of EF 1A was read before and after")
    for number in range(1, 0x13):
        command = c.read_record_id(number, c.INDUSTRY)
        before, call = last_before(view, tx, command), _reads_after(view, tx, command)
        if number not in touched and before is not None and call is not None:
            found = same(call, f"record 27{number:02X} (not updated)", before.response.data,
                         call.response.data)  # fmt: skip
            if found is not None:
                return found
    return found


def _lnt(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, LNT)
    yield from flows.do(bench, LNT, COMPOSITE, 140)
    yield from flows.available(bench)


def _full(bench: CardBench) -> Flow[None]:
    """One ride more than the trip log holds, each of zero fen, then the whole log."""
    yield from flows.enter(TUNION)
    size = bench.ics[TUNION]["trip_records"]
    for _ in range(size + 1):
        begun = yield from flows.begin(bench, TUNION, COMPOSITE, 0)
        yield Send(c.cache(0x00, c.TRIPS, flows.trip(bench, 0, int(begun.answer.balance))))
        yield Send(begun.commit)
    yield from flows.log(size + 1, c.TRIPS)


def _rolled(view: View) -> Judgement:
    sent = [trip for tx in view.transactions if tx.operation == COMPOSITE and tx.committed
            for trip in _trips_of(tx)]  # fmt: skip
    size = int(view.ics[TUNION]["trip_records"])
    if len(sent) <= size:
        return Unproven(f"the trace has no {size + 1} rides with a trip record")
    last = max(tx.commit.index for tx in view.transactions if tx.committed and tx.commit)
    reads = [x for x in view.find(INS.READ_RECORD, None, c.TRIPS << 3 | 4) if x.index > last]
    if len({x.command.p1 for x in reads if x.ok}) < size:
        if any(not x.ok and x.command.p1 <= size for x in reads):
            return Fault(f"not all {size} trips can be read", reads[-1].index)
        return Unproven("the trip log was not read whole after the rides")
    for call in reads:
        number = call.command.p1
        if number > size:
            wrong = status(call, f"record {number} of EF 1E", SW.RECORD_NOT_FOUND)
        else:
            wrong = same(call, f"record {number} of EF 1E", sent[-number], call.response.data)
        if wrong is not None:
            return wrong
    return None


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-0601", _GROUP,
        "A composite purchase with updates is accepted",
        "带缓存更新的复合消费被接受",
        clauses="CL-CAPP-001", applies=_APPLIES, needs=_KEYS,
        stimulus=_ride(110),
        judge=every(
            each(
                lambda view: (x for tx in transactions(TUNION, COMPOSITE)(view)
                              for x in tx.caches if _fits(x)),
                lambda _, call: status(call, "UPDATE CAPP DATA CACHE", SW.OK), "cache update",
            ),
            opened(TUNION, COMPOSITE),
            accepted(TUNION, COMPOSITE),
        ),
    ),
    card(
        "C-0602", _GROUP,
        "The TAC of a composite purchase is right, with type 09",
        "复合消费 TAC 正确(类型 09)",
        clauses="CL-CAPP-002", applies=_APPLIES, needs=f"{_KEYS} keys:tunion.tac",
        stimulus=_ride(111),
        judge=tac_right(TUNION, COMPOSITE),
    ),
    card(
        "C-0603", _GROUP,
        "MAC2 of a composite purchase is right",
        "复合消费 MAC2 正确",
        clauses="CL-CAPP-002", applies=_APPLIES, needs=_KEYS,
        stimulus=_ride(112),
        judge=mac2_right(TUNION, COMPOSITE),
    ),
    card(
        "C-0604", _GROUP,
        "A composite purchase takes exactly its amount",
        "复合消费恰好扣除交易金额",
        clauses="CL-CAPP-003", applies=_APPLIES, needs=_KEYS,
        stimulus=_ride(113, 2),
        judge=money(TUNION, after_done(COMPOSITE), "balance after a composite purchase"),
    ),
    card(
        "C-0605", _GROUP,
        "The trip is in EF 1E after the debit, older trips behind it",
        "扣款后行程写入 1E 首条,旧记录顺延",
        clauses="CL-CAPP-004", applies=_APPLIES, needs=_KEYS,
        stimulus=_ride(114, 3),
        judge=every(_written(_trip_written), persists),
    ),
    card(
        "C-0606", _GROUP,
        "The industry record is in EF 1A after the debit",
        "扣款后行业记录写入 1A",
        clauses="CL-CAPP-004", applies=f"{_APPLIES} and tunion.ef1a", needs=_KEYS,
        stimulus=_ride(115, 2),
        judge=every(_written(_industry_written), persists),
    ),
    card(
        "C-0607", _GROUP,
        "Nothing is in the files while the updates wait",
        "扣款之前缓存更新不生效",
        clauses="CL-CAPP-005", applies=_APPLIES, needs=_KEYS,
        stimulus=_looked_at,
        judge=every(
            each(
                _waiting,
                lambda _, pair: same(pair[1], "a record read before the debit",
                                     pair[0].response.data, pair[1].response.data),
                "read between cache update and debit",
            ),
            accepted(TUNION, COMPOSITE),
        ),
    ),
    card(
        "C-0608", _GROUP,
        "Updates without a debit are forgotten",
        "未扣款的缓存更新作废",
        clauses="CL-CAPP-006", applies=_APPLIES, needs=_KEYS,
        stimulus=_abandoned,
        judge=every(
            unchanged(_lost_cache, "updates without a debit"),
            each(_bare_debits, _no_leftover, "debit without updates after abandoned ones"),
        ),
    ),
    card(
        "C-0609", _GROUP,
        "A wrong MAC1 throws the updates away as well",
        "MAC1 错误时缓存更新一并作废",
        clauses="CL-CAPP-007", applies=_APPLIES, needs=_KEYS,
        stimulus=_spoilt,
        judge=every(
            mac_refused(TUNION, COMPOSITE),
            money(TUNION, after_refused(COMPOSITE), "balance after a refused purchase"),
            unchanged(refused_commit, "a refused composite purchase"),
        ),
    ),
    card(
        "C-0610", _GROUP,
        "An entry of zero fen is written like any ride",
        "零金额进站记录照常写入",
        clauses="CL-CAPP-008", applies=_APPLIES, needs=_KEYS,
        stimulus=_ride(0, 2),
        judge=every(
            accepted(TUNION, COMPOSITE),
            money(TUNION, after_done(COMPOSITE), "balance after a composite purchase"),
            _written(_trip_written),
        ),
    ),
    card(
        "C-0611", _GROUP,
        "A debit without any update is accepted and leaves the files",
        "无缓存更新的复合消费被接受,文件不变",
        clauses="CL-CAPP-009", applies=_APPLIES, needs=_KEYS,
        stimulus=_bare,
        judge=every(
            accepted(TUNION, COMPOSITE), each(_bare_debits, _no_leftover, "bare debit")
        ),
    ),
    card(
        "C-0612", _GROUP,
        "A cache update outside a composite purchase is refused with 6901",
        "复合消费之外的缓存更新应答 6901",
        clauses="CL-CAPP-010", applies=_APPLIES, needs=_KEYS,
        stimulus=_outside,
        judge=every(
            each(_outsiders, lambda _, call: status(
                call, "a cache update outside a composite purchase", SW.WRONG_STATE),
                "cache update outside a composite purchase"),
            unchanged(_lost_cache, "a cache update outside a composite purchase"),
        ),
    ),
    card(
        "C-0613", _GROUP,
        "Updates that do not fit are refused and change nothing",
        "长度、标识或文件不符的更新被拒绝且不生效",
        clauses="CL-CAPP-011 CL-FILE-019", applies=_APPLIES, needs=_KEYS,
        stimulus=_bad_updates,
        judge=every(
            each(_impossible, lambda _, call: refusal(
                call, f"an update of {len(call.command.data)} bytes for file"
                f" {call.command.p2 >> 3:02X} with P1 {call.command.p1:02X}"),
                "cache update that does not fit"),
            unchanged(_lost_cache, "an update that does not fit"),
        ),
    ),
    card(
        "C-0614", _GROUP,
        "An update leaves the other industry records alone",
        "更新一条行业记录不影响其他记录",
        clauses="CL-CAPP-012", applies=f"{_APPLIES} and tunion.ef1a", needs=_KEYS,
        stimulus=_other_records,
        judge=_written(_others_kept),
    ),
    card(
        "C-0615", _GROUP,
        "A Lingnan Tong composite purchase: MACs, TAC and amount",
        "岭南通复合消费:MAC、TAC 与金额",
        clauses="CL-CAPP-002 CL-CAPP-003", applies="lnt and lnt.composite",
        needs="keys:lnt.purchase keys:lnt.tac",
        stimulus=_lnt,
        judge=every(
            accepted(LNT, COMPOSITE),
            tac_right(LNT, COMPOSITE),
            mac2_right(LNT, COMPOSITE),
            money(LNT, after_done(COMPOSITE), "balance after a composite purchase"),
        ),
    ),
    card(
        "C-0616", _GROUP,
        "A trip log that is full drops its oldest trip",
        "行程记录写满后覆盖最旧一条",
        clauses="CL-CAPP-013", applies=_APPLIES, needs=_KEYS,
        stimulus=_full,
        judge=_rolled,
    ),
)  # fmt: skip
