"""The shortest list of steps that still diverges in the same way (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

#: Whether a list still fails: something or True where it does, None or False where not.
Test = Callable[[Sequence[str]], object]
#: Steps that are left out together at the end: a transaction and a read of it.
_SMALL: Final = 4
_READ_RECORD: Final = "00B2"


def shrink(steps: Sequence[str], fails: Test, more: Callable[[], bool]) -> tuple[str, ...]:
    """Leave out of the steps whatever is not needed.

    Args:
        steps: that fail.
        fails: whether a list still fails; must be repeatable.
        more: whether there is time for another try.
    """
    found = tuple(steps)
    size = len(found) // 2
    while size > _SMALL and more():
        found = _without(found, size, fails, more)
        size //= 2
    before: tuple[str, ...] = ()
    while found != before and more():
        before = found
        for size in range(_SMALL, 0, -1):
            found = _without(found, size, fails, more)
        found = _plainer(found, fails, more)
    return found


def _without(
    steps: tuple[str, ...], size: int, fails: Test, more: Callable[[], bool]
) -> tuple[str, ...]:
    """Try to leave out every run of so many steps, from the end."""
    at = len(steps) - size
    while at > -size and more():
        start = max(at, 0)
        fewer = steps[:start] + steps[at + size :]
        if len(fewer) < len(steps) and fails(fewer):
            steps = fewer
        at -= size
    return steps


def _plainer(steps: tuple[str, ...], fails: Test, more: Callable[[], bool]) -> tuple[str, ...]:
    """Try every step without what was added to it, and the first record instead of another."""
    for at in range(len(steps)):
        for plainer in _plain(steps[at]):
            fewer = (*steps[:at], plainer, *steps[at + 1 :])
            if plainer != steps[at] and more() and fails(fewer):
                steps = fewer
    return steps


def _plain(step: str) -> Iterator[str]:
    words = step.split()
    for added in words:
        if "=" in added or added.startswith("tear:"):
            yield " ".join(word for word in words if word != added)
    if words[-1].startswith(_READ_RECORD):
        yield " ".join((*words[:-1], f"{_READ_RECORD}01{words[-1][6:]}"))
