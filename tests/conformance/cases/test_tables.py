"""Tables for terminals: rows by pairs or in full, judged by duty, and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.conformance.terminals import changed, plan_of, run
from ykt_conformance.cases.case import TerminalCase
from ykt_conformance.cases.registry import terminal_cases
from ykt_conformance.cases.scenes.table import ROLE, Table, case_of, kinds
from ykt_conformance.cases.words.sweep import Values
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import TerminalBench
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.targets import sim_terminal
from ykt_conformance.run.terminal import SimTarget, run_terminal
from ykt_sim.codes import Code, LntSubType, TransactionType
from ykt_sim.profiles.terminals import Station, TerminalProfile
from ykt_sim.terminal import entry_flow, recovery_flow, tunion_flow
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.context import Result, TerminalContext
from ykt_sim.terminal.machine import TRANSITIONS, Row
from ykt_sim.terminal.phases import Phase
from ykt_sim.terminal.rules import Rules
from ykt_sim.terminal.rules.fares import station_by_code
from ykt_sim.terminal.tap import Quote, Tap
from ykt_sim.trace.model import Note
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.files import LntTransactionRecord, TransactionRecord, TripRecord

TABLES = tuple(case for case in terminal_cases() if case.group == "sweeps")


def _play(bench: TerminalBench, row: Values) -> None:
    if row["a"] == 2:
        raise Impossible("two is out of reach")
    bench.tap(bench.card(row["card"]), ROLE)


def _table(values: tuple[int, ...] = (1, 2, 3)) -> TerminalCase:
    return case_of(
        Table(id="T-9001", title="t", title_zh="表", clauses="CL-TCARD-001", play=_play,
              factors=lambda bench: {"a": values, "b": (0, 1, 2), "card": kinds(bench)},
              fits=lambda row: row["b"] < row["a"])
    )  # fmt: skip


def _result(target: str, case: TerminalCase, **changes: Any) -> CaseResult:
    form = ics.load(target.removeprefix("sim:").partition("?")[0])
    plan = plan_of(form, cases=(case,), **changes)
    [result] = run_terminal(plan, target=target).results
    return result


def test_rows_that_are_out_of_reach_are_counted_and_named() -> None:
    result = _result("sim:bus-upgraded", _table())
    assert result.verdict is Verdict.PASS
    assert "rows left, the first (a=2, b=0, card=" in result.reason
    result = _result("sim:bus-upgraded", _table((2,)))
    assert (result.verdict, "two is out of reach" in result.reason) == (Verdict.INCONCLUSIVE, True)


def test_thorough_plays_all_that_fits() -> None:
    few, all_ = (_result("sim:bus-upgraded", _table((3,)), thorough=t) for t in (False, True))
    assert few.reason.startswith("9 rows")
    assert all_.reason.startswith("9 rows")
    few, all_ = (_result("sim:bus-upgraded", _table((3, 4, 5)), thorough=t) for t in (False, True))
    assert int(few.reason.split()[0]) < int(all_.reason.split()[0]) == 27


def test_what_no_rule_allows_fails_and_names_the_row() -> None:
    result = _result("sim:bus-upgraded?deviate=fare-one-fen-more", _table((3,)))
    assert result.verdict is Verdict.FAIL
    assert result.reason.startswith("D-PRICE: tap 1: INITIALIZE asks for ")
    assert "(row a=3, b=0, card=" in result.reason


def test_kinds_are_those_that_the_terminal_takes() -> None:
    seen: list[tuple[str, ...]] = []
    for name in ("bus-legacy", "bus-tunion", "bus-upgraded"):
        plan = plan_of(ics.load(name))
        terminal = SimTarget(f"sim:{name}", plan).open("t")
        bench = TerminalBench(plan.ics.values, terminal, plan.rng("t"), plan.limits)
        seen.append(kinds(bench))
    assert seen == [("lnt",), ("tunion",), ("tunion", "lnt", "dual")]


def test_the_clock_can_be_set_where_the_target_can() -> None:
    plan = plan_of(ics.load("bus-upgraded"))
    terminal = SimTarget("sim:bus-upgraded", plan).open("t")
    bench = TerminalBench(plan.ics.values, terminal, plan.rng("t"), plan.limits)
    card = bench.card()
    bench.tap(card)
    bench.set_clock("20251231235930")
    for _ in range(2):
        bench.tap(card)
    clocks = [note.data["clock"] for note in bench.events if isinstance(note, Note)
              and note.text == "tap"]  # fmt: skip
    assert clocks == ["20250601081733", "20251231235930", "20260101000030"]
    bench.capabilities = frozenset()
    with pytest.raises(Impossible):
        bench.set_clock("20251231235930")


def test_every_table_is_judged_by_every_rule_and_plays_most_of_its_rows() -> None:
    assert len(TABLES) >= 20
    assert all(case.swept for case in TABLES)
    for name in ("bus-upgraded", "metro-exit", "load-point"):
        for result in run(f"sim:{name}", *(case.id for case in TABLES)).results:
            if result.verdict is Verdict.PASS:
                assert " rows left" not in result.reason, (name, result.id, result.reason)
                assert result.model is not None
                assert result.model.judged >= 2 * result.model.not_stated, (name, result.id)


@pytest.mark.parametrize(
    ("deviation", "case_id", "words"),
    [("torn-forgotten", "T-2202", "between="), ("expiry-ignored", "T-2206", "card is=until "),
     ("balance-two-bytes", "T-2207", "balance=")],
)  # fmt: skip
def test_tables_find_what_cases_find(deviation: str, case_id: str, words: str) -> None:
    [result] = run(f"sim:bus-upgraded?deviate={deviation}", case_id).results
    assert result.verdict is Verdict.FAIL
    assert words in result.reason


@pytest.mark.parametrize(
    ("name", "section", "entries", "case_id", "rule"),
    [
        ("bus-upgraded", "applications", {"second": "tried"}, "T-2210", "D-GOOD"),
        ("bus-upgraded", "applications", {"enable_flag": "judged"}, "T-2209", "D-ENABLED"),
        ("metro-exit", "tariff", {"monthly": [[8000, 70]]}, "T-2213", "D-PRICE"),
        ("metro-exit", "tariff", {"monthly_sum": "sum-1"}, "T-2213", ""),
        ("bus-tunion", "tariff", {"transfer_minutes": 70}, "T-2214", "D-PRICE"),
        ("bus-tunion", "tariff", {"transfer_fare": 101}, "T-2214", "D-PRICE"),
        ("bus-tunion", "tariff", {"transfer_from": "00980000000001"}, "T-2214", ""),
        ("metro-exit", "tariff", {"stations": [["00010016", "010000220116", 500, 500, 500]]},
         "T-2212", "D-PRICE"),
        ("metro-exit", "tariff", {"others": "not stated"}, "T-2217", ""),
        ("metro-exit", "rides", {"unknown_station": "refuse"}, "T-2217", "D-STATION"),
        ("bus-alight", "rides", {"time_limit": "not stated"}, "T-2217", ""),
    ],
)  # fmt: skip
def test_what_the_form_says_is_what_is_due(
    name: str, section: str, entries: dict[str, Any], case_id: str, rule: str
) -> None:
    form = changed(name, section, **entries)
    [result] = run(f"sim:{name}", case_id, form=form).results
    assert result.verdict is (Verdict.FAIL if rule else Verdict.PASS), result.reason
    assert rule in result.reason


@pytest.mark.parametrize(
    ("name", "section", "entries", "case_id"),
    [
        ("bus-upgraded", "applications", {"second": "not stated"}, "T-2210"),
        ("bus-upgraded", "applications", {"enable_flag": "not stated"}, "T-2209"),
        ("metro-exit", "tariff", {"monthly_sum": "not stated"}, "T-2213"),
        ("metro-exit", "tariff", {"stations": [], "others": "not stated"}, "T-2212"),
        ("metro-exit", "tariff", {"others": "not stated"}, "T-2217"),
        ("bus-alight", "rides", {"time_limit": "not stated"}, "T-2217"),
    ],
)
def test_what_is_not_stated_fails_nothing_and_is_counted(
    name: str, section: str, entries: dict[str, Any], case_id: str
) -> None:
    stated = run(f"sim:{name}", case_id).results[0].model
    open_ = run(f"sim:{name}", case_id, form=changed(name, section, **entries)).results[0]
    assert open_.verdict is Verdict.PASS
    assert stated is not None
    assert open_.model is not None
    more = open_.model.not_stated > stated.not_stated or open_.model.judged < stated.judged
    assert more or case_id == "T-2213"  # an amount alone is open there, not the tap


def test_a_form_of_the_version_before_is_read_and_states_none_of_it() -> None:
    text = ics.load("metro-exit").text
    start, end = text.index("# What else a ride may cost"), text.index("# How it takes money")
    old = text[:start] + text[end:]
    old = "\n".join(
        line
        for line in old.splitlines()
        if not line.startswith(("second =", "enable_flag =", "time_limit ="))
    )
    form = ics.read(old.replace("version = 2", "version = 1"), "old")
    assert form.values["tariff"]["monthly"] == ()
    assert form.values["applications"]["second"] == "not stated"
    assert run("sim:metro-exit", "T-2212", form=form).results[0].verdict is Verdict.PASS


# -- terminals with a wrong rule that nobody has named ------------------------------------------


def _knows_one_exit(patch: pytest.MonkeyPatch) -> None:
    true = Rules.tells_ride

    def tells_ride(rules: Rules, line: LntTransactionRecord, *, ours: bool) -> bool:
        return line.sub_type != LntSubType.METRO_EXIT_VARIANT and true(rules, line, ours=ours)

    patch.setattr(Rules, "tells_ride", tells_ride)


def _knows_no_31_july(patch: pytest.MonkeyPatch) -> None:
    def real_dates(_rules: Rules, start: str, expiry: str) -> ev.Refuse | None:
        wrong = "0731" in (start[4:], expiry[4:])
        return ev.Refuse(Code.BAD_DATE, "") if wrong else None

    patch.setattr(Rules, "real_dates", real_dates)


def _counts_all_alike(patch: pytest.MonkeyPatch) -> None:
    def at_its_counter(rules: Rules, line: TransactionRecord, record: ClearingRecord) -> bool:
        return bool(line.counter == rules.counter_after(record))

    patch.setattr(Rules, "at_its_counter", at_its_counter)


def _stops_at_a_load(patch: pytest.MonkeyPatch) -> None:
    def search_log(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
        load = event.data[9] == TransactionType.EP_LOAD
        return ev.NotCharged() if load else recovery_flow.search_log(ctx, event)

    patch.setitem(TRANSITIONS, (Phase.LOG, ev.CardAnswered), Row(search_log, Phase.RECOVERING))


def _forgets_too_early(patch: pytest.MonkeyPatch) -> None:
    def ask_counter(ctx: TerminalContext, event: ev.Recover) -> Result:
        ctx.pending.pop(ctx.awaited().key, None)
        return recovery_flow.ask_counter(ctx, event)

    patch.setitem(TRANSITIONS, (Phase.READING, ev.Recover), Row(ask_counter, Phase.RECOVER_INIT))


def _looks_once(patch: pytest.MonkeyPatch) -> None:
    true, last = Rules.unexpired, [""]

    def unexpired(rules: Rules, today: str, expiry: str) -> ev.Refuse | None:
        again, last[0] = last[0] == expiry, expiry
        return None if again else true(rules, today, expiry)

    patch.setattr(Rules, "unexpired", unexpired)


def _fills_up_from_the_last_card(patch: pytest.MonkeyPatch) -> None:
    last = [b""]

    def keep_1a(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
        data = event.data + last[0][len(event.data) :]
        last[0] = data
        return tunion_flow.keep_1a(ctx, ev.CardAnswered(data))

    patch.setitem(TRANSITIONS, (Phase.READ_1A, ev.CardAnswered), Row(keep_1a, Phase.READING))


def _keeps_the_last_trip(patch: pytest.MonkeyPatch) -> None:
    last: list[TripRecord | None] = [None]

    def keep_1e(ctx: TerminalContext, event: ev.CardAnswered) -> Result:
        found = tunion_flow.keep_1e(ctx, event)
        last[0] = ctx.tap.tunion.trip = ctx.tap.tunion.trip or last[0]
        return found

    patch.setitem(TRANSITIONS, (Phase.READ_1E, ev.CardAnswered), Row(keep_1e, Phase.READING))


def _forgets_rides_of_yesterday(patch: pytest.MonkeyPatch) -> None:
    true = Rules.quote

    def quote(rules: Rules, profile: TerminalProfile, tap: Tap) -> Quote | ev.Refuse:
        if tap.entered is not None and tap.entered.day != tap.now[4:8]:
            tap.entered = None
        return true(rules, profile, tap)

    patch.setattr(Rules, "quote", quote)


def _knows_no_operator(patch: pytest.MonkeyPatch) -> None:
    def station(profile: TerminalProfile, digits: str) -> Station | None:
        return station_by_code(profile, profile.station[:4] + digits[4:])

    patch.setattr("ykt_sim.terminal.tunion_flow.station_by_code", station)


def _wants_the_fare_before_the_discount(patch: pytest.MonkeyPatch) -> None:
    true = Rules.quote

    def quote(rules: Rules, profile: TerminalProfile, tap: Tap) -> Quote | ev.Refuse:
        found = true(rules, profile, tap)
        return found._replace(need=found.fare) if isinstance(found, Quote) else found

    patch.setattr(Rules, "quote", quote)


def _passes_over_the_role_digit(patch: pytest.MonkeyPatch) -> None:
    def known_issuer(_rules: Rules, issuer: str, issuers: Iterable[str]) -> ev.Refuse | None:
        known = issuer[1:] in {one[1:] for one in issuers}
        return None if known else ev.Refuse(Code.NOT_IN_WHITE_LIST, "")

    patch.setattr(Rules, "known_issuer", known_issuer)
    patch.setattr(Rules, "issuer_has_iin", lambda *_args: None)


def _probes_less_after_five(patch: pytest.MonkeyPatch) -> None:
    count = [0]

    def begin(ctx: TerminalContext, event: ev.CardPresented) -> Result:
        found = entry_flow.begin(ctx, event)
        count[0] += 1
        if count[0] % 6 == 0:
            ctx.tap.queue = []
            return ev.TryPpse()
        return found

    patch.setitem(TRANSITIONS, (Phase.IDLE, ev.CardPresented), Row(begin, Phase.ENTERING))


@pytest.mark.parametrize(
    ("wrong", "name", "case_id", "rule"),
    [
        (_fills_up_from_the_last_card, "metro-exit", "T-2219", "to which nothing comes that this"),
        (_keeps_the_last_trip, "bus-tunion", "T-2219", "D-PRICE"),
        (_forgets_rides_of_yesterday, "bus-board", "T-2217", "boarding_datetime:day"),
        (_knows_no_operator, "bus-alight", "T-2217", "boarding_operator:digit0"),
        (_wants_the_fare_before_the_discount, "metro-exit", "T-2213", "D-GOOD"),
        (_passes_over_the_role_digit, "bus-upgraded", "T-2218", "D-ISSUER"),
        (_probes_less_after_five, "bus-upgraded", "T-2220", "D-ENTRY"),
        (_knows_one_exit, "metro-exit", "T-2212", "D-OUTSIDE"),
        (_knows_no_31_july, "bus-legacy", "T-2206", "D-GOOD"),
        (_counts_all_alike, "bus-legacy", "T-2202", "D-TORN-TWICE"),
        (_stops_at_a_load, "bus-legacy", "T-2202", "D-TORN-TWICE"),
        (_forgets_too_early, "bus-legacy", "T-2215", "D-TORN-TWICE"),
        (_looks_once, "bus-legacy", "T-2216", "D-EXPIRY"),
    ],
)
def test_a_history_shows_what_one_tap_does_not(
    monkeypatch: pytest.MonkeyPatch,
    wrong: Callable[[pytest.MonkeyPatch], None],
    name: str,
    case_id: str,
    rule: str,
) -> None:
    wrong(monkeypatch)
    [result] = run(f"sim:{name}", case_id).results
    assert result.verdict is Verdict.FAIL, result.reason
    assert rule in result.reason


def test_where_the_clock_cannot_be_set_all_others_meet_and_its_moments_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sim_terminal.SimTerminal, "capabilities", frozenset({"report", "sam"}))
    seen: list[str] = []
    table = Table(
        id="T-9001", title="t", title_zh="表", clauses="CL-TCARD-001",
        factors=lambda _bench: {"clock": ("now", "then"), "a": (1, 2), "b": (3, 4)},
        play=lambda _bench, row: seen.append(f"{row['a']}{row['b']}"),
    )  # fmt: skip
    result = _result("sim:bus-upgraded", case_of(table))
    assert sorted(seen) == ["13", "14", "23", "24"]
    assert "1 rows left, the first (clock=then): the target's clock cannot be set" in result.reason
