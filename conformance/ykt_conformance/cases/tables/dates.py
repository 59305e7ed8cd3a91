"""Start and expiry day, on the days on which calendars go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.days import ENDS
from ykt_conformance.cases.scenes.outcomes import gone
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive.terminal import TerminalBench

#: Moments of the first tap; at the last seconds of a day the next tap is on the next day.
_CLOCKS: Final[Mapping[str, str]] = {
    "now": "",
    "the end of 28 February 2024": "20240228235930", "the end of 29 February": "20240229235930",
    "the end of 28 February 2025": "20250228235930", "the end of the year": "20251231235930",
    "the first second": "20260101000000", "19 January 2038": "20380119031407",
    "the end of 2079": "20791231235930", "29 February 2080": "20800229120000",
}  # fmt: skip
#: First and last day of a card by the days beside today.
_DAYS: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "from today": (0, 3000), "from tomorrow": (1, 3000), "from yesterday": (-1, 3000),
    "until today": (-400, 0), "until yesterday": (-400, -1), "until tomorrow": (-400, 1),
    "today only": (0, 0), "of a year ago": (-800, -365), "of next year": (366, 800),
    "without a first day": (None, 3000),
}  # fmt: skip
#: By the ends of months; far off, so that the terminal's clock does not matter.
_ENDS: Final = {f"from {name} until {name}": days for name, days in ENDS.items()}


def _play(bench: TerminalBench, row: Values) -> None:
    if _CLOCKS[row["clock"]]:
        bench.set_clock(_CLOCKS[row["clock"]])
    word = row["card is"]
    beside = ("F" * 8 if one is None else bench.day(one) for one in _DAYS.get(word, ()))
    start, expiry = beside if word in _DAYS else _ENDS[word]
    dates = {"start": start, "expiry": expiry, "lnt_start": start, "lnt_expiry": expiry}
    card = bench.card(row["card"], **dates)
    bench.tap(card, ROLE, removal=gone(bench, row["first tap"]))
    if row["card is"] in _DAYS:
        bench.tap(card, ROLE)


def _factors(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {
        "clock": tuple(_CLOCKS), "card is": (*_DAYS, *_ENDS),
        "first tap": ("whole", "before the commit", "after the commit"), "card": kinds(bench),
    }  # fmt: skip


def _fits(row: Values) -> bool:
    """Ends of months are tried as they are, in each standard."""
    plain = row["clock"] == "now" and row["first tap"] == "whole" and row["card"] != "dual"
    return row["card is"] in _DAYS or plain


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2206",
            title="First and last day of a card, on odd days and over midnight",
            title_zh="启用日与有效日在特殊日期及跨零点时的遍历",
            clauses="CL-TDATE-001 CL-TDATE-002 CL-TDATE-003 CL-TDATE-004 CL-TPAY-002 CL-TPAY-003",
            factors=_factors,
            play=_play,
            fits=_fits,
        )
    ),
)
