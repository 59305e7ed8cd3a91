"""Targets that are engines of ours: ``sim:``, a card image, ``sam:``."""

from __future__ import annotations

from pathlib import Path

from ykt_sim.bench import images
from ykt_sim.bench.chance import rng
from ykt_sim.bench.make import SimCardLink, make_sam, open_sim_card
from ykt_sim.bench.saved import SavedCardLink, SavedLink
from ykt_sim.bench.targets import FRAGMENTS, FRESH, TEAR, Name, Opening, Target
from ykt_sim.card import Card
from ykt_sim.transport import EngineLink, Link


def sim(name: Name) -> Target:
    """A new card from a profile, each time it is opened."""

    def opened(how: Opening) -> Link:
        return open_sim_card(
            name.rest,
            deviate=name.options.get("deviate", ""),
            seed=how.seed,
            balance=name.options.get("balance", how.balance),
        )

    return Target(name, frozenset({FRESH, TEAR, FRAGMENTS}), opened)


def file(name: Name) -> Target:
    """The card in an image."""
    path = Path(name.rest)

    def opened(how: Opening) -> Link:
        return card_in_file(path, seed=how.seed)

    return Target(name, frozenset({TEAR, FRAGMENTS}), opened)


def sam(name: Name) -> Target:
    """The PSAM of a terminal's profile, new each time, or one in an image."""
    if name.rest.endswith(".json"):
        path = Path(name.rest)
        return Target(name, frozenset({FRAGMENTS}), lambda how: sam_in_file(path, seed=how.seed))

    def opened(how: Opening) -> Link:
        return EngineLink(make_sam(name.rest, rng(how.seed)))

    return Target(name, frozenset({FRESH, FRAGMENTS}), opened)


def card_in_file(path: Path, *, seed: int | None = None) -> SavedCardLink:
    """A link to the card in an image, saved before any of its answers is given on.

    Args:
        path: of the image.
        seed: makes the card's randoms repeatable.

    Raises:
        ImageError: the image is damaged; names the file.
    """
    card = Card(images.load_card(path), rng(seed))
    return SavedCardLink(SimCardLink(card), card, path)


def sam_in_file(path: Path, *, seed: int | None = None) -> SavedLink:
    """A link to the PSAM in an image, saved likewise; arguments as for `card_in_file`."""
    psam = images.load_sam(path, rng(seed))
    return SavedLink(EngineLink(psam), psam, path)
