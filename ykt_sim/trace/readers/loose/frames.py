"""APDUs out of the frames of a PN53x and of readers that hold one.

libnfc logs what goes over the wire: a CCID escape or a plain PN53x frame, inside it
``D4 40 01`` (InDataExchange, target 1) and the command, or ``D4 42`` (InCommunicateThru);
back come ``D5 41 00`` and the answer. What is not one of these is the reader's own talk.
"""

from __future__ import annotations

from typing import Final

TO_CHIP: Final = 0xD4
FROM_CHIP: Final = b"\xd5"
_MORE: Final = 0x40
_CCID: Final = frozenset({0x6F, 0x6B, 0x80, 0x83})
_CCID_HEAD: Final = 10
_DIRECT: Final = b"\xff\x00\x00\x00"
_DIRECT_HEAD: Final = 5
_PN53X: Final = b"\x00\x00\xff"


def chip_frame(data: bytes) -> bytes | None:
    """What a frame holds for or from the chip (``D4 ..``, ``D5 ..``); None for other bytes.

    An empty result is a frame of the reader's own (an acknowledgement, a power command).
    """
    inner = _unwrapped(data)
    if inner is None:
        return None
    return inner if inner[:1] in {b"\xd4", b"\xd5"} else b""


def _unwrapped(data: bytes) -> bytes | None:  # noqa: PLR0911 - one for each kind of frame
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
    if 0 <= at < 3:
        length = data[at + 3 : at + 4]
        if length and data[at + 4 : at + 5] == bytes((-length[0] & 0xFF,)):
            return data[at + 5 : at + 5 + length[0]]
        return b""
    if data[:2] in {b"\xd4\x40", b"\xd5\x41"}:
        return data
    return None


def is_direct(data: bytes) -> bool:
    """A frame in a pseudo-APDU, whose answer has a status word of the reader at its end."""
    return data[:4] == _DIRECT


def apdu(inner: bytes) -> tuple[bytes, str]:
    """The APDU in what `chip_frame` gives, and what is wrong with it; empty when there is none."""
    code = inner[1:2]
    if inner[:1] == bytes((TO_CHIP,)):
        if code == b"\x40" and len(inner) > 3:
            return inner[3:], "a command in several frames" if inner[2] & _MORE else ""
        return b"", ""
    if code == b"\x41" and len(inner) > 2:
        if inner[2] & 0x3F:
            return inner[3:], f"the chip says error {inner[2] & 0x3F:02X}"
        return inner[3:], "an answer in several frames" if inner[2] & _MORE else ""
    return b"", ""
