"""How bytes are written: told by all lines of a log alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.trace.readers.samples import events, pairs, whys
from ykt_sim.trace.readers.loose.tokens import dress_of, pieces, undressed

TALK = [
    ("00A4040008A000000632010105", "6F108408A000000632010105A5049F0801029000"),
    ("0084000004", "112233449000"),
    ("805C030204", "00001A2C9000"),
]
JOINS: list[Callable[[bytes], str]] = [
    lambda data: " ".join(f"{byte:X}" for byte in data),
    lambda data: ",".join(f"{byte:x}" for byte in data),
    lambda data: "[" + ", ".join(f"{byte:X}" for byte in data) + "]",
    lambda data: ":".join(f"{byte:x}" for byte in data),
    lambda data: "-".join(f"{byte:X}" for byte in data),
    lambda data: " ".join(f"0x{byte:x}" for byte in data),
    lambda data: ", ".join(str(byte) for byte in data),
    lambda data: "[" + ", ".join(str((byte ^ 128) - 128) for byte in data) + "]",
]


@pytest.mark.parametrize("join", JOINS, ids=range(len(JOINS)))
def test_bytes_without_their_zero_and_decimal_ones(join: Callable[[bytes], str]) -> None:
    log = "".join(
        f"{word} {join(bytes.fromhex(data))}\n"
        for pair in TALK
        for word, data in zip(("TX:", "RX:"), pair, strict=True)
    )
    found = events(log, "plain")
    assert pairs(found) == [tuple(map(bytes.fromhex, pair)) for pair in TALK]
    assert whys(found) == []


def test_numbers_among_hex_are_hex() -> None:
    lines = ["a0,0,0,6,32,1,1,5", "0,84,0,0,4"]
    dress = dress_of(lines)
    assert dress.unpadded
    assert not dress.decimal
    shown = [pieces(undressed(line, dress))[0].data.hex() for line in lines]
    assert shown == ["a000000632010105", "0084000004"]


def test_a_bar_between_command_and_status_word_is_no_remark() -> None:
    found = events("APDU: 00A40000023F00 | SW: 9000\nAPDU: 00A40000021001 | SW: 6A82\n", "plain")
    assert [answer.hex() for _, answer in pairs(found)] == ["9000", "6a82"]


def _signed(byte: int) -> int:
    return (byte ^ 128) - 128


@pytest.mark.parametrize(
    ("opening", "item", "closing"),
    [
        ("byte[] {} = {{", lambda byte: f"(byte) 0x{byte:02X}", "};"),
        (
            "private static final byte[] {}1 = new byte[] {{",
            lambda byte: f"(byte){_signed(byte)}",
            "};",
        ),
        ("byte[] {} = {{", lambda byte: str(_signed(byte)), "};"),
        ("static const uint8_t {}_2[] = {{", lambda byte: f"0x{byte:02x}", "};"),
        ("{} := []byte{{", lambda byte: f"byte(0x{byte:02x})", "}"),
        ("let {}: [u8; 5] = [", lambda byte: f"0x{byte:02x}u8", "];"),
        ("val {} = byteArrayOf(", lambda byte: f"0x{byte:02X}.toByte()", ")"),
        ("{} = [", lambda byte: f"0x{byte:02X}", "]"),
        ("Dim {}() As Byte = {{", lambda byte: f"&H{byte:02X}", "}"),
        ("{} : array = (", lambda byte: f"${byte:02X}", ");"),
    ],
    ids=range(10),
)
def test_arrays_of_programs(opening: str, item: Callable[[int], str], closing: str) -> None:
    log = ""
    for pair in TALK:
        for name, data in zip(("cmd", "rsp"), map(bytes.fromhex, pair), strict=True):
            rows = [data[at : at + 8] for at in range(0, len(data), 8)]
            lines = ["    " + ", ".join(map(item, row)) + "," for row in rows]
            log += "\n".join([opening.format(name), *lines, closing, ""])
    found = events(log, "plain")
    assert pairs(found) == [tuple(map(bytes.fromhex, pair)) for pair in TALK]
    assert whys(found) == []


@pytest.mark.parametrize(
    "shape",
    ["send({0!r})\nrecv({1!r})\n", "TX {0!r}\nRX {1!r}\n", "({0!r}, {1!r})\n"],
)
def test_literals_of_bytes_with_text_among_the_escapes(shape: str) -> None:
    talk = [*(tuple(map(bytes.fromhex, pair)) for pair in TALK)]
    talk.append((bytes.fromhex("00B0950004"), b"'\"\\\n\x90\x00"))
    found = events("".join(shape.format(*pair) for pair in talk), "plain")
    assert pairs(found) == talk
    assert whys(found) == []


def test_a_literal_of_hex_digits_is_hex() -> None:
    found = events("TX b'805c000204'\nRX b'00001a2c9000'\n", "plain")
    assert pairs(found) == [(bytes.fromhex("805C000204"), bytes.fromhex("00001A2C9000"))]
