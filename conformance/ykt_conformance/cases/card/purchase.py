"""Card cases: the simple purchase, type 06, under both standards."""

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
    mac2_right,
    mac_refused,
    status,
    tac_right,
    transactions,
)
from ykt_conformance.cases.words.ledger import (
    after_done,
    after_refused,
    counter,
    holds,
    money,
    opened,
    persists,
    refused_commit,
    unchanged,
)
from ykt_conformance.cases.words.record import Flow, Judge, at, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import COMPOSITE, INS, LNT, LOAD, PURCHASE, SW, TUNION
from ykt_sim.wire.purse import InitializePurchaseAnswer

_GROUP: Final = "purchase"
Stimulus = Callable[[CardBench], Flow[None]]


def bought(standard: str, amount: int = 123) -> Stimulus:
    """Balance, one purchase, balance, also after a reset."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        yield from flows.audit(bench, standard)
        yield from flows.do(bench, standard, PURCHASE, amount)
        yield from flows.audit(bench, standard)
        yield from flows.again(standard)
        yield from flows.audit(bench, standard)

    return flow


def twice(standard: str) -> Stimulus:
    """Three purchases of odd amounts, one of a single fen."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        for amount in (1, 258, 70):
            yield from flows.do(bench, standard, PURCHASE, amount)
        yield from flows.available(bench)

    return flow


def spoilt(standard: str, *bytes_: int) -> Stimulus:
    """Purchases whose DEBIT has one wrong byte each; state taken down around them."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        yield from flows.audit(bench, standard)
        yield from flows.count(standard)
        for byte in bytes_:
            begun = yield from flows.begin(bench, standard, PURCHASE, 150)
            yield Send(flows.spoil(begun, byte))
        begun = yield from flows.begin(bench, standard, PURCHASE, 150)
        yield Send(flows.unsigned(begun))
        yield from flows.count(standard)
        yield from flows.audit(bench, standard)

    return flow


def too_much(standard: str) -> Stimulus:
    """INITIALIZE and DEBIT of one fen more than there is, and of far more."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from flows.audit(bench, standard)
        for extra in (1, 0x7FFFFFFF, 0xF0000000):
            have = yield from flows.available(bench)
            answer = yield Send(c.initialize(PURCHASE, have + extra, c.TERMINAL[standard]))
            if answer.sw == SW.OK:
                begun = yield from flows.begin(bench, standard, PURCHASE, have + extra)
                yield Send(begun.commit)
        yield from flows.audit(bench, standard)

    return flow


def everything(standard: str) -> Stimulus:
    """Spend all there is, see zero, and load it again."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard, 1)
        have = yield from flows.available(bench)
        yield from flows.do(bench, standard, PURCHASE, have)
        yield from flows.available(bench)
        answer = yield Send(c.initialize(PURCHASE, 1, c.TERMINAL[standard]))
        if answer.ok:
            begun = yield from flows.begin(bench, standard, PURCHASE, 1)
            yield Send(begun.commit)
        yield from flows.do(bench, standard, LOAD, have)
        yield from flows.available(bench)

    return flow


def overspent(standard: str) -> Judge:
    """A purchase above the available balance is refused at INITIALIZE or at DEBIT, 9401."""

    def find(view: View) -> Iterator[Call]:
        have: int | None = None
        for call in view.card:
            if call.standard != standard or not call.answered:
                continue
            if call.is_(INS.GET_BALANCE, 0x00, 0x02) and call.ok:
                have = int.from_bytes(call.response.data, "big")
                have &= 0x7FFFFFFF if view.ics["behaviour"]["top_bit"] else 0xFFFFFFFF
            elif call.is_(INS.INITIALIZE) and call.command.p1 in (1, 3) and have is not None:
                if int.from_bytes(call.command.data[1:5], "big") > have:
                    yield call
            elif not call.is_(INS.READ_RECORD):
                have = None

    def check(view: View, call: Call) -> Judgement:
        if not call.ok:
            return status(call, "INITIALIZE above the balance", SW.BALANCE_INSUFFICIENT)
        for tx in view.transactions:
            if tx.init.index == call.index and tx.commit is not None:
                return status(tx.commit, "DEBIT above the balance", SW.BALANCE_INSUFFICIENT)
        return Unproven("INITIALIZE above the balance was answered 9000 and no DEBIT followed")

    return each(find, check, "INITIALIZE of more than the balance just read")


def _init_shape(standard: str, p1: int, size: int) -> Judge:
    def check(_view: View, call: Call) -> Judgement:
        wrong = status(call, "INITIALIZE FOR PURCHASE", SW.OK)
        if wrong is not None:
            return wrong
        got = len(call.response.data)
        if got != size:
            return Fault(f"the answer of INITIALIZE has {got} bytes, expected {size}", call.index)
        algorithm = InitializePurchaseAnswer.parse(call.response.data).algorithm
        if algorithm > 1:
            return Fault(f"algorithm identifier {algorithm:02X}, expected 00 or 01", call.index)
        return None

    def wanted(_view: View, call: Call) -> bool:
        data = call.command.data
        le_fits = call.command.le in (None, 0, size)
        return le_fits and len(data) == 11 and data[0] == 1 and data[1:5] == bytes(4)

    return each(
        calls(INS.INITIALIZE, p1, 0x02, standard=standard, where=wanted),
        check, "INITIALIZE FOR PURCHASE of amount 0 with key 1",
    )  # fmt: skip


def _randoms(standard: str) -> Judge:
    """No two INITIALIZE of one trace answer the same random."""

    def judge(view: View) -> Judgement:
        seen: dict[bytes, Call] = {}
        for tx in transactions(standard, PURCHASE, COMPOSITE, LOAD)(view):
            if tx.answer.random in seen:
                return Fault("two INITIALIZE answered the same random", tx.init.index,
                             "another random", tx.answer.random.hex().upper())  # fmt: skip
            seen[tx.answer.random] = tx.init
        return None if len(seen) > 2 else Unproven("the trace has no three INITIALIZE")

    return judge


def _three_inits(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        del bench
        yield from flows.enter(standard)
        for _ in range(4):
            yield from flows.count(standard)
        yield from flows.again(standard)
        for _ in range(4):
            yield from flows.count(standard)

    return flow


def _wrong_key(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        del bench
        yield from flows.enter(standard)
        yield Send(c.initialize(PURCHASE, 0, c.TERMINAL[standard], key_index=0x0E))

    return flow


def _no_key(standard: str) -> Judge:
    find = calls(INS.INITIALIZE, standard=standard,
                 where=lambda _, call: call.command.data[:1] == b"\x0e")  # fmt: skip
    return each(
        find,
        lambda _, call: status(call, "INITIALIZE with an unknown key index", SW.KEY_INDEX),
        "unknown key index",
    )


def _replay(standard: str) -> Stimulus:
    """A DEBIT that was good once, sent again: at once, and after a new INITIALIZE."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.ready(bench, standard)
        begun = yield from flows.do(bench, standard, PURCHASE, 100)
        yield from flows.audit(bench, standard)
        yield Send(begun.commit)
        yield from flows.count(standard)
        yield Send(c.initialize(PURCHASE, 100, c.TERMINAL[standard]))
        yield Send(begun.commit)
        yield from flows.audit(bench, standard)

    return flow


def _again(view: View) -> Iterator[Call]:
    """A DEBIT that follows a finished one with no INITIALIZE between."""
    open_ = True
    for call in view.card:
        if call.is_(INS.INITIALIZE) or not call.answered:
            open_ = True
        elif call.is_(INS.DEBIT):
            if not open_:
                yield call
            open_ = open_ and not call.ok


def _p1_02(bench: CardBench) -> Flow[None]:
    yield from flows.ready(bench, TUNION)
    begun = yield from flows.begin(bench, TUNION, PURCHASE, 90)
    commit = bytearray(begun.commit)
    commit[2] = 0x02
    yield Send(bytes(commit))
    yield from flows.available(bench)


def _zero(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from flows.do(bench, standard, PURCHASE, 0)
        yield from flows.available(bench)

    return flow


def _zeros(_view: View, tx: SeenTransaction) -> bool:
    return tx.amount == 0 and tx.commit is not None


def _accepted_zero(_view: View, tx: SeenTransaction) -> Judgement:
    if tx.commit is None:
        return Unproven("no DEBIT")
    return status(tx.commit, "DEBIT of a purchase of 0 fen", SW.OK)


def _per_standard(standard: str, name: str, zh: str) -> tuple[CardCase, ...]:
    """The cases that both standards share."""
    simple = f"{standard} and {standard}.simple"
    keys = f"reset keys:{standard}.purchase"
    return (
        card(
            at(standard, "C-0501", "C-0551"), _GROUP,
            f"INITIALIZE FOR PURCHASE answers fifteen bytes ({name})",
            f"消费初始化应答 15 字节({zh})",
            clauses="CL-PUR-001", applies=simple, needs="reset",
            stimulus=_three_inits(standard),
            judge=_init_shape(standard, 0x01, 15),
        ),
        card(
            at(standard, "C-0502", "C-0552"), _GROUP,
            f"A purchase with the right MAC1 is accepted ({name})",
            f"MAC1 正确的消费被接受({zh})",
            clauses="CL-PUR-002", applies=simple, needs=keys,
            stimulus=twice(standard),
            judge=every(opened(standard, PURCHASE), accepted(standard, PURCHASE)),
        ),
        card(
            at(standard, "C-0503", "C-0553"), _GROUP,
            f"The TAC of a purchase is right ({name})",
            f"消费 TAC 正确({zh})",
            clauses="CL-PUR-003", applies=simple,
            needs=f"{keys} keys:{standard}.tac",
            stimulus=twice(standard),
            judge=tac_right(standard, PURCHASE),
        ),
        card(
            at(standard, "C-0504", "C-0554"), _GROUP,
            f"MAC2 of a purchase is right ({name})",
            f"消费 MAC2 正确({zh})",
            clauses="CL-PUR-004", applies=simple, needs=keys,
            stimulus=twice(standard),
            judge=mac2_right(standard, PURCHASE),
        ),
        card(
            at(standard, "C-0505", "C-0555"), _GROUP,
            f"A purchase takes exactly its amount ({name})",
            f"消费恰好扣除交易金额({zh})",
            clauses="CL-PUR-005", applies=simple, needs=keys,
            stimulus=bought(standard),
            judge=every(
                money(
                    standard,
                    after_done(PURCHASE, standard=standard),
                    "balance after a purchase",
                ),
                persists,
            ),
        ),
        card(
            at(standard, "C-0506", "C-0556"), _GROUP,
            f"A wrong MAC1 is refused with 9302 and nothing changes ({name})",
            f"MAC1 错误时应答 9302 且卡片不变({zh})",
            clauses="CL-PUR-006 CL-PUR-007", applies=simple, needs=keys,
            stimulus=spoilt(standard, -2),
            judge=every(
                mac_refused(standard, PURCHASE),
                money(standard, after_refused(PURCHASE), "balance after a refused purchase"),
                counter(standard, (PURCHASE, COMPOSITE), "offline", holds(refused_commit)),
                unchanged(refused_commit, "a refused purchase"),
            ),
        ),
        card(
            at(standard, "C-0507", "C-0557"), _GROUP,
            f"Every byte of MAC1 counts, and what is under it ({name})",
            f"MAC1 各字节及其所覆盖数据均被校验({zh})",
            clauses="CL-PUR-006", applies=simple, needs=keys,
            # 5.. serial, date and time; the MAC from 16: its four bytes, date, time, serial.
            stimulus=spoilt(standard, 16, 17, 18, 19, 9, 12, 13, 15, 8),
            judge=mac_refused(standard, PURCHASE),
        ),
        card(
            at(standard, "C-0508", "C-0558"), _GROUP,
            f"More than the balance cannot be spent ({name})",
            f"不能透支消费超过可用余额({zh})",
            clauses="CL-PUR-008", applies=simple, needs=keys,
            stimulus=too_much(standard),
            judge=overspent(standard),
        ),
        card(
            at(standard, "C-0509", "C-0559"), _GROUP,
            f"The whole balance can be spent, and then nothing more ({name})",
            f"可消费全部余额,之后不可再消费({zh})",
            clauses="CL-PUR-008 CL-PUR-005", applies=f"{simple} and {standard}.load",
            needs=f"{keys} keys:{standard}.load",
            stimulus=everything(standard),
            judge=every(
                opened(standard, PURCHASE),
                accepted(standard, PURCHASE),
                money(standard, after_done(PURCHASE), "balance after a purchase"),
                overspent(standard),
            ),
        ),
        card(
            at(standard, "C-0510", "C-0560"), _GROUP,
            f"An unknown key index is refused with 9403 ({name})",
            f"密钥索引不支持时应答 9403({zh})",
            clauses="CL-PUR-009", applies=simple,
            stimulus=_wrong_key(standard),
            judge=_no_key(standard),
        ),
        card(
            at(standard, "C-0511", "C-0561"), _GROUP,
            f"Every INITIALIZE draws a new random ({name})",
            f"每次初始化产生新的随机数({zh})",
            clauses="CL-PUR-010", applies=simple, needs="reset",
            stimulus=_three_inits(standard),
            judge=_randoms(standard),
        ),
        card(
            at(standard, "C-0512", "C-0562"), _GROUP,
            f"A DEBIT cannot be used twice ({name})",
            f"消费命令不可重放({zh})",
            clauses="CL-PUR-011 CL-PUR-007", applies=simple, needs=keys,
            stimulus=_replay(standard),
            judge=every(
                each(_again, lambda _, call: status(
                    call, "a DEBIT sent again", SW.WRONG_STATE), "DEBIT sent again"),
                mac_refused(standard, PURCHASE),
                also(unchanged(refused_commit, "a DEBIT sent again")),
            ),
        ),
        card(
            at(standard, "C-0513", "C-0563"), _GROUP,
            f"A purchase of zero fen is a purchase ({name})",
            f"零金额消费有效({zh})",
            clauses="CL-PUR-012", applies=simple, needs=keys,
            stimulus=_zero(standard),
            judge=every(
                each(transactions(standard, PURCHASE, where=_zeros), _accepted_zero,
                     "purchase of 0 fen"),
                money(standard, after_done(PURCHASE), "balance after a purchase"),
            ),
        ),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    *_per_standard(TUNION, "T-Union", "交通联合"),
    *_per_standard(LNT, "Lingnan Tong", "岭南通"),
    card(
        "C-0520", _GROUP,
        "DEBIT is also taken with P1=02, as claimed",
        "消费命令 P1=02 按声明接受",
        clauses="CL-PUR-013", applies="tunion and tunion.simple and tunion.debit_p1_02",
        needs="keys:tunion.purchase",
        stimulus=_p1_02,
        judge=every(
            each(
                transactions(TUNION, PURCHASE, where=lambda _, tx: tx.commit is not None
                             and tx.commit.command.p1 == 2),
                lambda _, tx: status(tx.commit or tx.init, "DEBIT with P1=02", SW.OK),
                "DEBIT with P1=02",
            ),
            money(TUNION, after_done(PURCHASE), "balance after a purchase"),
        ),
    ),
)  # fmt: skip
