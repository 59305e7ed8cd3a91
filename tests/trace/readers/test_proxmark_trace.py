"""Proxmark3's trace file, record by record."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import (
    BALANCE,
    FCI,
    SELECT,
    a,
    broken_of,
    check_harmless,
    found,
    mutated,
    shorts,
)
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.proxmark_trace import read, sniff

moderate = settings(max_examples=80, deadline=None)

#: Made by hand: a time of 1000, a duration of 992, one byte 52 and its parity bit (0).
WUPA = bytes.fromhex("E8030000 E003 0100 52 00".replace(" ", ""))
#: An answer of two bytes 04 00 at 3244: parities 0 and 1.
ATQA = bytes.fromhex("AC0C0000 4009 0280 0400 40".replace(" ", ""))


def record(ticks: int, side: str, data: bytes) -> bytes:
    bits = [1 - byte.bit_count() % 2 for byte in data]
    parity = bytearray(max(1, -(-len(data) // 8)))
    for index, bit in enumerate(bits):
        parity[index // 8] |= bit << 7 - index % 8
    size = len(data) | (0x8000 if side == "card" else 0)
    return struct.pack("<IHH", ticks, 1152, size) + data + bytes(parity)


RECORDS = [
    WUPA,
    ATQA,
    record(20_000, "reader", a("9370" + "08594B54" + "4E")),
    record(30_000, "card", a("20")),
    record(40_000, "reader", a("E080")),
    record(50_000, "card", a("0578800200")),
    record(135_600, "reader", a("02" + SELECT.hex())),
    record(271_200, "card", a("02" + FCI.hex())),
    record(406_800, "reader", a("03" + BALANCE.hex())),
    record(542_400, "card", a("03000027109000")),
]
FILE = b"".join(RECORDS)
EVENTS = [
    ("note", "activated", {"uid": "08594B54"}),
    ("reset", "3B80800101"),
    ("x", SELECT.hex().upper(), FCI.hex().upper()),
    ("x", BALANCE.hex().upper(), "000027109000"),
]


def test_a_file() -> None:
    items = found(read, FILE)
    assert shorts(items) == EVENTS
    select = items[2].event
    assert isinstance(select, Exchange)
    assert select.t == pytest.approx((135_600 - 1000) / 13.56e6)
    assert select.duration_ms == 10.0
    assert items[1].event.t == 0.0


def test_records_made_by_hand_are_as_the_helper_makes_them() -> None:
    assert record(1000, "reader", b"\x52")[6:] == WUPA[6:]
    assert record(3244, "card", b"\x04\x00")[6:] == ATQA[6:]


def test_an_empty_record_has_a_byte_of_parity() -> None:
    parts = [*RECORDS[:6], record(60_000, "card", b""), *RECORDS[6:]]
    assert shorts(found(read, b"".join(parts))) == EVENTS


def test_a_parity_error_counts_only_with_a_bad_crc() -> None:
    answer = bytearray(RECORDS[7])
    answer[-1] ^= 0x80
    good = b"".join([*RECORDS[:7], bytes(answer), *RECORDS[8:]])
    assert shorts(found(read, good)) == EVENTS
    answer[8 + 16 - 3] ^= 1
    items = found(read, b"".join([*RECORDS[:7], bytes(answer), *RECORDS[8:]]))
    why = shorts(broken_of_found(items))
    assert why == [("broken", "a parity error in byte 13")]
    assert shorts(items)[2] == ("x", SELECT.hex().upper(), "")


def broken_of_found(items: list) -> list:  # type: ignore[type-arg]
    return [item for item in items if item.event in broken_of(items)]


def test_wrong_byte_order_is_no_such_file() -> None:
    swapped = b"".join(part[3::-1] + part[5:3:-1] + part[7:5:-1] + part[8:] for part in RECORDS)
    assert sniff(swapped) == 0
    check_harmless(read, swapped)


def test_sniff() -> None:
    assert sniff(FILE) == 80
    assert sniff(FILE[:-3]) == 40
    assert sniff(FILE * 1000) == 80
    assert sniff(b"") == 0
    assert sniff(b"Start | End | Src | Data\n" * 20) == 0
    assert sniff(bytes(4000)) == 0
    assert sniff(b"\x7fELF" + bytes(range(256)) * 8) == 0


@pytest.mark.parametrize("end", range(len(FILE)))
def test_cut_anywhere(end: int) -> None:
    items = found(read, FILE[:end])
    whole = [kind for kind in shorts(items) if kind[0] == "x" and kind[2]]
    assert whole == EVENTS[2 : 2 + len(whole)]
    starts = [len(b"".join(RECORDS[:count])) for count in range(len(RECORDS) + 1)]
    if end > starts[6] and end not in starts:
        assert broken_of(items)
    check_harmless(read, FILE[:end])


def test_a_hostile_length() -> None:
    data = b"".join(RECORDS[:7]) + struct.pack("<IHH", 271_200, 0, 0xFFFF) + b"\x02\x90\x00"
    items = found(read, data)
    assert shorts(items)[2:] == [
        ("x", SELECT.hex().upper(), ""), ("broken", "the frame is cut off"),
    ]  # fmt: skip


@given(mutated(FILE))
@moderate
def test_a_damaged_file(data: bytes) -> None:
    check_harmless(read, data)
    assert sniff(data) in range(101)


@given(st.binary(max_size=300))
@moderate
def test_anything(data: bytes) -> None:
    check_harmless(read, data)


def test_a_reader_that_only_calls_is_known_by_its_call() -> None:
    assert sniff(WUPA * 3) == 80
    assert sniff(record(1000, "card", b"\x52") * 3) == 0
