"""A card that leaves at every command: every point is met, and what a terminal forgets is found."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from tests.conformance.terminals import run
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.judge.verdict import Verdict
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.machine import TRANSITIONS, Row
from ykt_sim.terminal.phases import Phase
from ykt_sim.trace.model import Exchange, Note

_ROW = re.compile(r"leaves=(before|after) command (\d+) .* by (.*), back=(.*)")


def _points(result: CaseResult) -> dict[str, set[tuple[int, str, str]]]:
    """What was met, by card and tap."""
    found: dict[str, set[tuple[int, str, str]]] = defaultdict(set)
    assert result.trace is not None
    for event in result.trace.events:
        words = event.data.get("row", "") if isinstance(event, Note) else ""
        row = _ROW.fullmatch(str(words))
        if row is not None:
            found[row[3]].add((int(row[2]), row[1], row[4]))
    return found


def _sent(result: CaseResult, tap: int) -> int:
    """Commands to the card in a tap of a case."""
    assert result.trace is not None
    at = 0
    sent = 0
    for event in result.trace.events:
        at += isinstance(event, Note) and event.text == "tap"
        sent += at == tap and isinstance(event, Exchange) and event.channel == "card"
    return sent


def test_every_point_of_a_tap_is_met_and_the_commit_meets_everything() -> None:
    [result] = run("sim:bus-tunion", "T-2222").results
    assert result.verdict is Verdict.PASS
    assert " rows left" not in result.reason
    [(card, met)] = _points(result).items()
    last = _sent(result, 1)
    assert card == "tunion as card"
    assert last > 5
    every = {(at, when) for at in range(1, last + 1) for when in ("before", "after")}
    assert {(at, when) for at, when, _ in met} == every
    backs = {back for _, _, back in met}
    assert len(backs) == 6
    for when in ("before", "after"):
        assert {back for at, side, back in met if (at, side) == (last, when)} == backs
    assert all((at, "before", "at once") in met for at in range(1, last + 1))


def test_both_taps_that_settle_a_torn_card_are_cut() -> None:
    [result] = run("sim:bus-tunion", "T-2223").results
    assert result.verdict is Verdict.PASS
    assert " rows left" not in result.reason
    met = _points(result)
    # The tap behind a card that was torn: the second of the case, and the fourth.
    lasts = {"tunion as card that has paid": _sent(result, 2),
             "tunion as card that has not paid": _sent(result, 4)}  # fmt: skip
    for card, last in lasts.items():
        found = {(at, when) for at, when, _ in met[card]}
        assert found == {(at, when) for at in range(1, last + 1) for when in ("before", "after")}


def test_thorough_has_every_point_meet_everything() -> None:
    few, all_ = (
        _points(run("sim:bus-legacy", "T-2222", thorough=thorough).results[0])["lnt as card"]
        for thorough in (False, True)
    )
    assert few < all_
    assert len(all_) == 2 * max(at for at, _, _ in all_) * 6


def _forgets(patch: pytest.MonkeyPatch, phase: Phase) -> None:
    """A terminal that gives a torn payment up when its card leaves again in this phase."""
    true = TRANSITIONS[phase, ev.CardRemoved]

    def forget(ctx: TerminalContext, event: ev.CardRemoved) -> Result:
        for key in [key for key in ctx.pending if key[1] == ctx.tap.card]:
            del ctx.pending[key]
        return true.act(ctx, event)

    patch.setitem(TRANSITIONS, (phase, ev.CardRemoved), Row(forget, true.next))


@pytest.mark.parametrize("phase", [Phase.RECOVER_INIT, Phase.LOG, Phase.PROVE])
def test_a_terminal_that_gives_up_when_a_card_leaves_again_is_found(
    monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    _forgets(monkeypatch, phase)
    [result] = run("sim:bus-legacy", "T-2223").results
    assert result.verdict is Verdict.FAIL, result.reason
    assert "D-TORN-TWICE" in result.reason
    assert "lnt as card that has paid" in result.reason


def test_what_comes_in_between_is_found_too() -> None:
    [result] = run("sim:bus-upgraded?deviate=torn-forgotten", "T-2222").results
    assert result.verdict is Verdict.FAIL
    assert "after command" in result.reason
