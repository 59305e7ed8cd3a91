"""The frame around messages of pcscd."""

from __future__ import annotations

import pytest

from ykt_sim.trace.readers.base import Line
from ykt_sim.trace.readers.pcsclog import PcscLog


def entry(text: str, log: PcscLog | None = None) -> tuple[float, str, str]:
    return tuple((log or PcscLog()).entry(Line(1, 0, text)))


@pytest.mark.parametrize(
    ("text", "thread", "message"),
    [
        ("00000031 SW: 90 00", "", "SW: 90 00"),
        ("00000031 [1946149872] SW: 6D 00 ", "1946149872", "SW: 6D 00 "),
        ("00000031 [-1224925184] x", "-1224925184", "x"),
        ("00000031 [0x7fff7e07b300] x", "0x7fff7e07b300", "x"),
        ("> 00000031 x", "", "x"),
        (" :36 pcscd[2811]: 00000035 x", "", "x"),
        ("Mar 29 10:34:30 desk pcscd[2811]: x", "", "x"),
        ("x", "", "x"),
        ("1234 x", "", "1234 x"),
    ],
)
def test_frames(text: str, thread: str, message: str) -> None:
    assert entry(text) == (0.0, thread, message)


def test_the_first_column_adds_up_from_the_second_line_on() -> None:
    log = PcscLog()
    lines = ["00000500 a", "00000031 b", "chatter", "99999999 c", "-0000005 d"]
    assert [entry(line, log)[0] for line in lines] == [0.0, 31e-6, 31e-6, 100.00003, 100.00003]


def test_a_time_of_day_serves_where_nothing_else_does() -> None:
    log = PcscLog()
    front = "Nov  1 12:00:0{} desk pcscd[7]: x"
    assert [entry(front.format(second), log)[0] for second in (1, 3)] == [0.0, 2.0]
