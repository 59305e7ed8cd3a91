"""Whether what is due was done: one transaction, of the right purse and price, or none at all."""

from __future__ import annotations

from collections.abc import Iterator

from ykt_sim.codes import INS
from ykt_sim.meaning.duty.due import DEBIT, INIT, PASS, Due
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.seen import Transaction, Visit
from ykt_sim.meaning.duty.terms import Terms
from ykt_sim.wire.commands import COMMITS


def met(terms: Terms, visit: Visit, what: Due) -> Iterator[Finding]:
    """A visit in which nothing was torn or spoilt, of a card that owes nothing from before."""
    if what.refused:
        yield from refused(terms, visit, what)
    if visit.passed:
        yield from _passed(visit, what)
    elif what.passes:
        yield breaks(
            "GOOD", visit.number,
            f"a card with nothing against it is not let through: {said(visit)}",
            "accepted", said(visit), visit.last,
        )  # fmt: skip
    elif visit.moved:
        yield taken(visit)


def said(visit: Visit) -> str:
    """What the terminal said, in words."""
    if visit.decision is None:
        return "no transaction was done"
    told = [str(visit.decision.get(name) or "") for name in ("outcome", "code", "reason")]
    return " ".join(filter(None, told))


def taken(visit: Visit) -> Finding:
    """Money moved of a card that was not let through."""
    return breaks(
        "TAKEN", visit.number, f"{visit.moved} fen moved on a card that is not let through",
        0, visit.moved, visit.last,
    )  # fmt: skip


def _passed(visit: Visit, what: Due) -> Iterator[Finding]:
    number, done = visit.number, visit.done
    if not done:
        yield breaks(
            "FREE", number, "let through, and the card has done no transaction",
            "one transaction", "none", visit.last,
        )  # fmt: skip
        return
    if len(done) != 1 or len(visit.commits) != 1:
        yield breaks(
            "ONCE", number,
            f"let through with {len(visit.commits)} commits sent and {len(done)} done",
            1, len(done), visit.last,
        )  # fmt: skip
        return
    yield from due_is_done(visit, what, done[0])
    yield from heard(visit, done[0].amount)


def due_is_done(visit: Visit, what: Due, tx: Transaction) -> Iterator[Finding]:
    """The transaction is of the right purse and price."""
    if what.fits(tx.standard, tx.amount) or what.price is None:
        return
    if tx.standard != what.price.standard:
        yield breaks(
            "PURSE", visit.number, f"taken from the {tx.standard or 'unknown'} purse",
            what.price.standard, tx.standard, tx.init.index,
        )  # fmt: skip
    else:
        yield breaks(
            "PRICE", visit.number, f"INITIALIZE asks for {tx.amount} fen",
            what.price.amount, tx.amount, tx.init.index,
        )  # fmt: skip


def heard(visit: Visit, amount: int) -> Iterator[Finding]:
    """What the terminal says has moved."""
    told = None if visit.decision is None else visit.decision.get("amount")
    if told is not None and told != amount:
        yield breaks(
            "SAID", visit.number, f"{amount} fen have moved, the terminal says {told}",
            amount, told, visit.last,
        )  # fmt: skip


def refused(terms: Terms, visit: Visit, what: Due) -> Iterator[Finding]:
    """A card that must not pass: nothing is begun, or nothing committed, and it does not."""
    ground = min(what.grounds, key=lambda one: (INIT, DEBIT, PASS).index(one.before))
    why = f"a card that {ground.what}"
    for ins, stages, verb in (
        (INS.INITIALIZE, (INIT,), "sees INITIALIZE"),
        (None, (INIT, DEBIT), "sees a commit"),
    ):
        sent = [
            call
            for call in visit.calls
            if (call.command.ins == ins if ins is not None else call.command.ins in COMMITS)
        ]
        if sent and ground.before in stages:
            yield breaks(ground.rule, visit.number, f"{why} {verb}", "refused", verb, sent[0].index)
            return
    if visit.passed:
        yield breaks(
            ground.rule, visit.number, f"{why} is let through", "refused", "accepted", visit.last
        )
        return
    yield from _code(terms, visit, what)


def _code(terms: Terms, visit: Visit, what: Due) -> Iterator[Finding]:
    """The code that is shown belongs to the one thing that is wrong."""
    if visit.decision is None or not terms.codes or visit.gone:
        return
    if len(what.grounds) != 1 or what.doubt:
        return
    ground, shown = what.grounds[0], str(visit.decision.get("code") or "")
    if ground.code and shown != ground.code:
        yield breaks(
            ground.rule, visit.number, f"a card that {ground.what} is shown {shown or 'no code'}",
            ground.code, shown, visit.last,
        )  # fmt: skip


def counted(visit: Visit) -> int:
    """Transactions that the card has done, by its own counters; 0 where they are not known."""
    if visit.before is None or visit.after is None:
        return 0
    after = visit.after.purses
    return sum(
        (after[standard].offline - old.offline) % 0x10000
        + (after[standard].online - old.online) % 0x10000
        for standard, old in visit.before.purses.items()
        if standard in after
    )


def once(visit: Visit) -> Iterator[Finding]:
    """One tap is one transaction of the card, whatever the terminal heard of it."""
    count = counted(visit)
    if (visit.spoilt or visit.gone) and count > 1:
        yield breaks(
            "ONCE", visit.number, f"the card has done {count} transactions in one tap", 1, count,
            visit.last,
        )  # fmt: skip


def card_agrees(visit: Visit) -> Iterator[Finding]:
    """What the card holds afterwards is what was done on it, and its other purse is as it was."""
    before, after = visit.before, visit.after
    if before is None or after is None or visit.gone or visit.spoilt:
        return
    moves = sum(tx.moves for tx in visit.done)
    if after.total - before.total != moves:
        yield breaks(
            "MOVED", visit.number,
            f"{moves} fen were to move, {after.total - before.total} fen did",
            moves, after.total - before.total, visit.last,
        )  # fmt: skip
    used = {tx.standard: tx for tx in visit.done}
    for standard, old in before.purses.items():
        new = after.purses[standard]
        count = new.offline + new.online - old.offline - old.online
        if standard in used and count % 0x10000 != 1:
            yield breaks(
                "MOVED", visit.number, f"the counter of {standard} moved by {count}", 1, count,
                visit.last,
            )  # fmt: skip
        if standard not in used and (count or new.log != old.log):
            yield breaks(
                "OTHER", visit.number, f"counter or log of {standard} are other ones",
                old.log, new.log, visit.last,
            )  # fmt: skip
