"""What `ykt reader calibrate` does: connect, measure with progress, put the result together."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from typing import Final

import click

from ykt_sim import __version__
from ykt_sim.cli.params import unhex
from ykt_sim.errors import UsageError
from ykt_sim.transport.calibrate import Calibration, measure
from ykt_sim.transport.guard import WriteGuard
from ykt_sim.transport.pcsc import PcscLink

#: Seconds after which progress is shown, and between two lines of it.
_AFTER: Final = 2.0


def measured(name: str, rounds: int, command: str) -> Calibration:
    """Measure the way to the card in a reader; nothing that could change it is sent.

    Raises:
        UsageError: a command that is not hex.
        LinkError: no card, no reader, no PC/SC; or a command that could change a card.
    """
    try:
        apdu = unhex(command)
    except ValueError as error:
        raise UsageError(f"--command: {error}") from None
    link = PcscLink(name)
    try:
        # Only a card of another kind needs the guard; the null card has nothing to lose.
        guarded = WriteGuard(link) if apdu else link
        card, points, (fixed, slope, spread) = measure(
            guarded, rounds=rounds, clock=time.perf_counter, progress=_Progress(), command=apdu
        )
        return Calibration(
            reader=link.reader,
            protocol=link.protocol,
            card=card,
            taken=datetime.now().astimezone().isoformat(timespec="seconds"),
            source=f"ykt-sim {__version__}",
            rounds=rounds,
            fixed_ms=fixed,
            per_byte_ms=slope,
            spread_ms=spread,
            points=points,
        )
    finally:
        link.close()


class _Progress:
    """Says on stderr how far it is, once it takes longer than two seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _AFTER

    def __call__(self, done: int, every: int) -> None:
        if time.monotonic() >= self._next:
            self._next += _AFTER
            end = "\r" if sys.stderr.isatty() and done < every else "\n"
            click.echo(f"{done} of {every} rounds{end}", err=True, nl=False)
