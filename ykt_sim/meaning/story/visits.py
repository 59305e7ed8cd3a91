"""What a trace holds, card by card: one visit from the first word to a card until it is gone.

Only what stands in the trace is gathered. A visit ends where the card leaves, where the terminal
decides, where a recording marks a tap, and at a reset after which the card has another number or
a transaction had been begun: a terminal may reset the card within one tap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from ykt_sim.codes import INS, SW, BalanceKind, Operation, RideState, TripType
from ykt_sim.meaning.annotate import Annotated
from ykt_sim.meaning.cryptograms import Checked, CodeVerdict, Status
from ykt_sim.meaning.explain.status import Cause
from ykt_sim.meaning.follow import Mismatch
from ykt_sim.meaning.hiding.identities import CARD_FIELDS, is_blank, is_cut, tagged_numbers
from ykt_sim.meaning.said import fen_of
from ykt_sim.meaning.spans import Span
from ykt_sim.meaning.understand import Understood
from ykt_sim.trace.model import Exchange, Note, Reset
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application
from ykt_sim.wire.commands import BY_NAME, COMMITS, OPERATIONS, operation_of
from ykt_sim.wire.digits import iso_datetime, unpack_pan

#: Refusals, wrong codes and names of a kind that are kept of a visit; all are counted.
MOST: Final = 8
_TEXT_SIZE: Final = 60
_READS: Final = frozenset({INS.READ_BINARY, INS.READ_RECORD, INS.READ_EXT_DATA})
#: Notes of a recording that begin a tap, and with which a terminal says what it decided.
_TAP: Final = "tap"
_DECISION: Final = "decision"


class Ending(StrEnum):
    """What became of a purse transaction."""

    REFUSED = "refused"
    BEGUN = "begun"
    DONE = "done"
    DENIED = "denied"
    UNANSWERED = "unanswered"


class Deal(msgspec.Struct):
    """One purse transaction.

    Attributes:
        operation: what INITIALIZE asked for; None for a debit whose INITIALIZE is not in the trace.
        amount: fen, None where it has none or the command is odd.
        ending: what became of it: INITIALIZE refused, begun and no more, commit answered 9000,
            commit refused, commit without answer.
        balance: fen as INITIALIZE was answered, None before.
        when: ISO date and time in the commit, empty where it holds none.
        tac: hex, empty where none came.
        mac2: what the PSAM said of MAC2: ``taken``, ``refused`` or empty.
    """

    operation: Operation | None
    amount: int | None = None
    ending: Ending = Ending.REFUSED
    balance: int | None = None
    when: str = ""
    tac: str = ""
    mac2: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """An answer that is no success, or no answer.

    Attributes:
        event: index in the trace.
        ins: instruction that was asked for.
        channel: ``card`` or ``sam``.
        name, target, sw, text, zh: command, file, status word (None: no answer) and its meaning.
        causes: what in the trace brings it about.
        by_name: SELECT of an application.
    """

    event: int
    ins: int
    channel: str
    name: str
    target: str
    sw: int | None
    text: str
    zh: str
    causes: tuple[Cause, ...] = ()
    by_name: bool = False


class Wrong(msgspec.Struct, frozen=True):
    """A code that is wrong, or a value that another exchange contradicts."""

    event: int
    name: str
    verdict: CodeVerdict | None = None
    mismatch: Mismatch | None = None


class Visit(msgspec.Struct):
    """One card at the terminal, or a PSAM alone.

    Attributes:
        numbers: card numbers by what they are: ``pan``, ``lnt`` or ``tag``.
        applications: names of what was selected on the card, in order.
        deals, refusals, wrong: what happened; of the last two the first `MOST` are kept.
        refused, wrongs: how many of them.
        last_refused: the last exchange with the card was refused or not answered.
        read, other: files that were read, commands that are neither selection nor reading.
        selects, exchanges, sam: commands to the card that select, all to the card, to the PSAM.
        balance, balance_after: fen, as GET BALANCE told it last before and after a transaction.
        ride: entry or exit, as the records say that were written.
        proofs: what GET TRANSACTION PROVE was answered: ``given`` or ``denied``.
        valid: codes that are right.
        decision: the terminal's own word, as noted; None where there is none.
        last: the last thing that was asked of the card, in words.
        entered: an application other than a directory was selected.
        ended: nothing more belongs to it but notes.
    """

    numbers: dict[str, str] = msgspec.field(default_factory=dict)
    applications: list[str] = msgspec.field(default_factory=list)
    deals: list[Deal] = msgspec.field(default_factory=list)
    refusals: list[Refusal] = msgspec.field(default_factory=list)
    refused: int = 0
    wrong: list[Wrong] = msgspec.field(default_factory=list)
    wrongs: int = 0
    last_refused: Refusal | None = None
    read: list[str] = msgspec.field(default_factory=list)
    other: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    selects: int = 0
    exchanges: int = 0
    sam: int = 0
    balance: int | None = None
    balance_after: int | None = None
    ride: str = ""
    proofs: list[str] = msgspec.field(default_factory=list)
    valid: int = 0
    decision: Mapping[str, object] | None = None
    last: str = ""
    atr: bytes = b""
    entered: bool = False
    ended: bool = False

    @property
    def empty(self) -> bool:
        """Nothing was asked and nothing decided."""
        return not self.exchanges and not self.sam and self.decision is None

    @property
    def torn(self) -> bool:
        """A transaction was committed and the answer is not in the trace."""
        return bool(self.deals) and self.deals[-1].ending is Ending.UNANSWERED

    def fits(self, numbers: Mapping[str, str]) -> bool:
        """True where numbers may be of this card."""
        return all(self.numbers.get(kind, number) == number for kind, number in numbers.items())

    def joined(self, later: Visit) -> Visit:
        """This visit and what came after a reset of the same card, as one."""
        return Visit(
            numbers=self.numbers | later.numbers,
            applications=list(dict.fromkeys((*self.applications, *later.applications))),
            deals=[*self.deals, *later.deals],
            refusals=[*self.refusals, *later.refusals][:MOST],
            refused=self.refused + later.refused,
            wrong=[*self.wrong, *later.wrong][:MOST],
            wrongs=self.wrongs + later.wrongs,
            last_refused=later.last_refused if later.exchanges else self.last_refused,
            read=list(dict.fromkeys((*self.read, *later.read)))[:MOST],
            other=self.other + later.other,
            selects=self.selects + later.selects,
            exchanges=self.exchanges + later.exchanges,
            sam=self.sam + later.sam,
            balance=self.balance if later.balance is None else later.balance,
            balance_after=later.balance_after,
            ride=later.ride or self.ride,
            proofs=[*self.proofs, *later.proofs],
            valid=self.valid + later.valid,
            decision=later.decision,
            last=later.last or self.last,
            atr=later.atr or self.atr,
            entered=self.entered or later.entered,
            ended=later.ended,
        )

    # -- one event ---------------------------------------------------------------------

    def take(self, item: Checked) -> None:
        """Take an exchange, a reset or a removal of card or PSAM."""
        known, event = item.understood, item.understood.event
        if not isinstance(event, Exchange):
            if isinstance(event, Reset) and event.channel == "card":
                self.atr = event.atr or self.atr
            return
        if item.verdicts or item.mismatches:
            self._codes(item)
        refusal = _refusal(item)
        if refusal is not None:
            self.refused += 1
            if len(self.refusals) < MOST:
                self.refusals.append(refusal)
        if event.channel == "sam":
            self.sam += 1
            self._psam(known)
            return
        self.exchanges += 1
        self.last_refused = refusal
        name, target = known.annotated.name, known.annotated.target
        self.last = f"{name} {target}" if target else name
        self.numbers.update(numbers_of(known))
        if known.asked is not None:
            self._card(known, known.asked)

    def _codes(self, item: Checked) -> None:
        index = item.understood.index
        found = [
            Wrong(index, one.name, verdict=one)
            for one in item.verdicts
            if one.status is Status.WRONG
        ]
        found += [Wrong(index, place.name, mismatch=place) for place in item.mismatches]
        self.valid += sum(one.status is Status.VALID for one in item.verdicts)
        self.wrongs += len(found)
        self.wrong += found[: max(0, MOST - len(self.wrong))]

    def _psam(self, known: Understood) -> None:
        asked, sw = known.asked, known.annotated.sw
        if asked is not None and asked.ins == INS.SAM_CHECK_MAC2 and self.deals and sw is not None:
            self.deals[-1].mac2 = "taken" if sw == SW.OK else "refused"

    def _card(self, known: Understood, asked: Command) -> None:
        sw = known.annotated.sw
        good = sw == SW.OK
        if asked.ins == INS.SELECT:
            self.selects += not known.fetching
            if sw is not None and (good or sw >> 8 in {0x61, 0x62}):
                self._selected(known, asked)
        elif asked.ins in _READS:
            if good and len(self.read) < MOST and known.annotated.target not in {"", *self.read}:
                self.read.append(known.annotated.target)
        elif asked.ins == INS.GET_BALANCE:
            self._balance(known, asked)
        elif asked.ins == INS.INITIALIZE:
            self._begin(known, asked)
        elif asked.ins in COMMITS:
            self._commit(known, asked)
        elif asked.ins == INS.GET_TRANSACTION_PROVE:
            if (good or sw == SW.PROOF_NOT_AVAILABLE) and len(self.proofs) < MOST:
                self.proofs.append("given" if good else "denied")
        elif asked.ins != INS.GET_RESPONSE and sw is not None:
            self.ride = self.ride or (_ride(known) if good else "")
            if good and known.operation is None:
                self.other[known.annotated.name, known.annotated.zh] += 1

    def _selected(self, known: Understood, asked: Command) -> None:
        annotated = known.annotated
        if not asked.p1 & BY_NAME and asked.data[:1] == b"\0":
            return  # a file of the same directory
        application = annotated.application
        text = str(application)
        if application is Application.OTHER:
            named = asked.p1 & BY_NAME
            text = f"unknown application {asked.data.hex().upper()}" if named else annotated.target
        self.entered = self.entered or application not in {Application.PPSE, Application.PSE}
        if text not in self.applications and len(self.applications) < MOST:
            self.applications.append(text)

    def _balance(self, known: Understood, asked: Command) -> None:
        if asked.p1 not in {BalanceKind.AVAILABLE, BalanceKind.ACTUAL, BalanceKind.ALL}:
            return
        balance = _money(known.annotated.response_spans, "balance")
        if balance is None:
            return
        if any(deal.ending is Ending.DONE for deal in self.deals):
            self.balance_after = balance
        else:
            self.balance = balance

    def _begin(self, known: Understood, asked: Command) -> None:
        operation = operation_of(asked.p1)
        if operation is None:
            return
        if not known.fetching:
            self.deals.append(Deal(operation, _money(known.annotated.command_spans, "amount")))
        deal, sw = self.deals[-1], known.annotated.sw
        if sw is not None and (sw == SW.OK or sw >> 8 == 0x61):
            deal.ending = Ending.BEGUN
            deal.balance = _money(known.annotated.response_spans, "balance")

    def _commit(self, known: Understood, asked: Command) -> None:
        sw = known.annotated.sw
        last = self.deals[-1].ending if self.deals else Ending.DONE
        if last is Ending.REFUSED or (known.fetching and not self.deals):
            return  # a commit without a transaction: the refusal says so
        if last is not Ending.BEGUN and not known.fetching:
            self.deals.append(Deal(_unseen(asked), ending=Ending.BEGUN))
        deal = self.deals[-1]
        spans = known.annotated.command_spans
        times = [str(one.value) for one in spans if one.name == "datetime"]
        deal.when = next((iso_datetime(one) or "" for one in times), deal.when)
        if sw is None:
            deal.ending = Ending.UNANSWERED
        elif sw == SW.OK or sw >> 8 == 0x61:
            deal.ending = Ending.DONE
            deal.tac = _tac(known) or deal.tac
        elif sw >> 8 != 0x6C:
            deal.ending = Ending.DENIED


def _unseen(asked: Command) -> Operation | None:
    """What a commit ends whose INITIALIZE is not in the trace; None where it may be several."""
    fits = [name for name, row in OPERATIONS.items()
            if row.commit.ins == asked.ins and asked.p1 in row.commit.p1]  # fmt: skip
    return fits[0] if len(fits) == 1 else None


def begins(note: Note) -> bool:
    """True for a mark that a tap begins here."""
    return note.text == _TAP


def decides(note: Note) -> bool:
    """True for a terminal's word on a tap."""
    return note.text == _DECISION and "outcome" in note.data


def numbers_of(known: Understood) -> dict[str, str]:
    """Card numbers that a card tells in this answer, by what they are."""
    return known.annotated.once(_numbers)


def _numbers(item: Annotated) -> dict[str, str]:
    event = item.event
    if not isinstance(event, Exchange) or event.channel != "card":
        return {}
    found: dict[str, str] = {}
    for span in item.response_spans:
        if span.name != "pan" and span.name not in CARD_FIELDS:
            continue
        digits = span.digits(event.response)
        if is_cut(span) or is_blank(digits):
            continue
        if span.name == "pan":
            found["pan"] = unpack_pan(digits) or digits
        else:
            found["lnt"] = digits
    if not found and event.response[-2:] == b"\x90\x00":
        found.update(("tag", number) for number in tagged_numbers(event.response[:-2]))
    return found


def _refusal(item: Checked) -> Refusal | None:
    known, event = item.understood, item.understood.event
    annotated = known.annotated
    sw = annotated.sw
    if not isinstance(event, Exchange):
        return None
    if sw is not None and (sw == SW.OK or sw >> 8 in {0x61, 0x6C}):
        return None
    if sw is not None and sw >> 8 == 0x62 and sw != SW.FILE_INVALID:
        return None
    asked = known.asked
    by_name = asked is not None and asked.ins == INS.SELECT and bool(asked.p1 & BY_NAME)
    if sw is None and event.response:
        text, zh = f"broken answer {event.response.hex().upper()[:_TEXT_SIZE]}", "应答不完整"
    elif sw is None:
        text, zh = "no answer", "无应答"
    else:
        text, zh = annotated.sw_text, annotated.sw_zh
    return Refusal(
        known.index, -1 if asked is None else asked.ins, event.channel, annotated.name,
        annotated.target, sw, text, zh, item.causes, by_name,
    )  # fmt: skip


def _money(spans: tuple[Span, ...], name: str) -> int | None:
    """Fen in a field, without the top bit that some cards set."""
    for span in spans:
        if span.name == name and isinstance(span.value, int):
            return fen_of(span.value, span.size)[0]
    return None


def _tac(known: Understood) -> str:
    """The TAC in an answer, empty where there is none."""
    event, spans = known.event, known.annotated.response_spans
    tac = next((one for one in spans if one.name == "tac"), None)
    return tac.digits(event.response) if tac is not None and isinstance(event, Exchange) else ""


_RIDES: Final = {
    TripType.ENTRY: "entry", TripType.EC_ENTRY: "entry", TripType.RAIL_ENTRY_VARIANT: "entry",
    TripType.EXIT: "exit", TripType.EC_EXIT: "exit", TripType.RAIL_EXIT_VARIANT: "exit",
}  # fmt: skip
_STATES: Final = {RideState.INSIDE: "entry", RideState.OUTSIDE: "exit"}


def _ride(known: Understood) -> str:
    """Entry or exit, by the trip or industry record that is written; empty for others."""
    for span in known.annotated.command_spans:
        if isinstance(span.value, TripType):
            return _RIDES.get(span.value, "")
        if isinstance(span.value, RideState):
            return _STATES.get(span.value, "")
    return ""
