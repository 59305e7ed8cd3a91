"""Dumps of apdu4j."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import ATR, DIALOGUE, READER, apdu4j, events, found, pairs, whys
from ykt_sim.trace.model import Exchange, Note, Reset


def test_the_new_shape() -> None:
    items = found(apdu4j(), "apdu4j")
    assert items[0] == ("card", Reset(t=0.0, channel="card", atr=ATR))
    assert pairs(items) == list(DIALOGUE)
    assert {event.duration_ms for _, event in items if isinstance(event, Exchange)} == {24.0}


def test_the_old_shape() -> None:
    items = found(apdu4j(old=True), "apdu4j")
    assert {item.session for item in items} == {READER}
    head = items[0].event
    assert isinstance(head, Note)
    assert head.data == {"created": "2014-12-31T18:10:35+02:00"}
    assert pairs(items) == list(DIALOGUE)


def test_a_failure_has_no_answer() -> None:
    log = "805C000204\n# 24ms Card was removed\n00A4040000\n# 1s2ms\n9000\n"
    first, note, second = events(log, "apdu4j")
    assert pairs([first, second]) == [
        (bytes.fromhex("805C000204"), b""),
        (bytes.fromhex("00A4040000"), b"\x90\x00"),
    ]
    assert isinstance(note, Note)
    assert note.data == {"call": "transmit", "code": "Card was removed"}
    assert isinstance(second, Exchange)
    assert second.duration_ms == 1002.0


def test_a_command_that_is_sent_again_after_no_answer() -> None:
    log = "# Sent\n805C000204\n# Sent\n805C000204\n# Received in 3ms\n9000\n"
    assert [answer for _, answer in pairs(found(log, "apdu4j"))] == [b"", b"\x90\x00"]


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("# ATR: 3B0\n", ["ATR: expected pairs of hex digits, found an odd number of them"]),
        (
            "805C00020\n9000\n",
            [
                "command: expected pairs of hex digits, found an odd number of them",
                "answer: expected a command before this answer, it could not be read",
            ],
        ),
        ("805C000204\n90x0\n", ["answer: expected hex digits, found 'x' at character 3"]),
        ("# Generated on Wed, 31 Foo 2014 18:10:35 +0200\n805C000204\n9000\n", []),
    ],
)
def test_damage_is_named(log: str, expected: list[str]) -> None:
    assert whys(found(log, "apdu4j")) == expected
