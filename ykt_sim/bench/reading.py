"""Reading whatever card there is, and nothing else: what `ykt card show pcsc:0` does."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Final

from ykt_sim.bench.targets import open_target
from ykt_sim.errors import LinkError, ReadError
from ykt_sim.terminal.inspection import POWER, inspect
from ykt_sim.trace.model import Event, Header, Trace
from ykt_sim.transport import InReader, Link, Recorder
from ykt_sim.transport.guard import WriteGuard
from ykt_sim.version import __version__

#: Kinds of cards that are read over a link.
KINDS: Final = ("pcsc", "sim", "tcp", "null", "trace")


class CardReading:
    """One reading of a card; its trace is there also when it broke off.

    Args:
        target: the card, of one of `KINDS`.

    Raises:
        UsageError: no such target.
        LinkError: nobody there.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._link = open_target(target, KINDS, permit=None)
        self._events: list[Event] = []

    def read(self) -> dict[str, Any]:
        """Read the card; gives what `terminal.inspection.inspect` found.

        The guard under it lets no command through that could change the card.

        Raises:
            LinkError: no card, or it left, or it says what no card says.
        """
        try:
            return _drive(Recorder(WriteGuard(self._link), time.monotonic, self._events.append))
        except ReadError as error:
            raise LinkError(f"the card's answer cannot be read: {error}") from None
        finally:
            self._link.close()

    def trace(self) -> Trace:
        """What passed between reader and card so far."""
        link = self._link
        reader = (
            f"{link.reader or self._target} {link.protocol}" if isinstance(link, InReader) else ""
        )
        header = Header(
            created=datetime.now().astimezone().isoformat(timespec="seconds"),
            source=f"ykt-sim {__version__}, {reader or self._target}".rstrip(),
            card="card in a reader",
            terminal="ykt card show",
            provenance="read from a card; whole card numbers are in it",
        )
        return Trace(header=header, events=tuple(self._events))


def _drive(link: Link) -> dict[str, Any]:
    steps = inspect()
    command = next(steps)
    while True:
        answer = link.power_on() if command == POWER else link.transmit(command)
        try:
            command = steps.send(answer)
        except StopIteration as done:
            return dict(done.value)
