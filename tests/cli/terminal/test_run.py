"""`ykt terminal run`: words, reports, traces, exit codes; the reader is made up."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import datetime

import pytest

from ykt_sim.bench.make import make_card
from ykt_sim.bench.sinks import report_line
from ykt_sim.bench.stand import Stand, StandSetup, Tapped
from ykt_sim.cli.terminal import run as verb
from ykt_sim.trace.jsonl import read_trace

WORDS = ("terminal", "run", "bus-tunion", "--card", "pcsc:0", "--allow-writes", "--number",
         "virtual", "--at", "2024-11-01T08:00:00")  # fmt: skip
ACCEPTED, REFUSED = 1000, 50


class Duty:
    """In the place of `bench.duty.Duty`: cards with so much money come one after the other."""

    money: tuple[int, ...] = ()
    signalled = False

    def __init__(self, stand: Stand, _reader: str, _permit: object, **more: object) -> None:
        self.stand, self.more = stand, more

    def stop(self) -> None:
        self.stopped = True

    def taps(self, most: int) -> Iterator[Tapped]:
        begin = self.more["begin"]
        assert isinstance(begin, datetime)
        for balance in self.money[: most or None]:
            yield self.stand.tap(make_card("tunion", balance=balance), begin)
        if self.signalled:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def cards(monkeypatch):
    def put(*money: int, signalled: bool = False) -> None:
        monkeypatch.setattr(Duty, "money", money)
        monkeypatch.setattr(Duty, "signalled", signalled)
        monkeypatch.setattr(verb, "Duty", Duty)

    return put


def test_each_tap_is_told(run, cards):
    cards(ACCEPTED, REFUSED, ACCEPTED)
    result = run(*WORDS, "--taps", "2")
    assert result.exit_code == 0
    told = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in told] == ["accepted", "refused"]


@pytest.mark.parametrize(("money", "code"), [(ACCEPTED, 0), (REFUSED, 1)])
def test_once_says_what_came_of_it(run, cards, money, code):
    cards(money, ACCEPTED)
    result = run(*WORDS, "--once", "--json")
    assert result.exit_code == code
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["terminal"] == "bus-tunion"


def test_a_signal_is_in_the_exit_code(run, cards):
    cards(ACCEPTED, signalled=True)
    assert run(*WORDS).exit_code == 143


def test_reports_and_traces(run, cards, tmp_path):
    cards(ACCEPTED, REFUSED)
    report, traces = tmp_path / "taps.jsonl", tmp_path / "traces"
    result = run(*WORDS, "--report", str(report), "--trace", str(traces))
    assert result.exit_code == 0
    outcomes = [json.loads(line)["outcome"] for line in report.read_text().splitlines()]
    assert outcomes == ["accepted", "refused"]
    assert sorted(path.name for path in traces.iterdir()) == ["0001.jsonl", "0002.jsonl"]
    header = read_trace((traces / "0002.jsonl").read_text()).header
    assert (header.created, header.card) == ("2024-11-01T08:00:00", "pcsc:0")
    (traces / "notes.jsonl").write_text("")
    run(*WORDS, "--trace", str(traces), "--once")
    names = sorted(path.name for path in traces.iterdir())
    assert names == ["0001.jsonl", "0002.jsonl", "0003.jsonl", "notes.jsonl"]


def test_a_report_that_goes_to_standard_output_is_alone_there(run, cards):
    cards(ACCEPTED)
    result = run(*WORDS, "--report", "-")
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["outcome"] == "accepted"
    assert "accepted 成功" in result.stderr


def test_a_lost_report_is_told_and_counts(run, cards, tmp_path):
    cards(ACCEPTED, ACCEPTED)
    folder = tmp_path / "taps.jsonl"
    folder.mkdir()
    result = run(*WORDS, "--report", str(folder))
    assert result.exit_code == 1
    assert "the report of tap 2 was lost" in result.stderr
    assert result.stdout.count("accepted 成功") == 2


def test_a_report_that_a_kill_prevented_is_given_at_the_next_start(run, cards, tmp_path):
    report, state = tmp_path / "taps.jsonl", tmp_path / "s"
    words = (*WORDS, "--report", str(report), "--state", str(state))
    at = datetime(2024, 11, 1, 8)  # noqa: DTZ001 - local time
    with Stand("bus-tunion", StandSetup(state=state)) as killed:
        card = make_card("tunion", balance=ACCEPTED)
        result = killed.tap(card, at, shown=False).result  # and nothing said of it
    cards()
    found = run(*words)
    (line,) = report.read_text().splitlines()
    assert json.loads(line) == {**json.loads(report_line(result)), "again": True}
    assert "may not have been reported: done again" in found.stderr
    cards(ACCEPTED)
    assert run(*words).exit_code == 0
    before = report.read_text()
    cards()
    run(*words)  # the last tap was told
    assert report.read_text() == before
    assert run(*WORDS, "--report", str(tmp_path)).exit_code == 0  # nothing to say, nothing lost


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--card", "card.json"), "a terminal runs at pcsc:READER"),
        (("--report", "-", "--json"), "leave out one"),
        (("--amount", "5"), "charges by itself: leave out --amount"),
        (("--number", "x"), "expected a whole card number"),
        (("--sam", "sim:dual"), "starts with one of pcsc:, sam:"),
    ],
)
def test_wrong_words(run, words, said):
    result = run(*WORDS, *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_without_permission_nothing_is_tapped(run):
    result = run("terminal", "run", "bus-tunion", "--card", "pcsc:0")
    assert result.exit_code == 2
    assert "a tap writes to the card" in result.stderr
