"""What of a line has to be accounted for."""

from __future__ import annotations

import pytest

from ykt_sim.trace.readers.runs import left, runs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bar 00112233445566778899", [("00112233445566778899", "")]),
        ("TX: 00 A4 04 00 9000", [("00a404009000", "")]),
        (r"\x80\x5c\x00\x02", [("805c0002", "")]),
        ("80h 5Ch 00h 02h", [("805c0002", "")]),
        ("0x00, 0xA4, 0x04, 0x00", [("00a40400", "")]),
        ("at 12:01:02.003 2024-03-01", [("120102003", "time"), ("20240301", "time")]),
        ("00:20:00:01", [("00200001", "")]),
        ("(0x7f3a12bc) called", [("7f3a12bc", "address")]),
        ("data=0x7f3a12bc", [("7f3a12bc", "")]),
        ("Card ATR: 3B 88 80 01", [("3b888001", "atr")]),
        ("hCard 7FA60D2B", [("7fa60d2b", "hcard")]),
        ("密钥：0011223344556677", [("0011223344556677", "密钥")]),
        ("ABCDEF123", [("abcdef123", "")]),
        ("SW=6A82", [("6a82", "")]),
        ("SW: 9000", [("9000", "")]),
        ("9000 of them", []),
        ("process 12345, 123456789 bytes", []),
        ("face the decade", []),
        ("12822-12822/org.x", []),
        ("66.44 yuan", []),
    ],
)
def test_runs(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(run.digits, run.name) for run in runs(text)] == expected


def test_what_was_taken_is_not_left() -> None:
    text = "TX: 00 A4 00 00 02 3F 00 9000 then 11223344"
    assert [run.digits for run in left(text, [bytes.fromhex("00A40000023F009000")])] == ["11223344"]
    assert (
        left(text, [bytes.fromhex("00A40000023F00"), b"\x90\x00", bytes.fromhex("11223344")]) == []
    )


def test_a_part_that_was_not_taken_is_left() -> None:
    text = "00A40000023F00AABBCCDD"
    assert len(left(text, [bytes.fromhex("00A40000023F00")])) == 1


def test_a_line_without_end_is_linear() -> None:
    assert len(runs("00" * 500_000)) == 1
    assert len(runs("0A " * 300_000)) == 1
    assert runs("0:" * 300_000) == []
