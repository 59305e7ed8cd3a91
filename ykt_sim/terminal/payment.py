"""From the checks to MAC2: what both standards do alike.

Money is judged twice: by GET BALANCE before INITIALIZE when the profile reads it, and by
the answer of INITIALIZE always. DEBIT is sent only after the journal holds the pending
entry.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import SW, Code, Standard, TransactionType
from ykt_sim.terminal import commands, tunion_flow
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import SendCard, SendSam, WriteJournal
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.journal import Pending, encode
from ykt_sim.terminal.rules.checks import BALANCE_MASK
from ykt_sim.terminal.tap import Quote
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.purse import (
    Balance,
    DebitAnswer,
    DebitData,
    InitializePurchaseAnswer,
    SamCheckData,
    SamPurchaseAnswer,
    SamPurchaseData1,
    SamPurchaseData2,
)

_TUNION: Final = Standard.TUNION


def judge(ctx: TerminalContext, _event: ev.Judge) -> Result:
    """All checks that need no balance, then the fare."""
    rules, tap, today = ctx.rules, ctx.tap, ctx.tap.now[:8]
    refusal = (
        rules.real_dates(tap.start, tap.expiry)
        or rules.begun(today, tap.start)
        or rules.unexpired(rules.last_day(today, _begun(ctx)), tap.expiry)
        or (_tunion_lists(ctx) if tap.standard == _TUNION else None)
        or rules.unlisted(tap.card, ctx.setup.black)
    )
    if refusal is not None:
        return refusal
    if not ctx.setup.load:
        quote = rules.quote(ctx.profile, tap)
        if not isinstance(quote, Quote):
            return quote
        tap.quote = quote
    return next(tap.plan)


def _begun(ctx: TerminalContext) -> str:
    """When the ride was begun that this tap ends, if its card may have expired meanwhile."""
    profile, entered = ctx.profile, ctx.tap.entered
    lets_out = profile.direction == "exit" and profile.ride.expired_inside == "let-out"
    return entered.day if entered is not None and lets_out else ""


def _tunion_lists(ctx: TerminalContext) -> ev.Refuse | None:
    rules, setup, tunion = ctx.rules, ctx.setup, ctx.tap.tunion
    refusal = rules.known_issuer(tunion.issuer, setup.issuers) or rules.issuer_has_iin(
        tunion.issuer, tunion.iin, setup.white
    )
    if refusal is not None or setup.load or not ctx.profile.reads.file_17:
        return refusal
    return rules.interoperable(tunion.flag, tunion.issuer, ctx.profile.interoperability.own)


def _enough(ctx: TerminalContext, available: int, *, zero: bool) -> ev.Refuse | None:
    return ctx.rules.enough(available, ctx.quoted().need, zero=zero)


def ask_balance(_ctx: TerminalContext, _event: ev.WantBalance) -> Result:
    """GET BALANCE, actual."""
    return (SendCard(commands.BALANCE),)


def keep_balance(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Enough, or ask for the overdraft, or refuse."""
    tap = ctx.tap
    tap.balance = ctx.rules.told(Balance.parse(event.data).balance)
    if tap.balance < ctx.quoted().need and ctx.overdraft and tap.standard == _TUNION:
        return ev.WantAvailable()
    return _enough(ctx, tap.balance, zero=tap.balance == 0) or next(tap.plan)


def without_balance(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """A card that does not tell its balance this way: INITIALIZE will."""
    return tunion_flow.optional_read(ctx, event)


def ask_available(_ctx: TerminalContext, _event: ev.WantAvailable) -> Result:
    """GET BALANCE, overdraft counted in."""
    return (SendCard(commands.AVAILABLE),)


def keep_available(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Judge with the overdraft."""
    tap = ctx.tap
    available = ctx.rules.told(Balance.parse(event.data).balance)
    return _enough(ctx, available, zero=tap.balance == 0) or next(tap.plan)


def without_available(ctx: TerminalContext, _event: ev.CardRefused) -> Result:
    """No overdraft known: the actual balance decides."""
    balance = ctx.tap.balance or 0
    return _enough(ctx, balance, zero=balance == 0) or next(ctx.tap.plan)


def initialize(ctx: TerminalContext, _event: ev.Pay) -> Result:
    """INITIALIZE FOR (CAPP) PURCHASE."""
    kind = ctx.kind(ctx.tap.entered_standard())
    amount = ctx.quoted().amount
    index = ctx.purchase.key_index
    return (SendCard(commands.initialize(kind, index, amount, ctx.terminal)),)


def keep_init(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Balance and counter from the card's mouth; a card without enough money stops here."""
    tap = ctx.tap
    init = tap.purse.init = InitializePurchaseAnswer.parse(event.data)
    available = init.balance & BALANCE_MASK
    usable = available if ctx.overdraft else available - init.overdraft_limit
    tap.balance = available - init.overdraft_limit
    refusal = _enough(ctx, usable, zero=tap.balance <= 0)
    if refusal is not None:
        return refusal
    return ev.AskMac1() if ctx.sam_standard == tap.standard else ev.NeedSam()


def init_refused(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """INITIALIZE failed; 9401 is the balance."""
    if event.sw == SW.BALANCE_INSUFFICIENT:
        zero = ctx.tap.balance == 0
        return ev.Refuse(Code.ZERO_BALANCE if zero else Code.INSUFFICIENT_BALANCE, "9401", event.sw)
    return ctx.rules.card_error(event.sw, "INITIALIZE")


def select_sam(ctx: TerminalContext, _event: ev.NeedSam) -> Result:
    """Select the PSAM application of this tap's standard."""
    ctx.sam_standard = None
    ctx.sam_open = b""
    return (SendSam(commands.SAM_SELECT[ctx.tap.entered_standard()]),)


def sam_selected(ctx: TerminalContext, _event: ev.SamAnswered) -> Result:
    """The PSAM is where it should be."""
    ctx.sam_standard = ctx.tap.standard
    return ev.AskMac1()


def ask_mac1(ctx: TerminalContext, _event: ev.AskMac1) -> Result:
    """Give the PSAM what goes under MAC1, with one or two levels of diversification."""
    tap = ctx.tap
    init = ctx.initialized()
    datetime = tap.purse.datetime = ctx.rules.debit_time(ctx.profile, tap, ctx.quoted())
    ctx.sam_open = b""
    amount, kind = ctx.quoted().amount, ctx.kind(tap.entered_standard())
    if tap.standard == _TUNION:
        data = SamPurchaseData2.pack(
            random=init.random,
            counter=init.counter,
            amount=amount,
            type=kind,
            datetime=datetime,
            key_version=init.key_version,
            algorithm=init.algorithm,
            factor1=tap.factors[0],
            factor2=tap.factors[1],
        )
    else:
        data = SamPurchaseData1.pack(
            random=init.random,
            counter=init.counter,
            amount=amount,
            type=kind,
            datetime=datetime,
            key_version=init.key_version,
            algorithm=init.algorithm,
            factor1=tap.factors[0],
        )
    return (SendSam(commands.sam_mac1(data)),)


def keep_mac1(ctx: TerminalContext, event: ev.SamAnswered) -> Result:
    """MAC1 is there: cache updates first, if the purchase is composite."""
    tap = ctx.tap
    answer = SamPurchaseAnswer.parse(event.data)
    tap.purse.serial = ctx.sam_open = answer.terminal_serial
    tap.purse.mac1 = answer.mac1
    composite = ctx.kind(tap.entered_standard()) == TransactionType.COMPOSITE_PURCHASE
    if composite and tap.standard == _TUNION:
        tap.tunion.caches = tunion_flow.cache_updates(ctx, max(0, _after(ctx)))
        return ev.SendCache()
    return ev.SendDebit()


def _after(ctx: TerminalContext) -> int:
    return (ctx.tap.balance or 0) - ctx.quoted().amount


def send_cache(ctx: TerminalContext, _event: ev.SendCache) -> Result:
    """UPDATE CAPP DATA CACHE, one record."""
    return (SendCard(ctx.tap.tunion.caches.pop()),)


def cached(ctx: TerminalContext, _event: ev.CardAnswered) -> Result:
    """The next update, or DEBIT."""
    return ev.SendCache() if ctx.tap.tunion.caches else ev.SendDebit()


def cache_refused(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """The card does not take an update: nothing has moved."""
    return ctx.rules.card_error(event.sw, "UPDATE CAPP DATA CACHE")


def send_debit(ctx: TerminalContext, _event: ev.SendDebit) -> Result:
    """Journal what may be about to happen, then DEBIT."""
    tap, profile, purse = ctx.tap, ctx.profile, ctx.tap.purse
    init, quote = ctx.initialized(), ctx.quoted()
    record = ClearingRecord(
        sequence=ctx.sequence,
        kind="purchase",
        standard=tap.entered_standard(),
        card=tap.card,
        issuer=tap.tunion.issuer,
        iin=tap.tunion.iin,
        counter=init.counter,
        amount=quote.amount,
        fare=quote.fare,
        type=int(ctx.kind(tap.entered_standard())),
        terminal=ctx.terminal,
        terminal_8=profile.sam.prefix + ctx.terminal,
        terminal_serial=purse.serial.hex().upper(),
        datetime=purse.datetime,
        time=tap.now,
        city=profile.city,
        acquirer=profile.acquirer,
        line_station=profile.line_station,
        direction=profile.direction,
        balance_before=tap.balance or 0,
        balance_after=_after(ctx),
        key_version=init.key_version,
        algorithm=init.algorithm,
    )
    data = DebitData.pack(terminal_serial=purse.serial, datetime=purse.datetime, mac1=purse.mac1)
    command = SendCard(commands.debit(data))  # before anything is remembered
    return remember(ctx, record), command


def remember(ctx: TerminalContext, record: ClearingRecord) -> WriteJournal:
    """Make the pending entry of this tap."""
    ctx.sequence += 1
    tap = ctx.tap
    pending = Pending(record, tap.settles, tap.recovery.unresolved)
    tap.pending = ctx.pending[pending.key] = pending
    ctx.unshown.pop(pending.key, None)
    return WriteJournal(encode(pending))


def keep_debit(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """TAC and MAC2; the PSAM has the last word."""
    answer = DebitAnswer.parse(event.data)
    ctx.tap.purse.tac = answer.tac
    ctx.tap.purse.mac2 = answer.mac2
    return ev.CheckMac2()


def debit_refused(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """DEBIT was refused, or so it is said: the card is asked."""
    if event.sw == SW.BALANCE_INSUFFICIENT:
        refusal = ev.Refuse(Code.INSUFFICIENT_BALANCE, "9401", event.sw)
    else:
        refusal = ctx.rules.card_error(event.sw, "DEBIT")
    ctx.tap.recovery.refusal, ctx.tap.log_number = refusal, 0
    return ev.Recover()


def check_mac2(ctx: TerminalContext, _event: ev.CheckMac2) -> Result:
    """Have the PSAM check MAC2; each 8070 is answered by one 8072 at most."""
    ctx.sam_open = b""
    return (SendSam(commands.sam_mac2(SamCheckData.pack(mac2=ctx.tap.purse.mac2))),)
