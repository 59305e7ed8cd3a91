"""Servers end by a signal: SIGINT, SIGTERM, SIGHUP."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Final

#: Windows has no SIGHUP.
STOPS: Final = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def stopped_by_signals(
    stop: Callable[[], object], also: Mapping[signal.Signals, Callable[[], object]] | None = None
) -> Iterator[list[int]]:
    """Let the signals of `STOPS` call ``stop``; gives the numbers that came.

    Args:
        stop: called from the signal's handler, so it must not wait for anything.
        also: what other signals call.
    """
    got: list[int] = []

    def ended(number: int, _frame: FrameType | None) -> None:
        got.append(number)
        stop()

    def called(number: int, _frame: FrameType | None) -> None:
        if also:
            also[signal.Signals(number)]()

    old = {number: signal.signal(number, ended) for number in STOPS}
    old |= {number: signal.signal(number, called) for number in also or {}}
    try:
        yield got
    finally:
        for number, before in old.items():
            signal.signal(number, before)
