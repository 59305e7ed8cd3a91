"""Lingnan Tong: PAY.APPY for the card's data, PAY.TICL for its money.

The wallet speaks the same purse commands; what differs is the seven date and time bytes,
in which a Lingnan Tong terminal sends fare, month, day, hour, minute and a sub-type
[INF, strong]. Where a ride began is told by the wallet's log: sub-type 11 and the terminal
number of a known entry gate [DUMP for the metro; on buses our convention]. The newest record
will not do: a load or a purchase inside comes after it.
"""

from __future__ import annotations

from ykt_sim.codes import LntSubType, Standard
from ykt_sim.terminal import commands
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import SendCard
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.entry_flow import torn_elsewhere, torn_here
from ykt_sim.terminal.rules.fares import station_by_terminal
from ykt_sim.terminal.tap import Entered
from ykt_sim.wire.applications import LntFile
from ykt_sim.wire.files import (
    LntApplication,
    LntStatistics,
    LntTransactionRecord,
    is_empty,
)

_LNT = Standard.LNT


def enter(ctx: TerminalContext, _event: ev.CardAnswered) -> Result:
    """PAY.APPY is there."""
    ctx.tap.standard = _LNT
    ctx.tap.plan = iter(ctx.setup.plans[_LNT])
    return ev.WantLnt15()


def ask_15(_ctx: TerminalContext, _event: ev.WantLnt15) -> Result:
    """READ BINARY of EF 15, the 70 bytes that all cards share."""
    return (SendCard(commands.READ_LNT_15),)


def keep_15(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Who the card is."""
    tap = ctx.tap
    who = LntApplication.parse(ctx.rules.lnt_application(event.data))
    tap.card = who.card_number
    tap.start = who.start_date
    tap.expiry = who.expiry_date
    tap.factors = (bytes.fromhex(who.card_number),)
    return torn_elsewhere(ctx) or next(tap.plan)


def ask_08(_ctx: TerminalContext, _event: ev.WantLnt08) -> Result:
    """READ RECORD 1 of EF 08."""
    return (SendCard(commands.READ_LNT_08),)


def keep_08(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Rides and sums of the month."""
    tap = ctx.tap
    if len(event.data) == LntStatistics.SIZE:
        record = LntStatistics.parse(event.data)
        same = (record.year, record.month) == (tap.now[2:4], tap.now[4:6])
        tap.month = record.sum_2 if same else 0
    return next(tap.plan)


def select_wallet(_ctx: TerminalContext, _event: ev.WantWallet) -> Result:
    """SELECT PAY.TICL."""
    return (SendCard(commands.SELECT_WALLET),)


def enter_wallet(ctx: TerminalContext, _event: ev.CardAnswered) -> Result:
    """In the wallet; a torn payment of this card comes first."""
    return torn_here(ctx) or next(ctx.tap.plan)


def no_wallet(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """PAY.TICL cannot be selected."""
    return ctx.rules.card_error(event.sw, "SELECT PAY.TICL")


def ask_18(ctx: TerminalContext, _event: ev.WantLnt18) -> Result:
    """READ RECORD of the wallet's EF 18, newest first."""
    ctx.tap.log_number += 1
    return (SendCard(commands.read_record(LntFile.LOG, ctx.tap.log_number)),)


def keep_18(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """An open ride, if the newest record of a ride is an entry at one of our gates."""
    tap, profile = ctx.tap, ctx.profile
    if profile.purchase.lnt_sub_type != "ride" or is_empty(event.data):
        return next(tap.plan)
    line = LntTransactionRecord.parse(event.data)
    station = station_by_terminal(profile, line.terminal)
    if ctx.rules.tells_ride(line, ours=station is not None):
        if station is not None and line.sub_type == LntSubType.METRO_ENTRY:
            tap.entered = Entered(station, profile.fare.maximum, line.month_day)
        return next(tap.plan)
    # An entry gate that begins anew whatever was before need not look any further.
    wanted = profile.direction == "exit" or profile.ride.entry_inside != "allow"
    return ev.WantLnt18() if wanted and tap.log_number < commands.LOG_RECORDS else next(tap.plan)
