"""Taps at a simulated terminal: card, PSAM, journal and trace put together.

With a state folder the PSAM's number goes on where it stopped and a torn tap is
remembered: the PSAM is saved before any answer of it is used, the journal is synced line
by line. Without one every tap meets a fresh terminal.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from ykt_sim import __version__
from ykt_sim.bench import files
from ykt_sim.bench.chance import rng
from ykt_sim.bench.make import make_host, make_sam, make_terminal
from ykt_sim.bench.saved import SavedLink
from ykt_sim.bench.tap import Journal, MemoryJournal, TapResult, run_tap, start
from ykt_sim.codes import INS
from ykt_sim.errors import ImageError, UsageError
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.sam import SamImage
from ykt_sim.terminal import Phase
from ykt_sim.terminal.journal import Recovered, recover
from ykt_sim.trace.model import Channel, Event, Header, Note, Trace
from ykt_sim.transport import EngineLink, FaultLink, Link, Recorder, open_link
from ykt_sim.transport.files import JournalFile, read_journal
from ykt_sim.transport.guard import in_reader

_STEP: Final = 0.001


@dataclass(frozen=True)
class Plan:
    """What the command line asks for.

    Attributes:
        now: the terminal's clock.
        amount: fen to load, load points only.
        seed: makes randoms and trace times repeatable.
        state: folder that keeps PSAM and journal; None for a fresh terminal.
        journal: journal file; None for the one in the state folder, if any.
        sam: where the PSAM is, e.g. ``pcsc:1``; empty for a simulated one.
        tear: ``N`` loses the answer to the card's N-th command, ``0`` takes the card away
            before the first, ``debit`` loses the answer to DEBIT; empty for a whole tap.
    """

    now: datetime
    amount: int = 0
    seed: int | None = None
    state: Path | None = None
    journal: Path | None = None
    sam: str = ""
    tear: str = ""


@dataclass
class Tapped:
    """What came of it: the decision and records, and everything that was recorded."""

    result: TapResult
    events: list[Event] = field(default_factory=list)
    damaged: int = 0

    def trace(self, profile: TerminalProfile, card: str, plan: Plan) -> Trace:
        """Give the recording as a trace."""
        header = Header(
            created=plan.now.isoformat(),
            source=f"ykt-sim {__version__}",
            card=card,
            terminal=profile.name,
            seed=plan.seed,
            provenance=f"{_whose(card)} card, {_whose(plan.sam)} PSAM and simulated terminal"
            if plan.sam or in_reader(card)
            else "simulated card, PSAM and terminal with published test keys",
        )
        return Trace(header=header, events=tuple(self.events))


def _whose(target: str) -> str:
    return "a reader's" if in_reader(target) else "simulated"


class Stand:
    """A terminal with its PSAM, journal and host; what it knows it keeps between taps.

    Args:
        profile: what kind of terminal.
        plan: where it keeps what.

    Attributes:
        damaged: places in the journal that had to be stepped over.
    """

    def __init__(self, profile: TerminalProfile, plan: Plan) -> None:
        self._profile, self._plan = profile, plan
        self._clock = make_clock(plan.seed)
        self._begun = self._clock()
        self._events: list[Event] = []
        self._sam = _sam(profile, plan)
        recovered, self._journal = _journal(profile, plan)
        self.damaged = len(recovered.damaged) if recovered else 0
        self._host = make_host()
        self._machine = make_terminal(profile, recovered)

    def switch_on(self) -> bool:
        """Start the terminal, or one whose PSAM fell silent again; False without a PSAM."""
        if self._plan.sam and self._machine.phase is Phase.OUT_OF_SERVICE:
            self._sam.close()
            self._sam = _sam(self._profile, self._plan)
        if self._machine.phase in (Phase.OFF, Phase.OUT_OF_SERVICE):
            start(self._machine, self._recorded(self._sam, "sam"))
        return self._machine.phase is not Phase.OUT_OF_SERVICE

    def tap(self, card: Link, now: datetime, amount: int = 0) -> Tapped:
        """Reset a card, tap it, and give it up; its recording begins with the PSAM's start.

        Raises:
            LinkError: the card cannot be reached at all; no tap has begun.
        """
        self.switch_on()
        events = self._events
        link = self._recorded(card, "card")
        try:
            link.power_on()
            result = run_tap(
                self._machine,
                link,
                self._recorded(self._sam, "sam"),
                now=now.strftime("%Y%m%d%H%M%S"),
                amount=amount,
                host=self._host,
                journal=self._journal,
                note=lambda text, data: events.append(
                    Note(t=self._clock() - self._begun, text=text, data=data)
                ),
            )
        finally:
            link.close()
        return Tapped(result, events, self.damaged)

    def forget(self) -> None:
        """Begin the next tap's recording anew, at time 0."""
        self._events, self._begun = [], self._clock()

    def close(self) -> None:
        """Give PSAM and journal up."""
        self._sam.close()
        if isinstance(self._journal, JournalFile):
            self._journal.close()

    def _recorded(self, link: Link, channel: Channel) -> Link:
        return Recorder(link, self._clock, self._events.append, channel=channel, start=self._begun)


def tap_once(card: Link, profile: TerminalProfile, plan: Plan) -> Tapped:
    """Tap a card at a terminal that is switched on for it."""
    stand = Stand(profile, plan)
    try:
        return stand.tap(torn(card, plan.tear), plan.now, plan.amount)
    finally:
        stand.close()


def make_clock(seed: int | None) -> Callable[[], float]:
    """Real time, or one millisecond a look when everything shall be repeatable."""
    if seed is None:
        return time.monotonic
    looks = iter(range(1 << 60))
    return lambda: round(next(looks) * _STEP, 3)


def torn(link: Link, tear: str) -> Link:
    """A link that loses its card as `Plan.tear` says; UsageError for what says nothing."""
    if not tear:
        return link
    if tear == "debit":
        return FaultLink(link, after=1, matching=lambda apdu: apdu[1] == INS.DEBIT)
    if not (tear.isascii() and tear.isdigit()):
        raise UsageError(f"tear at a number of a command or at 'debit', not {tear!r}")
    number = int(tear)
    return FaultLink(link, after=number) if number else FaultLink(link, before=1)


def _in_state(profile: TerminalProfile, folder: Path, ending: str) -> Path:
    if not profile.name or Path(profile.name).name != profile.name:
        raise UsageError(f"terminal name {profile.name!r} cannot be part of a file name")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{profile.name}.{ending}"


def _sam(profile: TerminalProfile, plan: Plan) -> Link:
    if plan.sam:
        return open_link(plan.sam)
    psam = make_sam(profile, rng(plan.seed))
    if plan.state is None:
        return EngineLink(psam)
    path = _in_state(profile, plan.state, "psam.json")
    if path.exists():
        try:
            psam.restore(SamImage.from_json(files.read_text(path)))
        except ImageError as error:
            raise ImageError(f"{path}: {error}") from None
    return SavedLink(EngineLink(psam), psam, path)


def _journal(profile: TerminalProfile, plan: Plan) -> tuple[Recovered | None, Journal]:
    path = plan.journal
    if path is None and plan.state is not None:
        path = _in_state(profile, plan.state, "journal")
    if path is None:
        return None, MemoryJournal()
    recovered = recover(read_journal(path))
    return recovered, JournalFile(path, good=recovered.good)
