"""Commands and answers that come one by one."""

from __future__ import annotations

from tests.trace.readers.air import shorts
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.pairing import Pairing, milliseconds


def test_pairs_have_times() -> None:
    pairing = Pairing("sim")
    assert list(pairing.command(1.5, b"\x00\xa4\x00\x00", offset=7)) == []
    assert pairing.waiting
    (item,) = pairing.answer(1.75, b"\x90\x00", offset=9)
    assert item.session == "sim"
    assert item.event == Exchange(
        t=1.5, channel="card", command=b"\x00\xa4\x00\x00", response=b"\x90\x00", duration_ms=250.0
    )
    assert not pairing.waiting


def test_without_times_no_duration() -> None:
    pairing = Pairing("sim", channel="sam", timed=False)
    list(pairing.command(0.0, b"\x00\xa4\x00\x00", offset=0))
    (item,) = pairing.answer(0.0, b"\x90\x00", offset=1)
    assert isinstance(item.event, Exchange)
    assert item.event.duration_ms is None
    assert item.event.channel == "sam"


def test_what_does_not_pair_up() -> None:
    pairing = Pairing("sim")
    items = [
        *pairing.answer(0.0, b"\x90\x00", offset=1),
        *pairing.command(0.0, b"\x00\xa4\x00", offset=2),
        *pairing.command(0.0, b"\x00\xa4\x00\x00", offset=3),
        *pairing.command(0.0, b"\x00\xb0\x00\x00", offset=4),
        *pairing.answer(0.0, b"\x90", offset=5),
        *pairing.close("nothing is open"),
    ]
    assert shorts(items) == [
        ("broken", "an answer without a command before it"),
        ("broken", "expected a command of 4 bytes at least, got 3"),
        ("x", "00A40000", ""),
        ("broken", "the next command came before an answer"),
        ("x", "00B00000", ""),
        ("broken", "expected a status word (6XXX or 9XXX) at the end, found 90"),
    ]


def test_milliseconds_have_no_dust() -> None:
    assert milliseconds(0.1, 0.3) == 200.0
    assert milliseconds(0.3, 0.1) is None
