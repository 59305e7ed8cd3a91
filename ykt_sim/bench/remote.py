"""Targets that are somebody else's: ``pipe:``, ``tcp:``, ``pcsc:``; and ``null:``, nobody's."""

from __future__ import annotations

import shlex
from typing import Final

from ykt_sim.bench.targets import FRAGMENTS, FRESH, Name, Opening, Target
from ykt_sim.errors import UsageError
from ykt_sim.transport import Link
from ykt_sim.transport.lines import LineLink, SocketWire, host_and_port
from ykt_sim.transport.null import NullLink
from ykt_sim.transport.pcsc import ANSWER_S as READER_ANSWER_S
from ykt_sim.transport.pcsc import PcscLink, ReaderLink
from ykt_sim.transport.pipe import ProcessWire

#: Seconds for a connection or a program's start, and for an answer over lines.
CONNECT_S: Final = 10.0
ANSWER_S: Final = 5.0


def pipe(name: Name) -> Target:
    """A program that speaks the line protocol on its standard input and output."""
    try:
        words = shlex.split(name.rest)
    except ValueError as error:
        raise UsageError(f"{name.text!r}: {error}") from None
    if not words:
        raise UsageError(f"{name.text!r}: no command after pipe:")
    # Our own `card pipe --profile` makes a new card each time it starts.
    ours = "--profile" in words or any(word.startswith("--profile=") for word in words)

    def opened(how: Opening) -> Link:
        start, answer = how.start_s or CONNECT_S, how.answer_s or ANSWER_S
        return LineLink(ProcessWire(words), answer, start)

    return Target(name, frozenset({FRAGMENTS, FRESH} if ours else {FRAGMENTS}), opened)


def tcp(name: Name) -> Target:
    """A server that speaks the line protocol."""
    try:
        host, port = host_and_port(name.rest)
    except ValueError:
        raise UsageError(f"{name.text!r}: expected tcp:HOST:PORT") from None
    wait: float | None = name.options.get("wait")
    if wait is not None and not 0 < wait < 3600:
        raise UsageError(f"{name.text!r}: wait must be more than 0 and less than 3600 seconds")

    def opened(how: Opening) -> Link:
        start, answer = how.start_s or CONNECT_S, wait or how.answer_s or ANSWER_S
        return LineLink(SocketWire(host, port, start), answer, start)

    return Target(name, frozenset({FRAGMENTS}), opened)


def pcsc(name: Name) -> Target:
    """A card in a reader; nothing is written to it without permission (`transport.guard`)."""
    options = name.options

    def opened(how: Opening) -> Link:
        link = PcscLink(
            name.rest,
            share=options.get("share", "exclusive"),
            protocol=options.get("protocol", "any"),
            pattern=options.get("atr", ""),
            wait_s=options.get("wait", how.start_s or 0.0),
            answer_s=how.answer_s or READER_ANSWER_S,
        )
        found = ReaderLink(link)
        return found if how.permit is None else how.permit.guard(found)

    return Target(name, frozenset(), opened)


def null(name: Name) -> Target:
    """The card that does nothing."""
    return Target(name, frozenset({FRESH, FRAGMENTS}), lambda _how: NullLink())
