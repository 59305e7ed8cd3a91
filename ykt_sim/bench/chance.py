"""Randomness for the engines, which draw none of their own: real, or repeatable."""

from __future__ import annotations

import os
import random
from collections.abc import Callable


def rng(seed: int | None) -> Callable[[int], bytes]:
    """Give a source of n random bytes; with a seed always the same ones."""
    if seed is None:
        return os.urandom
    return random.Random(seed).randbytes  # noqa: S311 - repeatable on purpose
