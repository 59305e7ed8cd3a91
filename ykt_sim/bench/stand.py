"""A terminal that remembers: PSAM, journal, host, and a recording of every tap.

With a state folder the PSAM's number goes on where it stopped and a torn tap is
remembered: the PSAM is saved before any answer of it is used, the journal is synced line
by line. Without one every stand is a fresh terminal.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from ykt_sim.bench.chance import rng
from ykt_sim.bench.images import load_sam
from ykt_sim.bench.make import make_host, make_sam, make_terminal
from ykt_sim.bench.saved import SavedLink
from ykt_sim.bench.tap import JournalSink, MemoryJournal, TapResult, run_tap, start, tell
from ykt_sim.bench.targets import in_reader, open_target
from ykt_sim.card import Card
from ykt_sim.codes import INS
from ykt_sim.errors import UsageError
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.terminal import Phase
from ykt_sim.terminal.journal import Recovered, reread
from ykt_sim.trace.model import Channel, Event, Header, Note, Trace
from ykt_sim.transport import EngineLink, FaultLink, Link, Recorder
from ykt_sim.transport.files import JournalFile, read_journal
from ykt_sim.version import __version__

_STEP: Final = 0.001
#: Kinds of PSAMs that a terminal may have; one in a reader is the usual one.
SAMS: Final = ("pcsc", "sam", "tcp", "null")


class StandSetup(msgspec.Struct, frozen=True):
    """What a stand keeps, and where.

    Attributes:
        state: folder that keeps PSAM and journal; None for a fresh terminal.
        journal: journal file; None for the one in the state folder, if any.
        sam: the PSAM's name, e.g. ``pcsc:1``; empty for a simulated one.
        seed: makes randoms and trace times repeatable.
    """

    state: Path | None = None
    journal: Path | None = None
    sam: str = ""
    seed: int | None = None


class Tapped(msgspec.Struct):
    """What came of a tap: the decision and records, and everything that was recorded.

    Attributes:
        result: the decision, and the records when money moved or may have.
        events: of card and PSAM, since the stand was switched on or last told to forget.
        damaged: places in the journal that had to be stepped over.
        terminal: name of its profile.
        setup: of the stand.
        now: the terminal's clock.
    """

    result: TapResult
    terminal: str
    setup: StandSetup
    now: datetime
    events: list[Event] = msgspec.field(default_factory=list)
    damaged: int = 0

    def trace(self, card: str = "", created: datetime | None = None) -> Trace:
        """Give the recording as a trace.

        Args:
            card: the card's name, as it shall stand in the trace's head.
            created: what shall stand there as its time; the tap's own when None.
        """
        ours = not self.setup.sam and not in_reader(card)
        header = Header(
            created=(created or self.now).isoformat(),
            source=f"ykt-sim {__version__}",
            card=card,
            terminal=self.terminal,
            seed=self.setup.seed,
            provenance="simulated card, PSAM and terminal with published test keys"
            if ours
            else f"{_whose(card)} card, {_whose(self.setup.sam)} PSAM and simulated terminal",
        )
        return Trace(header=header, events=tuple(self.events))


def _whose(target: str) -> str:
    return "a reader's" if in_reader(target) else "simulated"


class Stand:
    """A terminal with its PSAM, journal and host; what it knows it keeps between taps.

    Args:
        profile: what kind of terminal: a profile, its name or its file.
        setup: what it keeps, and where; nothing beyond its own life by default.

    Attributes:
        damaged: places in the journal that had to be stepped over.

    Raises:
        FileError: a damaged PSAM image, a journal that cannot be read.
        UsageError: a PSAM's name that means nothing.
    """

    def __init__(
        self,
        profile: TerminalProfile | str,
        setup: StandSetup = StandSetup(),  # noqa: B008 - frozen
    ) -> None:
        if isinstance(profile, str):
            profile = load_terminal_profile(profile)
        self.profile, self.setup = profile, setup
        self._clock = make_clock(setup.seed)
        self._begun = self._clock()
        self._events: list[Event] = []
        self._sam = _sam(profile, setup)
        recovered, self._journal = _journal(profile, setup)
        self.damaged = len(recovered.damaged) if recovered else 0
        self._host = make_host()
        self._machine = make_terminal(profile, recovered)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def switch_on(self) -> bool:
        """Start the terminal, or one whose PSAM fell silent again; False without a PSAM."""
        if self.setup.sam and self._machine.phase is Phase.OUT_OF_SERVICE:
            self._sam.close()
            self._sam = _sam(self.profile, self.setup)
        if self._machine.phase in (Phase.OFF, Phase.OUT_OF_SERVICE):
            start(self._machine, self._recorded(self._sam, "sam"))
        return self._machine.phase is not Phase.OUT_OF_SERVICE

    def tap(
        self,
        card: Card | Link,
        now: datetime | None = None,
        amount: int = 0,
        *,
        shown: bool = True,
    ) -> Tapped:
        """Reset a card, tap it, and give it up; its recording begins with the PSAM's start.

        Args:
            card: a card, or a link to one.
            now: the terminal's clock; this machine's when None.
            amount: fen to load, at a load point only.
            shown: the result counts as shown when it is given; else `tell` says when it is.

        Raises:
            LinkError: the card cannot be reached at all; no tap has begun.
        """
        self.switch_on()
        events = self._events
        now = now or datetime.now().replace(microsecond=0)  # noqa: DTZ005 - local time
        link = self._recorded(EngineLink(card) if isinstance(card, Card) else card, "card")
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
                shown=shown,
            )
        finally:
            link.close()
        return Tapped(result, self.profile.name, self.setup, now, events, self.damaged)

    def tell(self) -> None:
        """The passenger has been shown how the last tap ended: the journal notes it.

        A stand that dies before has the same card told once more (see ``already_paid_s``).
        """
        tell(self._machine, self._journal)

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


def make_clock(seed: int | None) -> Callable[[], float]:
    """Real time, or one millisecond a look when everything shall be repeatable."""
    if seed is None:
        return time.monotonic
    looks = iter(range(1 << 60))
    return lambda: round(next(looks) * _STEP, 3)


def pulled(link: Link, when: str) -> Link:
    """A link that loses its card once, to tear a tap.

    Args:
        link: to the card.
        when: ``N`` loses the answer to its N-th command, ``0`` takes the card away before
            the first, ``debit`` loses the answer to DEBIT; empty for a whole tap.

    Raises:
        UsageError: words that say nothing.
    """
    if not when:
        return link
    if when == "debit":
        return FaultLink(link, after=1, matching=lambda apdu: apdu[1] == INS.DEBIT)
    if not (when.isascii() and when.isdigit()):
        raise UsageError(f"tear at a number of a command or at 'debit', not {when!r}")
    number = int(when)
    return FaultLink(link, after=number) if number else FaultLink(link, before=1)


def _in_state(profile: TerminalProfile, folder: Path, ending: str) -> Path:
    if not profile.name or Path(profile.name).name != profile.name:
        raise UsageError(f"terminal name {profile.name!r} cannot be part of a file name")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{profile.name}.{ending}"


def _sam(profile: TerminalProfile, setup: StandSetup) -> Link:
    if setup.sam:
        return open_target(setup.sam, SAMS, seed=setup.seed, permit=None)
    psam = make_sam(profile, rng(setup.seed))
    if setup.state is None:
        return EngineLink(psam)
    path = _in_state(profile, setup.state, "psam.json")
    if path.exists():
        psam = load_sam(path, rng(setup.seed))
    return SavedLink(EngineLink(psam), psam, path)


def _journal(profile: TerminalProfile, setup: StandSetup) -> tuple[Recovered | None, JournalSink]:
    path = setup.journal
    if path is None and setup.state is not None:
        path = _in_state(profile, setup.state, "journal")
    if path is None:
        return None, MemoryJournal()
    recovered = reread(read_journal(path))
    return recovered, JournalFile(path, good=recovered.good)
