"""Output of opensc-tool -s."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import DIALOGUE, dump, events, found, pairs, spaced, whys
from ykt_sim.trace.model import Reset


def output(command: bytes, answer: bytes) -> str:
    colon = ":" if len(answer) > 2 else ""
    head = f"Received (SW1=0x{answer[-2]:02X}, SW2=0x{answer[-1]:02X}){colon}\n"
    return f"Sending: {spaced(command)} \n{head}{dump(answer[:-2])}"


def test_the_dialogue_and_the_reader() -> None:
    log = "Using reader with a card: R 1\n" + "".join(output(*pair) for pair in DIALOGUE)
    items = found(log, "opensc-tool")
    assert pairs(items) == list(DIALOGUE)
    assert {item.session for item in items} == {"R 1"}


def test_debug_messages_in_between() -> None:
    log = output(*DIALOGUE[0]).replace("Received", "P:1; T:0x1 07:09:44.675 [x] y.c:1: z\nReceived")
    assert pairs(found(log, "opensc-tool")) == [DIALOGUE[0]]


def test_the_atr() -> None:
    assert events("3b:8f:80:01\nSending: 00 84 00 00 04\n", "opensc-tool")[0] == Reset(
        t=0.0, channel="card", atr=bytes.fromhex("3B8F8001")
    )


def test_text_that_looks_like_hex() -> None:
    for size in range(1, 40):
        pair = (b"\x00\xb0\x95\x00\x00", (b"A1 " * 20)[:size] + b"\x90\x00")
        log = output(*pair) + output(*DIALOGUE[0])
        assert pairs(found(log, "opensc-tool")) == [pair, DIALOGUE[0]]


def test_a_full_last_row_is_not_taken_for_a_cut() -> None:
    pair = (b"\x00\xb0\x95\x00\x00", bytes(32) + b"\x90\x00")
    items = found(output(*pair) + output(*DIALOGUE[0]), "opensc-tool")
    assert pairs(items) == [pair, DIALOGUE[0]]
    assert whys(items) == []


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("Received (SW1=0x90, SW2=0x00):\n", "expected rows of data after the status word"),
        (
            "Received (SW1=0x90, SW2=0x00):\n00 00 27 10 ..\n",
            "expected a row whose text column shows its bytes",
        ),
        ("Received (SW1=0x90, SW2=0x00)", "expected a line end or a colon"),
        ("Received (SW1=0x9, SW2=0x00)\n", "expected SW1 and SW2 in two hex digits each"),
    ],
)
def test_damage_is_named(rows: str, why: str) -> None:
    items = found("Sending: 80 5C 00 02 04 \n" + rows, "opensc-tool")
    assert pairs(items) == [(bytes.fromhex("805C000204"), b"")]
    assert whys(items) == [f"answer: {why}"]
