"""`ykt trace serve`: a real child process, its end, and what it tells."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT
from tests.rework import replaying as r
from tests.trace.corpus import FOLDER, load
from tests.transport.driver import ON, Driver
from ykt_sim.bench.targets import open_target

BUS = FOLDER / "synthetic" / "tunion-bus-tunion.jsonl"
ASKED = sum(event.channel == "card" for event in load("tunion-bus-tunion").exchanges)
ATR = "3B8880014D54594B542D54557A"


class Served:
    """A child that serves over TCP."""

    def __init__(self, *words: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-m", "ykt_sim.cli.main", "trace", "serve", str(BUS), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def link(self):
        line = self.child.stderr.readline()
        found = re.fullmatch(r"ykt: listening on (127\.0\.0\.1:\d+)\n", line)
        assert found, line
        return open_target(f"tcp:{found[1]}")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.child.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str, str]:
        out, err = self.child.communicate(timeout=60)
        return self.child.returncode, out, err


@pytest.fixture
def served():
    children: list[Served] = []

    def start(*words: str) -> Served:
        children.append(Served("--tcp", "127.0.0.1:0", *words))
        return children[-1]

    yield start
    for one in children:
        if one.child.poll() is None:
            one.child.kill()
            one.child.communicate(timeout=60)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_session_and_its_end(served, number, code):
    one = served("--keys", "testkeys", "--json")
    link = one.link()
    assert link.power_on().hex().upper() == ATR
    assert link.transmit(bytes.fromhex(r.EP))[-2:] == b"\x90\x00"
    assert link.transmit(bytes.fromhex("80CA9F7900")).hex() == "6d00"
    link.close()
    returned, out, err = one.end(number)
    assert returned == code
    told = json.loads(out)
    assert told["commands"] == 2
    assert [miss["header"] for miss in told["unknown"]] == ["80CA9F79"]
    assert "Traceback" not in err


def test_a_warning_is_printed_once(served):
    one = served()
    link = one.link()
    link.power_on()
    for event in load("tunion-bus-tunion").exchanges * 2:
        if event.channel == "card":
            link.transmit(event.command)
    link.close()
    _, out, err = one.end()
    assert err.count("warning: codes cannot be worked out (no keys)") == 1
    assert out.splitlines()[0].startswith(f"{2 * ASKED} commands answered")


def test_the_end_at_what_is_not_known(served):
    one = served("--unknown", "stop")
    link = one.link()
    link.power_on()
    assert link.transmit(bytes.fromhex("80CA9F7900")).hex() == "6f00"
    code, out, _ = one.ended()
    link.close()
    assert code == 1
    assert "stopped: GET DATA: no such command is in the trace" in out


def test_replay_against_what_is_served_byte_by_byte(served, run):
    one = served("--exact")
    line = one.child.stderr.readline()
    place = line.split()[-1]
    result = run("trace", "replay", str(BUS), "--against", f"tcp:{place}", "--exact")
    assert result.exit_code == 0, result.output
    _, out, _ = one.end()
    assert out == f"{ASKED} commands answered, 0 of them not known\n"


def test_in_a_virtual_reader():
    driver = Driver()
    child = Served("--vpcd", str(driver.address), "--keys", "testkeys")
    try:
        driver.accept()
        driver.say(ON)
        assert driver.atr() == ATR
        assert driver.ask(r.EP).endswith("9000")
        assert driver.ask("80CA9F7900") == "6D00"
        code, out, _ = child.end()
    finally:
        driver.close()
        if child.child.poll() is None:
            child.child.kill()
            child.child.communicate(timeout=60)
    assert code == 143
    assert "2 commands answered, 1 of them not known" in out


@pytest.mark.parametrize(
    "words",
    [
        (str(BUS),),
        (str(BUS), "--tcp", ":0", "--vpcd", "127.0.0.1:1"),
        (str(BUS), "--tcp", "0.0.0.0:0"),
        (str(BUS), "--tcp", "nowhere"),
        (str(BUS), "--vpcd", "a:b"),
        (str(BUS), "--vpcd", "192.0.2.1:35963"),
        (str(BUS), "--tcp", ":0", "--unknown", "guess"),
        (str(BUS), "--tcp", ":0", "--unknown", "stop", "--exact"),
        (str(BUS), "--tcp", ":0", "--session", "other"),
        ("none.jsonl", "--tcp", ":0"),
    ],
)
def test_wrong_words(run, words):
    result = run("trace", "serve", *words)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "place", ["192.0.2.1", "192.0.2.1:35963", "reader.example:1", "[2001:db8::1]:1"]
)
def test_a_recorded_card_stays_on_this_machine(run, place):
    result = run("trace", "serve", str(BUS), "--vpcd", place)
    assert result.exit_code == 2
    assert "a recorded card is played on this machine only" in result.stderr
