"""Cards that ``ykt card serve`` holds in a virtual reader: ``pcsc:READER?control=PATH&slot=N``.

A card in a reader is opened once and reset between the cases; nothing is written to it
unless the user allows it and names its number (`ykt_sim.transport.guard`). A card of ours
can do more: over the server's socket it is made anew for each case, its power is cut inside
a command, and it tells what it holds. What it answers still comes through PC/SC.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from ykt_sim.bench.targets import Opening, OptionTypes, Target, reader_named
from ykt_sim.transport import Link
from ykt_sim.transport.pcsc_readers import choose, list_readers
from ykt_sim.transport.serving import ask

#: What such a name says besides.
OPTIONS: Final[OptionTypes] = {"control": str, "slot": int}


class ServedCard:
    """A card of ours behind PC/SC, with the server's socket beside it."""

    def __init__(self, link: Link, control: Path, slot: int) -> None:
        self._link = link
        self._control, self._slot = control, slot

    def power_on(self) -> bytes:
        """Reset through PC/SC."""
        return self._link.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        """One command through PC/SC."""
        return self._link.transmit(apdu)

    def close(self) -> None:
        """Leave PC/SC."""
        self._link.close()

    def tear(self, write: int) -> None:
        """Cut the power at the n-th physical write of the next command."""
        self._say("tear", write=write)

    def facts(self) -> dict[str, Any]:
        """What the card holds, without keys."""
        return dict(self._say("facts")["facts"])

    def put_new(self, seed: int) -> None:
        """A card in its first state in the place of this one."""
        self._say("fresh", seed=seed)

    def _say(self, word: str, **more: object) -> dict[str, Any]:
        return ask(self._control, {"do": word, "slot": self._slot, **more})


def reader_of(target: str) -> str:
    """Full name of the reader that a target names; raises LinkError or UsageError."""
    return choose([one.name for one in list_readers()], reader_named(target))


def served(target: Target, how: Opening) -> Callable[[int], ServedCard]:
    """What opens such a card; raises LinkError where no server answers."""
    options = target.name.options
    control, slot = Path(options["control"]), options.get("slot", 0)
    how = replace(how, permit=None)

    def opened(seed: int) -> ServedCard:
        card = ServedCard(target.open(how), control, slot)
        card.put_new(seed)
        return card

    ask(control, {"do": "facts", "slot": slot})  # a wrong path is found here
    return opened
