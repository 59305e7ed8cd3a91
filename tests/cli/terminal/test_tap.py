"""`ykt tap`: outcomes, state, torn taps, traces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ykt_sim.bench.kept import disk
from ykt_sim.bench.stand import make_clock
from ykt_sim.trace.jsonl import read_trace

ROOT = Path(__file__).resolve().parents[3]
AT = ("--at", "2024-11-01T08:00:00")


@pytest.fixture
def card(run, tmp_path):
    path = tmp_path / "card.json"
    assert run(*f"card new --profile dual --balance 20 --out {path}".split()).exit_code == 0
    return str(path)


def balance(run, card):
    view = json.loads(run("card", "show", card, "--json").stdout)
    return next(
        folder["purses"][0]["balance"] for folder in view["directories"] if folder["purses"]
    )


def test_an_accepted_tap(run, card):
    result = run("tap", "--card", card, "--terminal", "bus-upgraded", *AT)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("accepted 成功  bus-upgraded")
    assert "  application lnt, charged 1.90 yuan" in lines
    assert "  balance 余额 20.00 -> 18.10 yuan" in lines
    assert "  card 510000******0001" in lines
    assert "evidence mac2" in result.stdout
    assert balance(run, card) == 1810


@pytest.mark.parametrize("profile", ["lnt", "tunion", "dual"])
def test_a_tap_in_2017(run, tmp_path, profile):
    path = str(tmp_path / "card.json")
    assert run(*f"card new --profile {profile} --balance 88.00 --out {path}".split()).exit_code == 0
    at = ("--at", "2017-11-01T08:00:00")
    result = run("tap", "--card", path, "--terminal", "bus-upgraded", *at)
    assert result.exit_code == 0
    assert result.stdout.startswith("accepted")


def test_a_refused_tap(run, card):
    result = run("tap", "--card", card, "--terminal", "bus-upgraded", "--at", "2001-01-01T00:00:00")
    assert result.exit_code == 1
    assert result.stdout.startswith("refused 拒绝")
    assert "YKT-03" in result.stdout
    assert "请投币" in result.stdout
    assert result.stderr == ""
    assert balance(run, card) == 2000


def test_json(run, card):
    result = run("tap", "--card", card, "--terminal", "bus-upgraded", *AT, "--json")
    found = json.loads(result.stdout)
    assert found["terminal"] == "bus-upgraded"
    assert found["decision"]["outcome"] == "accepted"
    assert found["decision"]["amount"] == 190
    assert len(found["clearing"]["tac"]) == 8


def test_load(run, card):
    words = ("tap", "--card", card, "--terminal", "load-point", *AT)
    result = run(*words, "--amount", "50.00")
    assert result.exit_code == 0
    assert "loaded 50.00 yuan" in result.stdout
    assert balance(run, card) == 7000
    assert run(*words, "--amount", "5000").exit_code == 1
    assert balance(run, card) == 7000


def test_the_ladder(run, card):
    result = run("tap", "--card", card, "--terminal", "bus-upgraded", *AT, "-v")
    assert "terminal card     PSAM" in result.stdout
    assert "SELECT 选择文件 Lingnan Tong PAY.TICL" in result.stdout
    assert "|---------------->|" in result.stdout
    assert result.stdout.rstrip().endswith("刷卡成功")


def test_the_trace_can_be_shown_and_is_repeatable(run, tmp_path):
    texts = []
    for number in range(2):
        card, trace = tmp_path / f"c{number}.json", tmp_path / f"t{number}.jsonl"
        run(*f"card new --profile tunion --balance 9 --out {card}".split())
        words = f"tap --card {card} --terminal bus-tunion --seed 3 --trace {trace}".split()
        assert run(*words, *AT).exit_code == 0
        texts.append(trace.read_text(encoding="utf-8").replace(card.name, ""))
    assert texts[0] == texts[1]
    trace = read_trace(texts[0])
    assert trace.header.terminal == "bus-tunion"
    assert trace.header.seed == 3
    assert {event.channel for event in trace.exchanges} == {"card", "sam"}
    shown = run("trace", "show", str(tmp_path / "t0.jsonl"))
    assert "* decision: outcome accepted" in shown.stdout


def test_the_psam_number_never_repeats_with_a_state(run, card, tmp_path):
    serials = []
    for _ in range(3):
        words = f"tap --card {card} --terminal bus-upgraded --state {tmp_path / 's'} --json".split()
        serials.append(json.loads(run(*words, *AT).stdout)["clearing"]["terminal_serial"])
    assert serials == ["00000001", "00000002", "00000003"]


def test_a_torn_tap_is_settled_when_the_card_comes_back(run, card, tmp_path):
    words = f"tap --card {card} --terminal bus-upgraded --state {tmp_path / 's'} --json".split()
    torn = run(*words, *AT, "--tear", "debit")
    assert torn.exit_code == 1
    assert json.loads(torn.stdout)["decision"]["outcome"] == "retry"
    assert balance(run, card) == 1810
    again = run(*words, *AT)
    assert again.exit_code == 0
    found = json.loads(again.stdout)
    assert found["decision"]["recovered"] is True
    assert found["clearing"]["tac"]
    assert balance(run, card) == 1810


@pytest.mark.parametrize("number", range(12))
def test_a_tap_torn_anywhere_is_never_paid_twice(run, card, tmp_path, number):
    words = f"tap --card {card} --terminal bus-upgraded --state {tmp_path / 's'}".split()
    torn = run(*words, *AT, "--tear", str(number))
    assert torn.exit_code in {0, 1}
    if torn.exit_code == 1:
        assert torn.stdout.startswith("retry")
        assert run(*words, *AT).exit_code == 0
    assert balance(run, card) == 1810


def test_a_journal_of_ones_own(run, card, tmp_path):
    journal = tmp_path / "j"
    words = f"tap --card {card} --terminal bus-upgraded --journal {journal}".split()
    assert run(*words, *AT).exit_code == 0
    once = journal.read_bytes()
    assert once.count(b"YKTJ1 ") == 3
    journal.write_bytes(b"damaged\n" + once[:-5])
    result = run(*words, *AT)
    assert result.exit_code == 0
    assert "damaged places in the journal" in result.stderr


def test_a_terminal_from_a_file_must_have_a_plain_name(run, card, tmp_path):
    text = run("terminal", "show", "bus-upgraded", "--json").stdout
    profile = json.loads(text)
    path = tmp_path / "bus.toml"
    path.write_text(
        f"""version = 1
name = "../outside"
title = {{ en = "x", zh = "x" }}
kind = "bus"
direction = "single"
city = "5810"
acquirer = "{profile["acquirer"]}"
line_station = "{profile["line_station"]}"
industry = "02"
[applications]
priority = ["lnt"]
entry = "direct"
[sam]
serial = "{profile["sam"]["serial"]}"
terminal = "{profile["sam"]["terminal"]}"
[fare]
flat = 10
""",
        encoding="utf-8",
    )
    words = ("tap", "--card", card, "--terminal", str(path), *AT)
    assert run(*words).exit_code == 0
    result = run(*words, "--state", str(tmp_path / "s"))
    assert result.exit_code == 2
    assert "cannot be part of a file name" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--terminal", "tram"], "no terminal profile 'tram'"),
        (["--terminal", "load-point"], "needs --amount"),
        (["--terminal", "bus-upgraded", "--amount", "1"], "leave out --amount"),
        (["--terminal", "bus-upgraded", "--tear", "x"], "not 'x'"),
        (["--terminal", "bus-upgraded", "--at", "noon"], "'noon' is not a time"),
        (["--terminal", "bus-upgraded", "--at", "2024-01-01T00:00:00Z"], "leave out the zone"),
        (["--terminal", "bus-upgraded", "--trace", "no/such/t"], "no such folder"),
        (["--terminal", "bus-upgraded", "--journal", "no/such/j"], "No such file"),
        ([], "Missing option '--terminal'"),
    ],
)
def test_wrong_words_change_nothing(run, card, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    before = (tmp_path / "card.json").read_text()
    result = run("tap", "--card", card, *AT, *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert (tmp_path / "card.json").read_text() == before


def test_a_damaged_state_is_one_line(run, card, tmp_path):
    state = tmp_path / "s"
    state.mkdir()
    (state / "bus-upgraded.psam.json").write_text("{}")
    words = f"tap --card {card} --terminal bus-upgraded --state {state}".split()
    result = run(*words, *AT)
    assert result.exit_code == 2
    assert "bus-upgraded.psam.json: " in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_missing_card(run, tmp_path):
    result = run("tap", "--card", str(tmp_path / "none"), "--terminal", "bus-upgraded")
    assert result.exit_code == 2
    assert "No such file" in result.stderr


def test_the_clock_of_a_seeded_run_steps():
    clock = make_clock(1)
    assert [clock(), clock(), clock()] == [0.0, 0.001, 0.002]
    real = make_clock(None)
    assert real() <= real()


def test_the_ladder_masks_card_numbers_unless_asked_not_to(run, card):
    words = ("tap", "--card", card, "--terminal", "bus-upgraded", *AT, "-v")
    shown, whole = run(*words).stdout, run(*words, "--unmask").stdout
    numbers = ("5100000000000001", "3104870300000000017")
    assert not any(number in shown for number in numbers)
    assert "510000******0001" in shown
    assert numbers[0] in whole


FULL_DISK = """
import resource, sys
from ykt_sim.cli.main import cli
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
cli(sys.argv[2:], prog_name="ykt")
"""


def with_room_for(size, *words):
    """Run in a child whose files cannot grow beyond a size: what the system says of a full disk."""
    return subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(size), *words],
        cwd=ROOT, capture_output=True, check=False, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def test_a_disk_without_room_for_the_card_accepts_nothing(run, card, tmp_path):
    """PSAM and journal fit, the card does not: no debit that the terminal knows of, and none."""
    before = Path(card).read_bytes()
    words = f"tap --card {card} --terminal bus-upgraded --state {tmp_path / 's'}".split()
    found = with_room_for(10_000, *words, *AT)
    assert found.returncode == 1
    assert found.stdout.startswith("retry")
    assert found.stderr == (
        f"ykt: note: {card}: cannot be saved: File too large; no answer is given\n"
    )
    assert Path(card).read_bytes() == before
    again = json.loads(run(*words, *AT, "--json").stdout)
    assert again["decision"]["outcome"] == "accepted"
    assert not again["decision"]["recovered"]
    assert balance(run, card) == 1810
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == [
        "bus-upgraded.journal", "bus-upgraded.psam.json",
    ]  # fmt: skip


def test_a_disk_without_room_for_the_journal_accepts_nothing(run, card, tmp_path):
    state = tmp_path / "s"
    run(*f"card new --profile dual --balance 100 --force --out {card}".split())
    words = f"tap --card {card} --terminal bus-upgraded --state {state}".split()
    for _ in range(14):
        assert run(*words, *AT).exit_code == 0
    size = (state / "bus-upgraded.journal").stat().st_size
    left = balance(run, card)
    assert size > 18_000  # the card and the PSAM fit, one more line does not
    found = with_room_for(size + 100, *words, *AT)
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr.count("\n") == 1
    assert "bus-upgraded.journal: File too large; the tap broke off" in found.stderr
    assert (state / "bus-upgraded.journal").stat().st_size == size
    assert balance(run, card) == left


def test_a_card_that_another_process_has_is_refused(run, card, tmp_path, monkeypatch):
    monkeypatch.setattr(disk.Lock.__init__, "__defaults__", (0.05,))
    words = f"tap --card {card} --terminal bus-upgraded --state {tmp_path / 's'}".split()
    with disk.Lock(Path(card)):
        found = run(*words, *AT)
    assert found.exit_code == 1
    assert found.stdout == ""
    assert f"{card}: in use by this process itself, waited 0.05 s for it" in found.stderr
    with disk.Lock(tmp_path / "s" / "bus-upgraded.journal"):
        found = run(*words, *AT)
    assert found.exit_code == 2
    assert "bus-upgraded.journal: in use by this process itself" in found.stderr
    assert run(*words, *AT).exit_code == 0


def test_taps_of_many_processes_at_once_are_one_after_the_other(card, tmp_path, run):
    words = f"tap --card {card} --terminal bus-upgraded --state {tmp_path / 's'} --json".split()
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "ykt_sim.cli.main", *words, *AT],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(4)
    ]  # fmt: skip
    ends = [(*process.communicate(timeout=120), process.returncode) for process in started]
    done = [json.loads(out) for out, _, code in ends if code == 0]
    for _, error, code in ends:  # who came too late was told so, and nothing else was wrong
        assert code == 0 or b"in use by process" in error
    assert done
    numbers = {one["clearing"]["terminal_serial"] for one in done}
    assert len(numbers) == len(done)
    assert balance(run, card) == 2000 - sum(one["decision"]["amount"] for one in done)


def test_bulk_simulation_says_what_it_gives_up(run, card, tmp_path):
    words = f"tap --card {card} --terminal bus-upgraded --state {tmp_path / 's'}".split()
    assert run(*words, *AT).stderr == ""
    found = run(*words, *AT, "--durable", "no")
    assert found.exit_code == 0
    assert found.stderr.startswith("ykt: warning: --durable no: NOT SAFE, for bulk simulation only")
    assert "断电会丢失数据" in found.stderr


def test_a_tap_that_was_never_printed_is_told_once(run, card, tmp_path, monkeypatch):
    words = ("tap", "--card", card, "--terminal", "bus-upgraded", "--state", str(tmp_path), *AT)
    with monkeypatch.context() as patched:
        patched.setattr("ykt_sim.cli.terminal.tap.result_lines", lambda *_: 1 // 0)
        assert "accepted" not in run(*words).stdout
    assert balance(run, card) == 1810
    again = run(*words)
    assert again.exit_code == 0
    assert (
        "  paid already at 20241101080000; nothing was debited now 已付款,本次不扣款"
        in again.stdout
    )
    assert "charged 0.00 yuan" in again.stdout
    assert balance(run, card) == 1810
    assert "charged 1.90 yuan" in run(*words).stdout
