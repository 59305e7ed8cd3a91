"""A card that leaves at every command of every tap, before and after it has done it.

Where a card can leave is read off a tap at the terminal under test, not listed: a whole one, and
one by which a torn card is settled. Every point is met; those at which money is about to move meet
everything that may be presented then, the others, which leave nothing behind, each something else.
With `thorough` all meet all.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.scenes.outcomes import commit, play
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive import spoil
from ykt_conformance.drive.issue import TestCard
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import Removal, TerminalBench
from ykt_sim.codes import AID_LNT_BASIC, AID_TUNION_EP, INS, TUNION, Standard, aid_name
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import BY_NAME, SELECT, find

#: Commands by which a transaction begins.
_BEGINS: Final = (INS.INITIALIZE, INS.UPDATE_RECORD)


class Cut(msgspec.Struct, frozen=True):
    """One point at which a card leaves.

    Attributes:
        kind: of the card; tap: which of its taps.
        removal: when it leaves it.
        name: of the command.
        meets: places in the list of what is presented then.
    """

    kind: str
    tap: str
    removal: Removal
    name: str
    meets: frozenset[int]

    def __str__(self) -> str:
        when = "after" if self.removal.executed else "before"
        return f"{when} command {self.removal.at} {self.name} by {self.kind} as {self.tap}"


def _name(apdu: bytes) -> str:
    command = Command.parse(apdu)
    row = find(command)
    selects = row is SELECT and command.p1 == BY_NAME
    return f"SELECT {aid_name(command.data)}" if selects else row.name


def _cuts(
    bench: TerminalBench,
    kind: str,
    tap: str,
    seen: tuple[bytes, ...],
    backs: int,
    begins: Container[int] = (),
) -> Iterator[Cut]:
    """Every point of a tap that was whole; before those that begin, as at the commit, all meet."""
    for at, apdu in enumerate(seen, 1):
        for executed in (False, True):
            commits = apdu[1] == commit(bench)
            all_ = bench.thorough or commits or (apdu[1] in begins and not executed)
            # The card comes at once after one, and somehow else after the other.
            meets = range(backs) if all_ else ((1 + at % (backs - 1)) * executed,)
            removal = Removal(at=at, executed=executed)
            yield Cut(kind, tap, removal, _name(apdu), frozenset(meets))


# -- what is presented then --------------------------------------------------------------------


def _purses(bench: TerminalBench, kind: str) -> tuple[str, ...]:
    """The purses of a card, the one that pays here first."""
    return tuple(bench.ics["applications"]["priority"]) if kind not in set(Standard) else (kind,)


#: Does what comes before the card is back; the last argument is when it left, 14 digits.
_Back = Callable[[TerminalBench, TestCard, str], None]


def _same(_bench: TerminalBench, _card: TestCard, _left: str) -> None:
    """The same card, at once."""


def _second(bench: TerminalBench, _card: TestCard, left: str) -> None:
    bench.set_clock(left)


def _another(bench: TerminalBench, card: TestCard, _left: str) -> None:
    play(bench, card.spec.kind, "good")


def _elsewhere(word: str) -> _Back:
    def away(bench: TerminalBench, card: TestCard, _left: str) -> None:
        purse = _purses(bench, card.spec.kind)[0]
        bench.elsewhere(card, purse, bench.fare(purse), word)

    return away


def _not_found(bench: TerminalBench, card: TestCard, _left: str) -> None:
    """The terminal may go on to its other application."""
    first = _purses(bench, card.spec.kind)[0]
    aid = AID_TUNION_EP if first == TUNION else AID_LNT_BASIC
    gone = spoil.status("6A82 to SELECT", INS.SELECT, 0x6A82, aid=aid, keep=False)
    bench.tap(card, ROLE, mutate=spoil.at_first(gone))


_BACK: Final[Mapping[str, _Back]] = {
    "at once": _same,
    "in the same second": _second,
    "after another card": _another,
    "after it paid elsewhere": _elsewhere("pays"),
    "after a load elsewhere": _elsewhere("loads"),
    "its application is not found at first": _not_found,
}
#: What is presented when it left a second time.
_LATER: Final = {name: back for name, back in _BACK.items() if name.startswith(("at", "after"))}


def _played(bench: TerminalBench, card: TestCard, cut: Cut, back: str) -> None:
    """It leaves, comes back, and comes once more: nothing is to be left of it."""
    now = bench.now
    seen = bench.tap(card, ROLE, removal=cut.removal)
    if len(seen) < cut.removal.at:
        raise Impossible(f"the terminal sent {len(seen)} commands this time")
    _BACK[back](bench, card, now)
    bench.tap(card, ROLE)
    bench.tap(card, ROLE)


# -- a whole tap -------------------------------------------------------------------------------


def _first(bench: TerminalBench, row: Values) -> None:
    cut = row["leaves"]
    _played(bench, bench.card(cut.kind), cut, row["back"])


def _firsts(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    found: list[Cut] = []
    for kind in kinds(bench):
        seen = bench.tap(bench.card(kind), ROLE)
        found += _cuts(bench, kind, "card", seen, len(_BACK), _BEGINS)
    return {"leaves": tuple(found), "back": tuple(_BACK)}


# -- a tap by which a torn card is settled -----------------------------------------------------

_TORN: Final = {"card that has paid": True, "card that has not paid": False}


def _torn(bench: TerminalBench, kind: str, tap: str) -> TestCard:
    card = bench.card(kind)
    bench.tap(card, ROLE, removal=Removal(ins=commit(bench), executed=_TORN[tap]))
    return card


def _again(bench: TerminalBench, row: Values) -> None:
    cut = row["leaves"]
    _played(bench, _torn(bench, cut.kind, cut.tap), cut, row["back"])


def _agains(bench: TerminalBench) -> Mapping[str, tuple[Any, ...]]:
    found: list[Cut] = []
    for kind in kinds(bench):
        for tap in _TORN:
            seen = bench.tap(_torn(bench, kind, tap), ROLE)
            found += _cuts(bench, kind, tap, seen, len(_LATER))
    return {"leaves": tuple(found), "back": tuple(_LATER)}


def _meet(names: Iterable[str]) -> Callable[[Values], bool]:
    places = {name: at for at, name in enumerate(names)}
    return lambda row: places[row["back"]] in row["leaves"].meets


_CLAUSES: Final = "CL-TTORN-001 CL-TTORN-002 CL-TTORN-003 CL-TTORN-004 CL-TTORN-005"

CASES: Final[tuple[TerminalCase, ...]] = (
    case_of(
        Table(
            id="T-2222",
            title="A card leaves at every command of a tap, before and after it has done it",
            title_zh="在每条命令前后移开卡遍历",
            clauses=_CLAUSES,
            factors=_firsts,
            play=_first,
            fits=_meet(_BACK),
            needs="report",
        )
    ),
    case_of(
        Table(
            id="T-2223",
            title="A torn card leaves again at every command by which it is settled",
            title_zh="闪卡重刷时在每条命令前后再次移开卡遍历",
            clauses=_CLAUSES,
            factors=_agains,
            play=_again,
            fits=_meet(_LATER),
            needs="report",
        )
    ),
)
