"""Choices of an exploration, repeatable by its seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws from a source of random bytes.

    Args:
        rng: gives n random bytes.
    """

    def __init__(self, rng: Callable[[int], bytes]) -> None:
        self._rng = rng
        self._pool = b""

    def below(self, most: int) -> int:
        """A number from 0, smaller than ``most``."""
        if len(self._pool) < 4:
            self._pool = self._rng(1024)
        drawn, self._pool = self._pool[:4], self._pool[4:]
        return int.from_bytes(drawn, "big") % most

    def one_in(self, count: int) -> bool:
        """True once in so many times."""
        return self.below(count) == 0

    def of(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[self.below(len(things))]

    def weighted(self, things: Sequence[tuple[int, T]]) -> T:
        """One of them, each as often as its weight says."""
        at = self.below(sum(weight for weight, _ in things))
        for weight, thing in things:
            at -= weight
            if at < 0:
                return thing
        return things[-1][1]
