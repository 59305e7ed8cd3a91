"""What happens in a soak, drawn by its seed: who taps where and when, and what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

import msgspec

from ykt_sim.bench.soak.trouble import Trouble

#: The clock at the start. It goes on by some seconds a tap.
BEGIN: Final = datetime(2024, 11, 1, 8)  # noqa: DTZ001 - a terminal knows local time only
#: Changes of files and lines of output in one tap, about; where trouble falls is drawn over them.
STEPS: Final = 24
#: Moments at which clocks and dates turn over: a leap day, ends of months and years, the ends of
#: 32-bit seconds and of two-digit years, a clock that was never set.
MOMENTS: Final = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2000-01-01T00:00:00", "2024-02-28T23:59:58", "2024-02-29T12:00:00", "2024-12-31T23:59:58",
        "2025-06-30T23:59:59", "2027-12-31T23:59:59", "2028-02-29T23:59:58", "2038-01-19T03:14:06",
        "2079-12-31T23:59:59", "2080-01-01T00:00:00", "2099-12-31T23:59:58",
    )
)  # fmt: skip
#: Seconds by which a clock is set forth or back.
_LEAPS: Final = (-86400, -3600, -61, -60, -1, 0, 1, 60, 3600, 86400, 31 * 86400)


class Kinds(msgspec.Struct, frozen=True):
    """Which kinds of trouble there are."""

    kills: bool = True
    disk_full: bool = True
    slow_disk: bool = True
    clock_jumps: bool = True


class Visit(msgspec.Struct, frozen=True, array_like=True):
    """One tap: the card's image, the terminal's clock, fen to load."""

    card: str
    at: datetime
    amount: int = 0


class Job(msgspec.Struct, frozen=True):
    """The life of one process.

    Attributes:
        terminal: profile, by name or file.
        state: folder of PSAM and journal.
        visits: taps, in order.
        trouble: what goes wrong meanwhile.
        seed: of its randoms.
    """

    terminal: str
    state: str
    visits: tuple[Visit, ...]
    trouble: Trouble
    seed: int


class Drawing:
    """Draws jobs, the same for the same seed.

    Args:
        seed: of everything.
        kinds: of trouble that there are.
        most: taps of the longest job.
    """

    def __init__(self, seed: int, kinds: Kinds, most: int) -> None:
        self._draw = Random(seed)  # noqa: S311 - repeatable
        self._kinds, self._most = kinds, most
        self._now = BEGIN
        self._away: datetime | None = None
        self._left = 0
        self.jumps = 0

    def job(
        self, terminals: Sequence[str], state: str, cards: Sequence[str], amount: int, most: int
    ) -> Job:
        """The next life of one of the terminals; cards by their images.

        Args:
            terminals: profiles, one of which is drawn.
            state: folder.
            cards: come as they are drawn.
            amount: fen to load.
            most: taps that are still wanted.
        """
        draw = self._draw
        count = min(draw.randint(1, self._most), most)
        visits = tuple(Visit(draw.choice(cards), self._clock(), amount) for _ in range(count))
        return Job(
            draw.choice(terminals), state, visits, self._trouble(count), draw.getrandbits(32)
        )

    def calm(self, terminal: str, state: str, cards: Sequence[str], amount: int = 0) -> Job:
        """A job in which each card comes once and nothing goes wrong."""
        self._away, self._left = None, 0
        visits = tuple(Visit(card, self._tick(), amount) for card in cards)
        return Job(terminal, state, visits, Trouble(), self._draw.getrandbits(32))

    def _tick(self) -> datetime:
        self._now += timedelta(seconds=self._draw.randint(1, 90))
        return self._now

    def _clock(self) -> datetime:
        """The clock of the next tap: it goes on, or is wrong for some taps."""
        draw, now = self._draw, self._tick()
        if self._left:
            self._left -= 1
            self._away = (self._away or now) + timedelta(seconds=draw.randint(0, 90))
            return self._away
        if not self._kinds.clock_jumps or draw.random() >= 0.03:
            return now
        self.jumps += 1
        self._left = draw.randint(0, 6)
        leap = now + timedelta(seconds=draw.choice(_LEAPS))
        self._away = draw.choice((leap, draw.choice(MOMENTS)))
        return self._away

    def _trouble(self, count: int) -> Trouble:
        draw, steps, kinds = self._draw, count * STEPS, self._kinds
        kill, full = draw.randint(1, steps), draw.randint(1, steps)
        dies, fills, drags = draw.random() < 0.9, draw.random() < 0.3, draw.random() < 0.1
        long, read_only, slow = draw.randint(1, 60), draw.random() < 0.3, draw.uniform(0.001, 0.01)
        fills = fills and kinds.disk_full
        return Trouble(
            kill=kill if dies and kinds.kills else 0,
            full=full if fills else 0,
            steps=long if fills else 0,
            read_only=read_only and fills,
            slow=slow if drags and kinds.slow_disk else 0.0,
        )
