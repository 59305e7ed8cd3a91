"""Card cases: GET TRANSACTION PROVE, with which a terminal settles a torn tap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import each, every, refusal, same, status
from ykt_conformance.cases.words.record import Flow, Judge, at, card, some
from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import COMPOSITE, INS, LNT, LOAD, OVERDRAFT, PURCHASE, SW, TUNION, UNLOAD
from ykt_sim.wire.commands import ONLINE

_GROUP: Final = "proof"
Stimulus = Callable[[CardBench], Flow[None]]


class Asked(msgspec.Struct, frozen=True):
    """A GET TRANSACTION PROVE with the last commit of that purse before it.

    Attributes:
        call: the command.
        last: the last commit; None when the trace has none before.
        since: calls between that commit and this command.
        unused: INITIALIZE told that the counter asked for was still 0.
    """

    call: Call
    last: SeenTransaction | None
    since: tuple[Call, ...]
    unused: bool

    @property
    def number(self) -> int:
        """Number that was asked for."""
        return int.from_bytes(self.call.command.data, "big")

    @property
    def due(self) -> bool:
        """True when type and number are those of the last commit."""
        last = self.last
        if last is None:
            return False
        place = (int(last.type), int(last.answer.counter) + 1)
        return (self.call.command.p2, self.number) == place


def asked(view: View, standard: str) -> Iterator[Asked]:
    """Every GET TRANSACTION PROVE of a purse that can be judged."""
    commits = {tx.commit.index: tx for tx in view.transactions
               if tx.commit is not None and tx.standard == standard}  # fmt: skip
    begun = {tx.init.index: tx for tx in view.transactions if tx.standard == standard}
    last: SeenTransaction | None = None
    since: list[Call] = []
    unused: set[bool] = set()
    for call in view.card:
        tx = commits.get(call.index)
        opened = begun.get(call.index)
        if opened is not None and opened.answer.counter == 0:
            unused.add(opened.operation in ONLINE)
        mine = call.is_(INS.GET_TRANSACTION_PROVE, 0x00) and call.standard == standard
        if tx is not None and (tx.committed or not call.answered):
            last, since = tx, []
        elif mine and call.answered and len(call.command.data) == 2:
            online = call.command.p2 in (0x02, 0x03, 0x07)
            yield Asked(call, last, tuple(since), online in unused)
        since.append(call)


def proof(standard: str, pick: Callable[[Asked], bool], missing: str) -> Judge:
    """The proof of the last commit is given, MAC2 then TAC; anything else is 9406."""

    def check(view: View, found: Asked) -> Judgement:
        words = f"proof of type {found.call.command.p2:02X} number {found.number:04X}"
        last = found.last
        if not found.due or last is None:
            return status(found.call, f"{words}, not the last transaction,",
                          SW.PROOF_NOT_AVAILABLE)  # fmt: skip
        torn = last.commit is not None and not last.commit.answered
        if torn and found.call.response.sw == SW.PROOF_NOT_AVAILABLE:
            return None  # the power went before anything was written
        wrong = status(found.call, words, SW.OK)
        return wrong if wrong is not None else _codes(view, found.call, last)

    return each(lambda view: filter(pick, asked(view, standard)), check, missing)


def _codes(view: View, call: Call, last: SeenTransaction) -> Judgement:
    got = call.response.data
    if len(got) != 8:
        return Fault(f"the proof has {len(got)} bytes, expected 8", call.index)
    result = last.result
    mac2: bytes | None = getattr(result, "mac2", None) or reckon.mac2_of_debit(last, view.keys)
    code = getattr(result, "tac", None) or getattr(result, "mac3", None)
    code = code or reckon.tac(last, view.keys)
    if code is None:
        return Unproven("the TAC of the last transaction is not known")
    if mac2 is not None:
        return same(call, "MAC2 and TAC in the proof", mac2 + code, got)
    return same(call, "TAC in the proof", code, got[4:])


def proven(standard: str, operation: str) -> Stimulus:
    """A transaction, then its proof by the number after."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        limit = 1300 if operation == OVERDRAFT else 0
        for amount in (0, 0) if limit else (51, 52):
            begun = yield from flows.do(bench, standard, operation, amount, limit=limit)
            yield Send(c.prove(flows.TYPES[operation], begun.number))
            limit += 100 if limit else 0

    return flow


def _proving(standard: str, operation: str) -> Stimulus:
    stimulus = proven(standard, operation)
    return flows.restored(stimulus) if operation == OVERDRAFT else stimulus


def _asks(standard: str, *more: str) -> Stimulus:
    """A purchase, then something in between, then proofs with right and wrong numbers."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        yield from flows.do(bench, standard, PURCHASE, 61)
        begun = yield from flows.do(bench, standard, PURCHASE, 62)
        for word in more:
            if word == "initialize":
                yield from flows.count(standard)
            elif word == "reset":
                yield from flows.again(standard)
            elif word == "refused":
                other = yield from flows.begin(bench, standard, PURCHASE, 63)
                yield Send(flows.spoil(other))
            elif word == "select":
                yield from flows.enter(standard)
        kind = flows.TYPES[PURCHASE]
        if "wrong" in more:
            for number in (begun.number - 1, begun.number - 2, begun.number + 1, 0):
                yield Send(c.prove(kind, max(number, 0)))
            yield Send(c.prove(flows.TYPES[COMPOSITE], begun.number))
            yield Send(c.prove(flows.TYPES[LOAD], begun.number))
        yield Send(c.prove(kind, begun.number))
        yield Send(c.prove(kind, begun.number))

    return flow


def _replaced(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        first = yield from flows.do(bench, standard, PURCHASE, 64)
        second = yield from flows.do(bench, standard, PURCHASE, 65)
        for begun in (first, second):
            yield Send(c.prove(flows.TYPES[PURCHASE], begun.number))
        if bench.ics[standard]["load"]:
            third = yield from flows.do(bench, standard, LOAD, 66)
            yield Send(c.prove(flows.TYPES[PURCHASE], second.number))
            yield Send(c.prove(flows.TYPES[LOAD], third.number))

    return flow


def _new_card(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from flows.counters(bench, standard)
        for kind in (0x06, 0x09, 0x02):
            for number in (0, 1):
                yield Send(c.prove(kind, number))

    return flow


def _malformed(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, TUNION)
    begun = yield from flows.do(bench, TUNION, PURCHASE, 67)
    number = begun.number.to_bytes(2, "big")
    ins = INS.GET_TRANSACTION_PROVE
    yield Send(c.apdu(0x80, ins, 0x00, 0x06, number + b"\0", 8))
    yield Send(c.apdu(0x80, ins, 0x00, 0x06, number[:1], 8))
    yield Send(c.apdu(0x80, ins, 0x01, 0x06, number, 8))


def _bad_calls(view: View) -> Iterator[Call]:
    for call in view.find(INS.GET_TRANSACTION_PROVE):
        wrong = len(call.command.data) != 2 or call.command.p1
        if wrong and call.answered and call.standard == TUNION:
            yield call


def _had(test: Callable[[Call], bool]) -> Callable[[Asked], bool]:
    return lambda found: found.due and any(map(test, found.since))


def _crossed_reset(found: Asked) -> bool:
    last = found.last
    return found.due and last is not None and last.init.session != found.call.session


def _unproven_kind(found: Asked) -> bool:
    return found.last is not None and not found.due


def _prove(standard: str, operation: str, case_id: str, zh: str) -> CardCase:
    name = "T-Union" if standard == TUNION else "Lingnan Tong"
    claim = "simple" if operation == PURCHASE else operation
    kind = int(flows.TYPES[operation])
    return card(
        case_id, _GROUP,
        f"The proof of {some(operation)} is given by the number after it ({name})",
        f"以交易后序号取{zh}的交易认证({'交通联合' if standard == TUNION else '岭南通'})",
        clauses="CL-PROOF-001 CL-PROOF-002",
        applies=f"{standard} and {standard}.proof and {standard}.{claim}",
        needs=f"keys:{standard}.{reckon.ROLES[operation]}",
        stimulus=_proving(standard, operation),
        judge=proof(standard, lambda found: found.due and found.call.command.p2 == kind,
                    f"proof of {some(operation)} by its number"),
    )  # fmt: skip


def _both(standard: str, zh: str) -> tuple[CardCase, ...]:
    applies = f"{standard} and {standard}.proof and {standard}.simple"
    keys = f"keys:{standard}.purchase"
    return (
        card(
            at(standard, "C-1106", "C-1156"), _GROUP,
            f"Other numbers and types are answered 9406 ({standard})",
            f"序号或类型不符时应答 9406({zh})",
            clauses="CL-PROOF-003", applies=applies, needs=keys,
            stimulus=_asks(standard, "wrong"),
            judge=proof(standard, _unproven_kind, "proof of another transaction than the last"),
        ),
        card(
            at(standard, "C-1107", "C-1157"), _GROUP,
            f"The proof survives a new INITIALIZE ({standard})",
            f"新的初始化不清除交易认证({zh})",
            clauses="CL-PROOF-004", applies=applies, needs=keys,
            stimulus=_asks(standard, "initialize"),
            judge=proof(standard, _had(lambda x: x.is_(INS.INITIALIZE) and x.ok),
                        "proof after another INITIALIZE"),
        ),
        card(
            at(standard, "C-1108", "C-1158"), _GROUP,
            f"The proof survives a power cycle ({standard})",
            f"断电后仍可取交易认证({zh})",
            clauses="CL-PROOF-005", applies=applies, needs=f"reset {keys}",
            stimulus=_asks(standard, "reset", "initialize"),
            judge=proof(standard, _crossed_reset, "proof after a reset"),
        ),
        card(
            at(standard, "C-1109", "C-1159"), _GROUP,
            f"The next commit replaces the proof ({standard})",
            f"下一笔交易替换交易认证({zh})",
            clauses="CL-PROOF-006", applies=applies, needs=keys,
            stimulus=_replaced(standard),
            judge=every(
                proof(standard, _unproven_kind, "proof of the transaction before the last"),
                proof(standard, lambda found: found.due, "proof of the last transaction"),
            ),
        ),
        card(
            at(standard, "C-1110", "C-1160"), _GROUP,
            f"A refused commit leaves the proof ({standard})",
            f"被拒绝的交易不影响交易认证({zh})",
            clauses="CL-PROOF-007", applies=applies, needs=keys,
            stimulus=_asks(standard, "refused"),
            judge=proof(standard, _had(lambda x: x.is_(INS.DEBIT) and x.answered and not x.ok),
                        "proof after a refused commit"),
        ),
        card(
            at(standard, "C-1111", "C-1161"), _GROUP,
            f"A new card has nothing to prove ({standard})",
            f"新卡无交易认证({zh})",
            clauses="CL-PROOF-008", applies=applies, needs="fresh",
            stimulus=_new_card(standard),
            judge=proof(standard, lambda found: found.last is None and found.unused,
                        "proof asked of a card whose counter is 0"),
        ),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    _prove(TUNION, PURCHASE, "C-1101", "单次消费"),
    _prove(TUNION, COMPOSITE, "C-1102", "复合消费"),
    _prove(TUNION, LOAD, "C-1103", "圈存"),
    _prove(TUNION, UNLOAD, "C-1104", "圈提"),
    _prove(TUNION, OVERDRAFT, "C-1105", "修改透支限额"),
    *_both(TUNION, "交通联合"),
    *_both(LNT, "岭南通"),
    card(
        "C-1112", _GROUP,
        "GET TRANSACTION PROVE with wrong length or P1 is refused",
        "取交易认证长度或 P1 错误时拒绝",
        clauses="CL-APDU-002", applies="tunion and tunion.proof and tunion.simple",
        needs="keys:tunion.purchase",
        stimulus=_malformed,
        judge=each(_bad_calls, lambda _, call: refusal(call, "a malformed GET TRANSACTION PROVE"),
                   "malformed GET TRANSACTION PROVE"),
    ),
    _prove(LNT, PURCHASE, "C-1151", "单次消费"),
    _prove(LNT, COMPOSITE, "C-1152", "复合消费"),
    _prove(LNT, LOAD, "C-1153", "圈存"),
    _prove(LNT, UNLOAD, "C-1154", "圈提"),
)  # fmt: skip
