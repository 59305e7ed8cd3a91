"""Numbers in front of the rows of a dump, behind other words."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import events, pairs, whys
from ykt_sim.trace.readers.loose.addresses import Steps, steps_of

TALK = [
    (
        "00A4040008A000000632010105",
        "6F318408A000000632010105A5259F0801029F0C1E02205810FFFFFFFF0201031048760001234567892024"
        "01012039123100009000",
    ),
    ("805C030204", "00001A2C9000"),
    (
        "807000001CA1B2C3D40005000000C8092024030108150001000487600012345678",
        "00000021D3E4F5069000",
    ),
    ("00B20BC400", "6A83"),
]
FRONTS = {
    "words": ("drv: {}: ", "tx", "rx"),
    "tag": ("W (77) nfc: {} ", "send", "recv"),
    "arrow": ("[main] {} ", ">>", "<<"),
}
NUMBERS = {
    "offset": "{0:08x}: ",
    "memory": "0x{1:08x}   ",
    "symbol": "0x{1:08x} <buf+{0}>:\t",
    "index": "{2}: ",
}


def _read(log: str) -> list[tuple[str, str]]:
    found = events(log.rstrip("\n") + "\n", "plain")
    assert not whys(found)
    return [(sent.hex().upper(), came.hex().upper()) for sent, came in pairs(found)]


def _log(front: str, number: str, width: int, *, text: bool) -> str:
    form, sent, received = FRONTS[front]
    lines: list[str] = []
    for talk in TALK:
        for word, digits in zip((sent, received), talk, strict=True):
            data = bytes.fromhex(digits)
            base = 0x20001F40 if word == sent else 0x20002051
            for row, at in enumerate(range(0, len(data), width)):
                part = data[at : at + width]
                shown = "".join(chr(byte) if 0x20 < byte < 0x7F else "." for byte in part)
                told = NUMBERS[number].format(at, base + at, row)
                line = f"{form.format(word)}{told}{part.hex(' '):<{3 * width}}"
                lines.append(f"{line} |{shown}|" if text else line.rstrip())
    return "\n".join(lines)


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("width", [8, 16, 32])
@pytest.mark.parametrize("text", [True, False])
def test_rows_are_put_together(front: str, number: str, width: int, *, text: bool) -> None:
    assert _read(_log(front, number, width, text=text)) == TALK


def test_a_number_that_does_not_grow_by_its_row_is_none() -> None:
    rows = ["tx 0010: 01 02 03 04", "tx 0018: 05 06 07 08", "tx 0030: 09 0A"]
    assert steps_of(rows) == Steps()


def test_one_number_that_grows_by_one_proves_nothing() -> None:
    assert steps_of(["cmd 1: 80 5C 03 02 04", "cmd 2: 80 5C 00 02 04"]) == Steps()


def test_commands_with_numbers_are_no_rows() -> None:
    log = "\n".join(
        f"step {number}: {command}\nstep {number}: {answer}"
        for number, (command, answer) in enumerate(TALK)
    )
    assert _read(log) == TALK


def test_the_rest_of_a_command_is_no_command() -> None:
    log = "tx a) 00 A4 04 00 08 A0 00 00\ntx b) 06 32 01 01 05\nrx a) 6A 82\n"
    assert _read(log) == [("00A4040008A000000632010105", "6A82")]
