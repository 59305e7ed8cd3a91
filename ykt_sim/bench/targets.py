"""Cards to replay a trace against: simulated ones, one behind TCP, one in a real reader."""

from __future__ import annotations

from pathlib import Path

from ykt_sim.bench import files
from ykt_sim.bench.chance import rng
from ykt_sim.bench.make import SimCardLink, open_sim_card
from ykt_sim.bench.saved import SavedLink
from ykt_sim.card import Card
from ykt_sim.errors import UsageError
from ykt_sim.transport import Link, open_link
from ykt_sim.transport.guard import Permit, guarded
from ykt_sim.transport.link import parse_options

#: What may stand before the colon.
SCHEMES = ("sim", "pcsc", "tcp")


def open_card_target(
    target: str,
    *,
    seed: int | None = None,
    permit: Permit = Permit(),  # noqa: B008 - frozen
) -> Link:
    """Open a card by name.

    A card file is saved before any of its answers is given on. A card in a real reader is
    guarded: nothing is written to it without permission and its number.

    Args:
        target: ``sim:PROFILE[?balance=FEN][&deviate=NAME]``, ``sim:FILE.json``,
            ``tcp:HOST:PORT`` or ``pcsc:READER``.
        seed: makes the randoms of a simulated card repeatable.
        permit: what may be written to a card in a reader.

    Raises:
        UsageError: no such target.
        LinkError: nobody there.
    """
    scheme, colon, rest = target.partition(":")
    if not colon or scheme not in SCHEMES:
        known = ", ".join(f"{name}:" for name in SCHEMES)
        raise UsageError(f"cannot replay against {target!r}: a card's name starts with {known}")
    if scheme == "pcsc":
        return guarded(target, permit)
    if scheme == "tcp":
        return open_link(target)
    if rest.endswith(".json"):
        return card_in_file(Path(rest), seed=seed)
    profile, options = parse_options(rest, {"deviate": str, "balance": int})
    return open_sim_card(profile, seed=seed, **options)


def card_in_file(path: Path, *, seed: int | None = None) -> SavedLink:
    """A link to the card in an image, saved before any of its answers is given on."""
    card = Card(files.load_card(path), rng(seed))
    return SavedLink(SimCardLink(card), card, path)
