"""Our own terminals as targets: ``sim:PROFILE[?deviate=NAME]``.

Each case gets a terminal that has just been switched on, with a PSAM of its own. Time is a
model, so that a run can be repeated and a slow terminal is slow on any computer: what a
command takes depends on its kind and length only. The figures are of the order that
contactless terminals show; they are nobody's measurements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.drive.moments import later
from ykt_conformance.drive.terminal import CardSide, Shown, TerminalBench, TerminalReport
from ykt_sim.bench import make
from ykt_sim.bench.tap import MemoryJournal, run_tap, start
from ykt_sim.bench.targets import read_terminal
from ykt_sim.codes import INS
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.transport import EngineLink

#: Seconds a terminal thinks before each command.
THINKS: Final = 0.0015
#: Seconds per byte at 106 kbit/s with start and parity bits, and per frame.
_BYTE, _FRAME = 0.000085, 0.0006
#: Seconds that a card works on a command; a purse command writes its memory.
_WORKS: Final[Mapping[int, float]] = {
    INS.INITIALIZE: 0.012,
    INS.DEBIT: 0.030,
    INS.CREDIT_FOR_LOAD: 0.030,
}
_READS: Final = 0.003
_PSAM: Final = 0.015
#: Clock of a simulated terminal whose ICS sets none.
CLOCK: Final = "20250601081733"
CAPABILITIES: Final = frozenset({"report", "sam", "clock"})


class ModelClock:
    """Time that passes by a model."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Seconds since the case began."""
        return self._now

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds

    def thinks(self, size: int) -> float:
        """The terminal thinks, then the command is on its way."""
        self._now += THINKS
        way = _FRAME + size * _BYTE
        self._now += way
        return way

    def works(self, ins: int, size: int) -> float:
        """The card works, then the answer is on its way."""
        way = _FRAME + size * _BYTE
        self._now += _WORKS.get(ins, _READS) + way
        return way


class _Sam:
    """The PSAM's link, recorded by the model's clock."""

    def __init__(self, link: EngineLink, clock: ModelClock) -> None:
        self._link, self._clock = link, clock
        self.record: Callable[[bytes, bytes, float, float], object] | None = None

    def power_on(self) -> bytes:
        """Reset the PSAM."""
        return self._link.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        """One command."""
        at = self._clock.now()
        answer = self._link.transmit(apdu)
        self._clock.passes(_PSAM)
        if self.record is not None:
            self.record(apdu, answer, at, _PSAM * 1000)
        return answer

    def close(self) -> None:
        """Take the power away."""
        self._link.close()


def named(target: str) -> tuple[TerminalProfile, str]:
    """Profile and deviations of a target.

    Raises:
        ProfileError, UsageError: no such profile, option or deviation.
    """
    name, deviate = read_terminal(target)
    profile = load_terminal_profile(name)
    make.make_terminal(profile, deviate=deviate)  # a wrong name is found here
    return profile, deviate


def load(target: str, ics: Mapping[str, Any]) -> tuple[TerminalProfile, str]:
    """What `named` gives; the ICS's black list is put into the terminal."""
    profile, deviate = named(target)
    black = (*profile.black_list, *ics["black_list"]["numbers"])
    return msgspec.structs.replace(profile, black_list=black), deviate


class SimTerminal:
    """A terminal of ours, just switched on."""

    capabilities = CAPABILITIES
    basis = "model"

    def __init__(
        self, profile: TerminalProfile, deviate: str, rng: Callable[[int], bytes], begin: str
    ) -> None:
        self.clock = ModelClock()
        self._begin = begin
        self._host = make.make_host()
        self._journal = MemoryJournal()
        self._sam = _Sam(EngineLink(make.make_sam(profile, rng)), self.clock)
        self._machine = make.make_terminal(profile, deviate=deviate)
        start(self._machine, self._sam)

    def attach(self, suite: TerminalBench) -> None:
        """Record the PSAM's exchanges in this case's trace."""
        self._sam.record = suite.sam

    def present(self, side: CardSide, shown: Shown) -> TerminalReport:
        """Tap."""
        side.power_on()
        result = run_tap(
            self._machine,
            side,
            self._sam,
            now=shown.now,
            amount=shown.amount,
            host=self._host,
            journal=self._journal,
        )
        said = [
            None if record is None else msgspec.to_builtins(record)
            for record in (result.decision, result.clearing, result.dispute)
        ]
        return TerminalReport(*said)

    def time(self, taps: int) -> str:
        """One minute a tap."""
        return later(self._begin, minutes=taps)

    def transport_s(self, side: CardSide) -> float | None:
        """By the model."""
        return side.transport_s
