"""Blocks of the protocol T=1 (ISO/IEC 7816-3, clause 11) become commands and answers.

NAD, PCB, LEN, up to 254 bytes of information, and a check: one byte (LRC) or two (CRC).
Only I-blocks carry APDUs; a chained one (bit M of PCB) goes on in the next. A block sent
again has the sequence number of the one before and is left out. R-blocks and S-blocks
(waiting time, block size, resynchronisation) move nothing but the state.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final

from ykt_sim.trace.readers.hexrows import MAX_APDU

_MORE: Final = 0x20
_SEQUENCE: Final = 0x40
_RESYNCH: Final = 0xC0
_IFS: Final = 0xC1
#: NAD, PCB, LEN.
_HEAD: Final = 3


def lrc_fits(data: bytes) -> bool:
    """The exclusive-or over everything, the check byte included, is zero."""
    return reduce(xor, data, 0) == 0


def is_block(data: bytes) -> bool:
    """The length and the LRC are those of a block."""
    return len(data) > _HEAD and data[2] == len(data) - _HEAD - 1 != 0xFF and lrc_fits(data)


def is_crc_ifs(data: bytes) -> bool:
    """The request for a block size with two check bytes, by which a driver begins."""
    return len(data) == _HEAD + 3 and data[1] == _IFS and data[2] == 1


def _damage(data: bytes) -> str:
    """What is wrong with a block, or nothing; a CRC is not checked."""
    check = len(data) - _HEAD - (data[2] if len(data) > _HEAD else 0)
    if check not in {1, 2}:
        return "expected a T=1 block whose LEN is its length"
    if check == 1 and not lrc_fits(data):
        return "expected a T=1 block whose check byte fits"
    return ""


class Direction:
    """The blocks of one side."""

    def __init__(self) -> None:
        self._parts = bytearray()
        self._gap = False
        self._sequence: int | None = None
        self._last = b""

    def block(self, data: bytes) -> bytes | str | None:
        """Take a block.

        Returns:
            The whole APDU when the block ends one, None when there is nothing to tell, or
            what is wrong with the block.
        """
        why = _damage(data)
        if why:
            return why
        pcb = data[1]
        if pcb & 0x80:
            if pcb in {_RESYNCH, _RESYNCH | 0x20}:
                self.reset()
            return None
        sequence = pcb & _SEQUENCE
        if sequence == self._sequence:
            if data == self._last:
                return None
            # The same number with other bytes: blocks between the two are missing.
            self._gap = bool(self._parts)
        self._sequence, self._last = sequence, data
        self._parts += data[_HEAD : _HEAD + data[2]]
        if len(self._parts) > MAX_APDU + 2:
            self._parts.clear()
            return "expected the end of an APDU before 64 KiB of chained blocks"
        if pcb & _MORE:
            return None
        whole, gap = bytes(self._parts), self._gap
        self.abandon()
        return "expected the block between two T=1 blocks of one number" if gap else whole

    def abandon(self) -> None:
        """Forget the parts of an APDU that will not be ended."""
        self._parts.clear()
        self._gap = False

    def reset(self) -> None:
        """Forget everything: both sides begin anew."""
        self.abandon()
        self._sequence = None
        self._last = b""
