"""Logs of no particular program."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from tests.trace.readers.samples import DIALOGUE, events, found, marked, pairs, plain, spaced, whys
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Exchange, Note
from ykt_sim.trace.readers import detect
from ykt_sim.trace.readers.base import Source
from ykt_sim.trace.readers.loose import fits

MARKS = [
    ("> ", "< "),
    (">> ", "<< "),
    ("=> ", "<= "),
    ("->", "<-"),
    ("--> ", "<-- "),
    ("C-APDU: ", "R-APDU: "),
    ("C-APDU -> ", "R-APDU <- "),
    ("capdu=", "rapdu="),
    ("TX: ", "RX: "),
    ("Send ", "Recv "),
    ("Sending: ", "Received: "),
    ("12:01:02.003 [main] D/App: Send: ", "12:01:02.004 [main] D/App: Recv: "),
    ("[info] >> ", "[info] << "),
    ("CMD: ", "RSP: "),
    ("card command = ", "card response = "),
]
BALANCE = DIALOGUE[2]


def sniffed(data: str) -> str:
    return detect(Source(io.BytesIO(data.encode()))).name


@pytest.mark.parametrize("marks", MARKS, ids="".join)
def test_marks(marks: tuple[str, str]) -> None:
    log = "started\n" + marked(*marks)
    assert sniffed(log) == "plain"
    assert pairs(found(log, "plain")) == list(DIALOGUE)


WAYS: dict[str, Callable[[bytes], str]] = {
    "spaced": spaced,
    "plain": plain,
    "lower": lambda data: data.hex(),
    "colons": lambda data: data.hex(":"),
    "one 0x": lambda data: "0x" + data.hex(),
    "many 0x": lambda data: ", ".join(f"0x{byte:02x}" for byte in data),
    "array": lambda data: "[" + ",".join(f"0x{byte:02X}" for byte in data) + "]",
    "braces": lambda data: "{ " + spaced(data) + " }",
    "remark": lambda data: spaced(data) + " (a remark)",
    "comment": lambda data: spaced(data) + " // 9000",
    "column": lambda data: spaced(data) + " | text",
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_write_hex(way: str) -> None:
    write = WAYS[way]
    log = "".join(f"TX: {write(command)}\nRX: {write(answer)}\n" for command, answer in DIALOGUE)
    assert pairs(found(log, "plain")) == list(DIALOGUE)


def test_bare_lines_take_turns() -> None:
    log = "".join(f"{plain(command)}\n\n{spaced(answer)}\n" for command, answer in DIALOGUE)
    assert sniffed(log) == "plain"
    assert pairs(found(log, "plain")) == list(DIALOGUE)


def test_a_bare_command_without_an_answer_does_not_shift_the_rest() -> None:
    log = "0084000004\n805C000204\n000027109000\n"
    assert pairs(found(log, "plain")) == [(bytes.fromhex("0084000004"), b""), BALANCE]


def test_times_of_the_day() -> None:
    log = (
        "2024-01-05 23:59:59,500 TX: 80 5C 00 02 04\n2024-01-06 00:00:00,250 RX: 6A 82\n"
        "00:00:01 TX: 80 5C 00 02 04\nRX: 6A 82\n"
    )
    first, second = events(log, "plain")
    assert isinstance(first, Exchange)
    assert (first.t, first.duration_ms) == (0.0, 750.0)
    assert isinstance(second, Exchange)
    assert (second.t, second.duration_ms) == (1.5, None)


def test_the_belgian_eid_software() -> None:
    log = (
        "12:00:00 DEBUG SCardTransmit(00 A4 02 0C 02 3F 00)\n"
        "12:00:01 DEBUG SCardTransmit(): SW12 = 6A 82\n"
        "12:00:02 DEBUG SCardTransmit(00 B0 00 00 00)\n"
        "12:00:03 DEBUG SCardTransmit(): SW12 = 90 00\n"
    )
    assert sniffed(log) == "plain"
    note, first, second = events(log, "plain")
    assert isinstance(note, Note)
    assert "status words only" in note.text
    assert pairs([first, second]) == [
        (bytes.fromhex("00A4020C023F00"), b"\x6a\x82"),
        (bytes.fromhex("00B0000000"), b"\x90\x00"),
    ]
    assert isinstance(first, Exchange)
    assert first.duration_ms == 1000.0


@pytest.mark.parametrize(
    "text",
    [
        "-> connecting to the reader\n<- done\n",
        "a < b and c > d\n",
        "Sending: hello\nReceived: added face deadbeefcafe-x\n",
        "<html>\n</html>\n",
        "12\n3456\n78\n",
        "commit 4e8476c\n",
        "#!/bin/sh\ncat <<EOF >out\n",
    ],
)
def test_other_texts_are_no_traces(text: str) -> None:
    assert pairs(found(text, "plain")) == []
    with pytest.raises(TraceError, match="no known format"):
        sniffed(text)


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("TX: 80 5C 00 02 0\n", "command: expected pairs of hex digits, found an odd number"),
        ("TX: 80 5C 0G 02 04\n", "command: expected hex digits, found 'G' at character 8"),
        ("RX: 90 00\n", "answer: expected a command before this answer, there is none"),
        (f"TX: 80 5C 00 02 04\nRX: {'00' * 70_000}\n", "answer: expected at most 65544 bytes"),
    ],
)
def test_damage_is_named(log: str, why: str) -> None:
    assert whys(found(log, "plain"))[0].startswith(why)


def test_a_status_word_on_a_line_of_its_own_is_no_data() -> None:
    log = "TX: 805C000204\nRX: 00000F44\nSW: 9000\nTX: 00A4040008A000000632010105\nRX:\nSW: 6A82\n"
    assert [(c.hex(), r.hex()) for c, r in pairs(found(log, "plain"))] == [
        ("805c000204", "00000f449000"),
        ("00a4040008a000000632010105", "6a82"),
    ]


@pytest.mark.parametrize(
    "log",
    [
        "发送 805C 00 02 04\n接收 00 00 16 c8 9000\n",
        "发送: 805C000204\n返回: 000016C89000\n",
        "-> 命令: 805C000204\n<- 应答: 000016C89000\n",
    ],
)
def test_chinese_words_with_and_without_signs(log: str) -> None:
    assert [(c.hex(), r.hex()) for c, r in pairs(found(log, "plain"))] == [
        ("805c000204", "000016c89000")
    ]


def test_numbers_of_cards_in_chatter_are_no_commands() -> None:
    log = "".join(
        f"card present, tag ok\nSend: {c.hex()}\nRecv: {r.hex()}\ncard removed 04A1B2{at:02X}\n"
        for at, (c, r) in enumerate(DIALOGUE)
    )
    assert pairs(found(log, "plain")) == list(DIALOGUE)


def test_a_command_by_its_fields_with_p3() -> None:
    log = (
        "IFD->ICC  CLA=00 INS=A4 P1=00 P2=00 P3=02  DATA=3F00\nICC->IFD  DATA= SW=6A82\n"
        "IFD->ICC  CLA=80 INS=5C P1=00 P2=02 P3=04  DATA=\nICC->IFD  DATA=000016C8 SW=9000\n"
    )
    assert [(c.hex(), r.hex()) for c, r in pairs(found(log, "plain"))] == [
        ("00a40000023f00", "6a82"),
        ("805c000204", "000016c89000"),
    ]


def test_a_drawn_table() -> None:
    rows = "".join(f"| {at} | {c.hex()} | {r.hex()} |\n" for at, (c, r) in enumerate(DIALOGUE))
    log = f"| # | Command | Response |\n|---|---|---|\n{rows}"
    assert pairs(found(log, "plain")) == list(DIALOGUE)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("Reader: ", "PICC: "),
        ("term> ", "card> "),
        ("Terminal => ", "Card     => "),
        ("[Terminal] ", "[Card] "),
        ("card <- ", "card -> "),
        ("终端：", "卡片："),
        ("HOST: ", "ICC: "),
    ],
)
def test_the_name_of_who_speaks(command: str, answer: str) -> None:
    chatter = "using reader ACS 00 00\nFound card: 04A1B2C3D4E5F6\n"
    assert pairs(found(chatter + marked(command, answer), "plain")) == list(DIALOGUE)


def test_a_status_word_between_command_and_data_in_one_line() -> None:
    rows = [f"指令:{c.hex()} 返回码:{r[-2:].hex()} 数据:{r[:-2].hex()}\n" for c, r in DIALOGUE]
    assert pairs(found("".join(rows), "plain")) == list(DIALOGUE)


def test_a_literal_holds_no_time() -> None:
    log = "TX: b'\\x00\\xb0\\x95\\x00\\x06'\nRX: b'W^8s\\xf5u\\x90\\x00'\n"
    assert pairs(found(log, "plain")) == [
        (bytes.fromhex("00B0950006"), b"W^8s\xf5u\x90\x00"),
    ]


def test_data_of_a_card_is_no_command_for_a_psam() -> None:
    log = (
        "slot 0 T> 00B0850006\nslot 0 R> 801AF893CB919000\n"
        "slot 1 T> 807200000477BA2E26\nslot 1 R> 9000\n"
    )
    lanes = [item.event.channel for item in found(log, "plain") if hasattr(item.event, "command")]
    assert lanes == ["card", "sam"]


@pytest.mark.parametrize("front", ["nfc: (0x7f3a12bc) ", "(0x7f3a12bc) ", "[0x00007f3a12bcd0e8] "])
@pytest.mark.parametrize("arrows", [("C: ", "R:  "), ("> ", "< ")])
def test_a_pointer_in_brackets_is_no_byte(front: str, arrows: tuple[str, str]) -> None:
    sent, got = (f"{front}{arrow}" for arrow in arrows)
    log = f"{sent}00B0960006\n{got}SW1=6A SW2=82\n{sent}805C000204\n{got}00001A2C SW1=90 SW2=00\n"
    assert pairs(found(log, "plain")) == [
        (bytes.fromhex("00B0960006"), b"\x6a\x82"),
        (bytes.fromhex("805C000204"), bytes.fromhex("00001A2C9000")),
    ]


def test_a_pointer_above_bytes() -> None:
    log = "(0x7f3a12bc) >\n00B0960006\n(0x7f3a12bc) <\n6A82\n" * 2
    assert pairs(found(log, "plain")) == [(bytes.fromhex("00B0960006"), b"\x6a\x82")] * 2


def test_blanks_of_a_mail_that_lost_its_head() -> None:
    log = "TX: 00 B2 03 C4 00\nRX:=20\nSW: 6A83\nTX: 805C000204\nRX: 00001A2C\nSW: 9000\n"
    assert pairs(found(log, "plain")) == [
        (bytes.fromhex("00B203C400"), b"\x6a\x83"),
        (bytes.fromhex("805C000204"), bytes.fromhex("00001A2C9000")),
    ]


def test_a_length_at_the_end_of_a_line_is_no_blank() -> None:
    log = "TX: 00B0960020 len=20\nRX: " + "11" * 32 + "9000 len=20\n"
    assert pairs(found(log, "plain"))[0][1][:-2] == b"\x11" * 32


@pytest.mark.parametrize("tag", ["[reader-{}]", "slot {}:", "[reader {}]"])
def test_answers_of_another_reader_are_marked(tag: str) -> None:
    one, two = tag.format(1), tag.format(2)
    log = (
        f"{one} TX: 00A40400021001\n{two} TX: 00B0960006\n{one} RX: 6A82\n{two} RX: 6A86\n"
        f"{one} TX: 805C000204\n{one} RX: 00001A2C9000\n"
    )
    got = found(log, "plain")
    assert pairs(got)[1:] == [
        (bytes.fromhex("00B0960006"), b"\x6a\x86"),
        (bytes.fromhex("805C000204"), bytes.fromhex("00001A2C9000")),
    ]
    assert pairs(got)[0] == (bytes.fromhex("00A40400021001"), b"")
    assert [why for why in whys(got) if "mixed" in why]


def test_what_follows_a_table_is_no_answer() -> None:
    log = (
        "command | data | sw\n00B0960006 | | 6A82\n805C000204 | 00001A2C | 9000\n"
        "00B0950006 | | 6A82\n(11 rows)\n"
    )
    assert pairs(found(log, "plain"))[-1] == (bytes.fromhex("00B0950006"), b"\x6a\x82")


def test_a_warning_at_the_end_of_data_is_data_where_a_status_word_follows() -> None:
    log = "TX:\n00B2050000\nRX:\n11223344556282\n9000\nTX:\n00B2060000\nRX:\n1122334455\n9000\n"
    assert pairs(found(log, "plain"))[0][1] == bytes.fromhex("112233445562829000")


@pytest.mark.parametrize(("answer", "asked"), [(23, True), (25, True), (24, False), (2, False)])
def test_what_a_command_asks_for(answer: int, *, asked: bool) -> None:
    assert fits.is_asked_for(bytes(answer), bytes.fromhex("00B205C417")) is asked
    assert not fits.is_asked_for(bytes(answer), bytes.fromhex("00B205C400"))


def test_a_name_in_brackets_is_no_speaker_beside_an_arrow() -> None:
    verify, update = "0020000003123456", "807200000477BA2E26"
    log = (
        f"[CARD] -> {verify}\n[CARD] <- SW=9000\n[CARD] -> {verify}\n[CARD] <- SW=63C2\n"
        f"[PSAM] -> {update}\n[PSAM] <- SW=9000\n"
    )
    assert pairs(found(log, "plain")) == [
        (bytes.fromhex(verify), b"\x90\x00"),
        (bytes.fromhex(verify), b"\x63\xc2"),
        (bytes.fromhex(update), b"\x90\x00"),
    ]


def test_what_is_asked_for_is_no_answer_to_reset() -> None:
    log = "80 5C 00 02 04\n3B 62 FE 29 90 00\n00 84 00 00 04\n69 85\n"
    assert pairs(found(log, "plain"))[0] == (
        bytes.fromhex("805C000204"),
        bytes.fromhex("3B62FE299000"),
    )


def test_modem_with_a_logical_channel() -> None:
    log = (
        'AT+CGLA=1,26,"01A4040008A000000632010105"\n+CGLA: 4,"9000"\nOK\n'
        'AT+CGLA=1,10,"815C030204"\n+CGLA: 12,"00001A2C9000"\nOK\n'
    )
    assert pairs(found(log, "plain")) == [
        (bytes.fromhex("01A4040008A000000632010105"), b"\x90\x00"),
        (bytes.fromhex("815C030204"), bytes.fromhex("00001A2C9000")),
    ]
    assert detect(Source(io.BytesIO(log.encode()))).name == "plain"


@pytest.mark.parametrize(
    ("told", "sw"),
    [("sw1:144 sw2:0", "9000"), ("SW1=106, SW2=131", "6A83"), ("sw1: 90 sw2: 00", "9000"),
     ("sw1:99 sw2:194", "63C2"), ("SW1=6A SW2=82", "6A82")],
)  # fmt: skip
def test_status_words_in_decimal(told: str, sw: str) -> None:
    log = f"sending [0x00, 0x20, 0x00, 0x00, 0x01, 0x12]\nanswer [], {told}\n"
    assert pairs(found(log, "plain")) == [(bytes.fromhex("002000000112"), bytes.fromhex(sw))]
