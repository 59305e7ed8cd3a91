"""One tap: a terminal's machine, a card and a PSAM behind links, a journal and a host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from ykt_sim.errors import CardRemovedError, LinkError, StorageError, UsageError, WireError
from ykt_sim.sam.host import HostRefusalError, LoadTransaction
from ykt_sim.terminal import Machine
from ykt_sim.terminal import actions as do
from ykt_sim.terminal import events as ev
from ykt_sim.transport import Link
from ykt_sim.wire.decision import ClearingRecord, Decision

#: Takes a line of a trace: its text and its data.
TakeNote = Callable[[str, dict[str, object]], object]
#: Text of the note that a card's or PSAM's file could not be written.
UNSAVED: Final = "not saved"


class TapResult(msgspec.Struct, frozen=True):
    """What a tap gave: the decision, and the records when money moved or may have."""

    decision: Decision
    clearing: ClearingRecord | None = None
    dispute: ClearingRecord | None = None


class JournalSink(Protocol):
    """Where journal lines go; `kept.journal.JournalFile` or anything with `append`."""

    def append(self, line: bytes, /) -> object:
        """Store a line before returning."""
        ...


class LoadHost(Protocol):
    """The issuers' host as a load point reaches it; `IssuerHost`, or a way to one.

    Either method raises HostRefusalError, and LinkError where no answer came.
    """

    def authorize(self, load: LoadTransaction, answer: bytes, /) -> bytes:
        """Check MAC1; gives MAC2."""
        ...

    def confirm(
        self, load: LoadTransaction, balance_after: int, counter: int, tac: bytes, /
    ) -> None:
        """Check the TAC."""
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


def run_tap(  # noqa: PLR0913 - one word for each thing around a terminal
    machine: Machine,
    card: Link,
    sam: Link,
    *,
    now: str,
    amount: int = 0,
    host: LoadHost | None = None,
    journal: JournalSink | None = None,
    note: TakeNote | None = None,
    shown: bool = True,
) -> TapResult:
    """Drive one tap of a card that has been powered on.

    Args:
        machine: a started terminal.
        card, sam: links; the card's has been reset.
        now: the terminal's clock, 14 digits.
        amount: fen to load, load points only.
        host: issuer's host, load points only.
        journal: where journal lines go; lost when None.
        note: takes the decision and the records for a trace, and `UNSAVED` with ``why``
            where a card or PSAM gave no answer because its file could not be written.
        shown: the result counts as shown when it is given; else `tell` says when it is.
    """
    pending = machine.handle(ev.CardPresented(now, amount))
    while True:
        event: ev.Event | None = None
        for action in pending:
            kind = type(action)
            if kind is do.SendCard:
                event = _card(card, action.apdu, note)  # type: ignore[attr-defined]
            elif kind is do.SendSam:
                event = _sam(sam, action.apdu, note)  # type: ignore[attr-defined]
            elif isinstance(action, do.Finish):
                result = _result(action, note)
                if shown:
                    tell(machine, journal)
                return result
            else:
                event = _rare(action, card, host, journal)
        if event is None:
            raise UsageError(f"the terminal waits in phase {machine.phase.name} for nothing")
        pending = machine.handle(event)


def tell(machine: Machine, journal: JournalSink | None) -> None:
    """The passenger has been shown how the last tap ended: the journal notes it."""
    for action in machine.handle(ev.Told()):
        if isinstance(action, do.WriteJournal) and journal is not None:
            journal.append(action.line)


def start(machine: Machine, sam: Link) -> None:
    """Switch a terminal on: the PSAM is reset, selected and asked for its number.

    Without a PSAM the terminal is out of service.

    Raises:
        StorageError: the PSAM's file is in use, or cannot be read or written.
    """
    try:
        sam.power_on()
    except StorageError:
        raise
    except LinkError:
        pass
    pending = machine.handle(ev.Started())
    while pending:
        action = pending[-1]
        if not isinstance(action, do.SendSam):
            raise UsageError(f"unexpected {type(action).__name__} at start")
        pending = machine.handle(_sam(sam, action.apdu))


def _card(link: Link, apdu: bytes, note: TakeNote | None) -> ev.Event:
    """What a card answered; what has no status word is no answer."""
    try:
        return ev.card_event(link.transmit(apdu))
    except CardRemovedError:
        return ev.CardRemoved()
    except (LinkError, WireError) as error:
        return _silent(error, note)


def _sam(link: Link, apdu: bytes, note: TakeNote | None = None) -> ev.Event:
    """What a PSAM answered; what has no status word is no answer."""
    try:
        return ev.sam_event(link.transmit(apdu))
    except (LinkError, WireError) as error:
        return _silent(error, note)


def _silent(error: LinkError | WireError, note: TakeNote | None) -> ev.Event:
    if note is not None and isinstance(error, StorageError):
        note(UNSAVED, {"why": str(error)})
    return ev.TimedOut()


def _rare(
    action: do.Action, card: Link, host: LoadHost | None, journal: JournalSink | None
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


def _authorize(host: LoadHost, action: do.AskAuthorization) -> ev.Event:
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
    except LinkError:
        return ev.TimedOut()


def _confirm(host: LoadHost, record: ClearingRecord) -> ev.Event:
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
    except LinkError:
        return ev.TimedOut()
    return ev.HostConfirmed()


def _result(finish: do.Finish, note: TakeNote | None) -> TapResult:
    if note is not None:
        note("decision", msgspec.to_builtins(finish.decision))
        for name, record in (("clearing", finish.clearing), ("dispute", finish.dispute)):
            if record is not None:
                note(name, msgspec.to_builtins(record))
    return TapResult(finish.decision, finish.clearing, finish.dispute)
