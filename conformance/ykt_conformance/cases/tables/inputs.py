"""Every field of every file that a terminal reads, each alone another: derived from the layouts.

No list says which fields matter. The model of duty says what is due from the card as it is; where a
field does not matter, like cards pay alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.people import black, issuer
from ykt_conformance.cases.scenes.record import PAYS_COMPOSITE, PAYS_LNT, PAYS_TUNION
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive.altered import changes_of, file_of
from ykt_conformance.drive.issue import MOST
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT, TUNION

#: Fen of cards whose records may ask for more than a usual fare.
_PLENTY: Final = 300_000


def full(bench: TerminalBench, file: str) -> dict[str, Any]:
    """Wishes for a T-Union card whose record in a file changes what it pays, where any does."""
    tariff = bench.ics["tariff"]
    if file == "19":
        over = max((step[0] for step in tariff["monthly"]), default=8000)
        return {"month": (bench.now[:6], over + 1)}
    if file == "1E":
        minutes = int(tariff["transfer_minutes"]) // 2
        line = tariff["transfer_from"] or "0" * 14
        city = bench.ics["place"]["city"]
        return {"trip_city": city, "trip_line": line, "trip_minutes": minutes or 20}
    return {"ride": "inside"}


def _files(bench: TerminalBench) -> tuple[str, ...]:
    record = bench.ics["device"]["record"]
    return (*((record,) if record else ()), "19", "1E")


def _fields(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    found = [
        change for file in _files(bench) for change in changes_of(file, thorough=bench.thorough)
    ]
    if bench.ics["device"]["record"] and bench.ics["applications"][LNT]:
        found += changes_of("18")
    return {"field": tuple(found)}


def _field(bench: TerminalBench, row: Values) -> None:
    change = row["field"]
    kind = LNT if file_of(change) == "18" else TUNION
    wishes = full(bench, file_of(change)) | {"balance": _PLENTY, "ceiling": MOST}
    bench.tap(bench.card(kind, changes=(change,), **wishes), ROLE)


# -- who it is ---------------------------------------------------------------------------------


def _people(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    own = ("own",) if bench.ics["interoperability"]["own"] else ()
    found = [one for file in ("15", "17") for one in changes_of(file, thorough=bench.thorough)]
    listed = ("in the black list",) if _listed(bench, 19) else ()
    return {"field": tuple(found), "card": ("usual", "without a flag", *own, *listed)}


def _matters(row: Values) -> bool:
    """A number in the list is another by its digits, and a card without a flag by EF 17."""
    of = {"in the black list": "15.pan", "without a flag": "17."}
    return bool(row["field"].startswith(of.get(row["card"], "")))


def _listed(bench: TerminalBench, size: int) -> bool:
    return any(len(number) == size for number in bench.ics["black_list"]["numbers"])


def _who(bench: TerminalBench, row: Values) -> None:
    if row["card"] == "in the black list":
        wishes = black(bench, TUNION, exact=True)
    else:
        wishes = issuer(bench, row["card"])
        wishes |= {"flag": "0000"} if row["card"] in {"own", "without a flag"} else {}
    bench.tap(bench.card(TUNION, changes=(row["field"],), **wishes), ROLE)


def _numbers(bench: TerminalBench, row: Values) -> None:
    number, at = black(bench, LNT, exact=True)["number"], row["digit"]
    other = f"{number[:at]}{(int(number[at]) + 1) % 10}{number[at + 1 :]}"
    bench.tap(bench.card(LNT, number=other), ROLE)
    bench.tap(bench.card(LNT, number=number), ROLE)


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2217",
            title="Every field of EF 1A, 19, 1E and of a logged gate, each alone another",
            title_zh="1A、19、1E 文件及日志进站终端号各字段单独变化遍历",
            clauses="CL-TRIDE-002 CL-TRIDE-003 CL-TRIDE-004 CL-TRIDE-005 CL-TRIDE-006"
            " CL-TTRIP-010 CL-TPAY-008",
            factors=_fields,
            play=_field,
            applies=PAYS_COMPOSITE,
        )
    ),
    case_of(
        Table(
            id="T-2218",
            title="Every digit of issuer, PAN and interoperability flag, each alone another",
            title_zh="发卡机构、卡号、互通标识逐位变化遍历",
            clauses="CL-TLIST-001 CL-TLIST-002 CL-TLIST-003 CL-TFLAG-001 CL-TFLAG-002 CL-TCARD-001",
            factors=_people,
            play=_who,
            fits=_matters,
            applies=PAYS_TUNION,
        )
    ),
    case_of(
        Table(
            id="T-2221",
            title="Every digit of a Lingnan Tong number in the black list, each alone another",
            title_zh="黑名单中岭南通卡号逐位变化遍历",
            clauses="CL-TLIST-004 CL-TCARD-001",
            factors=lambda _bench: {"digit": tuple(range(10))},
            play=_numbers,
            applies=f"{PAYS_LNT} and black_list.enabled",
        )
    ),
)
