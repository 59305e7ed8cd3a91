"""Headers and lengths: each part of every command changed, MACs over data of each length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows, moves
from ykt_conformance.cases.words.record import Flow
from ykt_conformance.cases.words.sweep import Sweep, Values, case_of
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, Send
from ykt_sim.codes import COMPOSITE, INS, LOAD, OVERDRAFT, PURCHASE, TUNION, UNLOAD
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import tac_key
from ykt_sim.wire.apdu import Command

#: Makes a right command as things stand, after what it needs; None where the card has none.
Maker = Callable[[CardBench, str], Flow[bytes]]


def _plain(build: Callable[[str], bytes]) -> Maker:
    def flow(_bench: CardBench, standard: str) -> Flow[bytes]:
        yield from ()
        return build(standard)

    return flow


def _init(kind: str) -> Maker:
    def flow(bench: CardBench, standard: str) -> Flow[bytes]:
        if kind not in moves.kinds(bench, standard):
            raise Impossible(f"no {kind} is claimed")
        yield from flows.unlock(bench, standard, kind)
        return c.initialize(kind, 3, c.TERMINAL[standard])

    return flow


def _commit(kind: str) -> Maker:
    def flow(bench: CardBench, standard: str) -> Flow[bytes]:
        if kind not in moves.kinds(bench, standard):
            raise Impossible(f"no {kind} is claimed")
        return (yield from flows.begin(bench, standard, kind, 3, limit=500)).commit

    return flow


def _prove(bench: CardBench, standard: str) -> Flow[bytes]:
    begun = yield from flows.done(bench, standard, PURCHASE, 2)
    return c.prove(0x06, begun.number)


def _verify(bench: CardBench, standard: str) -> Flow[bytes]:
    pin = bench.pin(standard)
    yield from ()
    if pin is None or not bench.ics[standard]["pin"]:
        raise Impossible("the PIN is not known")
    return c.verify(bench.shapes(standard, pin)[0])


def _authenticate(bench: CardBench, standard: str) -> Flow[bytes]:
    if standard != TUNION:
        raise Impossible("where the wallet authenticates is not known")
    secret = flows.key(bench, standard, "external_auth")
    challenge = yield from flows.fresh_challenge()
    return c.external_authenticate(des.ecb(secret, challenge.ljust(8, b"\0")))


def _of_tunion(build: Callable[[], bytes], entry: str = "") -> Maker:
    def flow(bench: CardBench, standard: str) -> Flow[bytes]:
        yield from ()
        if standard != TUNION or (entry and not bench.ics[TUNION][entry]):
            raise Impossible("the purse has no such file")
        return build()

    return flow


_COMMANDS: Final[Mapping[str, Maker]] = {
    "SELECT": _plain(lambda standard: c.select(c.PURSE_AID[standard])),
    "READ BINARY": _of_tunion(lambda: c.read_binary(c.APPLICATION, 0, 30)),
    "READ BINARY at an offset": _of_tunion(lambda: c.read_binary(c.APPLICATION, 12, 8)),
    "READ RECORD": _plain(lambda _standard: c.read_record(1, c.LOG, 23)),
    "READ RECORD of trips": _of_tunion(lambda: c.read_record(1, c.TRIPS, 48)),
    "READ RECORD by id": _of_tunion(lambda: c.read_record_id(c.RAIL, c.INDUSTRY), "ef1a"),
    "READ EXT DATA": _of_tunion(lambda: c.read_ext(0x2701), "ext_data"),
    "GET BALANCE": _plain(lambda _standard: c.balance()),
    "GET BALANCE of all": _plain(lambda _standard: c.balance(0x05, 0x10)),
    "GET CHALLENGE": _plain(lambda _standard: c.challenge(4)),
    **{f"INITIALIZE for {kind}": _init(kind) for kind in moves.KINDS},
    **{f"commit of {kind}": _commit(kind) for kind in (PURCHASE, COMPOSITE, LOAD, UNLOAD,
                                                       OVERDRAFT)},
    "PROVE": _prove,
    "VERIFY": _verify,
    "EXTERNAL AUTHENTICATE": _authenticate,
}  # fmt: skip
#: Commands that move something, or of which a wrong one may cost a try.
_AGAIN: Final = ("commit", "VERIFY", "EXTERNAL", "INITIALIZE for load")
_LE: Final = {"no Le": None, "Le 00": 0, "Le FF": 0xFF}
_BITS: Final = tuple(1 << bit for bit in range(8))
_LENGTHS: Final = (
    "none", *_LE, "Le 1 less", "Le 1 more",
    "no data", "data 1 less", "data 1 more", "data of 7", "data of 8", "data of 9", "data of 16",
    "data of 255",
)  # fmt: skip
_HEADERS: Final = tuple(f"{field} with bit {bit:02X}" for field in ("P1", "P2") for bit in _BITS)


def _changed(raw: bytes, change: str) -> bytes:
    """The command with one part of it changed; may be the same where it has no such part."""
    command = Command.parse(raw)
    words = change.split()
    if change in _LE:
        command = command._replace(le=_LE[change])
    elif words[0] == "Le" and command.le is not None:
        command = command._replace(le=max(command.le + (1 if words[2] == "more" else -1), 1))
    elif change == "no data":
        command = command._replace(data=b"")
    elif words[0] == "data" and command.data:
        size = {"less": len(command.data) - 1, "more": len(command.data) + 1}.get(words[-1])
        size = int(words[-1]) if size is None else size
        command = command._replace(data=command.data[:size].ljust(size, b"\0"))
    elif words[1:] and words[1] == "with":
        bit = int(words[-1], 16)
        field = words[0].lower()
        command = command._replace(**{field: getattr(command, field) ^ bit})
    return command.build()


def _play(bench: CardBench, row: Values) -> Flow[None]:
    """The changed command; where it may have spoilt something, the right one works all the same."""
    standard, make = row["in"], _COMMANDS[row["command"]]
    yield from moves.enter(bench, standard)
    command = yield from make(bench, standard)
    changed = _changed(command, row["change"])
    yield Send(changed)
    if changed != command and row["command"].startswith(_AGAIN):
        yield from moves.enter(bench, standard)
        command = yield from make(bench, standard)
        yield Send(command)
    yield from flows.available(bench)


# -- MACs over data of each length -----------------------------------------------------------

_SIZES: Final = (1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 15, 16, 17, 18, 19, 20, 24, 27, 28, 32, 48, 55)


def _update(bench: CardBench, row: Values) -> Flow[None]:
    """UPDATE BINARY of EF 16 with so many bytes under the right MAC, and the old ones back."""
    yield from moves.enter(bench, TUNION)
    held = yield from flows.must(c.read_binary(c.CARDHOLDER), "READ BINARY of EF 16")
    size, offset = row["bytes"], row["offset"]
    if offset + size > len(held.data):
        offset = len(held.data) - size
    head = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(c.CARDHOLDER), offset))
    for data in (bench.rng(size), held.data[offset : offset + size]):
        command = yield from flows.protected(bench, TUNION, head, data, size=row["challenge"])
        yield Send(command)
        yield Send(c.read_binary(c.CARDHOLDER))
        yield Send(c.read_binary(c.CARDHOLDER, offset, size))


_PINS: Final = ("12", "1234", "123456", "12345678", "123456789012")
_WAYS: Final = ("CHANGE", "RELOAD", "UNBLOCK")


def _set(bench: CardBench, standard: str, way: str, old: bytes, new: bytes) -> Flow[None]:
    if way == "CHANGE":
        yield Send(c.apdu(0x80, INS.CHANGE_PIN, 0x01, 0x00, old + b"\xff" + new))
    elif way == "RELOAD":
        mac = des.mac(tac_key(flows.key(bench, standard, "pin_reload")), new)
        yield Send(c.apdu(0x80, INS.CHANGE_PIN, 0x00, 0x00, new + mac))
    else:
        data = des.encipher(flows.key(bench, standard, "pin_unblock"), new)
        head = bytes((0x84, INS.PIN_UNBLOCK, 0x00, 0x00))
        command = yield from flows.protected(bench, standard, head, data, role="pin_unblock")
        yield Send(command)


def _pin(bench: CardBench, row: Values) -> Flow[None]:
    """A PIN of each length, set in each way, shown, and the old one set again in each way."""
    standard, new = row["in"], bytes.fromhex(row["PIN"])
    old = bench.pin(standard)
    if old is None or not bench.ics[standard]["pin"]:
        raise Impossible("the PIN is not known")
    yield from moves.enter(bench, standard)
    yield from flows.present_pin(bench, standard)
    yield from _set(bench, standard, row["set by"], old, new)
    yield from flows.show_pin(bench, standard, new)
    yield from moves.again(bench, standard)
    yield from flows.show_pin(bench, standard, new)
    yield from _set(bench, standard, row["set back by"], new, old)
    yield from flows.show_pin(bench, standard, old)


def _with_pin(bench: CardBench) -> Mapping[str, tuple[Any, ...]]:
    ways = tuple(way for way in _WAYS if way == "CHANGE" or _known(bench, way))
    return {"in": moves.purses(bench), "PIN": _PINS, "set by": ways, "set back by": ways}


def _known(bench: CardBench, way: str) -> bool:
    role = "pin_reload" if way == "RELOAD" else "pin_unblock"
    return all(bench.can(f"keys:{name}.{role}") for name in moves.purses(bench))


def _varied(name: str, title: str, title_zh: str, clauses: str, changes: tuple[str, ...]) -> Sweep:
    """Every command in every purse, changed in one of these ways."""
    return Sweep(
        id=name, title=title, title_zh=title_zh, clauses=clauses,
        factors=lambda bench: {
            "in": moves.purses(bench), "command": tuple(_COMMANDS), "change": changes,
        },
        play=_play, needs="reset",
    )  # fmt: skip


CASES: Final[tuple[CardCase, ...]] = (
    case_of(
        _varied(
            "C-2206", "Every command with Lc, data and Le changed", "各命令 Lc、数据与 Le 遍历",
            "CL-APDU-002 CL-FILE-012 CL-BAL-004 CL-SEL-010", _LENGTHS,
        )
    ),
    case_of(
        _varied(
            "C-2212", "Every command with each bit of P1 and P2 changed", "各命令 P1、P2 逐位遍历",
            "CL-APDU-003 CL-BAL-008", _HEADERS,
        )
    ),
    case_of(
        Sweep(
            id="C-2207",
            title="The line MAC over data of every length",
            title_zh="线路 MAC 数据长度遍历",
            clauses="CL-SM-001 CL-SM-003",
            factors=lambda _bench: {"bytes": _SIZES, "offset": (0, 1, 27, 40), "challenge": (4, 8)},
            play=_update,
            applies="tunion and tunion.ef16 and tunion.ef16_update == 'line'",
            needs="keys:tunion.line",
        )
    ),
    case_of(
        Sweep(
            id="C-2208",
            title="PINs of every length, set in every way",
            title_zh="各长度 PIN 与各修改方式遍历",
            clauses="CL-PIN-001 CL-PIN-008 CL-PIN-009 CL-PIN-010",
            factors=_with_pin,
            play=_pin,
            applies="(tunion and tunion.pin) or (lnt and lnt.pin)",
            needs="reset",
        )
    ),
)  # fmt: skip
