"""The T-Union purse: what is read, what is written with the debit.

Order of reads and layout of writes: validators' code and laboratory pages (cards facts
3.7-3.11).
"""

from __future__ import annotations

from ykt_sim.codes import BusState, Direction, RideState, Standard
from ykt_sim.terminal import commands
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.actions import SendCard
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.entry_flow import torn_elsewhere, torn_here
from ykt_sim.terminal.rules.checks import INTEROPERABLE
from ykt_sim.terminal.rules.fares import station_by_code
from ykt_sim.terminal.tap import Entered
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import (
    BUS_RECORD_ID,
    RAIL_RECORD_ID,
    BusRecord,
    MonthlyStatistics,
    RailRecord,
    TripRecord,
    TunionApplication,
    TunionCardInfo,
    is_empty,
)

_STATISTICS_LIMIT = 0xFFFF

_TUNION = Standard.TUNION
_STATISTICS, _TRIPS, _INDUSTRY = TunionFile.STATISTICS, TunionFile.TRIPS, TunionFile.INDUSTRY


def enter(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """SELECT succeeded: the FCI shows EF 15, unless the profile wants to read it."""
    tap = ctx.tap
    tap.standard = _TUNION
    tap.plan = iter(ctx.setup.plans[_TUNION])
    if ctx.profile.reads.file_15:
        return ev.Want15()
    data = ctx.rules.application_in_fci(event.data)
    if data is None or len(data) < TunionApplication.SIZE:
        return ev.Want15()
    return _identify(ctx, data)


def ask_15(_ctx: TerminalContext, _event: ev.Want15) -> Result:
    """READ BINARY of EF 15."""
    return (SendCard(commands.READ_15),)


def keep_15(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Who the card is."""
    return _identify(ctx, event.data)


def _identify(ctx: TerminalContext, data: bytes) -> Result:
    tap = ctx.tap
    # A longer 9F0C exists [CODE]; the first 30 bytes are the same.
    who = TunionApplication.parse(data[: TunionApplication.SIZE])
    tap.card = who.pan[1:]
    tap.tunion.issuer = who.issuer[:8]
    tap.tunion.iin = tap.card[:8]
    tap.start = who.start_date
    tap.expiry = who.expiry_date
    tap.factors = (bytes.fromhex(who.pan[4:]), bytes.fromhex(who.issuer))
    return torn_here(ctx) or torn_elsewhere(ctx) or next(tap.plan)


def ask_17(_ctx: TerminalContext, _event: ev.Want17) -> Result:
    """READ BINARY of EF 17."""
    return (SendCard(commands.READ_17),)


def keep_17(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """The interoperability flag; shorter files are read as far as they go."""
    tap, size = ctx.tap, TunionCardInfo.SIZE
    info = TunionCardInfo.parse(event.data.ljust(size, b"\x00")[:size])
    tap.tunion.flag = info.interoperability
    return next(tap.plan)


def without_17(ctx: TerminalContext, _event: ev.CardRefused) -> Result:
    """EF 17 cannot be read: the profile says what then."""
    tap = ctx.tap
    policy = ctx.profile.interoperability
    if policy.fallback == "accept":
        tap.tunion.flag = INTEROPERABLE
    elif policy.fallback == "ecash" and tap.tunion.issuer not in policy.own:
        return ev.WantEc()
    return next(tap.plan)


def select_ec(_ctx: TerminalContext, _event: ev.WantEc) -> Result:
    """SELECT the e-cash, whose FCI holds DF11."""
    return (SendCard(commands.SELECT_EC),)


def keep_ec(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """The flag in DF11, then back to the purse."""
    ctx.tap.tunion.flag = ctx.rules.flag_in_ecash(event.data)
    return ev.WantEp()


def without_ec(_ctx: TerminalContext, _event: ev.CardRefused) -> Result:
    """No e-cash: back to the purse without a flag."""
    return ev.WantEp()


def return_ep(ctx: TerminalContext, _event: ev.WantEp) -> Result:
    """SELECT the purse again."""
    return (SendCard(commands.select(ctx.tap.tunion.aid)),)


def go_on(ctx: TerminalContext, _event: ev.Event) -> Result:
    """Nothing to keep from this answer."""
    return next(ctx.tap.plan)


def ask_19(_ctx: TerminalContext, _event: ev.Want19) -> Result:
    """READ RECORD 1 of EF 19."""
    return (SendCard(commands.READ_19),)


def keep_19(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """Rides and sums of the month; a record of another city's shape is left alone."""
    tap = ctx.tap
    if len(event.data) == MonthlyStatistics.SIZE and event.data[0] == 1:
        statistics = tap.tunion.statistics = MonthlyStatistics.parse(event.data)
        same = (statistics.year, statistics.month) == (tap.now[2:4], tap.now[4:6])
        tap.month = statistics.sum_2 if same else 0
    return next(tap.plan)


def ask_1a(ctx: TerminalContext, _event: ev.Want1A) -> Result:
    """READ RECORD of EF 1A by the low byte of the record id."""
    number = bytes.fromhex(ctx.profile.ride.record)[1]
    return (SendCard(commands.read_record(_INDUSTRY, number, by_id=True)),)


def keep_1a(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """An open ride, if the record says inside."""
    tap = ctx.tap
    profile = ctx.profile
    record: RailRecord | BusRecord
    if profile.ride.record == RAIL_RECORD_ID:
        record = RailRecord.parse(event.data)
        city, station, highest = record.entry_city, record.entry_station, record.amount
        begun = record.entry_datetime
    else:
        record = BusRecord.parse(event.data)
        city, station = record.boarding_city, "".join(_place(record))
        highest, begun = record.maximum_amount, record.boarding_datetime
    if record.state == RideState.INSIDE:
        where = station_by_code(profile, station) if city == profile.city else None
        tap.entered = Entered(where, highest, begun[4:8])
        tap.tunion.industry = record
    return next(tap.plan)


def ask_1e(_ctx: TerminalContext, _event: ev.Want1E) -> Result:
    """READ RECORD 1 of EF 1E."""
    return (SendCard(commands.READ_1E),)


def keep_1e(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
    """The newest trip, for transfers; field validators read it without any, too."""
    if len(event.data) == TripRecord.SIZE and not is_empty(event.data):
        ctx.tap.tunion.trip = TripRecord.parse(event.data)
    return next(ctx.tap.plan)


def optional_read(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """An optional read failed: a blocked application ends the tap, all else goes on."""
    return ctx.rules.blocked(event.sw, "READ") or next(ctx.tap.plan)


def needed_read(ctx: TerminalContext, event: ev.CardRefused) -> Result:
    """A read without which nothing goes on failed."""
    return ctx.rules.card_error(event.sw, "READ")


def cache_updates(ctx: TerminalContext, after: int) -> list[bytes]:
    """The 80 DC commands of a composite purchase, last one first.

    Args:
        ctx: the terminal, in a tap whose PSAM number is known.
        after: balance after the debit, fen.
    """
    tap, profile = ctx.tap, ctx.profile
    quote = ctx.quoted()
    trip = TripRecord.pack(
        type=quote.trip,
        terminal=profile.sam.prefix + ctx.terminal,
        industry=ctx.setup.industry,
        line_station=profile.line_station,
        amount=quote.amount,
        balance_after=after,
        datetime=tap.now,
        city=profile.city,
        acquirer=profile.acquirer,
    )
    cache = commands.update_cache
    updates: dict[int, bytes] = {_TRIPS: cache(_TRIPS, 0x00, trip, by_id=True)}
    statistics = tap.tunion.statistics
    if profile.fare.keep_statistics and statistics is not None:
        updates[_STATISTICS] = cache(_STATISTICS, 1, _statistics(ctx, statistics))
    if profile.ride.record:
        record = _rail(ctx, after) if profile.ride.record == RAIL_RECORD_ID else _bus(ctx)
        updates[_INDUSTRY] = cache(_INDUSTRY, record[1], record, by_id=True)
    return [updates[sfi] for sfi in reversed(ctx.rules.cache_order()) if sfi in updates]


def _statistics(ctx: TerminalContext, old: MonthlyStatistics) -> bytes:
    """EF 19 after this tap; which sum counts what is project convention (see `Fare`)."""
    tap = ctx.tap
    amount = ctx.quoted().amount
    metro = ctx.profile.kind == "metro"
    same = (old.year, old.month) == (tap.now[2:4], tap.now[4:6])
    rides, metro_rides, sum_1, sum_2 = (
        (old.rides, old.metro_rides, old.sum_1, old.sum_2) if same else (0, 0, 0, 0)
    )
    counts = 1 if amount else 0
    return old.replace(
        year=tap.now[2:4],
        month=tap.now[4:6],
        rides=min(rides + counts, 0xFF),
        metro_rides=min(metro_rides + counts * metro, 0xFF),
        sum_1=min(sum_1 + amount * metro, _STATISTICS_LIMIT),
        sum_2=min(sum_2 + amount, _STATISTICS_LIMIT),
    ).build()


def _serial(ctx: TerminalContext) -> str:
    """Serial number of an industry record: the PSAM's number; project convention."""
    return ctx.tap.purse.serial.hex().upper().rjust(16, "0")


def _rail(ctx: TerminalContext, after: int) -> bytes:
    tap, profile = ctx.tap, ctx.profile
    station = profile.station.ljust(16, "0")
    terminal = profile.sam.prefix + ctx.terminal
    quote = ctx.quoted()
    old = tap.tunion.industry
    if profile.direction == "entry":
        return RailRecord.pack(
            id=RAIL_RECORD_ID,
            record_serial=_serial(ctx),
            state=RideState.INSIDE,
            entry_city=profile.city,
            entry_acquirer=profile.acquirer,
            entry_station=station,
            entry_terminal=terminal,
            entry_datetime=tap.now,
            amount=profile.fare.maximum,
            balance=after,
        )
    begun = old if isinstance(old, RailRecord) else None
    return RailRecord.pack(
        id=RAIL_RECORD_ID,
        record_serial=_serial(ctx),
        state=RideState.OUTSIDE,
        entry_city=begun.entry_city if begun else "0" * 4,
        exit_city=profile.city,
        entry_acquirer=begun.entry_acquirer if begun else "0" * 16,
        exit_acquirer=profile.acquirer,
        entry_station=begun.entry_station if begun else "0" * 16,
        exit_station=station,
        entry_terminal=begun.entry_terminal if begun else "0" * 16,
        exit_terminal=terminal,
        entry_datetime=begun.entry_datetime if begun else "0" * 14,
        exit_datetime=tap.now,
        amount=quote.amount,
        balance=after,
        cumulative_amount=min((begun.cumulative_amount if begun else 0) + quote.amount, 0xFFFFFFFF),
    )


def _place(record: BusRecord) -> tuple[str, str, str]:
    """Operator, line and station of a boarding: the ten digits of a station's profile."""
    return record.boarding_operator, record.boarding_line, record.boarding_station


def _bus(ctx: TerminalContext) -> bytes:
    tap, profile = ctx.tap, ctx.profile
    terminal = profile.sam.prefix + ctx.terminal
    vehicle = profile.vehicle.encode("ascii").rjust(8, b"0")
    station = profile.station.ljust(10, "0")
    operator, line, stop = station[:4], station[4:8], station[8:10]
    old = tap.tunion.industry
    if profile.direction == "entry":
        return BusRecord.pack(
            id=BUS_RECORD_ID,
            record_serial=_serial(ctx),
            state=BusState.BOARDED,
            boarding_city=profile.city,
            boarding_acquirer=profile.acquirer,
            boarding_operator=operator,
            boarding_line=line,
            boarding_station=stop,
            boarding_vehicle=vehicle,
            boarding_terminal=terminal,
            boarding_datetime=tap.now,
            maximum_amount=profile.fare.maximum,
        )
    begun = old if isinstance(old, BusRecord) else None
    return BusRecord.pack(
        id=BUS_RECORD_ID,
        record_serial=_serial(ctx),
        state=BusState.ALIGHTED,
        boarding_city=begun.boarding_city if begun else "0" * 4,
        boarding_acquirer=begun.boarding_acquirer if begun else "0" * 16,
        boarding_operator=begun.boarding_operator if begun else "0" * 4,
        boarding_line=begun.boarding_line if begun else "0" * 4,
        boarding_station=begun.boarding_station if begun else "00",
        boarding_vehicle=begun.boarding_vehicle if begun else bytes(8),
        boarding_terminal=begun.boarding_terminal if begun else "0" * 16,
        boarding_datetime=begun.boarding_datetime if begun else "0" * 14,
        maximum_amount=begun.maximum_amount if begun else profile.fare.maximum,
        direction=begun.direction if begun else Direction.NONE,
        alighting_city=profile.city,
        alighting_acquirer=profile.acquirer,
        alighting_operator=operator,
        alighting_line=line,
        alighting_station=stop,
        alighting_vehicle=vehicle,
        alighting_terminal=terminal,
        alighting_datetime=tap.now,
        amount=ctx.quoted().amount,
    )
