"""A terminal that remembers: PSAM, journal, host, and a recording of every tap.

With a state folder the PSAM's number goes on where it stopped and a torn tap is
remembered: the PSAM is saved before any answer of it is used, the journal is synced line
by line, and nobody else may use either meanwhile. Without one every stand is a fresh terminal.
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
from ykt_sim.bench.images import begin_sam
from ykt_sim.bench.kept.journal import JournalFile
from ykt_sim.bench.kept.saved import SavedLink
from ykt_sim.bench.make import make_host, make_sam, make_terminal
from ykt_sim.bench.simulated import sam_in_file
from ykt_sim.bench.tap import UNSAVED, JournalSink, MemoryJournal, TapResult, run_tap, start, tell
from ykt_sim.bench.targets import in_reader, open_target
from ykt_sim.card import Card
from ykt_sim.codes import INS
from ykt_sim.errors import ImageError, JournalError, UnfinishedError, UsageError
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.sam import Psam, SamImage
from ykt_sim.terminal import Phase
from ykt_sim.trace.model import Channel, Event, Header, Note, Trace
from ykt_sim.transport import EngineLink, FaultLink, Link, Recorder
from ykt_sim.version import __version__

_STEP: Final = 0.001
_LAST_SERIAL: Final = 0xFFFFFFFF
#: Kinds of PSAMs that a terminal may have; one in a reader is the usual one.
SAMS: Final = ("pcsc", "sam", "tcp", "null")


class StandSetup(msgspec.Struct, frozen=True):
    """What a stand keeps, and where.

    Attributes:
        state: folder that keeps PSAM and journal; None for a fresh terminal.
        journal: journal file; None for the one in the state folder, if any.
        sam: the PSAM's name, e.g. ``pcsc:1``; empty for a simulated one.
        seed: makes randoms and trace times repeatable.
        durable: False does not wait for the disk: a power cut of this machine may then lose
            taps, money and PSAM numbers.
    """

    state: Path | None = None
    journal: Path | None = None
    sam: str = ""
    seed: int | None = None
    durable: bool = True


class Tapped(msgspec.Struct):
    """What came of a tap: the decision and records, and everything that was recorded.

    Attributes:
        result: the decision, and the records when money moved or may have.
        events: of card and PSAM, since the stand was switched on or last told to forget.
        notes: what the operator should know of this tap: what could not be saved.
        terminal: name of its profile.
        setup: of the stand.
        now: the terminal's clock.
    """

    result: TapResult
    terminal: str
    setup: StandSetup
    now: datetime
    events: list[Event] = msgspec.field(default_factory=list)
    notes: tuple[str, ...] = ()

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
        notes: what is odd about its files, for the operator.

    Raises:
        FileError: a damaged PSAM image, or one whose number the journal has seen used; a journal
            that cannot be read, or that another process has.
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
        self._journal = _journal(profile, setup)
        recovered = None
        if isinstance(self._journal, JournalFile):
            recovered = self._journal.recovered
        self._serials = recovered.serials if recovered else {}
        try:
            self._sam = self._open_sam()
            self._host = make_host()
            self._machine = make_terminal(profile, recovered)
        except BaseException:
            self._close_journal()
            raise
        self.notes: tuple[str, ...] = ()
        if recovered and recovered.damaged:
            self.notes += (f"{len(recovered.damaged)} damaged places in the journal",)
        if isinstance(self._sam, SavedLink) and self._sam.note:
            self.notes += (self._sam.note,)

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
        """Start the terminal, or one whose PSAM fell silent again; False without a PSAM.

        Raises:
            StorageError: the PSAM's file is in use, or cannot be read or written.
        """
        if self.setup.sam and self._machine.phase is Phase.OUT_OF_SERVICE:
            self._sam.close()
            self._sam = self._open_sam()
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
            UnfinishedError: the journal cannot be written; nothing is accepted, what the card
                has paid is settled when it comes back to a new stand.
        """
        self.switch_on()
        if isinstance(self._journal, JournalFile):
            self._journal.rotate()  # never between a tap and what is still said of it
        events, before = self._events, len(self._events)
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
        except JournalError as error:
            raise UnfinishedError(
                f"{error}; the tap broke off: present the card again when the journal can be"
                " written"
            ) from None
        finally:
            link.close()
        unsaved = tuple(
            str(event.data["why"]) for event in events[before:]
            if isinstance(event, Note) and event.text == UNSAVED
        )  # fmt: skip
        return Tapped(result, self.profile.name, self.setup, now, events, unsaved)

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
        self._close_journal()

    def _close_journal(self) -> None:
        if isinstance(self._journal, JournalFile):
            self._journal.close()

    def _open_sam(self) -> Link:
        """The PSAM; a new one goes on after the highest number in the journal."""
        setup = self.setup
        remedy = "put the newer image back"
        if setup.sam:
            link = open_target(setup.sam, SAMS, seed=setup.seed, permit=None, durable=setup.durable)
        elif setup.state is None:
            return EngineLink(self._new_sam())
        else:
            path = _in_state(self.profile, setup.state, "psam.json")
            begin_sam(path, self._new_sam().snapshot)
            link = sam_in_file(path, seed=setup.seed, durable=setup.durable)
            remedy += ", or remove this one: a new PSAM goes on after the journal's last number"
        if isinstance(link, SavedLink) and isinstance(link.image, SamImage):
            used = self._serials.get(link.image.file_16.upper(), 0)
            if link.image.next_serial <= used:
                raise ImageError(
                    f"{link.path}: its next transaction number is {link.image.next_serial:08X},"
                    f" and {used:08X} is in the journal (an old copy?): {remedy}"
                )
        return link

    def _new_sam(self) -> Psam:
        psam = make_sam(self.profile, rng(self.setup.seed))
        image = psam.snapshot()
        used = self._serials.get(image.file_16.upper(), 0)
        if used:
            psam.restore(msgspec.structs.replace(image, next_serial=min(used + 1, _LAST_SERIAL)))
        return psam

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
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: no folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{profile.name}.{ending}"


def _journal(profile: TerminalProfile, setup: StandSetup) -> JournalSink:
    path = setup.journal
    if path is None and setup.state is not None:
        path = _in_state(profile, setup.state, "journal")
    if path is None:
        return MemoryJournal()
    return JournalFile(path, durable=setup.durable)
