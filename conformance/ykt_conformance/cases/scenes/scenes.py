"""Scenarios that many terminal cases share: which cards come, in which order.

Each function gives a scenario. What must come of it is the judge's business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ykt_conformance.cases.scenes.record import Scene
from ykt_conformance.drive.terminal import Mutation, Removal, TerminalBench
from ykt_sim.codes import INS

#: What a case wishes of a card, worked out when the terminal is known.
Wishes = Callable[[TerminalBench], dict[str, Any]]


def _none(_bench: TerminalBench) -> dict[str, Any]:
    return {}


def plain(kind: str, wishes: Wishes = _none, *, mutate: Mutation | None = None) -> Scene:
    """One good card, or one that must be as good as any."""

    def scene(bench: TerminalBench) -> None:
        bench.tap(bench.card(kind, **wishes(bench)), "control", mutate=mutate)

    return scene


def negative(
    kind: str,
    wishes: Wishes = _none,
    *,
    mutate: Mutation | None = None,
    control: str = "",
    good: Wishes = _none,
) -> Scene:
    """A good card, the one that is different, a good card again.

    Args:
        kind: of the card that is different.
        wishes: in what it is different.
        mutate: or in what its answers are.
        control: kind of the good cards; the same when empty.
        good: what the good cards need.
    """

    def scene(bench: TerminalBench) -> None:
        bench.tap(bench.card(control or kind, **good(bench)), "control")
        bench.tap(bench.card(kind, **{**good(bench), **wishes(bench)}), "mutant", mutate=mutate)
        bench.tap(bench.card(control or kind, **good(bench)), "again")

    return scene


def several(*kinds: str) -> Scene:
    """Good cards one after the other."""

    def scene(bench: TerminalBench) -> None:
        for kind in kinds:
            bench.tap(bench.card(kind), "control")

    return scene


def repeated(kind: str) -> Scene:
    """The same card twice, unchanged."""

    def scene(bench: TerminalBench) -> None:
        card = bench.card(kind)
        bench.tap(card, "control")
        bench.tap(card, "same")

    return scene


def torn(kind: str, removal: Removal, *, other: str = "") -> Scene:
    """A card taken away at a point, another one in between, and the first one again."""

    def scene(bench: TerminalBench) -> None:
        card = bench.card(kind)
        bench.tap(card, "torn", removal=removal)
        if other:
            bench.tap(bench.card(other), "other")
        bench.tap(card, "return")

    return scene


def torn_everywhere(kind: str, *, executed: bool) -> Scene:
    """A card taken away at every command up to the last before its money moves."""

    def scene(bench: TerminalBench) -> None:
        seen = bench.tap(bench.card(kind), "control")
        steps = next((n for n, command in enumerate(seen) if command[1] in _COMMITS), len(seen))
        for step in range(1, steps + 1):
            card = bench.card(kind)
            bench.tap(card, "torn", removal=Removal(at=step, executed=executed))
            bench.tap(card, "return")

    return scene


_COMMITS: Final = (INS.DEBIT, INS.CREDIT_FOR_LOAD)
