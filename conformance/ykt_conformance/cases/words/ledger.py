"""Money, counters, logs and files over time, as a trace shows them.

Nothing here is a judgement of one command: these judges hold two sightings together and
say what must lie between them. A commit whose answer never came may have happened or not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

import msgspec

from ykt_conformance.cases.words.checks import (
    COMMITS,
    READS,
    between,
    calls,
    each,
    number,
    open_until,
    pin_known,
    same,
    status,
)
from ykt_conformance.cases.words.record import Judge
from ykt_conformance.drive import reckon
from ykt_conformance.drive.card import asks_pin
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import INS, Operation, Standard
from ykt_sim.wire.commands import OPERATIONS

PURSES: Final = tuple(Standard)


# -- money -----------------------------------------------------------------------------


class Sight(msgspec.Struct, frozen=True):
    """A balance seen once, in fen: the available one (B + C - D) where nothing else is said."""

    call: Call
    standard: str
    amount: int


class Interval(msgspec.Struct, frozen=True):
    """Two sightings of the same money one after the other, and what lies between.

    Attributes:
        before, after: the sightings.
        transactions: begun or committed in between, on this money.
    """

    before: Sight
    after: Sight
    transactions: tuple[SeenTransaction, ...]

    @property
    def possible(self) -> tuple[int, ...]:
        """Balances that may be there afterwards."""
        values = {self.before.amount}
        for tx in self.transactions:
            commit = tx.commit
            if commit is None or tx.data is None or (commit.answered and not commit.ok):
                continue
            change = reckon.effect(tx)
            moved = {value + change for value in values}
            values = moved if commit.ok else values | moved
        return tuple(sorted(values))


def group_of(view: View, standard: str) -> tuple[str, ...]:
    """Purses that stand for the same money, as the ICS declares."""
    shared = view.ics["behaviour"]["balance"] == "shared"
    return PURSES if shared and standard in PURSES else (standard,)


def sights(view: View, standard: str) -> Iterator[Sight]:
    """Sightings of a purse's available balance: GET BALANCE P1=00 and INITIALIZE."""
    behaviour = view.ics["behaviour"]
    group = group_of(view, standard)
    openings = {tx.init.index: tx for tx in view.transactions}
    for call in view.card:
        if call.standard not in group or not call.ok:
            continue
        if call.index in openings:
            yield Sight(call, call.standard, int(openings[call.index].answer.balance))
        elif (
            call.is_(INS.GET_BALANCE, 0x00, 0x02)
            and len(call.response.data) == 4
            and behaviour["p1_00"] == "available"
        ):
            value = int.from_bytes(call.response.data, "big")
            mask = 0x7FFFFFFF if behaviour["top_bit"] else 0xFFFFFFFF
            yield Sight(call, call.standard, value & mask)


def nets(view: View, standard: str) -> Iterator[Sight]:
    """Sightings of the actual balance less what is drawn (B - D): what a ceiling bounds.

    Only one of the two is above zero (cards 3.10), so P1=03 or P1=02 tells it alone where it is;
    two zeros tell it together. Where no purse can be overdrawn any sighting will do.
    """
    group = group_of(view, standard)
    if not any(view.ics[name]["overdraft"] for name in group):
        yield from sights(view, standard)
        return
    zeros: set[int] = set()
    for call in view.card:
        if may_change(call):
            zeros.clear()
        mine = call.standard in group and call.ok and len(call.response.data) == 4
        sign = next((sign for p1, sign in _SIGNS.items() if call.is_(INS.GET_BALANCE, p1, 0x02)), 0)
        if not mine or not sign:
            continue
        value = int.from_bytes(call.response.data, "big")
        if sign > 0 and view.ics["behaviour"]["top_bit"]:
            value &= 0x7FFFFFFF
        if not value:
            zeros.add(sign)
        if value or len(zeros) == len(_SIGNS):
            yield Sight(call, call.standard, sign * value)


#: P1 of GET BALANCE that tells what is actually there, and what is drawn.
_SIGNS: Final = {0x03: 1, 0x02: -1}


def intervals(view: View, standard: str) -> Iterator[Interval]:
    """Every pair of neighbouring sightings with the transactions between them."""
    group = group_of(view, standard)
    mine = [tx for tx in view.transactions if tx.standard in group]
    before: Sight | None = None
    for sight in sights(view, standard):
        if before is not None:
            low, high = before.call.index, sight.call.index
            inside = [tx for tx in mine if low <= _ended(tx) < high and tx.init.index < high]
            yield Interval(before, sight, tuple(inside))
        before = sight


def _ended(tx: SeenTransaction) -> int:
    return tx.commit.index if tx.commit is not None else tx.init.index


Pick = Callable[[Interval], bool]


def money(standard: str, pick: Pick, missing: str) -> Judge:
    """No fen is lost or made: the balance after is what the transactions between make it."""

    def check(_view: View, span: Interval) -> Judgement:
        allowed = span.possible
        after = span.after
        if after.amount in allowed:
            return None
        words = " or ".join(map(str, allowed))
        did = ", ".join(_said(tx) for tx in span.transactions) or "nothing"
        return Fault(
            f"balance {after.amount} fen after {did} on {span.before.amount} fen, expected {words}",
            after.call.index,
            allowed[0].to_bytes(4, "big", signed=allowed[0] < 0).hex().upper(),
            after.amount.to_bytes(4, "big").hex().upper(),
        )

    return each(lambda view: filter(pick, intervals(view, standard)), check, missing)


def _said(tx: SeenTransaction) -> str:
    commit = tx.commit
    ended = "begun" if commit is None else "done" if commit.ok else "torn"
    if commit is not None and commit.answered and not commit.ok:
        ended = "refused"
    amount = int(tx.data.limit) if tx.operation == Operation.OVERDRAFT and tx.data else tx.amount
    return f"{tx.standard} {tx.operation} of {amount} {ended}"


def after_done(*operations: str, standard: str = "", seen_by: str = "") -> Pick:
    """Spans with a finished transaction of these operations."""
    return lambda span: (
        (not seen_by or span.after.standard == seen_by)
        and any(
            tx.committed and tx.operation in operations and standard in ("", tx.standard)
            for tx in span.transactions
        )
    )


def after_refused(*operations: str) -> Pick:
    """Spans with a refused commit of these operations."""
    return lambda span: any(
        tx.operation in operations
        and tx.commit is not None
        and tx.commit.answered
        and not tx.commit.ok
        for tx in span.transactions
    )


def after_torn(*operations: str) -> Pick:
    """Spans with a commit of these operations that was never answered."""
    return lambda span: any(
        tx.operation in operations and tx.commit is not None and not tx.commit.answered
        for tx in span.transactions
    )


# -- counters ---------------------------------------------------------------------------


class CounterStep(msgspec.Struct, frozen=True):
    """Two INITIALIZE answers with the same counter, one after the other."""

    before: SeenTransaction
    after: SeenTransaction
    moved: int
    unsure: int


def counter_steps(view: View, standard: str, operations: Iterable[str]) -> Iterator[CounterStep]:
    """Neighbouring sightings of the online or the offline counter of a purse."""
    kinds = frozenset(operations)
    before: SeenTransaction | None = None
    for tx in view.transactions:
        if tx.standard != standard or tx.operation not in kinds:
            continue
        if before is not None:
            low, high = before.init.index, tx.init.index
            done = [
                other
                for other in view.transactions
                if other.standard == standard
                and other.operation in kinds
                and other.commit is not None
                and low < other.commit.index < high
            ]
            moved = sum(other.committed for other in done)
            torn = [other for other in done if other.commit and not other.commit.answered]
            yield CounterStep(before, tx, moved, len(torn))
        before = tx


def counter(
    standard: str,
    operations: Collection[str],
    what: str,
    pick: Callable[[View, CounterStep], bool] = lambda _view, _step: True,
) -> Judge:
    """The counter grows by one with each commit and by nothing else."""

    def check(_view: View, step: CounterStep) -> Judgement:
        expected = int(step.before.answer.counter) + step.moved
        got = int(step.after.answer.counter)
        if expected <= got <= expected + step.unsure:
            return None
        words = f"the {what} counter after {step.moved} commit(s)"
        return number(step.after.init, words, expected, got, 2)

    def find(view: View) -> Iterator[CounterStep]:
        return (s for s in counter_steps(view, standard, operations) if pick(view, s))

    return each(find, check, f"two sightings of the {what} counter with that between them")


def holds(test: Callable[[Call], bool]) -> Callable[[View, CounterStep], bool]:
    """Steps with such a call between their two INITIALIZE."""

    def pick(view: View, step: CounterStep) -> bool:
        first, last = step.before.init.index, step.after.init.index
        return any(test(call) for call in between(view, first, last))

    return pick


def resets(view: View, step: CounterStep) -> bool:
    """Steps across a power cycle."""
    return step.before.init.session != step.after.init.session


# -- what must be begun -----------------------------------------------------------------


def opened(standard: str, operation: str) -> Judge:
    """A well-formed INITIALIZE that the balance allows is answered 9000."""
    p1 = OPERATIONS[Operation(operation)].p1

    def find(view: View) -> Iterator[Call]:
        look = nets if operation == Operation.UNLOAD else sights
        seen = {sight.call.index: sight.amount for sight in look(view, standard)}
        have: int | None = None
        end = open_until(view)
        for call in view.card:
            if call.index >= end:
                return
            mine = call.is_(INS.INITIALIZE, p1) and call.standard == standard
            known = mine and call.answered and have is not None
            if known and have is not None and _allowed(view, call, operation, have):
                yield call
            if may_change(call):
                have = None
            have = seen.get(call.index, have)

    def check(_view: View, call: Call) -> Judgement:
        amount = int.from_bytes(call.command.data[1:5], "big")
        of = "" if operation == Operation.OVERDRAFT else f" of {amount} fen"
        return status(call, f"INITIALIZE for {operation}{of}", 0x9000)

    return each(find, check, f"INITIALIZE for {operation} that the balance allows")


def _allowed(view: View, call: Call, operation: str, have: int) -> bool:
    data, claimed = call.command.data, view.ics[call.standard]
    limit = operation == Operation.OVERDRAFT
    size, p2 = (7, 1) if limit else (11, 2)
    if call.command.cla != 0x80 or len(data) != size or data[0] != 1 or call.command.p2 != p2:
        return False
    if call.command.le not in (None, 0, OPERATIONS[Operation(operation)].initialize.le):
        return False
    if asks_pin(claimed, operation) is not False and not pin_known(view, call):
        return False
    amount = 0 if limit else int.from_bytes(data[1:5], "big")
    if operation == Operation.LOAD:
        return not claimed["ceiling"] or bool(have + amount <= claimed["ceiling"])
    return amount <= have


# -- nothing may change -------------------------------------------------------------------

_CHANGING: Final = COMMITS | {
    INS.UPDATE_BINARY,
    INS.WRITE_BINARY,
    INS.APPEND_RECORD,
    INS.APP_BLOCK,
    INS.APP_UNBLOCK,
    INS.CARD_BLOCK,
    INS.WRITE_KEY,
    INS.CREATE_FILE,
    INS.ERASE_DF,
}


def may_change(call: Call) -> bool:
    """True for a command that changed files or balances, or may have."""
    plain_update = call.is_(INS.UPDATE_RECORD) and not call.command.cla & 0x80
    return (call.ok or not call.answered) and (call.command.ins in _CHANGING or plain_update)


def pairs(view: View) -> Iterator[tuple[Call, Call]]:
    """The same read, sent twice in the same application, with the next one of its kind."""
    last: dict[tuple[bytes, bytes], Call] = {}
    for call in view.card:
        if call.command.ins in READS and call.answered:
            place = (call.aid, call.raw)
            if place in last:
                yield last[place], call
            last[place] = call


def unchanged(around: Callable[[Call], bool], what: str) -> Judge:
    """What was read before and after such a command, and no change in between, is equal."""

    def find(view: View) -> Iterator[tuple[Call, Call]]:
        for first, second in pairs(view):
            inside = list(between(view, first.index, second.index))
            if any(map(around, inside)) and not any(map(may_change, inside)):
                yield first, second

    def check(_view: View, pair: tuple[Call, Call]) -> Judgement:
        first, second = pair
        if second.response.sw != first.response.sw:
            words = f"{second.response.sw:04X}, before {first.response.sw:04X}"
            return Fault(f"a read after {what} was answered {words}", second.index)
        return same(second, f"a read after {what}", first.response.data, second.response.data)

    return each(find, check, f"read before and after {what}")


def persists(view: View) -> Judgement:
    """What was read before a reset reads the same after it, when nothing changed it."""
    found: Judgement = Unproven("nothing was read before and after a reset")
    end = open_until(view)
    for first, second in pairs(view):
        if first.session == second.session or second.index >= end or not first.ok:
            continue
        if any(map(may_change, between(view, first.index, second.index))):
            continue
        found = same(second, "a read after a reset", first.response.data, second.response.data)
        if found is not None:
            return found
    return found


def refused_commit(call: Call) -> bool:
    """A commit that was answered with a refusal."""
    return call.command.ins in COMMITS and call.answered and not call.ok


def initialized(call: Call) -> bool:
    """An INITIALIZE that was answered 9000."""
    return call.is_(INS.INITIALIZE) and call.ok


# -- logs --------------------------------------------------------------------------------


def record_reads(view: View, standard: str, sfi: int) -> Iterator[Call]:
    """READ RECORD by number of one file, answered, before anything may be blocked."""
    yield from calls(INS.READ_RECORD, None, sfi << 3 | 4, standard=standard)(view)


def first_after(
    view: View, tx: SeenTransaction, sfi: int, record: int, standard: str = ""
) -> Call | None:
    """The first READ RECORD of a record after a commit, before anything else may change."""
    if tx.commit is None:
        return None
    for call in view.card:
        if call.index <= tx.commit.index:
            continue
        if may_change(call):
            return None
        mine = call.standard == (standard or tx.standard) and call.answered
        if mine and call.is_(INS.READ_RECORD, record, sfi << 3 | 4):
            return call
    return None


def last_before(view: View, tx: SeenTransaction, command: bytes) -> Call | None:
    """The last time a read was sent before INITIALIZE, after the last change."""
    found: Call | None = None
    for call in view.card:
        if call.index >= tx.init.index:
            break
        if may_change(call):
            found = None
        elif call.raw == command and call.standard == tx.standard and call.answered:
            found = call
    return found


def log_entry(
    standard: str, operation: str, check: Callable[[Call, bytes, bytes, SeenTransaction], Judgement]
) -> Judge:
    """Hold record 1 after a commit against what the commit was.

    Args:
        standard: purse.
        operation: which commits.
        check: gets the READ RECORD call, the 23 bytes expected (limit zero), the bytes
            read, and the transaction.
    """

    def one(view: View, tx: SeenTransaction) -> Judgement:
        call = first_after(view, tx, 0x18, 1)
        if call is None:
            return Unproven(f"record 1 of EF 18 was not read after the {operation}")
        if not call.ok:
            return Fault(f"record 1 of EF 18 was answered {call.response.sw:04X}", call.index)
        got = call.response.data
        if len(got) != 23:
            return Fault(f"record 1 of EF 18 has {len(got)} bytes, expected 23", call.index)
        due = reckon.log_record(tx, view.ics[standard])
        if due is None:
            return Unproven(f"the ICS does not say what the log tells of an {operation} update")
        return check(call, due, got, tx)

    def find(view: View) -> Iterator[SeenTransaction]:
        for tx in view.transactions:
            if tx.standard == standard and tx.operation == operation and tx.committed and tx.data:
                yield tx

    return each(find, one, f"finished {operation}")
