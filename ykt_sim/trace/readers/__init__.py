"""Readers of other programs' traces: one file each, chosen by content.

`FORMATS` is the table; `read_sessions` and `detect` are what the rest of the package uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Final

import msgspec

from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace.model import Event, Exchange, Header, Note, Trace
from ykt_sim.trace.readers.base import HEADER, Format, Found, Source, head_text
from ykt_sim.trace.readers.t0 import merge_t0
from ykt_sim.trace.readers.unread import refusal

#: Every format: its name to ``module:attribute``. Imported when needed.
FORMATS: Final[dict[str, str]] = {
    "apdu4j": "ykt_sim.trace.readers.apdu4j:FORMAT",
    "cardpeek": "ykt_sim.trace.readers.cardpeek:FORMAT",
    "ccid": "ykt_sim.trace.readers.ccid:FORMAT",
    "freerdp": "ykt_sim.trace.readers.freerdp:FORMAT",
    "gpp": "ykt_sim.trace.readers.gpp:FORMAT",
    "gsmtap": "ykt_sim.trace.readers.gsmtap:FORMAT",
    "libnfc": "ykt_sim.trace.readers.libnfc:FORMAT",
    "native": "ykt_sim.trace.readers.native:FORMAT",
    "nci": "ykt_sim.trace.readers.nci:FORMAT",
    "opensc": "ykt_sim.trace.readers.opensc:FORMAT",
    "opensc-tool": "ykt_sim.trace.readers.opensc_tool:FORMAT",
    "pcap14443": "ykt_sim.trace.readers.pcap14443:FORMAT",
    "pcsc-spy": "ykt_sim.trace.readers.pcsc_spy:FORMAT",
    "pcsc-spy-pretty": "ykt_sim.trace.readers.pcsc_spy_pretty:FORMAT",
    "pcscd": "ykt_sim.trace.readers.pcscd:FORMAT",
    "plain": "ykt_sim.trace.readers.loose:FORMAT",
    "proxmark-apdu": "ykt_sim.trace.readers.proxmark_apdu:FORMAT",
    "proxmark-hex": "ykt_sim.trace.readers.proxmark_hex:FORMAT",
    "proxmark-list": "ykt_sim.trace.readers.proxmark_list:FORMAT",
    "proxmark-trace": "ykt_sim.trace.readers.proxmark_trace:FORMAT",
    "pyscard": "ykt_sim.trace.readers.pyscard:FORMAT",
    "scriptor": "ykt_sim.trace.readers.scriptor:FORMAT",
    "usb-ccid": "ykt_sim.trace.readers.usb_ccid:FORMAT",
}

#: Begins the name of a format that is a regular expression of the user's own.
PATTERN: Final = "re:"
#: Begins the name of a table whose columns the user names.
COLUMNS: Final = "columns:"
#: The one format whose exchanges are not merged: they are as somebody wanted them.
NATIVE: Final = "native"
#: Logs of no particular program; asked when no exact format is sure, for it reads the log.
PLAIN: Final = "plain"
_SURE: Final = 40
_CERTAIN: Final = 100
#: Events that `read_sessions` takes before it gives up.
LIMIT: Final = 1_000_000


def _load(place: str) -> Format:
    module, _, attribute = place.partition(":")
    found: Format = getattr(import_module(module), attribute)
    return found


def formats() -> tuple[Format, ...]:
    """All formats in the order of the table."""
    return tuple(_load(place) for place in FORMATS.values())


def detect(source: Source) -> Format:
    """The format that is surest of a file's beginning.

    Raises:
        TraceError: none of them knows it; the message names them. Or it is known not to be
            read (`unread`). Or there is nothing in it.
    """
    if not source.head.strip():
        raise TraceError(f"{source.name}: it is empty")
    ours = _load(FORMATS[NATIVE])
    if ours.sniff(source.head) >= _CERTAIN:
        return ours  # its header says so; no other need be asked
    exact = [_load(place) for name, place in FORMATS.items() if name != PLAIN]
    scores = [(known.sniff(source.head), known) for known in exact]
    if max(score for score, _ in scores) < _SURE:
        if why := refusal(head_text(source.head)):
            raise TraceError(f"{source.name}: {why}, or name a format with --from")
        plain = _load(FORMATS[PLAIN])
        scores.append((plain.sniff(source.head), plain))
    score, best = max(scores, key=lambda item: item[0])
    if score <= 0:
        from ykt_sim.trace.readers.loose import hint  # noqa: PLC0415 - for such files only

        names = ", ".join(FORMATS)
        told = f"no known format; {hint(source.head)}known are {names} and {PATTERN}PATTERN"
        raise TraceError(f"{source.name}: {told}")
    return best


def format_named(name: str) -> Format:
    """The format with a name or an alias, or what ``re:`` or ``columns:`` makes.

    Raises:
        UsageError: no such format, or a pattern or columns that cannot be used.
    """
    if name.startswith(PATTERN):
        from ykt_sim.trace.readers.pattern import pattern_format  # noqa: PLC0415 - as the others

        return pattern_format(name.removeprefix(PATTERN))
    if name.startswith(COLUMNS):
        from ykt_sim.trace.readers.loose import columns_format  # noqa: PLC0415 - as the others

        return columns_format(name.removeprefix(COLUMNS))
    if name in FORMATS:
        return _load(FORMATS[name])
    for known in formats():
        if name == known.name or name in known.aliases:
            return known
    names = ", ".join(FORMATS)
    own = f"{PATTERN}PATTERN and {COLUMNS}MEANING=NAME,..."
    raise UsageError(f"no format {name!r}; known are {names}, {own}")


def choose(source: Source, name: str = "") -> Format:
    """The named format, or the one that the file's beginning shows.

    Raises:
        TraceError: no format knows the file.
        UsageError: no such format.
    """
    return format_named(name) if name else detect(source)


def read(source: Source, name: str = "") -> Iterator[Found]:
    """Read a file in the named format, or in the one its beginning shows.

    What a file says of a conversation comes as a `base.HEADER` note, its first event.

    Raises:
        TraceError: no format knows the file, or the format can use nothing of it.
        UsageError: no such format.
    """
    yield from read_as(source, choose(source, name))


def read_as(source: Source, known: Format) -> Iterator[Found]:
    """Read a file in a format that is chosen already; raises TraceError as `read`.

    The last event says which lines of text hold bytes that are in no other (`account`); it
    is in the last conversation that has an exchange.
    """
    if known.name == NATIVE:
        yield from known.read(source)
        return
    t, session, talks = 0.0, "", False
    for found in merge_t0(known.read(source), source.account):
        yield found
        t = found.event.t
        if (exchange := isinstance(found.event, Exchange)) or not talks:
            session, talks = found.session, talks or exchange
    if session and (note := source.account.note(t)) is not None:
        yield Found(session, note)


def read_sessions(source: Source, name: str = "", *, limit: int = LIMIT) -> tuple[Trace, ...]:
    """Read a whole file as one trace per conversation, in order of first appearance.

    Args:
        source: the file.
        name: of the format; empty to look at the file's beginning.
        limit: events of all conversations together.

    Raises:
        TraceError: as `read`, or more events than the limit.
        UsageError: no such format.
    """
    known = choose(source, name)
    headers: dict[str, dict[str, object]] = {}
    sessions: dict[str, list[Event]] = {}
    for number, (session, event) in enumerate(read_as(source, known), 1):
        if number > limit:
            raise TraceError(f"{source.name}: more than {limit} events")
        if session not in sessions and isinstance(event, Note) and event.text == HEADER:
            headers[session] = event.data
            sessions[session] = []
            continue
        sessions.setdefault(session, []).append(event)
    return tuple(
        Trace(header=header_of(known, session, headers.get(session, {})), events=tuple(events))
        for session, events in sessions.items()
    )


def header_of(known: Format, session: str, fields: dict[str, object]) -> Header:
    """The header of a conversation: what its `base.HEADER` note says, or who wrote the file."""
    return msgspec.convert({"source": f"{known.title}: {session}", **fields}, Header)
