"""Anyone's terminal over TCP: the example of the documentation, and terminals that misbehave."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from tests.conformance.terminals import (
    EXAMPLE,
    QUICK,
    Wire,
    WireLink,
    changed,
    listened,
    plan_of,
    scene,
    terminal,
)
from tests.transport.crowd import crowd
from ykt_conformance.cases.scenes.checks import refused
from ykt_conformance.drive.limits import Limits
from ykt_conformance.drive.terminal import Removal, TerminalBench
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.results import RunResult
from ykt_conformance.judge.taps import taps
from ykt_conformance.judge.verdict import Judgement, Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.run.targets.listen import ListenTarget
from ykt_conformance.run.targets.outside import read_report
from ykt_conformance.run.terminal import run_terminal
from ykt_sim.bench.bench import Bench
from ykt_sim.codes import INS
from ykt_sim.errors import LinkError, UsageError
from ykt_sim.profiles.terminals import load_terminal_profile

ROOT = Path(__file__).resolve().parents[4]
STATED = ics.load(str(ROOT / EXAMPLE))
#: The same of a terminal with a clock of its own.
FORM = ics.read(STATED.text.replace("told = true", "told = false"), "untold")
SILENT = ics.read(
    FORM.text.replace('form = "line"', 'form = "none"')
    .replace("codes = true", "codes = false")
    .replace("clearing = true", "clearing = false"),
    "silent",
)
PROGRAM = ROOT / "docs" / "examples" / "terminal_under_test.py"
PPSE = "00A404000E325041592E5359532E444446303100"
PURSE = "00A4040008A00000063201010500"


# -- the example -----------------------------------------------------------------------------


def example(*words: str) -> RunResult:
    """Run the whole suite on the program of the documentation."""
    children: list[subprocess.Popen[bytes]] = []

    def say(line: str) -> None:
        port = line.split(":")[1].split(maxsplit=1)[0]
        command = [sys.executable, str(PROGRAM), "127.0.0.1", port, *words]
        children.append(subprocess.Popen(command))

    plan = plan_of(STATED, clock=time.monotonic, limits=Limits(answer_s=20, start_s=60))
    try:
        return run_terminal(plan, listen="tcp:127.0.0.1:0", say=say)
    finally:
        for child in children:
            child.wait(10)


def test_the_example_passes_what_its_form_claims() -> None:
    found = example()
    wrong = [(r.id, str(r.verdict), r.reason) for r in found.results
             if r.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)]  # fmt: skip
    assert wrong == []
    assert found.counts["PASS"] >= 80
    assert found.findings == ()


def test_the_example_without_its_check_of_mac2_is_found_out() -> None:
    failed = {r.id for r in example("--no-mac2").results if r.verdict is Verdict.FAIL}
    tables = {"T-2201", "T-2204", "T-2215", "T-2216"}
    assert failed == {"T-1001", "T-1003", "T-1004", "T-1005"} | tables


def test_the_example_has_its_own_crypto_and_is_short() -> None:
    text = PROGRAM.read_text("utf-8")
    assert "ykt_sim" not in text
    assert "conformance" not in text
    code = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    assert len(code) < 90


# -- a terminal that is told its clock ---------------------------------------------------------


def told(form: ics.IcsFile, play: Callable[[TerminalBench], None]) -> list[str]:
    """First lines of the bench at each of a scene's connections."""
    lines: list[str] = []

    def behave(wire: Wire) -> None:
        line = wire.file.readline().strip()
        if line:
            lines.append(line)
            wire.ask(PPSE)
            wire.report(outcome="refused", code="", amount=0)

    listened(behave, form=form, cases=(scene("T-9001", play, lambda _view: None),))
    return lines


def test_a_terminal_may_be_told_its_clock_at_each_connection() -> None:
    def play(bench: TerminalBench) -> None:
        bench.set_clock("20251231235930")
        bench.tap(bench.card())
        bench.tap(bench.card())

    assert told(STATED, play) == ['# {"clock": "20251231235930"}', '# {"clock": "20260101000030"}']


def test_a_load_point_is_told_what_to_load() -> None:
    form = changed(changed("load-point", "clock", told=True), "reports", form="line")
    (line,) = told(form, lambda bench: bench.tap(bench.card(), amount=1234) and None)
    assert line.endswith('"amount": 1234}')


# -- terminals that misbehave ------------------------------------------------------------------


def one(bench: TerminalBench) -> None:
    bench.tap(bench.card())


def listened_to(
    behave: Callable[[Wire], None],
    play: Callable[[TerminalBench], None] = one,
    judge: Callable[[View], Judgement] = lambda _view: None,
    form: ics.IcsFile = FORM,
) -> tuple[Verdict, str, View]:
    (found,) = listened(behave, form=form, cases=(scene("T-9001", play, judge),))
    assert found.trace is not None
    return found.verdict, found.reason, View(found.trace.events, form.values)


def test_a_report_ends_the_tap() -> None:
    def behave(wire: Wire) -> None:
        assert wire.ask(PPSE).endswith("9000")
        wire.report(outcome="refused", code=2449, amount=0)

    verdict, _, view = listened_to(behave)
    (tap,) = taps(view)
    assert verdict is Verdict.PASS
    assert (tap.outcome, tap.code) == ("refused", "2449")
    assert [call.raw.hex().upper() for call in tap.calls] == [PPSE]


def test_a_terminal_that_hangs_up_without_a_word_has_not_reported() -> None:
    _, _, view = listened_to(lambda wire: str(wire.ask(PPSE)) and None)
    (tap,) = taps(view)
    assert (tap.decision, tap.outcome, len(tap.calls)) == (None, "", 1)


def test_a_terminal_that_falls_silent_ends_its_tap_by_time() -> None:
    def behave(wire: Wire) -> None:
        wire.ask(PPSE)
        assert wire.file.readline() == ""

    verdict, _, view = listened_to(behave)
    assert verdict is Verdict.PASS
    assert taps(view)[0].decision is None


def test_a_terminal_that_goes_on_with_a_line_for_ever_ends_its_tap_by_time() -> None:
    ended = []

    def behave(wire: Wire) -> None:
        wire.ask(PPSE)
        wire.link.settimeout(0.02)
        for _ in range(1000):  # twenty seconds with a byte now and then; a line may be longer
            try:
                wire.link.send(b"0")
                ended.append(wire.link.recv(1) == b"")
            except TimeoutError:
                continue
            except ConnectionError:
                ended.append(True)
            return

    verdict, _, view = listened_to(behave)
    assert verdict is Verdict.PASS
    assert taps(view)[0].decision is None
    assert ended == [True]


def test_reset_resets_the_card() -> None:
    def behave(wire: Wire) -> None:
        assert wire.ask(PPSE).endswith("9000")
        assert wire.ask("reset").startswith("3B")
        assert wire.ask("00B0950000") != ""
        wire.report(outcome="refused", amount=0)

    _, _, view = listened_to(behave)
    assert {call.session for call in view.card} == {0, 1}


def test_taking_the_card_away_ends_our_side_and_the_terminal_may_still_report() -> None:
    def behave(wire: Wire) -> None:
        wire.ask(PPSE)
        if wire.ask(PURSE) == "":
            wire.report(outcome="retry", amount=0)
        else:
            wire.report(outcome="refused", amount=0)

    def play(bench: TerminalBench) -> None:
        card = bench.card()
        bench.tap(card, "torn", removal=Removal(at=2))
        bench.tap(card, "return")

    _, _, view = listened_to(behave, play)
    assert [tap.outcome for tap in taps(view)] == ["retry", "refused"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello", "neither hex nor a report"),
        ("# hello", "no JSON"),
        ('# {"amount": 200}', "needs an outcome"),
        ('# {"outcome": "accepted", "amount": "2.00"}', "amount is fen"),
        ("#" + "x" * 70000, "more than 65536 bytes"),
    ],
)
def test_what_is_no_line_of_the_protocol_is_an_error(line: str, reason: str) -> None:
    verdict, why, _ = listened_to(lambda wire: wire.say(line))
    assert verdict is Verdict.ERROR
    assert reason in why


def test_commands_of_any_shape_are_answered() -> None:
    def behave(wire: Wire) -> None:
        for line in ("00", "00A4", "FF" * 300, "00 A4 04 00 00", ""):
            if line:
                assert len(wire.ask(line)) >= 4
        wire.report(outcome="refused", amount=0)

    verdict, _, view = listened_to(behave)
    assert verdict is Verdict.PASS
    assert taps(view)[0].outcome == "refused"


def test_a_terminal_that_says_nothing_at_all_is_an_error() -> None:
    (found,) = listened(lambda wire: str(wire.file.readline()) and None, form=FORM,
                        cases=(scene("T-9001", one, lambda _view: None),))  # fmt: skip
    assert (found.verdict, found.reason) == (
        Verdict.ERROR, "the terminal connects and says nothing",
    )  # fmt: skip


def test_when_nobody_comes_the_rest_is_given_up() -> None:
    limits = Limits(answer_s=0.1, start_s=0.1, silences=2)
    plan = plan_of(
        FORM, "T-0202", "T-0301", "T-0302", "T-0303", clock=time.monotonic, limits=limits
    )
    found = run_terminal(plan, listen="tcp:127.0.0.1:0").results
    assert {str(r.verdict) for r in found} == {"ERROR"}
    assert found[0].reason == "no terminal came within 0.1 s"
    assert found[3].reason.startswith("not run: the terminal was lost in 2 cases in a row")


# -- whoever else connects ---------------------------------------------------------------------


@pytest.mark.parametrize("said", [b"", b"00A4"], ids=["silent", "half lines"])
def test_the_terminal_is_heard_among_a_thousand_that_say_nothing(said: bytes) -> None:
    def behave(wire: Wire) -> None:
        assert wire.ask(PPSE).endswith("9000")
        wire.report(outcome="refused", code=2449, amount=0)

    limits = Limits(answer_s=60, start_s=60, case_s=60)
    plan = plan_of(FORM, cases=(scene("T-9001", one, lambda _view: None),), clock=time.monotonic,
                   limits=limits)  # fmt: skip
    with ExitStack() as opened, terminal(behave) as begin:

        def say(line: str) -> None:
            if line.startswith("listening on"):
                port = int(line.split(":")[1].split(maxsplit=1)[0])
                opened.enter_context(crowd(socket.AF_INET, ("127.0.0.1", port), said, 1000))
            begin(line)

        (found,) = run_terminal(plan, listen="tcp:127.0.0.1:0", say=say).results
    assert found.trace is not None
    (tap,) = taps(View(found.trace.events, FORM.values))
    assert (found.verdict, tap.outcome, tap.code) == (Verdict.PASS, "refused", "2449")


def test_listening_where_others_reach_it_is_said() -> None:
    for address, open_to_all in (
        ("0.0.0.0", True),  # noqa: S104 - on purpose
        ("127.0.0.1", False),
        ("127.8.8.8", False),
    ):
        said: list[str] = []
        plan = plan_of(FORM, clock=time.monotonic)
        target = ListenTarget(f"tcp:{address}:0", plan, "", said.append)
        target.close()
        warned = [line for line in said if "nothing is asked and nothing is encrypted" in line]
        assert len(warned) == open_to_all
        assert all(address in line and "127.0.0.1 is reached" in line for line in warned)


# -- without a report --------------------------------------------------------------------------


def test_cases_that_need_a_report_are_inconclusive_without_one() -> None:
    found = listened(lambda wire: None, "T-1001", "T-1006", form=SILENT)
    assert {(str(r.verdict), r.reason) for r in found} == {
        ("INCONCLUSIVE", "the target cannot give: report")
    }


def test_a_terminal_that_should_report_and_does_not_is_inconclusive() -> None:
    def play(bench: TerminalBench) -> None:
        for role in ("control", "mutant", "again"):
            bench.tap(bench.card(), role)

    judge = refused("is odd", before="")
    verdict, reason, _ = listened_to(lambda wire: str(wire.ask(PPSE)) and None, play, judge)
    assert (verdict, reason) == (
        Verdict.INCONCLUSIVE, "the terminal did not report what it decided",
    )  # fmt: skip


@pytest.mark.parametrize("says", [True, False])
def test_a_terminal_that_gave_up_before_there_was_a_card_has_not_met_it(*, says: bool) -> None:
    gone, count = threading.Event(), itertools.count()

    def behave(wire: Wire) -> None:
        if next(count) != 1:
            wire.ask(PPSE)
            wire.report(outcome="refused", amount=0)
            return
        wire.say(PPSE)  # nobody answers: no card is held to it
        if says:
            wire.report(outcome="retry", amount=0)
        wire.file.close()
        wire.link.close()
        gone.set()

    def play(bench: TerminalBench) -> None:
        one(bench)
        assert gone.wait(5)
        one(bench)

    _, _, view = listened_to(behave, play)
    assert [tap.outcome for tap in taps(view)] == ["refused", "refused"]


# -- the operator ------------------------------------------------------------------------------


def test_prompt_announces_each_card_and_forgets_earlier_connections() -> None:
    said: list[str] = []

    def behave(wire: Wire) -> None:
        wire.ask(PPSE)
        wire.report(outcome="refused", amount=0)

    def play(bench: TerminalBench) -> None:
        bench.tap(bench.card(), title="a card that is valid")
        bench.tap(bench.card("lnt"))

    with terminal(behave) as start:

        def say(line: str) -> None:
            said.append(line)
            start(line)

        plan = plan_of(FORM, cases=(scene("T-9001", play, lambda _view: None),),
                       clock=time.monotonic, limits=QUICK)  # fmt: skip
        (found,) = run_terminal(plan, listen="tcp:127.0.0.1:0", present="prompt", say=say).results
    assert found.verdict is Verdict.PASS
    assert said[0].startswith("listening on 127.0.0.1:")
    assert said[1:] == [
        "hold to the terminal: a card that is valid",
        "hold to the terminal: card B (lnt), control",
    ]


# -- addresses and reports -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["9026", "tcp:9026", "tcp::", "udp:h:1", "tcp:h:99999", "tcp:h:x"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(UsageError):
        ListenTarget(address, plan_of(FORM, "T-0101"), "auto", print)


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"tcp:127.0.0.1:{port}"):
            ListenTarget(f"tcp:127.0.0.1:{port}", plan_of(FORM, "T-0101"), "auto", print)


def test_a_report_is_read() -> None:
    report = read_report('# {"outcome": "accepted", "amount": 200, "clearing": {"tac": "00"}}')
    assert report.decision == {"outcome": "accepted", "amount": 200, "code": ""}
    assert (report.clearing, report.dispute) == ({"tac": "00"}, None)
    with pytest.raises(LinkError, match="clearing is an object"):
        read_report('#{"outcome": "accepted", "amount": 0, "clearing": 5}')


def test_time_that_nobody_taps_does_not_count() -> None:
    def behave(wire: Wire) -> None:
        wire.ask(PPSE)
        wire.report(outcome="refused", amount=0)
        time.sleep(0.2)

    def play(bench: TerminalBench) -> None:
        for _ in range(3):
            bench.tap(bench.card())

    _, _, view = listened_to(behave, play)
    assert view.events[-1].t < 0.3
    assert [call.command.ins for call in view.card] == [INS.SELECT] * 3


# -- our own terminals, as strangers -----------------------------------------------------------


@pytest.mark.parametrize("name", ["bus-upgraded", "metro-exit", "bus-board"])
def test_over_a_wire_our_own_terminals_do_as_well(name: str) -> None:
    """Both standards, resets, recovery and rides over the line protocol."""
    form = changed(name, "clock", tolerance_s=600)
    form = changed(form, "timing", total_ms=None, terminal_ms=None)
    profile = msgspec.structs.replace(
        load_terminal_profile(name), black_list=form.values["black_list"]["numbers"]
    )
    state: dict[str, Bench] = {"bench": Bench(profile)}

    def behave(wire: Wire) -> None:
        result = state["bench"].tap(WireLink(wire), now=form.values["clock"]["value"])
        said = msgspec.to_builtins(result.decision)
        wire.report(**said, clearing=msgspec.to_builtins(result.clearing))

    found = listened(behave, form=form, limits=Limits(answer_s=5, start_s=5))
    wrong = [(r.id, str(r.verdict), r.reason) for r in found
             if r.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)]  # fmt: skip
    assert wrong == []
    assert len([r for r in found if r.verdict is Verdict.PASS]) >= 115
