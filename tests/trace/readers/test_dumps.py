"""Rows of dumps: what is an offset, what is bytes, what shows them again."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import events, pairs, whys
from ykt_sim.trace.readers.loose.dumps import offsets_of

TALK = [
    ("00A4040008A000000632010105", "6F108408A000000632010105A5049F0801029000"),
    ("805C030204", "00001A2C9000"),
    ("00B20BC400", "6A83"),
]


def _dump(data: bytes, offset: str, group: int, *, text: bool, end: str = "") -> str:
    lines = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        shown = " ".join(row[one : one + group].hex() for one in range(0, len(row), group))
        if text:
            shown = f"{shown:<{32 + 16 // group}} " + "".join(
                chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row
            )
        lines.append(offset.format(at) + shown)
    return "\n".join([*lines, end.format(len(data))] if end else lines)


@pytest.mark.parametrize(
    ("offset", "group", "text", "end"),
    [
        ("{:08x}: ", 2, True, ""),
        ("{:08x}: ", 2, False, ""),
        ("{:04x}: ", 16, True, ""),
        ("{:04x} ", 2, False, ""),
        ("{:02x}: ", 2, False, ""),
        ("{:x}: ", 1, False, ""),
        ("{:04x}h: ", 1, False, ""),
        ("+{:04x}: ", 2, False, ""),
        ("{:04d}: ", 2, False, ""),
        ("{:07o} ", 1, False, "{:07o}"),
        ("0x{:04X} ", 4, True, ""),
    ],
)
def test_an_offset_is_none_of_the_bytes(offset: str, group: int, *, text: bool, end: str) -> None:
    log = "".join(
        f"{word}\n{_dump(bytes.fromhex(data), offset, group, text=text, end=end)}\n"
        for pair in TALK
        for word, data in zip(("TX", "RX"), pair, strict=True)
    )
    found = events(log, "plain")
    assert pairs(found) == [tuple(map(bytes.fromhex, pair)) for pair in TALK]
    assert whys(found) == []


def test_groups_of_bytes_without_an_offset_keep_their_first_group() -> None:
    log = "TX: 805c030204\nRX:\n0000 1a2c 9000\nTX: 00b0950002\nRX:\n0000 9000\n"
    assert [answer for _, answer in pairs(events(log, "plain"))] == [
        bytes.fromhex("00001A2C9000"),
        bytes.fromhex("00009000"),
    ]


def test_one_row_without_an_offset_means_that_there_are_none() -> None:
    assert offsets_of(["0000 00b2 01c4 00", "0000 6a83"]).always
    assert not offsets_of(["0000 00b2 01c4 00", "00b2 01c4 00"]).always
    assert not offsets_of(["0000 1a2c 9000", "0000 9000"]).always
    assert not offsets_of([]).always


@pytest.mark.parametrize(
    "head",
    ["C_APDU(CLA=0x80, INS=0x5C, P1=0x03, P2=0x02, Lc=0x10):", "Session key:", "Challenge:"],
)
def test_rows_under_a_head_that_is_something_else_are_no_answer(head: str) -> None:
    rows = "  0000:  01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10\n  0010:  11 12 90 00\n"
    log = (
        f"Command APDU:\n  0000:  80 5C 03 02 04\n{head}\n{rows}"
        "Response APDU:\n  0000:  00 00 1A 2C 90 00\n"
        "Command APDU:\n  0000:  00 B2 0B C4 00\nResponse APDU:\n  0000:  6A 83\n"
    )
    found = events(log, "plain")
    assert [(sent.hex().upper(), came.hex().upper()) for sent, came in pairs(found)] == TALK[1:]
    assert whys(found) == []


def test_a_title_above_a_command_takes_no_rows() -> None:
    log = "Read key:\n> 00B0950004\n< 01 02 03 04 90 00\nPAN:\n> 00B20BC400\n< 6A83\n"
    assert len(pairs(events(log, "plain"))) == 2
