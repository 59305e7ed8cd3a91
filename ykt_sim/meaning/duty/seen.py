"""The taps of a recording: what the card was, what was said to it, what it is afterwards.

Notes mark them, as the conformance suite and ``ykt`` write them: ``tap`` opens a visit
(``number``, ``card``, ``clock``, ``amount``, ``mutation`` where an answer was spoilt), ``card``
holds facts of the card ``when`` before and after, ``issued`` what a card was made as,
``decision``, ``clearing`` and ``dispute`` what the terminal said, ``journal`` an entry that it has
kept: ``entry`` is ``pending`` with a ``record``, or ``tap`` with ``decision`` and ``clearing``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec

from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_WALLET,
    AID_TUNION_EC,
    AID_TUNION_EP,
    INS,
    Operation,
    Standard,
    TransactionType,
)
from ykt_sim.errors import ReadError
from ykt_sim.trace.model import Event, Exchange, Note, Removed, Reset
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import COMMITS, OPERATIONS, operation_of, transaction_type

_NAMES: Final = (
    (AID_TUNION_EP, Standard.TUNION.value),
    (AID_TUNION_EC, "ecash"),
    (AID_LNT_BASIC, Standard.LNT.value),
    (AID_LNT_WALLET, Standard.LNT.value),
)


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """What a card was made as; what is not known of it is not judged.

    Attributes:
        standards: whose purses it holds.
        pan: 19 digits; number: ten digits of the Lingnan Tong number.
        issuer, iin: eight digits each.
        dates: first and last day by standard, eight digits each.
        flag: interoperability flag, and whether EF 17 and DF11 can be read to learn it.
        enable_flag: of EF 15, 01 on every known card.
        ppse: it has a PPSE.
        blocked: standard whose application is blocked; empty where none is.
        ceiling: highest balance, fen.
        shared: its purses share their money.
        tells_overdraft: GET BALANCE with P1=00 counts the unused overdraft in.
    """

    standards: tuple[str, ...]
    pan: str = ""
    number: str = ""
    issuer: str = ""
    iin: str = ""
    dates: Mapping[str, tuple[str, str]] = {}
    flag: str = ""
    ef17: bool = True
    ecash: bool = False
    enable_flag: str = "01"
    ppse: bool = True
    blocked: str = ""
    ceiling: int = 0xFFFFFF
    shared: bool = True
    tells_overdraft: bool = True


class Purse(msgspec.Struct, frozen=True, kw_only=True):
    """One purse of a card at a moment; amounts in fen, records in hex, newest one.

    Attributes:
        balance: what is on it less what is drawn; available: with the unused overdraft.
        offline, online: counters of purchases and loads.
        log: EF 18; trip: EF 1E; rail, bus: EF 1A records 2701 and 2702; month: EF 19.
        ride: newest record of a Lingnan Tong log that is an entry or an exit, empty where none is;
            None where nobody looked.
    """

    balance: int
    available: int
    offline: int
    online: int
    log: str = ""
    trip: str = ""
    rail: str = msgspec.field(default="", name="2701")
    bus: str = msgspec.field(default="", name="2702")
    month: str = msgspec.field(default="", name="19")
    ride: str | None = None


class State(msgspec.Struct, frozen=True):
    """A card at a moment.

    Attributes:
        total: all money on it, fen; that of shared purses once.
        purses: by standard.
    """

    total: int
    purses: Mapping[str, Purse]


class _Mark(msgspec.Struct, frozen=True):
    """The note that opens a visit."""

    number: int = 0
    card: str = ""
    clock: str = ""
    amount: int = 0
    mutation: str = ""


class Call(msgspec.Struct, frozen=True):
    """One exchange with the card.

    Attributes:
        index: of the event.
        command: as sent.
        response: empty with status 0000 when none came.
        within: what was selected: ``tunion``, ``lnt``, ``ecash``, or empty.
        session: number of the power-on.
    """

    index: int
    command: Command
    response: Response
    within: str
    session: int

    @property
    def ok(self) -> bool:
        """Answered 9000."""
        return self.response.sw == 0x9000

    @property
    def answered(self) -> bool:
        """Any answer came."""
        return self.response.sw != 0


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """INITIALIZE that the card answered, with what followed it.

    Attributes:
        operation: that was begun; standard: of which purse.
        init: the call; request, answer: its parsed data.
        caches: UPDATE CAPP DATA CACHE.
        commit: DEBIT or CREDIT, None where none was sent; data: its parsed data.
        result: its parsed answer; None where there was none of the right length.
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
    def done(self) -> bool:
        """The commit was answered 9000."""
        return self.commit is not None and self.commit.ok

    @property
    def amount(self) -> int:
        """What INITIALIZE asked for, fen."""
        return int(self.request.amount)

    @property
    def moves(self) -> int:
        """What it does to the card's money, fen."""
        return self.amount if self.operation == Operation.LOAD else -self.amount

    @property
    def type(self) -> TransactionType:
        """Type byte under MAC and TAC."""
        return transaction_type(self.operation, self.init.command.p2)


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One tap.

    Attributes:
        number: from 1.
        card: name of the card; empty where nobody knows it, and then it owes nothing later.
        clock: the terminal's clock as it should be, 14 digits, or empty.
        amount: fen to load, at a load point.
        who: what the card was made as, or None.
        factors: with what its keys are diversified, by standard; issuer first.
        before, after: what the card holds, or None.
        calls: with the card.
        transactions: begun on it.
        decision, clearing, dispute: as the terminal said, or None.
        journal: entries that the terminal has kept in this visit, in order; empty where nobody saw.
        spoilt: the terminal heard other answers than the card's.
        gone: the card left before its last command was answered.
        elsewhere: names of cards that were used at other terminals since the visit before,
            with the standard of the purse.
    """

    number: int
    card: str = ""
    clock: str = ""
    amount: int = 0
    who: Who | None = None
    factors: Mapping[str, Sequence[str]] = {}
    before: State | None = None
    after: State | None = None
    calls: tuple[Call, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    decision: Mapping[str, Any] | None = None
    clearing: Mapping[str, Any] | None = None
    dispute: Mapping[str, Any] | None = None
    journal: tuple[Mapping[str, Any], ...] = ()
    spoilt: bool = False
    gone: bool = False
    elsewhere: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self) -> bool:
        """The card was let through: by the terminal's word, else by a transaction done."""
        if self.decision is not None:
            return self.decision.get("outcome") == "accepted"
        return bool(self.done)

    @property
    def done(self) -> tuple[Transaction, ...]:
        """Transactions that the card has answered to the end."""
        return tuple(tx for tx in self.transactions if tx.done)

    @property
    def proved(self) -> bool:
        """The card gave a proof of a transaction."""
        return any(call.ok and call.command.ins == INS.GET_TRANSACTION_PROVE for call in self.calls)

    @property
    def already(self) -> bool:
        """The terminal says that the card had paid already, and that it was never told."""
        return self.passed and self.decision is not None and self.decision.get("already") is True

    @property
    def commits(self) -> tuple[Call, ...]:
        """DEBIT and CREDIT FOR LOAD, whatever came of them."""
        return tuple(call for call in self.calls if call.command.ins in COMMITS)

    @property
    def moved(self) -> int | None:
        """Change of the money on the card, fen; None where that is not known."""
        if self.before is None or self.after is None:
            return None
        return self.after.total - self.before.total

    @property
    def last(self) -> int | None:
        """Index of the last exchange."""
        return self.calls[-1].index if self.calls else None


def visits(events: Sequence[Event]) -> Iterator[Visit]:
    """The visits of a recording that marks them, in order.

    Raises:
        ReadError: a note of a tap or card does not have the shape above.
    """
    notes = [(at, event) for at, event in enumerate(events) if isinstance(event, Note)]
    starts = [at for at, note in notes if note.text == "tap"]
    people = {
        str(note.data.get("card")): _converted(note.data, Who)
        for _, note in notes
        if note.text == "issued"
    }
    own = [note for at, note in notes if starts and at < starts[0]]
    for start, end in zip(starts, [*starts[1:], len(events)], strict=False):
        away = tuple(
            (str(note.data.get("card")), str(note.data.get("standard")))
            for note in own
            if note.text == "elsewhere"
        )
        first, last = (bisect_left(notes, at, key=itemgetter(0)) for at in (start, end))
        own = [note for _, note in notes[first:last]]
        found = _visit(events, start, end, own, people)
        yield msgspec.structs.replace(found, elsewhere=away)


def _visit(
    events: Sequence[Event], start: int, end: int, notes: list[Note], people: Mapping[str, Who]
) -> Visit:
    said = {note.text: note.data for note in notes}
    facts = {str(note.data.get("when")): note.data for note in notes if note.text == "card"}
    mark: _Mark = _converted(said["tap"], _Mark)
    calls, gone = _calls(events, start, end)
    factors: Any = facts.get("before", {}).get("factors", {})
    return Visit(
        number=mark.number,
        card=mark.card,
        clock=mark.clock,
        amount=mark.amount,
        who=people.get(mark.card),
        factors=factors,
        before=_state(facts.get("before")),
        after=_state(facts.get("after")),
        calls=calls,
        transactions=tuple(_transactions(calls)),
        decision=said.get("decision"),
        clearing=said.get("clearing"),
        dispute=said.get("dispute"),
        journal=tuple(note.data for note in notes if note.text == "journal"),
        spoilt=bool(mark.mutation) and "heard true" not in said,
        gone=gone,
    )


def _converted(data: Mapping[str, Any], shape: type[Any]) -> Any:
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise ReadError(f"a note of a tap or card: {error}") from None


def _state(facts: Mapping[str, Any] | None) -> State | None:
    if facts is None or "total" not in facts:
        return None
    purses = {one.value: _converted(facts[one], Purse) for one in Standard if one in facts}
    return State(int(facts["total"]), purses)


def _calls(events: Sequence[Event], start: int, end: int) -> tuple[tuple[Call, ...], bool]:
    found: list[Call] = []
    within, session, gone = "", 0, False
    for index in range(start, end):
        event = events[index]
        if isinstance(event, Note) or event.channel != "card":
            continue
        if isinstance(event, Reset):
            within, session = "", session + 1
        elif isinstance(event, Removed):
            gone = True
        else:
            call = _call(index, event, within, session)
            if call is not None:
                found.append(call)
                within = _selected(call, within)
    return tuple(found), gone


def _call(index: int, event: Exchange, within: str, session: int) -> Call | None:
    try:
        command = Command.parse(event.command)
        response = Response.parse(event.response) if event.response else Response(b"", 0)
    except ReadError:
        return None
    return Call(index, command, response, within, session)


def _selected(call: Call, within: str) -> str:
    """What stands selected after a command."""
    if call.command.ins != INS.SELECT or call.command.p1 != 0x04 or not call.ok:
        return within
    return next((word for name, word in _NAMES if call.command.data.startswith(name)), "")


def _transactions(calls: Sequence[Call]) -> Iterator[Transaction]:
    current: Transaction | None = None
    for call in calls:
        if current is not None and (
            call.session != current.init.session or call.command.ins == INS.INITIALIZE
        ):
            yield current
            current = None
        if call.command.ins == INS.INITIALIZE:
            current = _begun(call)
        elif current is None:
            continue
        elif call.command.ins == INS.UPDATE_RECORD and call.command.cla & 0x80:
            current = msgspec.structs.replace(current, caches=(*current.caches, call))
        elif call.command.ins == OPERATIONS[current.operation].commit.ins:
            yield _ended(current, call)
            current = None
    if current is not None:
        yield current


def _begun(call: Call) -> Transaction | None:
    operation = operation_of(call.command.p1)
    if operation is None or not call.ok:
        return None
    layouts = OPERATIONS[operation].initialize
    try:
        request = layouts.data[0].parse(call.command.data)
        answer = layouts.answer[0].parse(call.response.data)
    except ReadError:
        return None
    if not hasattr(request, "amount"):
        return None  # a change of the overdraft limit is none of a terminal's business here
    return Transaction(
        operation=operation, standard=call.within, init=call, request=request, answer=answer
    )


def _ended(transaction: Transaction, call: Call) -> Transaction:
    layouts = OPERATIONS[transaction.operation].commit
    more: dict[str, Any] = {"commit": call}
    try:
        more["data"] = layouts.data[0].parse(call.command.data)
        if call.ok:
            more["result"] = layouts.answer[0].parse(call.response.data)
    except ReadError:
        pass
    return msgspec.structs.replace(transaction, **more)
