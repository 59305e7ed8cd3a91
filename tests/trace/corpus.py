"""The traces of the corpus, and ways to change one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from ykt_sim.trace.jsonl import read_trace
from ykt_sim.trace.model import Event, Exchange, Header, Trace

FOLDER = Path(__file__).resolve().parents[2] / "apdu_traces"
SYNTHETIC = tuple(sorted(path.stem for path in (FOLDER / "synthetic").glob("*.jsonl")))
RECORDED = tuple(sorted(path.stem for path in (FOLDER / "recorded").glob("*.jsonl")))


@cache
def load(name: str) -> Trace:
    """A trace of the corpus by the stem of its file."""
    for folder in ("synthetic", "recorded"):
        path = FOLDER / folder / f"{name}.jsonl"
        if path.exists():
            return read_trace(path.read_text(encoding="utf-8"))
    raise LookupError(name)


def with_bytes(trace: Trace, index: int, side: str, data: bytes) -> Trace:
    """The trace with another command or response in one event."""
    events = list(trace.events)
    events[index] = msgspec.structs.replace(events[index], **{side: data})
    return msgspec.structs.replace(trace, events=tuple(events))


def flipped(trace: Trace, index: int, side: str, offset: int, mask: int = 1) -> Trace:
    """The trace with one byte altered."""
    data = bytearray(getattr(trace.events[index], side))
    data[offset] ^= mask
    return with_bytes(trace, index, side, bytes(data))


def talk(*lines: str, channel: str = "card") -> Trace:
    """A trace of exchanges, each ``COMMAND > RESPONSE`` in hex; blanks are allowed."""
    events: list[Event] = []
    for number, line in enumerate(lines):
        command, _, response = line.partition(">")
        where = "sam" if command.strip().startswith("sam") else channel
        events.append(
            Exchange(
                t=float(number),
                channel="sam" if where == "sam" else "card",
                command=bytes.fromhex(command.replace("sam", "")),
                response=bytes.fromhex(response),
            )
        )
    return Trace(header=Header(source="test"), events=tuple(events))
