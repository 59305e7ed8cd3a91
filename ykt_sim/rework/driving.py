"""A replay at a card: what the engine wants is sent over a link."""

from __future__ import annotations

from ykt_sim.errors import LinkError, WriteRefusedError
from ykt_sim.meaning.cryptograms import Status, check
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.rework.replay import POWER, Replay
from ykt_sim.trace.model import Trace
from ykt_sim.transport import Link


def drive(engine: Replay, link: Link) -> None:
    """Do what the engine says over a link, to the end.

    A card that leaves or falls silent is no answer; a command that the guard holds back
    ends the replay. Only where no card was there at all an error comes out.

    Raises:
        LinkError: no card at the first reset.
    """
    steps = engine.run()
    met = False
    try:
        wanted = next(steps)
        while True:
            try:
                answer = link.power_on() if wanted == POWER else link.transmit(wanted)
                met = True
            except WriteRefusedError as error:
                engine.stop(str(error))
                answer = b""
            except LinkError:
                if not met:
                    raise
                answer = b""
            wanted = steps.send(answer)
    except StopIteration:
        return


def fits(trace: Trace, keys: Keys) -> bool:
    """True when a code in the trace is right by these keys: they are its own card's."""
    return any(
        verdict.status is Status.VALID for item in check(trace, keys) for verdict in item.verdicts
    )
