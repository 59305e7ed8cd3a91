"""Loading money: the machine carries, the issuer's host calculates.

INITIALIZE FOR LOAD, MAC1 to the host, MAC2 and time from it, CREDIT FOR LOAD, TAC to the
host [GM 8.7]. A load torn at CREDIT is settled like a torn purchase, with type 02.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from ykt_sim.codes import SW, Code, LntSubType, TransactionType
from ykt_sim.profiles.terminals import Load
from ykt_sim.terminal import checks, commands, lnt_flow
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import AskAuthorization, AskConfirmation, SendCard
from ykt_sim.terminal.context import Context, Result
from ykt_sim.terminal.ending import settle
from ykt_sim.terminal.payment import UNCERTAIN, remember
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.purse import CreditData, InitializeLoadAnswer, LoadAnswer

_NO_SERIAL: Final = "00000000"


def _load(ctx: Context) -> Load:
    load = ctx.profile.load
    if load is None:
        raise RuntimeError("this terminal is no load point")
    return load


def wanted_pin(ctx: Context) -> bytes:
    """PIN bytes for this standard that were not sent yet; empty when there are none."""
    load, standard = ctx.profile.load, ctx.tap.standard
    if load is None or ctx.tap.pin_sent or "load-without-pin" in ctx.wrong:
        return b""
    return bytes.fromhex(next((pin for name, pin in load.pin.items() if name == standard), ""))


def initialize(ctx: Context, _event: ev.StartLoad) -> Result:
    """INITIALIZE FOR LOAD."""
    kind, key = TransactionType.EP_LOAD, _load(ctx).key_index
    amount = ctx.tap.wanted + ("load-amount-wrong" in ctx.wrong)
    return (SendCard(commands.initialize(kind, key, amount, ctx.terminal)),)


def init_refused(ctx: Context, event: ev.CardRefused) -> Result:
    """6982 may ask for the PIN."""
    if event.sw == SW.SECURITY and wanted_pin(ctx):
        return ev.SendPin()
    return checks.card_error(event.sw, "INITIALIZE FOR LOAD")


def send_pin(ctx: Context, _event: ev.SendPin) -> Result:
    """VERIFY PIN."""
    pin = wanted_pin(ctx)
    ctx.tap.pin_sent = True
    return (SendCard(commands.verify_pin(pin)),)


def pin_accepted(_ctx: Context, _event: ev.CardAnswered) -> Result:
    """Once more."""
    return ev.StartLoad()


def ask_host(ctx: Context, event: ev.CardAnswered) -> Result:
    """Give the host what the card said; it checks MAC1 and makes MAC2."""
    tap = ctx.tap
    tap.init_load = InitializeLoadAnswer.parse(event.data)
    tap.datetime = tap.now
    if tap.standard == "lnt":
        # The fare field of a load is not known; zero is project convention.
        tap.datetime = lnt_flow.tail(tap.now, 0, LntSubType.LOAD)
    return (
        AskAuthorization(
            standard=tap.standard,
            card=tap.card,
            issuer=tap.issuer,
            answer=event.data,
            amount=tap.wanted,
            terminal=ctx.terminal,
            datetime=tap.datetime,
        ),
    )


def send_credit(ctx: Context, event: ev.HostAnswered) -> Result:
    """Journal what may be about to happen, then CREDIT FOR LOAD."""
    tap, profile = ctx.tap, ctx.profile
    init = tap.init_load
    if init is None:
        raise RuntimeError("no INITIALIZE FOR LOAD was answered")
    tap.datetime = event.datetime
    tap.mac2 = event.mac2
    before = init.balance & checks.BALANCE_MASK
    record = ClearingRecord(
        sequence=ctx.sequence,
        kind="load",
        standard=tap.standard,
        card=tap.card,
        issuer=tap.issuer,
        iin=tap.iin,
        counter=init.counter,
        amount=tap.wanted,
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
        balance_after=before + tap.wanted,
        key_version=init.key_version,
        algorithm=init.algorithm,
    )
    data = CreditData(datetime=event.datetime, mac2=event.mac2)
    command = SendCard(commands.credit(data.build()))  # before anything is remembered
    return remember(ctx, record), command


def keep_credit(ctx: Context, event: ev.CardAnswered) -> Result:
    """The TAC."""
    ctx.tap.tac = LoadAnswer.parse(event.data).tac
    return ev.AskConfirm()


def credit_refused(ctx: Context, event: ev.CardRefused) -> Result:
    """CREDIT was refused: nothing moved, unless the status word leaves it open."""
    if event.sw in UNCERTAIN:
        return ev.Refuse(Code.TORN, f"CREDIT: {event.sw:04X}", event.sw, retry=True)
    settle(ctx, ctx.awaited())
    return checks.card_error(event.sw, "CREDIT FOR LOAD")


def ask_confirmation(ctx: Context, _event: ev.AskConfirm) -> Result:
    """Give the host the TAC."""
    record = ctx.awaited().record
    return (AskConfirmation(replace(record, tac=ctx.tap.tac.hex().upper())),)
