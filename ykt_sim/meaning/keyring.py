"""Keys of the cards in a trace: our published test keys, or a key file of the owner's.

Test keys are diversified by what a card says of itself in the trace (9F0C, EF 15), which
somebody who reads the trace tells the ring. A key file has the form that ``ykt card keys --json``
prints. Keys never appear in reports.
"""

from __future__ import annotations

from collections.abc import Iterator

from ykt_sim.codes import Standard
from ykt_sim.crypto.derive import diversify_chain, tac_key
from ykt_sim.profiles.keyfile import FileKey, KeyFile, read_key_file
from ykt_sim.profiles.keys import load_test_keys


class KeyRing:
    """Card keys by standard and role; empty until it has learnt something."""

    def __init__(self, *, test_keys: bool = True) -> None:
        self._test_keys = test_keys
        self._file: KeyFile | None = None
        self._factors: dict[str, tuple[bytes, ...]] = {}
        self._made: dict[tuple[str, str, int | None], bytes | None] = {}

    @classmethod
    def from_file(cls, path: str) -> KeyRing:
        """Read a key file.

        Raises:
            ProfileError: unreadable, no JSON, or not in the form of ``ykt card keys --json``.
        """
        ring = cls(test_keys=False)
        ring._file = read_key_file(path)
        return ring

    @property
    def test_keys(self) -> bool:
        """The published test keys are in it."""
        return self._test_keys

    @property
    def own(self) -> bool:
        """There are keys for directories of neither standard."""
        return any(True for _ in self._of("own"))

    @property
    def published(self) -> bool:
        """The keys are the published test keys."""
        return self._test_keys

    @property
    def empty(self) -> bool:
        """There are no keys at all."""
        return not self._test_keys and self._file is None

    @property
    def unused(self) -> tuple[str, ...]:
        """What of a key file cannot be used and why, a line each."""
        return self._file.unused if self._file is not None else ()

    def know(self, standard: str, *factors: bytes) -> None:
        """Take a card's diversification factors as they are, issuer first."""
        if self._factors.get(standard) != factors:
            self._factors[standard] = factors
            self._made.clear()

    def get(self, standard: str, role: str) -> bytes | None:
        """A card key, 8 or 16 bytes, or None when it is not known."""
        return self.at(standard, role, None)

    def at(self, standard: str, role: str, index: int | None) -> bytes | None:
        """The same for a key index; the first of its role where none has that index."""
        asked = standard, role, index
        if asked not in self._made:
            self._made[asked] = self._at(standard, role, index)
        return self._made[asked]

    def _at(self, standard: str, role: str, index: int | None) -> bytes | None:
        found = [one for one in self._of(standard, role) if not one.master]
        for one in (*(key for key in found if index is not None and key.index == index), *found):
            return one.value
        factors = self._factors.get(standard)
        master = self.master(standard, role)
        if master is None or factors is None:
            return None
        return diversify_chain(master, *self.levels(standard, factors))

    def master(self, standard: str, role: str) -> bytes | None:
        """The master key, of the file or published; None when it is not known."""
        if self._test_keys:
            known = standard in set(Standard)
            return load_test_keys().masters(standard).get(role) if known else None
        return next((one.value for one in self._of(standard, role) if one.master), None)

    def levels(self, standard: str, told: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """The factors that masters are divided by, of those that a card told."""
        return self._file.factors(standard, told) if self._file is not None else told

    def others(self, standard: str, role: str) -> dict[str, bytes]:
        """Keys of the file by what tells them from others of the same role."""
        return {one.label: one.value for one in self._of(standard, role) if not one.master}

    def values(self) -> tuple[bytes, ...]:
        """Every key of the file, so that none of them is written anywhere."""
        return tuple(one.value for one in self._file.keys) if self._file is not None else ()

    def _of(self, standard: str, role: str | None = None) -> Iterator[FileKey]:
        for one in self._file.keys if self._file is not None else ():
            if one.standard == standard and role in {None, one.role}:
                yield one

    def tac(self, standard: str) -> bytes | None:
        """The TAC key (halves already combined), or None."""
        key = self.get(standard, "tac")
        return None if key is None else tac_key(key)
