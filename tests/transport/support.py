"""Links that answer by script."""

from __future__ import annotations

from collections.abc import Callable


class ScriptLink:
    """Answers from a list; keeps what was sent."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[str] = []
        self.resets = 0
        self.closed = 0

    def power_on(self) -> bytes:
        self.resets += 1
        return bytes.fromhex("3B00")

    def transmit(self, apdu: bytes) -> bytes:
        self.sent.append(apdu.hex().upper())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return bytes.fromhex(answer)

    def close(self) -> None:
        self.closed += 1


def ticking(step: float = 0.25) -> Callable[[], float]:
    """A clock that moves by one step at each look."""
    now = 100.0

    def clock() -> float:
        nonlocal now
        now += step
        return now

    return clock
