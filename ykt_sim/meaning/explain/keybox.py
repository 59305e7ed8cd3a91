"""The keys that a try needs: the card's own, others of it, and what comes from a master key.

A key goes from here into `inputs.make` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, runtime_checkable

from ykt_sim.crypto import des
from ykt_sim.crypto.derive import diversify_chain
from ykt_sim.errors import CryptoError, ProfileError
from ykt_sim.meaning.explain.inputs import KeyPath
from ykt_sim.profiles.keys import load_test_keys

_CHECK_VALUE: Final = 3


class Keys(Protocol):
    """Card keys as far as they are known."""

    def get(self, standard: str, role: str) -> bytes | None:
        """A key by standard and role, e.g. ``purchase``."""

    def tac(self, standard: str) -> bytes | None:
        """The TAC key, its halves already combined."""


@runtime_checkable
class ManyKeys(Keys, Protocol):
    """Keys of which more is known than the ones in use."""

    def at(self, standard: str, role: str, index: int | None) -> bytes | None:
        """A key of an index, the first of its role where none has it."""

    def master(self, standard: str, role: str) -> bytes | None:
        """The key that a card's key is diversified from."""

    def others(self, standard: str, role: str) -> Mapping[str, bytes]:
        """Other keys of the same role, by what tells them apart."""

    def levels(self, standard: str, told: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """The factors that keys are divided by, of those that a card told."""


class KeyBox:
    """Gives the key of a path, as long as the card in the trace stays the same.

    Args:
        keys: of the card.
        factors: of the card's applications, by standard, issuer first.
    """

    def __init__(self, keys: Keys, factors: Mapping[str, tuple[bytes, ...]]) -> None:
        self._keys = keys
        self._many = keys if isinstance(keys, ManyKeys) else None
        self.factors = {one: self.levels(one, told) for one, told in factors.items()}
        self._found: dict[KeyPath, bytes | None] = {}

    def key(self, path: KeyPath) -> bytes | None:
        """The key, 8 or 16 bytes; None where it is not known."""
        if path not in self._found:
            found = self._find(path)
            self._found[path] = found if found is not None and len(found) in {8, 16} else None
        return self._found[path]

    def check_values(self, path: KeyPath) -> tuple[bytes, bytes]:
        """Check values of the key and of its master, 3 bytes each; empty for one not known.

        They tell which key was used, and nothing else about it.
        """
        key, master = self.key(path), self._master(path.standard, path.role)
        return _check_value(key), _check_value(master if key else None)

    def levels(self, standard: str, told: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """The factors that keys of this standard are divided by, of those that a card told."""
        return self._many.levels(standard, told) if self._many else told

    def others(self, path: KeyPath) -> tuple[str, ...]:
        """Labels of other keys of the same standard and role."""
        if self._many is None:
            return ()
        used = self.key(path)
        found = self._many.others(path.standard, path.role)
        return tuple(label for label, key in found.items() if key != used)

    def published(self, path: KeyPath) -> bool:
        """True when the key is one of the published test keys for these factors."""
        key = self.key(path)
        master = _test_master(path.standard, path.role)
        if key is None or master is None or path.other:
            return False
        return key in {master, _divided(master, path.factors)}

    def _find(self, path: KeyPath) -> bytes | None:
        if path.other:
            others = self._many.others(path.standard, path.role) if self._many else {}
            return others.get(path.other)
        own = self.factors.get(path.standard, ())
        master = self._master(path.standard, path.role)
        if master is not None and (own or path.factors):
            return _divided(master, path.factors)
        if path.factors != own:
            return None
        if self._many is not None:
            return self._many.at(path.standard, path.role, path.index)
        return self._keys.get(path.standard, path.role)

    def _master(self, standard: str, role: str) -> bytes | None:
        """The master in the owner's hands, or the published one where the card is made of it."""
        known = self._many.master(standard, role) if self._many else None
        if known is not None:
            return known
        test = _test_master(standard, role)
        factors = self.factors.get(standard)
        if test is None or not factors:
            return None
        return test if self._keys.get(standard, role) == _divided(test, factors) else None


def _check_value(key: bytes | None) -> bytes:
    return des.ecb(key, bytes(8))[:_CHECK_VALUE] if key and len(key) in {8, 16} else b""


def _test_master(standard: str, role: str) -> bytes | None:
    try:
        return load_test_keys().masters(standard).get(role)
    except ProfileError:
        return None


def _divided(master: bytes, factors: tuple[bytes, ...]) -> bytes | None:
    try:
        return diversify_chain(master, *factors)
    except CryptoError:
        return None
