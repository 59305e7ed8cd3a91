"""The shortest list of steps that still diverges in the same way (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Test = Callable[[Sequence[str]], bool]


def shrink(steps: Sequence[str], fails: Test, more: Callable[[], bool]) -> tuple[str, ...]:
    """Leave out of the steps whatever is not needed.

    Args:
        steps: that fail.
        fails: whether a list still fails; must be repeatable.
        more: whether there is time for another try.
    """
    found = tuple(steps)
    size = max(len(found) // 2, 1)
    while found and more():
        before = len(found)
        found = _without(found, size, fails, more)
        if size > 1:
            size = max(size // 2, 1)
        elif len(found) == before:
            break
    return _plainer(found, fails, more)


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
    """Try every step without what was added to it."""
    for at, step in enumerate(steps):
        for token in [word for word in step.split() if "=" in word or word.startswith("tear:")]:
            words = [word for word in steps[at].split() if word != token]
            fewer = (*steps[:at], " ".join(words), *steps[at + 1 :])
            if more() and fails(fewer):
                steps = fewer
    return steps
