"""Loading money: the machine carries, the issuer's host calculates.

INITIALIZE FOR LOAD, MAC1 to the host, MAC2 and time from it, CREDIT FOR LOAD, TAC to the
host [GM 8.7]. A load torn at CREDIT is settled like a torn purchase, with type 02.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from ykt_sim.codes import SW, LntSubType, Standard, TransactionType
from ykt_sim.profiles.terminals import Load
from ykt_sim.terminal import commands
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import AskAuthorization, AskConfirmation, SendCard
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.payment import remember
from ykt_sim.terminal.rules.checks import BALANCE_MASK
from ykt_sim.terminal.rules.purchase import lnt_tail
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.purse import CreditData, InitializeLoadAnswer, LoadAnswer

_NO_SERIAL: Final = "00000000"


def _load(ctx: TerminalContext) -> Load:
    load = ctx.profile.load
    if load is None:
        raise RuntimeError("this terminal is no load point")
    return load


def wanted_pin(ctx: TerminalContext) -> bytes:
    """PIN bytes for this standard that were not sent yet; empty when there are none."""
    load, standard = ctx.profile.load, ctx.tap.standard
    if load is None or ctx.tap.load.pin_sent:
        return b""
    return bytes.fromhex(next((pin for name, pin in load.pin.items() if name == standard), ""))


def initialize(ctx: TerminalContext, _event: ev.StartLoad) -> Result:
    """INITIALIZE FOR LOAD."""
    kind, key = TransactionType.EP_LOAD, _load(ctx).key_index
    return (SendCard(commands.initialize(kind, key, ctx.tap.load.wanted, ctx.terminal)),)


def init_refused(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """6982 may ask for the PIN."""
    if event.sw == SW.SECURITY and wanted_pin(ctx):
        return ev.SendPin()
    return ctx.rules.card_error(event.sw, "INITIALIZE FOR LOAD")


def send_pin(ctx: TerminalContext, _event: ev.SendPin) -> Result:
    """VERIFY PIN."""
    pin = wanted_pin(ctx)
    ctx.tap.load.pin_sent = True
    return (SendCard(commands.verify_pin(pin)),)


def pin_accepted(_ctx: TerminalContext, _event: ev.CardAnswered) -> Result:
    """Once more."""
    return ev.StartLoad()


def ask_host(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Give the host what the card said; it checks MAC1 and makes MAC2."""
    tap = ctx.tap
    tap.load.init = InitializeLoadAnswer.parse(event.data)
    # The fare field of a Lingnan Tong load is not known; zero is project convention.
    lnt = tap.standard == Standard.LNT
    tap.purse.datetime = lnt_tail(tap.now, 0, LntSubType.LOAD) if lnt else tap.now
    return (
        AskAuthorization(
            standard=tap.entered_standard(),
            card=tap.card,
            issuer=tap.tunion.issuer,
            answer=event.data,
            amount=tap.load.wanted,
            terminal=ctx.terminal,
            datetime=tap.purse.datetime,
        ),
    )


def send_credit(ctx: TerminalContext, event: ev.HostAnswered) -> Result:
    """Journal what may be about to happen, then CREDIT FOR LOAD."""
    tap, profile = ctx.tap, ctx.profile
    init = tap.load.init
    if init is None:
        raise RuntimeError("no INITIALIZE FOR LOAD was answered")
    tap.purse.datetime = event.datetime
    tap.purse.mac2 = event.mac2
    before = init.balance & BALANCE_MASK
    record = ClearingRecord(
        sequence=ctx.sequence,
        kind="load",
        standard=tap.entered_standard(),
        card=tap.card,
        issuer=tap.tunion.issuer,
        iin=tap.tunion.iin,
        counter=init.counter,
        amount=tap.load.wanted,
        fare=0,
        type=int(TransactionType.EP_LOAD),
        terminal=ctx.terminal,
        terminal_8=profile.sam.prefix + ctx.terminal,
        terminal_serial=_NO_SERIAL,
        datetime=event.datetime,
        time=tap.now,
        city=profile.city,
        acquirer=profile.acquirer,
        line_station=profile.line_station,
        direction=profile.direction,
        balance_before=before,
        balance_after=before + tap.load.wanted,
        key_version=init.key_version,
        algorithm=init.algorithm,
    )
    data = CreditData(datetime=event.datetime, mac2=event.mac2)
    command = SendCard(commands.credit(data.build()))  # before anything is remembered
    return remember(ctx, record), command


def keep_credit(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """The TAC."""
    ctx.tap.purse.tac = LoadAnswer.parse(event.data).tac
    return ev.AskConfirm()


def credit_refused(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """CREDIT was refused, or so it is said: the card is asked, if need be with the PIN again."""
    tap = ctx.tap
    tap.recovery.refusal = ctx.rules.card_error(event.sw, "CREDIT FOR LOAD")
    tap.load.pin_sent, tap.log_number = False, 0
    return ev.Recover()


def ask_confirmation(ctx: TerminalContext, _event: ev.AskConfirm) -> Result:
    """Give the host the TAC."""
    record = ctx.awaited().record
    return (AskConfirmation(replace(record, tac=ctx.tap.purse.tac.hex().upper())),)
