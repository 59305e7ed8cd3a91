"""Right codes over a wrong input: each input of a code is changed alone, and the code made anew.

`ykt_sim.meaning.explain` says what every code is made of and what is got wrong in it; its names
are the words here. Two kinds are added that look at no meaning: every input one higher
(``terminal-next``) and with another first byte (``terminal-other``), and what a command before had
there (``before-random``). A card must refuse every one of them as it refuses any wrong code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from ykt_sim.codes import INS, LNT, TUNION, Operation, Purse, TransactionType
from ykt_sim.errors import CryptoError, ReadError
from ykt_sim.meaning.commands import MAC_SIZE
from ykt_sim.meaning.explain import changes
from ykt_sim.meaning.explain.inputs import Inputs, KeyPath, make
from ykt_sim.meaning.explain.line import in_command
from ykt_sim.meaning.explain.mistakes import Mistake, mistakes_for
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.purse_codes import PurseTransaction
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import BY_SFI, OPERATIONS, transaction_type

_HEAD: Final = 5
_BLOCK: Final = 8
_KEY: Final = 16
#: Bytes of date and time in a commit.
_MOMENT: Final = 7
#: Groups of `explain` that are left: masters, which a card never uses, and numbers held in fewer
#: bytes, which differ from the right ones as those with another first or last byte do.
_LEFT: Final = ("division", "shortened")
#: Beginnings of the names of mistakes in how a code is made, not in what it is made over, and of
#: hours and days that say no more than a date and a time with another first and last byte.
ALIKE: Final = (
    "year-", "day-", "hour-", "minute-", "second-", "utc", "eight-", "single-", "right-", "halves-",
    "without-", "type-before", "terminal-before", "date-before", "time-before", "data-before",
    "length-before", "counter-first", "amount-yuan", "amount-jiao", "amount-hundredfold",
    "amount-bcd", "no-", "zero-padding", "padded-", "mac-", "triple-", "not-made", "algorithm-",
    "amount-little", "terminal-rev", "counter-little", "random-rev", "serial-rev", "challenge-rev",
    "challenge-right", "challenge-twice", "challenge-padded", "length-", "role-mac",
    "role-encipher", "role-decipher",
)  # fmt: skip
#: Those of them that are hours and days.
CLOCK: Final = ALIKE[:7]
#: Instructions under a line MAC.
_PROTECTED: Final = (INS.UPDATE_BINARY, INS.APP_BLOCK, INS.APP_UNBLOCK, INS.CARD_BLOCK,
                     INS.PIN_UNBLOCK)  # fmt: skip
_FILES: Final = (0x15, 0x16, 0x17)


class Before(NamedTuple):
    """What was there before: the last challenge drawn, the one before it, and the last code."""

    challenge: bytes = b""
    older: bytes = b""
    inputs: Inputs | None = None
    code: bytes = b""


class Code(NamedTuple):
    """A code in the data of a command: where it begins there, and what it is made of."""

    at: int
    inputs: Inputs


def of_line(command: Command, standard: str, challenge: bytes) -> Code | None:
    """The code of a command that takes one and is no commit; None where it takes none.

    Args:
        command: with any code.
        standard: whose keys.
        challenge: 4 or 8 bytes, empty for none.
    """
    found = next(in_command(command, standard, challenge), None)
    return None if found is None else Code(found.offset - _HEAD, found.inputs)


def of_commit(command: Command, standard: str, begun: Any) -> Code | None:
    """The MAC of a commit; None where its data do not fit.

    Args:
        command: with any MAC.
        standard: whose keys.
        begun: the transaction, with ``operation``, ``type``, ``request`` and ``answer``.
    """
    try:
        data: Any = OPERATIONS[begun.operation].commit.data[0].parse(command.data)
        serial = getattr(data, "terminal_serial", None)
        made = PurseTransaction(
            begun.operation, standard, begun.request, begun.answer, begun.type, serial
        )
        made.settle(_Samples(), data)
    except ReadError:
        return None
    inputs = made.results["mac"].inputs
    return None if inputs is None else Code(len(command.data) - MAC_SIZE, inputs)


def wrong(code: Code, name: str, keys: KeyRing, before: Before) -> bytes | None:
    """The code with a mistake in its inputs; None where it cannot be made here.

    Args:
        code: what is right.
        name: one of `NAMES`.
        keys: of the card.
        before: what was there before.
    """
    mistake = next((one for one in _mistakes(code.inputs, before) if one.name == name), None)
    return None if mistake is None else _made(mistake, code.inputs, _known(keys))


def put(command: Command, at: int, code: bytes) -> Command:
    """The command with another code in its data."""
    data = command.data
    return command._replace(data=data[:at] + code + data[at + len(code) :])


_Keys = Callable[[KeyPath], bytes | None]


def _known(keys: KeyRing) -> _Keys:
    def key(path: KeyPath) -> bytes | None:
        found = keys.at(path.standard, path.role, path.index)
        return found if found is not None and len(found) in (_BLOCK, _KEY) else None

    return key


def _made(mistake: Mistake, inputs: Inputs, keys: _Keys) -> bytes | None:
    changed = mistake.change(inputs)
    key = None if changed is None else keys(changed.path)
    if changed is None or key is None:
        return None
    try:
        return make(changed, key)
    except CryptoError:
        return None


# -- what may be wrong -------------------------------------------------------------------------


def _mistakes(inputs: Inputs, before: Before) -> Iterator[Mistake]:
    """Every change of one input, each of which makes another code."""
    both: Mapping[str, tuple[bytes, ...]] = {TUNION: (), LNT: ()}
    yield from (one for one in mistakes_for(inputs, factors=both) if one.group not in _LEFT)
    for name, change in _ours(inputs, before):
        yield Mistake(name, "input", name, name, change)


def _ours(inputs: Inputs, before: Before) -> Iterator[tuple[str, changes.Change]]:
    parts = dict((*inputs.under, *(inputs.session if inputs.in_session else ())))
    for name, value in parts.items():
        if value:
            yield f"{name}-next", changes.put(name, changes.turning(1)(value))
            yield f"{name}-other", changes.put(name, bytes((value[0] ^ 0x10,)) + value[1:])
    yield from _of_header(inputs.part("header"))
    if "data" in parts:
        yield "data-zero", changes.put("data", bytes(len(parts["data"])))
    if "pin" in parts:
        pin = parts["pin"]
        yield "pin-shorter", changes.put("pin", pin[:-1])
        yield "pin-filled", changes.put("pin", pin.ljust(_BLOCK, b"\xff"))
        yield "pin-counted", changes.put("pin", bytes((len(pin),)) + pin)
    yield "challenge-zero", changes.challenge(lambda old: bytes(len(old)))
    if before.older:
        older = before.older.ljust(_BLOCK, b"\0")
        yield "before-challenge", changes.block(lambda _old: older)
    if before.challenge and not any(inputs.iv) and "challenge" not in parts:
        yield "iv-challenge", _begun_with(before.challenge.ljust(_BLOCK, b"\0"))
    if before.code:
        yield "before-code", changes.copied(before.code)
    if before.inputs is not None:
        for name, value in parts.items():
            then = before.inputs.part(name)
            if name != "challenge" and then is not None and then != value:
                yield f"before-{name}", changes.put(name, then)


def _begun_with(block: bytes) -> changes.Change:
    return lambda inputs: replace(inputs, iv=block)


def _of_header(header: bytes | None) -> Iterator[tuple[str, changes.Change]]:
    """The header of another command, another file, another offset."""
    if header is None:
        return
    yield "offset-00", changes.put("header", header[:3] + b"\0")
    for ins in _PROTECTED:
        if ins != header[1]:
            yield f"ins-{ins:02X}", changes.put("header", header[:1] + bytes((ins,)) + header[2:])
    for sfi in _FILES if header[2] & BY_SFI else ():
        other = bytes((BY_SFI | sfi,))
        yield f"file-{sfi:02X}", changes.put("header", header[:2] + other + header[3:])


# -- their names -------------------------------------------------------------------------------


class _Samples:
    """Keys of no card, one for each role."""

    def get(self, standard: str, role: str) -> bytes:
        """A key by standard and role."""
        return hashlib.sha256(f"{standard} {role}".encode()).digest()[:_KEY]

    def tac(self, standard: str) -> bytes:
        """The TAC key."""
        return hashlib.sha256(standard.encode()).digest()[:_BLOCK]


class _Begun(NamedTuple):
    """A transaction that no card saw."""

    operation: Operation
    type: TransactionType
    request: Any
    answer: Any


_SHORT: Final = 4
_CHALLENGES: Final = (bytes.fromhex("A1B2C3D4"), bytes.fromhex("0A0B0C0D0E0F1011"))
#: Commands that take a code and are no commits, with the data in front of it.
_LINES: Final[Mapping[str, Command]] = {
    "line": Command(0x04, INS.UPDATE_BINARY, BY_SFI | 0x15, 0x1C, b"\x01\x14"),
    "block": Command(0x84, INS.APP_BLOCK, 0x00, 0x01),
    "unblock": Command(0x84, INS.APP_UNBLOCK, 0, 0),
    "cardblock": Command(0x84, INS.CARD_BLOCK, 0, 0),
    "unlock": Command(0x84, INS.PIN_UNBLOCK, 0, 0, data=bytes.fromhex("9A8B7C6D5E4F3021")),
    "reload": Command(0x80, INS.CHANGE_PIN, 0, 0, data=bytes.fromhex("123456")),
    "auth": Command(0x00, INS.EXTERNAL_AUTHENTICATE, 0, 0, data=bytes(4)),
}  # fmt: skip
_OF_COMMITS: Final = (Operation.PURCHASE, Operation.COMPOSITE, Operation.LOAD, Operation.UNLOAD,
                      Operation.OVERDRAFT)  # fmt: skip


def _sample(kind: str, standard: str, size: int) -> tuple[Inputs, Inputs]:
    """What a code is made of, and what that of a command before it was; on no card."""
    if kind in _LINES:
        drawn, other_one = _CHALLENGES if size == _SHORT else _CHALLENGES[::-1]
        asked = _LINES[kind]._replace(data=_LINES[kind].data + bytes(MAC_SIZE))
        other = asked._replace(p2=asked.p2 ^ 0x07, data=bytes(len(asked.data)))
        found = [of_line(*one) for one in ((asked, standard, drawn),
                                           (other, standard, other_one))]  # fmt: skip
    else:
        found = [_of_sample(Operation(kind), standard, moved) for moved in (0x00, 0x21)]
    right, other_ = found
    if right is None or other_ is None:
        raise LookupError(kind)
    return right.inputs, other_.inputs


def _of_sample(operation: Operation, standard: str, moved: int) -> Code | None:
    row = OPERATIONS[operation]

    def moves(text: str) -> bytes:
        return bytes(byte ^ moved for byte in bytes.fromhex(text))

    limit = b"" if operation in (Operation.LOAD, Operation.UNLOAD) else moves("000457")
    answer = moves("000135790203") + limit + b"\x01\x00" + moves("8A9BACBD") + bytes(MAC_SIZE)
    amount = b"" if operation == Operation.OVERDRAFT else moves("01020304")
    layout = row.commit.data[0]
    front = moves("5A6B7C8D")[: layout.SIZE - _MOMENT - MAC_SIZE]
    data = front + bytes.fromhex("20240615" if not moved else "20231207") + moves("101112")
    begun = _Begun(
        operation, transaction_type(operation, Purse.EP),
        row.initialize.data[0].parse(b"\x01" + amount + b"\x41" + moves("3199990123")),
        row.initialize.answer[0].parse(answer[: row.initialize.answer[0].SIZE]),
    )  # fmt: skip
    command = Command(0x80, row.commit.ins, row.commit.p1[0], 0, data + bytes(MAC_SIZE))
    return of_commit(command, standard, begun)


@cache
def names(kind: str, standard: str = TUNION, size: int = 4) -> tuple[str, ...]:
    """The mistakes in the code of a command that make another code, each by its word.

    Args:
        kind: one of `KINDS`.
        standard: whose keys.
        size: bytes of the challenge, 4 or 8.
    """
    inputs, old = _sample(kind, standard, size)
    before = Before(_CHALLENGES[1], bytes.fromhex("19283746"), old, bytes.fromhex("5B8C1D3E"))
    keys = _Samples()

    def key(path: KeyPath) -> bytes | None:
        return keys.get(path.standard, path.role)

    right = make(inputs, keys.get(inputs.path.standard, inputs.path.role))
    seen, found = {right}, []
    for one in _mistakes(inputs, before):
        code = _made(one, inputs, key)
        if code is not None and code not in seen:
            found.append(one.name)
            seen.add(code)
    return tuple(found)


#: Commands that take a code: operations by their commits, and what stands under a key by itself.
KINDS: Final = (*map(str, _OF_COMMITS), *_LINES)


@cache
def every_name() -> frozenset[str]:
    """All names of mistakes."""
    asked = product(KINDS, (TUNION, LNT), (_SHORT, _BLOCK))
    return frozenset(name for one in asked for name in names(*one))
