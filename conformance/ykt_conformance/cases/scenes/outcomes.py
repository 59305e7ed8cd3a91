"""How a tap of a table comes out: what the card is like, what is misheard, when it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.cases.scenes.table import ROLE
from ykt_conformance.drive import spoil
from ykt_conformance.drive.issue import TestCard
from ykt_conformance.drive.terminal import Mutation, Removal, TerminalBench
from ykt_sim.codes import INS, LOAD

#: The code that is checked is wrong: a try of the PSAM is gone.
FORGED: Final = "code is forged"


class Outcome(msgspec.Struct, frozen=True):
    """One way.

    Attributes:
        wishes: of the card.
        mutate: what the terminal hears instead.
        removal: when the card is taken away.
    """

    wishes: Mapping[str, Any] = {}
    mutate: Mutation | None = None
    removal: Removal | None = None


def commit(bench: TerminalBench) -> int:
    """The instruction by which money moves at this terminal."""
    return INS.CREDIT_FOR_LOAD if bench.ics["device"]["kind"] == LOAD else INS.DEBIT


def gone(bench: TerminalBench, when: str) -> Removal | None:
    """When a card leaves, in words of `GONE`; None for one that stays."""
    if when == "at once":
        return Removal(at=2)
    order, _, where = when.partition(" ")
    commands = {"the commit": commit(bench), **_WHERE}
    if where not in commands:
        return None
    return Removal(ins=commands[where], executed=order == "after")


#: Commands at which a card may leave, beside the commit.
_WHERE: Final = {
    "INITIALIZE": INS.INITIALIZE, "the log": INS.READ_RECORD, "the cache": INS.UPDATE_RECORD,
    "the proof": INS.GET_TRANSACTION_PROVE,
}  # fmt: skip
#: When a card leaves.
GONE: Final = ("at once", "after INITIALIZE", "before the commit", "after the commit")
#: When it leaves a terminal that is finding out what became of a transaction.
GONE_AGAIN: Final = (
    "at once", "before INITIALIZE", "after INITIALIZE", "before the log", "before the proof",
    "after the proof", "after the cache", "before the commit", "after the commit",
)  # fmt: skip


def poor(bench: TerminalBench) -> dict[str, Any]:
    """A purse that has too little; at a load point one that has no room."""
    if bench.ics["device"]["kind"] == LOAD:
        return {"balance": 100_000, "ceiling": 100_000}
    return {"balance": 0}


#: What a card holds beside what it owes after all discounts, in words.
OWED: Final = ("plenty", "owed-1", "owed", "owed+1")


def holding(
    bench: TerminalBench, kind: str, word: str, wishes: Mapping[str, Any]
) -> dict[str, Any]:
    """The balance of a card, in a word of `OWED`.

    Args:
        bench: of the terminal.
        kind: of the card.
        word: of `OWED`.
        wishes: what else is wished of it.
    """
    if word == "plenty":
        return {}
    return {"balance": max(bench.owed(kind, **wishes) + int(word.removeprefix("owed") or "0"), 0)}


def expired(bench: TerminalBench) -> dict[str, Any]:
    """A card that was valid until yesterday."""
    return {"expiry": bench.day(-1), "lnt_expiry": bench.day(-1)}


def forged(bench: TerminalBench) -> Mutation:
    """The code that a terminal checks, one bit of it turned."""
    return spoil.forged_tac() if bench.ics["device"]["kind"] == LOAD else spoil.forged_mac2()


_MADE: Final[Mapping[str, Callable[[TerminalBench], Outcome]]] = {
    "good": lambda _bench: Outcome(),
    "too little": lambda bench: Outcome(poor(bench)),
    "expired": lambda bench: Outcome(expired(bench)),
    "blocked": lambda bench: Outcome({"blocked": bench.ics["applications"]["priority"][0]}),
    "refuses INITIALIZE": lambda _bench: Outcome(
        mutate=spoil.unreachable("6985 to INITIALIZE", INS.INITIALIZE, 0x6985)
    ),
    FORGED: lambda bench: Outcome(mutate=forged(bench)),
    **{f"gone {when}": lambda bench, when=when: Outcome(removal=gone(bench, when))  # type: ignore[misc]
       for when in ("at once", "before the commit", "after the commit")},
}  # fmt: skip
#: How a tap comes out.
OUTCOMES: Final = tuple(_MADE)


def play(bench: TerminalBench, kind: str, outcome: str) -> TestCard:
    """A new card of a kind is tapped so that it comes out like this."""
    made = _MADE[outcome](bench)
    wishes = dict(made.wishes)
    if wishes.get("blocked") not in (None, kind) and kind != "dual":
        wishes["blocked"] = kind
    card = bench.card(kind, **wishes)
    bench.tap(card, ROLE, mutate=made.mutate, removal=made.removal)
    return card
