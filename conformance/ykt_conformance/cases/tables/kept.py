"""What a terminal keeps of one card for the next one, and of a torn tap until the card is back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import FORGED, GONE, OUTCOMES, forged, gone, play
from ykt_conformance.cases.scenes.record import ANY
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive import spoil
from ykt_conformance.drive.issue import TestCard
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import INS, Standard

#: Half a minute before midnight, in the middle of a month and at the end of a year.
_MIDNIGHT, _NEW_YEAR = "20250612235930", "20251231235930"


def _next_card(bench: TerminalBench, row: Values) -> None:
    play(bench, row["first card"], row["first"])
    play(bench, row["second card"], row["second"])
    if FORGED in (row["first"], row["second"]):
        # A PSAM counts wrong codes in a row, and blocks its key after some.
        play(bench, row["second card"], "good")


def _nexts(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    known = kinds(bench)
    return {
        "first": OUTCOMES, "second": OUTCOMES, "first card": known, "second card": known,
    }  # fmt: skip


# -- a torn tap until the card is back ---------------------------------------------------------

_BETWEEN: Final = (
    "nothing", "another card pays", "another card is refused", "another card is torn",
    "three cards are torn", "it pays elsewhere", "it pays elsewhere twice",
    "its INITIALIZE is refused", "it is torn at once", "midnight", "the new year",
)  # fmt: skip
_BACK: Final = ("once", "twice", "twice with another card between", "forged, then good")


def _torn(bench: TerminalBench, row: Values) -> None:
    between = row["between"]
    if between in ("midnight", "the new year"):
        bench.set_clock(_MIDNIGHT if between == "midnight" else _NEW_YEAR)
    card = bench.card(row["card"])
    bench.tap(card, ROLE, removal=gone(bench, row["gone"]))
    _between(bench, card, between)
    back = row["back"]
    bench.tap(card, ROLE, mutate=forged(bench) if back == "forged, then good" else None)
    if back == "once":
        return
    if back == "twice with another card between":
        play(bench, row["card"], "good")
    bench.tap(card, ROLE)


def _between(bench: TerminalBench, card: TestCard, what: str) -> None:
    kind = card.spec.kind
    match what:
        case "another card pays":
            play(bench, kind, "good")
        case "another card is refused":
            play(bench, kind, "expired")
        case "another card is torn":
            play(bench, kind, "gone after the commit")
        case "three cards are torn":
            for outcome in ("gone after the commit", "gone before the commit") * 2:
                play(bench, kind, outcome)
        case "it pays elsewhere" | "it pays elsewhere twice":
            purse = _purse(bench, kind)
            for _ in range(2 if what.endswith("twice") else 1):
                bench.elsewhere(card, purse, bench.fare(purse))
        case "its INITIALIZE is refused":
            bench.tap(card, ROLE, mutate=spoil.unreachable("6985", INS.INITIALIZE, 0x6985))
        case "it is torn at once":
            bench.tap(card, ROLE, removal=gone(bench, "at once"))
        case "nothing" | "midnight" | "the new year":
            pass  # no card comes; what passes is time
        case _:
            raise ValueError(f"nothing is known that goes on between taps as {what!r}")


def _purse(bench: TerminalBench, kind: str) -> str:
    """The purse that pays here."""
    return str(bench.ics["applications"]["priority"][0]) if kind not in set(Standard) else kind


def _tears(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {"between": _BETWEEN, "gone": GONE, "back": _BACK, "card": kinds(bench)}


CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2201",
            title="What one card leaves in the terminal for the next one",
            title_zh="前一张卡对后一张卡的影响遍历",
            clauses="CL-TCARD-001 CL-TCARD-002 CL-TENTRY-008 CL-TPAY-007 CL-TTORN-001",
            factors=_nexts,
            play=_next_card,
            applies=ANY,
        )
    ),
    case_of(
        Table(
            id="T-2202",
            title="What comes between a torn tap and the card's return, and after it",
            title_zh="闪卡与重刷之间及之后的情形遍历",
            clauses="CL-TTORN-001 CL-TTORN-002 CL-TTORN-003 CL-TTORN-004 CL-TTORN-005",
            factors=_tears,
            play=_torn,
            applies=ANY,
            needs="report",
        )
    ),
)
