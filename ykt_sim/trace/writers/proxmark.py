"""A trace as Proxmark3 shows it and stores it: ``trace list -t 14a``, and the trace file.

Times are carrier periods in 32 bits, as the device counts them: after 316 seconds they
start anew. Nothing in these formats says that the field went off.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.iso14443 import (
    CARRIER_HZ,
    NVB_ALL,
    RATS,
    REQA,
    SELECT_LEVELS,
    WUPA,
    has_crc,
    odd_parity,
)
from ykt_sim.trace.jsonl import TextSink
from ykt_sim.trace.model import Recorded
from ykt_sim.trace.writers import BinarySink
from ykt_sim.trace.writers.radio import Sent, frames

#: Carrier periods of one bit at 106 kbit/s.
_BIT: Final = 128
_ROW: Final = 18
_MASK: Final = 0xFFFFFFFF
_COLUMNS: Final = (
    "      Start |        End | Src | Data (! denotes parity error)"
    "                                           | CRC | Annotation\n"
    "------------+------------+-----+-----------------------------------"
    "--------------------------------------+-----+--------------------\n"
)


def write(trace: Recorded, out: TextSink) -> None:
    """Write what ``trace list -t 14a`` prints."""
    size = sum(8 + len(sent.data) + _parity_size(sent.data) for sent in _sent(trace))
    out.write(f"[+] Recorded activity (trace len = {size} bytes)\n")
    out.write("[=] start = start of start frame end = end of frame. src = source of transfer\n")
    out.write("[=] ISO14443A - all times are in carrier periods (1/13.56MHz)\n\n")
    out.write(_COLUMNS)
    first: int | None = None
    for sent in _sent(trace):
        start = _ticks(sent)
        first = start if first is None else first
        for row in _rows(sent, start - first & _MASK):
            out.write(row)


def write_binary(trace: Recorded, out: BinarySink) -> None:
    """Write what ``trace save`` stores."""
    for sent in _sent(trace):
        size = len(sent.data) | (0x8000 if sent.source == "card" else 0)
        out.write(struct.pack("<IHH", _ticks(sent) & _MASK, duration(sent) & 0xFFFF, size))
        out.write(sent.data + _parity(sent.data))


def _sent(trace: Recorded) -> Iterator[Sent]:
    return (sent for sent in frames(trace.events) if sent.source in ("reader", "card"))


def _ticks(sent: Sent) -> int:
    return max(0, round(sent.t * CARRIER_HZ))


def duration(sent: Sent) -> int:
    """Carrier periods a frame takes: its bits with parity, and an end that hangs on the last."""
    data = sent.data
    if sent.bits < 8:
        bits, last = sent.bits, data[-1] >> (sent.bits - 1) & 1
    else:
        bits, last = 9 * len(data), odd_parity(data[-1])
    if sent.source == "card":
        return bits * _BIT + (64 if last else 128)
    return bits * _BIT + (96 if last else 160)


def _parity_size(data: bytes) -> int:
    return -(-len(data) // 8)


def _parity(data: bytes) -> bytes:
    out = bytearray(_parity_size(data))
    for index, byte in enumerate(data):
        out[index >> 3] |= odd_parity(byte) << (7 - (index & 7))
    return bytes(out)


def _checked(sent: Sent) -> str:
    """The CRC column: the card's frames of 5 or 6 bytes pass for a UID and are not checked."""
    size = len(sent.data)
    if size < 3 or (sent.source == "card" and size in (5, 6)):
        return "    "
    return " ok " if has_crc(sent.data) else " !! "


def _annotation(sent: Sent) -> str:
    data = sent.data
    if sent.source == "card":
        return ""
    if len(data) == 1:
        return {REQA: "REQA", WUPA: "WUPA"}.get(data[0], "")
    if data[0] == SELECT_LEVELS[0]:
        return "SELECT_UID" if data[1] == NVB_ALL else "ANTICOLL"
    return f"RATS - FSDI={data[1] >> 4:x}, CID={data[1] & 15:x}" if data[0] == RATS else ""


def _rows(sent: Sent, start: int) -> Iterator[str]:
    side = "Tag" if sent.source == "card" else "Rdr"
    end = start + duration(sent) & _MASK
    cells = [f"{byte:02x}  " for byte in sent.data]
    if sent.bits < 8:
        cells[-1] = f"{sent.data[-1]:02x}({sent.bits})"
    lines = ["".join(cells[at : at + _ROW]) for at in range(0, len(cells), _ROW)]
    for index, line in enumerate(lines):
        last = index == len(lines) - 1
        crc, note = (_checked(sent), _annotation(sent)) if last else ("    ", "")
        times = f" {start:10d} | {end:10d} | {side} " if not index else _BLANK
        yield f"{times}|{line:<72} | {crc}| {note}\n"


_BLANK: Final = "            |            |     "
