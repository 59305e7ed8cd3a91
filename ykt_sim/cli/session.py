"""One tap at a simulated terminal: card, PSAM, journal and trace put together.

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
from ykt_sim.bench import (
    Journal,
    MemoryJournal,
    TapResult,
    make_host,
    make_sam,
    make_terminal,
    run_tap,
    start,
)
from ykt_sim.card import Card
from ykt_sim.cli import files
from ykt_sim.cli.chance import rng
from ykt_sim.cli.saved import SavedLink
from ykt_sim.codes import INS
from ykt_sim.errors import ImageError, UsageError
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.sam import SamImage
from ykt_sim.terminal.journal import Recovered, recover
from ykt_sim.trace.model import Event, Header, Note, Trace
from ykt_sim.transport import EngineLink, FaultLink, Link, Recorder
from ykt_sim.transport.files import JournalFile, read_journal

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
        tear: ``N`` loses the answer to the card's N-th command, ``0`` takes the card away
            before the first, ``debit`` loses the answer to DEBIT; empty for a whole tap.
    """

    now: datetime
    amount: int = 0
    seed: int | None = None
    state: Path | None = None
    journal: Path | None = None
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
            provenance="simulated card, PSAM and terminal with published test keys",
        )
        return Trace(header=header, events=tuple(self.events))


def tap_once(card: Card, profile: TerminalProfile, plan: Plan) -> Tapped:
    """Tap a card at a terminal."""
    clock = make_clock(plan.seed)
    begun = clock()
    events: list[Event] = []
    sam: Link = Recorder(_sam(profile, plan), clock, events.append, channel="sam", start=begun)
    recovered, journal = _journal(profile, plan)
    machine = make_terminal(profile, recovered)
    start(machine, sam)
    link = Recorder(_card_link(card, plan.tear), clock, events.append, start=begun)
    link.power_on()
    result = run_tap(
        machine,
        link,
        sam,
        now=plan.now.strftime("%Y%m%d%H%M%S"),
        amount=plan.amount,
        host=make_host(),
        journal=journal,
        note=lambda text, data: events.append(Note(t=clock() - begun, text=text, data=data)),
    )
    link.close()
    if isinstance(journal, JournalFile):
        journal.close()
    return Tapped(result, events, len(recovered.damaged) if recovered else 0)


def make_clock(seed: int | None) -> Callable[[], float]:
    """Real time, or one millisecond a look when everything shall be repeatable."""
    if seed is None:
        return time.monotonic
    looks = iter(range(1 << 60))
    return lambda: round(next(looks) * _STEP, 3)


def _card_link(card: Card, tear: str) -> Link:
    link = EngineLink(card)
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
