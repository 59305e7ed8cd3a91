"""What these tables find: terminals with a wrong rule that nobody has named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conformance.terminals import changed, run
from ykt_conformance.cases.tables.shapes import beside
from ykt_conformance.judge.verdict import Verdict
from ykt_sim.profiles.terminals import TerminalProfile, Transfer
from ykt_sim.terminal import commands, lnt_flow, payment, recovery_flow, tunion_flow
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.machine import TRANSITIONS, Row
from ykt_sim.terminal.phases import Phase
from ykt_sim.terminal.rules import Rules
from ykt_sim.terminal.rules.fares import moment_of
from ykt_sim.terminal.tap import Quote, Tap
from ykt_sim.wire.files import TunionCardInfo


def _stops_after_ten_records(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(commands, "LOG_RECORDS", 10)


def _looks_at_the_newest_record(patch: pytest.MonkeyPatch) -> None:
    def keep_18(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
        found = lnt_flow.keep_18(ctx, event)
        return next(ctx.tap.plan) if isinstance(found, ev.WantLnt18) else found

    patch.setitem(TRANSITIONS, (Phase.LNT_18, ev.CardAnswered), Row(keep_18, Phase.READING))


def _takes_the_fare_of_the_torn_tap(patch: pytest.MonkeyPatch) -> None:
    true, torn = Rules.quote, [-1]

    def resume(ctx: TerminalContext, event: ev.NotCharged) -> Result:
        torn[0] = ctx.awaited().record.amount
        return recovery_flow.resume(ctx, event)

    def quote(rules: Rules, profile: TerminalProfile, tap: Tap) -> Quote | ev.Refuse:
        found, fare = true(rules, profile, tap), torn[0]
        torn[0] = -1
        if fare < 0 or not isinstance(found, Quote):
            return found
        return found._replace(amount=fare, need=fare)

    patch.setitem(TRANSITIONS, (Phase.RECOVERING, ev.NotCharged), Row(resume, Phase.READING))
    patch.setattr(Rules, "quote", quote)


def _drops_seconds(patch: pytest.MonkeyPatch) -> None:
    true = Rules.transferred

    def transferred(rules: Rules, profile: TerminalProfile, transfer: Transfer, tap: Tap) -> bool:
        trip, now = tap.tunion.trip, moment_of(tap.now)
        begun = None if trip is None else moment_of(trip.datetime)
        if begun is None or now is None or trip is None:
            return true(rules, profile, transfer, tap)
        if trip.city != profile.city or trip.line_station == profile.line_station:
            return False
        ago = now.replace(second=0) - begun.replace(second=0)
        return timedelta(0) <= ago <= timedelta(minutes=transfer.minutes)

    patch.setattr(Rules, "transferred", transferred)


def _wants_a_whole_17(patch: pytest.MonkeyPatch) -> None:
    def keep_17(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
        if len(event.data) < TunionCardInfo.SIZE:
            return tunion_flow.without_17(ctx, ev.CardRefused(0x6700))
        return tunion_flow.keep_17(ctx, event)

    patch.setitem(TRANSITIONS, (Phase.READ_17, ev.CardAnswered), Row(keep_17, Phase.READING))


def _knows_two_digits_of_a_year(patch: pytest.MonkeyPatch) -> None:
    begun, unexpired = Rules.begun, Rules.unexpired
    patch.setattr(Rules, "begun", lambda rules, today, day: begun(rules, today[2:], day[2:]))
    patch.setattr(
        Rules, "unexpired", lambda rules, today, day: unexpired(rules, today[2:], day[2:])
    )


def _reads_two_bytes_of_a_limit(patch: pytest.MonkeyPatch) -> None:
    def keep_init(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
        data = event.data
        return payment.keep_init(ctx, ev.CardAnswered(data[:6] + b"\0" + data[7:]))

    patch.setitem(TRANSITIONS, (Phase.INIT, ev.CardAnswered), Row(keep_init, Phase.PAYING))


@pytest.mark.parametrize(
    ("wrong", "name", "case_id", "words"),
    [
        (_stops_after_ten_records, "bus-legacy", "T-2231", "newer=10"),
        (_looks_at_the_newest_record, "bus-alight", "T-2232", "on the way=a load"),
        (_takes_the_fare_of_the_torn_tap, "bus-tunion", "T-2233", "D-PRICE"),
        (_takes_the_fare_of_the_torn_tap, "metro-exit", "T-2233", "the month's sum"),
        (_drops_seconds, "bus-tunion", "T-2214", "minutes=window+"),
        (_knows_two_digits_of_a_year, "bus-legacy", "T-2234", "D-"),
        (_wants_a_whole_17, "bus-upgraded", "T-2235", "D-GOOD"),
        (_reads_two_bytes_of_a_limit, "bus-upgraded", "T-2207", "limit=65537"),
    ],
)
def test_a_wrong_rule_shows_at_a_row(
    monkeypatch: pytest.MonkeyPatch,
    wrong: Callable[[pytest.MonkeyPatch], None],
    name: str,
    case_id: str,
    words: str,
) -> None:
    [sound] = run(f"sim:{name}", case_id).results
    assert sound.verdict is Verdict.PASS, sound.reason
    wrong(monkeypatch)
    [result] = run(f"sim:{name}", case_id).results
    assert result.verdict is Verdict.FAIL, result.reason
    assert words in result.reason


@pytest.mark.parametrize("tolerance", [0, 60])
def test_the_end_of_a_window_is_open_as_far_as_the_clock_may_be_off(
    monkeypatch: pytest.MonkeyPatch, tolerance: int
) -> None:
    _drops_seconds(monkeypatch)
    form = changed("bus-tunion", "clock", tolerance_s=tolerance)
    [result] = run("sim:bus-tunion", "T-2214", form=form).results
    assert result.verdict is (Verdict.PASS if tolerance else Verdict.FAIL), result.reason


def test_the_days_beside_a_day_differ_by_one_digit_each_way() -> None:
    found = tuple(beside("20251115"))
    assert {"10251115", "30251115", "20241115", "20261115", "20251015", "20251215"} <= set(found)
    assert all(sum(a != b for a, b in zip(one, "20251115", strict=True)) == 1 for one in found)
