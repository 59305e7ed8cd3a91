"""`ykt trace replay`: targets, words, exit codes, text and JSON."""

from __future__ import annotations

import json
import threading

import pytest

from tests.card.support import counting
from tests.rework import replaying as r
from tests.trace.corpus import FOLDER, load
from ykt_sim.meaning.cryptograms import Status, check
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.rework.play.card import Player
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.transport import EngineLink
from ykt_sim.transport.address import Address
from ykt_sim.transport.tcp import LineServer

SYNTHETIC = FOLDER / "synthetic"
BUS = str(SYNTHETIC / "tunion-bus-tunion.jsonl")
KEYS = ("--keys", "testkeys")


@pytest.fixture
def card(run, tmp_path):
    path = tmp_path / "card.json"
    run("card", "new", "--profile", "tunion", "--balance", "50", "--out", str(path))
    return path


def test_same_outcome(run, card):
    result = run("trace", "replay", BUS, "--against", f"sim:{card}", *KEYS)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[-1] == "same outcome"
    assert "T-Union EP: -1.60 yuan moved" in lines
    assert "codes: 5 valid, 0 wrong, 0 not checkable" in lines
    assert "48.40 yuan" in run("card", "show", str(card)).stdout


def test_taps_of_a_card_file_one_after_the_other(run, tmp_path):
    card = tmp_path / "dual.json"
    run("card", "new", "--profile", "dual", "--out", str(card))
    for name, _ in r.taps("dual"):
        path = str(SYNTHETIC / f"{name}.jsonl")
        result = run("trace", "replay", path, "--against", f"sim:{card}", *KEYS)
        assert result.exit_code == 0, (name, result.output)
        assert "changed" not in result.stdout


def test_another_outcome(run):
    result = run("trace", "replay", BUS, "--against", "sim:tunion", *KEYS)
    assert result.exit_code == 1
    assert "INITIALIZE FOR CAPP PURCHASE: 9000 -> 9401 status changed" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("another outcome, ")


def test_a_changed_field_is_listed(run):
    result = run("trace", "replay", BUS, "--against", "sim:tunion?balance=6000", *KEYS)
    assert result.exit_code == 0
    assert "       balance: 5000 -> 6000" in result.stdout.splitlines()


def test_json(run):
    words = ("--against", "sim:tunion?balance=5000", *KEYS, "--json", "--seed", "3")
    told = json.loads(run("trace", "replay", BUS, *words).stdout)
    assert told["same_outcome"] is True
    assert told["differences"] == []
    assert told["moved"] == {"T-Union EP": {"trace": -160, "replay": -160}}
    assert [step["word"] for step in told["steps"]] == ["same"] * len(load(r_name()).exchanges)


def r_name() -> str:
    return "tunion-bus-tunion"


def test_the_new_trace(run, tmp_path):
    out = tmp_path / "new.jsonl"
    words = ("--against", "sim:tunion?balance=5000", *KEYS, "--out", str(out))
    assert run("trace", "replay", BUS, *words, "--dates", "20260102").exit_code == 0
    trace = read_trace(out.read_text())
    assert {v.status for item in check(trace, KeyRing()) for v in item.verdicts} == {Status.VALID}
    assert "the PSAM's part is worked out" in trace.header.provenance
    assert "20260102" in out.read_text()
    assert run("trace", "replay", str(out), "--against", "sim:tunion?balance=5000", *KEYS,
               "--dates", "now").exit_code == 0  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "last"), [("stop", "GET BALANCE: not sent"), ("skip", "GET BALANCE: 9000"),
                         ("send", "GET BALANCE: 9000")],
)  # fmt: skip
def test_without_keys(run, tmp_path, policy, last):
    path = tmp_path / "pay.jsonl"
    path.write_text(write_trace(r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT, "805C030204")))
    words = ("--against", "sim:tunion?balance=10000", "--without-keys", policy)
    result = run("trace", "replay", str(path), *words)
    assert result.exit_code == 1
    assert "no keys were given" in result.stdout
    steps = [line for line in result.stdout.splitlines() if line[:5].strip().isdigit()]
    assert last in steps[-1]


def test_a_key_file_of_the_card(run, card, tmp_path):
    keys = tmp_path / "keys.json"
    keys.write_text(run("card", "keys", "--json", str(card)).stdout)
    result = run("trace", "replay", BUS, "--against", f"sim:{card}", "--keys", str(keys))
    assert result.exit_code == 0, result.output
    other = tmp_path / "other.json"
    run("card", "new", "--profile", "lnt", "--out", str(other))
    keys.write_text(run("card", "keys", "--json", str(other)).stdout)
    result = run("trace", "replay", BUS, "--against", f"sim:{card}", "--keys", str(keys))
    assert result.exit_code == 1
    assert "no key" in result.stdout


def test_another_programs_log(run, tmp_path):
    """Lines of hex as a tool prints them."""
    trace = r.record(r.card(), r.EP, "805C030204")
    lines = [f"> {e.command.hex()}\n< {e.response.hex()}\n" for e in trace.exchanges]
    path = tmp_path / "log.txt"
    path.write_text("".join(lines))
    result = run("trace", "replay", str(path), "--against", "sim:tunion?balance=10000")
    assert result.exit_code == 0, result.output


def test_against_a_card_behind_tcp(run):
    player = Player(load("tunion-bus-tunion"), counting(), KeyRing)
    server = LineServer(Address("127.0.0.1", 0), EngineLink(player))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        result = run("trace", "replay", BUS, "--against", f"tcp:{server.address}", *KEYS)
    finally:
        server.stop()
        thread.join(10)
    assert result.exit_code == 0, result.output
    assert "codes: 5 valid" in result.stdout


# -- unusable input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        (BUS,),
        ("none.jsonl", "--against", "sim:tunion"),
        (BUS, "--against", "tunion"),
        (BUS, "--against", "sam:bus-upgraded"),
        (BUS, "--against", "sim:nosuchcard"),
        (BUS, "--against", "sim:none.json"),
        (BUS, "--against", "tcp:nowhere"),
        (BUS, "--against", "sim:tunion", "--keys", "nothing"),
        (BUS, "--against", "sim:tunion", "--dates", "tomorrow"),
        (BUS, "--against", "sim:tunion", "--dates", "20261301"),
        (BUS, "--against", "sim:tunion", "--session", "other"),
        (BUS, "--against", "sim:tunion", "--allow-writes", "--number", "virtual"),
        (BUS, "--against", "sim:tunion", "--number", "virtual"),
        (BUS, "--against", "pcsc:0", "--allow-writes"),
        (BUS, "--against", "sim:tunion", "--out", "no/such/folder/x.jsonl"),
    ],
)
def test_wrong_words(run, words):
    result = run("trace", "replay", *words)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_damaged_files(run, tmp_path):
    for number, text in enumerate(("nonsense\n", '{"format":"ykt-trace"', "")):
        path = tmp_path / f"{number}.jsonl"
        path.write_text(text)
        result = run("trace", "replay", str(path), "--against", "sim:tunion")
        assert result.exit_code == 2
        assert result.stderr.startswith(f"ykt: error: {path}")
