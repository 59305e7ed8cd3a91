"""Time stamps of captures, made into seconds since the first of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

_TURN: Final = 1 << 32


class Ticks:
    """A counter that starts anew after its last value, by default one of 32 bits.

    Stamps of two sides may cross by a little: a step back by less than a second is one,
    any longer step back is a turn.

    Args:
        rate: ticks per second.
        turn: number of its values.
    """

    def __init__(self, rate: int, turn: int = _TURN) -> None:
        self._rate = rate
        self._turn = turn
        self._first: int | None = None
        self._last = 0

    def seconds(self, count: int) -> float:
        """Seconds since the first count."""
        if self._first is None:
            self._first = self._last = count
        step = (count - self._last) % self._turn
        self._last += step - self._turn if step > self._turn - self._rate else step
        return max(0.0, (self._last - self._first) / self._rate)


class Stamps:
    """Exact absolute times, e.g. nanoseconds since 1970, kept without floating point."""

    def __init__(self) -> None:
        self._first: Fraction | None = None
        self._whole: tuple[int, int] | None = None

    def seconds(self, stamp: Fraction) -> float:
        """Seconds since the first stamp, never negative."""
        if self._first is None:
            self._first = stamp
        return max(0.0, float(stamp - self._first))

    def counted(self, count: int, rate: int) -> float:
        """The same for a stamp in ticks of a rate; quick as long as the rate is the first one's."""
        if self._first is None:
            self._first, self._whole = Fraction(count, rate), (count, rate)
        if self._whole is None or self._whole[1] != rate:
            return self.seconds(Fraction(count, rate))
        # An int by an int is rounded as the Fraction is.
        return max(0.0, (count - self._whole[0]) / rate)
