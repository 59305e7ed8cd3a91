"""What a terminal keeps of one card for the next one, and of a torn tap until the card is back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import (
    FORGED,
    GONE,
    GONE_AGAIN,
    OUTCOMES,
    forged,
    gone,
    play,
)
from ykt_conformance.cases.scenes.record import ANY
from ykt_conformance.cases.scenes.table import CLOCK, ROLE, Table, case_of, kinds
from ykt_conformance.cases.tables.lists import AGAINST
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive import spoil
from ykt_conformance.drive.issue import TestCard
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import INS, Standard


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

#: Half a minute before midnight, in the middle of a month and at the end of a year.
_CLOCKS: Final[Mapping[str, str]] = {
    "now": "", "midnight": "20250612235930", "the new year": "20251231235930",
}  # fmt: skip
#: What befalls the card at other terminals, in words of `drive.behind.USES`.
_AWAY: Final[Mapping[str, tuple[str, ...]]] = {
    "it pays elsewhere": ("pays",),
    "it pays elsewhere twice": ("pays", "buys"),
    "it is loaded elsewhere": ("loads",),
    "it is unloaded elsewhere": ("unloads",),
    "it is loaded and pays elsewhere": ("loads", "rides"),
    "it pays and is loaded elsewhere": ("rides", "loads"),
}
#: The same with its other application.
_OTHER: Final[Mapping[str, tuple[str, ...]]] = {
    "its other application pays": ("pays",),
    "its other application is loaded": ("loads",),
}
_BETWEEN: Final = (
    "nothing", "another card pays", "another card is refused", "another card is torn",
    "three cards are torn", *_AWAY, *_OTHER,
)  # fmt: skip
_BACK: Final = ("once", "twice", "twice with another card between")
_REFUSED: Final = "its INITIALIZE is refused"
_LOST: Final = ("whole", _REFUSED, "the code is forged", *GONE_AGAIN)


def _torn(bench: TerminalBench, row: Values) -> None:
    card = _gone(bench, row)
    back = row["back"]
    bench.tap(card, ROLE)
    if back == "once":
        return
    if back == "twice with another card between":
        play(bench, row["card"], "good")
    bench.tap(card, ROLE)


def _lost_again(bench: TerminalBench, row: Values) -> None:
    card, lost = _gone(bench, row), row["lost again"]
    mutate = None
    if lost == _REFUSED:
        mutate = spoil.unreachable("6985", INS.INITIALIZE, 0x6985)
    elif lost == "the code is forged":
        mutate = forged(bench)
    for _ in range(2 if row["how often"] == "twice" else 1):
        bench.tap(card, ROLE, mutate=mutate, removal=gone(bench, lost))
    if row["how often"] == "once then another card":
        play(bench, row["card"], "good")
    bench.tap(card, ROLE)
    bench.tap(card, ROLE)


def _gone(bench: TerminalBench, row: Values) -> TestCard:
    """A card that was torn, and what comes before it is back."""
    clock = _CLOCKS[row.get(CLOCK, "now")]
    if clock:
        bench.set_clock(clock)
    card = bench.card(row["card"])
    bench.tap(card, ROLE, removal=gone(bench, row["gone"]))
    _between(bench, card, row["between"])
    return card


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
        case _:
            first, *others = _purses(bench, kind)
            for word in _AWAY.get(what, ()):
                bench.elsewhere(card, first, bench.fare(first), word)
            for word in _OTHER.get(what, ()):
                bench.elsewhere(card, others[0], bench.fare(others[0]), word)


def _purses(bench: TerminalBench, kind: str) -> tuple[str, ...]:
    """The purses of a card, the one that pays here first."""
    return tuple(bench.ics["applications"]["priority"]) if kind not in set(Standard) else (kind,)


def _tears(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {
        CLOCK: tuple(_CLOCKS), "between": _BETWEEN, "gone": GONE, "back": _BACK,
        "card": kinds(bench),
    }  # fmt: skip


def _losses(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    return {
        "lost again": _LOST, "gone": ("before the commit", "after the commit"),
        "how often": ("once", "twice", "once then another card"), "card": kinds(bench),
        "between": ("nothing", "another card pays", "it pays elsewhere", "it is loaded elsewhere"),
    }  # fmt: skip


def _has_two(row: Values) -> bool:
    """A card has another application."""
    return bool(row["card"] == "dual" or row["between"] not in _OTHER)


# -- the same card again -----------------------------------------------------------------------

_AGAIN: Final = ("at once", "twice", "after another", "after another that is refused")


def _again(bench: TerminalBench, row: Values) -> None:
    kind, reason, again = row["card"], row["first"], row["again"]
    pays = _purses(bench, kind)[0]
    if reason in AGAINST:
        card = bench.card(kind, **AGAINST[reason](bench, pays))
        bench.tap(card, ROLE)
    elif reason in _STANDS:
        card = bench.card(kind, ride=_STANDS[reason])
        bench.tap(card, ROLE)
    else:
        card = play(bench, kind, reason)
    if again.startswith("after"):
        play(bench, kind, "expired" if again.endswith("refused") else "good")
    for _ in range(2 if again == "twice" else 1):
        bench.tap(card, ROLE)


#: Rides that an exit may refuse, in words of `drive.issue.Spec`.
_STANDS: Final = {"never entered": "none", "is outside again": "left", "is inside": "inside"}


def _agains(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    rides = tuple(_STANDS) if bench.ics["device"]["record"] else ()
    others = ("too little", "refuses INITIALIZE", "code is forged")
    return {"first": (*AGAINST, *others, *rides), "again": _AGAIN, "card": kinds(bench)}


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
            fits=_has_two,
            applies=ANY,
            needs="report",
        )
    ),
    case_of(
        Table(
            id="T-2215",
            title="A torn card that is lost again, or refused, when it is back",
            title_zh="闪卡重刷时再次闪卡或被拒的情形遍历",
            clauses="CL-TTORN-001 CL-TTORN-002 CL-TTORN-003 CL-TTORN-004 CL-TTORN-005",
            factors=_losses,
            play=_lost_again,
            applies=ANY,
            needs="report",
        )
    ),
    case_of(
        Table(
            id="T-2216",
            title="The same card again, let through or refused for every reason",
            title_zh="同一张卡通过或因各种原因被拒后再次刷卡遍历",
            clauses="CL-TCARD-001 CL-TCARD-002 CL-TENTRY-008 CL-TPAY-007",
            factors=_agains,
            play=_again,
            applies=ANY,
        )
    ),
)
