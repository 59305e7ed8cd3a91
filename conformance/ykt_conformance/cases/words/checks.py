"""Judges put together: from what is looked for and what must hold to one judgement.

A judge looks for what it speaks about by meaning, on any trace. It answers a `Fault` with
both values, None when everything it found holds, and `Unproven` when it found nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

from ykt_conformance.cases.words.record import Judge
from ykt_conformance.drive import reckon
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import COMPOSITE, INS, LOAD, OVERDRAFT, PURCHASE, SW, UNLOAD, sw_text

_T = TypeVar("_T")

#: Commands that only read.
READS: Final = frozenset(
    (INS.READ_BINARY, INS.READ_RECORD, INS.READ_EXT_DATA, INS.GET_BALANCE, INS.GET_DATA)
)
#: What says that the PIN was not presented: INITIALIZE may say either [GM 8.7.1, 8.12.1].
PIN_MISSING: Final = (SW.SECURITY, SW.CONDITIONS)
COMMITS: Final = frozenset((INS.CREDIT_FOR_LOAD, INS.DEBIT, INS.UPDATE_OVERDRAFT))


# -- putting judges together ---------------------------------------------------------


def each(
    find: Callable[[View], Iterable[_T]],
    check: Callable[[View, _T], Judgement],
    missing: str,
) -> Judge:
    """Everything found must pass the check; nothing found, or nothing told, is Unproven."""

    def judge(view: View) -> Judgement:
        proven = False
        unsure: Unproven | None = None
        for item in find(view):
            found = check(view, item)
            if isinstance(found, Fault):
                return found
            if found is None:
                proven = True
            else:
                unsure = unsure or found
        if proven:
            return None
        return unsure or Unproven(f"the trace has no {missing}")

    return judge


def every(*judges: Judge) -> Judge:
    """All of them must hold; the first fault counts, then the first that proves nothing."""

    def judge(view: View) -> Judgement:
        unsure: Unproven | None = None
        for one in judges:
            found = one(view)
            if isinstance(found, Fault):
                return found
            if found is not None:
                unsure = unsure or found
        return unsure

    return judge


def also(main: Judge, *others: Judge) -> Judge:
    """``main`` must be proven; the others only count where they find a fault."""

    def judge(view: View) -> Judgement:
        found = main(view)
        if isinstance(found, Fault):
            return found
        for one in others:
            more = one(view)
            if isinstance(more, Fault):
                return more
        return found

    return judge


# -- single values ---------------------------------------------------------------------


def same(call: Call, what: str, expected: bytes, received: bytes) -> Judgement:
    """None when both are equal; else a fault that says where they part."""
    if expected == received:
        return None
    short = min(len(expected), len(received))
    at = next((i for i in range(short) if expected[i] != received[i]), short)
    detail = f"{len(received)} bytes instead of {len(expected)}"
    if at < short:
        detail = f"byte {at} is {received[at]:02X}, expected {expected[at]:02X}"
    return Fault(
        f"{what}: {detail}", call.index, expected.hex().upper(), received.hex().upper(), at
    )


def number(call: Call, what: str, expected: int, received: int, size: int = 4) -> Judgement:
    """None when both numbers are equal; else a fault with both."""
    if expected == received:
        return None
    return Fault(
        f"{what} is {received}, expected {expected}",
        call.index,
        (expected & ((1 << 8 * size) - 1)).to_bytes(size, "big").hex().upper(),
        (received & ((1 << 8 * size) - 1)).to_bytes(size, "big").hex().upper(),
    )


def status(call: Call, what: str, *expected: int) -> Judgement:
    """None when the status word is one of these; no answer proves nothing."""
    if not call.answered:
        return Unproven(f"{what} was not answered")
    sw = call.response.sw
    if sw in expected:
        return None
    wanted = " or ".join(f"{value:04X}" for value in expected)
    return Fault(
        f"{what} was answered {sw:04X} ({sw_text(sw)}), expected {wanted}",
        call.index,
        f"{expected[0]:04X}",
        f"{sw:04X}",
    )


def refusal(call: Call, what: str) -> Judgement:
    """None when the command was refused, with whatever status word, and without data."""
    if not call.answered:
        return Unproven(f"{what} was not answered")
    if call.ok:
        return Fault(f"{what} was accepted", call.index, "a refusal", "9000")
    if call.response.data:
        return Fault(f"{what} was refused but gave data", call.index, "", call.response.data.hex())
    return None


# -- calls -------------------------------------------------------------------------------

_CLASSES: Final = frozenset((0x00, 0x04, 0x80, 0x84))
_BLOCKING: Final = frozenset((INS.APP_BLOCK, INS.CARD_BLOCK))


def open_until(view: View) -> int:
    """Event index from which an application or the card may be blocked.

    After it a refusal says nothing about the command that was refused.
    """
    for call in view.card:
        if call.command.ins in _BLOCKING or call.response.sw == SW.APP_LOCKED:
            return call.index
    return len(view.events)


def calls(
    ins: int,
    p1: int | None = None,
    p2: int | None = None,
    *,
    standard: str = "",
    where: Callable[[View, Call], bool] | None = None,
) -> Callable[[View], Iterator[Call]]:
    """Answered card calls with this instruction, of one application where it is named.

    Left out are unknown classes, and everything once something may be blocked.
    """

    def find(view: View) -> Iterator[Call]:
        end = open_until(view)
        for call in view.find(ins, p1, p2):
            mine = call.answered and standard in ("", call.standard) and call.index < end
            sane = mine and call.command.cla in _CLASSES
            if sane and (where is None or where(view, call)):
                yield call

    return find


def answered(
    find: Callable[[View], Iterable[Call]], what: str, *expected: int, missing: str = ""
) -> Judge:
    """All calls found are answered with one of these status words."""
    return each(find, lambda _, call: status(call, what, *expected), missing or what)


def previous(view: View, call: Call) -> Call | None:
    """The card call just before this one in the same session, or None."""
    place = bisect_left(view.card, call.index, key=_index)
    before = view.card[place - 1] if place else None
    return before if before is not None and before.session == call.session else None


def between(view: View, first: int, last: int) -> Iterator[Call]:
    """Card calls after event ``first`` and before event ``last``."""
    place = bisect_left(view.card, first + 1, key=_index)
    for call in islice(view.card, place, None):
        if call.index >= last:
            return
        yield call


def _index(call: Call) -> int:
    return call.index


def pin_known(view: View, call: Call) -> bool:
    """True when a VERIFY succeeded since the application was selected."""
    known = False
    for other in view.card:
        if other.index >= call.index:
            break
        if other.session != call.session or other.is_(INS.SELECT):
            known = False
        elif other.is_(INS.VERIFY):
            known = other.ok
    return known


# -- transactions --------------------------------------------------------------------------


def transactions(
    standard: str,
    *operations: str,
    where: Callable[[View, SeenTransaction], bool] | None = None,
) -> Callable[[View], Iterator[SeenTransaction]]:
    """Transactions of these operations in one application."""

    def find(view: View) -> Iterator[SeenTransaction]:
        for tx in view.transactions:
            mine = tx.standard == standard and tx.operation in operations
            if mine and (where is None or where(view, tx)):
                yield tx

    return find


def committed(standard: str, *operations: str) -> Callable[[View], Iterator[SeenTransaction]]:
    """Transactions whose commit was answered 9000."""
    return transactions(standard, *operations, where=lambda _, tx: tx.committed)


def undisturbed(view: View, tx: SeenTransaction) -> bool:
    """True when nothing but successful reads and cache updates came before the commit."""
    if tx.commit is None or tx.commit.standard != tx.standard:
        return False
    allowed = {call.index for call in tx.caches if call.ok}
    return all(
        call.index in allowed or (call.command.ins in READS and call.ok)
        for call in between(view, tx.init.index, tx.commit.index)
    )


def _lawful(view: View, tx: SeenTransaction) -> bool:
    """True when nothing about amounts or parameters lets the card refuse the commit."""
    ics = view.ics[tx.standard]
    commit = tx.commit
    if commit is None or tx.data is None or commit.command.p2:
        return False
    p1 = {PURCHASE: {1}, COMPOSITE: {1}, UNLOAD: {3}}.get(tx.operation, {0})
    if tx.operation == PURCHASE and ics.get("debit_p1_02"):
        p1 = {1, 2}
    if commit.command.p1 not in p1:
        return False
    if tx.operation == LOAD:
        return not ics["ceiling"] or tx.answer.balance + tx.amount <= ics["ceiling"]
    if tx.operation == OVERDRAFT:
        return bool(
            tx.data.limit >= tx.answer.overdraft_limit
            and tx.data.limit + ics["ceiling"] <= 0xFFFFFF
        )
    return bool(tx.amount <= tx.answer.balance)


def _judged(
    standard: str, *operations: str, right: bool
) -> Callable[[View], Iterator[SeenTransaction]]:
    def find(view: View) -> Iterator[SeenTransaction]:
        for tx in transactions(standard, *operations)(view):
            if tx.commit is None or tx.data is None or not undisturbed(view, tx):
                continue
            if reckon.mac_is_right(tx, view.keys) is right and (not right or _lawful(view, tx)):
                yield tx

    return find


def _commit_status(what: str, *expected: int) -> Callable[[View, SeenTransaction], Judgement]:
    def check(_view: View, tx: SeenTransaction) -> Judgement:
        if tx.commit is None:
            return Unproven(f"no commit of a {tx.operation}")
        return status(tx.commit, f"the commit of a {tx.operation} with {what}", *expected)

    return check


def accepted(standard: str, *operations: str) -> Judge:
    """A commit with the right MAC is answered 9000."""
    return each(
        _judged(standard, *operations, right=True),
        _commit_status("the right MAC", 0x9000),
        f"{' or '.join(operations)} committed with the right MAC",
    )


def mac_refused(standard: str, *operations: str) -> Judge:
    """A commit with a wrong MAC is answered 9302."""
    return each(
        _judged(standard, *operations, right=False),
        _commit_status("a wrong MAC", 0x9302),
        f"{' or '.join(operations)} committed with a wrong MAC",
    )


def _field(
    tx: SeenTransaction, name: str, due: bytes | None, call: Call | None, what: str
) -> Judgement:
    if due is None or call is None:
        return Unproven(f"the keys for {what} are not known")
    if tx.result is None:
        size = len(call.response.data)
        return Fault(f"the answer with {what} has {size} bytes", call.index)
    return same(call, f"{what} of the {tx.operation}", due, getattr(tx.result, name))


def tac_right(standard: str, *operations: str) -> Judge:
    """The TAC in the answer of the commit; MAC3 for an unload."""

    def check(view: View, tx: SeenTransaction) -> Judgement:
        name = "mac3" if tx.operation == UNLOAD else "tac"
        return _field(tx, name, reckon.tac(tx, view.keys), tx.commit, name.upper())

    return each(committed(standard, *operations), check, f"finished {' or '.join(operations)}")


def mac2_right(standard: str, *operations: str) -> Judge:
    """MAC2 in the answer of DEBIT."""

    def check(view: View, tx: SeenTransaction) -> Judgement:
        return _field(tx, "mac2", reckon.mac2_of_debit(tx, view.keys), tx.commit, "MAC2")

    return each(committed(standard, *operations), check, f"finished {' or '.join(operations)}")


def mac1_right(standard: str, operation: str) -> Judge:
    """MAC1 in the answer of INITIALIZE for load, unload and overdraft update."""

    def check(view: View, tx: SeenTransaction) -> Judgement:
        due = reckon.mac1_of_init(tx, view.keys)
        if due is None:
            return Unproven(f"the {standard} key for {operation} is not known")
        return same(tx.init, f"MAC1 of INITIALIZE for {operation}", due, tx.answer.mac1)

    return each(transactions(standard, operation), check, f"INITIALIZE for {operation}")
