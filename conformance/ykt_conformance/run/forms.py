"""ICS forms of the simulated terminals, derived from their profiles.

``NAME.toml`` of a terminal in `ics.form.FORMS` is what `derive` gives; a test holds the two
together. ``python -m ykt_conformance.run.forms`` writes them anew.
"""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.ics import form as ics
from ykt_conformance.ics.schema import Ics
from ykt_conformance.run.targets.sim_terminal import CLOCK
from ykt_sim.codes import Standard
from ykt_sim.profiles.registry import load_registry
from ykt_sim.profiles.terminals import (
    Distance,
    Station,
    TerminalProfile,
    load_terminal_profile,
    terminal_profile_names,
)

#: What a simulated tap takes by the model in `run.targets.sim_terminal`, with some room.
_TOTAL_MS: Final = 400
_TERMINAL_MS: Final = 50
#: Card numbers in the black list while the suite runs: a PAN and a Lingnan Tong number.
BLACK_LISTED: Final = ("3105170066600000017", "5100006660000002")
#: What our own PSAMs are: the second application and the tries are our decisions.
_PSAM: Final = {
    "tunion": "8011", "lnt": "8012", "key": "0100", "counts": "init", "select_ends": "yes",
    "tries": 15,
}  # fmt: skip

#: Institution of the entry: another than the exit's, so that one written for the other is seen.
_OTHER_ACQUIRER: Final = "12775880FFFFFFFF"
#: Line and station of a ride before a transfer: nobody's here.
_OTHER_LINE: Final = "00990000000001"


def derive(profile: TerminalProfile) -> Ics:
    """What a simulated terminal claims."""
    tree: dict[str, Any] = {
        "about": {
            "title": profile.title.en,
            "vendor": "ykt-sim",
            "model": f"sim:{profile.name}",
            "declared_by": "the ykt-sim authors",
            "remarks": "simulated terminal and PSAM with published test keys",
        },
        "device": {
            "kind": profile.kind,
            "direction": profile.direction,
            "record": profile.ride.record,
        },
        "applications": _applications(profile),
        "place": _place(profile),
        "fare": _fare(profile),
        "tariff": _tariff(profile),
        "purchase": {
            "tunion": profile.purchase.tunion,
            "lnt": profile.purchase.lnt,
            "key_index": profile.purchase.key_index,
            "overdraft": profile.purchase.overdraft,
            "recovery": True,
        },
        "clock": {"source": "set", "value": CLOCK, "tolerance_s": 0},
        "black_list": {"enabled": True, "numbers": list(BLACK_LISTED)},
        "interoperability": {
            "judged": profile.reads.file_17 and profile.load is None,
            "own": list(profile.interoperability.own),
            "fallback": profile.interoperability.fallback,
        },
        "rides": _rides(profile),
        "reports": {"form": "line", "codes": True, "clearing": True},
        "timing": {"total_ms": _TOTAL_MS, "terminal_ms": _TERMINAL_MS},
        "psam": dict(_PSAM),
    }
    if Standard.TUNION in profile.applications.priority:
        tree["white_list"] = {"enabled": True, "pairs": _pairs(profile)}
    if profile.load is not None:
        tree["load"] = {"minimum": profile.load.minimum, "maximum": profile.load.maximum}
    return ics.build(tree, "terminal")


def _applications(profile: TerminalProfile) -> dict[str, Any]:
    priority = profile.applications.priority
    return {
        "tunion": Standard.TUNION in priority,
        "lnt": Standard.LNT in priority,
        "priority": list(priority),
        "entry": profile.applications.entry,
        "without_ppse": "direct" if Standard.TUNION in priority else "refuse",
        "second": "not tried",
        "enable_flag": "not judged",
    }


def _place(profile: TerminalProfile) -> dict[str, Any]:
    return {
        "city": profile.city,
        "acquirer": profile.acquirer,
        "line_station": profile.line_station,
        "station": profile.station,
        "industry": profile.industry,
        "terminal_number": profile.sam.terminal,
        "terminal_prefix": profile.sam.prefix,
    }


def _pairs(profile: TerminalProfile) -> list[list[str]]:
    """A pair of another city first, then one of its own, or a second one of others."""
    known = sorted(load_registry().pairs())
    own = [pair for pair in known if pair[0] in profile.interoperability.own]
    others = [pair for pair in known if pair[0] in ("01011000", "02785950")]
    return [list(pair) for pair in (others + own)]


def _entry(profile: TerminalProfile) -> Station | None:
    """Where the ride begins that the fare of an exit is stated for."""
    distance = profile.fare.distance
    if distance is None or profile.direction != "exit":
        return None
    return next(s for s in distance.stations if s.code != profile.station)


def _charged(profile: TerminalProfile, standard: str, fare: int) -> int:
    percent = dict(profile.fare.percent).get(standard, 100)  # type: ignore[call-overload]
    return int(fare * percent // 100)


def _full(profile: TerminalProfile) -> int:
    entry, distance = _entry(profile), profile.fare.distance
    if profile.direction == "single":
        return profile.fare.flat or 0
    if entry is None or distance is None:
        return 0
    return _by_distance(distance, entry.code, profile.station)


def _by_distance(distance: Distance, start: str, end: str) -> int:
    places = {station.code: station.at for station in distance.stations}
    metres = abs(places[start] - places[end])
    return next(step.amount for step in distance.steps if metres <= step.up_to)


def _fare(profile: TerminalProfile) -> dict[str, int]:
    full = _full(profile)
    fare: dict[str, int] = {"full": full, "maximum": profile.fare.maximum}
    for standard in Standard:
        fare[standard.value] = _charged(profile, standard, full)
        fare[f"maximum_{standard}"] = _charged(profile, standard, profile.fare.maximum)
        fare[f"minimum_{standard}"] = _charged(profile, standard, profile.fare.minimum)
    return fare


def _tariff(profile: TerminalProfile) -> dict[str, Any]:
    """Every station but the one that the fare is stated for; discounts of the month."""
    fare, first = profile.fare, _entry(profile)
    tariff: dict[str, Any] = {"stations": []}
    for station in fare.distance.stations if fare.distance is not None and first else ():
        if station == first or not station.terminals or fare.distance is None:
            continue
        full = _by_distance(fare.distance, station.code, profile.station)
        charged = [_charged(profile, standard, full) for standard in Standard]
        tariff["stations"].append([station.code, station.terminals[0], full, *charged])
    if tariff["stations"]:
        tariff["others"] = "unknown"
    if fare.monthly and profile.purchase.tunion == "composite":
        tariff |= {
            "monthly": [[step.over, step.percent] for step in fare.monthly],
            "monthly_sum": "sum-2",
        }
    if fare.transfer is not None:
        tariff |= {
            "transfer_minutes": fare.transfer.minutes,
            "transfer_fare": fare.transfer.amount,
            "transfer_from": _OTHER_LINE,
        }
    return tariff


def _rides(profile: TerminalProfile) -> dict[str, Any]:
    rides: dict[str, Any] = {
        "entry_inside": profile.ride.entry_inside,
        "exit_outside": profile.ride.exit_outside,
        "unknown_station": profile.ride.unknown_station,
    }
    entry = _entry(profile)
    if entry is not None:
        rides |= {
            "time_limit": "none",
            "entry_city": profile.city,
            "entry_acquirer": _OTHER_ACQUIRER,
            "entry_station": entry.code,
            "entry_terminal": entry.terminals[0],
        }
    return rides


def main() -> int:
    """Write the forms of all shipped terminal profiles."""
    for name in terminal_profile_names():
        text = ics.render(derive(load_terminal_profile(name)))
        (ics.FORMS / f"{name}.toml").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
