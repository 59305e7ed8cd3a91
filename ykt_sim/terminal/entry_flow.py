"""From power-on to an entered application: PSAM number, PPSE, SELECT, reset.

A dual card that has answered SELECT PPSE hides PAY.* until reset [DUMP-reported], so
PAY.APPY is probed before PPSE or after a reset.
"""

from __future__ import annotations

from functools import lru_cache

from ykt_sim.codes import AID_TUNION_EP, Code, Standard
from ykt_sim.errors import UsageError, WireError
from ykt_sim.terminal import commands
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import ResetCard, SendCard, SendSam
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.journal import Key, Pending
from ykt_sim.terminal.tap import Tap
from ykt_sim.wire.tlv import Fci

_TUNION, _LNT = Standard.TUNION, Standard.LNT


def open_sam(ctx: TerminalContext, _event: ev.Started) -> Result:
    """Select the PSAM application of the first standard."""
    standard = ctx.setup.priority[0]
    ctx.sam_standard = standard
    ctx.sam_open = b""
    return (SendSam(commands.SAM_SELECT[standard]),)


def read_number(_ctx: TerminalContext, _event: ev.SamAnswered) -> Result:
    """Ask the PSAM for the terminal number."""
    return (SendSam(commands.SAM_READ_TERMINAL),)


def keep_number(ctx: TerminalContext, event: ev.SamAnswered) -> Result:
    """The terminal number goes under every MAC."""
    if len(event.data) != 6:
        raise WireError(f"PSAM file 16 has 6 bytes, got {len(event.data)}")
    ctx.terminal = event.data.hex().upper()
    return ()


def begin(ctx: TerminalContext, event: ev.CardPresented) -> Result:
    """A new tap: line up the ways in."""
    if len(event.now) != 14 or not event.now.isdecimal():
        raise UsageError(f"the terminal's clock wants 14 digits YYYYMMDDhhmmss, got {event.now!r}")
    tap = ctx.tap = Tap(event.now)
    tap.load.wanted = event.amount
    load = ctx.profile.load
    if load is not None and not load.minimum <= event.amount <= load.maximum:
        return ev.Refuse(Code.LOAD_LIMIT, f"{event.amount} fen")
    match ctx.profile.applications.entry:
        case "direct":
            tap.queue = [_directly(standard) for standard in reversed(ctx.setup.priority)]
        case "lnt-probe-first" if _LNT in ctx.setup.priority:
            tap.queue = [ev.TryPpse(), ev.TryBasic()]
        case _:
            tap.queue = [ev.TryPpse()]
    return tap.queue.pop()


def _directly(standard: Standard) -> ev.Signal:
    return ev.TryBasic() if standard == _LNT else ev.TryEp(AID_TUNION_EP)


def next_entry(ctx: TerminalContext, _event: ev.Event) -> Result:
    """The next way in, or none is left."""
    queue = ctx.tap.queue
    return queue.pop() if queue else ev.Refuse(Code.NO_APPLICATION)


def select_ppse(_ctx: TerminalContext, _event: ev.TryPpse) -> Result:
    """SELECT PPSE."""
    return (SendCard(commands.SELECT_PPSE),)


def reset_card(_ctx: TerminalContext, _event: ev.TryReset) -> Result:
    """Reset the card."""
    return (ResetCard(),)


def after_reset(ctx: TerminalContext, event: ev.CardReset) -> Result:
    """PAY.* can be selected again."""
    return next_entry(ctx, event)


def select_ep(ctx: TerminalContext, event: ev.TryEp) -> Result:
    """SELECT the T-Union purse."""
    ctx.tap.tunion.aid = event.aid
    return (SendCard(commands.select(event.aid)),)


def select_basic(_ctx: TerminalContext, _event: ev.TryBasic) -> Result:
    """SELECT PAY.APPY."""
    return (SendCard(commands.SELECT_BASIC),)


def follow_ppse(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Match the card's list with ours, by our priority."""
    listed = _listed(event.data)
    ways: list[ev.Signal] = []
    for standard in ctx.setup.priority:
        if standard == _TUNION:
            aid = ctx.rules.tunion_aid(listed)
            if aid is not None:
                ways.append(ev.TryEp(aid))
        elif not _probed(ctx):
            ways += ctx.rules.ways_to_basic()
    ctx.tap.queue = ways[::-1]
    return next_entry(ctx, event)


@lru_cache(maxsize=64)
def _listed(fci: bytes) -> tuple[bytes, ...]:
    """AIDs a directory lists; the same few answers come back all day."""
    return tuple(entry.aid for entry in Fci.parse(fci).entries)


def without_ppse(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """No PPSE: try our AIDs directly, as field validators do."""
    ways = [_directly(s) for s in ctx.setup.priority if s == _TUNION or not _probed(ctx)]
    ctx.tap.queue = ways[::-1]
    return next_entry(ctx, event)


def _probed(ctx: TerminalContext) -> bool:
    return ctx.profile.applications.entry == "lnt-probe-first"


def not_entered(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """SELECT failed: blocked ends the tap, absent goes on."""
    return ctx.rules.blocked(event.sw, "SELECT") or next_entry(ctx, event)


def torn_here(ctx: TerminalContext) -> Result | None:
    """Recovery, when a payment in the application entered was torn, or perhaps never shown."""
    tap = ctx.tap
    found = _open(ctx)
    key = tap.entered_standard(), tap.card
    if not ctx.rules.torn(found, *key):
        return None
    tap.pending = found[key]
    if key not in ctx.pending:
        tap.recovery.unshown = ctx.unshown[key]
    return ev.Recover()


def _open(ctx: TerminalContext) -> dict[Key, Pending]:
    """What waits for its card: torn transactions, and taps that are still to be shown."""
    now, wanted, window = ctx.tap.now, ctx.tap.load.wanted, ctx.profile.already_paid_s
    untold = {
        key: Pending(one.record)
        for key, one in ctx.unshown.items()
        if ctx.rules.shown_again(one, now, wanted, window)
    }
    return untold | ctx.pending


def torn_elsewhere(ctx: TerminalContext) -> Result | None:
    """The way to this card's other application when something of it waits there."""
    tap = ctx.tap
    standard, found = tap.entered_standard(), _open(ctx)
    if tap.recovery.looked_elsewhere or ctx.rules.torn(found, standard, tap.card):
        return None
    other = ctx.rules.torn_elsewhere(found, ctx.setup.priority, standard, tap.card)
    if other is None:
        return None
    # Once only, and back again when the card has no such application.
    tap.recovery.looked_elsewhere = True
    tap.queue = [_directly(standard), _directly(other)]
    return ev.TryReset()
