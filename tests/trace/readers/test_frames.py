"""APDUs in frames of a PN53x: a chip that reads cards, and one that plays a card."""

from __future__ import annotations

import io

import pytest

from tests.trace.readers.samples import events, pairs, whys
from tests.trace.readers.test_account import read_all
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Note
from ykt_sim.trace.readers import choose
from ykt_sim.trace.readers.base import Source

TALK = [("00A4040008A000000632010105", "6F02840090009000"), ("805C030204", "00001A2C9000")]
RIGHT = [tuple(map(bytes.fromhex, pair)) for pair in TALK]


@pytest.mark.parametrize(
    "shape",
    [
        "TX: D486\nRX: D58700{0}\nTX: D48E{1}\nRX: D58F00\n",
        "> 86\n< 8700{0}\n> 8E{1}\n< 8F00\n",
        "write: 86\nread: 87 00 {0}\nwrite: 8E {1}\nread: 8F 00\n",
        "> D44001{0}\n< D54100{1}\n",
        "write: 40 01 {0}\nread: 41 00 {1}\n",
    ],
)
def test_the_code_of_a_frame_tells_whose_bytes_are_in_it(shape: str) -> None:
    found = events("".join(shape.format(*pair) for pair in TALK), "plain")
    assert pairs(found) == RIGHT
    assert whys(found) == []


def test_the_reader_goes_away() -> None:
    log = "".join("> 86\n< 8700{}\n> 8E{}\n< 8F00\n".format(*pair) for pair in TALK)
    found = events(log + "> 86\n< 8729\n", "plain")
    assert pairs(found) == RIGHT


def test_a_frame_without_an_apdu_is_told_by_name() -> None:
    log = "TX: D486\nRX: D58729\n" + "".join(
        "TX: D44001{}\nRX: D54100{}\n".format(*pair) for pair in TALK
    )
    found = read_all(log.encode())
    assert pairs(found) == RIGHT
    last = found[-1]
    assert isinstance(last, Note)
    assert last.data["else"] == {"frame of the reader": [1, 2]}


def test_apdus_that_only_begin_like_frames_are_apdus() -> None:
    log = "> 00A40000023F00\n< 9000\n> 0084000004\n< 112233449000\n"
    assert len(pairs(events(log, "plain"))) == 2


def test_an_answer_may_begin_like_a_frame() -> None:
    log = "> 00B0960006\n< D595BD3EDE98 sw: 9000\n> 00B0960006\n< D487BD3EDE98 sw: 9000\n"
    assert [answer.hex() for _, answer in pairs(events(log, "plain"))] == [
        "d595bd3ede989000",
        "d487bd3ede989000",
    ]


@pytest.mark.parametrize(
    "log",
    [
        # CR95HF: a PCB in front, the flag of the CRC behind; the answer in a frame of the reader.
        ">>> CR95HFDLL_STCMD, 01020200\n<<< 0000\n>>> CR95HFDLL_SENDRECV, 03805C03020428\n"
        "<<< 800A0300001A2C9000838F00\n>>> CR95HFDLL_SENDRECV, 0200B20BC40028\n"
        "<<< 8006026A831A3E00\n",
        # Blocks whose checksums stand apart.
        "pm3 --> hf 14b raw -p -c 03805c030204\n[LEN 9] 03 00 00 1A 2C 90 00 [D4 84] OK\n"
        "pm3 --> hf 14b raw -p -c 0200b20bc400\n[LEN 5] 02 6A 83 [1E 07] OK\n",
        # A length, a code and a sum around the command.
        "send: 50 00 0E 1C 22 00A4040008A000000632010105 7F\nrecv: 50 00 04 00 90 00 44\n"
        "send: 50 00 06 1C 22 80 5C 03 02 04 7F\nrecv: 50 00 08 00 00 00 1A 2C 90 00 44\n",
    ],
)
def test_frames_that_nobody_knows_are_refused(log: str) -> None:
    with pytest.raises(TraceError, match=r"frame of a reader.*re:PATTERN"):
        choose(Source(io.BytesIO(log.encode()), "log"))
    found = events(log, "plain")
    assert pairs(found) == []
    assert len(whys(found)) > 1


def test_commands_on_other_channels_are_no_blocks() -> None:
    turns = [
        ("02A4040008A000000632010105", "9000"),
        ("02B0950004", "010203049000"),
        ("0384000008", "11223344556677889000"),
    ]
    found = events("".join("--> {}\n<-- {}\n".format(*turn) for turn in turns), "plain")
    assert [(sent.hex().upper(), came.hex().upper()) for sent, came in pairs(found)] == turns
    assert whys(found) == []
