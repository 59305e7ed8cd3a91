"""Card cases: challenges and EXTERNAL AUTHENTICATE, and what it opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import calls, each, every, previous, refusal, same, status
from ykt_conformance.cases.words.ledger import unchanged
from ykt_conformance.cases.words.record import Flow, Judge, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import PowerCycle, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import AID_LNT_BASIC, INS, LNT, SW, TUNION
from ykt_sim.crypto import des

_AUTH: Final = "authentication"
#: Which standard's keys protect the files of an application.
KEYS_OF: Final = {TUNION: TUNION, LNT: LNT, "lnt-basic": LNT}
_RECORD: Final = c.read_record_id(0x03, c.INDUSTRY)


def challenge_before(view: View, call: Call) -> bytes:
    """The challenge that is good for this command, or nothing."""
    before = previous(view, call)
    good = before is not None and before.is_(INS.GET_CHALLENGE) and before.ok
    return before.response.data if good and before is not None else b""


def _challenges(view: View) -> Judgement:
    seen: dict[bytes, Call] = {}
    for call in calls(INS.GET_CHALLENGE, 0x00, 0x00)(view):
        if call.command.le not in (4, 8):
            continue
        wrong = status(call, f"GET CHALLENGE of {call.command.le} bytes", SW.OK)
        if wrong is not None:
            return wrong
        got = call.response.data
        if len(got) != call.command.le:
            return Fault(f"GET CHALLENGE gives {len(got)} bytes, {call.command.le} asked",
                         call.index)  # fmt: skip
        if got in seen or got == bytes(len(got)):
            return Fault("a challenge comes again", call.index, received=got.hex().upper())
        seen[got] = call
    return None if len(seen) > 3 else Unproven("the trace has no four challenges")


def _drawn(_bench: CardBench) -> Flow[None]:
    """Challenges of both lengths, before and after a reset."""
    for _ in range(2):
        for size in (4, 8, 4, 8):
            yield Send(c.challenge(size))
        yield PowerCycle()


def _auth_right(view: View, call: Call) -> bool | None:
    key = view.keys.get(KEYS_OF.get(call.standard, ""), "external_auth")
    challenge = challenge_before(view, call)
    if key is None or not challenge:
        return None
    return des.ecb(key, challenge.ljust(8, b"\0")) == call.command.data


def _auths(*, right: bool | None) -> Callable[[View], Iterator[Call]]:
    """EXTERNAL AUTHENTICATE of key 00: right, wrong, or without a challenge (None)."""

    def find(view: View) -> Iterator[Call]:
        used_up = False
        for call in calls(INS.EXTERNAL_AUTHENTICATE, 0x00, 0x00)(view):
            if used_up:
                return
            used_up = call.response.sw in (SW.PIN_WRONG_0, SW.KEY_BLOCKED)
            if call.standard in KEYS_OF and len(call.command.data) == 8:
                if right is None:
                    if not challenge_before(view, call):
                        yield call
                elif _auth_right(view, call) is right:
                    yield call

    return find


def _counted(_view: View, call: Call) -> Judgement:
    sw = call.response.sw
    if sw & 0xFFF0 == 0x63C0 or sw == SW.SM_MAC_WRONG:
        return None
    return status(call, "EXTERNAL AUTHENTICATE with a wrong cryptogram", 0x63C2)


def _write_flow(*before: str) -> Callable[[CardBench], Flow[None]]:
    """Try to write an industry record in a given security state; put it back after."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(TUNION)
        old = yield from flows.must(_RECORD, "READ RECORD of 2703")
        new = flows.industry(bench, 0x2703)
        for word in before:
            if word == "right":
                yield from flows.authenticate(bench, TUNION)
            elif word == "wrong":
                yield from flows.must(c.challenge(4), "GET CHALLENGE")
                yield Send(c.external_authenticate(bench.rng(8)))
            elif word == "reset":
                yield from flows.again(TUNION)
            elif word == "select":
                yield from flows.enter(TUNION)
        yield Send(c.update_record(3, c.INDUSTRY, new))
        answer = yield Send(_RECORD)
        if answer.data != old.data:
            yield Send(c.update_record(3, c.INDUSTRY, old.data))
        if "wrong" in before:
            yield from flows.authenticate(bench, TUNION)

    return flow


def _state(view: View, call: Call) -> bool:
    """True when an EXTERNAL AUTHENTICATE succeeded since the application was entered."""
    raised = False
    for other in view.card:
        if other.index >= call.index:
            return raised
        if other.session != call.session or other.is_(INS.SELECT):
            raised = False
        elif other.is_(INS.EXTERNAL_AUTHENTICATE) and other.ok:
            raised = True
    return raised


def _writes(*, raised: bool, after: str = "") -> Judge:
    """Plain UPDATE RECORD of the industry file: allowed after authentication only."""

    def find(view: View) -> Iterator[Call]:
        for call in view.find(INS.UPDATE_RECORD, None, c.INDUSTRY << 3 | 4):
            mine = call.command.cla == 0 and call.standard == TUNION and call.answered
            if mine and _state(view, call) is raised:
                yield call

    if raised:
        words = "UPDATE RECORD after authentication"
        return each(find, lambda _, call: status(call, words, SW.OK), words)
    words = f"UPDATE RECORD {after or 'without authentication'}"
    return each(find, lambda _, call: status(call, words, SW.SECURITY), words)


def _kept(view: View) -> Judgement:
    """What an accepted UPDATE RECORD wrote is read back."""
    found: Judgement = Unproven("nothing was written and read back")
    pending: Call | None = None
    for call in view.card:
        if call.is_(INS.UPDATE_RECORD, None, c.INDUSTRY << 3 | 4) and call.ok:
            pending = call
        elif call.raw == _RECORD and pending is not None and call.ok:
            found = same(call, "the record after UPDATE RECORD", pending.command.data,
                         call.response.data)  # fmt: skip
            if isinstance(found, Fault):
                return found
    return found


def _stale(bench: CardBench) -> Flow[None]:
    """Cryptograms that are right but late: no challenge, used already, another command."""
    yield from flows.enter(TUNION)
    key = flows.key(bench, TUNION, "external_auth")
    yield Send(c.external_authenticate(des.ecb(key, bytes(8))))
    challenge = yield from flows.fresh_challenge()
    good = c.external_authenticate(des.ecb(key, challenge.ljust(8, b"\0")))
    yield Send(good)
    yield from flows.enter(TUNION)
    yield Send(good)
    challenge = yield from flows.fresh_challenge()
    yield Send(c.balance())
    yield Send(c.external_authenticate(des.ecb(key, challenge.ljust(8, b"\0"))))
    yield Send(c.update_record(3, c.INDUSTRY, flows.industry(bench, 0x2703)[:3] + bytes(125)))
    yield from flows.authenticate(bench, TUNION)


def _eight(bench: CardBench) -> Flow[None]:
    yield from flows.enter(TUNION)
    key = flows.key(bench, TUNION, "external_auth")
    challenge = yield from flows.fresh_challenge(8)
    yield Send(c.external_authenticate(des.ecb(key, challenge)))


def _blocked_key(bench: CardBench) -> Flow[None]:
    yield from flows.enter(TUNION)
    for _ in range(16):
        yield from flows.must(c.challenge(4), "GET CHALLENGE")
        answer = yield Send(c.external_authenticate(bench.rng(8)))
        if answer.sw & 0xFFF0 != 0x63C0 or not answer.sw & 15:
            break
    yield from flows.authenticate(bench, TUNION)


def _after_last(view: View) -> Judgement:
    """Tries go down one by one; after 63C0 even the right cryptogram is refused."""
    left: int | None = None
    found: Judgement = Unproven("the trace uses no authentication key up")
    for call in view.find(INS.EXTERNAL_AUTHENTICATE, 0x00, 0x00):
        if not call.answered or call.standard != TUNION:
            continue
        sw = call.response.sw
        if left == 0:
            found = status(call, "EXTERNAL AUTHENTICATE after the last try", SW.KEY_BLOCKED)
            if isinstance(found, Fault):
                return found
        elif sw & 0xFFF0 == 0x63C0:
            if left is not None and sw & 15 != left - 1:
                return Fault(f"tries left went from {left} to {sw & 15}", call.index)
            left = sw & 15
        elif call.ok:
            left = None
    return found


def _basic_auth(bench: CardBench) -> Flow[None]:
    yield from flows.must(c.select(AID_LNT_BASIC), "SELECT PAY.APPY")
    yield from flows.must(c.read_binary(c.APPLICATION), "READ BINARY of EF 15")
    yield from flows.must(c.challenge(4), "GET CHALLENGE")
    yield Send(c.external_authenticate(bench.rng(8)))
    yield from flows.authenticate(bench, LNT)


_EXT: Final = "keys:tunion.external_auth"
_WRITE: Final = "tunion and tunion.ef1a and tunion.auth_opens == 'records'"

CASES: Final[tuple[CardCase, ...]] = (
    card(
        "C-1301", _AUTH,
        "Challenges have the length asked for and do not repeat",
        "随机数长度正确且不重复",
        clauses="CL-AUTH-001",
        needs="reset",
        stimulus=_drawn,
        judge=_challenges,
    ),
    card(
        "C-1302", _AUTH,
        "GET CHALLENGE of another length is refused",
        "取随机数长度错误时拒绝",
        clauses="CL-AUTH-002",
        stimulus=flows.sends(
            c.challenge(5), c.challenge(16), c.apdu(0x00, INS.GET_CHALLENGE, 0x01, 0x00, le=4)
        ),
        judge=every(
            each(
                calls(INS.GET_CHALLENGE, 0, 0, where=lambda _, call: call.command.le in (5, 16)),
                lambda _, call: status(call, f"GET CHALLENGE of {call.command.le} bytes",
                                       SW.WRONG_LENGTH),
                "GET CHALLENGE of 5 or 16 bytes",
            ),
            each(calls(INS.GET_CHALLENGE, 0x01),
                 lambda _, call: refusal(call, "GET CHALLENGE with P1=01"),
                 "GET CHALLENGE with P1=01"),
        ),
    ),
    card(
        "C-1303", _AUTH,
        "EXTERNAL AUTHENTICATE opens the files it must open",
        "外部认证成功后可写文件",
        clauses="CL-AUTH-003 CL-AUTH-004", applies=_WRITE, needs=_EXT,
        stimulus=_write_flow("right"),
        judge=every(
            each(_auths(right=True), lambda _, call: status(
                call, "EXTERNAL AUTHENTICATE", SW.OK), "EXTERNAL AUTHENTICATE"),
            _writes(raised=True), _kept,
        ),
    ),
    card(
        "C-1304", _AUTH,
        "Without authentication a protected file is not written",
        "未认证不可写文件",
        clauses="CL-AUTH-004", applies=_WRITE,
        stimulus=_write_flow(),
        judge=every(
            _writes(raised=False),
            unchanged(lambda call: call.is_(INS.UPDATE_RECORD), "a refused UPDATE RECORD"),
        ),
    ),
    card(
        "C-1305", _AUTH,
        "A wrong cryptogram is counted and opens nothing",
        "密文错误时计次且不提升权限",
        clauses="CL-AUTH-005", applies=_WRITE, needs=_EXT,
        stimulus=_write_flow("wrong"),
        judge=every(
            each(_auths(right=False), _counted, "wrong EXTERNAL AUTHENTICATE"),
            _writes(raised=False, after="after a wrong cryptogram"),
        ),
    ),
    card(
        "C-1306", _AUTH,
        "A challenge serves the next command only, and once",
        "随机数仅对下一条命令有效",
        clauses="CL-AUTH-006", applies=_WRITE, needs=_EXT,
        stimulus=_stale,
        judge=every(
            each(_auths(right=None), lambda _, call: refusal(
                call, "EXTERNAL AUTHENTICATE without a challenge of its own"),
                "EXTERNAL AUTHENTICATE without a challenge"),
            _writes(raised=False, after="after a stale cryptogram"),
        ),
    ),
    card(
        "C-1307", _AUTH,
        "The security state ends with a reset",
        "复位后安全状态失效",
        clauses="CL-AUTH-007", applies=_WRITE, needs=f"reset {_EXT}",
        stimulus=_write_flow("right", "reset"),
        judge=_writes(raised=False, after="after authentication and a reset"),
    ),
    card(
        "C-1308", _AUTH,
        "The security state ends with the next SELECT",
        "重新选择应用后安全状态失效",
        clauses="CL-AUTH-007", applies=_WRITE, needs=_EXT,
        stimulus=_write_flow("right", "select"),
        judge=_writes(raised=False, after="after authentication and another SELECT"),
    ),
    card(
        "C-1309", _AUTH,
        "EXTERNAL AUTHENTICATE over an eight-byte challenge",
        "8 字节随机数的外部认证",
        clauses="CL-AUTH-003", applies="tunion", needs=_EXT,
        stimulus=_eight,
        judge=each(_auths(right=True), lambda _, call: status(
            call, "EXTERNAL AUTHENTICATE", SW.OK), "EXTERNAL AUTHENTICATE"),
    ),
    card(
        "C-1310", _AUTH,
        "An authentication key that is used up refuses the right cryptogram",
        "认证密钥锁定后应答 6983",
        clauses="CL-AUTH-008", applies="tunion", needs=f"fresh {_EXT}",
        stimulus=_blocked_key,
        judge=_after_last,
    ),
    card(
        "C-1311", _AUTH,
        "PAY.APPY authenticates with the Lingnan Tong key",
        "PAY.APPY 以岭南通密钥外部认证",
        clauses="CL-AUTH-003 CL-AUTH-005", applies="lnt", needs="keys:lnt.external_auth",
        stimulus=_basic_auth,
        judge=every(
            each(_auths(right=False), _counted, "wrong EXTERNAL AUTHENTICATE"),
            each(_auths(right=True), lambda _, call: status(
                call, "EXTERNAL AUTHENTICATE", SW.OK), "EXTERNAL AUTHENTICATE"),
        ),
    ),
)  # fmt: skip
