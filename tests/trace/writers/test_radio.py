"""Frames of a trace, before any file format."""

from __future__ import annotations

import pytest

from tests.trace.readers.air import a
from tests.trace.writers.sample import SMALL, trace
from ykt_sim.trace.iso14443 import pseudo_atr
from ykt_sim.trace.model import Exchange, Removed, Reset
from ykt_sim.trace.writers.radio import MAX_INF, activation, frames


def test_an_activation_frame_by_frame() -> None:
    assert activation(pseudo_atr(b"YKT")) == [
        ("reader", bytes.fromhex("26"), 7),
        ("card", bytes.fromhex("0400"), 8),
        ("reader", bytes.fromhex("9320"), 8),
        ("card", bytes.fromhex("08594B544E"), 8),
        ("reader", bytes.fromhex("937008594B544EF49F"), 8),
        ("card", bytes.fromhex("20FC70"), 8),
        ("reader", bytes.fromhex("E0803173"), 8),
        ("card", a("0878808000594B54"), 8),
    ]


def test_an_atr_of_a_contact_card_leaves_no_historical_bytes() -> None:
    *_, (_, ats, _) = activation(bytes.fromhex("3B6E000080318066B08412016E0183009000"))
    assert ats == a("0578808000")


def test_a_small_trace() -> None:
    sent = list(frames(SMALL.events))
    assert [(frame.source, frame.data) for frame in sent[9:]] == [
        ("reader", a("020084000004")),
        ("card", a("02010203049000")),
        ("reader", a("03805C000204")),
        ("off", b""),
    ]
    assert [frame.source for frame in sent[:2]] == ["on", "reader"]
    assert [round(frame.t, 6) for frame in sent[9:]] == [0.01, 0.0125, 0.02, 0.5]
    assert all(0.0 <= frame.t < 0.01 for frame in sent[:9])


def test_chains_both_ways_with_running_numbers() -> None:
    command = bytes.fromhex("00D60000") + bytes(2 * MAX_INF)
    answer = bytes(MAX_INF) + b"\x90\x00"
    exchange = Exchange(t=1.0, channel="card", command=command, response=answer, duration_ms=7.0)
    sent = list(frames([exchange, exchange]))[1:]
    pcbs = [f"{frame.source[0]}{frame.data[0]:02X}" for frame in sent]
    assert pcbs == [
        "r12", "cA2", "r13", "cA3", "r02", "c12", "rA3", "c03",
        "r12", "cA2", "r13", "cA3", "r02", "c12", "rA3", "c03",
    ]  # fmt: skip
    assert max(len(frame.data) for frame in sent) == 256
    assert [round(frame.t, 6) for frame in sent[:8]] == [1 + n / 1000 for n in range(8)]


@pytest.mark.parametrize("size", [MAX_INF - 1, MAX_INF, MAX_INF + 1])
def test_the_longest_frame_has_256_bytes(size: int) -> None:
    sent = list(frames([Exchange(t=0.0, channel="card", command=bytes(size), response=b"")]))[1:]
    assert [len(frame.data) for frame in sent if frame.source == "reader"] == (
        [size + 3] if size <= MAX_INF else [256, size - MAX_INF + 3]
    )


def test_a_reset_begins_the_numbers_anew_and_a_removal_needs_a_field() -> None:
    ask = Exchange(t=0.0, channel="card", command=bytes(5), response=b"\x90\x00")
    off = Removed(t=0.0, channel="card")
    reset = Reset(t=0.0, channel="card", atr=b"")
    sources = [frame.source for frame in frames(trace(off, off, ask, off, off, reset).events)]
    assert sources.count("off") == 1
    assert sources.count("on") == 2
    pcbs = [f.data[0] for f in frames([ask, reset, ask, ask]) if f.source == "reader"]
    assert pcbs[:1] + pcbs[-2:] == [0x02, 0x02, 0x03]


def test_an_activation_fits_in_the_time_there_is() -> None:
    reset = Reset(t=1.0, channel="card", atr=b"")
    ask = Exchange(t=1.0001, channel="card", command=bytes(5), response=b"\x90\x00")
    times = [frame.t for frame in frames([reset, ask])]
    assert times == sorted(times)
    times = [frame.t for frame in frames([reset])]
    assert times[-1] == pytest.approx(1.0035)
