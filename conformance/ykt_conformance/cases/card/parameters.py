"""Card cases: bad class, instruction, parameters, lengths and data.

The laboratory lists the same five answers for a bad header on every command page; a purse
must say them and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import between, each, every, refusal, status
from ykt_conformance.cases.words.ledger import unchanged
from ykt_conformance.cases.words.record import Flow, Judge, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.limits import FRAGMENTS
from ykt_conformance.drive.steps import Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS, LNT, LOAD, PURCHASE, SW, TUNION
from ykt_sim.errors import ReadError
from ykt_sim.trace.model import Exchange
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import OFFLINE

_GROUP: Final = "parameters"
_KNOWN: Final = frozenset(
    (INS.SELECT, INS.READ_BINARY, INS.READ_RECORD, INS.GET_BALANCE, INS.INITIALIZE,
     INS.GET_TRANSACTION_PROVE, INS.GET_CHALLENGE)
)  # fmt: skip
_UNKNOWN_INS: Final = (0x02, 0x7F, 0xF7)
_WRONG_CLA: Final = 0xD0
_PURSES: Final = (TUNION, LNT)


def _standard(bench: CardBench) -> str:
    return TUNION if bench.ics[TUNION]["claimed"] else LNT


def sent(build: Callable[[CardBench, str], Iterator[bytes]]) -> Callable[[CardBench], Flow[None]]:
    """Enter the purse, take its state down, send these, take it down again."""

    def flow(bench: CardBench) -> Flow[None]:
        standard = _standard(bench)
        yield from flows.enter(standard)
        yield from flows.audit(bench, standard)
        for command in build(bench, standard):
            yield Send(command)
        yield from flows.audit(bench, standard)

    return flow


def _bad_cla(_bench: CardBench, standard: str) -> Iterator[bytes]:
    yield c.apdu(_WRONG_CLA, INS.READ_BINARY, c.by_sfi(c.APPLICATION), 0x00, le=0)
    yield c.apdu(_WRONG_CLA, INS.GET_BALANCE, 0x00, 0x02, le=4)
    yield bytes((_WRONG_CLA,)) + c.initialize(PURCHASE, 0, c.TERMINAL[standard])[1:]
    yield c.apdu(_WRONG_CLA, INS.GET_CHALLENGE, le=4)


def _bad_ins(_bench: CardBench, _standard: str) -> Iterator[bytes]:
    for ins in _UNKNOWN_INS:
        yield c.apdu(0x00, ins, le=0)
        yield c.apdu(0x80, ins, le=0)


def _bad_init(_bench: CardBench, standard: str) -> Iterator[bytes]:
    data = b"\x01" + bytes(4) + c.TERMINAL[standard]
    for p1, p2 in ((0x07, 0x02), (0x3F, 0x02), (0x01, 0x00), (0x01, 0x07)):
        yield c.apdu(0x80, INS.INITIALIZE, p1, p2, data, 0x0F)


def _init_lengths(_bench: CardBench, standard: str) -> Iterator[bytes]:
    data = b"\x01" + bytes(4) + c.TERMINAL[standard]
    for wrong in (data[:-1], data + b"\0", data[:4]):
        yield c.apdu(0x80, INS.INITIALIZE, 0x01, 0x02, wrong, 0x0F)
    yield c.apdu(0x80, INS.INITIALIZE, 0x01, 0x02, le=0x0F)


def _init_le(_bench: CardBench, standard: str) -> Iterator[bytes]:
    yield c.initialize(PURCHASE, 0, c.TERMINAL[standard], le=0x05)


def _bad_reads(_bench: CardBench, _standard: str) -> Iterator[bytes]:
    yield c.apdu(0x00, INS.READ_RECORD, 0x01, c.LOG << 3 | 7, le=0)
    yield c.apdu(0x00, INS.READ_RECORD, 0x01, c.LOG << 3 | 5, le=0)
    yield c.apdu(0x00, INS.READ_BINARY, 0xF5, 0x00, le=0)
    yield c.apdu(0x80, INS.READ_EXT_DATA, 0x01, c.INDUSTRY << 3, b"\x27\x01", 0)


def _long_names(_bench: CardBench, standard: str) -> Iterator[bytes]:
    yield c.apdu(0x00, INS.SELECT, 0x04, 0x00, c.PURSE_AID[standard].ljust(17, b"\0"), 0)


def _commit_flow(bench: CardBench) -> Flow[None]:
    """DEBIT too short, too long, with wrong P1 and P2; each after an INITIALIZE of its own."""
    standard = _standard(bench)
    yield from flows.ready(bench, standard)
    yield from flows.audit(bench, standard)
    for change in range(4):
        begun = yield from flows.begin(bench, standard, PURCHASE, 100)
        commit = begun.commit
        body = commit[5:-1]
        wrong = (
            commit[:4] + b"\x0e" + body[:-1] + commit[-1:],
            commit[:4] + b"\x10" + body + b"\0" + commit[-1:],
            commit[:2] + b"\x07" + commit[3:],
            commit[:3] + b"\x07" + commit[4:],
        )[change]
        yield Send(wrong)
        yield from flows.audit(bench, standard)


def _load_flow(bench: CardBench) -> Flow[None]:
    """CREDIT FOR LOAD too short and too long."""
    standard = _standard(bench)
    yield from flows.ready(bench, standard, 0)
    yield from flows.unlock(bench, standard, LOAD)
    yield from flows.audit(bench, standard)
    for size in (10, 12):
        begun = yield from flows.begin(bench, standard, LOAD, 100)
        body = (begun.commit[5:-1] + b"\0")[:size]
        yield Send(begun.commit[:4] + bytes((size,)) + body + begun.commit[-1:])
        yield from flows.audit(bench, standard)


def _commits(ins: int, size: int, *, wrong_p: bool) -> Callable[[View], Iterator[Call]]:
    def find(view: View) -> Iterator[Call]:
        kinds = (LOAD,) if ins == INS.CREDIT_FOR_LOAD else OFFLINE
        for tx in view.transactions:
            call = tx.commit
            if call is None or not call.answered or tx.operation not in kinds:
                continue
            header = call.command.p1 > 3 or call.command.p2 > 2
            length = len(call.command.data) != size and call.command.p1 != 0x03
            inside = call.standard == tx.standard and call.session == tx.init.session
            if inside and (header if wrong_p else length and not header):
                yield call

    return find


def _refused_commit(call: Call) -> bool:
    return call.command.ins in (INS.DEBIT, INS.CREDIT_FOR_LOAD) and call.answered and not call.ok


def _inits(test: Callable[[Call], bool]) -> Callable[[View], Iterator[Call]]:
    def find(view: View) -> Iterator[Call]:
        for call in view.find(INS.INITIALIZE):
            if call.answered and call.standard in _PURSES and test(call):
                yield call

    return find


def _in_purse(view: View) -> Iterator[Call]:
    return (call for call in view.card if call.answered and call.standard in _PURSES)


# -- APDUs that are none -------------------------------------------------------------------

_BROKEN: Final = (
    bytes.fromhex("00"),
    bytes.fromhex("00A4"),
    bytes.fromhex("00B095"),
    bytes.fromhex("805001020B01"),
    bytes.fromhex("00A404000AA0000006"),
    bytes.fromhex("0020000006313233"),
)


def _broken_flow(bench: CardBench) -> Flow[None]:
    standard = _standard(bench)
    yield from flows.enter(standard)
    yield from flows.audit(bench, standard)
    for raw in _BROKEN:
        if len(raw) >= 4 or bench.can(FRAGMENTS):
            yield Send(raw)
    yield from flows.audit(bench, standard)
    yield Send(c.select(c.PURSE_AID[standard]))


def _is_broken(raw: bytes) -> bool:
    try:
        Command.parse(raw)
    except ReadError:
        return True
    return False


def _broken(view: View) -> Judgement:
    """Answered with an error, and the next well-formed command is answered as before."""
    seen = False
    for index, event in enumerate(view.events):
        if not isinstance(event, Exchange) or event.channel != "card":
            continue
        if not event.response or not _is_broken(event.command):
            continue
        seen = True
        answer = Response.parse(event.response)
        if answer.ok or answer.data:
            words = f"{event.command.hex().upper()}, which is no command, was accepted"
            return Fault(words, index, "6700", f"{answer.sw:04X}")
    return None if seen else Unproven("the trace has no malformed command")


def _alive(view: View) -> Judgement:
    """After the malformed commands reads give what they gave before."""
    indexes = [i for i, event in enumerate(view.events)
               if isinstance(event, Exchange) and _is_broken(event.command)]  # fmt: skip
    if not indexes:
        return Unproven("the trace has no malformed command")
    before = {call.raw: call for call in view.card if call.index < indexes[0]}
    found: Judgement = Unproven("nothing was read before and after malformed commands")
    for call in view.card:
        old = before.get(call.raw)
        if call.index < indexes[-1] or old is None or call.standard != old.standard:
            continue
        if call.command.ins not in (INS.READ_RECORD, INS.GET_BALANCE) or not old.ok:
            continue
        if any(x.command.ins in (INS.DEBIT, INS.CREDIT_FOR_LOAD)
               for x in between(view, old.index, call.index)):  # fmt: skip
            continue
        found = status(call, "a read after malformed commands", SW.OK)
        if found is not None:
            return found
    return found


def _judge(find: Callable[[View], Iterator[Call]], what: str, *expected: int) -> Judge:
    return each(find, lambda _, call: status(call, what, *expected), what)


CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-1901", _GROUP,
        "An unknown class is answered 6E00",
        "CLA 不支持应答 6E00",
        clauses="CL-APDU-001", applies="tunion or lnt",
        stimulus=sent(_bad_cla),
        judge=_judge(
            lambda view: (x for x in _in_purse(view)
                          if x.command.cla == _WRONG_CLA and x.command.ins in _KNOWN),
            "a command of class D0", SW.CLA_NOT_SUPPORTED,
        ),
    ),
    card(
        "C-1902", _GROUP,
        "An unknown instruction is answered 6D00",
        "INS 不支持应答 6D00",
        clauses="CL-APDU-001", applies="tunion or lnt",
        stimulus=sent(_bad_ins),
        judge=_judge(
            lambda view: (x for x in _in_purse(view)
                          if x.command.cla in (0x00, 0x80) and x.command.ins in _UNKNOWN_INS),
            "an unknown instruction", SW.INS_NOT_SUPPORTED,
        ),
    ),
    card(
        "C-1903", _GROUP,
        "INITIALIZE with wrong P1 or P2 is answered 6A86",
        "初始化 P1 P2 错误应答 6A86",
        clauses="CL-APDU-003", applies="tunion or lnt",
        stimulus=sent(_bad_init),
        judge=_judge(
            _inits(lambda x: x.command.p1 in (0x07, 0x3F) or x.command.p2 in (0x00, 0x07)),
            "INITIALIZE with wrong P1 or P2", SW.WRONG_P1P2,
        ),
    ),
    card(
        "C-1904", _GROUP,
        "INITIALIZE of a wrong length is answered 6700",
        "初始化数据长度错误应答 6700",
        clauses="CL-APDU-002", applies="tunion or lnt",
        stimulus=sent(_init_lengths),
        judge=every(
            _judge(_inits(lambda x: x.command.p1 in (1, 3) and x.command.p2 == 2
                          and len(x.command.data) != 11),
                   "INITIALIZE of a wrong length", SW.WRONG_LENGTH),
            unchanged(lambda x: x.is_(INS.INITIALIZE), "INITIALIZE of a wrong length"),
        ),
    ),
    card(
        "C-1905", _GROUP,
        "INITIALIZE with a wrong Le is refused",
        "初始化 Le 错误时拒绝",
        clauses="CL-APDU-002", applies="tunion or lnt",
        stimulus=sent(_init_le),
        judge=_judge(_inits(lambda x: x.command.p1 == 1 and x.command.le == 5),
                     "INITIALIZE with Le 05", SW.WRONG_LENGTH, 0x6C0F),
    ),
    card(
        "C-1906", _GROUP,
        "DEBIT of a wrong length is answered 6700 and changes nothing",
        "消费命令长度错误应答 6700 且卡片不变",
        clauses="CL-APDU-002", applies="(tunion and tunion.simple) or (lnt and lnt.simple)",
        stimulus=_commit_flow,
        judge=every(
            _judge(_commits(INS.DEBIT, 15, wrong_p=False), "DEBIT of a wrong length",
                   SW.WRONG_LENGTH),
            unchanged(_refused_commit, "a malformed DEBIT"),
        ),
    ),
    card(
        "C-1907", _GROUP,
        "DEBIT with wrong P1 or P2 is answered 6A86",
        "消费命令 P1 P2 错误应答 6A86",
        clauses="CL-APDU-003", applies="(tunion and tunion.simple) or (lnt and lnt.simple)",
        stimulus=_commit_flow,
        judge=_judge(_commits(INS.DEBIT, 15, wrong_p=True), "DEBIT with wrong P1 or P2",
                     SW.WRONG_P1P2),
    ),
    card(
        "C-1908", _GROUP,
        "CREDIT FOR LOAD of a wrong length is answered 6700 and changes nothing",
        "圈存命令长度错误应答 6700 且卡片不变",
        clauses="CL-APDU-002", applies="(tunion and tunion.load) or (lnt and lnt.load)",
        stimulus=_load_flow,
        judge=every(
            _judge(_commits(INS.CREDIT_FOR_LOAD, 11, wrong_p=False),
                   "CREDIT FOR LOAD of a wrong length", SW.WRONG_LENGTH),
            unchanged(_refused_commit, "a malformed CREDIT FOR LOAD"),
        ),
    ),
    card(
        "C-1909", _GROUP,
        "Reads with parameters that mean nothing are answered 6A86",
        "读命令 P1 P2 无意义时应答 6A86",
        clauses="CL-APDU-003", applies="tunion or lnt",
        stimulus=sent(_bad_reads),
        judge=_judge(
            lambda view: (x for x in _in_purse(view)
                          if (x.is_(INS.READ_RECORD) and x.command.p2 & 7 > 4)
                          or (x.is_(INS.READ_EXT_DATA) and x.command.p1
                              and view.ics[TUNION]["ext_data"])
                          or (x.is_(INS.READ_BINARY) and x.command.p1 & 0xE0 in (0xE0, 0xC0))),
            "a read with meaningless parameters", SW.WRONG_P1P2, SW.FILE_NOT_FOUND,
        ),
    ),
    card(
        "C-1910", _GROUP,
        "A DF name of seventeen bytes is refused",
        "17 字节的 DF 名被拒绝",
        clauses="CL-APDU-002", applies="tunion or lnt",
        stimulus=sent(_long_names),
        judge=each(
            lambda view: (x for x in view.find(INS.SELECT, 0x04)
                          if x.answered and len(x.command.data) > 16),
            lambda _, call: refusal(call, "SELECT with seventeen bytes"),
            "SELECT with a name of more than sixteen bytes",
        ),
    ),
    card(
        "C-1911", _GROUP,
        "What is no command is refused and the card stays alive",
        "畸形命令被拒绝且卡片仍可用",
        clauses="CL-APDU-004", applies="tunion or lnt",
        stimulus=_broken_flow,
        judge=every(_broken, _alive),
    ),
)  # fmt: skip
