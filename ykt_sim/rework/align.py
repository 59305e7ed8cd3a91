"""Which events of two traces correspond, by what they are and not by where they stand.

An event has a kind (what was asked of whom) and contents (its very bytes). Of all ways to
pair the events, one with the fewest things to say is wanted: nothing for the same contents,
something for the same kind with other bytes, more for one that stands alone.

That is found exactly for stretches of some hundred events. Long traces are first cut where
both hold the same telling moment once: contents that chance does not repeat, such as a
random number. What is left between the cuts and is still long is compared as copies of
one recording [E. W. Myers, An O(ND) difference algorithm, 1986], and where they are no such
copies, window by window. So time grows with the length of the traces, and memory is a few
numbers for each event.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final

Pair = tuple[int | None, int | None]

#: Pairs of events that are weighed at once.
CELLS: Final = 1 << 17
#: Events of either trace that are looked at to find where they run together again.
WINDOW: Final = 192
#: Events that two copies of a recording may differ in, between two cuts.
MAX_EDITS: Final = 1000

#: What it costs that events of one kind have other bytes, that an event stands alone, and
#: that one stands in place of another: less than two that stand alone.
_BYTES, _ALONE, _INSTEAD = 1, 2, 3
_DIAGONAL, _LEFT, _RIGHT = 0, 1, 2


class Marks:
    """What is kept of the events of one trace: two numbers and a flag for each.

    Args:
        telling: hold the places of contents that chance does not repeat.
    """

    def __init__(self) -> None:
        self.kinds = array("q")
        self.contents = array("q")
        self.telling = bytearray()

    def add(self, kind: Hashable, contents: Hashable, *, telling: bool = False) -> None:
        """Take the next event.

        Args:
            kind: what it is.
            contents: its bytes.
            telling: chance does not repeat these contents.
        """
        self.kinds.append(hash(kind))
        self.contents.append(hash(contents))
        self.telling.append(telling)

    def __len__(self) -> int:
        return len(self.kinds)


def marks(kinds: Iterable[Hashable]) -> Marks:
    """Events of which nothing but the kind is known."""
    found = Marks()
    for kind in kinds:
        found.add(kind, kind)
    return found


def align(
    a: Marks, b: Marks, given_up: Callable[[int], object] = lambda _count: None
) -> Iterator[Pair]:
    """Pairs of positions in order; None where one side has nothing.

    Args:
        a, b: the events of each trace.
        given_up: takes the number of events of each stretch that is paired window by window,
            so that more of them may stand alone or differ than must.
    """
    i = j = 0
    for x, y in (*_cuts(a, b), (len(a), len(b))):
        yield from _between(a, b, range(i, x), range(j, y), given_up)
        if x < len(a):
            yield x, y
        i, j = x + 1, y + 1


def _cuts(a: Marks, b: Marks) -> list[tuple[int, int]]:
    """Telling contents that both hold once, as many as stand in the same order in both."""
    there = _once(b)
    places = [(i, there[one]) for one, i in _once(a).items() if one in there]
    places.sort()
    # The longest rising sequence by patience: `tops` are the least ends for each length.
    tops: list[int] = []
    ends: list[int] = []
    before = array("q")
    for number, (_, j) in enumerate(places):
        length = bisect.bisect_left(tops, j)
        before.append(ends[length - 1] if length else -1)
        if length == len(tops):
            tops.append(j)
            ends.append(number)
        else:
            tops[length], ends[length] = j, number
    rising = []
    at = ends[-1] if ends else -1
    while at >= 0:
        rising.append(places[at])
        at = before[at]
    return rising[::-1]


def _once(side: Marks) -> dict[int, int]:
    """Telling contents that stand in a trace once, with their place."""
    found: dict[int, int] = {}
    for place, one in enumerate(side.contents):
        if side.telling[place]:
            found[one] = -1 if one in found else place
    return {one: place for one, place in found.items() if place >= 0}


def _between(
    a: Marks, b: Marks, left: range, right: range, given_up: Callable[[int], object]
) -> Iterator[Pair]:
    """Align two stretches: what is the same at both ends, then what is between."""
    i, j, ends = left.start, right.start, min(len(left), len(right))
    head = 0
    while head < ends and a.contents[i + head] == b.contents[j + head]:
        yield i + head, j + head
        head += 1
    tail = 0
    while (
        tail < ends - head and a.contents[left.stop - 1 - tail] == b.contents[right.stop - 1 - tail]
    ):
        tail += 1
    inner = range(i + head, left.stop - tail), range(j + head, right.stop - tail)
    yield from _middle(a, b, *inner, given_up)
    yield from zip(range(inner[0].stop, left.stop), range(inner[1].stop, right.stop), strict=True)


def _middle(
    a: Marks, b: Marks, left: range, right: range, given_up: Callable[[int], object]
) -> Iterator[Pair]:
    if len(left) * len(right) <= CELLS:
        yield from _weighed(a, b, left, right)
        return
    same = _copies(a.contents, b.contents, left, right)
    if same is None:
        given_up(len(left) + len(right))
        yield from _windows(a, b, left, right)
        return
    i, j = left.start, right.start
    for x, y in (*same, (left.stop, right.stop)):
        if len(range(i, x)) * len(range(j, y)) <= CELLS:
            yield from _weighed(a, b, range(i, x), range(j, y))
        else:
            given_up(len(range(i, x)) + len(range(j, y)))
            yield from _windows(a, b, range(i, x), range(j, y))
        if x < left.stop:
            yield x, y
        i, j = x + 1, y + 1


def _windows(a: Marks, b: Marks, left: range, right: range) -> Iterator[Pair]:
    """Align window by window; without the last quarter, where the cut may mislead."""
    i, j = left.start, right.start
    while i < left.stop and j < right.stop:
        if a.contents[i] == b.contents[j]:
            yield i, j
            i, j = i + 1, j + 1
            continue
        window = range(i, min(i + WINDOW, left.stop)), range(j, min(j + WINDOW, right.stop))
        last = window[0].stop == left.stop and window[1].stop == right.stop
        low, high = i + 3 * WINDOW // 4, j + 3 * WINDOW // 4
        for x, y in _weighed(a, b, *window):
            if not last and (i >= low or j >= high):
                break
            yield x, y
            i, j = i + (x is not None), j + (y is not None)
    yield from ((x, None) for x in range(i, left.stop))
    yield from ((None, y) for y in range(j, right.stop))


def _weighed(a: Marks, b: Marks, left: range, right: range) -> list[Pair]:
    """The cheapest way to pair two stretches, found by weighing every pair of events."""
    if not left or not right:
        return [*((x, None) for x in left), *((None, y) for y in right)]
    kinds = b.kinds[right.start : right.stop]
    contents = b.contents[right.start : right.stop]
    others = list(zip(kinds, contents, strict=True))
    # Costs are worked out from the ends, so that the way can be walked from the beginning.
    ways = []
    below = [_ALONE * count for count in range(len(right), -1, -1)]
    others.reverse()
    for i in reversed(left):
        kind, content = a.kinds[i], a.contents[i]
        at = len(right)
        diagonal = below[at]
        after = below[at] + _ALONE
        row = bytearray(at)
        below[at] = after
        for other_kind, other in others:
            at -= 1
            if other == content:
                best = diagonal
            elif other_kind == kind:
                best = diagonal + _BYTES
            else:
                best = diagonal + _INSTEAD
            way = _DIAGONAL
            diagonal = below[at]
            if diagonal + _ALONE < best:
                best, way = diagonal + _ALONE, _LEFT
            if after + _ALONE < best:
                best, way = after + _ALONE, _RIGHT
            row[at] = way
            below[at] = after = best
        ways.append(row)
    ways.reverse()
    return list(_walk(ways, left, right))


def _walk(ways: Sequence[bytearray], left: range, right: range) -> Iterator[Pair]:
    i = j = 0
    while i < len(left) and j < len(right):
        way = ways[i][j]
        yield None if way == _RIGHT else left[i], None if way == _LEFT else right[j]
        i, j = i + (way != _RIGHT), j + (way != _LEFT)
    yield from ((x, None) for x in left[i:])
    yield from ((None, y) for y in right[j:])


def _copies(
    a: Sequence[int], b: Sequence[int], left: range, right: range
) -> list[tuple[int, int]] | None:
    """What two copies of one recording have in common; None when they are no such copies.

    Copies differ in a quarter of their events at most, and in `MAX_EDITS`. A diagonal is how
    much further the first trace is than the second; `steps` says for each number of edits how
    far along the first trace they lead on each diagonal, every second one from ``-edits`` up.
    """
    size_a, size_b = len(left), len(right)
    a, b = list(a[left.start : left.stop]), list(b[right.start : right.stop])
    most = min(MAX_EDITS, (size_a + size_b) // 4)
    steps: list[array[int]] = []
    for edits in range(most + 1 if abs(size_a - size_b) <= most else 0):
        step = array("q")
        for diagonal in range(-edits, edits + 1, 2):
            x = _entry(steps, edits, diagonal)
            y = x - diagonal
            while x < size_a and y < size_b and a[x] == b[y]:
                x += 1
                y += 1
            step.append(x)
            if x >= size_a and y >= size_b:
                steps.append(step)
                return _back(steps, left, right)
        steps.append(step)
    return None


def _entry(steps: Sequence[array[int]], edits: int, diagonal: int) -> int:
    """Where the last of so many edits comes to a diagonal, along the first trace."""
    if not edits:
        return 0
    step, place = steps[edits - 1], (diagonal + edits) // 2
    down = step[place] if place < len(step) else -1
    along = step[place - 1] + 1 if place else -1
    return max(down, along)


def _back(steps: Sequence[array[int]], left: range, right: range) -> list[tuple[int, int]]:
    """The pairs of events that are the same on the way that `_copies` found."""
    found: list[tuple[int, int]] = []
    x, diagonal = len(left), len(left) - len(right)
    for edits in range(len(steps) - 1, -1, -1):
        entry = _entry(steps, edits, diagonal)
        while x > entry:
            x -= 1
            found.append((left.start + x, right.start + x - diagonal))
        if edits:
            step, place = steps[edits - 1], (diagonal + edits) // 2
            if place < len(step) and step[place] == entry:
                x, diagonal = step[place], diagonal + 1
            else:
                x, diagonal = step[place - 1], diagonal - 1
    return found[::-1]
