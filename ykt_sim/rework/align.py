"""Which events of two traces correspond, by what they are and not by where they stand.

Equal stretches are paired one by one; at a difference the sequences are aligned within a
window. So time grows with the length of the traces and memory does not depend on how much
they differ.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterator, Sequence
from typing import Final

#: Events of either trace that are looked at to find where they run together again.
WINDOW: Final = 256

Pair = tuple[int | None, int | None]


def align(a: Sequence[Hashable], b: Sequence[Hashable], window: int = WINDOW) -> Iterator[Pair]:
    """Pairs of positions; None where one side has nothing.

    Args:
        a, b: what the events are.
        window: how far to look for common events after a difference.
    """
    i = j = 0
    while i < len(a) or j < len(b):
        while i < len(a) and j < len(b) and a[i] == b[j]:
            yield i, j
            i, j = i + 1, j + 1
        if i == len(a) and j == len(b):
            return
        for left, right in _window(a[i : i + window], b[j : j + window], i, j, len(a), len(b)):
            yield left, right
            i += left is not None
            j += right is not None


def _window(
    a: Sequence[Hashable], b: Sequence[Hashable], i: int, j: int, size_a: int, size_b: int
) -> Iterator[Pair]:
    """Align two windows; without the last quarter, where the cut may mislead."""
    last = i + len(a) == size_a and j + len(b) == size_b
    keep = max(1, 3 * max(len(a), len(b)) // 4)
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        if not last and max(a1, b1) >= keep:
            return
        if kind == "equal" or (kind == "replace" and a2 - a1 == b2 - b1):
            yield from zip(range(i + a1, i + a2), range(j + b1, j + b2), strict=True)
        else:
            yield from ((at, None) for at in range(i + a1, i + a2))
            yield from ((None, at) for at in range(j + b1, j + b2))
