"""Messages over lines, and both sides in one line; `readers.loose.spread`, `parts`."""

from __future__ import annotations

import io

import pytest

from tests.trace.readers.samples import pairs, whys
from ykt_sim.trace.readers import choose, read_as
from ykt_sim.trace.readers.base import Found, Source

BALANCE = (bytes.fromhex("805C030204"), bytes.fromhex("00001A2C9000"))
SELECT = (bytes.fromhex("00A4040008A000000632010105"), bytes.fromhex("6F0384010A9000"))
NO_RECORD = (bytes.fromhex("00B20BC400"), bytes.fromhex("6A83"))
TALK = [SELECT, BALANCE, NO_RECORD]


def found(log: str) -> list[Found]:
    """What the format that is told by the log finds in it."""
    source = Source(io.BytesIO(log.encode()), "log")
    return list(read_as(source, choose(source)))


def listed(data: bytes, *, width: int) -> list[str]:
    """Rows of a list of decimal numbers that are padded."""
    numbers = [f"{byte:3}" for byte in data]
    rows = [", ".join(numbers[at : at + width]) for at in range(0, len(numbers), width)]
    return [f"  {row}," for row in rows[:-1]] + [f"  {rows[-1]}"]


@pytest.mark.parametrize("width", [1, 5, 12, 100])
@pytest.mark.parametrize("words", [("-->", "<--"), ("tx", "rx"), ("send", "recv")])
def test_a_list_over_lines(words: tuple[str, str], width: int) -> None:
    lines = []
    for pair in TALK:
        for word, data in zip(words, pair, strict=True):
            lines += [f"{word} Uint8Array({len(data)}) [", *listed(data, width=width), "]"]
    read = found("\n".join(lines) + "\n")
    assert pairs(read) == TALK
    assert whys(read) == []


def test_padded_numbers_in_one_line() -> None:
    sides = [
        f"{word}: [ {listed(data, width=100)[0].strip()} ]"
        for pair in TALK
        for word, data in zip(("tx", "rx"), pair, strict=True)
    ]
    assert pairs(found("\n".join(sides) + "\n")) == TALK


def dumped(data: bytes) -> list[str]:
    """Rows with an offset and text behind."""
    return [
        f"           {at:04X}  {data[at : at + 16].hex(' ').upper():50}....."
        for at in range(0, len(data), 16)
    ]


def headed(command: bytes, answer: bytes) -> list[str]:
    """Heads that say in decimal how many bytes come."""
    rows = command[5:] if len(command) > 5 else b""
    named = f"Lc={len(rows)}" if rows else f"Le={command[4]}"
    size = f" Lr={len(answer) - 2}" if len(answer) > 2 else ""
    return [
        f"0001 C: {command[:4].hex(' ').upper()} - NAME {named} ",
        *dumped(rows),
        f"     R: SW1/SW2={answer[-2:].hex().upper()} (Normal: No error){size}",
        *dumped(answer[:-2]),
    ]


LONG = (bytes.fromhex("00D6950020") + bytes(range(32)), bytes.fromhex("9000"))
WIDE = (bytes.fromhex("00B0950014"), bytes(range(20)) + bytes.fromhex("9000"))


def test_heads_with_rows() -> None:
    talk = [SELECT, LONG, WIDE, BALANCE, NO_RECORD]
    read = found("\n".join(line for pair in talk for line in headed(*pair)) + "\n")
    assert pairs(read) == talk
    assert whys(read) == []


@pytest.mark.parametrize("lost", [1, 2])
def test_a_head_without_its_rows_is_marked(lost: int) -> None:
    lines = headed(*LONG)
    del lines[lost]
    rest = [line for pair in (WIDE, NO_RECORD) for line in headed(*pair)]
    read = found("\n".join([*lines, *rest]) + "\n")
    assert pairs(read)[-2:] == [WIDE, NO_RECORD]
    assert len(whys(read)) >= 1
    assert not [pair for pair in pairs(read)[:-2] if pair[1]]


#: A return code, lengths by name, both sides and the status word in one line.
LINES = [
    "apdu ret=0 cmdLen={} cmd={} rspLen={} rsp={} sw=0x{} cost=12ms",
    "transmit, status: 0, cmd_len: {}, cmd: {}, resp_len: {}, resp: {}, sw: {}",
    "I/Card: apdu result=0 sendLen={} send={} recvLen={} recv={} SW={}",
]


def one_line(shape: str, command: bytes, answer: bytes, size: int | None = None) -> str:
    """Both sides in one line, with another length of the answer where it is given."""
    data, sw = answer[:-2], answer[-2:]
    told = len(data) if size is None else size
    return shape.format(len(command), command.hex(), told, data.hex(), sw.hex())


@pytest.mark.parametrize("shape", LINES)
def test_lengths_by_name_behind_a_return_code(shape: str) -> None:
    talk = [SELECT, LONG, WIDE, BALANCE, NO_RECORD]
    read = found("\n".join(one_line(shape, *pair) for pair in talk) + "\n")
    assert pairs(read) == talk
    assert whys(read) == []


@pytest.mark.parametrize("shape", LINES)
def test_an_announced_answer_that_is_not_there_is_marked(shape: str) -> None:
    lines = [one_line(shape, *pair) for pair in TALK]
    lines.insert(1, one_line(shape, WIDE[0], bytes.fromhex("9000"), 20))
    read = found("\n".join(lines) + "\n")
    assert pairs(read) == [SELECT, (WIDE[0], b""), BALANCE, NO_RECORD]
    assert len(whys(read)) == 1
