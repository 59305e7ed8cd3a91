"""How a tap ends: one decision, one journal line, and what becomes of pending entries.

Every ending is built by `finish`; the acts here are the last rows of the table.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ykt_sim.codes import Code, code_text
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import Action, Finish, WriteJournal
from ykt_sim.terminal.context import TerminalContext
from ykt_sim.terminal.journal import Pending, Shown, TapEnd, encode
from ykt_sim.wire.decision import ClearingRecord, Decision, Evidence, Outcome, mask

Actions = tuple[Action, ...]


def finish(
    ctx: TerminalContext,
    outcome: Outcome,
    code: str = "",
    detail: str = "",
    *,
    record: ClearingRecord | None = None,
    disputed: bool = False,
    already: bool = False,
) -> Actions:
    """End the tap.

    Args:
        ctx: the terminal.
        outcome: accepted, refused or retry.
        code: `Code`, empty when accepted.
        detail: more words for the reason.
        record: the transaction, when accepted or disputed.
        disputed: the record goes to the dispute side, not to clearing.
        already: the record went to clearing with an earlier tap.
    """
    tap = ctx.tap
    accepted = record if outcome == "accepted" else None
    tap.shows = accepted.sequence if accepted is not None else 0
    moved = None if already else accepted
    reason = code_text(code) if code else ""
    before = tap.balance if record is None or already else record.balance_before
    decision = Decision(
        outcome=outcome,
        amount=moved.amount if moved is not None else 0,
        code=code,
        reason=": ".join(filter(None, (reason, detail))),
        application=tap.standard or "",
        balance_before=before,
        balance_after=moved.balance_after if moved is not None else before,
        card=mask(tap.card),
        time=tap.now,
        terminal=ctx.terminal,
        direction=ctx.profile.direction,
        counter=record.counter if record is not None else None,
        recovered=moved is not None and tap.recovery.completing and tap.recovery.refusal is None,
        disputed=disputed,
        already=already,
    )
    clearing = moved if moved is not None and moved.amount else None
    dispute = record if disputed else tap.recovery.unresolved
    end = TapEnd(decision, clearing, dispute, tap.settles, tap.shows)
    _reported(ctx, dispute)
    return WriteJournal(encode(end)), Finish(decision, clearing, dispute)


def _reported(ctx: TerminalContext, dispute: ClearingRecord | None) -> None:
    """What this tap reports, its pending entry need not keep."""
    pending = ctx.tap.pending
    if pending is None or dispute is None or pending.dispute != dispute:
        return
    if ctx.pending.get(pending.key) is pending:
        ctx.pending[pending.key] = msgspec.structs.replace(pending, dispute=None)


def told(ctx: TerminalContext, _event: ev.Told) -> Actions:
    """The passenger knows; only what let a card through is noted."""
    number, ctx.tap.shows = ctx.tap.shows, 0
    return (WriteJournal(encode(Shown(number))),) if number else ()


def settle(ctx: TerminalContext, pending: Pending) -> None:
    """A pending entry is over with this tap."""
    ctx.tap.settles += (pending.record.sequence,)
    if ctx.pending.get(pending.key) is pending:
        del ctx.pending[pending.key]


def refused(ctx: TerminalContext, event: ev.Refuse) -> Actions:
    """The tap ends without money."""
    if _unproved(ctx):
        return torn(ctx, event)
    return finish(ctx, "retry" if event.retry else "refused", event.code, event.detail)


def _unproved(ctx: TerminalContext) -> bool:
    """The card said that it refused this tap's transaction, and could not be asked."""
    return ctx.tap.recovery.refusal is not None and ctx.tap.pending is not None


def malformed(ctx: TerminalContext, event: ev.Malformed) -> Actions:
    """The card's data do not fit."""
    if _unproved(ctx):
        return torn(ctx, event)
    return finish(ctx, "refused", Code.MALFORMED, event.message)


def lost(ctx: TerminalContext, event: ev.Event) -> Actions:
    """The card left before money could move."""
    if _unproved(ctx):
        return torn(ctx, event)
    return finish(ctx, "retry", Code.REMOVED, _how(event))


def torn(ctx: TerminalContext, event: ev.Event) -> Actions:
    """DEBIT or CREDIT was sent and its answer never came, cannot be read or is not believed.

    The pending entry stays; the same card settles it.
    """
    refusal = ctx.tap.recovery.refusal
    said = refusal.detail if refusal is not None else ""
    return finish(ctx, "retry", Code.TORN, ", then ".join(filter(None, (said, _how(event)))))


def sam_failed(ctx: TerminalContext, event: Any) -> Actions:
    """The PSAM does not help, and no money has moved."""
    ctx.sam_standard = None
    ctx.sam_open = b""
    return finish(ctx, "refused", Code.SAM_ERROR, _how(event))


def host_failed(ctx: TerminalContext, event: Any) -> Actions:
    """The issuer's host does not allow the load."""
    return finish(ctx, "refused", Code.HOST_REFUSED, _how(event))


def unconfirmed(ctx: TerminalContext, event: ev.Event) -> Actions:
    """The card was loaded, the host is silent: the entry stays for the card's return."""
    return finish(ctx, "retry", Code.TORN, f"host: {_how(event)}")


def mac2_checked(ctx: TerminalContext, _event: ev.SamAnswered) -> Actions:
    """The PSAM vouches for the card: accepted."""
    return accept(ctx, "mac2")


def mac2_failed(ctx: TerminalContext, event: ev.SamRefused) -> Actions:
    """MAC2 is wrong (9302), or the PSAM could not say.

    When a recovery finds the PSAM's session gone, the card's proof has to do: only the
    TAC in the clearing record vouches for it.
    """
    if event.sw == 0x9302:
        return _dispute(ctx, Code.MAC2_WRONG)
    if ctx.tap.recovery.completing and ctx.tap.recovery.in_log:
        return accept(ctx, "proof")
    return finish(ctx, "retry", Code.SAM_ERROR, f"MAC2 not checked: {event.sw:04X}")


def mac2_unknown(ctx: TerminalContext, event: ev.Event) -> Actions:
    """The PSAM fell silent over MAC2: the entry stays for the card's return."""
    return finish(ctx, "retry", Code.SAM_ERROR, f"MAC2 not checked: {_how(event)}")


def proven(ctx: TerminalContext, _event: ev.Proven) -> Actions:
    """The transaction did happen: accepted without a second debit."""
    tap = ctx.tap
    unshown = tap.recovery.unshown
    if unshown is not None:
        del ctx.unshown[tap.entered_standard(), tap.card]
        detail = f"paid already at {unshown.time}"
        return finish(ctx, "accepted", detail=detail, record=unshown.record, already=True)
    return accept(ctx, "proof" if tap.purse.tac else "log")


def load_confirmed(ctx: TerminalContext, _event: ev.HostConfirmed) -> Actions:
    """The host has checked the TAC of a load."""
    return accept(ctx, "host")


def load_disputed(ctx: TerminalContext, event: ev.HostRefused) -> Actions:
    """The card was loaded, but its TAC is wrong."""
    return _dispute(ctx, Code.HOST_REFUSED, event.reason)


def accept(ctx: TerminalContext, evidence: Evidence) -> Actions:
    """Accept with the record of the pending entry and the card's codes."""
    return finish(ctx, "accepted", record=_complete(ctx, evidence))


def _dispute(ctx: TerminalContext, code: Code, detail: str = "") -> Actions:
    return finish(ctx, "refused", code, detail, record=_complete(ctx, "none"), disputed=True)


def _complete(ctx: TerminalContext, evidence: Evidence) -> ClearingRecord:
    purse = ctx.tap.purse
    pending = ctx.awaited()
    settle(ctx, pending)
    return msgspec.structs.replace(
        pending.record,
        tac=purse.tac.hex().upper(),
        mac2=purse.mac2.hex().upper(),
        evidence=evidence,
    )


def out_of_service(ctx: TerminalContext, _event: ev.CardPresented) -> Actions:
    """A card at a terminal without PSAM."""
    return finish(ctx, "refused", Code.OUT_OF_SERVICE)


def nothing(_ctx: TerminalContext, _event: ev.Event) -> Actions:
    """Nothing to do."""
    return ()


def _how(event: ev.Event) -> str:
    match event:
        case ev.CardRemoved():
            return "removed"
        case ev.TimedOut():
            return "no answer in time"
        case ev.SamRefused(sw=sw) | ev.CardRefused(sw=sw):
            return f"{sw:04X}"
        case ev.Malformed(message=text) | ev.HostRefused(reason=text) | ev.Refuse(detail=text):
            return text
        case _:
            return type(event).__name__
