"""APDUs out of the blocks of protocol T=1, as a reader on TPDU level passes them.

A block: NAD, PCB, length, information, and a check byte that makes the XOR of all zero. Bit
8 of the PCB clear is an I-block (bit 7 its number, bit 6 more to come), 10 an R-block, 11 an
S-block. A repeated I-block has the number of the one before it.
"""

from __future__ import annotations

from ykt_sim.trace.readers.pairing import MAX_APDU

_MORE = 0x20
_NUMBER = 0x40


def is_block(data: bytes) -> bool:
    """Whether bytes are one whole block with a right check byte."""
    if len(data) < 4 or len(data) != 4 + data[2]:
        return False
    check = 0
    for byte in data:
        check ^= byte
    return check == 0


class Side:
    """What one side sends."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._spoilt = False
        self._last: bytes | None = None

    def block(self, data: bytes) -> bytes | None:
        """Take a block; an APDU when it is complete, an empty one when a part is missing."""
        pcb, inf = data[1], data[3:-1]
        if pcb & 0x80:
            return None
        if self._last is not None and self._last[1] & _NUMBER == pcb & _NUMBER:
            if self._last == data:
                return None
            # The same number with other bytes: blocks between them are missing.
            self._spoilt = bool(self._last[1] & _MORE)
        self._last = data
        if len(self._data) + len(inf) <= MAX_APDU:
            self._data += inf
        else:
            self._spoilt = True
        if pcb & _MORE:
            return None
        apdu, spoilt = bytes(self._data), self._spoilt
        self._data.clear()
        self._spoilt = False
        return b"" if spoilt else apdu

    def reset(self) -> None:
        """Power came on: numbers begin anew."""
        self._data.clear()
        self._spoilt = False
        self._last = None
