"""What a terminal says of a transaction: to clearing, in a dispute and to the rider.

A record goes to clearing once, for money that moved, and as it was on the wire. Each field of a
record and of a decision has a line here; a terminal need not say all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from ykt_sim.codes import INS, LNT, TUNION, Operation
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty.clock import dated
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.genuine import tac_due
from ykt_sim.meaning.duty.purse import fen_of
from ykt_sim.meaning.duty.seen import Transaction, Visit
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.meaning.duty.written import Values
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.wire.files import LntTail
from ykt_sim.wire.purse import LoadAnswer, ProveAnswer


class Sent(msgspec.Struct, frozen=True):
    """A transaction whose commit was sent; full: fen before discounts, None: not stated."""

    tx: Transaction
    full: int | None = None


class Telling(msgspec.Struct, frozen=True):
    """What a terminal may say: of a transaction, in a visit; said: the record or decision."""

    terms: Terms
    visit: Visit
    sent: Sent
    said: Mapping[str, Any]

    @property
    def tx(self) -> Transaction:
        """The transaction."""
        return self.sent.tx

    @property
    def load(self) -> bool:
        """It is a load."""
        return self.tx.operation == Operation.LOAD


#: Gives what may be said, none where nothing is stated; or why nobody can, in words.
Said = Callable[[Telling], Values] | str


def _card(at: Telling) -> Values:
    """The number of the card's application; a T-Union one may have the 0 before it of EF 15."""
    who = at.visit.who
    if at.tx.standard == LNT:
        return (f"510000{who.number}",) if who is not None and who.number else ()
    return (who.pan, f"0{who.pan}") if who is not None and who.pan else ()


def _issuer(at: Telling) -> Values:
    factors = at.visit.factors.get(at.tx.standard, ())
    return (factors[0][:8],) if len(factors) > 1 else ()


def _fare(at: Telling) -> Values:
    tail = None if at.load or at.tx.standard != LNT else _tail(at.tx)
    if tail is not None:
        return (tail.fare,)
    return () if at.load or at.sent.full is None else (at.sent.full,)


def _tail(tx: Transaction) -> LntTail | None:
    try:
        return LntTail.parse(bytes.fromhex(tx.data.datetime))
    except ReadError:
        return None


def _time(at: Telling) -> Values:
    """The moment in DEBIT; a Lingnan Tong one says neither year nor seconds."""
    if at.load:
        return ()
    if at.tx.standard == TUNION:
        return (at.tx.data.datetime,)
    tail, told = _tail(at.tx), str(at.said.get("time", ""))
    clock = at.visit.clock or told
    return () if tail is None else (dated(tail.month_day + tail.hour_minute + told[12:14], clock),)


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


#: Each field of a clearing record. ykt_sim.wire.decision says what is meant by it.
RECORD: Final[Mapping[str, Said]] = {
    "sequence": "the terminal's own number, that it is a new one judges D-SEQUENCE",
    "kind": lambda at: ("load" if at.load else "purchase",),
    "standard": lambda at: (str(at.tx.standard),),
    "card": _card,
    "issuer": _issuer,
    "iin": lambda at: (at.visit.who.iin,) if at.visit.who and at.tx.standard == TUNION else (),
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
    "mac2": lambda at: () if at.load or at.tx.result is None else (at.tx.result.mac2.hex(),),
    "evidence": "this project's own word for what vouches for a record",
}
#: What every record holds that goes to clearing, but a load's lacks the PSAM's number.
_NEEDED: Final = frozenset(("amount", "counter", "terminal", "datetime", "terminal_serial"))
#: What a report may say besides, in the documented words.
_DOCUMENTED: Final = _NEEDED | frozenset(
    ("type", "balance_before", "balance_after", "card", "issuer", "city", "acquirer")
)


def _recovered(at: Telling) -> Values:
    """A transaction of an earlier tap is; of this tap it is not, where nothing was asked."""
    if at.tx not in at.visit.transactions:
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
    "time": "the end of the tap; how far the clock may be off is judged by D-CLOCK",
    "terminal": lambda at: (at.terms.place.terminal,),
    "direction": RECORD["direction"],
    "counter": RECORD["counter"],
    "recovered": _recovered,
    "disputed": lambda _at: (False,),
    "already": lambda _at: (False,),
}


def _unlike(at: Telling, table: Mapping[str, Said], names: Iterable[str]) -> Iterator[
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


def _meant(at: Telling, table: Mapping[str, Said], name: str) -> bool:
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


def _compared(at: Telling, needed: Iterable[str]) -> Iterator[str]:
    """Names in a record that are compared: those it must hold, and those it chooses to hold."""
    for name in RECORD:
        if name in _DOCUMENTED:
            if name in at.said or name in needed:
                yield name
        elif _meant(at, RECORD, name):
            yield name


def cleared(
    terms: Terms, visit: Visit, sent: Sent, keys: KeyRing, *, proof: bool = True
) -> Iterator[Finding]:
    """The record of a card that was let through for a transaction.

    Args:
        terms: of the terminal.
        visit: in which it was let through.
        sent: in this visit, or in the torn one before.
        keys: that know the card.
        proof: the card can still prove it; without that a record may lack its TAC.
    """
    record, tx = visit.clearing, sent.tx
    if not terms.clearing or visit.decision is None:
        return
    if record is None:
        if tx.amount:
            yield breaks(
                "CLEARED", visit.number, f"{tx.amount} fen without a clearing record",
                "a record", "none", visit.last,
            )  # fmt: skip
        return
    yield from _record(Telling(terms, visit, sent, record), "clearing record")
    yield from _tac(visit, tx, record, keys, proof=proof)


def _record(at: Telling, where: str) -> Iterator[Finding]:
    for name, due, got in _unlike(at, RECORD, _compared(at, _NEEDED)):
        words = name.replace("_", " ")
        yield breaks("CLEARING", at.visit.number, f"another {words} in the {where}", due, got,
                     at.tx.init.index)  # fmt: skip


def told(terms: Terms, visit: Visit, sent: Sent) -> Iterator[Finding]:
    """What else the decision says of the transaction for which a card is let through."""
    if visit.decision is None:
        return
    at = Telling(terms, visit, sent, visit.decision)
    names = [name for name in DECISION if _meant(at, DECISION, name)]
    for name, due, got in _unlike(at, DECISION, names):
        words = name.replace("_", " ")
        yield breaks("TOLD", visit.number, f"the terminal says another {words}", due, got,
                     visit.last)  # fmt: skip


def untouched(visit: Visit) -> Iterator[Finding]:
    """What the decision on a refused card says: nothing has moved, and what it holds."""
    said = visit.decision or {}
    if said.get("outcome") != "refused" or visit.commits or visit.spoilt:
        return
    if said.get("amount") not in (None, 0):
        yield breaks("SAID", visit.number, f"nothing has moved, the terminal says {said['amount']}",
                     0, said["amount"], visit.last)  # fmt: skip
    held = [
        fen
        for purse in (visit.before.purses.values() if visit.before is not None else ())
        for fen in (purse.balance, purse.available, max(purse.balance, 0))
    ]
    for name in ("balance_before", "balance_after"):
        got = said.get(name)
        if held and type(got) is int and got not in held:
            words = name.replace("_", " ")
            yield breaks("TOLD", visit.number, f"the terminal says another {words}", held[0], got,
                         visit.last)  # fmt: skip


def disputed(terms: Terms, visit: Visit, sent: Iterable[Sent]) -> Iterator[Finding]:
    """A dispute names a transaction of the card that was sent, as it was on the wire."""
    said = visit.dispute
    if not said or visit.decision is None:
        return
    about = [one for one in sent if _about(one.tx, said)]
    if not about:
        yield breaks("CLEARING", visit.number, "a dispute about no transaction of this card",
                     "a transaction", said.get("counter"), visit.last)  # fmt: skip
        return
    yield from _record(Telling(terms, visit, about[-1], said), "dispute")


def _about(tx: Transaction, said: Mapping[str, Any]) -> bool:
    number = "" if tx.operation == Operation.LOAD else tx.data.terminal_serial.hex().upper()
    named = str(said.get("terminal_serial", number)).upper()
    return named == number if number else said.get("counter") == int(tx.answer.counter)


def _proofs(visit: Visit, tx: Transaction) -> Iterator[bytes]:
    """TACs that the card itself gave of a transaction in a visit, by its number [GM 8.13]."""
    for call in visit.calls:
        command, answer = call.command, call.response.data
        if command.ins != INS.GET_TRANSACTION_PROVE or not call.ok or visit.spoilt:
            continue
        if command.p2 != int(tx.type) or int.from_bytes(command.data, "big") != (
            tx.answer.counter + 1
        ):
            continue
        if len(answer) == ProveAnswer.SIZE:
            yield ProveAnswer.parse(answer).tac
        elif len(answer) == LoadAnswer.SIZE:
            yield answer


def _tac(
    visit: Visit, tx: Transaction, record: Any, keys: KeyRing, *, proof: bool
) -> Iterator[Finding]:
    said = str(record.get("tac") or "").upper()
    if not said and not proof:
        return
    heard = None if tx.result is None else tx.result.tac
    now = tx in visit.transactions
    made = (heard if now else None) or tac_due(tx, keys) or next(_proofs(visit, tx), heard)
    if made is not None and said != made.hex().upper():
        yield breaks("TAC", visit.number, "the TAC is not that of the transaction",
                     made.hex().upper(), said, tx.init.index)  # fmt: skip


def kept(visit: Visit) -> Iterator[Finding]:
    """The journal, where it was seen: money about to move, and how the tap ended."""
    if not visit.journal:
        return
    waiting = [
        tuple(entry.get("record", {}).get(name) for name in ("amount", "counter", "standard"))
        for entry in visit.journal
        if entry.get("entry") == "pending"
    ]
    for tx in visit.transactions:
        if tx.commit is None:
            continue
        due = (tx.amount, int(tx.answer.counter), str(tx.standard))
        if due not in waiting:
            yield breaks("JOURNAL", visit.number, "a commit is sent that the journal does not hold",
                         due, "nothing", tx.commit.index)  # fmt: skip
    ends = [entry for entry in visit.journal if entry.get("entry") == "tap"]
    if visit.decision is None or not ends:
        return
    for name, shown in (("decision", visit.decision), ("clearing", visit.clearing)):
        if ends[-1].get(name) != shown:
            yield breaks("JOURNAL", visit.number, f"the {name} in the journal is not the one told",
                         shown, ends[-1].get(name), visit.last)  # fmt: skip


def nothing(visit: Visit) -> Iterator[Finding]:
    """A card that was not let through leaves nothing in clearing, and one told before neither."""
    if visit.clearing is not None and visit.decision is not None:
        why = ("a clearing record of a card that was let through before" if visit.passed
               else "a clearing record of a card not let through")  # fmt: skip
        yield breaks("CLEARED", visit.number, why,
                     "none", visit.clearing.get("amount"), visit.last)  # fmt: skip
