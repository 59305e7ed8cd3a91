"""APDUs in frames of a PN53x: a chip that reads cards, and one that plays a card."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import events, pairs, whys
from tests.trace.readers.test_account import read_all
from ykt_sim.trace.model import Note

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
