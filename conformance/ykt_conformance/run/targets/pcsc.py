"""Cards in real readers as targets: ``pcsc:READER[?share=..][&protocol=..][&atr=..][&control=..]``.

A card in a reader is opened once and reset between the cases; nothing is written to it
unless the user allows it and names its number (`ykt_sim.transport.guard`). A card that
``ykt card serve`` holds in a virtual reader can do more: over the server's socket
(``control=PATH``, ``slot=N``) it is made anew for each case, its power is cut inside a
command, and it tells what it holds. What it answers still comes through PC/SC.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ykt_conformance.drive.limits import FRESH, RESET, TEAR, Limits
from ykt_conformance.run.targets.names import CardLink, Target
from ykt_sim.transport.chaining import ResponseChaining
from ykt_sim.transport.guard import Permit
from ykt_sim.transport.link import parse_options
from ykt_sim.transport.pcsc import open_reader
from ykt_sim.transport.pcsc_readers import choose, list_readers
from ykt_sim.transport.serving import ask

_MINE: Final = {"control": str, "slot": int}
_READERS: Final = {"share": str, "protocol": str, "atr": str, "wait": float}


class ServedCard:
    """A card of ours behind PC/SC, with the server's socket beside it."""

    def __init__(self, link: CardLink, control: Path, slot: int) -> None:
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

    def renew(self, seed: int) -> None:
        """A card in its first state in the place of this one."""
        self._say("fresh", seed=seed)

    def _say(self, word: str, **more: object) -> dict[str, Any]:
        return ask(self._control, {"do": word, "slot": self._slot, **more})


def reader_of(target: str) -> str:
    """Full name of the reader that a target names; raises LinkError or UsageError."""
    wanted = target.partition(":")[2].partition("?")[0]
    return choose([reader.name for reader in list_readers()], wanted)


def pcsc(name: str, rest: str, limits: Limits, permit: Permit, *, fresh: bool) -> Target:
    """The opener; ``fresh`` is the user's word that the card is new each time."""
    reader, options = parse_options(rest, _MINE | _READERS)
    control, slot = options.pop("control", ""), options.pop("slot", 0)
    words = "&".join(f"{key}={value}" for key, value in options.items())
    reader = f"{reader}?{words}" if words else reader

    def link() -> ResponseChaining:
        return open_reader(reader, answer_s=limits.answer_s, wait_s=limits.start_s)

    if not control:
        can = {RESET, FRESH} if fresh else {RESET}
        return Target(name, frozenset(can), lambda _seed: permit.guard(link()), far=True)

    def served(seed: int) -> CardLink:
        card = ServedCard(link(), Path(control), slot)
        card.renew(seed)
        return card

    ask(Path(control), {"do": "facts", "slot": slot})  # a wrong path is found here
    return Target(name, frozenset({RESET, FRESH, TEAR}), served, far=True)
