"""What the books are told beforehand: what a terminal has declared, what a card was made as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ykt_sim.card.model import Cells, Df, Money, PurseState
from ykt_sim.codes import TUNION, Standard
from ykt_sim.meaning.books import Holder
from ykt_sim.meaning.duty import Purse, State, Terms, Who
from ykt_sim.meaning.duty.terms import Entry, Fares, Place
from ykt_sim.profiles.cards import CardProfile, Identity
from ykt_sim.profiles.terminals import Distance, Station, TerminalProfile
from ykt_sim.wire.digits import pack_pan_right

_LOG, _INDUSTRY, _TRIP, _MONTH = 0x18, 0x1A, 0x1E, 0x19


def terms_of(profile: TerminalProfile, entry: str = "") -> Terms:
    """What a terminal of this profile has declared.

    Args:
        profile: of the terminal.
        entry: terminal number of the gate where the rides of an exit begin; empty: any.
    """
    fare, distance = profile.fare, profile.fare.distance
    full = fare.flat or 0
    stations: dict[str, Fares] = {}
    gates: dict[str, str] = {}
    start = None
    if distance is not None and profile.direction == "exit":
        for station in distance.stations:
            costs = _by_distance(distance, station, profile.station)
            code = station.code.ljust(16, "0")
            stations[code] = Fares(costs, _charged(profile, costs))
            gates.update((number.upper(), code) for number in station.terminals)
            if entry in station.terminals:
                start, full = station, costs
    white = profile.white_pairs()
    return Terms(
        direction="load" if profile.load is not None else profile.direction,
        record=profile.ride.record,
        priority=tuple(one.value for one in profile.applications.priority),
        way_in=profile.applications.entry,
        without_ppse="direct" if TUNION in profile.applications.priority else "refuse",
        fare=_charged(profile, full),
        full=full,
        maximum=_charged(profile, fare.maximum),
        minimum=_charged(profile, fare.minimum),
        highest=fare.maximum,
        types={"tunion": profile.purchase.tunion, "lnt": profile.purchase.lnt},
        key_index=profile.purchase.key_index,
        overdraft=profile.purchase.overdraft,
        white=white if TUNION in profile.applications.priority else None,
        black=frozenset(profile.black_list),
        judged=profile.reads.file_17 and profile.load is None,
        own=frozenset(profile.interoperability.own),
        fallback=profile.interoperability.fallback,
        entry_inside=profile.ride.entry_inside,
        exit_outside=profile.ride.exit_outside,
        unknown_station=profile.ride.unknown_station,
        entry=Entry() if start is None else Entry(
            city=profile.city, station=start.code, terminal=entry,
        ),
        stations=stations,
        gates=gates,
        monthly=tuple((step.over, step.percent) for step in fare.monthly)
        if profile.purchase.tunion == "composite" else (),
        monthly_sum="sum-2" if fare.monthly else "",
        transfer_minutes=fare.transfer.minutes if fare.transfer is not None else 0,
        transfer_fare=fare.transfer.amount if fare.transfer is not None else 0,
        second="not tried",
        enabled="not judged",
        least=profile.load.minimum if profile.load is not None else 0,
        most=profile.load.maximum if profile.load is not None else 0,
        codes=True,
        clearing=True,
        place=Place(
            city=profile.city,
            acquirer=profile.acquirer,
            line_station=profile.line_station,
            station=profile.station,
            industry=profile.industry,
            terminal=profile.sam.terminal,
            trip_terminal=profile.terminal_8,
            ride_terminal=profile.terminal_8,
        ),
    )  # fmt: skip


def _charged(profile: TerminalProfile, fare: int) -> Mapping[str, int]:
    """A fare by standard: its percentage, rounded down."""
    parts = {name.value: percent for name, percent in profile.fare.percent.items()}
    return {one.value: fare * parts.get(one.value, 100) // 100 for one in Standard}


def _by_distance(distance: Distance, start: Station, end: str) -> int:
    """The first step that reaches from a station to this one."""
    here = next(one.at for one in distance.stations if one.code == end)
    metres = abs(start.at - here)
    fitting = [step.amount for step in distance.steps if metres <= step.up_to]
    return fitting[0] if fitting else max(step.amount for step in distance.steps)


def holder_of(profile: CardProfile, identity: Identity, standards: tuple[Standard, ...]) -> Holder:
    """What a card of this profile was made as, under these numbers."""
    uses = {use.use: use for use in profile.application}
    ep = uses.get("tunion-ep")
    factors: dict[str, tuple[str, ...]] = {}
    if identity.pan:
        factors["tunion"] = (identity.issuer + "F" * 8, pack_pan_right(identity.pan)[4:])
    if identity.lnt_number:
        factors["lnt"] = ("510000" + identity.lnt_number,)
    money = {uses[name].money or name for name in ("tunion-ep", "lnt-wallet") if name in uses}
    who = Who(
        standards=tuple(one.value for one in standards),
        pan=identity.pan,
        number=identity.lnt_number,
        issuer=identity.issuer,
        iin=identity.pan[:8],
        dates={
            "tunion": (identity.start, identity.expiry),
            "lnt": (identity.lnt_issue, identity.lnt_expiry),
        },
        flag=identity.interoperability,
        ef17=ep is not None and "0017" not in ep.without,
        ecash="tunion-ec" in uses,
        enable_flag=identity.enable_flag,
        ppse="ppse" in uses,
        shared=len(money) == 1,
        tells_overdraft=ep is None or not ep.p1_00_actual,
    )
    return Holder(who, factors)


def state_of(cells: Cells) -> State:
    """What a card holds now, as the books want it."""
    money: dict[str, int] = {}
    purses: dict[str, Purse] = {}
    for key, value in cells.items():
        if not isinstance(value, PurseState):
            continue
        directory, df = int(key[1]), cells.get(("df", int(key[1])))
        amounts = cells[("money", value.money)]
        if not isinstance(amounts, Money) or not isinstance(df, Df):
            raise TypeError("cells damaged")
        money[value.money] = amounts.actual - amounts.overdrawn
        more: dict[str, Any] = {}
        if df.standard == TUNION:
            industry = _records(cells, directory, _INDUSTRY)
            more = {
                "trip": _newest(cells, directory, _TRIP),
                "month": _newest(cells, directory, _MONTH),
                "rail": industry[0].hex().upper() if industry else "",
                "bus": industry[1].hex().upper() if len(industry) > 1 else "",
            }
        purses[df.standard] = Purse(
            balance=money[value.money], available=amounts.available, offline=value.offline,
            online=value.online, log=_newest(cells, directory, _LOG), **more,
        )  # fmt: skip
    return State(sum(money.values()), purses)


def _records(cells: Cells, df: int, fid: int) -> tuple[bytes, ...]:
    found = cells.get(("data", df, fid), ())
    return found if isinstance(found, tuple) else ()


def _newest(cells: Cells, df: int, fid: int) -> str:
    found = _records(cells, df, fid)
    return found[0].hex().upper() if found else ""
