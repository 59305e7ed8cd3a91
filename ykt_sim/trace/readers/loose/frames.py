"""APDUs out of the frames of a PN53x and of readers that hold one.

libnfc logs what goes over the wire: a CCID escape or a plain PN53x frame, inside it
``D4 40 01`` (InDataExchange, target 1) and the command, or ``D4 42`` (InCommunicateThru);
back come ``D5 41 00`` and the answer. A chip that plays a card gives commands as
``D5 87 00`` and takes answers as ``D4 8E``. Some libraries log both without the first byte
(`headless`). What is not one of these is the reader's own talk.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from ykt_sim.codes import INS
from ykt_sim.trace.iso14443 import PCB_I
from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.words import Says

TO_CHIP: Final = 0xD4
FROM_CHIP: Final = b"\xd5"
_MORE: Final = 0x40
_IN_EXCHANGE: Final = 0x40
_TG_GET_DATA: Final = 0x86
_TG_SET_DATA: Final = 0x8E
#: Codes of the chip's commands (PN532 user manual, UM0701); an answer has the next number.
_CODES: Final = frozenset(
    {
        *(0x02, 0x04, 0x06, 0x08, 0x0C, 0x0E, 0x10, 0x12, 0x14, 0x16, 0x32, 0x40, 0x42, 0x44),
        *(0x46, 0x4A, 0x4E, 0x50, 0x52, 0x54, 0x56, 0x58, 0x60, 0x86, 0x88, 0x8A, 0x8C, 0x8E),
        *(0x90, 0x92, 0x94),
    }
)
#: Rows of a log that can be told to be frames.
_FEW: Final = 4
#: Commands inside other bytes: classes that are no INS, INS of class 00, SELECT by name.
_PCB_MASK: Final = 0xE2
_CLASSES: Final = frozenset({0x04, 0x80, 0x84, 0x90, 0xA0, 0xFF})
_USUAL_INS: Final = frozenset(INS)
_SELECTS: Final = (b"\x00\xa4\x04\x00", b"\x00\xa4\x04\x0c")
_DEEPEST: Final = 20
_CCID: Final = frozenset({0x6F, 0x6B, 0x80, 0x83})
_CCID_HEAD: Final = 10
_DIRECT: Final = b"\xff\x00\x00\x00"
_DIRECT_HEAD: Final = 5
_PN53X: Final = b"\x00\x00\xff"
#: The first byte in such a frame: to the chip, from it, or that it has met an error.
_FROM_TO: Final = b"\xd4\xd5\x7f"


def chip_frame(data: bytes, *, asked: bool) -> bytes | None:
    """What a frame holds for or from the chip (``D4 ..``, ``D5 ..``); None for other bytes.

    An empty result is a frame of the reader's own (an acknowledgement, a power command).

    Args:
        data: the bytes of a row.
        asked: whether the frame before had a command, for a card or from a reader; only then
            a bare ``D5 41`` or ``D4 8E`` is a frame, not the beginning of an answer.
    """
    inner = _unwrapped(data, asked=asked)
    if inner is None:
        return None
    return inner if inner[:1] in {b"\xd4", b"\xd5"} else b""


def asks(inner: bytes) -> bool:
    """Whether a frame, as `chip_frame` shows it, has a command: for a card, or from a reader."""
    return inner[:2] in {b"\xd4\x40", b"\xd5\x87"}


def _unwrapped(data: bytes, *, asked: bool) -> bytes | None:
    if data[:1] and data[0] in _CCID and len(data) >= _CCID_HEAD:
        size = int.from_bytes(data[1:5], "little")
        if size == len(data) - _CCID_HEAD:
            inner = data[_CCID_HEAD:]
            if inner[:4] == _DIRECT and len(inner) >= _DIRECT_HEAD:
                return inner[_DIRECT_HEAD : _DIRECT_HEAD + inner[4]]
            if inner[:1] == b"\xd5" and inner[-2:] == b"\x90\x00":
                return inner[:-2]
            return inner
    if data[:4] == _DIRECT and data[4:5] == bytes((len(data) - _DIRECT_HEAD & 0xFF,)):
        return data[_DIRECT_HEAD:]
    at = data.find(_PN53X)
    if 0 <= at < 3 and (framed := _pn53x(data[at + len(_PN53X) :])) is not None:
        return framed
    return data if _is_bare(data, asked=asked) else None


def _pn53x(data: bytes) -> bytes | None:
    """What is in a frame of the chip, behind its start code; empty for an acknowledgement.

    A length and its checksum, in one byte or, behind ``FF FF``, in two; and the checksum of what
    is inside, where the log has it. Other bytes are none: a balance may begin like a frame.
    """
    if data[:2] in {b"\x00\xff", b"\xff\x00"} and len(data) < 4:
        return b""
    long = data[:2] == b"\xff\xff"
    head = data[2:5] if long else data[:2]
    size = int.from_bytes(head[:-1])
    inner, behind = data[len(head) + 2 * long :][:size], data[len(head) + 2 * long + size :][:1]
    if not size or len(inner) < size or sum(head) & 0xFF or inner[0] not in _FROM_TO:
        return None
    return inner if not behind or (sum(inner) + behind[0]) & 0xFF == 0 else None


def _is_bare(data: bytes, *, asked: bool) -> bool:
    """A frame without anything around it; an answer may begin with the same two bytes."""
    head = data[:2]
    if head == b"\xd4\x40":
        # The number of the target: the chip knows two.
        return data[2:3] in {b"\x01", b"\x02"} and fits.is_usual_command(data[3:])
    if head == b"\xd5\x41":
        return asked
    if head == b"\xd5\x87":
        return len(data) == 3 or fits.is_usual_command(data[3:])
    if head == b"\xd4\x8e":
        return asked and fits.is_answer(data[2:])
    return data == b"\xd4\x86" or (head == b"\xd5\x8f" and len(data) == 3)


def is_direct(data: bytes) -> bool:
    """A frame in a pseudo-APDU, whose answer has a status word of the reader at its end."""
    return data[:4] == _DIRECT


def apdu(inner: bytes) -> tuple[Says, bytes, str] | None:
    """The APDU in what `chip_frame` gives: whose it is, and what is wrong with it.

    A chip that is a card (target) gets commands by TgGetData and answers by TgSetData; one
    that is a reader sends commands by InDataExchange. None where there is no APDU.
    """
    code = inner[1] if len(inner) > 1 else 0
    if inner[:1] == bytes((TO_CHIP,)):
        if code == _IN_EXCHANGE and len(inner) > 3:
            flaw = "a command in several frames" if inner[2] & _MORE else ""
            return Says.COMMAND, inner[3:], flaw
        if code == _TG_SET_DATA and len(inner) > 2:
            return Says.ANSWER, inner[2:], ""
        return None
    if code not in {_IN_EXCHANGE + 1, _TG_GET_DATA + 1} or len(inner) < 4:
        return None
    says, what = (
        (Says.ANSWER, "an answer") if code == _IN_EXCHANGE + 1 else (Says.COMMAND, "a command")
    )
    flaw = f"{what} in several frames" if inner[2] & _MORE else ""
    if inner[2] & 0x3F:
        flaw = f"the chip says error {inner[2] & 0x3F:02X}"
    return says, inner[3:], flaw


def headless(rows: Iterable[bytes]) -> bool:
    """Whether all bytes of a log are the chip's frames without ``D4`` and ``D5``.

    Each answer has the code of its command and one; at least two of them hold commands.

    Args:
        rows: the bytes in the order of the log.
    """
    found = [data for data in rows if data]
    if len(found) < _FEW or any(
        data[0] not in _CODES and data[0] - 1 not in _CODES for data in found
    ):
        return False
    even = [data[0] for data in found if not data[0] & 1]
    pairs = sum(b[0] == a[0] + 1 for a, b in pairwise(found) if not a[0] & 1)
    commands = sum(
        inner is not None and inner[0] is Says.COMMAND and fits.is_usual_command(inner[1])
        for inner in map(apdu, map(with_head, found))
    )
    return commands > 1 and 4 * pairs >= 3 * len(even)


def is_around(data: bytes) -> bool:
    """Bytes with a command inside that are none: a frame of some reader, a block of the air.

    A block of ISO 14443-4 begins with its PCB, whose values are also classes of commands on
    other channels; behind it stand a class and an INS that are met.
    """
    inner = data[1:]
    block = data[:1] != b"" and data[0] & _PCB_MASK == PCB_I and fits.like_command(inner)
    if block and (inner[0] in _CLASSES or (inner[0] == 0 and inner[1] in _USUAL_INS)):
        return True
    at = max(data.find(select, 1, _DEEPEST) for select in _SELECTS)
    size = data[at + 4] if 0 < at < len(data) - 4 else 0
    return 4 < size <= 16 and at + 5 + size <= len(data) and not fits.is_command(data)


def around_all(commands: Iterable[bytes]) -> bool:
    """Whether what a log calls commands are frames that nobody knows, most of them."""
    sent = [data for data in commands if len(data) > 3]
    around = sum(map(is_around, sent))
    return around > sum(fits.is_usual_command(data) and not is_around(data) for data in sent)


def with_head(data: bytes) -> bytes:
    """A frame with the byte that says which way it goes; codes of answers are odd."""
    return (FROM_CHIP if data[:1] and data[0] & 1 else bytes((TO_CHIP,))) + data
