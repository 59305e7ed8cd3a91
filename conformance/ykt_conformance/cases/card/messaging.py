"""Card cases: secure messaging on files, the line MAC and what it covers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.card.authentication import KEYS_OF, challenge_before
from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import calls, each, every, refusal, same, status
from ykt_conformance.cases.words.ledger import persists, unchanged
from ykt_conformance.cases.words.record import Flow, Judge, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import AID_LNT_BASIC, INS, LNT, SW, TUNION

_SM: Final = "secure messaging"
_HEAD: Final = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER), 0x05))


def _line(view: View, call: Call) -> bool | None:
    """Whether the command carries the right line MAC; None when nobody can tell."""
    key = view.keys.get(KEYS_OF.get(call.standard, ""), "line")
    challenge = challenge_before(view, call)
    if key is None or not challenge or len(call.command.data) < 4:
        return None
    body = call.command.data
    return reckon.line_mac(key, call.raw[:4] + body[:-4], challenge) == body[-4:]


def updates(view: View) -> Iterator[Call]:
    """UPDATE BINARY under secure messaging."""
    for call in view.find(INS.UPDATE_BINARY):
        if call.command.cla == 0x04 and call.answered and call.standard in KEYS_OF:
            yield call


def _macs(*, right: bool) -> Judge:
    def check(_view: View, call: Call) -> Judgement:
        if right:
            return status(call, "UPDATE BINARY with the right MAC", SW.OK)
        return status(call, "UPDATE BINARY with a wrong MAC", SW.SM_MAC_WRONG, SW.APP_LOCKED)

    def find(view: View) -> Iterator[Call]:
        for call in updates(view):
            size = 55 if call.command.p1 == c.by_sfi(c.CARDHOLDER) else 30
            fits = call.command.p2 + len(call.command.data) - 4 <= size
            if _line(view, call) is right and (fits or not right):
                yield call

    return each(find, check, f"UPDATE BINARY with a {'right' if right else 'wrong'} MAC")


def _update(size: int = 4, *, bits: int = 0) -> Callable[[CardBench], Flow[None]]:
    """Write six bytes into EF 16, read them, put the old ones back."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(TUNION)
        old = yield from flows.must(c.read_binary(c.CARDHOLDER), "READ BINARY of EF 16")
        new = bench.rng(6)
        command = yield from flows.protected(bench, TUNION, _HEAD, new, bits=bits, size=size)
        yield Send(command)
        yield Send(c.read_binary(c.CARDHOLDER))
        yield from flows.again(TUNION)
        yield Send(c.read_binary(c.CARDHOLDER))
        command = yield from flows.protected(bench, TUNION, _HEAD, old.data[5:11], size=size)
        yield Send(command)
        yield Send(c.read_binary(c.CARDHOLDER))

    return flow


def _written(view: View) -> Judgement:
    """EF 16 after an accepted update: the new bytes in their place and nothing else."""
    content: bytes | None = None
    due: bytes | None = None
    found: Judgement = Unproven("EF 16 was not read before and after an update")
    for call in view.card:
        if (
            call.is_(INS.READ_BINARY, c.by_sfi(c.CARDHOLDER), 0x00)
            and call.ok
            and call.standard == TUNION
        ):
            if due is not None:
                found = same(call, "EF 16 after the update", due, call.response.data)
                if isinstance(found, Fault):
                    return found
            content, due = call.response.data, None
        elif (
            call.is_(INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER)) and call.ok and content is not None
        ):
            at, data = call.command.p2, call.command.data[:-4]
            due = content[:at] + data + content[at + len(data) :]
    return found


def _unprotected(bench: CardBench) -> Flow[None]:
    yield from flows.enter(TUNION)
    yield Send(c.read_binary(c.CARDHOLDER))
    yield Send(c.apdu(0x00, INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER), 0x05, bench.rng(6)))
    yield Send(c.read_binary(c.CARDHOLDER))


def _covered(bench: CardBench) -> Flow[None]:
    """MACs that were right for something else: another offset, other data, each MAC byte."""
    yield from flows.enter(TUNION)
    yield Send(c.read_binary(c.CARDHOLDER))
    for byte in (3, 5, 10, -4, -3, -2, -1):
        command = yield from flows.protected(bench, TUNION, _HEAD, bench.rng(6))
        changed = bytearray(command)
        changed[byte] ^= 0x01
        yield Send(bytes(changed))
        yield Send(c.read_binary(c.CARDHOLDER))
        same_again = yield from flows.protected(bench, TUNION, _HEAD[:3] + b"\x37", b"\0")
        yield Send(same_again)  # right MAC, offset behind the end: the key's count goes back


def _late(bench: CardBench) -> Flow[None]:
    """The right MAC, but the challenge is gone: used before, or another command between."""
    yield from flows.enter(TUNION)
    yield Send(c.read_binary(c.CARDHOLDER))
    old = yield from flows.must(c.read_binary(c.CARDHOLDER, 5, 6), "READ BINARY of EF 16")
    command = yield from flows.protected(bench, TUNION, _HEAD, bench.rng(6))
    yield Send(c.read_binary(c.CARDHOLDER))
    yield Send(command)
    yield Send(c.read_binary(c.CARDHOLDER))
    command = yield from flows.protected(bench, TUNION, _HEAD, old.data)
    yield Send(command)
    yield Send(c.read_binary(c.CARDHOLDER))
    yield Send(command)
    yield Send(c.read_binary(c.CARDHOLDER))


def _without_challenge(view: View) -> Iterator[Call]:
    return (call for call in updates(view) if not challenge_before(view, call))


def _late_update(call: Call) -> bool:
    return call.is_(INS.UPDATE_BINARY) and call.answered and not call.ok


def _overflow(bench: CardBench) -> Flow[None]:
    yield from flows.enter(TUNION)
    yield Send(c.read_binary(c.CARDHOLDER))
    head = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER), 0x35))
    command = yield from flows.protected(bench, TUNION, head, bytes(6))
    yield Send(command)
    yield Send(c.read_binary(c.CARDHOLDER))


def _lock(bench: CardBench) -> Flow[None]:
    """Wrong MACs until the application locks, then a purse command, SELECT and VERIFY."""
    yield from flows.enter(TUNION)
    for _ in range(3):
        command = yield from flows.protected(bench, TUNION, _HEAD, bytes(6), bits=1)
        yield Send(command)
    yield Send(c.balance())
    yield PowerCycle()
    yield Send(c.select(c.PURSE_AID[TUNION]))
    yield Send(c.balance())


def _locked(view: View) -> Judgement:
    wrong: list[Call] = []
    for call in updates(view):
        if len(wrong) < 3 and call.standard == TUNION:
            right = _line(view, call)
            wrong = [*wrong, call] if right is False else [] if right else wrong
    if len(wrong) < 3:
        return Unproven("the trace has no three wrong line MACs in a row")
    found = status(wrong[2], "the third wrong MAC", SW.APP_LOCKED)
    if found is not None:
        return found
    for call in view.card:
        after = call.index > wrong[2].index and call.answered
        if after and call.is_(INS.GET_BALANCE):
            found = refusal(call, "GET BALANCE of a locked application")
            if found is not None:
                return found
    return None


def _basic_update(bench: CardBench) -> Flow[None]:
    """EF 15 of PAY.APPY: its last byte under a wrong and a right MAC, then put back."""
    yield from flows.must(c.select(AID_LNT_BASIC), "SELECT PAY.APPY")
    old = yield from flows.must(c.read_binary(c.APPLICATION), "READ BINARY of EF 15")
    head = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.APPLICATION), 0x1A))
    for bits in (1, 0):
        command = yield from flows.protected(bench, LNT, head, old.data[26:27], bits=bits)
        yield Send(command)
        yield Send(c.read_binary(c.APPLICATION))


_T: Final = "tunion and tunion.ef16 and tunion.ef16_update == 'line'"
_LINE: Final = "keys:tunion.line"

CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-1401", _SM,
        "UPDATE BINARY with the right MAC is done",
        "线路 MAC 正确时更新二进制文件",
        clauses="CL-SM-001", applies=_T, needs=_LINE,
        stimulus=_update(),
        judge=every(_macs(right=True), _written, persists),
    ),
    card(
        "C-1402", _SM,
        "UPDATE BINARY under an eight-byte challenge",
        "8 字节随机数的线路 MAC",
        clauses="CL-SM-001", applies=_T, needs=_LINE,
        stimulus=_update(8),
        judge=_macs(right=True),
    ),
    card(
        "C-1403", _SM,
        "Without MAC a protected file is not written",
        "无 MAC 不可写受保护文件",
        clauses="CL-SM-002", applies=_T,
        stimulus=_unprotected,
        judge=every(
            each(calls(INS.UPDATE_BINARY, standard=TUNION,
                       where=lambda _, call: call.command.cla == 0),
                 lambda _, call: status(call, "UPDATE BINARY without MAC", SW.SM_MISSING,
                                        SW.SECURITY, SW.CLA_LINE_PROTECTION),
                 "UPDATE BINARY without MAC"),
            unchanged(_late_update, "an UPDATE BINARY without MAC"),
        ),
    ),
    card(
        "C-1404", _SM,
        "A wrong MAC is refused with 6988 and nothing is written",
        "MAC 错误时应答 6988 且文件不变",
        clauses="CL-SM-003", applies=_T, needs=_LINE,
        stimulus=_update(bits=1),
        judge=every(_macs(right=False), unchanged(_late_update, "an UPDATE with a wrong MAC")),
    ),
    card(
        "C-1405", _SM,
        "The MAC covers header, data and every one of its bytes",
        "MAC 覆盖命令头与数据,各字节均校验",
        clauses="CL-SM-003", applies=_T, needs=f"fresh {_LINE}",
        stimulus=_covered,
        judge=_macs(right=False),
    ),
    card(
        "C-1406", _SM,
        "A MAC over a challenge that is gone is refused",
        "随机数失效后 MAC 不被接受",
        clauses="CL-SM-004", applies=_T, needs=_LINE,
        stimulus=_late,
        judge=every(
            each(_without_challenge, lambda _, call: refusal(
                call, "UPDATE BINARY without a challenge of its own"),
                "UPDATE BINARY without a challenge"),
            unchanged(_late_update, "an UPDATE with a stale MAC"),
        ),
    ),
    card(
        "C-1407", _SM,
        "An update over the end of the file is refused whole",
        "超出文件末尾的更新整体拒绝",
        clauses="CL-SM-005", applies=_T, needs=_LINE,
        stimulus=_overflow,
        judge=every(
            each(updates, lambda _, call: refusal(call, "an update over the end of EF 16")
                 if call.command.p2 + len(call.command.data) - 4 > 55
                 else Unproven("the update fits"), "update over the end of EF 16"),
            unchanged(_late_update, "an update over the end"),
        ),
    ),
    card(
        "C-1408", _SM,
        "Three wrong MACs lock the purse application for good",
        "连续三次 MAC 错误永久锁定应用",
        clauses="CL-SM-006", applies=_T, needs=f"fresh {_LINE}",
        stimulus=_lock,
        judge=_locked,
    ),
    card(
        "C-1409", _SM,
        "EF 15 of PAY.APPY is written under its MAC only",
        "PAY.APPY 15 文件须线路 MAC",
        clauses="CL-SM-001 CL-SM-003", applies="lnt and lnt.ef15_update == 'line'",
        needs="keys:lnt.line",
        stimulus=_basic_update,
        judge=every(
            _macs(right=False),
            _macs(right=True),
            unchanged(_late_update, "an UPDATE with a wrong MAC"),
        ),
    ),
)  # fmt: skip
