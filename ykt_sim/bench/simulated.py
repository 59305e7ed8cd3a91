"""Targets that are engines of ours: ``sim:``, a card image, ``sam:``."""

from __future__ import annotations

from pathlib import Path

from ykt_sim.bench import files, images
from ykt_sim.bench.chance import rng
from ykt_sim.bench.kept.saved import SavedCardLink, SavedLink
from ykt_sim.bench.make import SimCardLink, SimSamLink, make_sam, open_sim_card
from ykt_sim.bench.targets import FRAGMENTS, FRESH, TEAR, Name, Opening, Target
from ykt_sim.card import Card
from ykt_sim.sam.image import is_sealed
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
        return card_in_file(path, seed=how.seed, durable=how.durable)

    return Target(name, frozenset({TEAR, FRAGMENTS}), opened)


def sam(name: Name) -> Target:
    """The PSAM of a terminal's profile, new each time, or one in an image."""
    if name.rest.endswith(".json"):
        path = Path(name.rest)

        def loaded(how: Opening) -> Link:
            return sam_in_file(path, seed=how.seed, durable=how.durable)

        return Target(name, frozenset({FRAGMENTS}), loaded)

    def opened(how: Opening) -> Link:
        return SimSamLink(make_sam(name.rest, rng(how.seed)))

    return Target(name, frozenset({FRESH, TEAR, FRAGMENTS}), opened)


def card_in_file(path: Path, *, seed: int | None = None, durable: bool = True) -> SavedCardLink:
    """A link to the card in an image, saved before any of its answers is given on.

    Args:
        path: of the image.
        seed: makes the card's randoms repeatable.
        durable: False does not wait for the disk (`SavedLink`).

    Raises:
        ImageError: the image is damaged; names the file.
        UsageError: what is there is no regular file.
    """
    files.must_be_plain(path)
    card = Card(images.load_card(path), rng(seed))
    return SavedCardLink(SimCardLink(card), card, path, durable=durable)


def sam_in_file(path: Path, *, seed: int | None = None, durable: bool = True) -> SavedLink:
    """A link to the PSAM in an image, saved likewise; arguments as for `card_in_file`.

    An image of an earlier version has no checksum: the link's `note` says so, once.
    """
    files.must_be_plain(path)
    psam = images.load_sam(path, rng(seed))
    note = (
        ""
        if is_sealed(files.read_text(path))
        else (f"{path}: has no checksum, as earlier versions wrote it; it is given one now")
    )
    return SavedLink(EngineLink(psam), psam, path, durable=durable, note=note)
