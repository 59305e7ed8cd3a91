"""Cards for the slots of a virtual reader: what `ykt card serve` puts there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_sim.bench.targets import Opening, Target, in_reader, read_target
from ykt_sim.errors import UsageError
from ykt_sim.transport import Link
from ykt_sim.transport.address import Address
from ykt_sim.transport.serving import Served
from ykt_sim.transport.vpcd import VirtualSlot

#: Kinds of cards that can be served.
KINDS: Final = ("file", "sim", "sam", "tcp", "null", "trace")


def serve_card(
    name: str,
    address: Address,
    *,
    inserted: bool = True,
    quick_ack: bool = True,
    durable: bool = True,
    say: Callable[[str], object] = lambda _line: None,
) -> Served:
    """A card in a slot, with what an operator may do to it; `serving.Server` runs it.

    Args:
        name: the card, of one of `KINDS`. A new card from a profile comes back by itself
            where it lost the field, and can be made anew.
        durable: False does not wait for the disk when a card in a file is saved.
        address, inserted, quick_ack, say: as for `transport.vpcd.VirtualSlot`.

    Raises:
        UsageError: no such target, or a card in a real reader.
        YktError: the card cannot be opened.
    """
    from ykt_sim.bench.kept.saved import SavedLink  # noqa: PLC0415 - late on purpose

    if in_reader(name):
        raise UsageError("a card in a real reader is in PC/SC already")
    target = read_target(name, KINDS)
    again = target.kind == "sim"
    card = target.open(Opening(durable=durable))
    if isinstance(card, SavedLink) and card.note:
        say(f"note: {card.note}")
    slot = VirtualSlot(
        address, card, inserted=inserted, quick_ack=quick_ack, comes_back=again, say=say
    )
    return Served(name, slot, _renewing(target) if again else None)


def _renewing(target: Target) -> Callable[[int], Link]:
    return lambda seed: target.open(Opening(seed=seed))
