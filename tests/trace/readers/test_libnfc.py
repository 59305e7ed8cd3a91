"""Output of libnfc's emulators."""

from __future__ import annotations

from tests.trace.readers.samples import DIALOGUE, found, libnfc, pairs, whys
from ykt_sim.trace.readers.libnfc import FORMAT


def test_what_comes_in_is_a_command() -> None:
    items = found(libnfc(), "libnfc")
    assert pairs(items) == list(DIALOGUE)
    assert {item.session for item in items} == {"card"}


def test_a_real_ending() -> None:
    log = "    In: 60  \nnfc-emulate-forum-tag4: ERROR: Operation not supported (95)\n"
    assert pairs(found(log, "libnfc")) == [(b"\x60", b"")]


def test_damage_is_named() -> None:
    items = found("    Out: 90  00  \n    In: 00  a  \n", "libnfc")
    assert whys(items) == [
        "answer: expected a command before this answer, there is none",
        "command: expected pairs of hex digits, found an odd number of them",
    ]


def test_the_beginning_tells() -> None:
    assert FORMAT.sniff(b"NFC reader: opened\n" + libnfc().encode()) == 85
    assert FORMAT.sniff(b"In: 00 a4\n    In: 00 a4\n    in: 00  a4  \n") == 0
