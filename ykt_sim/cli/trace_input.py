"""Any trace as input: our own files and other programs', one conversation of them."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import msgspec

from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace.model import Event, Exchange, Header, Note, Trace
from ykt_sim.trace.readers import LIMIT, read
from ykt_sim.trace.readers.base import BROKEN, HEADER, Source

_SHOWN: Final = 10


def load_session(path: Path, session: str = "") -> Trace:
    """Read one conversation of a trace file of any known format, ``-`` for standard input.

    Args:
        path: the file.
        session: its name, or a part of it that only one has; empty for the only one with a
            card in it.

    Raises:
        TraceError: the file cannot be used.
        UsageError: no such conversation, or several.
    """
    name = "standard input" if str(path) == "-" else str(path)
    with nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as stream:
        try:
            found = _sessions(Source(stream, name))
        except TraceError as error:
            text = str(error)
            raise TraceError(text if name in text else f"{name}: {text}") from None
    chosen = _choose(found, session, name)
    return Trace(header=_header(name, chosen, found[chosen]), events=tuple(_events(found[chosen])))


def damaged(trace: Trace) -> int:
    """Places of the file that could not be used."""
    return sum(isinstance(event, Note) and event.text == BROKEN for event in trace.events)


def _sessions(source: Source) -> dict[str, list[Event]]:
    sessions: dict[str, list[Event]] = {}
    for number, (session, event) in enumerate(read(source), 1):
        if number > LIMIT:
            raise TraceError(f"{source.name}: more than {LIMIT} events")
        sessions.setdefault(session, []).append(event)
    return sessions


def _choose(found: dict[str, list[Event]], wanted: str, name: str) -> str:
    if wanted:
        fits = [one for one in found if one == wanted] or [one for one in found if wanted in one]
    else:
        fits = [one for one in found if any(_of_card(event) for event in found[one])]
    if len(fits) == 1:
        return fits[0]
    if not fits and not wanted:
        raise UsageError(f"{name}: no exchange with a card in it")
    listed = ", ".join(repr(one) for one in list(found)[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    what = "several conversations fit" if fits else f"no conversation {wanted!r}"
    raise UsageError(f"{name}: {what}; give --session one of {listed}{more}")


def _of_card(event: Event) -> bool:
    return isinstance(event, Exchange) and event.channel == "card"


def _is_header(event: Event) -> bool:
    return isinstance(event, Note) and event.text == HEADER


def _header(name: str, session: str, events: list[Event]) -> Header:
    fields: dict[str, Any] = {"source": f"{name}: {session}"}
    first = events[0] if events else None
    if isinstance(first, Note) and _is_header(first):
        fields |= first.data
    try:
        return msgspec.convert(fields, Header)
    except msgspec.ValidationError as error:
        raise TraceError(f"{name}: header: {error}") from None


def _events(events: list[Event]) -> list[Event]:
    return events[1:] if events and _is_header(events[0]) else events
