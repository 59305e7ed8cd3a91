"""pcap and pcapng: byte orders, clocks, several interfaces, hostile lengths."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import (
    Order,
    block,
    enhanced,
    interface,
    mutated,
    option,
    pcap,
    section,
)
from ykt_sim.errors import TraceError
from ykt_sim.trace.readers import pcapfile
from ykt_sim.trace.readers.base import Source
from ykt_sim.trace.readers.pcapfile import (
    MAX_INTERFACES,
    MAX_PACKET,
    Damage,
    Packet,
    first_packets,
    linktypes,
    packets,
)

moderate = settings(max_examples=120, deadline=None)

ORDERS: list[Order] = ["<", ">"]


def taken(data: bytes) -> list[Packet | Damage]:
    return list(packets(Source(io.BytesIO(data))))


def plain(items: list[Packet | Damage]) -> list[tuple[object, ...]]:
    return [
        (item.t, item.linktype, item.data) if isinstance(item, Packet) else (item.why,)
        for item in items
    ]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_in_four_kinds(order: Order, *, nano: bool) -> None:
    data = pcap([(1000.5, b"one"), (1000.75, b"two!")], order=order, nano=nano)
    items = taken(data)
    assert plain(items) == [(0.0, 264, b"one"), (0.25, 264, b"two!")]
    last = items[1]
    assert isinstance(last, Packet)
    assert data[last.offset : last.offset + 4] == b"two!"
    assert linktypes(data) == {264}


@pytest.mark.parametrize("order", ORDERS)
def test_pcapng_with_several_interfaces_and_clocks(order: Order) -> None:
    data = section(order)
    data += interface(147, order, option(9, b"\x09", order) + option(0, b"", order))
    data += interface(264, order)
    data += interface(1, order, option(9, b"\x8a", order))  # 2**-10
    data += interface(1, order, option(2, b"eth0", order) + option(14, struct.pack(order + "q", 7), order))  # fmt: skip  # noqa: E501
    data += enhanced(5_000_000_000, b"nano", 0, order)
    data += enhanced(5_250_000, b"micro", 1, order)
    data += enhanced(6 * 1024, b"binary", 2, order)
    data += enhanced(1_000_000, b"shifted", 3, order)
    items = taken(data)
    assert plain(items) == [
        (0.0, 147, b"nano"), (0.25, 264, b"micro"), (1.0, 1, b"binary"), (3.0, 1, b"shifted"),
    ]  # fmt: skip
    assert linktypes(data) == {147, 264, 1}
    for item in items:
        assert isinstance(item, Packet)
        assert data[item.offset : item.offset + len(item.data)] == item.data
    assert [packet.data for packet in first_packets(data)][1] == b"micro"


def test_sections_have_their_own_interfaces_and_order() -> None:
    data = section("<") + interface(264, "<") + enhanced(0, b"a", 0, "<")
    data += section(">") + interface(1, ">") + enhanced(1_000_000, b"b", 0, ">")
    data += section("<") + enhanced(2_000_000, b"c", 0, "<")
    assert plain(taken(data)) == [
        (0.0, 264, b"a"), (1.0, 1, b"b"), ("interface 0 was not described",),
    ]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
def test_simple_and_old_packets_and_other_blocks(order: Order) -> None:
    data = section(order) + interface(264, order)
    data += block(5, b"statistics", order) + block(0xBAD, b"custom", order)
    data += block(3, struct.pack(order + "I", 3) + b"abc", order)
    old = struct.pack(order + "HHIIII", 0, 9, 0, 500_000, 4, 4)
    data += block(2, old + b"wxyz", order)
    assert plain(taken(data)) == [(0.0, 264, b"abc"), (0.0, 264, b"wxyz")]


def test_a_snaplen_shortens_simple_packets() -> None:
    data = section() + block(1, struct.pack("<HHI", 264, 0, 2))
    data += block(3, struct.pack("<I", 3) + b"ab")
    (packet,) = taken(data)
    assert isinstance(packet, Packet)
    assert (packet.data, packet.size) == (b"ab", 3)


GOOD = section() + interface(264) + enhanced(0, b"first") + enhanced(10, b"second")
OLD = pcap([(0.0, b"first"), (1.0, b"second")])


@pytest.mark.parametrize("end", range(4, len(GOOD)))
def test_pcapng_cut_anywhere(end: int) -> None:
    items = taken(GOOD[:end])
    whole = [item.data for item in items if isinstance(item, Packet) and len(item.data) >= 5]
    assert whole in ([], [b"first"], [b"first", b"second"], [b"first", b"secon"])
    borders = {len(section()), len(section() + interface(264))}
    borders.add(len(section() + interface(264) + enhanced(0, b"first")))
    assert (end in borders) == (not any(isinstance(item, Damage) for item in items))


@pytest.mark.parametrize("end", range(4, len(OLD)))
def test_pcap_cut_anywhere(end: int) -> None:
    if end < 24:
        with pytest.raises(TraceError, match=f"24 bytes, got {end}"):
            taken(OLD[:end])
        return
    items = taken(OLD[:end])
    assert (end in {24, 24 + 16 + 5}) == (not any(isinstance(item, Damage) for item in items))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "got nothing"),
        (b"GIF89a", "got 47494638"),
        (struct.pack("<IHHiIII", 0xA1B2C3D4, 3, 4, 0, 0, 0, 264), "version 2, got 3"),
        (block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 2, 0, -1)), "version 1, got 2"),
    ],
)
def test_what_is_no_capture(data: bytes, why: str) -> None:
    with pytest.raises(TraceError, match=why):
        taken(data)
    assert list(first_packets(data)) == []


class Watched(io.BytesIO):
    """A file that remembers the most that was asked of it at once."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.most = max(self.most, size if size is not None and size >= 0 else 1 << 60)
        return super().read(size)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("length", [0xFFFFFFF0, 0x7FFFFFFC, MAX_PACKET + 2048, 13, 8, 0])
def test_hostile_lengths(order: Order, length: int) -> None:
    ng = section(order) + interface(264, order) + struct.pack(order + "II", 6, length) + bytes(99)
    old = pcap([], order=order) + struct.pack(order + "IIII", 0, 0, length, length) + bytes(3)
    for data in (ng, old):
        file = Watched(data)
        items = list(packets(Source(file)))
        assert file.most <= MAX_PACKET + 4096
        if data is ng or length > 13:
            assert isinstance(items[-1], Damage)


def test_a_length_inside_a_packet_that_is_too_big() -> None:
    body = struct.pack("<IIIII", 0, 0, 0, 0xFFFFFFFF, 5) + b"data"
    items = taken(section() + interface(264) + block(6, body) + enhanced(0, b"next"))
    assert plain(items) == [
        (0.0, 264, b"data"), ("expected a packet of 4294967295 bytes, got 4",), (0.0, 264, b"next"),
    ]  # fmt: skip


def test_a_big_packet_is_passed_over() -> None:
    big = bytes(MAX_PACKET + 5000)
    items = taken(section() + interface(264) + enhanced(0, big) + enhanced(0, b"next"))
    assert [type(item) for item in items] == [Damage, Packet]
    items = taken(pcap([(0.0, big), (0.0, b"next")]))
    assert [type(item) for item in items] == [Damage, Packet]


def test_two_lengths_that_differ() -> None:
    packet = bytearray(enhanced(0, b"data"))
    packet[-4] ^= 4
    items = taken(section() + interface(264) + bytes(packet) + enhanced(0, b"next"))
    assert plain(items) == [
        ("a block of 36 bytes says 32 at its end",), (0.0, 264, b"data"), (0.0, 264, b"next"),
    ]  # fmt: skip


def test_interfaces_without_end() -> None:
    data = section() + interface(264) * (MAX_INTERFACES + 50)
    assert [type(item) for item in taken(data)] == [Damage] * 50


def test_damaged_descriptions() -> None:
    data = section() + block(1, b"\x08\x01") + block(6, bytes(12)) + block(3, b"")
    assert plain(taken(data)) == [
        ("an interface's description of 4 bytes",),
        ("a packet block of 12 bytes, 20 expected",),
        ("a simple packet without a length or an interface",),
    ]
    data = section() + interface(264, "<", option(9, b"\x06\x06") + b"\x01\x00\xff\xff")
    assert plain(taken(data + enhanced(0, b"data"))) == [(0.0, 264, b"data")]
    swapped = b"\x0a\x0d\x0d\x0a" + bytes(8)
    assert plain(taken(swapped)) == [("expected a section's byte order 1A2B3C4D",)]


@given(
    mutated(GOOD + section(">") + interface(1, ">") + enhanced(9, b"big", 0, ">")) | mutated(OLD)
)
@moderate
def test_damaged_files(data: bytes) -> None:
    try:
        items = taken(data)
    except TraceError:
        return
    finally:
        assert isinstance(linktypes(data), set)
        assert len(list(first_packets(data))) <= len(data)
    for item in items:
        assert item.t >= 0
        assert 0 <= item.offset <= len(data)
        if isinstance(item, Packet):
            assert item.data == data[item.offset : item.offset + len(item.data)]


@given(st.sampled_from([b"\x0a\x0d\x0d\x0a", section(), OLD[:24], b""]), st.binary(max_size=200))
@moderate
def test_anything(start: bytes, rest: bytes) -> None:
    try:
        items = taken(start + rest)
    except TraceError:
        return
    assert len(items) <= 4 + len(rest)


@moderate
@given(st.data())
def test_whole_packets_are_read_as_all_others(data: st.DataObject) -> None:
    order = data.draw(st.sampled_from(ORDERS))
    frames = data.draw(st.lists(st.binary(max_size=9), max_size=5))
    blocks = [enhanced(n * 7, frame, order=order) for n, frame in enumerate(frames)]
    whole = section(order) + interface(264, order=order) + b"".join(blocks)
    for file in (whole, data.draw(mutated(whole))):
        quick = taken_or_refused(file)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pcapfile._Blocks, "_clean", lambda *_: None)
            assert taken_or_refused(file) == quick


def taken_or_refused(data: bytes) -> list[Packet | Damage] | str:
    try:
        return taken(data)
    except TraceError as error:
        return str(error)
