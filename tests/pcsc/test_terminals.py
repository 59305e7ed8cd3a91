"""Terminals at PC/SC: our terminal at a reader, and the suite that shows it cards."""

from __future__ import annotations

import json
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import pytest

from tests import pcscd
from tests.conformance.terminals import changed
from tests.pcsc.worlds import ALLOWED, AT, Field, form, reports, verdicts, write_form
from tests.pcscd import PATIENCE, SECOND, YKT, until

pcscd.require()

NAME: Final = "bus-upgraded"
#: Entry, place, a refusal with a code, a torn tap.
CASES: Final = ("T-0101", "T-0904", "T-0501")
TWO: Final = ("T-0101", "T-0501")


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    with Field(tmp_path) as found:
        yield found


def conform(*ids: str) -> list[str]:
    cases = [word for name in ids for word in ("--case", name)]
    return ["conform", "terminal", "--listen", "vpcd:", "--seed", "1", "--out", "run", *cases]


def follow(stream: IO[str]) -> queue.SimpleQueue[str]:
    """Lines of a program as they come; an empty one at the end."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in stream:
            lines.put(line.rstrip("\n"))
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    return lines


def line_with(lines: queue.SimpleQueue[str], *texts: str) -> str:
    """The next line that holds one of the texts."""
    seen: list[str] = []
    while True:
        try:
            seen.append(lines.get(timeout=PATIENCE))
        except queue.Empty:
            pytest.fail(f"no {texts} in {seen}")
        if any(text in seen[-1] for text in texts):
            return seen[-1]
        if not seen[-1]:
            pytest.fail(f"it ended without {texts}: {seen}")


def output(child: subprocess.Popen[str]) -> queue.SimpleQueue[str]:
    assert child.stdout is not None
    return follow(child.stdout)


# -- the suite, by each kind of evidence -------------------------------------------------------


def test_decisions_by_file(field: Field) -> None:
    child = field.terminal(NAME, "--report", "taps.jsonl")
    done = field.ykt(*conform(*CASES), "--ics", write_form(field.folder, form(NAME)),
                     "--evidence", "taps.jsonl", cwd=field.folder, seconds=60)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert {verdict for verdict, _ in verdicts(field.folder / "run").values()} == {"PASS"}
    said = field.stop(child)
    assert child.returncode == 143
    assert (said.count("accepted 成功"), said.count("refused 拒绝")) == (4, 1)
    assert len(reports(field.folder / "taps.jsonl")) == 5


def test_decisions_by_http(field: Field) -> None:
    child = field.start(*YKT, *conform(*CASES), "--ics", write_form(field.folder, form(NAME)),
                        "--evidence", "http://127.0.0.1:0/", cwd=field.folder)  # fmt: skip
    lines = output(child)
    where = line_with(lines, "decisions are taken at").rpartition(" ")[2]
    terminal = field.terminal(NAME, "--report", where, "--json")
    assert "3 PASS" in line_with(lines, "listen vpcd:: ")
    assert child.wait(PATIENCE) == 0
    plain = [json.loads(line) for line in field.stop(terminal).splitlines() if line[0] == "{"]
    assert {one["decision"]["outcome"] for one in plain} == {"accepted", "refused"}
    assert {one["terminal"] for one in plain} == {NAME}


def test_decisions_by_the_operator(field: Field) -> None:
    terminal = output(field.terminal(NAME, "--json"))
    typed = changed(form(NAME), "reports", clearing=False)
    child = field.start(
        *YKT, *conform(*TWO), "--ics", write_form(field.folder, typed),
        "--evidence", "prompt", "--present", "prompt", cwd=field.folder,
    )  # fmt: skip
    lines = output(child)
    assert child.stdin is not None
    while "what did it show" in (line := line_with(lines, "what did it show", "listen vpcd:: ")):
        shown = json.loads(line_with(terminal, '"terminal"'))["decision"]
        word = {"accepted": f"a {shown['amount'] / 100:.2f}", "retry": "t"}
        child.stdin.write(word.get(shown["outcome"], f"r {shown['code']}") + "\n")
        child.stdin.flush()
    assert "2 PASS" in line
    assert child.wait(PATIENCE) == 0


def test_no_decisions(field: Field) -> None:
    field.terminal(NAME)
    silent = write_form(field.folder, form(NAME, reports=False))
    done = field.ykt(*conform("T-0101", "T-1001"), "--ics", silent, cwd=field.folder, seconds=60)
    assert done.returncode == 2, done.stdout + done.stderr
    found = verdicts(field.folder / "run")
    assert found["T-0101"][0] == "PASS"
    assert found["T-1001"] == ("INCONCLUSIVE", "the target cannot give: report")


def test_a_wrong_terminal_is_found_out(field: Field) -> None:
    """The form says another city than the terminal writes."""
    field.terminal(NAME, "--report", "taps.jsonl")
    text = form(NAME).text.replace('city = "5810"', 'city = "5840"')
    path = field.folder / "form.toml"
    path.write_text(text)
    done = field.ykt(*conform("T-0904"), "--ics", str(path), "--evidence", "taps.jsonl",
                     cwd=field.folder, seconds=60)  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert verdicts(field.folder / "run")["T-0904"][0] == "FAIL"


# -- a terminal of ours ------------------------------------------------------------------------


def test_psam_in_the_second_reader(field: Field) -> None:
    with field.serving("sim:tunion?balance=5000", "sam:bus-tunion", cwd=field.folder):
        done = field.ykt(
            "terminal", "run", "bus-tunion", "--card", "pcsc:0", "--sam", "pcsc:1", "--once",
            "--at", AT, "--trace", "traces", "--report", "-", *ALLOWED, cwd=field.folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        report = json.loads(done.stdout)
        assert (report["outcome"], report["amount"]) == ("accepted", 160)
        assert report["clearing"]["terminal_serial"] == "00000001"
        assert "balance 余额 50.00 -> 48.40 yuan" in done.stderr
        trace = (field.folder / "traces" / "0001.jsonl").read_text()
        assert trace.count('"ch":"sam"') == 2
        assert "a reader's card, a reader's PSAM" in trace
        again = field.ykt("tap", "--card", "pcsc:0", "--sam", f"pcsc:{SECOND}", "--terminal",
                          "bus-tunion", "--at", AT, "--json", *ALLOWED)  # fmt: skip
        assert again.returncode == 0, again.stdout + again.stderr
        plain = json.loads(again.stdout)
        assert plain["decision"]["balance_after"] == 4680
        assert plain["clearing"]["terminal_serial"] == "00000002"


def test_who_may_write(field: Field) -> None:
    number = "3105170000000000001"
    with field.serving("sim:tunion?balance=5000", cwd=field.folder):
        tap = ("tap", "--card", "pcsc:0", "--terminal", "bus-tunion", "--at", AT)
        asked = field.ykt(*tap)
        assert asked.returncode == 2
        assert "--allow-writes" in asked.stderr
        other = field.ykt(*tap, "--allow-writes", "--number", number[:-1] + "2")
        assert other.returncode == 1
        assert "310517*********0001, which was not allowed" in other.stderr
        right = field.ykt(*tap, "--allow-writes", "--number", number)
        assert right.returncode == 0, right.stderr
        assert "50.00 -> 48.40" in right.stdout
        waiting = field.start(*YKT, "terminal", "run", "bus-tunion", "--card", "pcsc:0", "--at", AT,
                              "--allow-writes", "--number", number[:-1] + "2")  # fmt: skip
        line_with(output(waiting), "must not be written to")
        field.signal(waiting, signal.SIGINT)
        assert waiting.wait(PATIENCE) == 130


def test_words_that_do_not_fit(field: Field) -> None:
    def refused(*words: str) -> str:
        done = field.ykt("terminal", "run", NAME, *words)
        assert done.returncode == 2, done.stdout + done.stderr
        return done.stderr

    reader = ("--card", "pcsc:0")
    assert "ykt tap takes a file" in refused("--card", "card.json", *ALLOWED)
    assert "--allow-writes" in refused(*reader)
    assert "leave out one" in refused(*reader, *ALLOWED, "--report", "-", "--json")
    assert "this machine" in refused(*reader, *ALLOWED, "--report", "http://10.0.0.1:80/")
    assert "whole card number" in refused(*reader, "--allow-writes", "--number", "310517")
    assert "charges by itself" in refused(*reader, *ALLOWED, "--amount", "5")


def test_a_report_that_is_lost_is_said(field: Field) -> None:
    with field.serving("sim:tunion?balance=5000", cwd=field.folder):
        done = field.ykt("terminal", "run", "bus-tunion", "--card", "pcsc:0", "--once", "--at", AT,
                         "--report", "http://127.0.0.1:9/", *ALLOWED)  # fmt: skip
        assert done.returncode == 1
        assert "the report of tap 1 was lost" in done.stderr
        assert "accepted 成功" in done.stdout


def test_a_card_is_tapped_once_until_it_leaves(field: Field) -> None:
    said = field.folder / "taps.jsonl"
    control = ("--control", str(field.folder / "control"))
    with field.serving("sim:tunion?balance=5000", cwd=field.folder):
        child = field.terminal("bus-tunion", "--report", "taps.jsonl", "--taps", "2")
        until(lambda: len(reports(said)) == 1, "the first tap")
        field.ykt("card", "remove", *control)
        until(lambda: "empty" in field.ykt("reader", "list").stdout.splitlines()[0], "it is out")
        assert len(reports(said)) == 1
        field.ykt("card", "insert", *control)
        until(lambda: len(reports(said)) == 2, "the second tap")
        child.communicate(timeout=PATIENCE)
        assert child.returncode == 0
    assert [one["balance_after"] for one in reports(said)] == [4840, 4680]


# -- a service that ends -----------------------------------------------------------------------


def test_a_terminal_goes_on_when_the_service_is_back(field: Field) -> None:
    said = field.folder / "taps.jsonl"
    child = field.terminal("bus-tunion", "--report", "taps.jsonl", "--taps", "2")
    lines = output(child)
    line_with(lines, "waits for cards")
    with field.serving("sim:tunion?balance=5000", cwd=field.folder):
        until(lambda: len(reports(said)) == 1, "the first tap")
        field.stop_service()
        # A service that is just going may still refuse access before nobody answers.
        waiting = line_with(lines, "; waiting")
        assert "PC/SC service" in waiting or "PC/SC refuses this user" in waiting
        field.start_service()
        line_with(lines, "the reader is back")
        control = ("--control", str(field.folder / "control"))
        field.ykt("card", "remove", *control)
        until(lambda: "empty" in field.ykt("reader", "list").stdout.splitlines()[0], "it is out")
        assert len(reports(said)) == 1  # the card stayed in the reader: it has paid
        line_with(lines, "is empty again")
        field.ykt("card", "insert", *control)
        until(lambda: len(reports(said)) == 2, "the second tap")
        assert child.wait(PATIENCE) == 0
    assert [one["balance_after"] for one in reports(said)] == [4840, 4680]


#: The suite with shorter waits than the command line has.
_RUN = """
import json, sys, time
from ykt_conformance.ics import form as ics
from ykt_conformance.run.plan import Limits
from ykt_conformance.run.terminal import run_terminal
from tests.conformance.terminals import plan_of
plan = plan_of(ics.load(sys.argv[1]), *sys.argv[3:], clock=time.monotonic,
               limits=Limits(answer_s=5, start_s=4))
found = run_terminal(plan, listen="vpcd:", evidence=sys.argv[2], say=print).results
print(json.dumps([(one.id, str(one.verdict), one.reason) for one in found]))
"""


def test_a_run_goes_on_when_the_service_is_back(field: Field) -> None:
    """The service is killed while the suite waits for the decision of the second case."""
    decisions = output(field.terminal(NAME, "--report", "-"))
    evidence = field.folder / "taps.jsonl"
    ids = ("T-0101", "T-0501", "T-0502", "T-0503", "T-0904")
    child = field.start(sys.executable, "-c", _RUN, write_form(field.folder, form(NAME)),
                        str(evidence), *ids)  # fmt: skip
    lines = output(child)
    passed_on: list[str] = []
    while child.poll() is None:
        with suppress(queue.Empty):
            line = decisions.get(timeout=0.05)
            if not line.startswith("{"):
                continue
            passed_on.append(line)
            if len(passed_on) == 2:
                field.stop_service()
                field.start_service()
                continue
            with evidence.open("a") as file:
                file.write(line + "\n")
    found = json.loads(line_with(lines, "[["))
    assert [one[0] for one in found] == list(ids)
    assert [one[1] for one in found][:2] == ["PASS", "ERROR"]
    assert found[1][2] == "the PC/SC service went away in the middle of the tap"
    # Whether the next card is the one that has paid our terminal cannot know: it waits.
    assert found[2][1:] in (["PASS", found[2][2]], ["ERROR", _NOBODY])
    assert [one[1] for one in found][3:] == ["PASS", "PASS"]


_NOBODY: Final = "no terminal sent a command to the card in the reader within 4 s"


def test_a_calibration_tells_the_way_from_the_terminal(field: Field) -> None:
    """Without one the way is unknown and only upper bounds are held; with one it has a size."""
    with field.serving("null:", cwd=field.folder):
        taken = field.ykt("reader", "calibrate", "0", "--out", "way.json", cwd=field.folder)
    assert taken.returncode == 0, taken.stderr
    claimed = changed(changed(NAME, "clock", tolerance_s=600), "timing", total_ms=20_000,
                      terminal_ms=20_000)  # fmt: skip
    words = (*conform("T-1502"), "--ics", write_form(field.folder, claimed),
             "--evidence", "taps.jsonl", "--force")  # fmt: skip
    terminal = field.terminal(NAME, "--report", "taps.jsonl")
    for more, way, timing in (
        ((), "an unknown time on the way", "not known"),
        (("--calibration", "way.json"), r"\d+\.\d ms on the way", "calibrated"),
    ):
        done = field.ykt(*words, *more, cwd=field.folder, seconds=2 * PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        for verdict, reason in verdicts(field.folder / "run").values():
            assert verdict == "PASS"
            assert re.search(way, reason), reason
        stored = json.loads((field.folder / "run" / "results.json").read_text())
        assert timing in stored["timing"]
    field.stop(terminal)
