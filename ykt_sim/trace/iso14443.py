"""What ISO 14443-3 and -4 put around an APDU on the air: checksums, blocks, activation.

Facts: ISO/IEC 14443-3 (frames, CRC_A, CRC_B), 14443-4 (blocks, RATS and ATS, PPS) and
PC/SC part 3 (what a reader makes of an ATS or of ATQB and ATTRIB). The readers of radio
captures take apart what the writers put together with the same names.
"""

from __future__ import annotations

from binascii import crc_hqx
from enum import IntEnum
from typing import Final, Literal

Side = Literal["reader", "card"]

#: Carrier frequency in hertz; Proxmark3 counts time in its periods.
CARRIER_HZ: Final = 13_560_000

#: Frame sizes by FSDI or FSCI; higher codes are reserved and mean the largest.
FRAME_SIZES: Final = (16, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096)

REQA: Final = 0x26
WUPA: Final = 0x52
HLTA: Final = b"\x50\x00"
RATS: Final = 0xE0
#: SEL of the cascade levels.
SELECT_LEVELS: Final = (0x93, 0x95, 0x97)
#: NVB of a SELECT with all bits of a level.
NVB_ALL: Final = 0x70
#: First byte of a level whose UID goes on in the next one.
CASCADE_TAG: Final = 0x88
#: First byte of REQB and WUPB.
APF: Final = 0x05
ATQB: Final = 0x50
ATTRIB: Final = 0x1D


class Block(IntEnum):
    """Kinds of ISO 14443-4 blocks."""

    I = 0  # noqa: E741 - that is its name
    R_ACK = 1
    R_NAK = 2
    DESELECT = 3
    WTX = 4
    PARAMETERS = 5


#: PCB bits.
CHAINING: Final = 0x10
CID_FOLLOWS: Final = 0x08
NAD_FOLLOWS: Final = 0x04
NUMBER: Final = 0x01
PCB_I: Final = 0x02
PCB_ACK: Final = 0xA2
PCB_NAK: Final = 0xB2
PCB_DESELECT: Final = 0xC2
PCB_WTX: Final = 0xF2
PCB_PARAMETERS: Final = 0xF0
_S_BLOCKS: Final = {
    PCB_DESELECT: Block.DESELECT,
    PCB_WTX: Block.WTX,
    PCB_PARAMETERS: Block.PARAMETERS,
}


def block_kind(pcb: int) -> Block | None:
    """What a PCB announces; None for what no block may begin with."""
    if pcb & 0xE2 == PCB_I:
        return Block.I
    if pcb & 0xF6 == PCB_ACK:
        return Block.R_ACK
    if pcb & 0xF6 == PCB_NAK:
        return Block.R_NAK
    return _S_BLOCKS.get(pcb & ~CID_FOLLOWS)


#: Each byte with its bits turned round: the CRC goes from the lowest bit on, `crc_hqx` from the
#: highest.
_TURNED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
#: What the CRC starts from, turned; and what stays when a frame is followed by its own CRC_B.
_START_A: Final = 0xC6C6
_START_B: Final = 0xFFFF
_REST_B: Final = 0x1D0F


def _crc(data: bytes, start: int) -> bytes:
    """The CRC as it is sent, low byte first."""
    return crc_hqx(data.translate(_TURNED), start).to_bytes(2, "big").translate(_TURNED)


def crc_a(data: bytes) -> bytes:
    """CRC_A as it is sent, low byte first."""
    return _crc(data, _START_A)


def crc_b(data: bytes) -> bytes:
    """CRC_B as it is sent, low byte first."""
    low, high = _crc(data, _START_B)
    return bytes((low ^ 0xFF, high ^ 0xFF))


def has_crc(frame: bytes) -> bool:
    """Whether a frame ends with the CRC of type A or of type B."""
    if len(frame) < 3:
        return False
    turned = frame.translate(_TURNED)
    return crc_hqx(turned, _START_A) == 0 or crc_hqx(turned, _START_B) == _REST_B


def historical_bytes(ats: bytes) -> bytes | None:
    """Historical bytes of an ATS (without CRC); None when its length bytes disagree."""
    if not ats or ats[0] != len(ats):
        return None
    if len(ats) == 1:
        return b""
    at = 2 + (ats[1] & 0x70).bit_count()
    return ats[at:] if at <= len(ats) else None


def pseudo_atr(historical: bytes) -> bytes:
    """The ATR that PC/SC makes of a contactless card's historical bytes (15 at most)."""
    body = bytes((0x80 | min(len(historical), 15), 0x80, 0x01)) + historical[:15]
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes((check,))


def historical_of(atr: bytes) -> bytes | None:
    """The way back from `pseudo_atr`; None for an ATR that is none."""
    if len(atr) < 5 or atr[0] != 0x3B or atr[1] & 0xF0 != 0x80:
        return None
    inner = atr[4:-1]
    return inner if pseudo_atr(inner) == atr else None


def odd_parity(byte: int) -> int:
    """The parity bit that follows a byte of type A."""
    return 1 - byte.bit_count() % 2
