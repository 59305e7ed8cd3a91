"""The words of an exploration: one step in a line, which becomes a command when it is played.

A step names what is meant, not the bytes: the MAC of ``commit`` is made from what the card has
just said. So a list of steps means the same on every card, and with steps left out.

=============================  =============================================================
``reset``                      power off and on
``select NAME``                an application (``tunion``, ``lnt``, ..) or a name in hex
``init OPERATION AMOUNT``      INITIALIZE; fen, or ``all``, ``actual``, ``drawn``, ``room``, +N, -N
``commit MARK [LIMIT]``        what ends the transaction that was begun last, open or not
``again``                      the last commit as it was sent
``cache SFI ID MARK``          an update of EF 1A, 1E or 19
``record NUMBER ID MARK``      plain UPDATE RECORD of EF 1A
``challenge SIZE``             GET CHALLENGE
``auth``                       EXTERNAL AUTHENTICATE over the last challenge
``line SFI OFFSET HEX``        UPDATE BINARY under the line MAC
``block P2``, ``unblock``      APPLICATION BLOCK and UNBLOCK; ``cardblock``
``verify``, ``change HEX``     the PIN; ``reload HEX`` and ``unlock HEX`` set it under a MAC
``prove TYPE NUMBER``          hex and decimal, or ``last``, with +N or -N
``send HEX``                   a command as it is
=============================  =============================================================

Behind it: ``mac=zero`` or ``mac=flipN`` (a bit of byte N of MAC, cryptogram or PIN),
``mac=MISTAKE`` (a right code over a wrong input: ``type-09``, ``offset-00``, `drive.inputs`),
``pin=HEX`` or ``pin=NEARLY`` (``first-2``, ``before``, `drive.pins`), ``key=HEX`` (index), and what
any step may have (`explore.words`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from ykt_conformance.drive import commands as c
from ykt_conformance.drive import inputs, pins, reckon
from ykt_conformance.explore.words import Build, Grammar, Step, bent, is_bent, mark
from ykt_conformance.model.commit import mac_due
from ykt_conformance.model.state import Transaction
from ykt_conformance.model.world import BASIC, MIFARE, PPSE, World
from ykt_sim.codes import (
    AID_LNT_MIFARE,
    AID_PPSE,
    INS,
    LNT,
    TUNION,
    Operation,
)
from ykt_sim.crypto import des
from ykt_sim.crypto.derive import tac_key
from ykt_sim.errors import ReadError
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import CREDIT_FOR_LOAD, DEBIT, DEBIT_UNLOAD, OPERATIONS

NAMES: Final[Mapping[str, bytes]] = {**c.AID, PPSE: AID_PPSE, MIFARE: AID_LNT_MIFARE}
_MAC: Final = 4
_COMMITS: Final = (INS.DEBIT, INS.CREDIT_FOR_LOAD, INS.UPDATE_OVERDRAFT)
_NINE: Final = b"\x90\x00"
#: Bytes of the shortest command.
_HEADER: Final = 4
#: Bytes behind the head of a record of EF 19.
_STATISTICS: Final = 46


class _Done(NamedTuple):
    """A command with a code, and what its code was made with."""

    command: Command
    standard: str
    challenge: bytes
    transaction: Transaction | None

    @property
    def code(self) -> inputs.Code | None:
        """Its code."""
        if self.command.ins in _COMMITS:
            return inputs.of_commit(self.command, self.standard, self.transaction)
        return inputs.of_line(self.command, self.standard, self.challenge)


class Memory:
    """What the steps remember of what was sent and said, besides the model.

    Attributes:
        challenge: the last one, used or not; `older` the one before it.
        commit: the last commit as it was sent.
        transaction: the last one that was begun, open or not.
        done: the last command of each instruction that was taken.
        pins: of each application, the PIN before the last change, and the last one.
    """

    def __init__(self) -> None:
        self.challenge = b""
        self.older = b""
        self.done: dict[int, _Done] = {}
        self.pins: dict[str, tuple[bytes, bytes]] = {}
        self.commit = b""
        self.transaction: Transaction | None = None

    def heard(self, command: bytes, answer: bytes, world: World) -> None:
        """Take in an exchange, and how things stand after it."""
        self.transaction = world.session.transaction or self.transaction
        if len(command) < _HEADER:
            return
        if command[1] in _COMMITS:
            self.commit = command
        if not answer.endswith(_NINE):
            return
        if command[1] == INS.GET_CHALLENGE:
            self.older, self.challenge = self.challenge, answer[:-2]
        elif command[1] in _CODED:
            told = _owner(world), self.challenge, self.transaction
            self.done[command[1]] = _Done(Command.parse(command), *told)
        here = world.here
        if here is not None and here.pin.value:
            _, last = self.pins.get(here.standard, (b"", here.pin.value))
            if last != here.pin.value or here.standard not in self.pins:
                self.pins[here.standard] = (last, here.pin.value)


# -- what is built ---------------------------------------------------------------------------


def _select(step: Step, _world: World, _memory: Memory) -> bytes:
    name = step.words[0]
    if name in NAMES:
        return c.select(NAMES[name])
    data = bytes.fromhex(name)
    return c.select_fid(int.from_bytes(data, "big")) if len(data) == 2 else c.select(data)


def _standard(world: World) -> str:
    return world.session.df if world.session.df in (TUNION, LNT) else TUNION


def _amount(world: World, text: str) -> int:
    """Fen: a number, or what there is, is actual, is drawn or still fits, more or less."""
    for name in ("all", "actual", "drawn", "room"):
        if text.startswith(name):
            here = world.here
            money = here.purse.money if here is not None and here.purse is not None else None
            have = 0
            if money is not None:
                own = {"all": money.available, "drawn": money.drawn}.get(name, money.actual)
                have = own or 0
            if name == "room" and money is not None and here is not None:
                ceiling = world.form[here.standard]["ceiling"]
                have = ceiling + (money.limit or 0) - (money.available or 0)
            return max(have + int(text.removeprefix(name) or "0"), 0) & 0xFFFFFFFF
    return int(text)


def _init(step: Step, world: World, _memory: Memory) -> bytes:
    operation = Operation(step.words[0])
    amount = _amount(world, step.words[1]) if len(step.words) > 1 else 0
    index = int(step.options.get("key", "01"), 16)
    terminal = c.TERMINAL[_standard(world)]
    return c.initialize(operation, amount, terminal, key_index=index)


def moment(standard: str, text: str) -> bytes:
    """Seven bytes of date and time, or of a wallet's tail, that stand for a mark."""
    hour, minute, second = mark(text, 3)
    clock = f"{hour % 24:02d}{minute % 60:02d}{second % 60:02d}"
    if standard == LNT:
        return bytes.fromhex("00C80615" + clock)
    return bytes.fromhex("20240615" + clock)


def _commit(step: Step, world: World, memory: Memory) -> bytes | None:
    transaction = world.session.transaction or memory.transaction
    if transaction is None:
        return None
    text = step.words[0] if step.words else "0"
    when = moment(_standard(world), text)
    operation = transaction.operation
    if operation == Operation.OVERDRAFT:
        limit = _amount(world, step.words[1]) if len(step.words) > 1 else 0
        command = c.update_overdraft(limit & 0xFFFFFF, when, bytes(_MAC))
    elif operation == Operation.LOAD:
        command = c.credit(when, bytes(_MAC))
    elif operation == Operation.UNLOAD:
        command = c.debit_unload(when, bytes(_MAC))
    else:
        command = c.debit(mark("serial" + text, 4), when, bytes(_MAC))
    return _signed(step, world, transaction, command)


def _signed(step: Step, world: World, transaction: Transaction, command: bytes) -> bytes | None:
    parsed = Command.parse(command)
    layout = OPERATIONS[transaction.operation].commit.data[0]
    try:
        due = mac_due(world, transaction, layout.parse(parsed.data))
    except ReadError:
        return None
    if due is None:
        return None
    body = parsed.data[:-_MAC] + bent(due, step.options.get("mac", ""))
    return parsed._replace(data=body).build()


def _again(_step: Step, _world: World, memory: Memory) -> bytes | None:
    return memory.commit or None


def industry(record_id: int, text: str) -> bytes:
    """A record of EF 1A that stands for a mark."""
    return bytes((0x27, record_id, 0x7D, 1, 1)) + bytes(9) + b"\x01" + mark(text, 113)


def _cache(step: Step, _world: World, _memory: Memory) -> bytes:
    sfi, record_id, text = int(step.words[0], 16), int(step.words[1], 16), step.words[2]
    if sfi == c.TRIPS:
        return c.cache(0x00, sfi, b"\x06" + mark(text, 24) + moment(TUNION, text) + mark(text, 16))
    if sfi == c.PRIVATE:
        return c.cache(record_id, sfi, bytes((record_id, _STATISTICS)) + mark(text, _STATISTICS))
    return c.cache(record_id, sfi, industry(record_id, text))


def _record(step: Step, _world: World, _memory: Memory) -> bytes:
    number, record_id = int(step.words[0]), int(step.words[1], 16)
    return c.update_record(number, c.INDUSTRY, industry(record_id, step.words[2]))


def _challenge(step: Step, _world: World, _memory: Memory) -> bytes:
    return c.challenge(int(step.words[0]))


def _auth(step: Step, world: World, memory: Memory) -> bytes | None:
    key = world.key("external_auth")
    if key is None:
        return None
    right = des.ecb(key, memory.challenge.ljust(8, b"\0")[:8])
    return c.external_authenticate(bent(right, step.options.get("mac", "")))


def _protected(
    step: Step, world: World, memory: Memory, head: bytes, data: bytes, role: str = "line"
) -> bytes | None:
    key = world.key(role)
    if key is None:
        return None
    mac = reckon.line_mac(key, head + data, memory.challenge or bytes(4))
    body = data + bent(mac, step.options.get("mac", ""))
    return head + bytes((len(body),)) + body


def _line(step: Step, world: World, memory: Memory) -> bytes | None:
    sfi, offset = int(step.words[0], 16), int(step.words[1])
    head = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(sfi), offset))
    return _protected(step, world, memory, head, bytes.fromhex(step.words[2]))


def _block(step: Step, world: World, memory: Memory) -> bytes | None:
    head = bytes((0x84, INS.APP_BLOCK, 0, int(step.words[0])))
    return _protected(step, world, memory, head, b"")


def _unblock(step: Step, world: World, memory: Memory) -> bytes | None:
    return _protected(step, world, memory, bytes((0x84, INS.APP_UNBLOCK, 0, 0)), b"")


def _cardblock(step: Step, world: World, memory: Memory) -> bytes | None:
    return _protected(step, world, memory, bytes((0x84, INS.CARD_BLOCK, 0, 0)), b"")


def _pin(step: Step, world: World, memory: Memory) -> bytes | None:
    given, here = step.options.get("pin", ""), world.here
    if given and given not in pins.NEARLY:
        return bytes.fromhex(given)
    own = here.pin.value if here is not None else None
    if own is None or here is None:
        return None
    if given:
        others = (one.pin.value for one in world.state.directories.values() if one is not here)
        other = next((pin for pin in others if pin), b"")
        before, _ = memory.pins.get(here.standard, (b"", b""))
        return pins.nearly(own, given, before=before, other=other)
    return bent(own, step.options.get("mac", ""))


def _verify(step: Step, world: World, memory: Memory) -> bytes | None:
    pin = _pin(step, world, memory)
    if pin is None:
        return None
    filling = bytes.fromhex("FF") * max(int(step.words[0]) - len(pin), 0) if step.words else b""
    return c.verify(pin + filling)


def _change(step: Step, world: World, memory: Memory) -> bytes | None:
    old = _pin(step, world, memory)
    if old is None:
        return None
    return c.apdu(0x80, INS.CHANGE_PIN, 1, 0, old + b"\xff" + bytes.fromhex(step.words[0]))


def _reload(step: Step, world: World, _memory: Memory) -> bytes | None:
    key = world.key("pin_reload")
    if key is None:
        return None
    new = bytes.fromhex(step.words[0])
    mac = bent(des.mac(tac_key(key), new), step.options.get("mac", ""))
    return c.apdu(0x80, INS.CHANGE_PIN, 0, 0, new + mac)


def _unlock(step: Step, world: World, memory: Memory) -> bytes | None:
    key = world.key("pin_unblock")
    if key is None:
        return None
    data = des.encipher(key, bytes.fromhex(step.words[0]))
    head = bytes((0x84, INS.PIN_UNBLOCK, 0, 0))
    return _protected(step, world, memory, head, data, "pin_unblock")


def _prove(step: Step, world: World, _memory: Memory) -> bytes | None:
    here = world.here
    proof = here.purse.proof if here is not None and here.purse is not None else None
    kind, number = step.words[0], step.words[1]
    due = 0
    if number.startswith("last"):
        due = (proof.number if proof is not None else 0) + int(number.removeprefix("last") or "0")
    else:
        due = int(number)
    type_ = (proof.type if proof is not None else 6) if kind == "last" else int(kind, 16)
    return c.prove(type_, due)


def _send(step: Step, _world: World, _memory: Memory) -> bytes:
    return bytes.fromhex(step.words[0])


# -- right codes over a wrong input --------------------------------------------------------------

#: Instructions of commands that take a code.
_CODED: Final = (*_COMMITS, INS.EXTERNAL_AUTHENTICATE, INS.UPDATE_BINARY, INS.APP_BLOCK,
                 INS.APP_UNBLOCK, INS.CARD_BLOCK, INS.PIN_UNBLOCK, INS.CHANGE_PIN)  # fmt: skip


def _owner(world: World) -> str:
    """Whose keys the current application has."""
    return LNT if world.session.df == BASIC else world.session.df


def _coded(build: Callable[[Step, World, Memory], bytes | None]) -> Build:
    """A step whose code may be made over a wrong input."""

    def made(step: Step, world: World, memory: Memory) -> bytes | None:
        how = step.options.get("mac", "")
        if not how or is_bent(how):
            return build(step, world, memory)
        options = {name: word for name, word in step.options.items() if name != "mac"}
        right = build(replace(step, options=options), world, memory)
        return None if right is None else _mistaken(how, Command.parse(right), world, memory)

    return made


def _mistaken(how: str, right: Command, world: World, memory: Memory) -> bytes | None:
    begun = world.session.transaction or memory.transaction
    code = _Done(right, _owner(world), memory.challenge, begun).code
    if code is None:
        return None
    last = memory.done.get(right.ins)
    then = last.code if last is not None else None
    told = b"" if last is None or then is None else last.command.data[then.at :]
    known = then.inputs if then is not None else None
    before = inputs.Before(memory.challenge, memory.older, known, told)
    made = inputs.wrong(code, how, world.keys, before)
    return None if made is None else inputs.put(right, code.at, made).build()


_BUILD: Final[dict[str, Callable[[Step, World, Memory], bytes | None]]] = {
    "select": _select, "init": _init, "commit": _coded(_commit), "again": _again, "cache": _cache,
    "record": _record, "challenge": _challenge, "auth": _coded(_auth), "line": _coded(_line),
    "block": _coded(_block), "unblock": _coded(_unblock), "cardblock": _coded(_cardblock),
    "verify": _verify, "change": _change, "reload": _coded(_reload), "unlock": _coded(_unlock),
    "prove": _prove, "send": _send,
}  # fmt: skip


def _is_code(word: str) -> bool:
    return is_bent(word) or word in inputs.every_name()


def _is_pin(word: str) -> bool:
    try:
        return word in pins.NEARLY or bool(bytes.fromhex(word))
    except ValueError:
        return False


GRAMMAR: Final = Grammar(_BUILD, ("mac", "pin", "key"), {"mac": _is_code, "pin": _is_pin})

#: Commits as a card hears them with nothing begun, as steps.
STRAY: Final = (
    f"send 80{INS.DEBIT:02X}01000F" + "00" * 15 + f"{DEBIT.le or 0:02X}",
    f"send 80{INS.CREDIT_FOR_LOAD:02X}00000B" + "00" * 11 + f"{CREDIT_FOR_LOAD.le or 0:02X}",
    f"send 80{INS.DEBIT:02X}03000B" + "00" * 11 + f"{DEBIT_UNLOAD.le or 0:02X}",
    f"send 80{INS.UPDATE_OVERDRAFT:02X}00000E" + "00" * 14 + "04",
)
