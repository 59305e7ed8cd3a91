"""Times and durations of logs, in the styles that people's programs write them."""

from __future__ import annotations

import io

import pytest

from tests.trace.readers.samples import DIALOGUE, events, pairs, plain
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Exchange, Note
from ykt_sim.trace.readers import choose, read_as
from ykt_sim.trace.readers.base import Source
from ykt_sim.trace.readers.loose.timing.running import running_of
from ykt_sim.trace.readers.loose.timing.units import name_says, unit_in, value_of

FRONTS = {
    "ms": lambda ms: f"{ms} ms ",
    "us": lambda ms: f"[{ms}000 us] ",
    "esp": lambda ms: f"I ({ms}) nfc: ",
    "flipper": lambda ms: f"{ms} [D][Nfc] ",
    "seconds": lambda ms: f"{ms / 1000:.3f} ",
    "minutes": lambda ms: f"00:{ms / 1000:06.3f} ",
    "compact": lambda ms: f"[240301 0815{ms / 1000:06.3f}] ",
    "epoch": lambda ms: f"{1_709_280_900_000 + ms} ",
    "named": lambda ms: f"t={ms}ms ",
}


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_times_in_front(front) -> None:  # type: ignore[no-untyped-def]
    log = "".join(
        f"{front(5000 + at * 200)}TX: {plain(c)}\n{front(5021 + at * 200)}RX: {plain(a)}\n"
        for at, (c, a) in enumerate(DIALOGUE)
    )
    found = [event for event in events(log, "plain") if isinstance(event, Exchange)]
    assert pairs(found) == list(DIALOGUE)
    assert [one.t for one in found] == [pytest.approx(at * 0.2) for at in range(len(DIALOGUE))]
    assert {one.duration_ms for one in found} == {21.0}


def test_ticks_without_a_unit_are_said() -> None:
    log = "".join(
        f"<{9000 + at * 640}> TX: {plain(c)}\n<{9032 + at * 640}> RX: {plain(a)}\n"
        for at, (c, a) in enumerate(DIALOGUE)
    )
    source = Source(io.BytesIO(log.encode()))
    *found, note = [one.event for one in read_as(source, choose(source))]
    assert {one.duration_ms for one in found if isinstance(one, Exchange)} == {None}
    assert isinstance(note, Note)
    assert note.data["times"] == "not understood: line 1: nobody tells the unit of '<9000>'"


def test_columns_of_times_and_durations() -> None:
    rows = [f"{1000 + at * 250},{plain(c)},{plain(a)},{12.5 + at}"
            for at, (c, a) in enumerate(DIALOGUE)]  # fmt: skip
    log = "\n".join(["Zeit (ms),Command,Response,耗时(ms)", *rows, ""])
    found = [event for event in events(log, "plain") if isinstance(event, Exchange)]
    assert [one.t for one in found] == [at * 0.25 for at in range(len(DIALOGUE))]
    assert [one.duration_ms for one in found] == [12.5 + at for at in range(len(DIALOGUE))]


def test_names_and_numbers() -> None:
    assert (name_says("durationMicros"), unit_in("durationMicros")) == ("took", 1)
    assert (name_says("frame.time_epoch"), name_says("frame.time_delta")) == ("time", "")
    assert value_of("18,543") is None
    assert value_of("12,5") == 12.5


@pytest.mark.parametrize(
    ("head", "date"),
    [
        (
            "-- Logs begin at Fri 2024-03-01 00:00:01 CST, end at Fri 2024-03-01 09:00:00 CST. --",
            "",
        ),
        ("=~=~=~= PuTTY log 2024.03.01 07:00:00 =~=~=~=", ""),
        ("# session opened on gate7 at 2024-03-01 07:00:00", "2024-03-01 "),
    ],
)
def test_the_time_of_a_head_is_not_the_first(head: str, date: str) -> None:
    rows = [
        f"{date}08:15:0{at}.100 TX: {plain(c)}\n{date}08:15:0{at}.110 RX: {plain(a)}\n"
        for at, (c, a) in enumerate(DIALOGUE)
    ]
    found = events("".join([head + "\n", *rows]), "plain")
    times = [one.t for one in found if isinstance(one, Exchange)]
    assert times == [float(at) for at in range(len(DIALOGUE))]


def test_a_first_line_with_bytes_is_no_head() -> None:
    (sent, came), (sent2, came2) = DIALOGUE[:2]
    log = (
        f"  on gate 08:15:00.000 TX: {plain(sent)}\n08:15:01.000 RX: {plain(came)}\n"
        f"08:15:02.000 TX: {plain(sent2)}\n08:15:03.000 RX: {plain(came2)}\n"
        "08:15:04.000 closed\n08:15:05.000 done\n"
    )
    found = [one for one in events(log, "plain") if isinstance(one, Exchange)]
    assert [one.t for one in found] == [0.0, 2.0]


def test_a_number_of_chatter_does_not_stop_the_one_that_runs() -> None:
    lines = [f"{6188 + n}.828 128-128/x Apdu: >> <00B096000{n}>" for n in range(5)]
    lines.insert(3, "4 cards seen")
    runs = running_of(lines)
    assert runs is not None
    assert runs.take(lines[0])[0] == 6188_828_000
    assert runs.take(lines[3]) == (None, lines[3])


@pytest.mark.parametrize("width", [0, 40, 75, 85, 400])
def test_a_stamp_is_whole_wherever_its_line_ends(width: int) -> None:
    """The front of a line is no place to cut a time: `.041Z` is not 4 ms."""
    pad = "x" * width
    log = "".join(
        f'{{"type":"apdu","pad":"{pad}","message":"{way} {data}","timestamp":"{t}"}}\n'
        for way, data, t in [
            ("=>", "805c030204", "2024-03-01T08:15:00.041Z"),
            ("<=", "00001a2c9000", "2024-03-01T08:15:00.063Z"),
            ("=>", "805c030204", "2024-03-01T08:15:01.041Z"),
            ("<=", "00001a2c9000", "2024-03-01T08:15:01.063Z"),
        ]
    )
    found = [event for event in events(log, "plain") if isinstance(event, Exchange)]
    assert [(one.t, one.duration_ms) for one in found] == [(0.0, 22.0), (1.0, 22.0)]


@pytest.mark.parametrize("row", ["{t} {way} {data}", '"{t}",gate7,"{way} {data}"'])
def test_a_log_with_the_newest_line_first_is_refused(row: str) -> None:
    """Every answer would be that of the command before its own."""
    head = "time,host,message\n" if row.startswith('"') else ""
    lines = [
        row.format(t=f"2024-03-01 08:15:0{at}.{part}", way=way, data=plain(data)) + "\n"
        for at, pair in enumerate(DIALOGUE)
        for part, way, data in zip(("041", "062"), (">>", "<<"), pair, strict=True)
    ]
    assert pairs(events(head + "".join(lines), "plain")) == list(DIALOGUE)
    with pytest.raises(TraceError, match="newest line to the oldest"):
        events(head + "".join(reversed(lines)), "plain")
