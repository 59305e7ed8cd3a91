"""A terminal with its PSAM that cards are tapped at, recorded on demand."""

from __future__ import annotations

import os
from collections.abc import Callable

from ykt_sim.bench.make import Rng, make_host, make_sam, make_terminal
from ykt_sim.bench.tap import MemoryJournal, TapResult, run_tap, start
from ykt_sim.card import Card
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.sam import Psam
from ykt_sim.terminal import Phase
from ykt_sim.terminal.journal import reread
from ykt_sim.trace.model import Channel, Event, Note
from ykt_sim.transport import EngineLink, Link, Recorder


class Bench:
    """A started terminal with its PSAM, journal and host.

    Args:
        profile: terminal profile or its name.
        rng: gives n random bytes, for the PSAM's challenge.
        sam: a PSAM to use, e.g. the one of an earlier bench; made from the profile when None.
        journal: a journal to go on from; a new one in memory when None.
        clock: monotonic seconds for traces; needed when events are recorded.
        sink: takes trace events of card, PSAM and decisions.
    """

    def __init__(
        self,
        profile: TerminalProfile | str,
        *,
        rng: Rng = os.urandom,
        sam: Psam | None = None,
        journal: MemoryJournal | None = None,
        clock: Callable[[], float] | None = None,
        sink: Callable[[Event], object] | None = None,
    ) -> None:
        self.journal = journal or MemoryJournal()
        self.sam = sam or make_sam(profile, rng)
        self.host = make_host()
        self._clock = clock
        self._sink = sink
        self._begun = clock() if clock is not None else 0.0
        self.sam_link: Link = self._recorded(EngineLink(self.sam), "sam")
        memory = reread(self.journal.data) if self.journal.lines else None
        self.machine = make_terminal(profile, memory)
        start(self.machine, self.sam_link)

    def tap(self, card: Card | Link, *, now: str, amount: int = 0) -> TapResult:
        """Put a card into the field (with a reset), tap, and take it out.

        A terminal whose PSAM fell silent is started again first.
        """
        if self.machine.phase is Phase.OUT_OF_SERVICE:
            start(self.machine, self.sam_link)
        link: Link = EngineLink(card) if isinstance(card, Card) else card
        link = self._recorded(link, "card")
        link.power_on()
        result = run_tap(
            self.machine,
            link,
            self.sam_link,
            now=now,
            amount=amount,
            host=self.host,
            journal=self.journal,
            note=self._note if self._sink is not None else None,
        )
        if isinstance(card, Card):
            link.close()
        return result

    def _recorded(self, link: Link, channel: Channel) -> Link:
        if self._sink is None or self._clock is None:
            return link
        return Recorder(link, self._clock, self._sink, channel=channel, start=self._begun)

    def _note(self, text: str, data: dict[str, object]) -> None:
        if self._sink is not None and self._clock is not None:
            self._sink(Note(t=self._clock() - self._begun, text=text, data=data))
