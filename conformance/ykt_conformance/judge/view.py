"""A trace as a judge sees it: calls with their selection, and whole purse transactions.

Everything is derived from the events alone, so a verdict on a recording is the verdict
on the live run that made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import msgspec

from ykt_conformance.judge.calls import Call, standard_of
from ykt_conformance.judge.keys import learn
from ykt_sim.codes import AID_PPSE, INS, Operation, TransactionType
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset, Trace
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import OPERATIONS, operation_of, transaction_type
from ykt_sim.wire.tlv import Fci

_NO_ANSWER: Final = Response(b"", 0)


class SeenTransaction(msgspec.Struct, frozen=True):
    """INITIALIZE with what followed it up to its commit, on the card channel.

    Attributes:
        operation: what INITIALIZE began.
        standard: of the selected application.
        init: the INITIALIZE call, always answered 9000.
        request, answer: its parsed data.
        caches: UPDATE CAPP DATA CACHE calls in order.
        commit: the commit call, or None when there was none.
        data: parsed command data of the commit.
        result: parsed answer of a commit that ended in 9000.
    """

    operation: Operation
    standard: str
    init: Call
    request: Any
    answer: Any
    caches: tuple[Call, ...] = ()
    commit: Call | None = None
    data: Any = None
    result: Any = None

    @property
    def committed(self) -> bool:
        """True when the commit ended in 9000."""
        return self.commit is not None and self.commit.ok

    @property
    def type(self) -> TransactionType:
        """Transaction type byte that goes under MAC and TAC."""
        return transaction_type(self.operation, self.init.command.p2)

    @property
    def amount(self) -> int:
        """Amount in fen; 0 for overdraft updates."""
        return int(getattr(self.request, "amount", 0))


class View(msgspec.Struct, frozen=True, dict=True):
    """What a judge may look at.

    Attributes:
        events: of the trace.
        ics: the ICS as nested mappings.
        keys: card keys where they are known.
    """

    events: tuple[Event, ...]
    ics: Mapping[str, Any]
    keys: KeyRing = msgspec.field(default_factory=KeyRing)

    @classmethod
    def of(cls, trace: Trace, ics: Mapping[str, Any], keys: KeyRing | None = None) -> View:
        """View of a whole trace; test keys are derived from what the card says of itself."""
        view = cls(trace.events, ics, keys or KeyRing())
        learn(view.keys, view.calls)
        return view

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """All exchanges on both channels that are short APDUs."""
        return tuple(self._read())

    @cached_property
    def card(self) -> tuple[Call, ...]:
        """Exchanges with the card."""
        return tuple(call for call in self.calls if call.channel == "card")

    @cached_property
    def sam(self) -> tuple[Call, ...]:
        """Exchanges with the PSAM."""
        return tuple(call for call in self.calls if call.channel == "sam")

    @cached_property
    def notes(self) -> tuple[tuple[int, Note], ...]:
        """Notes with their event index."""
        return tuple((i, event) for i, event in enumerate(self.events) if isinstance(event, Note))

    def noted(self, text: str) -> tuple[dict[str, Any], ...]:
        """Data of all notes with this text, in order."""
        return tuple(note.data for _, note in self.notes if note.text == text)

    def _read(self) -> Iterator[Call]:
        selected: dict[str, bytes] = {}
        sessions: dict[str, int] = {"card": -1, "sam": -1}
        for index, event in enumerate(self.events):
            if isinstance(event, Reset | Removed):
                selected.pop(event.channel, None)
                if isinstance(event, Reset):
                    sessions[event.channel] += 1
            elif isinstance(event, Exchange):
                try:
                    command = Command.parse(event.command)
                except ReadError:
                    continue
                response = Response.parse(event.response) if event.response else _NO_ANSWER
                aid = selected.get(event.channel, b"")
                yield Call(
                    index=index,
                    channel=event.channel,
                    command=command,
                    response=response,
                    raw=event.command,
                    aid=aid,
                    standard=standard_of(aid),
                    session=max(sessions[event.channel], 0),
                    t=event.t,
                    ms=event.duration_ms,
                )
                if command.ins == INS.SELECT:
                    name = _df_name(response)
                    if name is not None:
                        selected[event.channel] = name

    @cached_property
    def transactions(self) -> tuple[SeenTransaction, ...]:
        """Every INITIALIZE that the card answered 9000, with its commit if there was one."""
        found: list[SeenTransaction] = []
        current: SeenTransaction | None = None
        for call in self.card:
            if current is not None and call.session != current.init.session:
                found.append(current)
                current = None
            if call.is_(INS.INITIALIZE):
                if current is not None:
                    found.append(current)
                current = _initialized(call)
            elif current is not None and call.is_(INS.UPDATE_RECORD) and call.command.cla & 0x80:
                current = _with(current, caches=(*current.caches, call))
            elif current is not None and call.is_(OPERATIONS[current.operation].commit.ins):
                found.append(_committed(current, call))
                current = None
        if current is not None:
            found.append(current)
        return tuple(found)

    def find(self, ins: int, p1: int | None = None, p2: int | None = None) -> tuple[Call, ...]:
        """Card calls with this instruction (and P1, P2)."""
        return tuple(call for call in self._by_ins.get(ins, ()) if call.is_(ins, p1, p2))

    @cached_property
    def _by_ins(self) -> dict[int, list[Call]]:
        found: dict[int, list[Call]] = {}
        for call in self.card:
            found.setdefault(call.command.ins, []).append(call)
        return found

    @cached_property
    def since_ppse(self) -> dict[int, int]:
        """By session, the index of the SELECT that the card's PPSE was first answered to."""
        found: dict[int, int] = {}
        for call in self.find(INS.SELECT, 0x04, 0x00):
            if call.command.data == AID_PPSE and call.ok:
                found.setdefault(call.session, call.index)
        return found


def _df_name(response: Response) -> bytes | None:
    """DF name in an FCI; None when the answer selected no directory."""
    if response.sw == 0x9000 and not response.data:
        return None  # an elementary file
    if not response.data:
        return None
    try:
        return Fci.parse(response.data).df_name
    except ReadError:
        return None


def _initialized(call: Call) -> SeenTransaction | None:
    operation = operation_of(call.command.p1)
    if operation is None or not call.ok:
        return None
    initialize = OPERATIONS[operation].initialize
    try:
        return SeenTransaction(
            operation=operation,
            standard=call.standard,
            init=call,
            request=initialize.data[0].parse(call.command.data),
            answer=initialize.answer[0].parse(call.response.data),
        )
    except ReadError:
        return None


def _with(transaction: SeenTransaction, **changes: Any) -> SeenTransaction:
    return msgspec.structs.replace(transaction, **changes)


def _committed(transaction: SeenTransaction, call: Call) -> SeenTransaction:
    commit = OPERATIONS[transaction.operation].commit
    changes: dict[str, Any] = {"commit": call}
    try:
        changes["data"] = commit.data[0].parse(call.command.data)
        if call.ok:
            changes["result"] = commit.answer[0].parse(call.response.data)
    except ReadError:
        pass
    return _with(transaction, **changes)
