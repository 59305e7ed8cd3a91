"""What `ykt reader calibrate` does: connect, measure with progress, put the result together."""

from __future__ import annotations

import time
from datetime import datetime

from ykt_sim import __version__
from ykt_sim.cli.kit.params import unhex
from ykt_sim.cli.kit.progress import Watch
from ykt_sim.errors import UsageError
from ykt_sim.transport.calibrate import Calibration, measure
from ykt_sim.transport.guard import WriteGuard
from ykt_sim.transport.pcsc import PcscLink


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
    link, watch = PcscLink(name), Watch()
    try:
        # Only a card of another kind needs the guard; the null card has nothing to lose.
        guarded = WriteGuard(link) if apdu else link
        card, points, (fixed, slope, spread) = measure(
            guarded,
            rounds=rounds,
            clock=time.perf_counter,
            progress=lambda done, every: watch.tell(
                f"{done} of {every} rounds", last=done == every
            ),
            command=apdu,
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
