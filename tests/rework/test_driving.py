"""A replay at a card: what leaves, what is held back."""

from __future__ import annotations

import pytest

from tests.rework import replaying as r
from tests.trace.corpus import load
from ykt_sim.errors import CardRemovedError, LinkError, WriteRefusedError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.rework.driving import drive, fits
from ykt_sim.rework.replay import Replay, ReplayOptions
from ykt_sim.transport import EngineLink


class Failing:
    """A link that fails at one command."""

    def __init__(self, error: LinkError, at: int) -> None:
        self.inner, self.error, self.left = EngineLink(r.card()), error, at

    def power_on(self) -> bytes:
        return self._asked(self.inner.power_on)

    def transmit(self, apdu: bytes) -> bytes:
        return self._asked(lambda: self.inner.transmit(apdu))

    def _asked(self, do) -> bytes:
        self.left -= 1
        if self.left == 0:
            raise self.error
        return do()

    def close(self) -> None:
        self.inner.close()


def test_no_card_at_all_is_an_error():
    engine = Replay(load("tunion-bus-tunion"))
    with pytest.raises(CardRemovedError, match="none"):
        drive(engine, Failing(CardRemovedError("none"), 1))


def test_a_card_that_leaves():
    engine = Replay(load("tunion-bus-tunion"), ReplayOptions(**r.KEYS))
    drive(engine, Failing(CardRemovedError("gone"), 3))
    words = [str(step.word) for step in engine.result().steps if step.channel == "card"]
    assert words[:3] == ["same", "no answer", "not sent"]
    assert set(words[2:]) == {"not sent"}


def test_a_command_that_the_guard_holds_back():
    engine = Replay(load("tunion-bus-tunion"), ReplayOptions(**r.KEYS))
    drive(engine, Failing(WriteRefusedError("not sent: may change the card"), 4))
    result = engine.result()
    words = [str(step.word) for step in result.steps if step.channel == "card"]
    assert words[:3] == ["same", "same", "not sent"]
    assert result.stopped == "not sent: may change the card"
    assert len(result.trace.exchanges) == 2


def test_keys_that_are_the_cards_own() -> None:
    trace = load("tunion-bus-tunion")
    assert fits(trace, KeyRing())
    assert not fits(trace, Wrong())


class Wrong(KeyRing):
    """Keys of another card."""

    def __init__(self) -> None:
        super().__init__(test_keys=False)
