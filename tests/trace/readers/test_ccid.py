"""Logs of the CCID driver."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import (
    ATR,
    DIALOGUE,
    block,
    ccid,
    ccid_line,
    ccid_message,
    events,
    found,
    pairs,
    whys,
)
from ykt_sim.trace.model import Exchange, Note, Removed, Reset

SELECT, BALANCE = DIALOGUE[0], DIALOGUE[2]


def talk(*messages: tuple[str, bytes]) -> str:
    return "".join(ccid_line(way, message) for way, message in messages)


def transfer(sequence: int, data: bytes, rest: bytes = b"\0\0\0") -> tuple[str, bytes]:
    return "->", ccid_message(0x6F, data, sequence=sequence, rest=rest)


def answered(sequence: int, data: bytes, rest: bytes = b"\0\0\0") -> tuple[str, bytes]:
    return "<-", ccid_message(0x80, data, sequence=sequence, rest=rest)


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("t1", [False, True])
def test_old_and_new_shape_with_and_without_blocks(*, new: bool, t1: bool) -> None:
    items = found(ccid(new=new, t1=t1), "ccid")
    assert pairs(items) == list(DIALOGUE)
    assert items[0].event == Reset(t=0.0001, channel="card", atr=ATR)
    assert {item.session for item in items} == {"reader 0"}
    first = items[1].event
    assert isinstance(first, Exchange)
    assert first.duration_ms == 0.1


def test_a_log_line_of_a_real_reader() -> None:
    log = (
        "00000039 [1946149872] sending: 00 40 06 80 FE 00 00 01 01 38 \n"
        "00000089 [1946149872] -> 000000 6F 0A 00 00 00 00 1F 00 00 00 00 40 06 80 FE 00 00 01 01"
        " 38 \n"
        "00006126 [1946149872] <- 000000 80 06 00 00 00 00 1F 00 00 00 00 40 02 6D 00 2F \n"
        "00000055 [1946149872] received: 00 40 02 6D 00 2F \n"
    )
    (event,) = events(log, "ccid")
    assert isinstance(event, Exchange)
    assert event.command == bytes.fromhex("80FE00000101")
    assert event.response == b"\x6d\x00"
    assert event.duration_ms == 6.126


def test_readers_and_slots_are_conversations() -> None:
    one, other = ccid(lun=0), ccid(lun=0x10, new=True)
    mixed = "".join(
        a + b
        for a, b in zip(one.splitlines(keepends=True), other.splitlines(keepends=True), strict=True)
    )
    mixed += ccid_line("->", ccid_message(0x6F, SELECT[0], slot=1))
    items = found(mixed, "ccid")
    for session in ("reader 0", "reader 16"):
        assert pairs([item for item in items if item.session == session]) == list(DIALOGUE)
    assert items[-1].session == "reader 0 slot 1"


def test_more_time_is_not_an_answer() -> None:
    log = talk(
        transfer(5, BALANCE[0]),
        answered(5, b"", rest=b"\x80\x01\0"),
        answered(5, b"", rest=b"\x80\x01\0"),
        answered(5, BALANCE[1]),
    )
    assert pairs(found(log, "ccid")) == [BALANCE]


def test_a_refusal_of_the_reader() -> None:
    log = talk(transfer(5, BALANCE[0]), answered(5, b"", rest=b"\x40\xfe\0"))
    exchange, note = events(log, "ccid")
    assert isinstance(exchange, Exchange)
    assert exchange.response == b""
    assert isinstance(note, Note)
    assert (note.text, note.data) == ("failed", {"call": "XfrBlock", "code": "FE"})


def test_the_card_goes_away_once() -> None:
    log = talk(
        ("->", ccid_message(0x62, b"", sequence=1)),
        answered(1, ATR),
        ("->", ccid_message(0x65, b"", sequence=2)),
        ("<-", ccid_message(0x81, b"", sequence=2, rest=b"\x02\0\0")),
        ("->", ccid_message(0x65, b"", sequence=3)),
        ("<-", ccid_message(0x81, b"", sequence=3, rest=b"\x02\0\0")),
        ("->", ccid_message(0x62, b"", sequence=4)),
        answered(4, ATR),
        ("->", ccid_message(0x63, b"", sequence=5)),
        ("<-", ccid_message(0x81, b"", sequence=5, rest=b"\x01\0\0")),
    )
    assert [type(event) for event in events(log, "ccid")] == [Reset, Removed, Reset, Removed]


def test_parameters_of_the_protocol_are_no_exchange() -> None:
    pps = bytes.fromhex("FF1118F6")
    log = talk(transfer(1, pps), answered(1, pps), transfer(2, BALANCE[0]), answered(2, BALANCE[1]))
    assert pairs(found(log, "ccid")) == [BALANCE]


def test_blocks_chained_repeated_and_in_between() -> None:
    select, answer = SELECT
    log = talk(
        transfer(1, block(0xC1, b"\xfe")),
        answered(1, block(0xE1, b"\xfe")),
        transfer(2, block(0x20, select[:8])),
        answered(2, block(0x90)),
        transfer(3, block(0x40, select[8:])),
        answered(3, block(0xC3, b"\x01")),
        transfer(4, block(0xE3, b"\x01")),
        answered(4, block(0x20, answer[:6])),
        transfer(5, block(0x82)),
        answered(5, block(0x20, answer[:6])),
        transfer(6, block(0x90)),
        answered(6, block(0x40, answer[6:])),
        transfer(7, block(0x00, BALANCE[0])),
        answered(7, block(0x00, BALANCE[1])),
    )
    items = found(log, "ccid")
    assert pairs(items) == [SELECT, BALANCE]
    assert whys(items) == []


def test_half_an_answer_is_not_mixed_with_the_next() -> None:
    log = talk(
        transfer(1, block(0xC1, b"\xfe")),
        answered(1, block(0xE1, b"\xfe")),
        transfer(2, block(0x00, SELECT[0])),
        answered(2, block(0x20, SELECT[1][:6])),
        transfer(3, block(0x40, BALANCE[0])),
        answered(3, block(0x40, BALANCE[1])),
    )
    assert pairs(found(log, "ccid")) == [(SELECT[0], b""), BALANCE]


def test_a_block_with_a_wrong_check_byte_is_damage() -> None:
    bad = bytearray(block(0x00, BALANCE[1]))
    bad[-1] ^= 1
    log = talk(
        transfer(1, block(0xC1, b"\xfe")),
        answered(1, block(0xE1, b"\xfe")),
        transfer(2, block(0x00, BALANCE[0])),
        answered(2, bytes(bad)),
    )
    items = found(log, "ccid")
    assert pairs(items) == [(BALANCE[0], b"")]
    assert whys(items) == ["answer: expected a T=1 block whose check byte fits"]


def test_long_apdus_in_pieces() -> None:
    command = bytes.fromhex("00D60000000104") + bytes(260)
    answer = bytes(range(250)) * 2 + b"\x90\x00"
    log = talk(
        transfer(1, command[:100], rest=b"\0\x01\0"),
        answered(1, b"", rest=b"\0\0\x10"),
        transfer(2, command[100:200], rest=b"\0\x03\0"),
        answered(2, b"", rest=b"\0\0\x10"),
        transfer(3, command[200:], rest=b"\0\x02\0"),
        answered(3, answer[:200], rest=b"\0\0\x01"),
        transfer(4, b"", rest=b"\0\x10\0"),
        answered(4, answer[200:400], rest=b"\0\0\x03"),
        transfer(5, b"", rest=b"\0\x10\0"),
        answered(5, answer[400:], rest=b"\0\0\x02"),
    )
    assert pairs(found(log, "ccid")) == [(command, answer)]


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("6F 05 00", "expected a CCID message of at least 10 bytes, found 3"),
        ("6F 05 00 00 00 00 00 00 00 00 80 5C", "dwLength: expected 5 bytes of data, found 2"),
        ("6F 01 00 00 00 00 00 00 00 00 80 5C", "dwLength: expected 1 bytes of data, found 2"),
        (
            "6F FF FF FF FF 00 00 00 00 00 80",
            "dwLength: expected 4294967295 bytes of data, found 1",
        ),
        ("6F 05 00 0", "expected pairs of hex digits, found an odd number of them"),
    ],
)
def test_damage_is_named(message: str, why: str) -> None:
    assert whys(found(f"00000001 -> 000000 {message}\n", "ccid")) == [why]


def test_a_number_out_of_order() -> None:
    log = talk(transfer(1, BALANCE[0]), answered(2, BALANCE[1]), answered(1, BALANCE[1]))
    items = found(log, "ccid")
    assert pairs(items) == [BALANCE]
    assert whys(items) == ["bSeq: expected the number of the last message, 01 was sent"]
    assert whys(found(talk(answered(0, ATR)), "ccid")) == [
        "bSeq: expected the number of the last message, no message was sent"
    ]
