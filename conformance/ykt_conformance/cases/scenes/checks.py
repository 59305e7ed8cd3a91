"""What many terminal judges ask: was the card let through, for how much, or refused where.

A check is a function of the view. It looks for taps by their role and for what happened in
them by meaning; a trace without such a tap proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ykt_conformance.cases.words.record import Judge
from ykt_conformance.judge.taps import SeenTap, good, marked, of
from ykt_conformance.judge.verdict import Fault, Judgement, Unproven
from ykt_conformance.judge.view import SeenTransaction, View
from ykt_sim.codes import INS, LOAD

#: Gives the fen that a tap must cost, or None when it cannot be told.
Price = Callable[[View, SeenTap], int | None]


def fare(standard: str) -> Price:
    """What the ICS states for one tap; at a load point what was to be loaded."""

    def price(view: View, tap: SeenTap) -> int | None:
        if view.ics["device"]["kind"] == LOAD:
            return int(tap.note["amount"]) if "amount" in tap.note else None
        return int(view.ics["fare"][standard])

    return price


def stated(entry: str) -> Price:
    """An entry of the ICS's fares."""
    return lambda view, _tap: int(view.ics["fare"][entry])


def not_passed(tap: SeenTap) -> str:
    """Why a tap was no good tap; empty when it was."""
    if tap.decision is not None and tap.outcome != "accepted":
        shown = f" with {tap.code}" if tap.code else ""
        reason = f" ({tap.decision['reason']})" if tap.decision.get("reason") else ""
        return f"{tap.name}: {tap.outcome or 'not accepted'}{shown}{reason}"
    if not tap.committed and not tap.decision:
        return f"{tap.name}: no transaction was committed"
    return ""


def _last(tap: SeenTap) -> int | None:
    return tap.calls[-1].index if tap.calls else None


def paid(standard: str, price: Price | None = None, roles: tuple[str, ...] = ("control",)) -> Judge:
    """Every such tap was accepted, with one transaction of this standard and this price."""
    cost = price or fare(standard)

    def judge(view: View) -> Judgement:
        found = of(view, *roles)
        if not found:
            return Unproven(f"the trace has no {standard} tap that is {' or '.join(roles)}")
        for tap in found:
            fault = _paid(view, tap, standard, cost)
            if fault is not None:
                return fault
        return None

    return judge


def _paid(view: View, tap: SeenTap, standard: str, cost: Price) -> Fault | None:
    problem = not_passed(tap)
    if problem:
        return Fault(f"a good card was not accepted: {problem}", _last(tap))
    if not tap.calls:
        return Fault(f"{tap.name}: accepted without a command to the card")
    if not len(tap.committed) == len(tap.commits) == 1:
        return Fault(
            f"{tap.name}: accepted with {len(tap.commits)} commits sent and"
            f" {len(tap.committed)} of them done, not one",
            _last(tap),
        )
    return _price(view, tap, tap.committed[0], standard, cost)


def _price(
    view: View, tap: SeenTap, tx: SeenTransaction, standard: str, cost: Price
) -> Fault | None:
    if tx.standard != standard:
        return Fault(
            f"{tap.name}: paid from {tx.standard or 'an unknown application'}, not {standard}",
            tx.init.index,
        )
    due = cost(view, tap)
    if due is not None and tx.amount != due:
        return Fault(
            f"{tap.name}: INITIALIZE asks for {tx.amount} fen, due are {due} fen",
            tx.init.index, f"{due:08X}", f"{tx.amount:08X}", 6,
        )  # fmt: skip
    said = None if tap.decision is None else tap.decision.get("amount")
    if said is not None and said != tx.amount:
        return Fault(f"{tap.name}: {tx.amount} fen were taken, {said} fen reported", tx.init.index)
    return None


def first_choice(view: View) -> Judgement:
    """Paid once, from the application that comes first in the ICS's order."""
    return paid(str(view.ics["applications"]["priority"][0]))(view)


# -- refusals --------------------------------------------------------------------------


def refused(
    why: str, *, before: str = "init", code: str = "", roles: tuple[str, ...] = ("mutant",)
) -> Judge:
    """Every such tap was refused before a step.

    Args:
        why: what is wrong with the card, for reasons.
        before: ``init`` (no INITIALIZE may be sent), ``debit`` (no DEBIT or CREDIT), or
            empty (the money may have moved on the card, it must not be accepted).
        code: that the terminal must show where its ICS claims codes.
        roles: of the taps.
    """

    def judge(view: View) -> Judgement:
        found = of(view, *roles) if marked(view) else ()
        if not found:
            return Unproven(f"the trace has no tap of a card that {why}")
        for tap in found:
            fault = _refused(view, tap, why, before, code)
            if fault is not None:
                return fault
        if not before and any(tap.decision is None for tap in found):
            return Unproven("the terminal did not report what it decided")
        return None

    return judge


def _refused(view: View, tap: SeenTap, why: str, before: str, code: str) -> Fault | None:
    inits = tap.calls_of(INS.INITIALIZE)
    if before == "init" and inits:
        return Fault(f"{tap.name}: INITIALIZE was sent to a card that {why}", inits[0].index)
    if before in ("init", "debit") and tap.commits:
        return Fault(f"{tap.name}: DEBIT was sent to a card that {why}", tap.commits[0].index)
    if tap.outcome == "accepted":
        return Fault(f"{tap.name}: a card that {why} was accepted", _last(tap))
    if before and tap.moved:
        return Fault(f"{tap.name}: a card that {why} lost {-tap.moved} fen", _last(tap))
    shown = view.ics["reports"]["codes"] and tap.decision is not None
    if code and shown and tap.code != code:
        return Fault(
            f"{tap.name}: shows {tap.code or 'no code'}, {code} belongs to a card that {why}",
            _last(tap), code, tap.code,
        )  # fmt: skip
    return None


def proven(mutant: Judge, why: str) -> Judge:
    """The mutant is judged, and both controls show that nothing else was the cause."""

    def judge(view: View) -> Judgement:
        controls, again = of(view, "control"), of(view, "again")
        if not (marked(view) and controls and again and of(view, "mutant")):
            return Unproven(f"the trace has no control, card that {why}, and control again")
        for tap in controls:
            if not_passed(tap):
                return Unproven(
                    f"the control was not accepted, so nothing is proven: {not_passed(tap)}"
                )
        found = mutant(view)
        if found is not None:
            return found
        for tap in again:
            if not_passed(tap):
                return Fault(
                    f"after a card that {why} a good one is not accepted: {not_passed(tap)}",
                    _last(tap),
                )
        return None

    return judge


def rejects(why: str, *, before: str = "init", code: str = "") -> Judge:
    """Control, refused mutant, control again."""
    return proven(refused(why, before=before, code=code), why)


def by_ics(section: str, entry: str, judges: dict[str, Judge]) -> Judge:
    """The judge that belongs to what the ICS says."""

    def judge(view: View) -> Judgement:
        return judges[str(view.ics[section][entry])](view)

    return judge


# -- finding things --------------------------------------------------------------------


def purchases(view: View, standard: str) -> list[tuple[SeenTap, SeenTransaction]]:
    """Transactions of a standard that got as far as their commit, in taps nobody spoilt."""
    return [
        (tap, tx)
        for tap in good(view)
        for tx in tap.transactions
        if tx.standard == standard and tx.commit is not None and tx.data is not None
    ]


def initialized(view: View, standard: str) -> list[tuple[SeenTap, Any]]:
    """INITIALIZE calls of a standard, answered or not, in taps nobody spoilt."""
    return [
        (tap, call)
        for tap in good(view)
        for call in tap.calls_of(INS.INITIALIZE)
        if call.standard == standard
    ]
