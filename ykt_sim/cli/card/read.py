"""Reading a card in a real reader, for `ykt card show pcsc:READER`; nothing is written."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ykt_sim import __version__
from ykt_sim.bench import files
from ykt_sim.errors import LinkError, WireError
from ykt_sim.terminal.inspection import POWER, inspect
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Event, Header, Trace
from ykt_sim.transport import Link, Recorder, open_link
from ykt_sim.transport.guard import WriteGuard

_TARGETS = ("pcsc:", "sim:", "tcp:", "null:")


def is_target(name: str) -> bool:
    """True for a link's name rather than a file's."""
    return name.startswith(_TARGETS)


def read_card(target: str, trace_file: Path | None) -> dict[str, Any]:
    """Read a card through a link; gives what `terminal.inspection.inspect` found.

    The guard under it lets no command through that could change the card. The trace is
    written also of a reading that broke off.

    Raises:
        LinkError: no card, or it left, or it says what no card says.
    """
    events: list[Event] = []
    link = open_link(target)
    try:
        return _drive(Recorder(WriteGuard(link), time.monotonic, events.append))
    except WireError as error:
        raise LinkError(f"the card's answer cannot be read: {error}") from None
    finally:
        link.close()
        if trace_file is not None:
            files.write_text(trace_file, write_trace(_trace(target, link, tuple(events))))


def _drive(link: Link) -> dict[str, Any]:
    steps = inspect()
    command = next(steps)
    while True:
        answer = link.power_on() if command == POWER else link.transmit(command)
        try:
            command = steps.send(answer)
        except StopIteration as done:
            return dict(done.value)


def _trace(target: str, link: Link, events: tuple[Event, ...]) -> Trace:
    inner = getattr(link, "link", link)
    reader = getattr(inner, "reader", "") or target
    protocol = getattr(inner, "protocol", "")
    header = Header(
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        source=f"ykt-sim {__version__}, {reader} {protocol}".rstrip(),
        card="card in a reader",
        terminal="ykt card show",
        provenance="read from a card; whole card numbers are in it",
    )
    return Trace(header=header, events=events)
