"""Codes and status words: what a terminal must make of what it heard, true or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ykt_sim.codes import INS, Operation
from ykt_sim.crypto import des
from ykt_sim.errors import WireError
from ykt_sim.meaning.duty.finding import Finding, breaks
from ykt_sim.meaning.duty.seen import Call, Transaction, Visit
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.purse_codes import purchase_session
from ykt_sim.wire import macs
from ykt_sim.wire.commands import COMMITS

#: Bytes of a TAC, and of TAC and MAC2.
_TAC, _CODES = 4, 8


def ring_of(keys: KeyRing, visit: Visit) -> KeyRing:
    """The ring, told who the card of a visit is."""
    for standard, factors in visit.factors.items():
        keys.know(standard, *(bytes.fromhex(factor) for factor in factors))
    return keys


def wrong_codes(tx: Transaction, keys: KeyRing) -> str:
    """What is wrong with the codes of a commit's answer; empty where nothing is known to be."""
    if not tx.done:
        return ""
    if tx.result is None:
        size = len(tx.commit.response.data) if tx.commit is not None else 0
        # No source says what becomes of bytes behind the codes.
        least = _TAC if tx.operation == Operation.LOAD else _CODES
        return f"the answer to the commit has {size} bytes" if size < least else ""
    if tx.operation == Operation.LOAD:
        due = tac_due(tx, keys)
        return "the TAC of the load is wrong" if due not in {None, tx.result.tac} else ""
    due = _mac2(tx, keys)
    return "MAC2 is wrong" if due not in {None, tx.result.mac2} else ""


def _mac2(tx: Transaction, keys: KeyRing) -> bytes | None:
    key = keys.get(tx.standard, "purchase")
    if key is None or tx.data is None:
        return None
    told = tx.answer
    session = purchase_session(key, told.random, told.counter, tx.data.terminal_serial)
    return des.mac(session, macs.PurchaseMac2Input.pack(amount=tx.amount))


def tac_due(tx: Transaction, keys: KeyRing) -> bytes | None:
    """The TAC that a card makes in the commit, or None where the key is not known."""
    key = keys.tac(tx.standard)
    if key is None or tx.data is None:
        return None
    more: dict[str, Any] = {
        "amount": tx.amount,
        "type": tx.type,
        "terminal": tx.request.terminal,
        "datetime": tx.data.datetime,
    }
    try:
        if tx.operation == Operation.LOAD:
            balance = tx.answer.balance + tx.amount
            under = macs.LoadTacInput.pack(balance=balance, counter=tx.answer.counter, **more)
        else:
            serial = tx.data.terminal_serial
            under = macs.PurchaseTacInput.pack(terminal_serial=serial, **more)
    except WireError:  # what the terminal sent or the card told fits no such field
        return None
    return des.mac(key, under)


def forged(visit: Visit, keys: KeyRing) -> Iterator[Finding]:
    """A card with a wrong code is not let through, and nothing of it goes to clearing.

    One whose codes were cut short may prove them at once.
    """
    for tx in visit.done:
        wrong = wrong_codes(tx, keys)
        if not wrong or (tx.result is None and visit.proved):
            continue
        at = tx.commit.index if tx.commit is not None else None
        if visit.passed and visit.decision is not None:
            yield breaks("FORGED", visit.number, f"{wrong}, and the card is let through",
                         "refused", "accepted", at)  # fmt: skip
        elif visit.clearing is not None:
            yield breaks("FORGED", visit.number, f"{wrong}, and it goes to clearing",
                         "nothing", "a clearing record", at)  # fmt: skip


def refused_steps(visit: Visit) -> Iterator[Finding]:
    """No commit follows a refused INITIALIZE or cache update."""
    stopped: Call | None = None
    for call in visit.calls:
        ins = call.command.ins
        if ins == INS.INITIALIZE:
            stopped = None if call.ok else call
        elif ins == INS.UPDATE_RECORD and call.command.cla & 0x80:
            stopped = stopped if call.ok else call
        elif ins in COMMITS and stopped is not None and stopped.answered:
            yield breaks(
                "REFUSED", visit.number,
                f"a commit follows {stopped.command.ins:02X}, which was answered"
                f" {stopped.response.sw:04X}", "none", f"{ins:02X}", call.index,
            )  # fmt: skip
            return
