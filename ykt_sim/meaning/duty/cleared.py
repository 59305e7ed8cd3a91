"""What a terminal says of a transaction: to clearing, in a dispute and to the rider.

A record goes to clearing once, for money that moved, and as it was on the wire. What may be said
in each field says `outputs.telling`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ykt_sim.codes import Operation
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.genuine import tac_due
from ykt_sim.meaning.duty.outputs.telling import (
    DECISION,
    NEEDED,
    RECORD,
    REFUSAL,
    Said,
    Sent,
    Telling,
    compared,
    meant,
    proofs,
    unlike,
)
from ykt_sim.meaning.duty.seen import Transaction, Visit
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.meaning.keyring import KeyRing


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
    yield from _record(Telling(terms, visit, record, sent), "clearing record")
    yield from _tac(visit, tx, record, keys, proof=proof)


def _record(at: Telling, where: str) -> Iterator[Finding]:
    for name, due, got in unlike(at, RECORD, compared(at, NEEDED)):
        words = name.replace("_", " ")
        yield breaks("CLEARING", at.visit.number, f"another {words} in the {where}", due, got,
                     at.tx.init.index)  # fmt: skip


def told(terms: Terms, visit: Visit, sent: Sent) -> Iterator[Finding]:
    """What else the decision says of the transaction for which a card is let through."""
    if visit.decision is not None:
        yield from _decided(Telling(terms, visit, visit.decision, sent), DECISION)


def untouched(terms: Terms, visit: Visit, before: Sequence[Sent]) -> Iterator[Finding]:
    """What the decision says of a card that is not let through: nothing has moved.

    Args:
        terms: of the terminal.
        visit: of the card.
        before: what was sent to it so far.
    """
    if visit.decision is not None:
        yield from _decided(Telling(terms, visit, visit.decision, None, before), REFUSAL)


def _decided(at: Telling, table: Mapping[str, Said]) -> Iterator[Finding]:
    for name, due, got in unlike(at, table, [one for one in table if meant(at, table, one)]):
        if name == "amount":
            yield breaks("SAID", at.visit.number, f"nothing has moved, the terminal says {got}",
                         due, got, at.visit.last)  # fmt: skip
            continue
        words = name.replace("_", " ")
        yield breaks("TOLD", at.visit.number, f"the terminal says another {words}", due, got,
                     at.visit.last)  # fmt: skip


def disputed(terms: Terms, visit: Visit, sent: Sequence[Sent]) -> Iterator[Finding]:
    """A dispute names a transaction of the card that was sent, as it was on the wire."""
    said = visit.dispute
    if not said or visit.decision is None:
        return
    about = [one for one in sent if _about(one.tx, said)]
    if not about:
        yield breaks("CLEARING", visit.number, "a dispute about no transaction of this card",
                     "a transaction", said.get("counter"), visit.last)  # fmt: skip
        return
    tx = about[-1].tx
    yield from _record(Telling(terms, visit, said, about[-1]), "dispute")
    code = str(said.get("tac") or "").upper()
    if code and tx.result is not None and code != tx.result.tac.hex().upper():
        yield breaks("TAC", visit.number, "the TAC is not that of the transaction",
                     tx.result.tac.hex().upper(), code, tx.init.index)  # fmt: skip


def _about(tx: Transaction, said: Mapping[str, Any]) -> bool:
    number = "" if tx.operation == Operation.LOAD else tx.data.terminal_serial.hex().upper()
    named = str(said.get("terminal_serial", number)).upper()
    return named == number if number else said.get("counter") == int(tx.answer.counter)


def _tac(
    visit: Visit, tx: Transaction, record: Any, keys: KeyRing, *, proof: bool
) -> Iterator[Finding]:
    said = str(record.get("tac") or "").upper()
    now = tx in visit.transactions
    heard = None if tx.result is None else tx.result.tac
    told_wrong = visit.spoilt and not (now and heard)  # the proof may be another one
    if (not said and not proof) or told_wrong:
        return
    proved = (tac for _, tac in proofs(visit, tx))
    made = (heard if now else None) or tac_due(tx, keys) or next(proved, heard)
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
