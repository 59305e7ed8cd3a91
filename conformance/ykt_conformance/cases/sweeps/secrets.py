"""PINs and keys: every command in every state, the life of a challenge, quality of randoms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import NAMES, Flow, at, card
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.limits import FRESH
from ykt_conformance.drive.steps import Impossible, PowerCycle, Send
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS, LNT, LOAD, PURCHASE, TUNION, UNLOAD
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import tac_key

_NEW: Final = bytes.fromhex("135790")
_TRIES: Final = 16


class Pin:
    """What a row knows of the PIN as it stands."""

    def __init__(self, bench: CardBench, standard: str) -> None:
        own = bench.pin(standard)
        if own is None or not bench.ics[standard]["pin"]:
            raise Impossible("the PIN is not known")
        self.bench, self.standard, self.own, self.now = bench, standard, own, own

    def show(self, *, right: bool) -> Flow[int]:
        """VERIFY; gives the status word."""
        pin = self.now if right else self.now[:-1] + bytes((self.now[-1] ^ 0x01,))
        answer = yield from flows.show_pin(self.bench, self.standard, pin)
        return answer.sw

    def change(self, *, right: bool, new: bytes = _NEW) -> Flow[None]:
        """CHANGE PIN from the right or a wrong one."""
        old = self.now if right else self.now[:-1] + bytes((self.now[-1] ^ 0x01,))
        answer = yield Send(c.apdu(0x80, INS.CHANGE_PIN, 0x01, 0x00, old + b"\xff" + new))
        self.now = new if answer.ok else self.now

    def reload(self, *, right: bool, new: bytes = _NEW) -> Flow[None]:
        """RELOAD PIN under the right or a wrong MAC."""
        mac = bytearray(des.mac(tac_key(flows.key(self.bench, self.standard, "pin_reload")), new))
        mac[-1] ^= 0 if right else 1
        answer = yield Send(c.apdu(0x80, INS.CHANGE_PIN, 0x00, 0x00, new + bytes(mac)))
        self.now = new if answer.ok else self.now

    def unblock(self, *, right: bool, new: bytes = _NEW) -> Flow[None]:
        """PIN UNBLOCK under the right or a wrong MAC."""
        data = des.encipher(flows.key(self.bench, self.standard, "pin_unblock"), new)
        head = bytes((0x84, INS.PIN_UNBLOCK, 0x00, 0x00))
        command = yield from flows.protected(
            self.bench, self.standard, head, data, bits=0 if right else 1, role="pin_unblock"
        )
        answer = yield Send(command)
        self.now = new if answer.ok else self.now

    def block(self) -> Flow[None]:
        """Wrong PINs until none is left."""
        for _ in range(_TRIES):
            sw = yield from self.show(right=False)
            if sw & 0xFFF0 != 0x63C0 or not sw & 15:
                return


_STATES: Final = ("not shown", "shown", "wrong once", "wrong twice", "right after wrong", "changed",
                  "reloaded", "shown, then a wrong change")  # fmt: skip
_BLOCKED: Final = ("blocked", "unblocked")
_DOES: Final = (
    "VERIFY right", "VERIFY wrong", "CHANGE right", "CHANGE wrong", "RELOAD right", "RELOAD wrong",
    "UNBLOCK right", "UNBLOCK wrong", "a load", "an unload", "a purchase", "authentication",
    "SELECT", "reset",
)  # fmt: skip

_THEN: Final = ("a load", "VERIFY wrong", "CHANGE right", "UNBLOCK right", "SELECT")


def _states(bench: CardBench) -> tuple[str, ...]:
    """A PIN is blocked on purpose on a card alone that is thrown away."""
    return _STATES + (_BLOCKED if FRESH in bench.capabilities else ())


def _reach(pin: Pin, state: str) -> Flow[None]:
    match state:
        case "shown":
            yield from pin.show(right=True)
        case "wrong once" | "wrong twice" | "right after wrong":
            yield from pin.show(right=False)
            if state == "wrong twice":
                yield from pin.show(right=False)
            elif state == "right after wrong":
                yield from pin.show(right=True)
        case "blocked" | "unblocked":
            if not pin.bench.can(f"keys:{pin.standard}.pin_unblock"):
                raise Impossible("a blocked PIN could not be brought back")
            yield from pin.block()
            if state == "unblocked":
                yield from pin.unblock(right=True)
        case "changed":
            yield from pin.change(right=True)
        case "reloaded":
            yield from pin.reload(right=True)
        case "shown, then a wrong change":
            yield from pin.show(right=True)
            yield from pin.change(right=False)
        case _:
            pass


def _done(bench: CardBench, pin: Pin, does: str) -> Flow[None]:
    name, _, how = does.partition(" ")
    acts = {"CHANGE": pin.change, "RELOAD": pin.reload, "UNBLOCK": pin.unblock}
    if name == "VERIFY":
        yield from pin.show(right=how == "right")
    elif name in acts:
        yield from acts[name](right=how == "right", new=_NEW[:2])
    elif does == "SELECT":
        yield from moves.enter(bench, pin.standard)
    elif does == "reset":
        yield from moves.again(bench, pin.standard)
    elif does == "authentication" and pin.standard == TUNION:
        yield from flows.authenticate(bench, TUNION)
    elif does == "a purchase":
        yield from moves.attempt(bench, pin.standard, PURCHASE, 1)


def _asks(bench: CardBench, standard: str) -> Flow[None]:
    """What a PIN that was shown opens, asked without showing it again."""
    for kind in (LOAD, UNLOAD):
        if kind in moves.kinds(bench, standard):
            yield Send(c.initialize(kind, 0, c.TERMINAL[standard]))


def _pins(standard: str) -> Any:
    def flow(bench: CardBench, row: Values) -> Flow[None]:
        yield from moves.again(bench, standard)
        pin = Pin(bench, standard)
        try:
            yield from _reach(pin, row["state"])
            yield from _done(bench, pin, row["command"])
            yield from _asks(bench, standard)
            yield from pin.show(right=False)
            yield from pin.show(right=True)
            yield from _asks(bench, standard)
            yield from _done(bench, pin, row["then"])
            yield from _asks(bench, standard)
        finally:
            yield from mended(pin)

    return flow


def mended(pin: Pin) -> Flow[None]:
    """The PIN as it was, with all its tries."""
    sw = yield from pin.show(right=True)
    if sw == 0x6983:
        yield from pin.unblock(right=True, new=pin.own)
    elif pin.now != pin.own:
        yield from pin.change(right=True, new=pin.own)
    yield from pin.show(right=True)


# -- challenges ------------------------------------------------------------------------------

#: What may come between a challenge and what is made with it.
_NEXT: Final[Mapping[str, bytes]] = {
    "GET BALANCE": c.balance(), "READ BINARY": c.read_binary(c.APPLICATION),
    "READ RECORD": c.read_record(1, c.LOG), "PROVE": c.prove(0x06, 1),
    "INITIALIZE": c.initialize(PURCHASE, 0, c.TERMINAL[TUNION]),
    "a refused command": c.balance(0x0F), "an unknown instruction": c.apdu(0x00, 0x02),
    "an unknown class": c.apdu(0xB0, INS.READ_BINARY),
    "SELECT": c.select(c.PURSE_AID[TUNION]), "SELECT of nothing": c.select(bytes(5)),
    "VERIFY of nothing": c.apdu(0x00, INS.VERIFY),
    "a refused GET CHALLENGE": c.challenge(5),
    "UPDATE without rights": c.update_record(1, c.INDUSTRY, bytes(128)),
}  # fmt: skip
_USES: Final = ("authentication", "UPDATE BINARY", "BLOCK")


def used(bench: CardBench, use: str, challenge: bytes) -> Flow[None]:
    """What is made with a challenge."""
    padded = challenge.ljust(8, b"\0")
    if use == "authentication":
        secret = flows.key(bench, TUNION, "external_auth")
        yield Send(c.external_authenticate(des.ecb(secret, padded)))
        return
    head = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER), 0x00))
    data = b"\0" if use == "UPDATE BINARY" else b""
    if use == "BLOCK":
        head = bytes((0x84, INS.APP_UNBLOCK, 0x00, 0x00))
    mac = reckon.line_mac(flows.key(bench, TUNION, "line"), head + data, challenge)
    yield Send(head + bytes((len(data) + 4,)) + data + mac)


def _lives(bench: CardBench, row: Values) -> Flow[None]:
    """A challenge, another command, and what is made with it; then all is made right again."""
    yield from moves.again(bench, TUNION)
    challenge = yield from flows.fresh_challenge(row["size"])
    name = row["between"]
    if name == "reset":
        yield from moves.again(bench, TUNION)
    elif name == "another challenge":
        yield from flows.fresh_challenge(row["size"])
    elif name == "a right use":
        yield from used(bench, "authentication", challenge)
    elif name == "a wrong use":
        yield Send(c.external_authenticate(bytes(8)))
    elif name != "nothing":
        yield Send(_NEXT[name])
    yield from used(bench, row["use"], challenge)
    yield from moves.enter(bench, TUNION)
    for use in ("authentication", "UPDATE BINARY"):
        again = yield from flows.fresh_challenge(4)
        yield from used(bench, use, again)


# -- randoms ---------------------------------------------------------------------------------

_DRAWN: Final = 400
#: Standard deviations from a half that no fair bit reaches in the life of a laboratory.
_FAR: Final = 7


def _drawn(bench: CardBench) -> Flow[None]:
    """Challenges of both lengths and randoms of INITIALIZE, with resets between."""
    standard = moves.purses(bench)[0]
    yield from moves.enter(bench, standard)
    for number in range(_DRAWN):
        yield Send(c.challenge(4 if number % 2 else 8))
        if number % 4 == 0:
            yield Send(c.initialize(PURCHASE, 0, c.TERMINAL[standard]))
        if number % 50 == 49:
            yield PowerCycle()
            yield from moves.enter(bench, standard)


def _fair(view: View) -> Judgement:
    """Four bytes never come again, every bit is one about half the time, every byte moves."""
    words: list[tuple[bytes, int]] = []
    for call in view.card:
        data = call.response.data
        if call.is_(INS.GET_CHALLENGE) and call.ok and len(data) in (4, 8):
            words += [(data[i : i + 4], call.index) for i in range(0, len(data), 4)]
        elif call.is_(INS.INITIALIZE, 0x01) and call.ok and len(data) == 15:
            words.append((data[11:], call.index))
    if len(words) < _DRAWN:
        return Unproven(f"{len(words)} randoms of four bytes, {_DRAWN} are wanted")
    seen: dict[bytes, int] = {}
    for word, index in words:
        if word in seen:
            return Fault("a random of four bytes came before", index, "another", word.hex().upper())
        seen[word] = index
    for bit in range(32):
        ones = sum(int.from_bytes(word, "big") >> bit & 1 for word, _ in words)
        if (2 * ones - len(words)) ** 2 > _FAR**2 * len(words):
            return Fault(f"bit {bit} of {len(words)} randoms is one {ones} times", words[-1][1])
    for place in range(4):
        most, times = Counter(word[place] for word, _ in words).most_common(1)[0]
        if times > len(words) // 256 + 6 * _FAR:
            return Fault(f"byte {place} of {len(words)} randoms is {most:02X} {times} times",
                         words[-1][1])  # fmt: skip
    return None


def _sweep(standard: str) -> Sweep:
    name, zh = NAMES[standard]
    return Sweep(
        id=at(standard, "C-2213", "C-2263"),
        title=f"Every PIN command in every state of the PIN ({name})",
        title_zh=f"PIN 各状态与命令遍历({zh})",
        clauses="CL-PIN-001 CL-PIN-002 CL-PIN-003 CL-PIN-005 CL-PIN-008 CL-PIN-009 CL-PIN-010",
        factors=lambda bench: {"state": _states(bench), "command": _DOES, "then": _THEN},
        play=_pins(standard),
        applies=f"{standard} and {standard}.pin",
        needs=f"reset keys:{standard}.pin keys:{standard}.pin_reload keys:{standard}.pin_unblock",
    )


CASES: Final[tuple[CardCase, ...]] = (
    case_of(_sweep(TUNION)),
    case_of(_sweep(LNT)),
    case_of(
        Sweep(
            id="C-2214",
            title="What is made with a challenge after every other command",
            title_zh="随机数与后续命令遍历",
            clauses="CL-AUTH-003 CL-AUTH-006 CL-SM-001 CL-SM-004",
            factors=lambda _bench: {
                "use": _USES, "size": (4, 8),
                "between": ("nothing", "reset", "another challenge", "a right use", "a wrong use",
                            *_NEXT),
            },
            play=_lives,
            applies="tunion and tunion.ef16 and tunion.ef16_update == 'line'",
            needs="reset keys:tunion.line keys:tunion.external_auth",
        )
    ),
    card(
        "C-2215", "sweeps",
        "Hundreds of randoms: none comes again, every bit and byte moves",
        "随机数质量:数百次不重复,各位各字节均匀",
        clauses="CL-AUTH-001 CL-PUR-010",
        applies="(tunion and tunion.simple) or (lnt and lnt.simple)",
        needs="reset", stimulus=_drawn, judge=_fair,
    ),
)  # fmt: skip
