"""Files that differ and must not: dates by their digits, an EF 17 that ends behind its flag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.record import ANY, PAYS_TUNION
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive import spoil
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import TUNION, Standard
from ykt_sim.wire.files import TunionCardInfo

#: A day on which every digit but the first has one below and one above.
_MIDDLE: Final = "20251115120000"
#: First and last days in other centuries, and at their ends.
_CENTURIES: Final[Mapping[str, tuple[str, ...]]] = {
    "start": ("19000101", "19991231", "20000101", "20991231", "21000101"),
    "expiry": ("19991231", "20000101", "20991231", "21000101", "29991231"),
}  # fmt: skip


def beside(day: str) -> Iterator[str]:
    """Days of which one digit is another than a day's, the nearest below and above; as 8 digits."""
    for at, digit in enumerate(day):
        for others in (range(int(digit) - 1, -1, -1), range(int(digit) + 1, 10)):
            days = (f"{day[:at]}{one}{day[at + 1 :]}" for one in others)
            yield from islice(filter(_real, days), 1)


def _real(day: str) -> bool:
    try:
        return date.fromisoformat(day).year > 0
    except ValueError:
        return False


def _dates(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    day = _MIDDLE[:8] if "clock" in bench.capabilities else bench.day(0)
    found = (f"{which} {one}" for which, far in _CENTURIES.items() for one in (*beside(day), *far))
    single = tuple(one for one in kinds(bench) if one in set(Standard))
    return {"day": tuple(found), "card": single}


def _date(bench: TerminalBench, row: Values) -> None:
    if "clock" in bench.capabilities:
        bench.set_clock(_MIDDLE)
    which, day = row["day"].split()
    bench.tap(bench.card(row["card"], **{which: day, f"lnt_{which}": day}), ROLE)


# -- a short EF 17 -------------------------------------------------------------------------------

#: So many bytes, from the flag's end on; eleven is what one city's terminal reads.
_SIZES: Final = (10, 11, 12, 20, 32, 48, TunionCardInfo.SIZE - 1)


def _short(bench: TerminalBench, row: Values) -> None:
    card = bench.card(TUNION, flag=row["flag"], ecash=False)
    bench.tap(card, ROLE, mutate=spoil.short_17(row["bytes"]))


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2234",
            title="First and last day of a card with each digit alone another, and other centuries",
            title_zh="启用日与有效日逐位变化及跨世纪遍历",
            clauses="CL-TDATE-001 CL-TDATE-002 CL-TDATE-003 CL-TDATE-004",
            factors=_dates,
            play=_date,
            applies=ANY,
        )
    ),
    case_of(
        Table(
            id="T-2235",
            title="EF 17 that ends behind the interoperability flag",
            title_zh="17 文件在互通标识之后截短遍历",
            clauses="CL-TFLAG-001 CL-TFLAG-002",
            factors=lambda _bench: {"bytes": _SIZES, "flag": ("0001", "0000")},
            play=_short,
            applies=PAYS_TUNION,
        )
    ),
)
