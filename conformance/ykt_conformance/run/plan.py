"""What a run is asked to do: the same plan for cards, terminals and traces."""

from __future__ import annotations

import copy
import platform
from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

import msgspec

from ykt_conformance.cases.case import Case
from ykt_conformance.drive.limits import Limits, Rng, seeded
from ykt_conformance.ics.form import IcsFile
from ykt_conformance.judge.results import CaseResult
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.transport.calibrate import Calibration
from ykt_sim.version import __version__

CaseT = TypeVar("CaseT", bound=Case)
#: Called after every case with its number from 1, how many there are, and its result.
Progress = Callable[[int, int, CaseResult], object]


def _silent(_number: int, _total: int, _result: CaseResult) -> None:
    return None


class RunPlan(msgspec.Struct, Generic[CaseT], frozen=True, kw_only=True):
    """A run, decided on.

    Attributes:
        cases: chosen cases in order (`cases.select.choose`); a recording is judged by cases
            of either kind, a card or a terminal is driven by its own.
        ics: the implementation's statement.
        clock: monotonic seconds; `now` gives the time of day as ISO text.
        keys: ring to start from; every case gets a copy of its own.
        keys_text: what the ring is, in words.
        seed: of all randomness in the run.
        limits: what bounds a case.
        progress: told after every case.
        ignored: ids of rules of the reference model by which nothing fails.
        calibration: of the way to the card or terminal; None when nobody measured it.
    """

    cases: tuple[CaseT, ...]
    ics: IcsFile
    clock: Callable[[], float]
    now: Callable[[], str]
    keys: KeyRing = msgspec.field(default_factory=KeyRing)
    keys_text: str = "published test keys, diversified from what the card says of itself"
    test_keys: bool = True
    seed: int = 0
    limits: Limits = msgspec.field(default_factory=Limits)
    progress: Progress = _silent
    ignored: frozenset[str] = frozenset()
    calibration: Calibration | None = None

    def ring(self) -> KeyRing:
        """A ring that has learnt nothing of any card yet."""
        return copy.deepcopy(self.keys)

    def rng(self, purpose: str) -> Rng:
        """Randoms for one case, the same whatever was run before it."""
        return seeded(self.seed, purpose)


VERSIONS: Final[Mapping[str, str]] = {
    "ykt-sim": __version__,
    "python": platform.python_version(),
    "platform": f"{platform.system()} {platform.machine()}",
}
