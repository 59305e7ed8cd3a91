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


# -- mutations -------------------------------------------------------------------------


def status(
    name: str, ins: int, sw: int, *, aid: bytes | None = None, keep: bool = True
) -> Mutation:
    """Another status word; the data stay with it or go."""

    def change(command: bytes, true: bytes) -> bytes:
        fits = command[1] == ins and (aid is None or command[5 : 5 + len(aid)] == aid)
        if not fits or true[-2:] != b"\x90\x00":
            return true
        return (true[:-2] if keep else b"") + sw.to_bytes(2, "big")

    return Mutation(name, change)


def unreachable(name: str, ins: int, sw: int) -> Mutation:
    """The command never reaches the card, which gets a harmless one instead."""

    def change(command: bytes, true: bytes) -> bytes:
        return sw.to_bytes(2, "big") if command[1] == ins else true

    def instead(command: bytes) -> bytes:
        return bytes.fromhex("805C030204") if command[1] == ins else command

    return Mutation(name, change, instead)


def forged_mac2() -> Mutation:
    """One bit of MAC2 in the answer to DEBIT; the TAC stays."""

    def change(command: bytes, true: bytes) -> bytes:
        if command[1] == INS.DEBIT and len(true) == 10 and true[-2:] == b"\x90\x00":
            return true[:7] + bytes((true[7] ^ 0x01,)) + true[8:]
        return true

    return Mutation("one bit of MAC2 is turned", change)


def forged_tac() -> Mutation:
    """One bit of the TAC in the answer to CREDIT FOR LOAD."""

    def change(command: bytes, true: bytes) -> bytes:
        if command[1] == INS.CREDIT_FOR_LOAD and len(true) == 6 and true[-2:] == b"\x90\x00":
            return bytes((true[0] ^ 0x01,)) + true[1:]
        return true

    return Mutation("one bit of the TAC is turned", change)


def swapped_codes() -> Mutation:
    """MAC2 before TAC in the answer to DEBIT."""

    def change(command: bytes, true: bytes) -> bytes:
        if command[1] == INS.DEBIT and len(true) == 10 and true[-2:] == b"\x90\x00":
            return true[4:8] + true[:4] + true[8:]
        return true

    return Mutation("MAC2 stands before the TAC", change)


def tac_only() -> Mutation:
    """The answer to DEBIT ends after the TAC."""

    def change(command: bytes, true: bytes) -> bytes:
        if command[1] == INS.DEBIT and len(true) == 10 and true[-2:] == b"\x90\x00":
            return true[:4] + true[8:]
        return true

    return Mutation("the answer to DEBIT has no MAC2", change)
