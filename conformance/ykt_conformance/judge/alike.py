"""Which results come to the same: reasons that differ in numbers alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ykt_conformance.judge.results import CaseResult

#: Numbers, bytes in hex and numbers of cards; a status word tells one refusal from another.
_VARYING: Final = re.compile(r"(?<![\w*])(?:\d+(?:\.\d+)?|[0-9A-F*]*[0-9*][0-9A-F*]*)(?![\w*])")
_STATUS_WORD: Final = re.compile("[69][0-9A-F]{3}")


def pattern(reason: str) -> str:
    """A reason without what differs from card to card."""
    return _VARYING.sub(lambda found: found[0] if _STATUS_WORD.fullmatch(found[0]) else "#", reason)


def outcome(result: CaseResult) -> tuple[str, ...]:
    """What is equal for results that come to the same."""
    return result.id, result.verdict, pattern(result.reason)


def ranges(numbers: Iterable[int]) -> str:
    """Numbers in rising order as people write them: ``1-40,42``."""
    return ",".join(f"{first}-{last}" if last > first else str(first)
                    for first, last in _runs(numbers))  # fmt: skip


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = 0
    for number in numbers:
        if last and number != last + 1:
            yield first, last
        first = number if not last or number != last + 1 else first
        last = number
    if last:
        yield first, last


def numbers_in(text: str) -> Iterator[int]:
    """The numbers that `ranges` wrote; ValueError for other text."""
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
