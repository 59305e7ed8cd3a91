"""Radio captures in pcap and pcapng, NFCGate's layout included."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings

from tests.trace.readers.air import (
    BALANCE,
    FCI,
    SELECT,
    Order,
    block,
    card_frame,
    check_harmless,
    enhanced,
    found,
    interface,
    mutated,
    on_air,
    pcap,
    reader_frame,
    section,
    shorts,
)
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Exchange, Note
from ykt_sim.trace.readers.pcap14443 import read, sniff

moderate = settings(max_examples=80, deadline=None)

X = ("x", SELECT.hex().upper(), FCI.hex().upper())
Y = ("x", BALANCE.hex().upper(), "000027109000")

#: Every byte made by hand: a big-endian pcap file, field on, RATS with its CRC, an ATS without,
#: an I-block of GET CHALLENGE and its answer, field off.
BY_HAND = bytes.fromhex(
    "A1B2C3D4 0002 0004 00000000 00000000 0000FFFF 00000108"
    "00000064 00000000 00000004 00000004  00FC0000"
    "00000064 000003E8 00000008 00000008  00FE0004 E0803173"
    "00000064 000007D0 00000007 00000007  00FB0003 030080"
    "00000064 00000BB8 0000000A 0000000A  00FA0006 02 0084000004"
    "00000064 00000FA0 0000000B 0000000B  00FB0007 02 01020304 9000"
    "00000064 00001388 00000004 00000004  00FD0000"
)


def test_a_file_made_by_hand() -> None:
    items = found(read, BY_HAND)
    assert shorts(items) == [
        ("reset", "3B8180018080"),
        ("x", "0084000004", "010203049000"),
        ("removed",),
    ]
    exchange = items[1].event
    assert isinstance(exchange, Exchange)
    assert (exchange.t, exchange.duration_ms) == (0.003, 1.0)
    assert items[0].event.t == 0.001
    assert sniff(BY_HAND) == 100


FRAMES = [
    (0.0, on_air(0xFC)),
    (0.001, on_air(0xFE, b"\x52")),
    (0.002, on_air(0xFF, b"\x04\x00")),
    (0.003, reader_frame("9370" + "08594B54" + "4E")),
    (0.004, card_frame("20")),
    (0.005, reader_frame("E080")),
    (0.006, card_frame("0578800200")),
    (0.010, reader_frame("02" + SELECT.hex())),
    (0.012, card_frame("F201")),
    (0.013, reader_frame("F201")),
    (0.020, card_frame("02" + FCI.hex())),
    (0.030, on_air(0xFA, b"\x03" + BALANCE)),
    (0.031, on_air(0xFB, bytes.fromhex("03000027109000"))),
    (0.040, on_air(0xFD)),
]
EVENTS = [
    ("note", "activated", {"uid": "08594B54"}),
    ("reset", "3B80800101"),
    X,
    Y,
    ("removed",),
]


def ng(order: Order = "<", number: int = 0, kinds: tuple[int, ...] = (264,)) -> bytes:
    data = section(order) + b"".join(interface(kind, order) for kind in kinds)
    return data + b"".join(enhanced(round(t * 1e6), f, number, order) for t, f in FRAMES)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap(order: Order, *, nano: bool) -> None:
    items = found(read, pcap(FRAMES, order=order, nano=nano))
    assert shorts(items) == EVENTS
    assert isinstance(items[2].event, Exchange)
    assert (items[2].event.t, items[2].event.duration_ms) == (0.01, 10.0)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng(order: Order) -> None:
    assert shorts(found(read, ng(order))) == EVENTS
    assert shorts(found(read, ng(order, 1, (1, 264)))) == EVENTS
    assert sniff(ng(order, 1, (1, 264))) == 100


def test_two_readers_at_a_time() -> None:
    data = section() + interface(264) + interface(264)
    for t, frame in FRAMES:
        data += enhanced(round(t * 1e6), frame, 0) + enhanced(round(t * 1e6), frame, 1)
    items = found(read, data)
    assert [item.session for item in items].count("card 1") == 5
    assert {item.session for item in items} == {"card 1", "interface 1 card 1"}
    one = [item for item in items if item.session == "card 1"]
    assert shorts(one) == EVENTS


def test_another_link_type() -> None:
    data = pcap(FRAMES, linktype=1)
    assert sniff(data) == 0
    with pytest.raises(TraceError, match="expected packets of link type 264, got type 1"):
        found(read, data)
    with pytest.raises(TraceError, match="expected the first bytes of a pcap"):
        found(read, b"nothing of the kind")


# -- NFCGate -----------------------------------------------------------------------------------


def gate(*frames: bytes) -> bytes:
    data = section(">") + interface(264, ">") + interface(147, ">")
    data += enhanced(0, b"\x33\x04\x08\x11\x22\x33", 1, ">")
    for index, frame in enumerate(frames):
        data += enhanced(1000 * index, frame, 0, ">")
    return data


def test_nfcgate() -> None:
    data = gate(
        on_air(0xFA, b"\x02" + SELECT),
        on_air(0xFB, b"\x02" + FCI),
        on_air(0xFA, b"\x02" + BALANCE),
        on_air(0xFB, b"\x02" + bytes.fromhex("000027109000")),
        on_air(0xFA, b"\x02" + BALANCE),
        on_air(0xFB, b"\x02" + bytes.fromhex("000027109000")),
        on_air(0xFD),
        on_air(0xFA, b"\x02" + BALANCE),
    )
    items = found(read, data)
    # The block number never changes, and a repeated command is a second exchange.
    assert shorts(items) == [
        X, Y, Y, ("removed",), ("x", Y[1], ""), ("broken", "the capture ends before the answer"),
    ]  # fmt: skip
    assert isinstance(items[0].event, Exchange)
    assert items[0].event.duration_ms == 1.0
    assert sniff(data) == 100


LENGTH = "expected version 00, event and the length of what follows"


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (on_air(0xFB, b"\x03" + FCI), "expected PCB 02 and an APDU"),
        (b"\x00\xfb\x00\x40\x02\x90\x00", LENGTH),
        (b"\x01\xfb\x00\x03\x02\x90\x00", LENGTH),
        (on_air(0xF0, b"\x02" + FCI), "expected an event FA to FF, got F0"),
        (on_air(0xFB, b"\x02\x90"), "expected a status word (6XXX or 9XXX) at the end, found 90"),
    ],
)  # fmt: skip
def test_nfcgate_damaged(frame: bytes, why: str) -> None:
    kinds = shorts(found(read, gate(on_air(0xFA, b"\x02" + SELECT), frame)))
    assert ("x", X[1], "") in kinds
    assert ("broken", why) in kinds


def test_the_same_interfaces_in_the_other_order_are_not_nfcgate() -> None:
    data = section() + interface(264) + interface(147)
    data += enhanced(0, on_air(0xFA, b"\x02" + SELECT))
    data += enhanced(0, on_air(0xFB, b"\x03" + FCI))
    assert shorts(found(read, data))[0] == ("x", X[1], "")
    assert "an answer to something else" in str(shorts(found(read, data))[1])


def test_the_same_order_without_the_second_interface_is_not_nfcgate() -> None:
    data = section(">") + interface(264, ">")
    data += enhanced(0, on_air(0xFA, b"\x02" + SELECT), 0, ">")
    data += enhanced(0, on_air(0xFB, b"\x03" + FCI), 0, ">")
    assert shorts(found(read, data))[0] == ("x", X[1], "")


# -- damage ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"\x00\xff\x00\x11\x02\x90", "17 bytes announced, 2 follow"),
        (b"\x00\xff\x00\x02\x02\x90\x00\xf1\x09", "2 bytes announced, 5 follow"),
        (b"\x05\xff\x00\x02\x02\x90", "expected version 00, event and length, got 05ff0002"),
        (b"\x00\xff", "expected version 00, event and length, got 00ff"),
        (b"", "expected version 00, event and length, got nothing"),
        (b"\x00\x11\x00\x00", "expected an event FA to FF, got 11"),
    ],
)
def test_bad_packets(packet: bytes, why: str) -> None:
    frames = [(0.0, reader_frame("02" + SELECT.hex())), (0.001, packet)]
    kinds = shorts(found(read, pcap(frames)))
    assert kinds[0] == ("x", X[1], "")
    assert ("broken", why) in kinds


def test_a_capture_that_keeps_only_the_beginning_of_packets() -> None:
    whole = card_frame("02" + FCI.hex())
    head = struct.pack("<IIIII", 0, 0, 1000, len(whole) - 2, len(whole))
    data = section() + interface(264) + enhanced(0, reader_frame("02" + SELECT.hex()))
    data += block(6, head + whole[:-2])
    kinds = shorts(found(read, data))
    assert kinds == [("x", X[1], ""), ("broken", "17 bytes announced, 15 follow")]


def test_damage_before_any_frame_is_told() -> None:
    data = section() + interface(264) + b"\x06\x00\x00"
    assert [kind for kind, *_ in shorts(found(read, data))] == ["broken"]


@pytest.mark.parametrize("kind", ["pcap", "<", ">"])
def test_cut_anywhere(kind: str) -> None:
    data = pcap(FRAMES) if kind == "pcap" else ng(">" if kind == ">" else "<")
    for end in range(0, len(data), 5):
        check_harmless(read, data[:end], data)
        try:
            items = found(read, data[:end])
        except TraceError:
            continue
        for event in shorts(items):
            assert event in EVENTS or event[0] == "broken" or event[2] == ""


@given(mutated(ng()) | mutated(pcap(FRAMES, order=">")) | mutated(gate(*(f for _, f in FRAMES))))
@moderate
def test_damaged_files(data: bytes) -> None:
    check_harmless(read, data)
    assert sniff(data) in (0, 100)


def test_nfcgate_shows_what_has_no_length() -> None:
    frame = b"\x00\xfb\x00\x40\x02\x90\x00"
    items = found(read, gate(frame))
    assert [item.event.data["raw"] for item in items if isinstance(item.event, Note)] == [
        frame.hex()
    ]
