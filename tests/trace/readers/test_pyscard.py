"""The console observer of pyscard."""

from __future__ import annotations

import pytest

from tests.trace.readers.samples import found, pairs, whys
from ykt_sim.trace.model import Exchange, Removed, Reset


def test_connections_are_conversations() -> None:
    log = (
        "connecting to A 1\n> 80 5C 00 02 04\n< 00 00 27 10 90 00\n"
        "> 00 B0 95 00 00\n<  [] 6A 82\ndisconnecting from A 1\n"
        "connecting to B 2\n> 00 84 00 00 04\n"
        "reconnecting to B 2\n> 00 84 00 00 04\n<  [] 69 82\n"
    )
    items = found(log, "pyscard")
    assert [(session, type(event)) for session, event in items] == [
        ("A 1", Reset),
        ("A 1", Exchange),
        ("A 1", Exchange),
        ("A 1", Removed),
        ("B 2", Reset),
        ("B 2", Exchange),
        ("B 2", Reset),
        ("B 2", Exchange),
    ]
    assert [answer.hex() for _, answer in pairs(items)] == ["000027109000", "6a82", "", "6982"]


def test_old_versions_leave_out_leading_zeros() -> None:
    log = "> 80 5C 00 02 04\n< 00 00 27 10 90 0 \n> 00 84 00 00 04\n<  [] 90 0 \n"
    assert [answer.hex() for _, answer in pairs(found(log, "pyscard"))] == ["000027109000", "9000"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("< 00 00 2 10 90 00\n", "expected pairs of hex digits, found an odd number of them"),
        ("< [00 00] 90 00\n", "expected hex digits, found '[' at character 2"),
        ("< 61 2", "expected pairs of hex digits, found an odd number of them"),
    ],
)
def test_damage_is_named(answer: str, why: str) -> None:
    items = found("> 80 5C 00 02 04\n" + answer, "pyscard")
    assert pairs(items) == [(bytes.fromhex("805C000204"), b"")]
    assert whys(items) == [f"answer: {why}"]
