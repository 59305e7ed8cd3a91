"""Cards to replay a trace against: simulated ones, one behind TCP, one in a real reader."""

from __future__ import annotations

from pathlib import Path

from ykt_sim.bench import SimCardLink, open_sim_card
from ykt_sim.card import Card
from ykt_sim.cli import files
from ykt_sim.cli.chance import rng
from ykt_sim.cli.saved import SavedLink
from ykt_sim.errors import UsageError
from ykt_sim.transport import Link, open_link
from ykt_sim.transport.guard import WriteGuard
from ykt_sim.transport.link import parse_options
from ykt_sim.transport.pcsc_readers import VIRTUAL

#: What may stand before the colon.
SCHEMES = ("sim", "pcsc", "tcp")


def open_card_target(
    target: str, *, seed: int | None = None, allow: bool = False, numbers: tuple[str, ...] = ()
) -> Link:
    """Open a card by name.

    A card file is saved before any of its answers is given on. A card in a real reader is
    guarded: nothing is written to it without permission and its number.

    Args:
        target: ``sim:PROFILE[?balance=FEN][&deviate=NAME]``, ``sim:FILE.json``,
            ``tcp:HOST:PORT`` or ``pcsc:READER``.
        seed: makes the randoms of a simulated card repeatable.
        allow: the card in a reader may be written to.
        numbers: which cards those are.

    Raises:
        UsageError: no such target.
        LinkError: nobody there.
    """
    scheme, colon, rest = target.partition(":")
    if not colon or scheme not in SCHEMES:
        known = ", ".join(f"{name}:" for name in SCHEMES)
        raise UsageError(f"cannot replay against {target!r}: a card's name starts with {known}")
    if scheme == "pcsc":
        return _guarded(open_link(target), allow=allow, numbers=numbers)
    if scheme == "tcp":
        return open_link(target)
    if rest.endswith(".json"):
        path = Path(rest)
        card = Card(files.load_card(path), rng(seed))
        return SavedLink(SimCardLink(card), card, path)
    profile, options = parse_options(rest, {"deviate": str, "balance": int})
    return open_sim_card(profile, seed=seed, **options)


def _guarded(link: Link, *, allow: bool, numbers: tuple[str, ...]) -> WriteGuard:
    def in_virtual_reader() -> bool:
        inner = getattr(link, "link", link)
        return str(getattr(inner, "reader", "")).startswith(VIRTUAL)

    return WriteGuard(link, numbers=numbers, allow=allow, virtual=in_virtual_reader)
