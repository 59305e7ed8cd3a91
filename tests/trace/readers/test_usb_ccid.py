"""CCID readers on USB: three link types, both byte orders, TPDU and APDU level."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import (
    BALANCE,
    FCI,
    SELECT,
    Order,
    check_harmless,
    enhanced,
    found,
    interface,
    mutated,
    pcap,
    section,
    shorts,
)
from tests.trace.readers.test_t1 import block as t1_block
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.usb_ccid import read, sniff

moderate = settings(max_examples=80, deadline=None)

ATR = bytes.fromhex("3B8F8001804F0CA0000003060300030000000068")
X = ("x", SELECT.hex().upper(), FCI.hex().upper())
Y = ("x", BALANCE.hex().upper(), "000027109000")


def usbmon(
    way: str, data: bytes, *, kind: int = 3, order: Order = "<", size: int = 64,
    device: int = 5, length: int | None = None,
) -> bytes:  # fmt: skip
    """A header of usbmon, and the data."""
    inward = way == "in"
    head = struct.pack(
        order + "QBBBBHBBqiiII", 1, ord("C" if inward else "S"), kind, 0x82 if inward else 0x02,
        device, 1, 0x2D, 0, 0, 0, 0, len(data) if length is None else length, len(data),
    )  # fmt: skip
    return head.ljust(size, b"\0") + data


def usbpcap(way: str, data: bytes, kind: int = 3) -> bytes:
    inward = way == "in"
    endpoint = 0x82 if inward else 2
    head = struct.pack("<HQIHBHHBBI", 27, 1, 0, 9, inward, 1, 5, endpoint, kind, len(data))
    return head + data


def out(data: bytes, kind: int = 0x6F, level: int = 0, slot: int = 0) -> tuple[str, bytes]:
    return "out", struct.pack("<BIBBBH", kind, len(data), slot, 1, 0, level) + data


def back(data: bytes, status: int = 0, chain: int = 0, slot: int = 0) -> tuple[str, bytes]:
    return "in", struct.pack("<BIBBBBB", 0x80, len(data), slot, 1, status, 0, chain) + data


APDUS = [
    out(b"", 0x62), back(ATR),
    out(SELECT), back(b"", 0x80), back(FCI),
    out(b"", 0x65), ("in", bytes.fromhex("81000000000002000000")),
    out(BALANCE), back(bytes.fromhex("000027109000")),
    out(b"", 0x63), ("in", bytes.fromhex("81000000000002010000")),
]  # fmt: skip
EVENTS = [("reset", ATR.hex().upper()), X, Y, ("removed",)]


def capture(messages: list[tuple[str, bytes]], linktype: int = 220, order: Order = "<") -> bytes:
    frames = []
    for index, (way, data) in enumerate(messages):
        if linktype == 249:
            frame = usbpcap(way, data)
        else:
            frame = usbmon(way, data, order=order, size=48 if linktype == 189 else 64)
        frames.append((index / 1000, frame))
    return pcap(frames, linktype=linktype, order=order)


@pytest.mark.parametrize("linktype", [189, 220, 249])
@pytest.mark.parametrize("order", ["<", ">"])
def test_apdu_level(linktype: int, order: Order) -> None:
    data = capture(APDUS, linktype, order)
    items = found(read, data)
    assert shorts(items) == EVENTS
    assert {item.session for item in items} == {"usb 1.5"}
    assert isinstance(items[1].event, Exchange)
    # The time extension counts.
    assert (items[1].event.t, items[1].event.duration_ms) == (0.002, 2.0)
    assert sniff(data) == 100


def test_usbpcap_tells_submitted_from_completed() -> None:
    frames = []
    for way, data in APDUS:
        # The half of a transfer that carries nothing, with stale bytes in it.
        other = bytearray(usbpcap(way, data))
        other[16] ^= 1
        frames += [(0.0, bytes(other)), (0.0, usbpcap(way, data))]
    assert shorts(found(read, pcap(frames, linktype=249))) == EVENTS


def test_tpdu_level_with_t1() -> None:
    messages = [
        out(b"", 0x62), back(ATR),
        out(bytes.fromhex("00C101FE3E")), back(bytes.fromhex("00E101FE1E")),
        out(t1_block(0x20, SELECT[:6])), back(t1_block(0x90)),
        out(t1_block(0x40, SELECT[6:])), back(t1_block(0xC3, b"\x02")),
        out(t1_block(0xE3, b"\x02")), back(t1_block(0x20, FCI[:5])),
        out(t1_block(0x90)), back(t1_block(0x40, FCI[5:])),
        out(t1_block(0x00, BALANCE)), back(t1_block(0x00, bytes.fromhex("000027109000"))),
    ]  # fmt: skip
    assert shorts(found(read, capture(messages))) == EVENTS[:3]


NO_SW = "expected a status word (6XXX or 9XXX) at the end, found nothing"


def test_a_missing_t1_block() -> None:
    messages = [
        out(bytes.fromhex("00C101FE3E")), back(bytes.fromhex("00E101FE1E")),
        out(t1_block(0x00, SELECT)), back(t1_block(0x20, FCI[:5])), back(t1_block(0x00, FCI[5:])),
        out(t1_block(0x40, BALANCE)), back(t1_block(0x40, bytes.fromhex("000027109000"))),
    ]  # fmt: skip
    assert shorts(found(read, capture(messages))) == [
        ("x", X[1], ""), ("broken", NO_SW), Y,
    ]  # fmt: skip


def test_extended_apdus_in_pieces() -> None:
    messages = [
        out(SELECT[:4], level=1), back(b"", chain=0x10), out(SELECT[4:8], level=3),
        back(b"", chain=0x10), out(SELECT[8:], level=2), back(FCI[:4], chain=1),
        out(b"", level=0x10), back(FCI[4:8], chain=3), out(b"", level=0x10), back(FCI[8:], chain=2),
    ]  # fmt: skip
    assert shorts(found(read, capture(messages))) == [X]


def test_a_message_in_several_transfers() -> None:
    (way, ask), (back_way, answer) = out(SELECT), back(FCI)
    messages = [(way, ask[:12]), (way, ask[12:]), (back_way, answer[:11]), (back_way, answer[11:])]
    assert shorts(found(read, capture(messages))) == [X]


def test_slots_and_devices_are_apart() -> None:
    told = bytes.fromhex("000027109000")
    messages = [out(SELECT), out(BALANCE, slot=1), back(FCI), back(told, slot=1)]
    items = found(read, capture(messages))
    assert [(item.session, *kind) for item, kind in zip(items, shorts(items), strict=True)] == [
        ("usb 1.5", *X), ("usb 1.5 slot 1", *Y),
    ]  # fmt: skip


def test_a_card_that_is_taken_away() -> None:
    frames = [usbmon(*out(b"", 0x62)), usbmon(*back(ATR)), usbmon(*out(SELECT)),
              usbmon("in", b"\x50\x03", kind=1), usbmon("in", b"\x50\x02", kind=1),
              usbmon("in", b"\x50\x02", kind=1)]  # fmt: skip
    kinds = shorts(found(read, pcap([(0.0, frame) for frame in frames], linktype=220)))
    assert kinds == [
        EVENTS[0], ("x", X[1], ""), ("broken", "the card was taken away before the answer"),
        ("removed",),
    ]  # fmt: skip


def test_a_command_that_failed() -> None:
    kinds = shorts(found(read, capture([out(SELECT), back(b"", 0x42), out(BALANCE)])))
    assert kinds == [
        ("x", X[1], ""), ("broken", "the reader says that the command failed"),
        ("x", Y[1], ""), ("broken", "the capture ends before the answer"),
    ]  # fmt: skip


def test_other_devices_and_transfers() -> None:
    frames = [
        usbmon("out", b"USBC" + bytes(27), device=9), usbmon("in", b"\x80" + bytes(500), device=9),
        usbmon("in", b"\x80\xff\xff\xff\xff" + bytes(50), device=9),
        usbmon(*out(SELECT), kind=2), usbmon(*out(SELECT)), b"\x01\x02",
        usbmon(*back(FCI)),
    ]  # fmt: skip
    data = section() + interface(264) + interface(220)
    data += enhanced(0, b"\x00\xfe\x00\x01\x52")
    data += b"".join(enhanced(0, frame, 1) for frame in frames)
    assert shorts(found(read, data)) == [X]


def test_a_message_that_is_cut_off_or_too_long() -> None:
    _, answer = back(FCI)
    cut = usbmon("in", answer[:-4], length=len(answer))
    huge = usbmon("in", answer[:1] + b"\xff\xff\xff\x7f" + answer[5:])
    for frame, why in (
        (cut, "a message of 24 bytes, cut off"),
        (huge, "a message of 2147483657 bytes"),
    ):
        frames = [(0.0, usbmon(*out(SELECT))), (0.0, frame)]
        kinds = shorts(found(read, pcap(frames, linktype=220)))
        assert kinds == [
            ("x", X[1], ""), ("broken", "what follows it is damaged"), ("broken", why),
        ]  # fmt: skip


def test_captures_of_something_else() -> None:
    with pytest.raises(TraceError, match="capture of USB"):
        found(read, pcap([(0.0, b"x")]))
    assert sniff(pcap([(0.0, b"x")])) == 0
    assert sniff(pcap([(0.0, usbmon("out", b"USBC"))], linktype=189)) == 50
    assert sniff(b"text") == 0


@pytest.mark.parametrize("end", range(24, len(capture(APDUS)), 13))
def test_cut_anywhere(end: int) -> None:
    data = capture(APDUS)
    for kind in shorts(found(read, data[:end])):
        assert kind in EVENTS or kind[0] == "broken" or kind[2] == ""
    check_harmless(read, data[:end])


@given(mutated(capture(APDUS)) | mutated(capture(APDUS, 249)) | st.binary(max_size=100))
@moderate
def test_damaged_captures(data: bytes) -> None:
    check_harmless(read, data, piece=8)
    assert sniff(data) in (0, 50, 100)
