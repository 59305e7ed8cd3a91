"""The street of a story: cards, terminals that can die, books that are told of every tap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final, Literal, TypeVar, cast

import msgspec

from ykt_sim.bench.make import make_host
from ykt_sim.bench.sweep.cuts import Cut, CutLink, DiedError, Knife, Step
from ykt_sim.bench.sweep.flows import LOADED
from ykt_sim.bench.sweep.terms import state_of
from ykt_sim.bench.tap import TapResult, run_tap, start, tell
from ykt_sim.errors import SilentError
from ykt_sim.faults import terminal as faults
from ykt_sim.faults.card import AnyCard
from ykt_sim.meaning.books import Books, Broken, Told
from ykt_sim.meaning.duty import State
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.sam import Psam
from ykt_sim.sam.host import LoadTransaction
from ykt_sim.terminal import Machine, Phase, reread
from ykt_sim.terminal.journal import MARK
from ykt_sim.transport import EngineLink, Link

_HOST: Final = make_host()
_T = TypeVar("_T")
#: Names of the terminals: the one that is cut, one elsewhere, one where cards are loaded.
HERE, ELSEWHERE, LOADS = "here", "elsewhere", "load"
#: The card that is cut, another one, and one that was there before.
CARD, OTHER, EARLIER = "A", "B", "C"
#: Taps after which a rider gives up.
_PATIENCE: Final = 5


class Place(msgspec.Struct, kw_only=True):
    """A terminal of the street: what it is, and what is left of it when it dies.

    Attributes:
        profile: of the terminal.
        faults: names of what is wrong with it.
        sam: its PSAM.
        journal: what is on stable storage.
        machine: while it is switched on.
    """

    profile: TerminalProfile
    faults: tuple[str, ...] = ()
    sam: Psam
    journal: bytes = b""
    machine: Machine | None = None

    def on(self) -> Machine:
        """Switch it on if it is not; what a kill left of a line goes, as in `kept.journal`."""
        machine = self.machine
        if machine is None:
            whole = self.journal.rfind(b"\n") + 1
            if MARK.startswith(self.journal[whole : whole + len(MARK)]):
                self.journal = self.journal[:whole]
            known = reread(self.journal) if self.journal else None
            machine = self.machine = faults.make_terminal(self.profile, known, self.faults)
        if machine.phase in (Phase.OFF, Phase.OUT_OF_SERVICE):
            start(machine, EngineLink(self.sam))
        return machine

    def off(self) -> None:
        """Take the power away from it and its PSAM."""
        self.machine = None
        self.sam.power_off()


class _Lines:
    """The journal of a tap, with a knife in it."""

    def __init__(self, place: Place, knife: Knife) -> None:
        self._place, self._knife = place, knife

    def append(self, line: bytes) -> None:
        """Put a line on stable storage, or a part of it."""
        cut = self._knife.step("line", "journal line")
        written = line
        if cut is not None:
            half = len(line) // 2
            written = {
                "die-before": b"",
                "tear": line[: len(line) * cut.part // 100],
                "zeros": line[:half] + bytes(len(line) - half),
            }.get(cut.how, line)
        self._place.journal += written
        if cut is not None:
            raise DiedError


class _Host:
    """The issuers' host, with a knife before it."""

    def __init__(self, knife: Knife) -> None:
        self._knife = knife

    def authorize(self, load: LoadTransaction, answer: bytes) -> bytes:
        """Check MAC1; gives MAC2."""
        return self._asked("authorize", partial(_HOST.authorize, load, answer))

    def confirm(self, load: LoadTransaction, balance_after: int, counter: int, tac: bytes) -> None:
        """Check the TAC."""
        self._asked("confirm", partial(_HOST.confirm, load, balance_after, counter, tac))

    def _asked(self, name: str, ask: Callable[[], _T]) -> _T:
        cut = self._knife.step("host", f"host: {name}")
        answer = ask() if cut is None or cut.how.endswith("after") else None
        if cut is not None and cut.how.startswith("die"):
            raise DiedError
        if answer is None and cut is not None:
            raise SilentError("host")
        return cast(_T, answer)


class World:
    """Cards and terminals of one story.

    Args:
        cards: by name.
        places: terminals by name.
        books: are told of every tap.
        now: the clock that all terminals share.
        chance: chooses where a cut leaves it open how.

    Attributes:
        cuts: that the coming taps of a card take, one a tap, the next one first.
        made: cuts as they were made, with the name of the step.
        broken: what did not agree.
        story: what happened, a line a tap.
        said: what the display said at each tap, and at which terminal.
        steps: of the last tap.
    """

    def __init__(
        self,
        cards: dict[str, AnyCard],
        places: dict[str, Place],
        books: Books,
        now: datetime,
        chance: Random | None = None,
    ) -> None:
        self.cards, self.places, self.books, self.now = cards, places, books, now
        self._chance = chance
        self.cuts: list[Cut] = []
        self.made: list[tuple[Cut, str]] = []
        self.broken: list[Broken] = []
        self.story: list[str] = []
        self.said: list[tuple[str, str]] = []
        self.steps: list[Step] = []
        self._states: dict[str, State] = {}
        #: Puts something around the links that a terminal talks to: a recorder.
        self.wrap: Callable[[Link, Literal["card", "psam"]], Link] = lambda link, _kind: link
        #: Told after every tap.
        self.watch: Callable[[World], object] = lambda _world: None

    def wait(self, seconds: int) -> None:
        """The clock goes on."""
        self.now += timedelta(seconds=seconds)

    def restart(self, place: str) -> None:
        """A terminal is switched off; the next tap switches it on."""
        self.places[place].off()
        self.story.append(f"      {self.now:%H:%M:%S} {place} is switched off and on")

    def ride(self, card: str, place: str, pause: int = 1) -> None:
        """Tap until the display has told how it ended; a refusal after a cut is tried again."""
        for _ in range(_PATIENCE):
            shown, cut = self.tap(card, place)
            if shown is not None and (shown["outcome"] == "accepted" or not cut):
                return
            self.wait(pause)

    def tap(self, card: str, place: str) -> tuple[Mapping[str, Any] | None, bool]:
        """One tap; gives what the display said, and whether it was cut."""
        engine, stand = self.cards[card], self.places[place]
        cut = self.cuts.pop(0) if card == CARD and self.cuts else None
        knife = Knife(cut, self._chance)
        clock = f"{self.now:%Y%m%d%H%M%S}"
        amount = LOADED if stand.profile.load is not None else 0
        before = self._states.get(card) or state_of(engine.snapshot().cells)
        shown: dict[str, Any] | None = None
        try:
            result = self._tapped(engine, stand, knife, clock, amount)
            if knife.step("display", "display") is not None:
                raise DiedError
            shown = msgspec.to_builtins(result.decision)
            tell(stand.on(), _Lines(stand, knife))
        except DiedError:
            stand.off()
        engine.cut_plan(None)
        engine.power_off()
        self._states[card] = after = state_of(engine.snapshot().cells)
        told = Told(
            terminal=place, card=card, clock=clock, amount=amount, before=before,
            after=after, shown=shown, journal=stand.journal,
            serial=stand.sam.snapshot().next_serial, cut=knife.done is not None, mute=knife.mute,
        )  # fmt: skip
        self.broken += self.books.take(told)
        self.steps = knife.steps
        if knife.done is not None:
            self.made.append(knife.done)
        self._note(told, knife)
        self.watch(self)
        return shown, told.cut

    def _tapped(
        self, engine: AnyCard, stand: Place, knife: Knife, clock: str, amount: int
    ) -> TapResult:
        machine = stand.on()
        link = self.wrap(CutLink(engine, "card", knife), "card")
        link.power_on()
        return run_tap(
            machine, link, self.wrap(CutLink(stand.sam, "psam", knife), "psam"), now=clock,
            amount=amount, host=_Host(knife), journal=_Lines(stand, knife), shown=False,
        )  # fmt: skip

    def _note(self, told: Told, knife: Knife) -> None:
        moved = told.after.total - told.before.total
        self.said.append((told.terminal, word(told.shown)))
        cut = f" cut {knife.done[0]} ({knife.done[1]})" if knife.done is not None else ""
        self.story.append(
            f"tap {self.books.ledger.tap} {self.now:%H:%M:%S} {told.card} at {told.terminal}{cut}:"
            f" {said(told.shown)}; card {moved:+}"
        )


def word(shown: Mapping[str, Any] | None) -> str:
    """What a display said, in a word or two."""
    if shown is None:
        return "nothing"
    how = " already" * shown["already"] + " recovered" * shown["recovered"]
    code = f" {shown['code']}" if shown["code"] else ""
    return f"{shown['outcome']}{how}{code}"


def said(shown: Mapping[str, Any] | None) -> str:
    """The same, with the amount and the reason."""
    if shown is None:
        return "nothing"
    return f"{word(shown)} {shown['application']} {shown['amount']} {shown['reason']}".strip()
