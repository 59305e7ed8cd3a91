"""Logs of blocks: who is the reader, and APDUs that are shown once more beside them."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import pairs, whys
from tests.trace.readers.test_account import read_all
from ykt_sim.trace.iso14443 import crc_a
from ykt_sim.trace.model import Note

TALK = [
    ("00A4040008A000000632010105", "6F108408A000000632010105A5049F0801029000"),
    ("805C030204", "00001A2C9000"),
    ("00B201C400", "6A83"),
]
RIGHT = [tuple(map(bytes.fromhex, pair)) for pair in TALK]
ACTIVATION = ["26", "0400", "9320", "04A1B2C3D4", "937004A1B2C3D4", "20", "E080", "0578807002"]
_UNCHECKED = 4


def _frames(*, crc: bool, cid: bool, activation: bool) -> list[bytes]:
    frames = [bytes.fromhex(one) for one in ACTIVATION] if activation else []
    checked = frames[:_UNCHECKED]
    frames = frames[_UNCHECKED:]
    for number, pair in enumerate(RIGHT):
        head = bytes(((0x0A if cid else 0x02) | number & 1,)) + (b"\0" if cid else b"")
        frames += [head + data for data in pair]
    return checked + ([one + crc_a(one) for one in frames] if crc else frames)


@pytest.mark.parametrize("words", [("TX: ", "RX: "), ("RX: ", "TX: "), ("PCD: ", "PICC: ")])
@pytest.mark.parametrize("activation", [True, False])
@pytest.mark.parametrize(("crc", "cid"), [(True, False), (False, False), (False, True)])
def test_who_activates_or_sends_commands_is_the_reader(
    words: tuple[str, str], *, activation: bool, crc: bool, cid: bool
) -> None:
    frames = _frames(crc=crc, cid=cid, activation=activation)
    found = read_all(
        "".join(f"{words[at & 1]}{one.hex(' ')}\n" for at, one in enumerate(frames)).encode()
    )
    assert pairs(found) == RIGHT
    assert whys(found) == []


@pytest.mark.parametrize(("crc", "cid"), [(True, False), (False, False), (False, True)])
def test_blocks_in_lines_of_mere_hex(*, crc: bool, cid: bool) -> None:
    frames = _frames(crc=crc, cid=cid, activation=False)
    assert pairs(read_all("".join(f"{one.hex()}\n" for one in frames).encode())) == RIGHT


@pytest.mark.parametrize("crc", [True, False])
@pytest.mark.parametrize(
    "shape", ["cmd: {0}\nTX: {1}\nRX: {2}\nrsp: {3}\n", "> {1}\n< {2}\n{3}\n", "> {1}\n< {2}\n"]
)
def test_an_apdu_beside_its_block_is_told(shape: str, *, crc: bool) -> None:
    frames = [one.hex(" ") for one in _frames(crc=crc, cid=True, activation=False)]
    blocks = zip(TALK, frames[::2], frames[1::2], strict=True)
    text = "".join(shape.format(c, a, b, r) for (c, r), a, b in blocks)
    found = read_all(text.encode())
    assert pairs(found) == RIGHT
    assert whys(found) == []
    others = [note.data.get("else") for note in found if isinstance(note, Note)]
    assert bool(others) == ("{3}" in shape)
    assert all(list(named or {}) == ["APDU of a block again"] for named in others)


def test_apdus_of_a_logical_channel_are_no_blocks() -> None:
    log = "> 02A40000023F00\n< 9000\n> 03B0000002\n< 11229000\n> 02B0000002\n< 11229000\n"
    assert len(pairs(read_all(log.encode()))) == 3
