"""Waiting for a card, with a PC/SC of our own making."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ykt_sim.errors import SilentError
from ykt_sim.transport import pcsc_readers
from ykt_sim.transport.pcsc_readers import wait_for_card

scard = pytest.importorskip("smartcard.scard")

NAMES = ["ACS ACR122U 00 00", "Alcor Micro AU9540 00 00"]
ATR = bytes.fromhex("3B8A80014D54594B542D4455414C65")


class FakeService:
    """Readers that are empty until somebody has waited for a change so often."""

    def __init__(self, changes: int) -> None:
        self.scard = scard
        self.changes = changes
        self.waited: list[tuple[list[tuple[Any, ...]], int]] = []

    def readers(self) -> list[str]:
        return NAMES

    def states(self, known: list[tuple[Any, ...]], wait_ms: int) -> list[tuple[str, int, bytes]]:
        if wait_ms:
            self.waited.append((known, wait_ms))
        present = len(self.waited) >= self.changes
        states = [scard.SCARD_STATE_EMPTY, scard.SCARD_STATE_EMPTY]
        if present:
            states[1] = scard.SCARD_STATE_PRESENT
        return [
            (name, state | scard.SCARD_STATE_CHANGED, ATR if state & 0x20 else b"")
            for name, state in zip(NAMES, states, strict=True)
        ]

    def close(self) -> None:
        self.scard = None


def test_the_wait_is_for_a_change_at_any_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service is told what was seen last; without that it would answer at once."""
    service = FakeService(2)
    monkeypatch.setattr(pcsc_readers, "Service", lambda: service)
    ticks = itertools.count()
    found = wait_for_card(seconds=60.0, clock=lambda: float(next(ticks)))
    assert (found.name, found.atr, found.present) == (NAMES[1], ATR, True)
    empty = [(name, scard.SCARD_STATE_EMPTY, []) for name in NAMES]
    assert [known for known, _ in service.waited] == [empty, empty]
    assert all(0 < wait_ms <= 60_000 for _, wait_ms in service.waited)
    assert service.scard is None


def test_the_wait_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService(1000)
    monkeypatch.setattr(pcsc_readers, "Service", lambda: service)
    times = iter([0.0, 0.0, 0.9995, 1.0])
    with pytest.raises(SilentError, match="no card with an ATR like 3B\\* came to reader 'ACS'"):
        wait_for_card("ACS", pattern="3B*", seconds=1.0, clock=lambda: next(times))
    assert [wait_ms for _, wait_ms in service.waited] == [min(pcsc_readers._SLICE_MS, 1000), 1]
