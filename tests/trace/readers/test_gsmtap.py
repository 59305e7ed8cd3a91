"""Smart card traffic in GSMTAP datagrams."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import (
    check_harmless,
    enhanced,
    found,
    interface,
    mutated,
    pcap,
    section,
    shorts,
)
from tests.trace.readers.test_udp import ip4, ip6, udp
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.gsmtap import GsmtapParts, read, sniff, split

moderate = settings(max_examples=80, deadline=None)

ATR = bytes.fromhex("3B9F96801FC78031A073BE21136743200718000001A5")
SELECT = "00A40004023F00"
FCP = "62118205422100380183026F07A503" + "C00140"


def gsmtap(body: str | bytes, kind: int = 0, header: str = "02040400000000000000000000") -> bytes:
    """A datagram: version, length in words, type SIM, zeros, the sub-type at byte 12."""
    head = bytearray(bytes.fromhex(header).ljust(16, b"\0"))
    head[12] = kind
    return bytes(head) + (bytes.fromhex(body) if isinstance(body, str) else body)


def ethernet(payload: bytes) -> bytes:
    return bytes(12) + b"\x08\x00" + ip4(udp(payload))


def capture(*payloads: bytes) -> bytes:
    return pcap([(n / 100, ethernet(p)) for n, p in enumerate(payloads)], linktype=1)


DIALOGUE = (
    gsmtap(ATR, 1),
    gsmtap(SELECT + "6112"),
    gsmtap("00C0000012" + FCP + "9000"),
    gsmtap("00B0000002" + "1234" + "9000"),
    gsmtap("805000020B" + "0100000001001122334455" + "6985"),
    gsmtap("FF10FF", 2),
    gsmtap("0084000008" + "6700"),
)
EVENTS = [
    ("reset", ATR.hex().upper()),
    ("x", SELECT, FCP + "9000"),
    ("x", "00B0000002", "12349000"),
    ("x", "805000020B0100000001001122334455", "6985"),
    ("x", "0084000008", "6700"),
]


def test_a_capture() -> None:
    items = found(read, capture(*DIALOGUE))
    assert shorts(items) == EVENTS
    assert {item.session for item in items} == {"sim"}
    assert [item.event.t for item in items] == [0.0, 0.01, 0.03, 0.04, 0.06]
    assert isinstance(items[1].event, Exchange)
    assert items[1].event.duration_ms is None
    assert sniff(capture(*DIALOGUE)) == 100


def test_pcapng_with_other_traffic() -> None:
    data = section(">") + interface(147, ">") + interface(101, ">") + interface(1, ">")
    data += enhanced(0, b"\x00\xfe\x00\x01\x52", 0, ">")
    for number, payload in enumerate(DIALOGUE):
        data += enhanced(number, bytes(12) + b"\x08\x00" + ip4(udp(payload), protocol=6), 2, ">")
        data += enhanced(number, ip6(udp(payload)), 1, ">")
        other = bytearray(gsmtap(payload))
        other[2] = 1  # radio interface
        data += enhanced(number, ip4(udp(bytes(other))), 1, ">")
    kinds = shorts(found(read, data))
    assert kinds == EVENTS
    assert sniff(data) == 100


def test_answers_in_several_pieces() -> None:
    data = capture(
        gsmtap(SELECT + "6102"), gsmtap("00C0000002" + "AABB" + "6101"),
        gsmtap("00C0000001" + "CC" + "9000"),
    )  # fmt: skip
    assert shorts(found(read, data)) == [("x", SELECT, "AABBCC9000")]


def test_a_sim_of_the_old_kind() -> None:
    data = capture(gsmtap("A0A40000023F00" + "9F03"), gsmtap("A0C0000003" + "AABBCC" + "9000"))
    assert shorts(found(read, data)) == [("x", "A0A40000023F00", "AABBCC9000")]


@pytest.mark.parametrize("last", [[], [gsmtap("00B0000002" + "12349000")]])
def test_data_that_is_not_fetched(last: list[bytes]) -> None:
    kinds = shorts(found(read, capture(gsmtap("A0A40000023F00" + "9F17"), *last)))
    assert kinds[0] == ("x", "A0A40000023F00", "9F17")


@pytest.mark.parametrize(
    ("data", "command", "answer"),
    [
        ("00A40004023F009000", "00A40004023F00", "9000"),
        ("00A40004023F00" + "00" + "620082009000", "00A40004023F0000", "620082009000"),
        ("00A40004023F00" + "04" + "620282009000", "00A40004023F0004", "620282009000"),
        ("00A40004023F00" + "620282009000", "00A40004023F00", "620282009000"),
        ("00B00000009000", "00B0000000", "9000"),
        ("00B0000000" + "AA" * 256 + "9000", "00B0000000", "AA" * 256 + "9000"),
        ("00B00000059000", "00B0000005", "9000"),
        ("00A400009000", "00A40000", "9000"),
    ],
)
def test_split(data: str, command: str, answer: str) -> None:
    assert split(bytes.fromhex(data)) == GsmtapParts(bytes.fromhex(command), bytes.fromhex(answer))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("00A4009000", "expected a command of 4 bytes and SW1 SW2 at least, got 5 bytes"),
        ("00B0000002AABBCC9000", "an answer of 3 bytes, at most Le 2 expected"),
        ("00A40004053F009000", "Lc 05 announces 5 bytes and SW1 SW2, 4 follow"),
        ("0077000002AABB9000", "the way of INS 77's data is not known"),
    ],
)
def test_what_cannot_be_taken_apart(data: str, why: str) -> None:
    assert split(bytes.fromhex(data)) == why
    assert shorts(found(read, capture(gsmtap(SELECT + "6112"), gsmtap(data)))) == [
        ("x", SELECT, "6112"), ("broken", why),
    ]  # fmt: skip


SHORT = "expected a GSMTAP header of 16 bytes at least, got"


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"\x02\x04\x04", "expected a GSMTAP header of version 2 with 16 bytes"),
        (gsmtap(SELECT, header="0304"), "expected a GSMTAP header of version 2 with 16 bytes"),
        (gsmtap(SELECT, header="020304"), f"{SHORT} 12 of 23"),
        (gsmtap(SELECT, header="02FF04"), f"{SHORT} 1020 of 23"),
        (gsmtap(SELECT, 7), "expected sub-type 0 (APDU) or 1 (ATR), got 7"),
    ],
    ids=range(5),
)  # fmt: skip
def test_bad_headers(payload: bytes, why: str) -> None:
    assert shorts(found(read, capture(payload))) == [("broken", why)]


def test_a_datagram_that_is_cut_off() -> None:
    whole = ip4(udp(DIALOGUE[3]))
    assert shorts(found(read, pcap([(0.0, whole[:-1])], linktype=101))) == [
        ("broken", "the datagram is cut off")
    ]


def test_captures_of_something_else() -> None:
    with pytest.raises(TraceError, match="UDP, got link type 264"):
        found(read, pcap([(0.0, b"\x00\xfe\x00\x01\x52")]))
    assert found(read, pcap([(0.0, ethernet(b"x"))], linktype=1)) != []
    assert found(read, pcap([(0.0, bytes(60))], linktype=1)) == []
    assert sniff(pcap([(0.0, bytes(60))], linktype=1)) == 0
    assert sniff(b"text") == 0


@pytest.mark.parametrize("end", range(24, len(capture(*DIALOGUE)), 9))
def test_cut_anywhere(end: int) -> None:
    data = capture(*DIALOGUE)
    kinds = shorts(found(read, data[:end]))
    for kind in kinds:
        assert kind in EVENTS or kind[0] == "broken" or kind == ("x", SELECT, "6112")
    check_harmless(read, data[:end])


@given(mutated(capture(*DIALOGUE)) | st.binary(max_size=200))
@moderate
def test_damaged_captures(data: bytes) -> None:
    check_harmless(read, data)
    assert sniff(data) in (0, 100)


@given(st.binary(max_size=300))
def test_splitting_loses_no_byte(data: bytes) -> None:
    parts = split(data)
    if isinstance(parts, GsmtapParts):
        assert parts.command + parts.answer == data
        assert len(parts.command) >= 4
        assert len(parts.answer) >= 2
