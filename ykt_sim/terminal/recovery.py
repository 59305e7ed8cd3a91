"""After a torn tap: find out what happened, then accept once or charge once.

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

from typing import Final

from ykt_sim.codes import SW, Code, TransactionType
from ykt_sim.errors import WireError
from ykt_sim.terminal import checks, commands
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import SendCard
from ykt_sim.terminal.context import Context, Result
from ykt_sim.terminal.ending import settle
from ykt_sim.terminal.load_flow import wanted_pin
from ykt_sim.wire.files import TransactionRecord, is_empty
from ykt_sim.wire.purse import (
    InitializeLoadAnswer,
    InitializePurchaseAnswer,
    LoadAnswer,
    ProveAnswer,
)

#: Records of EF 18 looked through; T-Union keeps ten.
LOG_RECORDS: Final = 10


def ask_counter(ctx: Context, _event: ev.Recover) -> Result:
    """INITIALIZE with amount 0; it does not clear the stored proof (purse facts 0.2)."""
    tap = ctx.tap
    tap.pending = pending = ctx.pending[tap.standard, tap.card]
    kind = TransactionType(pending.record.type)
    load = ctx.profile.load
    key = ctx.purchase.key_index if load is None else load.key_index
    return (SendCard(commands.initialize(kind, key, 0, ctx.terminal)),)


def compare(ctx: Context, event: ev.CardAnswered) -> Result:
    """Compare the counter with the one before the torn transaction."""
    tap = ctx.tap
    record = ctx.awaited().record
    answer: InitializeLoadAnswer | InitializePurchaseAnswer
    if record.kind == "load":
        answer = InitializeLoadAnswer.parse(event.data)
    else:
        answer = InitializePurchaseAnswer.parse(event.data)
    if answer.counter == record.counter:
        if "torn-uncharged-accepted" in ctx.wrong:
            return ev.Proven()
        return _not_charged(ctx)
    if "proof-suffices" in ctx.wrong:
        tap.evidence_log = True
        return ev.AskProof()
    tap.one_ahead = answer.counter == record.counter + 1
    return ev.AskLog()


def counter_refused(ctx: Context, event: ev.CardRefused) -> Result:
    """No counter: ask for the PIN; a full counter can only stand one ahead."""
    if event.sw == SW.SECURITY and wanted_pin(ctx):
        return ev.SendPin()
    if event.sw == SW.COUNTER_AT_MAXIMUM:
        ctx.tap.one_ahead = True
        return ev.AskLog()
    return checks.card_error(event.sw, "INITIALIZE for recovery")


def _not_charged(ctx: Context) -> Result:
    settle(ctx, ctx.awaited())
    ctx.tap.pending = None
    return ev.NotCharged()


def resume(ctx: Context, _event: ev.NotCharged) -> Result:
    """Nothing happened then: go on as with any card."""
    return next(ctx.tap.plan)


def ask_proof(ctx: Context, _event: ev.AskProof) -> Result:
    """GET TRANSACTION PROVE with the counter after the transaction."""
    record = ctx.awaited().record
    return (SendCard(commands.prove(TransactionType(record.type), record.counter + 1)),)


def keep_proof(ctx: Context, event: ev.CardAnswered) -> Result:
    """MAC2 and TAC of the torn transaction; some cards give the TAC alone [tBus]."""
    tap = ctx.tap
    tap.recovering = True
    record = ctx.awaited().record
    if len(event.data) == LoadAnswer.SIZE:
        tap.tac = LoadAnswer.parse(event.data).tac
    else:
        proof = ProveAnswer.parse(event.data)
        tap.tac, tap.mac2 = proof.tac, proof.mac2
    if record.kind == "load":
        return ev.AskConfirm()
    if tap.mac2 and ctx.sam_open and ctx.sam_open.hex().upper() == record.terminal_serial:
        return ev.CheckMac2()
    return ev.Proven() if tap.evidence_log else _unclear()


def no_proof(ctx: Context, event: ev.CardRefused) -> Result:
    """The card keeps no proof: what its log says must do, if it says anything."""
    if event.sw in checks.BLOCKED:
        return checks.card_error(event.sw, "GET TRANSACTION PROVE")
    if not ctx.tap.evidence_log:
        return _unclear()
    ctx.tap.recovering = True
    return ev.Proven()


def ask_log(ctx: Context, _event: ev.AskLog) -> Result:
    """READ RECORD of EF 18, newest first."""
    ctx.tap.log_number += 1
    return (SendCard(commands.read_record(0x18, ctx.tap.log_number)),)


def search_log(ctx: Context, event: ev.CardAnswered) -> Result:
    """Is this the torn transaction? The log shows the counter AFTER it (purse facts 0.1)."""
    tap = ctx.tap
    record = ctx.awaited().record
    if is_empty(event.data):
        return _given_up(ctx)
    try:
        line = TransactionRecord.parse(event.data)
    except WireError:
        return _given_up(ctx)
    loads = (TransactionType.EP_LOAD, TransactionType.ED_LOAD)
    same_counter = (line.type in loads) == (record.kind == "load")
    if same_counter and line.counter == record.counter + 1:
        # Under Lingnan Tong the same seven bytes hold fare, date, time and sub-type.
        ours = (
            line.amount == record.amount
            and int(line.type) == record.type
            and line.terminal == record.terminal
            and line.date + line.time == record.datetime
        )
        if not ours or "log-ignored" in ctx.wrong:
            return _not_charged(ctx)
        tap.evidence_log = True
        if tap.one_ahead:
            return ev.AskProof()
        tap.recovering = True
        return ev.Proven()
    return ev.AskLog() if tap.log_number < LOG_RECORDS else _given_up(ctx)


def no_log(ctx: Context, _event: ev.CardRefused) -> Result:
    """The log ends here."""
    return _given_up(ctx)


def _given_up(ctx: Context) -> Result:
    """The log does not tell.

    One ahead, a proof may still be checked by the PSAM. Further on nobody can tell any
    more: the entry is closed as a dispute and this ride is charged.
    """
    pending = ctx.awaited()
    if ctx.tap.one_ahead:
        return ev.AskProof()
    settle(ctx, pending)
    ctx.tap.unresolved = pending
    ctx.tap.pending = None
    return ev.NotCharged()


def _unclear() -> Result:
    """The newest transaction may be ours: neither charge again nor let through."""
    return ev.Refuse(Code.TORN, "the card's last transaction cannot be told apart")


def pin_accepted(_ctx: Context, _event: ev.CardAnswered) -> Result:
    """The PIN is right: ask for the counter again."""
    return ev.Recover()


def pin_refused(_ctx: Context, event: ev.CardRefused) -> Result:
    """The PIN is wrong or blocked."""
    return ev.Refuse(Code.CARD_ERROR, f"VERIFY PIN: {event.sw:04X}", event.sw)
