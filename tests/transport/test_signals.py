"""Servers end by a signal, and what was there before comes back."""

from __future__ import annotations

import os
import signal

from ykt_sim.transport.signals import STOPS, stopped_by_signals


def test_each_stops_and_is_told() -> None:
    before = {number: signal.getsignal(number) for number in (*STOPS, signal.SIGUSR1)}
    calls: list[str] = []
    more = {signal.SIGUSR1: lambda: calls.append("moved")}
    with stopped_by_signals(lambda: calls.append("stopped"), more) as got:
        for number in (signal.SIGUSR1, *STOPS):
            os.kill(os.getpid(), number)
    assert calls == ["moved", *["stopped"] * len(STOPS)]
    assert got == list(STOPS)
    assert {number: signal.getsignal(number) for number in before} == before
