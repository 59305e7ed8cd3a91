"""Whether bytes can be a command, an answer, an ATR: what is believed without being told.

Commands: ISO/IEC 7816-4, lengths agree; INS is not 6X or 9X (ISO/IEC 7816-3). Answers end
in a status word, 6XXX (not 60XX) or 9XXX. Where nothing else in a log says where an answer
ends, that is not enough: one stretch of random bytes in eight ends so. There an answer with
data is believed only with the few status words that come with data.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import INS
from ykt_sim.errors import WireError
from ykt_sim.trace.readers.base import ends_in_sw
from ykt_sim.wire.apdu import Command

#: Classes of commands that are met: ISO, secure messaging and channels, EMV and GlobalPlatform,
#: DESFire, GSM, and the pseudo-APDUs of readers.
_CLASSES: Final = frozenset({*range(0x10), *range(0x80, 0x90), 0x90, 0x94, 0xA0, 0xB0, 0xD0, 0xFF})
_MORE: Final = 0x61
#: Bytes of a command's header under T=0.
HEADER: Final = 5
#: An answer that says there is more has used up nearly all an answer can hold.
_NEARLY_FULL: Final = 0xF0
_DESFIRE: Final = 0x90
_WARNINGS: Final = frozenset({0x6281, 0x6282, 0x6283, 0x6310})
#: What a card says of a command whose form is wrong, so that the form is believed.
_REFUSALS: Final = frozenset({0x6700, 0x6A80, 0x6A86, 0x6A87, 0x6B00, 0x6D00, 0x6E00, 0x6F00})
#: Templates that SELECT answers with, and that are status words, too (ISO/IEC 7816-4).
_TEMPLATES: Final = frozenset({0x61, 0x62, 0x64, 0x6F})
#: Bytes of their answers [purse facts 1 to 3]: of both purposes, of purchase and load.
_SIZES: Final[dict[int, tuple[int, ...]]] = {
    INS.INITIALIZE: (15, 16), INS.DEBIT: (8,), INS.CREDIT_FOR_LOAD: (4,), INS.GET_BALANCE: (4,),
}  # fmt: skip
_PURSE: Final = frozenset(
    bytes((ins,))
    for ins in (
        INS.GET_BALANCE, INS.INITIALIZE, INS.CREDIT_FOR_LOAD, INS.DEBIT, INS.UPDATE_OVERDRAFT,
        INS.GET_TRANSACTION_PROVE,
    )
)  # fmt: skip
_PSAM_ONLY: Final = frozenset({(0x80, 0x70), (0x80, 0x72), (0x80, 0x1A), (0x80, 0xFA)})


def is_command(data: bytes) -> bool:
    """Lengths agree, in short or extended form."""
    if len(data) < 4 or data[1] >> 4 in {6, 9}:
        return False
    try:
        Command.parse(data)
    except WireError:
        return _is_extended(data)
    return True


def _is_extended(data: bytes) -> bool:
    if len(data) < 7 or data[4]:
        return False
    size = int.from_bytes(data[5:7], "big")
    return len(data) == 7 or (size > 0 and len(data) in {7 + size, 9 + size})


def is_usual_command(data: bytes) -> bool:
    """The same, with a class that is met, and no status word at its end that comes with data."""
    return is_command(data) and data[0] in _CLASSES


def like_command(data: bytes) -> bool:
    """The header of a command, whatever its lengths: a negative test, or a cut line."""
    if len(data) < 4 or data[:2] == b"\xff\xff":
        return False
    return data[0] in _CLASSES and data[1] >> 4 not in {6, 9} and data[1] > 1


def no_command(data: bytes) -> str:
    """Why bytes are no command, not even one of wrong lengths; empty when they may be."""
    if not like_command(data):
        return "expected a command, these bytes are none"
    if int.from_bytes(data[:2]) == len(data) - 2 and data[1] not in set(INS):
        return "the first two bytes are the length of the others; expected a class and a code"
    return ""


def completes(command: bytes, data: bytes) -> bool:
    """Bytes in a line of their own carry a command on, as its Lc asks for."""
    whole = command + data
    if is_command(command):
        return len(data) == 1 and is_command(whole)
    return is_command(whole) or (len(whole) < wanted(command) and not is_sw(data))


def carries_on(command: bytes, data: bytes) -> bool:
    """Bytes are just what a command without an answer, too short, lacks before them."""
    return like_command(command) and not is_command(command) and is_command(command + data)


def wanted(data: bytes) -> int:
    """Bytes that a command of this beginning has at least, by its Lc."""
    return 5 + data[4] if len(data) > 5 and data[4] else len(data)


def is_sw(data: bytes) -> bool:
    """Two bytes that are a status word."""
    return len(data) == 2 and ends_in_sw(data)


def is_answer(data: bytes, command: bytes = b"") -> bool:
    """An answer that is believed though nothing says where it ends.

    Args:
        data: with its status word.
        command: what it answers, when that is known.
    """
    if not ends_in_sw(data):
        return False
    sw = int.from_bytes(data[-2:], "big")
    if len(data) == 2 or sw == 0x9000 or sw in _WARNINGS:
        return True
    if data[-2] == _MORE:
        return len(data) > _NEARLY_FULL or command[1:2] == bytes((INS.GET_RESPONSE,))
    return data[-2] == 0x91 and command[:1] == bytes((_DESFIRE,))


def may_be_data(answer: bytes) -> bool:
    """The answer ends as one with a warning; data may end so, if a status word follows."""
    return len(answer) > 2 and int.from_bytes(answer[-2:], "big") in _WARNINGS


def unproceeded(command: bytes, answer: bytes) -> bytes:
    """An answer of T=0 without the procedure byte in front, the INS of its command.

    It is one byte longer than the Le asks for, so no answer without it can look like this.
    """
    if len(command) != HEADER or answer[:1] != command[1:2]:
        return answer
    asked = command[4] or 256
    return answer[1:] if len(answer) == 1 + asked + 2 else answer


def is_head(data: bytes) -> bool:
    """Two bytes that are a status word, or the tag and the length of a template of a file."""
    return len(data) == 2 and data[0] in _TEMPLATES and 2 < data[1] < 0x80


def goes_on(data: bytes, more: bytes) -> bool:
    """What begins as a template of a file goes on, up to its length; then comes the status word.

    Args:
        data: the answer so far.
        more: bytes behind it.
    """
    if len(data) < 2 or not is_head(data[:2]):
        return False
    whole = 2 + data[1]
    size = len(data) + len(more)
    return size <= whole or (size == whole + 2 and ends_in_sw(more))


def named_le(command: bytes) -> int:
    """The number of bytes that a short command asks for; 0 when it asks for all, or for none."""
    if len(command) == HEADER:
        return command[4]
    return command[-1] if len(command) > HEADER and len(command) == 6 + command[4] else 0


def is_asked_for(data: bytes, command: bytes) -> bool:
    """As many bytes as the Le of the command says, with a status word or without.

    A command of the purse that names none has answers of a known size.
    """
    if asked := named_le(command):
        return len(data) in {asked, asked + 2}
    sizes = _SIZES.get(command[1], ()) if command[:1] == b"\x80" and is_command(command) else ()
    return any(len(data) in {size, size + 2} for size in sizes)


def has_data(sw: bytes | None) -> bool:
    """A status word that may come with data."""
    return sw is not None and sw[:1] in {b"\x90", b"\x61", b"\x62", b"\x63"}


def refuses_form(answer: bytes) -> bool:
    """The card says that a command's form is wrong."""
    return len(answer) == 2 and (int.from_bytes(answer, "big") in _REFUSALS or answer[0] == 0x6C)


def is_atr(data: bytes) -> bool:
    """An answer to reset as ISO/IEC 7816-3 lays it out, with its length and check byte."""
    if len(data) < 4 or data[0] not in {0x3B, 0x3F}:
        return False
    at, mask, check = 2, data[1], False
    while True:
        at += (mask >> 4).bit_count()
        if at > len(data):
            return False
        if not mask & 0x80:
            break
        mask = data[at - 1]
        check |= bool(mask & 0x0F)
    size = at + (data[1] & 0x0F)
    if len(data) != size + check:
        return False
    value = 0
    for byte in data[1:]:
        value ^= byte
    return not check or value == 0


def whole_template(command: bytes, answer: bytes) -> bool:
    """False when the answer to SELECT is a template (FCI) of another length."""
    if len(answer) < 4 or command[1:2] != bytes((INS.SELECT,)):
        return True
    if answer[0] != 0x6F or answer[-2:] != b"\x90\x00":
        return True
    size, head = answer[1], 2
    if size == 0x81:
        size, head = answer[2], 3
    elif size > 0x7F:
        return True
    return len(answer) - 2 == head + size


def for_sam(command: bytes) -> bool:
    """Only a PSAM is sent this."""
    return command[:2] in {bytes(pair) for pair in _PSAM_ONLY}


def for_card(command: bytes) -> bool:
    """Only a card with a purse is sent this."""
    return command[:1] == b"\x80" and command[1:2] in _PURSE


def covers(command: bytes, answer: bytes) -> bool:
    """False when a short command names an Le that a good answer does not have.

    Only for READ BINARY, GET CHALLENGE and GET BALANCE, whose Le is exact on these cards.
    """
    if len(command) != 5 or not command[4] or answer[-2:] != b"\x90\x00":
        return True
    if command[:2] not in {b"\x00\xb0", b"\x00\x84", b"\x80\x5c"}:
        return True
    return len(answer) - 2 == command[4]
