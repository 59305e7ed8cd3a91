"""Cards and PSAMs that live in a file: the file is up to date before an answer is out.

So whoever got an answer can rely on it, also when the program is killed in the next moment:
no fen is debited on one side only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from ykt_sim.bench import files
from ykt_sim.bench.make import SimCardLink
from ykt_sim.transport import EngineLink


class SavedImage(Protocol):
    """Persistent content of an engine."""

    def to_json(self) -> str:
        """The file's text."""
        ...


class Kept(Protocol):
    """An engine whose persistent content can be had."""

    def snapshot(self) -> SavedImage:
        """What it holds now."""
        ...


class SavedLink:
    """A link to an engine that is saved before any of its answers is given on.

    Args:
        link: to the engine.
        engine: what is saved.
        path: its file.
    """

    def __init__(self, link: EngineLink, engine: Kept, path: Path) -> None:
        self.link = link
        self._engine = engine
        self._path = path
        self._saved = engine.snapshot()

    def power_on(self) -> bytes:
        """Reset; gives the ATR."""
        try:
            return self.link.power_on()
        finally:
            self._save()

    def transmit(self, apdu: bytes) -> bytes:
        """One command; the file is up to date when the answer is out, or the card is gone."""
        try:
            return self.link.transmit(apdu)
        finally:
            self._save()

    def close(self) -> None:
        """Take the power away."""
        self.link.close()

    def _save(self) -> None:
        image = self._engine.snapshot()
        if image != self._saved:
            files.write_text(self._path, image.to_json())
            self._saved = image


class SavedCardLink(SavedLink):
    """The same for a simulated card, which can be torn and looked into.

    Args:
        link: to the card; can do both.
        engine: the card.
        path: its file.
    """

    def __init__(self, link: SimCardLink, engine: Kept, path: Path) -> None:
        super().__init__(link, engine, path)
        self._card = link

    def tear(self, write: int) -> None:
        """Cut the power at the n-th physical write (from 1) of the next command."""
        self._card.tear(write)

    def facts(self) -> dict[str, Any]:
        """What the card holds, without keys."""
        return self._card.facts()
