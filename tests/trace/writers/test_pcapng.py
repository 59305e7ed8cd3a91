"""A trace as a pcapng file: byte for byte, and read back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.trace.readers.air import broken_of, found, without_notes
from tests.trace.writers.sample import FILES, SMALL, on_air, synthetic, told, trace, traces
from ykt_sim.trace.model import Exchange, Trace
from ykt_sim.trace.readers.pcap14443 import read, sniff
from ykt_sim.trace.writers.pcapng import write

moderate = settings(max_examples=100, deadline=None)


def written(what: Trace) -> bytes:
    out = io.BytesIO()
    write(what, out)
    return out.getvalue()


def test_every_byte_of_a_small_file() -> None:
    ask = Exchange(
        t=0.5, channel="card", command=bytes.fromhex("0084000004"), response=b"\x6d\x00",
        duration_ms=1.0,
    )  # fmt: skip
    assert written(trace(ask, created="1970-01-01T01:11:35")) == bytes.fromhex(
        # Section: length 2C, byte order, version 1.0, length unknown, "ykt-sim", end.
        "0A0D0D0A 2C000000 4D3C2B1A 0100 0000 FFFFFFFFFFFFFFFF"
        "0400 0700 796B742D73696D00 0000 0000 2C000000"
        # Interface: type 264, everything kept, microseconds.
        "01000000 20000000 0801 0000 00000000 0900 0100 06000000 0000 0000 20000000"
        # Field on, at 4295.5 seconds: one turn of the lower 32 bits and 532704 more.
        "06000000 24000000 00000000 01000000 E0200800 04000000 04000000 00FC0000 24000000"
        # GET CHALLENGE in block 0, with its CRC.
        "06000000 2C000000 00000000 01000000 E0200800 0C000000 0C000000"
        "00FE0008 02 0084000004 4326 2C000000"
        # The answer a millisecond later.
        "06000000 2C000000 00000000 01000000 C8240800 09000000 09000000"
        "00FF0005 02 6D00 81C5 000000 2C000000"
    )


def test_nothing_is_a_file_too() -> None:
    assert found(read, written(trace())) == []
    assert sniff(written(trace())) == 100


@pytest.mark.parametrize("created", ["", "yesterday", "2024-11-01T09:00:00+08:00", "0001-01-01"])
def test_times_are_relative_whatever_the_date(created: str) -> None:
    data = written(trace(*SMALL.events, created=created))
    items = found(read, data)
    assert [item.event.t for item in items if isinstance(item.event, Exchange)] == [0.01, 0.02]


def compared(what: Trace) -> None:
    """Read back: the same events, times in microseconds from the first one."""
    data = written(what)
    items = found(read, data)
    assert {item.session for item in items} <= {"card 1"}
    got, wanted = without_notes(item.event for item in items), on_air(what.events)
    assert [told(event) for event in got] == [told(event) for event in wanted]
    start = wanted[0].t if wanted else 0.0
    for event, true in zip(got, wanted, strict=True):
        assert event.t == pytest.approx(true.t - start, abs=1.01e-6)
        if isinstance(event, Exchange) and isinstance(true, Exchange) and true.response:
            assert event.duration_ms == pytest.approx(true.duration_ms or 0.0, abs=2.01e-3)
    silent = sum(isinstance(event, Exchange) and not event.response for event in wanted)
    assert len(broken_of(items)) == silent


def test_there_and_back() -> None:
    compared(SMALL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_synthetic_dialogues_there_and_back(path: Path) -> None:
    compared(synthetic(path))


def test_there_are_dialogues() -> None:
    assert len(FILES) > 30


@given(traces())
@moderate
def test_any_dialogue_there_and_back(what: Trace) -> None:
    compared(what)
