"""Traces that the tests of the radio writers share."""

from __future__ import annotations

import io
from pathlib import Path

from hypothesis import strategies as st

from ykt_sim.trace.iso14443 import pseudo_atr
from ykt_sim.trace.jsonl import read_trace
from ykt_sim.trace.model import Event, Exchange, Header, Note, Removed, Reset, Trace

SYNTHETIC = Path(__file__).parents[3] / "apdu_traces" / "synthetic"
FILES = sorted(SYNTHETIC.glob("*.jsonl"))


def synthetic(path: Path) -> Trace:
    return read_trace(path.read_text("utf-8"))


def trace(*events: Event, created: str = "") -> Trace:
    return Trace(header=Header(created=created), events=events)


SMALL = trace(
    Note(t=0.0, text="not on the air"),
    Reset(t=0.0, channel="sam", atr=b"\x3b\x00"),
    Reset(t=0.0, channel="card", atr=pseudo_atr(b"YKT")),
    Exchange(
        t=0.01,
        channel="card",
        command=bytes.fromhex("0084000004"),
        response=bytes.fromhex("010203049000"),
        duration_ms=2.5,
    ),
    Exchange(t=0.02, channel="sam", command=bytes(5), response=b"\x90\x00", duration_ms=1.0),
    Exchange(t=0.02, channel="card", command=bytes.fromhex("805C000204"), response=b""),
    Removed(t=0.5, channel="card"),
    created="2024-11-01T09:00:00",
)


def on_air(events: tuple[Event, ...] | list[Event]) -> list[Event]:
    """What of a trace a radio capture can hold."""
    return [e for e in events if not isinstance(e, Note) and e.channel == "card"]


def told(event: Event) -> tuple[object, ...]:
    """An event without its times."""
    if isinstance(event, Exchange):
        return ("x", event.command, event.response)
    if isinstance(event, Reset):
        return ("reset", event.atr)
    return (type(event).__name__,)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """A card's life: resets, exchanges of any length, removals, one after the other."""
    events: list[Event] = []
    t = 0.0
    present = False
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["reset", "x", "x", "x", "off", "silent"]))
        if kind == "reset":
            atr = pseudo_atr(draw(st.binary(max_size=15)))
            events.append(Reset(t=t, channel="card", atr=atr))
            present = True
        elif kind == "off":
            if present:
                events.append(Removed(t=t, channel="card"))
            present = False
        else:
            size = st.integers(4, 700) if draw(st.booleans()) else st.integers(4, 20)
            command = draw(st.binary(min_size=4, max_size=4)) + bytes(draw(size) - 4)
            answer = bytes(draw(size)) + draw(st.binary(min_size=2, max_size=2))
            ms = draw(st.integers(1, 90_000)) / 1000
            if kind == "silent":
                answer, ms = b"", 0.0
            events.append(
                Exchange(t=t, channel="card", command=command, response=answer, duration_ms=ms)
            )
            present = True
        t = round(t + draw(st.integers(100, 2000)) / 1000, 6)
    return trace(*events)


def opened(data: bytes) -> io.BytesIO:
    return io.BytesIO(data)
