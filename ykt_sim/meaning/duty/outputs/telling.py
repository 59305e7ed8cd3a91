"""What a terminal says of a tap, field by field: to clearing, in a dispute and to the rider.

Each field of a record and of a decision has a line. It gives the values that may be said, none
where nothing is stated in that case; or it says in words who judges it, or why nobody can. A
terminal need not say all of them, and what it says in words of its own is not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from ykt_sim.codes import INS, LNT, TUNION, Operation
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.clock import dated, seconds_between
from ykt_sim.meaning.duty.outputs.written import Values
from ykt_sim.meaning.duty.purse import fen_of
from ykt_sim.meaning.duty.seen import Transaction, Visit, Who
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.files import LntTail
from ykt_sim.wire.purse import LoadAnswer, ProveAnswer


class Sent(msgspec.Struct, frozen=True):
    """A transaction whose commit was sent; full: fen before discounts, None: not stated."""

    tx: Transaction
    full: int | None = None


class Telling(msgspec.Struct, frozen=True):
    """What a terminal may say in a visit.

    Attributes:
        terms: of the terminal.
        visit: in which it says it.
        said: the record or decision.
        sent: the transaction that it speaks of; None where it speaks of none.
        before: all that were sent to the card.
    """

    terms: Terms
    visit: Visit
    said: Mapping[str, Any]
    sent: Sent | None = None
    before: Sequence[Sent] = ()

    @property
    def tx(self) -> Transaction:
        """The transaction."""
        if self.sent is None:
            raise RuntimeError("no transaction is spoken of")
        return self.sent.tx

    @property
    def who(self) -> Who | None:
        """What the card was made as; None where something else may have been heard of it."""
        return None if self.visit.spoilt else self.visit.who

    @property
    def own(self) -> bool:
        """The transaction is of this visit."""
        return self.sent is not None and self.tx in self.visit.transactions

    @property
    def load(self) -> bool:
        """It is a load."""
        return self.tx.operation == Operation.LOAD


#: Gives what may be said, none where nothing is stated; or why nobody can, in words.
Said = Callable[[Telling], Values] | str


def _card(at: Telling) -> Values:
    """The number of the card's application; a T-Union one may have the 0 before it of EF 15."""
    who = at.who
    if at.tx.standard == LNT:
        return (f"510000{who.number}",) if who is not None and who.number else ()
    return (who.pan, f"0{who.pan}") if who is not None and who.pan else ()


def _issuer(at: Telling) -> Values:
    factors = at.visit.factors.get(at.tx.standard, ())
    return (factors[0][:8],) if len(factors) > 1 and not at.visit.spoilt else ()


def _fare(at: Telling) -> Values:
    tail = None if at.load or at.tx.standard != LNT else _tail(at.tx)
    if tail is not None:
        return (tail.fare,)
    full = None if at.sent is None else at.sent.full
    return () if at.load or full is None else (full,)


def _tail(tx: Transaction) -> LntTail | None:
    try:
        return LntTail.parse(bytes.fromhex(tx.data.datetime))
    except ReadError:
        return None


def _time(at: Telling) -> Values:
    """The moment in DEBIT; a Lingnan Tong one says neither year nor seconds."""
    if at.load:  # its date may be the host's
        return _now(at) if at.own else ()
    if at.tx.standard == TUNION:
        return (at.tx.data.datetime,)
    tail, told = _tail(at.tx), str(at.said.get("time", ""))
    if tail is None:
        return ()
    clock = at.visit.clock or told
    moment = dated(tail.month_day + tail.hour_minute + told[12:14], clock)
    return (moment,) if moment != told or not at.own else _now(at) or (moment,)


def _now(at: Telling) -> Values:
    """The clock, where what is said is further from it than is declared."""
    clock, told = at.visit.clock, str(at.said.get("time", ""))
    if not clock:
        return ()
    off = seconds_between(clock, told)
    return (clock,) if off is None or abs(off) > at.terms.tolerance_s else ()


def _balances(tx: Transaction) -> Values:
    """Before and after; no source says which ones, where there is an overdraft limit, fen."""
    before, limit = fen_of(tx.answer.balance), int(getattr(tx.answer, "overdraft_limit", 0))
    net = before - limit
    kinds = [(before, before + tx.moves), (net, net + tx.moves),
             (max(net, 0), max(net + tx.moves, 0))]  # fmt: skip
    return tuple(dict.fromkeys(kinds)) if limit else ((before, before + tx.moves),)


def _before(at: Telling) -> Values:
    return tuple(dict.fromkeys(one for one, _ in _balances(at.tx)))


def _after(at: Telling) -> Values:
    """Of the same kind as the balance before, where that is said."""
    found, told = _balances(at.tx), at.said.get("balance_before")
    return tuple(after for before, after in found if before == told) or tuple(
        after for _, after in found
    )


def _mac2(at: Telling) -> Values:
    """As the card gave it, in this visit or with its proof; a load's is the host's."""
    if at.load:
        return ()
    proved = [mac2.hex() for mac2, _ in proofs(at.visit, at.tx) if mac2]
    heard = [] if at.tx.result is None else [at.tx.result.mac2.hex()]
    return tuple(heard if at.own else proved)


#: Each field of a clearing record. ykt_sim.wire.decision says what is meant by it.
RECORD: Final[Mapping[str, Said]] = {
    "sequence": "the terminal's own number, that it is a new one judges D-SEQUENCE",
    "kind": lambda at: ("load" if at.load else "purchase",),
    "standard": lambda at: (str(at.tx.standard),),
    "card": _card,
    "issuer": _issuer,
    "iin": lambda at: (at.who.iin,) if at.who is not None and at.tx.standard == TUNION else (),
    "counter": lambda at: (int(at.tx.answer.counter),),
    "amount": lambda at: (at.tx.amount,),
    "fare": _fare,
    "type": lambda at: (int(at.tx.type),),
    "terminal": lambda at: (at.tx.request.terminal,),
    "terminal_8": lambda at: (at.terms.place.trip_terminal,),
    "terminal_serial": lambda at: () if at.load else (at.tx.data.terminal_serial.hex(),),
    "datetime": lambda at: (at.tx.data.datetime,),
    "time": _time,
    "city": lambda at: (at.terms.place.city,),
    "acquirer": lambda at: (at.terms.place.acquirer,),
    "line_station": lambda at: (at.terms.place.line_station,),
    "direction": lambda at: (at.terms.direction,),
    "balance_before": _before,
    "balance_after": _after,
    "key_version": lambda at: (int(at.tx.answer.key_version),),
    "algorithm": lambda at: (int(at.tx.answer.algorithm),),
    "tac": "with its proof and the card's key, D-TAC",
    "mac2": _mac2,
    "evidence": "this project's own word for what vouches for a record",
}
#: What every record holds that goes to clearing, but a load's lacks the PSAM's number.
NEEDED: Final = frozenset(("amount", "counter", "terminal", "datetime", "terminal_serial"))
#: What a report may say besides, in the documented words.
_DOCUMENTED: Final = NEEDED | frozenset(
    ("type", "balance_before", "balance_after", "card", "issuer", "city", "acquirer")
)


def _recovered(at: Telling) -> Values:
    """A transaction of an earlier tap is; of this tap it is not, where nothing was asked."""
    if not at.own:
        return (True,)
    return () if at.visit.proved else (False,)


#: Each field of a decision on a card that is let through for a transaction.
DECISION: Final[Mapping[str, Said]] = {
    "outcome": "what is due says which, `paid`",
    "amount": "D-SAID",
    "code": lambda _at: ("",),
    "reason": "words for people",
    "application": RECORD["standard"],
    "balance_before": _before,
    "balance_after": _after,
    "card": _card,
    "time": _now,
    "terminal": lambda at: (at.terms.place.terminal,),
    "direction": RECORD["direction"],
    "counter": RECORD["counter"],
    "recovered": _recovered,
    "disputed": lambda _at: (False,),
    "already": lambda _at: (False,),
}


# -- of a card that is not let through -----------------------------------------------------


def _nothing(at: Telling) -> Values:
    """Nothing has moved; of a tap that is to be tried again it may have."""
    retry = at.said.get("outcome") == "retry"
    return (0, *(tx.amount for tx in at.visit.transactions if tx.commit is not None and retry))


#: Bytes of a balance.
_FEN: Final = 4


def _held(at: Telling) -> Values:
    """What a purse of the card holds, before or after the tap, or is heard to hold."""
    visit = at.visit
    found: list[int] = []
    for state in (visit.before, visit.after):
        for purse in () if state is None else state.purses.values():
            found += [purse.balance, purse.available, max(purse.balance, 0)]
    for call in visit.calls:
        if call.command.ins == INS.GET_BALANCE and call.ok and len(call.response.data) == _FEN:
            found.append(fen_of(int.from_bytes(call.response.data, "big")))
    for tx in visit.transactions:
        for pair in _balances(tx):
            found += pair
    return tuple(dict.fromkeys(found))


def _either(at: Telling) -> Values:
    who = at.who
    if who is None:
        return ()
    numbers = ((who.pan, f"0{who.pan}") if who.pan else ()) + (
        (f"510000{who.number}",) if who.number else ()
    )
    return tuple(numbers)


def _counters(at: Telling) -> Values:
    begun = [*at.visit.transactions, *(one.tx for one in at.before)]
    return tuple(int(tx.answer.counter) for tx in begun)


def _undisputed(at: Telling) -> Values:
    retry = at.said.get("outcome") == "retry"
    return (False,) if retry or not (at.visit.commits or at.before) else ()


#: Each field of a decision on a card that is not let through.
REFUSAL: Final[Mapping[str, Said]] = {
    "outcome": "what is due says which, `paid`",
    "amount": _nothing,
    "code": "D-ISSUER, D-IIN and D-EMPTY; no source knows any other one",
    "reason": "words for people",
    "application": lambda at: () if at.visit.who is None else tuple(at.visit.who.standards),
    "balance_before": _held,
    "balance_after": _held,
    "card": _either,
    "time": _now,
    "terminal": DECISION["terminal"],
    "direction": DECISION["direction"],
    "counter": _counters,
    "recovered": lambda _at: (False,),
    "disputed": _undisputed,
    "already": lambda _at: (False,),
}


def unlike(at: Telling, table: Mapping[str, Said], names: Iterable[str]) -> Iterator[
    tuple[str, Any, Any]
]:  # fmt: skip
    """Name, what is due and what is said, of each field that is said otherwise."""
    for name in names:
        line = table[name]
        values = () if isinstance(line, str) else line(at)
        got = at.said.get(name)
        got = got.strip() if isinstance(got, str) else got
        if isinstance(got, str) and "*" in got:  # a mask of another length tells nothing
            values = tuple(value for value in values if len(value) == len(got))
        if values and not any(_same(got, value) for value in values):
            due = values[0]
            yield name, due.upper() if isinstance(due, str) else due, got


def _same(got: Any, value: Any) -> bool:
    if not isinstance(value, str):
        return type(got) is type(value) and bool(got == value)
    told = str(got).upper()
    if "*" in told:  # what a mask leaves of a number is that number's
        return all(sign in ("*", digit) for sign, digit in zip(told, value, strict=True))
    return told == value.upper()


#: Words of ours for what a field may say.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("purchase", "load"), "standard": ("tunion", "lnt"), "application": ("tunion", "lnt"),
    "direction": ("single", "entry", "exit", "load"),
}  # fmt: skip


def meant(at: Telling, table: Mapping[str, Said], name: str) -> bool:
    """Said in the form that is meant here: a word that nobody documents may mean another thing."""
    line, got = table[name], at.said.get(name)
    if isinstance(line, str) or got is None:
        return False
    if name in _WORDS:
        return got in _WORDS[name]
    sizes = {len(value) for value in line(at) if isinstance(value, str)}
    if isinstance(got, str) and sizes:
        return len(got) in sizes or name == "code"
    return any(type(got) is type(value) for value in line(at))


def compared(at: Telling, needed: Iterable[str]) -> Iterator[str]:
    """Names in a record that are compared: those it must hold, and those it chooses to hold."""
    for name in RECORD:
        if name in _DOCUMENTED:
            if name in at.said or name in needed:
                yield name
        elif meant(at, RECORD, name):
            yield name


def proofs(visit: Visit, tx: Transaction) -> Iterator[tuple[bytes, bytes]]:
    """MAC2, empty where it is left out, and TAC that the card itself gave by number [GM 8.13]."""
    for call in visit.calls:
        command, answer = call.command, call.response.data
        if command.ins != INS.GET_TRANSACTION_PROVE or not call.ok or visit.spoilt:
            continue
        number = int.from_bytes(command.data, "big")
        if command.p2 != int(tx.type) or number != tx.answer.counter + 1:
            continue
        if len(answer) == ProveAnswer.SIZE:
            proof = ProveAnswer.parse(answer)
            yield proof.mac2, proof.tac
        elif len(answer) == LoadAnswer.SIZE:
            yield b"", answer
