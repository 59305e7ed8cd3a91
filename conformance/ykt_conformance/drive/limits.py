"""What bounds a case, where its randoms come from, and what a target may be able to do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from ykt_sim.bench.targets import FRAGMENTS, FRESH, TEAR

__all__ = ["FRAGMENTS", "FRESH", "RESET", "TEAR", "Limits", "Rng", "seeded"]

Rng = Callable[[int], bytes]

#: What a case's ``needs`` may ask for besides ``keys:...`` and what any target can do.
RESET: Final = "reset"


class LimitError(Exception):
    """A case took too many commands or too much time."""


class Limits(msgspec.Struct, frozen=True):
    """What bounds a case.

    Attributes:
        answer_s: seconds to wait for one answer.
        start_s: seconds to wait for the first answer of a target that is starting.
        case_s: seconds for a whole case.
        prompt_s: seconds for an operator to hold an announced card to the terminal.
        commands: commands in one case; an endless card must not make an endless case.
        silences: cases in a row that ended in silence before the rest is given up.
    """

    answer_s: float = 5.0
    start_s: float = 20.0
    case_s: float = 60.0
    prompt_s: float = 600.0
    commands: int = 4000
    silences: int = 3

    def of_table(self, *, thorough: bool) -> Limits:
        """The same for a case that sweeps a table, by pairs or in full."""
        times, longer = (5, 20) if not thorough else (1000, 1000)
        return msgspec.structs.replace(
            self, commands=times * self.commands, case_s=longer * self.case_s
        )


def seeded(seed: int, purpose: str) -> Rng:
    """A repeatable source of n random bytes for a purpose, e.g. a case id."""
    counter = 0
    start = f"{seed}:{purpose}:".encode()

    def draw(count: int) -> bytes:
        nonlocal counter
        out = b""
        while len(out) < count:
            out += hashlib.sha256(start + counter.to_bytes(8, "big")).digest()
            counter += 1
        return out[:count]

    return draw
