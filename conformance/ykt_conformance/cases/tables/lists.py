"""Who a card is: lists, flags, what tells them; a second application behind a first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import expired
from ykt_conformance.cases.scenes.people import black, issuer
from ykt_conformance.cases.scenes.record import PAYS_TUNION
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT, TUNION

_ISSUERS: Final = ("usual", "own", "nobody", "mismatch", "beside")
#: How far ahead or behind the newest trip on the card lies, minutes.
_TRIPS: Final[Mapping[str, int]] = {"none": 0, "yesterday": 1440, "tomorrow": -1440}


def _stranger(bench: TerminalBench, row: Values) -> None:
    wishes: dict[str, Any] = {} if row["issuer"] == "usual" else issuer(bench, row["issuer"])
    wishes |= black(bench, TUNION, exact=True) if row["black list"] == "listed" else {}
    wishes |= {"flag": row["flag"], "ef17": row["EF 17"] == "there"}
    wishes |= {"ecash": row["e-cash"] == "there", "enable_flag": row["enable flag"]}
    if _TRIPS[row["trip"]]:
        wishes |= {"trip_city": "1000", "trip_minutes": _TRIPS[row["trip"]]}
    bench.tap(bench.card(TUNION, **wishes), ROLE)


def _strangers(_bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    there = ("there", "not there")
    return {
        "issuer": _ISSUERS, "flag": ("0001", "0000", "0100", "0002", "FFFF"), "EF 17": there,
        "e-cash": there, "black list": ("not listed", "listed"),
        "enable flag": ("01", "00", "FF"), "trip": tuple(_TRIPS),
    }  # fmt: skip


def _fits(row: Values) -> bool:
    """A number in the black list is of a listed issuer."""
    return bool(row["black list"] == "not listed" or row["issuer"] == "usual")


# -- two applications ---------------------------------------------------------------------------


def _dates(bench: TerminalBench, standard: str) -> dict[str, Any]:
    name = "expiry" if standard == TUNION else "lnt_expiry"
    return {name: expired(bench)[name]}


def _not_yet(bench: TerminalBench, standard: str) -> dict[str, Any]:
    return {"start" if standard == TUNION else "lnt_start": bench.day(1)}


#: What may be against a card: wishes by standard, in words.
AGAINST: Final[Mapping[str, Callable[[TerminalBench, str], dict[str, Any]]]] = {
    "nothing": lambda _bench, _standard: {},
    "expired": _dates,
    "not valid yet": _not_yet,
    "blocked": lambda _bench, standard: {"blocked": standard},
    "blocked for good": lambda _bench, standard: {"blocked": standard, "locked": True},
    "not listed": lambda bench, standard: issuer(bench, "nobody") if standard == TUNION else {},
    "without a flag": lambda bench, standard: (
        {**issuer(bench, "usual"), "flag": "0000"} if standard == TUNION else {}
    ),
    "in the black list": lambda bench, standard: black(bench, standard, exact=True),
}  # fmt: skip


def _second(bench: TerminalBench, row: Values) -> None:
    first, other = bench.ics["applications"]["priority"][:2]
    wishes = AGAINST[row["other"]](bench, other) | AGAINST[row["first"]](bench, first)
    wishes |= {"balance": 0} if row["money"] == "none" else {}
    card = bench.card("dual", shared=row["purses"] == "share", **wishes)
    bench.tap(card, ROLE)
    bench.tap(card, ROLE)


def _seconds(_bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {
        "first": tuple(AGAINST), "other": tuple(AGAINST), "purses": ("share", "apart"),
        "money": ("plenty", "none"),
    }  # fmt: skip


def _one_block(row: Values) -> bool:
    """A card is made with one application blocked, and with one issuer and number."""
    first, other = row["first"], row["other"]
    blocks = first.startswith("blocked") and other.startswith("blocked")
    people = ("not listed", "without a flag", "in the black list")
    return not (blocks or (first in people and other in people))


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2209",
            title="Issuers, flags, enable flag, lists, and trips that lie ahead (T-Union)",
            title_zh="发卡机构、标识、名单及未来行程遍历(交通联合)",
            clauses="CL-TLIST-001 CL-TLIST-002 CL-TLIST-003 CL-TLIST-004 CL-TFLAG-001"
            " CL-TFLAG-002 CL-TFLAG-003 CL-TFLAG-004 CL-TPLACE-001",
            factors=_strangers,
            play=_stranger,
            fits=_fits,
            applies=PAYS_TUNION,
        )
    ),
    case_of(
        Table(
            id="T-2210",
            title="The second application of a card whose first one is refused, and as it is",
            title_zh="首选应用被拒时另一应用的处理遍历",
            clauses="CL-TENTRY-007 CL-TENTRY-009 CL-TDATE-005 CL-TCARD-003 CL-TBLOCK-001",
            factors=_seconds,
            play=_second,
            fits=_one_block,
            applies=f"{TUNION} and {LNT}",
        )
    ),
)
