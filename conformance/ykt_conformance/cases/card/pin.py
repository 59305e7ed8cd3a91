"""Card cases: the PIN, its tries, and how it is changed, reloaded and unblocked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.checks import (
    PIN_MISSING,
    calls,
    each,
    every,
    pin_known,
    refusal,
    status,
)
from ykt_conformance.cases.words.record import NAMES, Flow, Judge, at, card
from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, Send
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS, LNT, LOAD, SW, TUNION
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import tac_key
from ykt_sim.errors import CryptoError

_GROUP: Final = "pin"
_NEW: Final = bytes.fromhex("246802")
Stimulus = Callable[[CardBench], Flow[None]]


class PinTry(msgspec.Struct, frozen=True):
    """One presentation of a PIN: VERIFY, or CHANGE PIN with its old one.

    Attributes:
        call: the command.
        right: it carried the PIN as it was then.
        left: tries left before it, None when the trace does not tell.
        crossed: there was a reset since the last wrong try.
    """

    call: Call
    right: bool
    left: int | None
    crossed: bool


def tries(view: View, standard: str) -> Iterator[PinTry]:
    """Presentations of PIN 00, with what a card must count."""
    pin = reckon.pin(view, standard)
    full: int | None = None
    left: int | None = None
    wrong_in = -1
    for call in view.card:
        if pin is None or call.standard != standard or not call.answered:
            continue
        shown = _shown(call)
        if shown is not None:
            right = shown.rstrip(b"\xff") == pin.rstrip(b"\xff")
            yield PinTry(call, right, left, wrong_in not in (-1, call.session))
            if call.response.sw & 0xFFF0 == 0x63C0:
                told = call.response.sw & 15
                full = told + 1 if full is None and left is None else full
                left, wrong_in = told, call.session
            elif call.ok:
                left, wrong_in = full, -1
        if call.ok and call.is_(INS.PIN_UNBLOCK) and view.keys.get(standard, "pin_unblock") is None:
            return  # what the PIN is now cannot be told
        changed = _changed(view, standard, call)
        if changed is not None:
            pin, left = changed, full


def _shown(call: Call) -> bytes | None:
    """The PIN presented in a well-formed VERIFY or CHANGE PIN."""
    data = call.command.data
    if call.is_(INS.VERIFY, 0x00, 0x00) and 2 <= len(data) <= 8:
        return data
    old, separator, new = data.partition(b"\xff")
    if call.is_(INS.CHANGE_PIN, 0x01, 0x00) and separator and 2 <= len(new) <= 6:
        return old
    return None


def _changed(view: View, standard: str, call: Call) -> bytes | None:
    """The PIN that a successful command has set, or None."""
    if not call.ok:
        return None
    data = call.command.data
    if call.is_(INS.CHANGE_PIN, 0x01):
        return data.partition(b"\xff")[2]
    if call.is_(INS.CHANGE_PIN, 0x00):
        return data[:-4]
    key = view.keys.get(standard, "pin_unblock")
    if call.is_(INS.PIN_UNBLOCK) and key is not None:
        try:
            return des.decipher(key, data[:-4])
        except CryptoError:
            return None
    return None


#: How many bytes VERIFY must take, by what the ICS says of filling.
_WIDTHS: Final = {"none": range(2, 7), "6": (6,), "8": (8,), "any": range(2, 9)}


def _odd(view: View, call: Call) -> bool:
    """VERIFY was refused for a length that the card is not stated to take."""
    taken = _WIDTHS.get(view.ics[call.standard]["pin_filling"], ())
    refused = call.is_(INS.VERIFY) and call.response.sw == SW.WRONG_LENGTH
    return refused and len(call.command.data) not in taken


def _judged(view: View, one: PinTry) -> Judgement:
    """What the card owes to one presentation."""
    sw = one.call.response.sw
    if _odd(view, one.call):
        size = len(one.call.command.data)
        return Unproven(f"the ICS does not say that VERIFY takes {size} bytes")
    if one.left == 0:
        return status(one.call, "a PIN after its last try", SW.KEY_BLOCKED)
    if one.right:
        return status(one.call, "the right PIN", SW.OK)
    if sw & 0xFFF0 != 0x63C0:
        return status(one.call, "a wrong PIN", 0x63C0 | (one.left - 1 if one.left else 2))
    if one.left is not None and sw & 15 != one.left - 1:
        words = f"a wrong PIN with {one.left} tries left was answered {sw:04X}"
        return Fault(words, one.call.index, f"{0x63C0 | one.left - 1:04X}", f"{sw:04X}")
    return None


def pins(standard: str, pick: Callable[[PinTry], bool], missing: str) -> Judge:
    """Presentations of the PIN are answered and counted as they must be."""
    return each(lambda view: filter(pick, tries(view, standard)), _judged, missing)


def _known(bench: CardBench, standard: str) -> bytes:
    pin = bench.pin(standard)
    if pin is None:
        raise Impossible(f"the {standard} PIN is not known")
    return pin


def _wrong(pin: bytes) -> bytes:
    return pin[:-1] + bytes((pin[-1] ^ 0x01,))


def presented(standard: str, *words: str) -> Stimulus:
    """VERIFY with the PIN said in words: right, wrong, padded, p1, reset, short, long."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        pin = _known(bench, standard)
        values = {
            "padded": pin.ljust(8, b"\xff"),
            "short": pin[:1],
            "long": pin.ljust(9, b"\x31"),
        }
        for word in words:
            if word == "reset":
                yield from flows.again(standard)
            elif word == "padded" and bench.ics[standard]["pin_filling"] != "any":
                continue
            elif word == "p1":
                yield Send(c.apdu(0x00, INS.VERIFY, 0x01, 0x00, bench.shapes(standard, pin)[0]))
            elif word in ("right", "wrong"):
                shown = pin if word == "right" else _wrong(pin)
                yield from flows.show_pin(bench, standard, shown)
            else:
                yield Send(c.verify(values[word]))

    return flow


def _blocked(standard: str) -> Stimulus:
    """Wrong PINs until none is left, then the right one, also after a reset."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        pin = _known(bench, standard)
        for _ in range(16):
            answer = yield from flows.show_pin(bench, standard, _wrong(pin))
            if answer.sw & 0xFFF0 != 0x63C0 or not answer.sw & 15:
                break
        yield from flows.show_pin(bench, standard, pin)
        yield from flows.again(standard)
        yield from flows.show_pin(bench, standard, pin)

    return flow


def _change(standard: str) -> Stimulus:
    """Change the PIN with a wrong and with the right old one, use it, change it back."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        pin = _known(bench, standard)
        ins = INS.CHANGE_PIN
        yield Send(c.apdu(0x80, ins, 0x01, 0x00, pin + _NEW))
        yield Send(c.apdu(0x80, ins, 0x01, 0x00, pin + b"\xff" + _NEW[:1]))
        yield Send(c.apdu(0x80, ins, 0x01, 0x00, _wrong(pin) + b"\xff" + _NEW))
        yield Send(c.apdu(0x80, ins, 0x01, 0x00, pin + b"\xff" + _NEW))
        yield from flows.show_pin(bench, standard, _NEW)
        yield from flows.again(standard)
        yield from flows.show_pin(bench, standard, _NEW)
        yield from flows.show_pin(bench, standard, pin)
        yield Send(c.apdu(0x80, ins, 0x01, 0x00, _NEW + b"\xff" + pin))
        yield from flows.show_pin(bench, standard, pin)

    return flow


def _reload(standard: str) -> Stimulus:
    """Reload the PIN with a wrong and a right MAC, use it, reload the old one."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        pin = _known(bench, standard)
        key = tac_key(flows.key(bench, standard, "pin_reload"))
        bad = bytearray(des.mac(key, _NEW))
        bad[-1] ^= 1
        ins = INS.CHANGE_PIN
        yield Send(c.apdu(0x80, ins, 0x00, 0x00, _NEW + bytes(bad)))
        yield from flows.show_pin(bench, standard, pin)
        yield Send(c.apdu(0x80, ins, 0x00, 0x00, _NEW + des.mac(key, _NEW)))
        yield from flows.show_pin(bench, standard, _NEW)
        yield Send(c.apdu(0x80, ins, 0x00, 0x00, pin + des.mac(key, pin)))
        yield from flows.show_pin(bench, standard, pin)

    return flow


def _reload_answers(standard: str) -> Judge:
    def find(view: View) -> Iterator[tuple[Call, bool]]:
        key = view.keys.get(standard, "pin_reload")
        for call in view.find(INS.CHANGE_PIN, 0x00):
            if key is not None and call.standard == standard and call.answered:
                pin, mac = call.command.data[:-4], call.command.data[-4:]
                yield call, des.mac(tac_key(key), pin) == mac

    return each(
        find,
        lambda _, one: (
            status(one[0], "RELOAD PIN with the right MAC", SW.OK)
            if one[1]
            else status(one[0], "RELOAD PIN with a wrong MAC", SW.MAC_INVALID)
        ),
        "RELOAD PIN",
    )


def _unblock(standard: str) -> Stimulus:
    """Use up the tries, unblock with the issuer's key, present the right PIN."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from _blocked(standard)(bench)
        pin = _known(bench, standard)
        data = des.encipher(flows.key(bench, standard, "pin_unblock"), pin)
        head = bytes((0x84, INS.PIN_UNBLOCK, 0x00, 0x00))
        for bits in (1, 0):
            command = yield from flows.protected(
                bench, standard, head, data, bits=bits, role="pin_unblock"
            )
            yield Send(command)
            yield from flows.show_pin(bench, standard, pin)

    return flow


def _unblock_answers(standard: str) -> Judge:
    def find(view: View) -> Iterator[Call]:
        for call in view.find(INS.PIN_UNBLOCK):
            if call.standard == standard and call.answered:
                yield call

    def judge(view: View, call: Call) -> Judgement:
        challenge = next((x.response.data for x in reversed(view.card)
                          if x.index < call.index and x.is_(INS.GET_CHALLENGE)), b"")  # fmt: skip
        key = view.keys.get(standard, "pin_unblock")
        if key is None:
            return None
        head, body = call.raw[:4], call.command.data
        due = reckon.line_mac(key, head + body[:-4], challenge)
        if due == body[-4:]:
            return status(call, "PIN UNBLOCK with the right MAC", SW.OK)
        return status(call, "PIN UNBLOCK with a wrong MAC", SW.SM_MAC_WRONG)

    return each(find, judge, "PIN UNBLOCK")


def _revoked(bench: CardBench) -> Flow[None]:
    """A presented PIN ends with the next SELECT, and with a wrong PIN."""
    yield from flows.enter(LNT)
    yield from flows.present_pin(bench, LNT)
    yield from flows.count(LNT, LOAD)
    yield from flows.enter(LNT)
    yield from flows.count(LNT, LOAD)
    yield from flows.present_pin(bench, LNT)
    yield from flows.show_pin(bench, LNT, _wrong(_known(bench, LNT)))
    yield from flows.count(LNT, LOAD)
    yield from flows.present_pin(bench, LNT)


def _load_inits(view: View) -> Iterator[Call]:
    for call in view.find(INS.INITIALIZE, 0x00):
        seen = [x for x in view.card if x.index < call.index and x.is_(INS.VERIFY)]
        zero = call.command.data[:5] == b"\x01\0\0\0\0" and len(call.command.data) == 11
        if call.answered and call.standard == LNT and seen and zero:
            yield call


def _needs_it(view: View, call: Call) -> Judgement:
    if pin_known(view, call):
        return status(call, "INITIALIZE FOR LOAD with the PIN presented", SW.OK)
    return status(call, "INITIALIZE FOR LOAD after the PIN was lost", *PIN_MISSING)


def _malformed(view: View, standard: str) -> Iterator[Call]:
    for call in calls(INS.VERIFY, 0x00, 0x00, standard=standard)(view):
        if not 2 <= len(call.command.data) <= 8:
            yield call


def _unknown_id(standard: str) -> Stimulus:
    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield Send(c.verify(bench.shapes(standard, _known(bench, standard))[0], key_id=0x0E))

    return flow


def _per_standard(standard: str) -> tuple[CardCase, ...]:
    name, zh = NAMES[standard]
    applies, needs = f"{standard} and {standard}.pin", f"keys:{standard}.pin"
    return (
        card(
            at(standard, "C-1201", "C-1251"), _GROUP,
            f"The right PIN is accepted, with and without padding ({name})",
            f"正确 PIN 被接受,补 FF 与否均可({zh})",
            clauses="CL-PIN-001", applies=applies, needs=needs,
            stimulus=presented(standard, "right", "padded"),
            judge=pins(standard, lambda one: one.right, "VERIFY with the right PIN"),
        ),
        card(
            at(standard, "C-1202", "C-1252"), _GROUP,
            f"A wrong PIN is counted, the right one sets the count back ({name})",
            f"错误 PIN 递减次数,正确 PIN 恢复({zh})",
            clauses="CL-PIN-002 CL-PIN-003", applies=applies, needs=needs,
            stimulus=presented(standard, "wrong", "wrong", "right", "wrong", "right"),
            judge=every(
                pins(standard, lambda one: not one.right, "VERIFY with a wrong PIN"),
                pins(standard, lambda one: one.right, "VERIFY with the right PIN"),
            ),
        ),
        card(
            at(standard, "C-1203", "C-1253"), _GROUP,
            f"A reset gives no tries back ({name})",
            f"复位不恢复 PIN 次数({zh})",
            clauses="CL-PIN-004", applies=applies, needs=f"reset {needs}",
            stimulus=presented(standard, "right", "wrong", "reset", "wrong", "right"),
            judge=pins(standard, lambda one: one.crossed, "VERIFY after a wrong one and a reset"),
        ),
        card(
            at(standard, "C-1204", "C-1254"), _GROUP,
            f"After the last try even the right PIN is refused with 6983 ({name})",
            f"次数用尽后正确 PIN 亦应答 6983({zh})",
            clauses="CL-PIN-005", applies=applies, needs=f"fresh {needs}",
            stimulus=_blocked(standard),
            judge=every(
                pins(standard, lambda one: not one.right, "VERIFY with a wrong PIN"),
                pins(standard, lambda one: one.right and one.left == 0,
                     "right PIN after the last try"),
            ),
        ),
        card(
            at(standard, "C-1205", "C-1255"), _GROUP,
            f"VERIFY of a wrong length is refused and costs no try ({name})",
            f"PIN 长度错误应答 6700 且不计次({zh})",
            clauses="CL-PIN-006", applies=applies, needs=needs,
            stimulus=presented(standard, "wrong", "short", "long", "p1", "wrong", "right"),
            judge=every(
                each(calls(INS.VERIFY, 0x01, 0x00, standard=standard,
                           where=lambda view, call: not _odd(view, call)),
                     lambda _, call: status(call, "VERIFY with P1=01", SW.WRONG_P1P2),
                     "VERIFY with P1=01"),
                each(lambda view: _malformed(view, standard),
                     lambda _, call: status(call, "VERIFY of a wrong length", SW.WRONG_LENGTH),
                     "VERIFY of a wrong length"),
                pins(standard, lambda one: not one.right, "VERIFY with a wrong PIN"),
            ),
        ),
        card(
            at(standard, "C-1206", "C-1256"), _GROUP,
            f"A PIN that is not there is answered 9403 ({name})",
            f"PIN 标识不存在应答 9403({zh})",
            clauses="CL-PIN-007", applies=applies, needs=needs,
            stimulus=_unknown_id(standard),
            judge=each(
                lambda view: (x for x in view.find(INS.VERIFY, 0x00, 0x0E)
                              if x.answered and x.standard == standard
                              and not _odd(view, x)),
                lambda _, call: status(call, "VERIFY of an unknown PIN", SW.KEY_INDEX,
                                       SW.KEY_NOT_FOUND, SW.FILE_NOT_FOUND, SW.WRONG_P1P2),
                "VERIFY of a PIN that is not there",
            ),
        ),
        card(
            at(standard, "C-1207", "C-1257"), _GROUP,
            f"CHANGE PIN takes the old PIN and sets the new one ({name})",
            f"修改 PIN 须验旧 PIN,新 PIN 生效({zh})",
            clauses="CL-PIN-008", applies=applies, needs=needs,
            stimulus=_change(standard),
            judge=every(
                each(calls(INS.CHANGE_PIN, 0x01, 0x00, standard=standard,
                           where=lambda _, call: _shown(call) is None),
                     lambda _, call: refusal(call, "a malformed CHANGE PIN"),
                     "malformed CHANGE PIN"),
                pins(standard, lambda one: one.call.is_(INS.CHANGE_PIN), "CHANGE PIN"),
                pins(standard, lambda one: one.call.is_(INS.VERIFY), "VERIFY after CHANGE PIN"),
            ),
        ),
        card(
            at(standard, "C-1208", "C-1258"), _GROUP,
            f"RELOAD PIN wants its MAC ({name})",
            f"重装 PIN 须 MAC 正确({zh})",
            clauses="CL-PIN-009", applies=applies, needs=f"{needs} keys:{standard}.pin_reload",
            stimulus=_reload(standard),
            judge=every(
                _reload_answers(standard),
                pins(standard, lambda one: one.call.is_(INS.VERIFY), "VERIFY after RELOAD PIN"),
            ),
        ),
        card(
            at(standard, "C-1209", "C-1259"), _GROUP,
            f"PIN UNBLOCK brings a blocked PIN back, with the right MAC only ({name})",
            f"PIN 解锁须 MAC 正确({zh})",
            clauses="CL-PIN-010", applies=applies,
            needs=f"fresh {needs} keys:{standard}.pin_unblock",
            stimulus=_unblock(standard),
            judge=every(
                _unblock_answers(standard),
                pins(standard, lambda one: one.right, "right PIN around PIN UNBLOCK"),
            ),
        ),
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    *_per_standard(TUNION),
    *_per_standard(LNT),
    card(
        "C-1260", _GROUP,
        "A presented PIN ends with SELECT and with a wrong PIN",
        "重新选择应用或 PIN 错误后,PIN 状态失效",
        clauses="CL-PIN-011", applies="lnt and lnt.load and lnt.pin_for_load",
        needs="keys:lnt.pin",
        stimulus=_revoked,
        judge=each(_load_inits, _needs_it, "INITIALIZE FOR LOAD after a VERIFY"),
    ),
)  # fmt: skip
