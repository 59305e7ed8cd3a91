"""From the checks to MAC2: what both standards do alike.

Money is judged twice: by GET BALANCE before INITIALIZE when the profile reads it, and by
the answer of INITIALIZE always. DEBIT is sent only after the journal holds the pending
entry.
"""

from __future__ import annotations

from typing import Final

from ykt_sim.codes import SW, Code, TransactionType
from ykt_sim.terminal import checks, commands, deviations, fares, lnt_flow, tunion_flow
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import SendCard, SendSam, WriteJournal
from ykt_sim.terminal.context import Context, Result
from ykt_sim.terminal.ending import settle
from ykt_sim.terminal.journal import Pending, encode
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

#: Status words of DEBIT or CREDIT after which nobody knows whether money moved.
UNCERTAIN: Final = frozenset((SW.MEMORY_FAILURE, SW.NO_DIAGNOSIS))


def judge(ctx: Context, _event: ev.Judge) -> Result:
    """All checks that need no balance, then the fare."""
    tap, setup = ctx.tap, ctx.setup
    refusal = checks.dates(tap.now[:8], tap.start, tap.expiry)
    if refusal is None and tap.standard == "tunion":
        refusal = checks.issuer(tap.issuer, tap.iin, setup.white, setup.issuers)
        if refusal is None and not setup.load and ctx.profile.reads.file_17:
            own = ctx.profile.interoperability.own
            if "own-cards-need-flag" in ctx.wrong:
                own = ()
            refusal = checks.interoperable(tap.flag, tap.issuer, own)
    if refusal is None and tap.card in setup.black:
        refusal = ev.Refuse(Code.BLACK_LISTED)
    if ctx.wrong:
        refusal = deviations.judged(ctx.wrong, refusal, tap.now[:8], tap.start, tap.expiry)
        own = ctx.profile.interoperability.own
        refusal = refusal or deviations.listed(ctx.wrong, tap.issuer, own, tap.card, setup.black)
    if refusal is not None:
        return refusal
    if not setup.load:
        if ctx.wrong:
            tap.entered = deviations.found(ctx.wrong, tap.entered, ctx.profile.direction)
        quote = fares.quote(ctx.profile, tap.standard, tap.entered, tap.month)
        if ctx.wrong:
            quote = _misquoted(ctx, quote)
        if isinstance(quote, ev.Refuse):
            return quote
        tap.quote = quote
    return next(tap.plan)


def _misquoted(ctx: Context, quote: fares.Quote | ev.Refuse) -> fares.Quote | ev.Refuse:
    tap, again = ctx.tap, ctx.last_card == ctx.tap.card
    ctx.last_card = tap.card
    return deviations.quoted(
        ctx.wrong,
        quote,
        standard=tap.standard,
        entered=tap.entered,
        exiting=ctx.profile.direction == "exit",
        maximum=ctx.profile.fare.maximum,
        again=again,
    )


def _enough(ctx: Context, available: int, *, zero: bool) -> ev.Refuse | None:
    need = ctx.quoted().need
    refusal = checks.balance(available, need, zero=zero)
    return deviations.afforded(ctx.wrong, refusal, available, need) if ctx.wrong else refusal


def ask_balance(_ctx: Context, _event: ev.WantBalance) -> Result:
    """GET BALANCE, actual."""
    return (SendCard(commands.BALANCE),)


def keep_balance(ctx: Context, event: ev.CardAnswered) -> Result:
    """Enough, or ask for the overdraft, or refuse."""
    tap = ctx.tap
    mask = -1 if "top-bit-kept" in ctx.wrong else checks.BALANCE_MASK
    tap.balance = Balance.parse(event.data).balance & mask
    if tap.balance < ctx.quoted().need and ctx.overdraft and tap.standard == "tunion":
        return ev.WantAvailable()
    return _enough(ctx, tap.balance, zero=tap.balance == 0) or next(tap.plan)


def without_balance(ctx: Context, event: ev.CardRefused) -> Result:
    """A card that does not tell its balance this way: INITIALIZE will."""
    return tunion_flow.optional_read(ctx, event)


def ask_available(_ctx: Context, _event: ev.WantAvailable) -> Result:
    """GET BALANCE, overdraft counted in."""
    return (SendCard(commands.AVAILABLE),)


def keep_available(ctx: Context, event: ev.CardAnswered) -> Result:
    """Judge with the overdraft."""
    tap = ctx.tap
    tap.available = Balance.parse(event.data).balance & checks.BALANCE_MASK
    return _enough(ctx, tap.available, zero=tap.balance == 0) or next(tap.plan)


def without_available(ctx: Context, _event: ev.CardRefused) -> Result:
    """No overdraft known: the actual balance decides."""
    balance = ctx.tap.balance or 0
    return _enough(ctx, balance, zero=balance == 0) or next(ctx.tap.plan)


def initialize(ctx: Context, _event: ev.Pay) -> Result:
    """INITIALIZE FOR (CAPP) PURCHASE."""
    kind = ctx.kind(ctx.tap.standard)
    amount = ctx.quoted().amount
    index, terminal = ctx.purchase.key_index, ctx.terminal
    if ctx.wrong:
        index = 0 if "key-index-zero" in ctx.wrong else index
        terminal = "0" * 12 if "terminal-number-zero" in ctx.wrong else terminal
    return (SendCard(commands.initialize(kind, index, amount, terminal)),)


def keep_init(ctx: Context, event: ev.CardAnswered) -> Result:
    """Balance and counter from the card's mouth; a card without enough money stops here."""
    tap = ctx.tap
    init = tap.init = InitializePurchaseAnswer.parse(event.data)
    available = init.balance & checks.BALANCE_MASK
    if "balance-two-bytes" in ctx.wrong:
        available &= 0xFFFF
    usable = available if ctx.overdraft else available - init.overdraft_limit
    tap.balance = available - init.overdraft_limit
    refusal = _enough(ctx, usable, zero=tap.balance <= 0)
    if refusal is not None:
        return refusal
    return ev.AskMac1() if ctx.sam_standard == tap.standard else ev.NeedSam()


def init_refused(ctx: Context, event: ev.CardRefused) -> Result:
    """INITIALIZE failed; 9401 is the balance."""
    if event.sw == SW.BALANCE_INSUFFICIENT:
        zero = ctx.tap.balance == 0
        return ev.Refuse(Code.ZERO_BALANCE if zero else Code.INSUFFICIENT_BALANCE, "9401", event.sw)
    return checks.card_error(event.sw, "INITIALIZE")


def select_sam(ctx: Context, _event: ev.NeedSam) -> Result:
    """Select the PSAM application of this tap's standard."""
    ctx.sam_standard = ""
    ctx.sam_open = b""
    return (SendSam(commands.SAM_SELECT[ctx.tap.standard]),)


def sam_selected(ctx: Context, _event: ev.SamAnswered) -> Result:
    """The PSAM is where it should be."""
    ctx.sam_standard = ctx.tap.standard
    return ev.AskMac1()


def ask_mac1(ctx: Context, _event: ev.AskMac1) -> Result:
    """Give the PSAM what goes under MAC1, with one or two levels of diversification."""
    tap = ctx.tap
    init = ctx.initialized()
    tunion = tap.standard == "tunion"
    tap.datetime = tap.now if tunion else lnt_flow.purchase_tail(ctx)
    if "clock-a-day-behind" in ctx.wrong:
        # Byte 3 of both forms: YYYYMMDDhhmmss, and fare, MMDD, hhmm, sub-type.
        day = int(tap.datetime[6:8]) - 1 or 28
        tap.datetime = f"{tap.datetime[:6]}{day:02d}{tap.datetime[8:]}"
    ctx.sam_open = b""
    data: SamPurchaseData1 | SamPurchaseData2
    if tunion:
        data = SamPurchaseData2(
            random=init.random,
            counter=init.counter,
            amount=ctx.quoted().amount,
            type=ctx.kind(tap.standard),
            datetime=tap.datetime,
            key_version=init.key_version,
            algorithm=init.algorithm,
            factor1=tap.factors[0],
            factor2=tap.factors[1],
        )
    else:
        data = SamPurchaseData1(
            random=init.random,
            counter=init.counter,
            amount=ctx.quoted().amount,
            type=ctx.kind(tap.standard),
            datetime=tap.datetime,
            key_version=init.key_version,
            algorithm=init.algorithm,
            factor1=tap.factors[0],
        )
    return (SendSam(commands.sam_mac1(data.build())),)


def keep_mac1(ctx: Context, event: ev.SamAnswered) -> Result:
    """MAC1 is there: cache updates first, if the purchase is composite."""
    tap = ctx.tap
    answer = SamPurchaseAnswer.parse(event.data)
    tap.serial = ctx.sam_open = answer.terminal_serial
    tap.mac1 = answer.mac1
    if ctx.wrong:
        ctx.first_serial = ctx.first_serial or tap.serial
        tap.serial = ctx.first_serial if "serial-repeated" in ctx.wrong else tap.serial
        tap.mac1 = bytes(4) if "mac1-zero" in ctx.wrong else tap.mac1
    composite = ctx.kind(tap.standard) == TransactionType.COMPOSITE_PURCHASE
    if composite and tap.standard == "tunion":
        tap.caches = tunion_flow.cache_updates(ctx, max(0, _after(ctx)))
        return ev.SendCache() if tap.caches else ev.SendDebit()
    return ev.SendDebit()


def _after(ctx: Context) -> int:
    return (ctx.tap.balance or 0) - ctx.quoted().amount


def send_cache(ctx: Context, _event: ev.SendCache) -> Result:
    """UPDATE CAPP DATA CACHE, one record."""
    command = ctx.tap.caches.pop()
    return (SendCard(b"\0" + command[1:] if "plain-update" in ctx.wrong else command),)


def cached(ctx: Context, _event: ev.CardAnswered) -> Result:
    """The next update, or DEBIT."""
    return ev.SendCache() if ctx.tap.caches else ev.SendDebit()


def cache_refused(_ctx: Context, event: ev.CardRefused) -> Result:
    """The card does not take an update: nothing has moved."""
    return checks.card_error(event.sw, "UPDATE CAPP DATA CACHE")


def send_debit(ctx: Context, _event: ev.SendDebit) -> Result:
    """Journal what may be about to happen, then DEBIT."""
    tap, profile = ctx.tap, ctx.profile
    init, quote = ctx.initialized(), ctx.quoted()
    record = ClearingRecord(
        sequence=ctx.sequence,
        kind="purchase",
        standard=tap.standard,
        card=tap.card,
        issuer=tap.issuer,
        iin=tap.iin,
        counter=init.counter,
        amount=quote.amount,
        fare=quote.fare,
        type=int(ctx.kind(tap.standard)),
        terminal=ctx.terminal,
        terminal_8=profile.sam.prefix + ctx.terminal,
        terminal_serial=tap.serial.hex().upper(),
        datetime=tap.datetime,
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
    data = DebitData(terminal_serial=tap.serial, datetime=tap.datetime, mac1=tap.mac1)
    p1 = 2 if "debit-p1-02" in ctx.wrong else 1
    command = SendCard(commands.debit(data.build(), p1))  # before anything is remembered
    return remember(ctx, record), command


def remember(ctx: Context, record: ClearingRecord) -> WriteJournal:
    """Make the pending entry of this tap."""
    ctx.sequence += 1
    if "one-pending-only" in ctx.wrong:
        ctx.pending.clear()
    pending = Pending(record)
    ctx.tap.pending = ctx.pending[pending.key] = pending
    return WriteJournal(encode(pending))


def keep_debit(ctx: Context, event: ev.CardAnswered) -> Result:
    """TAC and MAC2; the PSAM has the last word."""
    answer = DebitAnswer.parse(event.data)
    ctx.tap.tac = answer.tac
    ctx.tap.mac2 = answer.mac2
    return ev.CheckMac2()


def debit_refused(ctx: Context, event: ev.CardRefused) -> Result:
    """DEBIT was refused: nothing moved, unless the status word leaves it open."""
    if event.sw in UNCERTAIN:
        return ev.Refuse(Code.TORN, f"DEBIT: {event.sw:04X}", event.sw, retry=True)
    settle(ctx, ctx.awaited())
    if event.sw == SW.BALANCE_INSUFFICIENT:
        return ev.Refuse(Code.INSUFFICIENT_BALANCE, "9401", event.sw)
    return checks.card_error(event.sw, "DEBIT")


def check_mac2(ctx: Context, _event: ev.CheckMac2) -> Result:
    """Have the PSAM check MAC2; each 8070 is answered by one 8072 at most."""
    ctx.sam_open = b""
    return (SendSam(commands.sam_mac2(SamCheckData.pack(mac2=ctx.tap.mac2))),)
