"""Datagrams behind every link type, and what is none."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.trace.readers.udp import LINKTYPES, Datagram, datagram

WANTED = Datagram(40000, 4729, b"payload", whole=True)


def udp(payload: bytes = b"payload", *, extra: int = 0) -> bytes:
    return struct.pack(">HHHH", 40000, 4729, 8 + len(payload) + extra, 0) + payload


def ip4(body: bytes, *, options: bytes = b"", fragment: int = 0, protocol: int = 17) -> bytes:
    head = 0x45 + len(options) // 4
    size = 20 + len(options) + len(body)
    return (
        struct.pack(">BBHHHBBH", head, 0, size, 1, fragment, 64, protocol, 0)
        + bytes((127, 0, 0, 1)) * 2
        + options
        + body
    )


def ip6(body: bytes, following: int = 17) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(body), following, 64) + bytes(32) + body


@pytest.mark.parametrize(
    ("linktype", "packet"),
    [
        (1, bytes(12) + b"\x08\x00" + ip4(udp()) + bytes(11)),
        (1, bytes(12) + b"\x81\x00\x00\x05\x08\x00" + ip4(udp())),
        (1, bytes(12) + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x86\xdd" + ip6(udp())),
        (101, ip4(udp())),
        (101, ip6(udp())),
        (12, ip4(udp(), options=b"\x01" * 8)),
        (228, ip4(udp(), fragment=0x4000)),
        (229, ip6(b"\x11\x01" + bytes(14) + udp(), 0)),
        (229, ip6(b"\x2b\x00" + bytes(6) + b"\x11\x00" + bytes(6) + udp(), 60)),
        (113, bytes(14) + b"\x08\x00" + ip4(udp())),
        (276, b"\x86\xdd" + bytes(18) + ip6(udp())),
        (0, b"\x02\x00\x00\x00" + ip4(udp())),
        (0, b"\x00\x00\x00\x1e" + ip6(udp())),
        (108, b"\x00\x00\x00\x02" + ip4(udp())),
    ],
    ids=range(14),
)
def test_found(linktype: int, packet: bytes) -> None:
    assert linktype in LINKTYPES
    assert datagram(linktype, packet) == WANTED


def test_cut_off() -> None:
    assert datagram(101, ip4(udp(extra=5))) == WANTED._replace(whole=False)
    assert datagram(101, ip4(udp())[:-2]) == WANTED._replace(payload=b"paylo", whole=False)


@pytest.mark.parametrize(
    ("linktype", "packet"),
    [
        (1, bytes(12) + b"\x08\x06" + bytes(40)),
        (1, b"\x81\x00" * 30),
        (113, bytes(14) + b"\x08\x06" + ip4(udp())),
        (276, b"\x08\x06" + bytes(18) + ip4(udp())),
        (101, ip4(udp(), protocol=6)),
        (101, ip4(udp(), fragment=0x2000)),
        (101, ip4(udp(), fragment=0x0003)),
        (101, ip6(udp(), 6)),
        (101, ip6(b"\x11\x00", 0)),
        (101, ip4(b"\x00\x01\x12\x79")),
        (101, ip4(struct.pack(">HHHH", 1, 4729, 7, 0))),
        (101, b"\x41" + ip4(udp())[1:]),
        (101, b"\x90" + ip4(udp())[1:]),
        (101, b""),
        (147, ip4(udp())),
    ],
    ids=range(15),
)
def test_none(linktype: int, packet: bytes) -> None:
    assert datagram(linktype, packet) is None


@given(st.sampled_from(sorted(LINKTYPES)), st.binary(max_size=80))
def test_anything(linktype: int, packet: bytes) -> None:
    found = datagram(linktype, packet)
    assert found is None or found.payload in packet
