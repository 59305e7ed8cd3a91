"""What goes to clearing: once, for money that moved, and as it was on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ykt_sim.codes import Operation
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.genuine import tac_due
from ykt_sim.meaning.duty.purse import fen_of
from ykt_sim.meaning.duty.seen import Transaction, Visit
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.meaning.keyring import KeyRing


def cleared(
    terms: Terms, visit: Visit, tx: Transaction, keys: KeyRing, *, proof: bool = True
) -> Iterator[Finding]:
    """The record of a card that was let through for a transaction.

    Args:
        terms: of the terminal.
        visit: in which it was let through.
        tx: of this visit, or of the torn one before.
        keys: that know the card.
        proof: the card can still prove it; without that a record may lack its TAC.
    """
    record = visit.clearing
    if not terms.clearing or visit.decision is None:
        return
    if record is None:
        if tx.amount:
            yield breaks(
                "CLEARED", visit.number, f"{tx.amount} fen without a clearing record",
                "a record", "none", visit.last,
            )  # fmt: skip
        return
    for name, due in _values(terms, visit, tx).items():
        if name not in record and name in _OPTIONAL:
            continue
        got = record.get(name)
        got = got.upper() if isinstance(got, str) else got
        if name == "card" and (str(got).endswith(due) or "*" in str(got)):
            continue  # a masked number tells nothing
        if got != due:
            words = name.replace("_", " ")
            yield breaks("CLEARING", visit.number, f"another {words} in the clearing record",
                         due, got, tx.init.index)  # fmt: skip
    yield from _tac(visit, tx, record, keys, proof=proof)


_OPTIONAL = frozenset(
    ("type", "balance_before", "balance_after", "card", "issuer", "city", "acquirer")
)


def _values(terms: Terms, visit: Visit, tx: Transaction) -> dict[str, Any]:
    """What the wire and the statement say of a transaction."""
    load = tx.operation == Operation.LOAD
    before, limit = fen_of(tx.answer.balance), int(getattr(tx.answer, "overdraft_limit", 0))
    values: dict[str, Any] = {
        "amount": tx.amount,
        "counter": int(tx.answer.counter),
        "terminal": tx.request.terminal.upper(),
        "datetime": tx.data.datetime.upper(),
        "type": int(tx.type),
        "city": terms.place.city,
        "acquirer": terms.place.acquirer,
    }
    if not limit:  # no source says which balance, where there is an overdraft
        values |= {"balance_before": before, "balance_after": before + tx.moves}
    if not load:
        values["terminal_serial"] = tx.data.terminal_serial.hex().upper()
    factors = visit.factors.get(tx.standard)
    if factors:
        values["card"] = str(factors[-1]).upper()
        if len(factors) > 1:
            values["issuer"] = factors[0][:8]
    return values


def _tac(
    visit: Visit, tx: Transaction, record: Any, keys: KeyRing, *, proof: bool
) -> Iterator[Finding]:
    said = str(record.get("tac") or "").upper()
    if not said and not proof:
        return
    made = tx.result.tac if tx.result is not None else tac_due(tx, keys)
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
    """A card that was not let through leaves nothing in clearing."""
    if visit.clearing is not None and visit.decision is not None:
        yield breaks("CLEARED", visit.number, "a clearing record of a card not let through",
                     "none", visit.clearing.get("amount"), visit.last)  # fmt: skip
