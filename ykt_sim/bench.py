"""The bench: the only place that holds a terminal, a PSAM and a card's link at once.

`run_tap` drives one tap: it does the machine's actions over the links and feeds back what
happens. It decides nothing. `Bench` is the convenience for simulated cards and PSAMs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Protocol

import msgspec

from ykt_sim.card import Card, CardImage
from ykt_sim.card.describe import describe
from ykt_sim.card.memory import CutPlan
from ykt_sim.card.personalise import personalise
from ykt_sim.errors import CardRemovedError, LinkError, UsageError
from ykt_sim.faults import card as faulty
from ykt_sim.profiles.cards import CardProfile, Identity, load_card_profile
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.sam import Psam, SamImage
from ykt_sim.sam.host import HostRefusalError, IssuerHost, LoadTransaction
from ykt_sim.sam.issuing import make_image
from ykt_sim.terminal import Machine, Phase
from ykt_sim.terminal import actions as do
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.decision import ClearingRecord, Decision
from ykt_sim.terminal.deviations import DEVIATIONS as terminal_deviations  # noqa: N811
from ykt_sim.terminal.journal import Recovered, recover
from ykt_sim.trace.model import Channel, Event, Note
from ykt_sim.transport import EngineLink, Link, Recorder

_STANDARDS = ("tunion", "lnt")
Rng = Callable[[int], bytes]


class TapResult(msgspec.Struct, frozen=True):
    """What a tap gave: the decision, and the records when money moved or may have."""

    decision: Decision
    clearing: ClearingRecord | None = None
    dispute: ClearingRecord | None = None


class Journal(Protocol):
    """Where journal lines go; `transport.files.JournalFile` or anything with `append`."""

    def append(self, line: bytes, /) -> object:
        """Store a line before returning."""
        ...


class MemoryJournal:
    """A journal in memory, for tests and simulations."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def append(self, line: bytes) -> None:
        """Keep the line."""
        self.lines.append(line)

    @property
    def data(self) -> bytes:
        """Everything written so far."""
        return b"".join(self.lines)


def run_tap(
    machine: Machine,
    card: Link,
    sam: Link,
    *,
    now: str,
    amount: int = 0,
    host: IssuerHost | None = None,
    journal: Journal | None = None,
    note: Callable[[str, dict[str, object]], object] | None = None,
) -> TapResult:
    """Drive one tap of a card that has been powered on.

    Args:
        machine: a started terminal.
        card, sam: links; the card's has been reset.
        now: the terminal's clock, 14 digits.
        amount: fen to load, load points only.
        host: issuer's host, load points only.
        journal: where journal lines go; lost when None.
        note: takes the decision and the records for a trace.
    """
    pending = machine.handle(ev.CardPresented(now, amount))
    while True:
        event: ev.Event | None = None
        for action in pending:
            kind = type(action)
            if kind is do.SendCard:
                event = _card(card, action.apdu)  # type: ignore[attr-defined]
            elif kind is do.SendSam:
                event = _sam(sam, action.apdu)  # type: ignore[attr-defined]
            elif isinstance(action, do.Finish):
                return _result(action, note)
            else:
                event = _rare(action, card, host, journal)
        if event is None:
            raise UsageError(f"the terminal waits in phase {machine.phase.name} for nothing")
        pending = machine.handle(event)


def start(machine: Machine, sam: Link) -> None:
    """Switch a terminal on: the PSAM is reset, selected and asked for its number.

    Without a PSAM the terminal is out of service.
    """
    with suppress(LinkError):
        sam.power_on()
    pending = machine.handle(ev.Started())
    while pending:
        action = pending[-1]
        if not isinstance(action, do.SendSam):
            raise UsageError(f"unexpected {type(action).__name__} at start")
        pending = machine.handle(_sam(sam, action.apdu))


def _card(link: Link, apdu: bytes) -> ev.Event:
    try:
        return ev.card_event(link.transmit(apdu))
    except CardRemovedError:
        return ev.CardRemoved()
    except LinkError:
        return ev.TimedOut()


def _sam(link: Link, apdu: bytes) -> ev.Event:
    try:
        return ev.sam_event(link.transmit(apdu))
    except LinkError:
        return ev.TimedOut()


def _rare(
    action: do.Action, card: Link, host: IssuerHost | None, journal: Journal | None
) -> ev.Event | None:
    match action:
        case do.WriteJournal(line=line):
            if journal is not None:
                journal.append(line)
            return None
        case do.ResetCard():
            try:
                return ev.CardReset(card.power_on())
            except LinkError:
                return ev.CardRemoved()
        case do.AskAuthorization():
            return ev.TimedOut() if host is None else _authorize(host, action)
        case do.AskConfirmation(record=record):
            return ev.TimedOut() if host is None else _confirm(host, record)
        case _:
            raise UsageError(f"the bench does not know {type(action).__name__}")


def _authorize(host: IssuerHost, action: do.AskAuthorization) -> ev.Event:
    load = LoadTransaction(
        action.standard,
        action.card,
        action.issuer,
        action.amount,
        action.terminal,
        action.datetime,
    )
    try:
        return ev.HostAnswered(host.authorize(load, action.answer), action.datetime)
    except HostRefusalError as error:
        return ev.HostRefused(str(error))


def _confirm(host: IssuerHost, record: ClearingRecord) -> ev.Event:
    load = LoadTransaction(
        record.standard,
        record.card,
        record.issuer,
        record.amount,
        record.terminal,
        record.datetime,
    )
    try:
        host.confirm(load, record.balance_after, record.counter, bytes.fromhex(record.tac))
    except HostRefusalError as error:
        return ev.HostRefused(str(error))
    return ev.HostConfirmed()


def _result(
    finish: do.Finish, note: Callable[[str, dict[str, object]], object] | None
) -> TapResult:
    if note is not None:
        note("decision", msgspec.to_builtins(finish.decision))
        for name, record in (("clearing", finish.clearing), ("dispute", finish.dispute)):
            if record is not None:
                note(name, msgspec.to_builtins(record))
    return TapResult(finish.decision, finish.clearing, finish.dispute)


# -- simulated parts ---------------------------------------------------------------


def make_terminal(
    profile: TerminalProfile | str, recovered: Recovered | None = None, *, deviate: str = ""
) -> Machine:
    """A terminal from a profile or its name; not started yet.

    Args:
        profile: terminal profile or its name.
        recovered: the journal's memory after a restart.
        deviate: names from `terminal.deviations.DEVIATIONS` with commas between, or nothing;
            UsageError for any other.
    """
    if isinstance(profile, str):
        profile = load_terminal_profile(profile)
    return Machine(profile, recovered, frozenset(name for name in deviate.split(",") if name))


def make_sam(profile: TerminalProfile | str, rng: Rng = os.urandom) -> Psam:
    """The PSAM that belongs into a terminal, with the published test keys."""
    if isinstance(profile, str):
        profile = load_terminal_profile(profile)
    keys = load_test_keys()
    image = make_image(
        serial=profile.sam.serial,
        terminal=profile.sam.terminal,
        acquirer=profile.acquirer,
        purchase_keys={name: keys.masters(name)["purchase"] for name in _STANDARDS},
        key_version=keys.key_version,
        key_index=keys.key_index,
    )
    return Psam(image, rng)


def make_host() -> IssuerHost:
    """The issuers' host for loads, with the published test keys."""
    keys = load_test_keys()
    return IssuerHost({name: keys.masters(name) for name in _STANDARDS})


def make_card(profile: str, rng: Rng = os.urandom, *, balance: int = 0) -> Card:
    """A simulated card from a profile's name; balance in fen."""
    return Card(personalise(load_card_profile(profile), balance=balance), rng)


class SimCardLink(EngineLink):
    """A simulated card for the conformance suite: it can be torn and asked for its facts."""

    def __init__(self, card: faulty.AnyCard) -> None:
        super().__init__(card)
        self._card = card

    def tear(self, write: int) -> None:
        """Cut the power at the n-th physical write (from 1) of the next command."""
        self._card.cut_plan(CutPlan(cut_at=write))

    def transmit(self, apdu: bytes) -> bytes:
        """One command; a cut that was not reached is forgotten."""
        try:
            return super().transmit(apdu)
        finally:
            self._card.cut_plan(None)

    def facts(self) -> dict[str, object]:
        """What the card holds, without secrets (`card.describe`)."""
        return describe(self._card.snapshot())


def open_sim_card(
    profile: str, *, deviate: str = "", seed: int | None = None, balance: int = 0
) -> SimCardLink:
    """A simulated card for the conformance suite.

    Args:
        profile: name of a card profile.
        deviate: names from `faults.card.FAULTS` with commas between, or nothing.
        seed: makes its randoms repeatable; None draws them from the system.
        balance: fen.

    Raises:
        ProfileError: no such profile.
        UsageError: no such fault.
    """
    names = [name for name in deviate.split(",") if name]
    rng = os.urandom if seed is None else Random(seed).randbytes  # noqa: S311 - repeatable
    image = personalise(load_card_profile(profile), balance=balance)
    return SimCardLink(faulty.make_card(image, rng, names))


def deviations(subject: str) -> Mapping[str, str]:
    """Named ways to be wrong, with one line each: of cards, or of terminals."""
    if subject == "terminal":
        return terminal_deviations
    return {fault.name: fault.text for fault in faulty.FAULTS.values()}


def issue_sim_card(
    profile: CardProfile, *, identity: Identity, balance: int = 0, seed: int = 0
) -> SimCardLink:
    """A simulated card with numbers and dates of its own, e.g. for a terminal under test.

    Args:
        profile: what kind of card; a profile changed in memory will do.
        identity: its numbers and dates.
        balance: fen.
        seed: makes its randoms repeatable.
    """
    image = personalise(profile, identity=identity, balance=balance)
    return SimCardLink(Card(image, Random(seed).randbytes))  # noqa: S311 - repeatable


def open_card(rest: str) -> Link:
    """Opener of ``sim:``: a card profile's name, or a card image ending in ``.json``."""
    if not rest.endswith(".json"):
        return EngineLink(make_card(rest))
    return EngineLink(Card(CardImage.from_json(_text(rest)), os.urandom))


def open_sam(rest: str) -> Link:
    """Opener of ``sam:``: a terminal profile's name, or a PSAM image ending in ``.json``."""
    if not rest.endswith(".json"):
        return EngineLink(make_sam(rest))
    return EngineLink(Psam(SamImage.from_json(_text(rest)), os.urandom))


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None


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
        memory = recover(self.journal.data) if self.journal.lines else None
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
