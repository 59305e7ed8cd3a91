"""What a run is asked to do: the same plan for cards, terminals and traces."""

from __future__ import annotations

import copy
import hashlib
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conformance.keys import KeyRing
from conformance.model import Case
from ykt_sim import __version__
from ykt_sim.transport.calibrate import Calibration

if TYPE_CHECKING:
    from conformance.ics import IcsFile
    from conformance.results import CaseResult

#: Called after every case with its number from 1, how many there are, and its result.
Progress = Callable[[int, int, "CaseResult"], object]
Rng = Callable[[int], bytes]


def _silent(_number: int, _total: int, _result: CaseResult) -> None:
    return None


@dataclass(frozen=True)
class Limits:
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


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A run, decided on.

    Attributes:
        cases: chosen cases in order (`conformance.select.choose`).
        ics: the implementation's statement.
        clock: monotonic seconds; `now` gives the time of day as ISO text.
        keys: ring to start from; every case gets a copy of its own.
        keys_text: what the ring is, in words.
        seed: of all randomness in the run.
        limits: what bounds a case.
        progress: told after every case.
        calibration: of the way to the card or terminal; None when nobody measured it.
    """

    cases: tuple[Case, ...]
    ics: IcsFile
    clock: Callable[[], float]
    now: Callable[[], str]
    keys: KeyRing = field(default_factory=KeyRing)
    keys_text: str = "published test keys, diversified from what the card says of itself"
    test_keys: bool = True
    seed: int = 0
    limits: Limits = Limits()
    progress: Progress = _silent
    calibration: Calibration | None = None

    def ring(self) -> KeyRing:
        """A ring that has learnt nothing of any card yet."""
        return copy.deepcopy(self.keys)

    def rng(self, purpose: str) -> Rng:
        """Randoms for one case, the same whatever was run before it."""
        return seeded(self.seed, purpose)


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


VERSIONS: Final[Mapping[str, str]] = {
    "ykt-sim": __version__,
    "python": platform.python_version(),
    "platform": f"{platform.system()} {platform.machine()}",
}
