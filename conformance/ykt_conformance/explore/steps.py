"""The words of an exploration: one step in a line, which becomes a command when it is played.

A step names what is meant, not the bytes: the MAC of ``commit`` is made from what the card has
just said. So a list of steps means the same on every card, and with steps left out.

=============================  =============================================================
``reset``                      power off and on
``select NAME``                an application (``tunion``, ``lnt``, ..) or a name in hex
``init OPERATION AMOUNT``      INITIALIZE; fen, or ``all``, ``actual``, ``room`` with +N or -N
``commit MARK [LIMIT]``        what ends the transaction that was begun last, open or not
``again``                      the last commit as it was sent
``cache SFI ID MARK``          an update of EF 1A or 1E
``record NUMBER ID MARK``      plain UPDATE RECORD of EF 1A
``challenge SIZE``             GET CHALLENGE
``auth``                       EXTERNAL AUTHENTICATE over the last challenge
``line SFI OFFSET HEX``        UPDATE BINARY under the line MAC
``block P2``, ``unblock``      APPLICATION BLOCK and UNBLOCK; ``cardblock``
``verify``, ``change HEX``     the PIN; ``reload HEX`` and ``unlock HEX`` set it under a MAC
``prove TYPE NUMBER``          hex and decimal, or ``last``, with +N or -N
``send HEX``                   a command as it is
=============================  =============================================================

Behind it: ``mac=zero`` or ``mac=flipN`` (a bit of byte N of MAC, cryptogram or PIN), ``pin=HEX``,
``key=HEX`` (index), and what any step may have (`explore.words`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ykt_conformance.drive import commands as c
from ykt_conformance.drive import reckon
from ykt_conformance.explore.words import Grammar, Step, bent, mark
from ykt_conformance.model.commit import mac_due
from ykt_conformance.model.state import Transaction
from ykt_conformance.model.world import MIFARE, PPSE, World
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


class Memory:
    """What the steps remember of what was sent and said, besides the model.

    Attributes:
        challenge: the last one, used or not.
        commit: the last commit as it was sent.
        transaction: the last one that was begun, open or not.
    """

    def __init__(self) -> None:
        self.challenge = b""
        self.commit = b""
        self.transaction: Transaction | None = None

    def heard(self, command: bytes, answer: bytes, world: World) -> None:
        """Take in an exchange, and how things stand after it."""
        self.transaction = world.session.transaction or self.transaction
        if len(command) > 1 and command[1] == INS.GET_CHALLENGE and answer.endswith(b"\x90\x00"):
            self.challenge = answer[:-2]
        if len(command) > 1 and command[1] in (
            INS.DEBIT, INS.CREDIT_FOR_LOAD, INS.UPDATE_OVERDRAFT,
        ):  # fmt: skip
            self.commit = command


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
    """Fen: a number, or what there is, what is actual, or what still fits, more or less."""
    for name in ("all", "actual", "room"):
        if text.startswith(name):
            here = world.here
            money = here.purse.money if here is not None and here.purse is not None else None
            have = 0
            if money is not None:
                have = (money.available if name == "all" else money.actual) or 0
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


def _pin(step: Step, world: World) -> bytes | None:
    if "pin" in step.options:
        return bytes.fromhex(step.options["pin"])
    here = world.here
    own = here.pin.value if here is not None else None
    return None if own is None else bent(own, step.options.get("mac", ""))


def _verify(step: Step, world: World, _memory: Memory) -> bytes | None:
    pin = _pin(step, world)
    if pin is None:
        return None
    filling = bytes.fromhex("FF") * max(int(step.words[0]) - len(pin), 0) if step.words else b""
    return c.verify(pin + filling)


def _change(step: Step, world: World, _memory: Memory) -> bytes | None:
    old = _pin(step, world)
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


_BUILD: Final[dict[str, Callable[[Step, World, Memory], bytes | None]]] = {
    "select": _select, "init": _init, "commit": _commit, "again": _again, "cache": _cache,
    "record": _record, "challenge": _challenge, "auth": _auth, "line": _line, "block": _block,
    "unblock": _unblock, "cardblock": _cardblock, "verify": _verify, "change": _change,
    "reload": _reload, "unlock": _unlock, "prove": _prove, "send": _send,
}  # fmt: skip

GRAMMAR: Final = Grammar(_BUILD, ("mac", "pin", "key"))

#: Commits as a card hears them with nothing begun, as steps.
STRAY: Final = (
    f"send 80{INS.DEBIT:02X}01000F" + "00" * 15 + f"{DEBIT.le or 0:02X}",
    f"send 80{INS.CREDIT_FOR_LOAD:02X}00000B" + "00" * 11 + f"{CREDIT_FOR_LOAD.le or 0:02X}",
    f"send 80{INS.DEBIT:02X}03000B" + "00" * 11 + f"{DEBIT_UNLOAD.le or 0:02X}",
    f"send 80{INS.UPDATE_OVERDRAFT:02X}00000E" + "00" * 14 + "04",
)
