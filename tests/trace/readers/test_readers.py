"""The table of formats and the front door."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.trace.readers.samples import (
    DIALOGUE,
    READER,
    SAMPLES,
    ccid,
    marked,
    opensc,
    pairs,
    pcscd,
    plain,
    spy,
)
from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace import readers
from ykt_sim.trace.readers import FORMATS, detect, format_named, formats, read, read_sessions
from ykt_sim.trace.readers.base import Source


def source(data: str | bytes, name: str = "log.txt") -> Source:
    return Source(io.BytesIO(data.encode() if isinstance(data, str) else data), name)


def test_the_table_and_the_files_agree() -> None:
    for name, known in zip(FORMATS, formats(), strict=True):
        assert known.name == name
        assert known.title
        assert format_named(name) is known
        for alias in known.aliases:
            assert format_named(alias) is known
    names = [*FORMATS, *(alias for known in formats() for alias in known.aliases)]
    assert len(names) == len(set(names))
    folder = Path(readers.__file__).parent
    with_format = {
        path.stem
        for path in folder.glob("*.py")
        if path.stem != "__init__" and "\nFORMAT: Final" in path.read_text(encoding="utf-8")
    }
    modules = {place.partition(":")[0].rpartition(".")[2] for place in FORMATS.values()}
    assert with_format <= modules


def test_unknown_names_and_files() -> None:
    with pytest.raises(UsageError, match=r"no format 'nope'; known are apdu4j, cardpeek.* re:"):
        format_named("nope")
    with pytest.raises(TraceError, match=r"log\.txt: it is empty$"):
        detect(source(" \n"))
    with pytest.raises(TraceError, match=r"log\.txt: no known format; known are .*pcscd.* re:"):
        detect(source("Dear diary,\n"))
    with pytest.raises(TraceError, match="it is empty"):
        list(read(source(b"")))
    with pytest.raises(UsageError, match="no format 'nope'"):
        read_sessions(source(""), "nope")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (opensc() + SAMPLES["opensc-tool"].decode(), "opensc"),
        (ccid(t1=True) + pcscd(), "pcscd"),
        (ccid(), "ccid"),
        (spy() + marked("> ", "< "), "pcsc-spy"),
        ("APDU: 80 5C 00 02 04 \nSW: 00 00 27 10 90 00 \n", "pcscd"),
        ("APDU: 80 5C 00 02 04\nResponse: 00 00 27 10 90 00\n", "plain"),
        ("-> 000000 62 00 00 00 00 00 1A 01 00 00 \n", "ccid"),
        (SAMPLES["pyscard"].decode() + marked("> ", "< "), "pyscard"),
        ("".join(f"{plain(c)}\n{plain(r)}\n" for c, r in DIALOGUE), "plain"),
    ],
)
def test_the_surest_format_wins(data: str, name: str) -> None:
    assert detect(source(data)).name == name


def test_a_log_whose_beginning_shows_no_exchange_yet() -> None:
    start = "00000010 hotplug_libudev.c:297:get_driver() Looking for a driver\n" * 2000
    (trace,) = read_sessions(source(start + pcscd()))
    assert pairs(trace.events) == list(DIALOGUE)


def test_one_trace_for_each_conversation_in_order() -> None:
    log = spy(reader="B", handle="0x1", thread="A1") + spy(reader="A", handle="0x2", thread="A2")
    traces = read_sessions(source(log))
    assert [trace.header.source for trace in traces] == [
        "raw log of pcsc-spy (libpcscspy): B",
        "raw log of pcsc-spy (libpcscspy): A",
    ]
    assert {trace.header.created for trace in traces} == {"2026-11-22T07:12:07+00:00"}
    for trace in traces:
        assert pairs(trace.events) == list(DIALOGUE)
        assert all(getattr(event, "text", "") != "header" for event in trace.events)


def test_chains_are_merged() -> None:
    fetched = [(bytes.fromhex("00A40000023F01"), b"\x61\x02"), (b"\x00\xc0\0\0\x02", b"ab\x90\x00")]
    (trace,) = read_sessions(source(pcscd(fetched)))
    assert pairs(trace.events) == [(fetched[0][0], b"ab\x90\x00")]
    assert trace.exchanges[0].duration_ms == 2.29


def test_a_named_format_and_a_pattern_are_taken_at_their_word() -> None:
    log = "C 80 5C 00 02 04\nR 00 00 27 10 90 00\n"
    (trace,) = read_sessions(source(log), r"re:^(?P<dir>.) (?P<hex>.*)$")
    assert pairs(trace.events) == [DIALOGUE[2]]
    assert read_sessions(source(log), "pcscd") == ()


def test_the_limit() -> None:
    log = pcscd()
    assert len(read_sessions(source(log), limit=5)[0].events) == 5
    with pytest.raises(TraceError, match=r"log\.txt: more than 4 events"):
        read_sessions(source(log), limit=4)


def test_reading_is_a_stream() -> None:
    seen: list[int] = []
    data = (pcscd() * 2000).encode()
    stream = Source(io.BytesIO(data), progress=seen.append)
    found = read(stream)
    first = next(found)
    assert first.session == READER
    assert seen[-1] < len(data) / 2
    assert sum(1 for _ in found) == 5 * 2000 - 1
