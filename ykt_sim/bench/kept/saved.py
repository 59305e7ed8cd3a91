"""Cards and PSAMs that live in a file: the file is up to date before an answer is out.

So whoever got an answer can rely on it, also when the program is killed in the next moment:
no fen is debited on one side only. The file is the card: while the power is on nobody else
may use it, at the next power-on it is read again, and what it could not be told was never
answered.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any, Protocol, Self

from ykt_sim.bench import files
from ykt_sim.bench.kept import disk
from ykt_sim.bench.make import SimCardLink
from ykt_sim.errors import StorageError, YktError
from ykt_sim.transport import EngineLink


class SavedImage(Protocol):
    """Persistent content of an engine."""

    def to_json(self) -> str:
        """The file's text."""
        ...

    @classmethod
    def from_json(cls, text: str, /) -> Self:
        """The image in a file's text; raises ImageError."""
        ...


class Kept(Protocol):
    """An engine whose persistent content can be had and given."""

    def snapshot(self) -> SavedImage:
        """What it holds now."""
        ...

    def restore(self, image: Any, /) -> None:
        """Hold this instead; the power is off afterwards."""
        ...


class SavedLink:
    """A link to an engine that is saved before any of its answers is given on.

    From `power_on` to `close` its file is locked. An answer whose content cannot be saved is
    lost, like that of a card that left the field, and the power with it.

    Args:
        link: to the engine.
        engine: what is saved.
        path: its file, which holds an image.
        durable: False saves no less often, but does not wait for the disk (`disk.replace`).
        note: what is odd about the file, for a user; saving it anew at the first power-on
            cures it.

    Attributes:
        path: of the file.
        image: what the file holds, as far as we know.
        note: as given.
    """

    def __init__(
        self, link: EngineLink, engine: Kept, path: Path, *, durable: bool = True, note: str = ""
    ) -> None:
        self.link = link
        self.image = engine.snapshot()
        self.path, self.note = path, note
        self._engine = engine
        self._durable = durable
        self._lock: disk.Lock | None = None
        self._version: tuple[int, ...] = ()

    def power_on(self) -> bytes:
        """Lock and read the file unless the power is on, reset; gives the ATR.

        Raises:
            StorageError: somebody else uses the file, or it cannot be had.
        """
        if self._lock is None:
            self._lock = self._take()
            if self.note:
                self._write(self._lock)
        try:
            return self.link.power_on()
        finally:
            self._save(self._lock)

    def transmit(self, apdu: bytes) -> bytes:
        """One command; the file is up to date when the answer is out, or the card is gone.

        Raises:
            StorageError: it cannot be saved.
        """
        try:
            return self.link.transmit(apdu)
        finally:
            if self._lock is not None:
                self._save(self._lock)

    def close(self) -> None:
        """Take the power away, and let others use the file."""
        self.link.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _take(self) -> disk.Lock:
        """Lock the file and be what it holds: another program may have changed it."""
        lock = None
        try:
            lock = disk.Lock(self.path)
            version = disk.version(lock)
            image = type(self.image).from_json(files.read_text(self.path))
        except (OSError, YktError) as error:
            if lock is not None:
                lock.release()
            said = str(getattr(error, "strerror", None) or error)
            named = said if said.startswith(str(self.path)) else f"{self.path}: {said}"
            raise StorageError(named) from None
        if image != self._engine.snapshot():
            self._engine.restore(image)
        self.image, self._version = image, version
        return lock

    def _save(self, lock: disk.Lock) -> None:
        image = self._engine.snapshot()
        if image != self.image:
            self.image = image
            self._write(lock)

    def _write(self, lock: disk.Lock) -> None:
        text = self.image.to_json().encode()
        try:
            if disk.version(lock) != self._version:
                raise OSError(errno.ESTALE, "another program changed it meanwhile")
            disk.replace(
                lock, lambda stream: stream.write(text), private=True, durable=self._durable
            )
            self._version = disk.version(lock)
        except OSError as error:
            self.close()  # the next power-on begins with what the file holds
            raise StorageError(
                f"{self.path}: cannot be saved: {error.strerror or error}; no answer is given"
            ) from None


class SavedCardLink(SavedLink):
    """The same for a simulated card, which can be torn and looked into.

    Args:
        link: to the card; can do both.
        engine: the card.
        path, durable: as for `SavedLink`.
    """

    def __init__(
        self, link: SimCardLink, engine: Kept, path: Path, *, durable: bool = True
    ) -> None:
        super().__init__(link, engine, path, durable=durable)
        self._card = link

    def tear(self, write: int) -> None:
        """Cut the power at the n-th physical write (from 1) of the next command."""
        self._card.tear(write)

    def facts(self) -> dict[str, Any]:
        """What the card holds, without keys."""
        return self._card.facts()
