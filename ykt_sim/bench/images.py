"""Cards and PSAMs in files: their images, read and written whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ykt_sim import sam
from ykt_sim.bench import files
from ykt_sim.bench.kept import disk
from ykt_sim.card import CardImage
from ykt_sim.errors import ImageError


def load_card(path: Path) -> CardImage:
    """Read a card image; ImageError and UsageError name the file."""
    try:
        return CardImage.from_json(files.read_text(path))
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from None


def save_card(path: Path, image: CardImage) -> None:
    """Write a card image in one step; a new file is for its owner only."""
    files.write_text(path, image.to_json(), private=True)


def begin_sam(path: Path, make: Callable[[], sam.SamImage]) -> None:
    """Write a PSAM's first image likewise, unless there is one."""
    if path.exists():
        return
    with disk.Lock(path) as lock:
        if not path.exists():
            text = make().to_json().encode()
            disk.replace(lock, lambda stream: stream.write(text), private=True)


def load_sam(path: Path, rng: Callable[[int], bytes]) -> sam.Psam:
    """A PSAM from its image; ImageError and UsageError name the file."""
    try:
        return sam.Psam(sam.SamImage.from_json(files.read_text(path)), rng)
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from None
