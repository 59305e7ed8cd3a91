"""A spool gives back what was put in, keeps none of it in memory and leaves nothing behind."""

from __future__ import annotations

import errno
import itertools
import tempfile
import tracemalloc
from enum import StrEnum
from pathlib import Path

import pytest

from tests.trace.corpus import RECORDED, SYNTHETIC, load
from ykt_sim.trace import spool as module
from ykt_sim.trace.model import Event, Exchange, Header, Note, Removed, Reset, Trace
from ykt_sim.trace.spool import Kept, Spool


def kept(spool: Spool, trace: Trace) -> Kept:
    start = spool.begin()
    for event in trace.events:
        spool.add(event)
    return spool.since(start, trace.header)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("small", [0, 1 << 20])
def test_several_recordings_come_back_as_often_as_asked(
    small: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SMALL", small)
    traces = [load(name) for name in (*SYNTHETIC, *RECORDED)]
    with Spool() as spool:
        found = [kept(spool, trace) for trace in traces]
        for _ in range(2):
            assert [one.whole() for one in found] == traces
        assert [tuple(one.exchanges) for one in found] == [trace.exchanges for trace in traces]
        # Two places are read by turns, and something is written in between.
        pairs = itertools.zip_longest(found[0].events, found[1].events)
        first = next(pairs)
        again = kept(spool, traces[2])
        assert [first, *pairs] == [*itertools.zip_longest(traces[0].events, traces[1].events)]
        assert again.whole() == traces[2]
    assert not list(folder.iterdir())


class _Word(StrEnum):
    ONE = "one"


def test_what_a_note_may_hold() -> None:
    data: dict[str, object] = {
        "big": 10**40, "pair": (1, "2"), "word": _Word.ONE, "torn": "\ud800", "none": None,
        "deep": {"list": [1.5, float("inf"), b"\x00"]},
    }  # fmt: skip
    events: tuple[Event, ...] = (
        Note(t=-1.0, text="\ud800", data=data),
        Reset(t=0.0, channel="sam", atr=b""),
        Exchange(t=0.0, channel="card", command=b"", response=b"\x90"),
        Removed(t=1e9, channel="card"),
    )
    trace = Trace(header=Header(source="x"), events=events)
    with Spool() as spool:
        assert kept(spool, trace).whole() == trace


def test_conversations_that_come_mixed() -> None:
    with Spool() as spool:
        for number in range(1000):
            spool.add(Removed(t=float(number), channel="card"), number % 3)
        for session in range(3):
            events = spool.since(0, Header(), session).events
            assert [event.t for event in events] == [*map(float, range(session, 1000, 3))]


def test_a_recording_that_broke_off_is_not_part_of_the_next() -> None:
    with Spool() as spool:
        spool.begin()
        spool.add(Removed(t=0.0, channel="card"))
        assert kept(spool, load(SYNTHETIC[0])).whole() == load(SYNTHETIC[0])


def _peak(folder: Path, count: int) -> int:
    tracemalloc.start()
    with Spool() as spool:
        for number in range(count):
            spool.add(
                Exchange(
                    t=float(number), channel="card", command=number.to_bytes(8, "big"),
                    response=bytes(100),
                )
            )  # fmt: skip
        found = spool.since(0, Header())
        assert sum(1 for _ in found.events) == count
        assert len(list(folder.iterdir())) <= 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_events_are_in_the_file_and_not_in_memory(folder: Path) -> None:
    """Four times the events take no more: under a byte for each."""
    _peak(folder, 100)
    assert _peak(folder, 40_000) - _peak(folder, 15_000) < 25_000
    assert not list(folder.iterdir())


def test_long_notes_fill_a_block_sooner() -> None:
    tracemalloc.start()
    with Spool() as spool:
        for number in range(200):
            spool.add(Note(t=0.0, text="x", data={"raw": f"{number}" * 50_000}))
        assert sum(1 for _ in spool.since(0, Header()).events) == 200
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


def test_nothing_is_left_after_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALL", 1)

    def failing(spool: Spool) -> None:
        with spool:
            kept(spool, load(SYNTHETIC[0]))
            raise ZeroDivisionError

    spool = Spool()
    with pytest.raises(ZeroDivisionError):
        failing(spool)
    assert not list(folder.iterdir())
    with pytest.raises(ValueError, match="closed"):
        list(spool.blocks(0, 1))


def test_a_full_disk_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def seek(self, _place: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            """Nothing to close."""

    with Spool() as spool:
        spool._file.close()
        monkeypatch.setattr(spool, "_file", Full())
        with pytest.raises(OSError, match="No space left") as caught:
            kept(spool, load(SYNTHETIC[0]))
    assert caught.value.filename == str(folder)
