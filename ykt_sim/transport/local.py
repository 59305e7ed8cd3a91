"""A link to an engine in the same process."""

from __future__ import annotations

from typing import Protocol

from ykt_sim.errors import CardRemovedError, PowerCutError


class Engine(Protocol):
    """What a card or SAM engine offers a link."""

    def power_on(self) -> bytes:
        """Reset; gives the ATR."""
        ...

    def process(self, apdu: bytes) -> bytes:
        """Answer one command."""
        ...

    def power_off(self) -> None:
        """Lose the power."""
        ...


class EngineLink:
    """Drive a card or SAM engine; a power cut inside it looks like a removed card.

    After a removal every command fails until the next `power_on`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._present = False

    def power_on(self) -> bytes:
        """Reset the engine; gives its ATR."""
        atr = self.engine.power_on()
        self._present = True
        return atr

    def transmit(self, apdu: bytes) -> bytes:
        """One command; raises CardRemovedError without power or on a power cut."""
        if not self._present:
            raise CardRemovedError("the card has no power: power_on first")
        try:
            return self.engine.process(apdu)
        except PowerCutError as error:
            self._present = False
            raise CardRemovedError(str(error)) from error

    def close(self) -> None:
        """Take the power away."""
        self._present = False
        self.engine.power_off()
