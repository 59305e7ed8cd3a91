"""Card cases: load (type 02), unload (03) and overdraft update (07)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import (
    PIN_MISSING,
    accepted,
    also,
    calls,
    each,
    every,
    mac1_right,
    mac_refused,
    pin_known,
    refusal,
    status,
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
    nets,
    opened,
    persists,
    refused_commit,
    sights,
    unchanged,
)
from ykt_conformance.cases.words.record import Flow, Judge, at, card
from ykt_conformance.drive.card import CardBench, asks_pin
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import INS, LNT, LOAD, OVERDRAFT, PURCHASE, SW, TUNION, UNLOAD, Operation
from ykt_sim.wire.commands import ONLINE, OPERATIONS

Stimulus = Callable[[CardBench], Flow[None]]
_CEILING_TEST: Final = 4_000_000_000


def moved(standard: str, operation: str, *amounts: int) -> Stimulus:
    """Transactions with the host, balances read around them."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard, sum(amounts) + 1)
        yield from flows.audit(bench, standard)
        for amount in amounts:
            yield from flows.do(bench, standard, operation, amount)
            yield from flows.audit(bench, standard)
        yield from flows.again(standard)
        yield from flows.audit(bench, standard)

    return flow


def spoilt(standard: str, operation: str) -> Stimulus:
    """A commit with a wrong MAC2 for each byte of it, then one whose date was changed."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        yield from flows.unlock(bench, standard, operation)
        yield from flows.audit(bench, standard)
        yield from flows.count(standard, operation)
        limit = 2000 if operation == OVERDRAFT else 0
        for byte in (-2, -3, -4, -5, -6):
            begun = yield from flows.begin(bench, standard, operation, 100, limit=limit)
            yield Send(flows.spoil(begun, byte))
        begun = yield from flows.begin(bench, standard, operation, 100, limit=limit)
        yield Send(flows.unsigned(begun))
        yield from flows.count(standard, operation)
        yield from flows.audit(bench, standard)

    return flow


def replayed(standard: str, operation: str) -> Stimulus:
    """A commit that was good once, sent again at once and after a new INITIALIZE."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        begun = yield from flows.do(bench, standard, operation, 100)
        yield from flows.audit(bench, standard)
        yield Send(begun.commit)
        yield from flows.initialize(bench, standard, operation, 100)
        yield Send(begun.commit)
        yield from flows.audit(bench, standard)

    return flow


def _repeated(ins: int) -> Judge:
    """A commit sent right after a finished one, with no INITIALIZE between: 6901."""

    def find(view: View) -> Iterator[Call]:
        finished = False
        for call in view.card:
            if call.is_(INS.INITIALIZE) or not call.answered:
                finished = False
            elif call.is_(ins):
                if finished:
                    yield call
                finished = finished or call.ok

    return each(find, lambda _, call: status(call, "a commit sent again", SW.WRONG_STATE),
                "commit sent again")  # fmt: skip


def _above(standard: str, operation: str) -> Stimulus:
    """More than the ceiling allows, or than there is to unload; then unload all there is."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from flows.audit(bench, standard)
        if operation == LOAD:
            have = yield from flows.net(bench, standard)
            edge = bench.ics[standard]["ceiling"] - have
        else:
            edge = yield from flows.available(bench)
        for amount in (edge + 1, _CEILING_TEST):
            answer = yield from flows.initialize(bench, standard, operation, amount)
            if answer.sw == SW.OK:
                begun = yield from flows.begin(bench, standard, operation, amount)
                yield Send(begun.commit)
        yield from flows.audit(bench, standard)
        if operation == UNLOAD and bench.ics[standard]["load"]:
            have = max((yield from flows.net(bench, standard)), 0)
            yield from flows.do(bench, standard, UNLOAD, have)
            yield from flows.audit(bench, standard)
            yield from flows.do(bench, standard, LOAD, have)

    return flow


def _pin_given(view: View, call: Call, operation: str) -> bool:
    """The PIN is no reason to refuse."""
    asked = asks_pin(view.ics[call.standard], operation) is not False
    return not asked or pin_known(view, call)


def _beyond(standard: str, operation: str, *expected: int) -> Judge:
    """Such amounts are refused, at INITIALIZE or at the commit."""
    p1 = OPERATIONS[Operation(operation)].p1

    def find(view: View) -> Iterator[Call]:
        have: int | None = None
        look = nets if operation == LOAD else sights
        seen = {sight.call.index: sight.amount for sight in look(view, standard)}
        for call in view.card:
            if call.is_(INS.INITIALIZE, p1) and call.standard == standard:
                amount = int.from_bytes(call.command.data[1:5], "big")
                ceiling = view.ics[standard]["ceiling"]
                most = None if have is None else ceiling - have if operation == LOAD else have
                mine = call.answered and _pin_given(view, call, operation)
                if mine and most is not None and amount > most:
                    yield call
            if may_change(call):
                have = None
            have = seen.get(call.index, have)

    def check(view: View, call: Call) -> Judgement:
        words = f"{operation} of {int.from_bytes(call.command.data[1:5], 'big')} fen"
        if not call.ok:
            return status(call, words, *expected) if expected else refusal(call, words)
        for tx in view.transactions:
            if tx.init.index == call.index and tx.commit is not None:
                return refusal(tx.commit, words)
        return Unproven(f"{words} was begun and never committed")

    return each(find, check, f"{operation} beyond what is allowed")


def _pin_asked(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from flows.count(standard, LOAD)
        yield from flows.present_pin(bench, standard)
        yield from flows.count(standard, LOAD)
        yield PowerCycle()
        yield from flows.enter(standard)
        yield from flows.count(standard, LOAD)

    return flow


def _asks_pin(standard: str) -> Judge:
    def check(view: View, call: Call) -> Judgement:
        asked = view.ics[standard]["pin_for_load"]
        if asked and not pin_known(view, call):
            return status(call, "INITIALIZE FOR LOAD without PIN", *PIN_MISSING)
        return status(call, "INITIALIZE FOR LOAD of 0 fen", SW.OK)

    def zero(view: View) -> Iterator[Call]:
        for call in calls(INS.INITIALIZE, 0x00, 0x02, standard=standard)(view):
            if call.command.data[:5] == b"\x01\0\0\0\0" and len(call.command.data) == 11:
                yield call

    return each(zero, check, "INITIALIZE FOR LOAD of 0 fen")


def _online(
    standard: str, operation: str, name: str, zh: str, ids: tuple[str, ...]
) -> tuple[CardCase, ...]:
    """Cases that load and unload share under both standards."""
    loads = operation == LOAD
    word = "load" if loads else "unload"
    term, code, clause = ("圈存", "TAC", "CL-LOAD") if loads else ("圈提", "MAC3", "CL-UNLD")
    applies = f"{standard} and {standard}.{operation}"
    bounded = f"{applies} and {standard}.ceiling > 0" if loads else applies
    keys = f"reset keys:{standard}.{operation}"
    group = word
    ins = INS.CREDIT_FOR_LOAD if loads else INS.DEBIT
    tac = f" keys:{standard}.tac" if operation == LOAD else ""
    return (
        card(
            ids[0], group,
            f"MAC1 of INITIALIZE FOR {word.upper()} is right ({name})",
            f"{term}初始化 MAC1 正确({zh})",
            clauses=f"{clause}-001", applies=applies, needs=keys,
            stimulus=moved(standard, operation, 100, 7),
            judge=also(mac1_right(standard, operation), opened(standard, operation)),
        ),
        card(
            ids[1], group,
            f"{code} of a{'n un' if operation == UNLOAD else ' '}load is right ({name})",
            f"{term} {code} 正确({zh})",
            clauses=f"{clause}-002", applies=applies, needs=keys + tac,
            stimulus=moved(standard, operation, 100, 7),
            judge=every(accepted(standard, operation), tac_right(standard, operation)),
        ),
        card(
            ids[2], group,
            f"The balance moves by exactly the amount of the {word} ({name})",
            f"{term}后余额恰好变动交易金额({zh})",
            clauses=f"{clause}-003", applies=applies, needs=keys,
            stimulus=moved(standard, operation, 100, 1),
            judge=every(
                money(
                    standard,
                    after_done(operation, standard=standard),
                    f"balance after {word}",
                ),
                persists,
            ),
        ),
        card(
            ids[3], group,
            f"A wrong MAC2 is refused with 9302 and nothing changes ({word}, {name})",
            f"{term} MAC2 错误时应答 9302 且卡片不变({zh})",
            clauses=f"{clause}-004", applies=applies, needs=keys,
            stimulus=spoilt(standard, operation),
            judge=every(
                mac_refused(standard, operation),
                money(standard, after_refused(operation), f"balance after a refused {word}"),
                counter(standard, ONLINE, "online", holds(refused_commit)),
                unchanged(refused_commit, f"a refused {word}"),
            ),
        ),
        card(
            ids[4], group,
            f"A commit cannot be used twice ({word}, {name})",
            f"{term}命令不可重放({zh})",
            clauses=f"{clause}-005", applies=applies, needs=keys,
            stimulus=replayed(standard, operation),
            judge=every(
                _repeated(ins),
                mac_refused(standard, operation),
                money(standard, after_refused(operation), f"balance after a replayed {word}"),
                unchanged(refused_commit, f"a replayed {word}"),
            ),
        ),
        card(
            ids[5], group,
            f"A{'n un' if operation == UNLOAD else ' '}load beyond what is allowed is refused"
            f" ({name})",
            f"超限{term}被拒绝({zh})",
            clauses=f"{clause}-006", applies=bounded, needs=keys,
            stimulus=_above(standard, operation),
            judge=also(
                _beyond(standard, operation,
                        *((SW.BALANCE_INSUFFICIENT,) if operation == UNLOAD else ())),
                opened(standard, operation),
                accepted(standard, operation),
            ),
        ),
    )  # fmt: skip


_LOAD_IDS: Final = {
    TUNION: ("C-0701", "C-0702", "C-0703", "C-0704", "C-0705", "C-0706"),
    LNT: ("C-0751", "C-0752", "C-0753", "C-0754", "C-0755", "C-0756"),
}
_UNLOAD_IDS: Final = {
    TUNION: ("C-0801", "C-0802", "C-0803", "C-0804", "C-0805", "C-0806"),
    LNT: ("C-0851", "C-0852", "C-0853", "C-0854", "C-0855", "C-0856"),
}


def _to_the_brim(standard: str) -> Stimulus:
    """Load exactly up to the ceiling, then bring the balance back down."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        have = yield from flows.net(bench, standard)
        room = bench.ics[standard]["ceiling"] - have
        yield from flows.do(bench, standard, LOAD, room)
        yield from flows.available(bench)
        yield from flows.do(bench, standard, PURCHASE, room)
        yield from flows.available(bench)

    return flow


def _fills(view: View, standard: str) -> Iterator[Call]:
    """INITIALIZE FOR LOAD exactly up to the ceiling, from a balance just read."""
    seen = {sight.call.index: sight.amount for sight in nets(view, standard)}
    have: int | None = None
    ceiling = view.ics[standard]["ceiling"]
    for call in view.card:
        if call.is_(INS.INITIALIZE, 0x00, 0x02) and call.standard == standard:
            amount = int.from_bytes(call.command.data[1:5], "big")
            if have is not None and have + amount == ceiling and call.answered:
                yield call
        if may_change(call):
            have = None
        have = seen.get(call.index, have)


def _full(standard: str) -> Judge:
    def find(view: View) -> Iterator[SeenTransaction]:
        filling = {call.index for call in _fills(view, standard)}
        for tx in transactions(standard, LOAD)(view):
            if tx.commit is not None and tx.init.index in filling:
                yield tx

    return each(
        find,
        lambda _, tx: status(tx.commit or tx.init, "a load up to the ceiling", SW.OK),
        "load exactly up to the ceiling",
    )


def _opened_full(standard: str) -> Judge:
    words = "INITIALIZE FOR LOAD up to the ceiling"
    return each(
        lambda view: _fills(view, standard), lambda _, call: status(call, words, SW.OK), words
    )


_FULL: dict[str, str] = {TUNION: "CL-LOAD-006 CL-LOAD-003", LNT: "CL-LOAD-006 CL-LOAD-003"}


def _brim(standard: str, name: str, zh: str) -> CardCase:
    both = f"{standard}.load and {standard}.simple and {standard}.ceiling > 0"
    return card(
        at(standard, "C-0707", "C-0757"), "load",
        f"A load up to the ceiling is accepted ({name})",
        f"可圈存至余额上限({zh})",
        clauses=_FULL[standard], applies=f"{standard} and {both}",
        needs=f"keys:{standard}.load keys:{standard}.purchase",
        stimulus=_to_the_brim(standard),
        judge=every(
            _opened_full(standard),
            _full(standard),
            money(standard, after_done(LOAD), "balance after load"),
        ),
    )  # fmt: skip


def _asking(standard: str, name: str, zh: str) -> CardCase:
    return card(
        at(standard, "C-0708", "C-0758"), "load",
        f"INITIALIZE FOR LOAD asks for the PIN as declared ({name})",
        f"圈存是否验 PIN 与声明一致({zh})",
        clauses="CL-LOAD-007", applies=f"{standard} and {standard}.load and {standard}.pin",
        needs=f"reset keys:{standard}.pin",
        stimulus=_pin_asked(standard),
        judge=_asks_pin(standard),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    *_online(TUNION, LOAD, "T-Union", "交通联合", _LOAD_IDS[TUNION]),
    *_online(LNT, LOAD, "Lingnan Tong", "岭南通", _LOAD_IDS[LNT]),
    _brim(TUNION, "T-Union", "交通联合"),
    _brim(LNT, "Lingnan Tong", "岭南通"),
    _asking(TUNION, "T-Union", "交通联合"),
    _asking(LNT, "Lingnan Tong", "岭南通"),
    *_online(TUNION, UNLOAD, "T-Union", "交通联合", _UNLOAD_IDS[TUNION]),
    *_online(LNT, UNLOAD, "Lingnan Tong", "岭南通", _UNLOAD_IDS[LNT]),
)
