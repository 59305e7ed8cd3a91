"""An engine behind a link; a power cut looks like a removed card."""

from __future__ import annotations

import pytest

from ykt_sim.errors import CardRemovedError, PowerCutError
from ykt_sim.transport import EngineLink


class Engine:
    def __init__(self) -> None:
        self.off = 0
        self.cut = False

    def power_on(self) -> bytes:
        return b"\x3b\x00"

    def power_off(self) -> None:
        self.off += 1

    def process(self, apdu: bytes) -> bytes:
        if self.cut:
            raise PowerCutError("power cut at write 3")
        return apdu + b"\x6a\x82"


def test_status_words_never_raise() -> None:
    link = EngineLink(Engine())
    assert link.power_on() == b"\x3b\x00"
    assert link.transmit(b"\x01") == b"\x01\x6a\x82"


def test_no_power_no_card() -> None:
    link = EngineLink(Engine())
    with pytest.raises(CardRemovedError, match="power_on first"):
        link.transmit(b"\x00")


def test_power_cut_is_a_removal_until_power_on() -> None:
    engine = Engine()
    link = EngineLink(engine)
    link.power_on()
    engine.cut = True
    with pytest.raises(CardRemovedError, match="write 3"):
        link.transmit(b"\x00")
    engine.cut = False
    with pytest.raises(CardRemovedError):
        link.transmit(b"\x00")
    link.power_on()
    assert link.transmit(b"\x00") == b"\x00\x6a\x82"


def test_close_takes_the_power_twice() -> None:
    engine = Engine()
    link = EngineLink(engine)
    link.power_on()
    link.close()
    link.close()
    assert engine.off == 2
    with pytest.raises(CardRemovedError):
        link.transmit(b"\x00")
