"""Command and response APDUs."""

from __future__ import annotations

import construct
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ykt_sim.errors import WireError
from ykt_sim.wire.apdu import Command, Response

APDU = Command.declaration()
moderate = settings(max_examples=100, deadline=None)
byte = st.integers(0, 255)
commands = st.builds(Command, byte, byte, byte, byte, st.binary(max_size=255), st.none() | byte)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("00840000", Command(0x00, 0x84, 0, 0)),
        ("0084000004", Command(0x00, 0x84, 0, 0, b"", 4)),
        ("00B0950000", Command(0x00, 0xB0, 0x95, 0, b"", 0)),
        ("00A40000023F00", Command(0x00, 0xA4, 0, 0, b"\x3f\x00")),
        ("00A40000023F0000", Command(0x00, 0xA4, 0, 0, b"\x3f\x00", 0)),
        ("805A000902002808", Command(0x80, 0x5A, 0, 9, b"\x00\x28", 8)),
    ],
    ids=["case 1", "case 2S", "case 2S all", "case 3S", "case 4S all", "case 4S"],
)
def test_cases(text: str, command: Command) -> None:
    raw = bytes.fromhex(text)
    assert Command.parse(raw) == command
    assert command.build() == raw
    assert command.header == raw[:4]


@moderate
@given(commands)
def test_build_and_parse_are_inverse(command: Command) -> None:
    assert Command.parse(command.build()) == command


@moderate
@given(commands)
def test_the_declaration_agrees(command: Command) -> None:
    parsed = APDU.parse(command.build())
    assert (parsed.cla, parsed.ins, parsed.p1, parsed.p2) == tuple(command[:4])
    assert parsed.body.get("data", b"") == command.data
    assert parsed.body.get("le") == command.le


@moderate
@given(st.binary(max_size=300))
@example(bytes(6))
def test_any_bytes_are_a_command_or_a_wire_error(raw: bytes) -> None:
    try:
        declared = APDU.parse(raw)
    except construct.ConstructError:
        with pytest.raises(WireError) as caught:
            Command.parse(raw)
        assert caught.value.record == "APDU"
        assert caught.value.offset is not None
    else:
        command = Command.parse(raw)
        assert command.build() == raw
        assert command.le == declared.body.get("le")


@pytest.mark.parametrize(
    ("text", "offset"),
    [("", 0), ("00A4", 2), ("00A400000A3F00", 4), ("00A40000013F0000", 4), ("00A40000003F00", 4)],
)
def test_malformed_names_the_offset(text: str, offset: int) -> None:
    with pytest.raises(WireError) as caught:
        Command.parse(bytes.fromhex(text))
    assert caught.value.record == "APDU"
    assert caught.value.offset == offset
    with pytest.raises(construct.ConstructError):
        APDU.parse(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (Command(256, 0, 0, 0), "cla"),
        (Command(0, -1, 0, 0), "ins"),
        (Command(0, 0, 300, 0), "p1"),
        (Command(0, 0, 0, 300), "p2"),
        (Command(0, 0, 0, 0, bytes(256)), "data"),
        (Command(0, 0, 0, 0, b"", 256), "data"),
    ],
)
def test_what_does_not_fit_names_the_field(command: Command, field: str) -> None:
    with pytest.raises(WireError) as caught:
        command.build()
    assert caught.value.field == field


def test_response() -> None:
    answer = Response.parse(bytes.fromhex("000003E89000"))
    assert answer == Response(b"\x00\x00\x03\xe8", 0x9000)
    assert answer.ok
    assert answer.build() == bytes.fromhex("000003E89000")
    assert str(Response(b"", 0x6A82)) == "6A82 (file or application not found)"
    assert not Response(b"", 0x6A82).ok


@pytest.mark.parametrize("raw", [b"", b"\x90"])
def test_a_short_response_is_refused(raw: bytes) -> None:
    with pytest.raises(WireError, match="at least SW1 SW2"):
        Response.parse(raw)
