"""Nobody knows whether it happened: find out, then accept once or charge once.

A transaction is open when its answer was lost, and also when the card said that it refused
it: a status word is no proof, it may come from what stands between. Then the card is asked at
once. An accepted tap that was perhaps never shown before a restart is looked for in the same
way, before anybody is told that it was paid.

INITIALIZE with amount 0 shows the counter (purse facts 0.2, five production terminals):

* the counter of the torn transaction: nothing happened, charge as usual;
* one more: the newest record of EF 18 tells whether that one was ours or another
  terminal's. If ours, GET TRANSACTION PROVE with that AFTER number gives MAC2 and TAC. A
  proof alone would not do: it names neither terminal nor amount, so a ride paid elsewhere
  would pass for ours;
* further on: the card has been elsewhere since; the proof is gone, the log must tell.

How far a proof is trusted: while the PSAM still holds the session of the torn tap, it
checks MAC2 as always. When another card has come in between, the session is gone; then
the record says ``proof`` instead of ``mac2`` and the TAC, checked at clearing, must do.
One debit gives one accepted tap, however late the card returns.
"""

from __future__ import annotations

from ykt_sim.codes import SW, Code, TransactionType
from ykt_sim.errors import WireError
from ykt_sim.terminal import commands
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import SendCard
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.ending import settle
from ykt_sim.terminal.load_flow import wanted_pin
from ykt_sim.wire.files import TransactionRecord, is_empty
from ykt_sim.wire.purse import (
    InitializeLoadAnswer,
    InitializePurchaseAnswer,
    LoadAnswer,
    ProveAnswer,
)


def ask_counter(ctx: TerminalContext, _event: ev.Recover) -> Result:
    """INITIALIZE with amount 0; it does not clear the stored proof (purse facts 0.2)."""
    pending = ctx.awaited()
    ctx.tap.recovery.unresolved = pending.dispute
    kind = TransactionType(pending.record.type)
    load = ctx.profile.load
    key = ctx.purchase.key_index if load is None else load.key_index
    return (SendCard(commands.initialize(kind, key, 0, ctx.terminal)),)


def compare(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Compare the counter with the one before the torn transaction."""
    record = ctx.awaited().record
    answer: InitializeLoadAnswer | InitializePurchaseAnswer
    if record.kind == "load":
        answer = InitializeLoadAnswer.parse(event.data)
    else:
        answer = InitializePurchaseAnswer.parse(event.data)
    ctx.tap.recovery.one_ahead = answer.counter == ctx.rules.counter_after(record)
    return ctx.rules.by_counter(answer.counter, record)


def counter_refused(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """No counter: ask for the PIN; a full counter can only stand one ahead."""
    if event.sw == SW.SECURITY and wanted_pin(ctx):
        return ev.SendPin()
    if event.sw == SW.COUNTER_AT_MAXIMUM:
        ctx.tap.recovery.one_ahead = True
        return ev.AskLog()
    return ctx.rules.card_error(event.sw, "INITIALIZE for recovery")


def resume(ctx: TerminalContext, _event: ev.NotCharged) -> Result:
    """Nothing happened: the entry is over; go on as with any card, or say what was refused."""
    tap, found = ctx.tap, ctx.tap.recovery
    settle(ctx, ctx.awaited())
    tap.pending, tap.log_number, tap.purse.tac, tap.purse.mac2 = None, 0, b"", b""
    # Of what this tap is still to do nothing is known yet.
    found.unshown, found.completing = None, False
    found.one_ahead, found.in_log, found.forgotten = False, False, False
    return found.refusal or next(tap.plan)


def ask_proof(ctx: TerminalContext, _event: ev.AskProof) -> Result:
    """GET TRANSACTION PROVE with the counter after the transaction."""
    record = ctx.awaited().record
    after = ctx.rules.counter_after(record)
    return (SendCard(commands.prove(TransactionType(record.type), after)),)


def keep_proof(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """MAC2 and TAC of the torn transaction; some cards give the TAC alone [tBus]."""
    purse, found = ctx.tap.purse, ctx.tap.recovery
    found.completing = True
    record = ctx.awaited().record
    if len(event.data) == LoadAnswer.SIZE:
        purse.tac = LoadAnswer.parse(event.data).tac
    else:
        proof = ProveAnswer.parse(event.data)
        purse.tac, purse.mac2 = proof.tac, proof.mac2
    if found.unshown is not None:
        return ev.Proven() if ctx.rules.same_codes(purse.tac, record) else ev.NotCharged()
    if record.kind == "load":
        return ev.AskConfirm()
    if purse.mac2 and ctx.sam_open and ctx.sam_open.hex().upper() == record.terminal_serial:
        return ev.CheckMac2()
    return ev.Proven() if found.in_log else _unclear(ctx)


def no_proof(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """The card keeps no proof: what its log says must do, if it says anything."""
    blocked = ctx.rules.blocked(event.sw, "GET TRANSACTION PROVE")
    if blocked is not None or not ctx.tap.recovery.in_log:
        return blocked or _unclear(ctx)
    ctx.tap.recovery.completing = True
    return ev.Proven()


def ask_log(ctx: TerminalContext, _event: ev.AskLog) -> Result:
    """READ RECORD of EF 18, newest first."""
    ctx.tap.log_number += 1
    return (SendCard(commands.read_record(commands.LOG, ctx.tap.log_number)),)


def search_log(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Look whether this line is the torn transaction."""
    found, rules = ctx.tap.recovery, ctx.rules
    record = ctx.awaited().record
    try:
        line = None if is_empty(event.data) else TransactionRecord.parse(event.data)
    except WireError:
        line = None
    if line is None:
        return _given_up(ctx)
    if not rules.at_its_counter(line, record):
        if ctx.tap.log_number < commands.LOG_RECORDS:
            return ev.AskLog()
        found.forgotten = True
        return _given_up(ctx)
    if not rules.ours(line, record):
        return ev.NotCharged()
    found.in_log = True
    if found.one_ahead:
        return ev.AskProof()
    found.completing = True
    return ev.Proven()


def no_log(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """The log ends here; one that ends behind a record is full."""
    behind = event.sw == SW.RECORD_NOT_FOUND and ctx.tap.log_number > 1
    ctx.tap.recovery.forgotten = behind
    return _given_up(ctx)


def _given_up(ctx: TerminalContext) -> Result:
    """The log does not tell.

    One ahead, a proof may still be checked by the PSAM. Further on nobody can tell any more.
    """
    return ev.AskProof() if ctx.tap.recovery.one_ahead else _unresolved(ctx)


def _unresolved(ctx: TerminalContext) -> Result:
    """Nobody can tell any more: the entry is closed as a dispute, and this tap goes on.

    Only what was never shown is not owed to a card that cannot show it either.
    """
    if ctx.tap.recovery.unshown is None:
        ctx.tap.recovery.unresolved = ctx.awaited().record
    return ev.NotCharged()


def _unclear(ctx: TerminalContext) -> Result:
    """The newest transaction may be ours: neither charge again nor let through.

    But for a log that is full of newer ones: loads and purchases count apart and are logged
    together, so a load is forgotten after ten purchases and its counter is still the newest.
    """
    found = ctx.tap.recovery
    if found.unshown is not None or found.forgotten:
        return _unresolved(ctx)
    return ev.Refuse(Code.TORN, "the card's last transaction cannot be told apart")


def pin_accepted(_ctx: TerminalContext, _event: ev.CardAnswered) -> Result:
    """The PIN is right: ask for the counter again."""
    return ev.Recover()


def pin_refused(_ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """The PIN is wrong or blocked."""
    return ev.Refuse(Code.CARD_ERROR, f"VERIFY PIN: {event.sw:04X}", event.sw)
