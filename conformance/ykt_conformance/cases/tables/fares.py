"""What a ride costs: from every declared entry, broken, and with the discount of the month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import OWED, gone, holding
from ykt_conformance.cases.scenes.record import PAYS, RIDES, SINGLE
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive.moments import later
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT

#: When the card is tapped: a ride that began twenty minutes before may be of yesterday.
_CLOCKS: Final[Mapping[str, str]] = {
    "now": "", "just after midnight": "20250613000010", "in the new year": "20260101000010",
    "on 1 March": "20240301000010",
}  # fmt: skip
_TAPS: Final = ("twice", "before the commit", "after the commit")


def _gates(bench: TerminalBench) -> Mapping[str, tuple[str, str]]:
    """Entries by their stations: the station and a terminal number."""
    rows = bench.ics["tariff"]["stations"]
    return {f"from {row[0]}": (row[0], row[1]) for row in rows}


def _rides(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {
        "ride": (*_STATES, *_gates(bench)), "card": kinds(bench), "clock": tuple(_CLOCKS),
        "tap": _TAPS, "balance": OWED, "marked": tuple(_MARKED),
    }  # fmt: skip


#: What a card has behind it, in words of `drive.issue.Spec`.
_STATES: Final[Mapping[str, str]] = {
    "from the stated entry": "inside", "none": "none", "from a station nobody knows": "elsewhere",
    "over": "left", "over by exit 31": "left-31", "open in the other record": "other",
}  # fmt: skip
#: The highest fare that a T-Union entry wrote, beside the declared one, fen.
_MARKED: Final[Mapping[str, int]] = {"as declared": 0, "less": -50, "more": 50}


def _marks(row: Values) -> bool:
    """An entry of no ride marks nothing, and none of a Lingnan Tong card does."""
    open_ = row["ride"].startswith("from") and row["card"] != LNT
    return bool(open_ or row["marked"] == "as declared")


def _ride(bench: TerminalBench, row: Values) -> None:
    if _CLOCKS[row["clock"]]:
        bench.set_clock(_CLOCKS[row["clock"]])
    wishes: dict[str, Any] = {"ride": _STATES.get(row["ride"], "inside")}
    if _MARKED[row["marked"]]:
        wishes["marked"] = max(bench.ics["fare"]["maximum"] + _MARKED[row["marked"]], 1)
    wishes |= {"gate": _gates(bench)[row["ride"]]} if row["ride"] in _gates(bench) else {}
    card = bench.card(row["card"], **wishes, **holding(bench, row["card"], row["balance"], wishes))
    bench.tap(card, ROLE, removal=gone(bench, row["tap"]))
    bench.tap(card, ROLE)


# -- the discount of the month -----------------------------------------------------------------


_MONTHS: Final = ("this month", "the month before", "a year ago")
#: Half a minute before a month ends.
_LAST: Final = "20250630235930"


def _sums(bench: TerminalBench) -> tuple[int, ...]:
    """Sums on both sides of each step, and such that this ride leads over it."""
    fare = bench.fare("tunion")
    steps = [step[0] for step in bench.ics["tariff"]["monthly"]]
    near = {over + more for over in steps for more in (-fare, 1 - fare, -1, 0, 1)}
    return (0, *sorted(one for one in near if 0 < one <= 0xFFFF), 0xFFFF)


def _month(bench: TerminalBench, row: Values) -> None:
    if row["clock"] != "now":
        bench.set_clock(_LAST)
    days = {"this month": 0, "the month before": 1, "a year ago": 365}[row["sum of"]]
    when = later(f"{bench.now[:6]}01120000", days=-days)[:6]
    # At an exit a second card with the same month behind it: the first one is outside by then.
    cards = 2 if bench.ics["device"]["direction"] == "exit" else 1
    wishes = {"month": (when, row["sum"])}
    wishes |= holding(bench, row["card"], row["balance"], wishes)
    made = [bench.card(row["card"], **wishes) for _ in range(cards)]
    bench.tap(made[0], ROLE)
    bench.tap(made[-1], ROLE)


# -- transfers ---------------------------------------------------------------------------------


_BEFORE: Final = ("of the stated line", "of this line", "of another city")
#: Just inside of the window and just outside, seconds; who counts minutes shows it at some of them.
_SECONDS: Final = {f"window{late:+d}s": late for late in (-1, 1, 20, 40, 59)}
#: How long ago the ride before was, in words; the end itself is left open.
_AGO: Final = (
    "1", "window-1", "window", "window+1", "half a day", "a day", "30 days", "a year", "ahead",
    *_SECONDS,
)  # fmt: skip
_MINUTES: Final[Mapping[str, int]] = {
    "1": 1, "half a day": 720, "a day": 1440, "30 days": 43_200, "a year": 525_600,
}  # fmt: skip


def _transferred(bench: TerminalBench, row: Values) -> None:
    if _CLOCKS[row["clock"]]:
        bench.set_clock(_CLOCKS[row["clock"]])
    place, tariff = bench.ics["place"], bench.ics["tariff"]
    word, window = row["minutes"], int(tariff["transfer_minutes"])
    if word in _SECONDS:
        minutes = window
    elif word.startswith("window"):
        minutes = window + int(word.removeprefix("window") or "0")
    else:
        # By the time of the day alone it is in the window.
        minutes = _MINUTES[word] + (window // 2) * (word != "1") if word in _MINUTES else -30
    line = place["line_station"] if row["ride"] == "of this line" else tariff["transfer_from"]
    city = "9999" if row["ride"] == "of another city" else place["city"]
    wishes = {"trip_city": city, "trip_line": line, "trip_minutes": minutes,
              "trip_seconds": _SECONDS.get(word, 0)}  # fmt: skip
    wishes |= holding(bench, row["card"], row["balance"], wishes)
    card = bench.card(row["card"], **wishes)
    bench.tap(card, ROLE, removal=gone(bench, row["tap"]))
    bench.tap(card, ROLE)


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2212",
            title="Rides from every declared entry, broken ones, and over midnight",
            title_zh="各进站站点、异常行程及跨零点行程遍历",
            clauses="CL-TRIDE-002 CL-TRIDE-003 CL-TRIDE-004 CL-TRIDE-005 CL-TRIDE-006 CL-TTRIP-010",
            factors=_rides,
            play=_ride,
            fits=_marks,
            applies=f"{PAYS} and device.record",
        )
    ),
    case_of(
        Table(
            id="T-2213",
            title="The discount of the month at each of its steps, and across months",
            title_zh="月累计优惠各档及跨月遍历",
            clauses="CL-TRIDE-006 CL-TPAY-008",
            factors=lambda bench: {
                "sum": _sums(bench),
                "sum of": _MONTHS,
                "clock": ("now", "the end of the month"),
                "balance": OWED,
                "card": tuple(one for one in kinds(bench) if one != "lnt"),
            },
            play=_month,
            applies=f"{RIDES} and tariff.monthly",
        )
    ),
    case_of(
        Table(
            id="T-2214",
            title="Transfers inside and outside of their window",
            title_zh="换乘时限内外遍历",
            clauses="CL-TRIDE-006 CL-TPAY-008",
            factors=lambda bench: {
                "clock": ("now", "just after midnight", "in the new year"),
                "minutes": _AGO,
                "ride": _BEFORE,
                "tap": _TAPS,
                "balance": OWED,
                "card": tuple(one for one in kinds(bench) if one != LNT),
            },
            play=_transferred,
            applies=f"{SINGLE} and tunion and tariff.transfer_minutes",
        )
    ),
)
