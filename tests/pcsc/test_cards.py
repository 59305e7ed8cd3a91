"""`ykt card show`, `conform card` and `reader` at the system's PC/SC."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import pcscd
from tests.pcscd import PATIENCE, World, until, world

__all__ = ["world"]
pcscd.require()

NUMBER, LNT_NUMBER = "3104870300000000017", "5100000000000001"


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder in which each test serves what it needs."""
    return tmp_path_factory.mktemp("served")  # type: ignore[return-value]


def new_card(world: World, folder: Path, profile: str = "dual") -> Path:
    path = folder / "card.json"
    made = world.ykt("card", "new", "--profile", profile, "--balance", "100", "--force",
                     "--out", str(path))  # fmt: skip
    assert made.returncode == 0, made.stderr
    return path


def cases(text: str) -> dict[str, dict[str, Any]]:
    return {case["id"]: case for case in json.loads(text)["cases"]}


@pytest.mark.parametrize("profile", ["dual", "lnt", "tunion"])
def test_the_whole_suite_gives_the_verdicts_it_gives_in_process(
    world: World, folder: Path, profile: str
) -> None:
    """Every verdict and the reason of each that did not pass, power cuts included."""
    words = ("conform", "card", "--ics", profile, "--seed", "1", "--json")
    here = world.ykt(*words, "--target", f"sim:{profile}", seconds=120)
    with world.serving(f"sim:{profile}?balance=10000", cwd=folder):
        target = f"pcsc:0?control={folder / 'control'}"
        there = world.ykt(*words, "--target", target, seconds=240)
    expected, found = cases(here.stdout), cases(there.stdout)
    assert len(expected) > 150
    assert {key: case["verdict"] for key, case in found.items()} == {
        key: case["verdict"] for key, case in expected.items()
    }
    assert there.returncode == here.returncode == 0
    assert json.loads(there.stdout)["timing"].startswith("not calibrated")


@pytest.mark.parametrize("profile", ["dual", "lnt", "tunion", "blank"])
def test_a_card_is_shown_and_not_changed(world: World, folder: Path, profile: str) -> None:
    path = new_card(world, folder, profile) if profile != "blank" else folder / "blank.json"
    if profile == "blank":
        made = world.ykt("card", "new", "--profile", profile, "--out", str(path), "--force")
        assert made.returncode == 0
    before = path.read_bytes()
    trace = folder / "shown.jsonl"
    with world.serving(str(path), cwd=folder):
        shown = world.ykt("card", "show", "pcsc:0?wait=10", "--trace", str(trace))
        plain = world.ykt("card", "show", "pcsc:0", "--json")
    assert shown.returncode == 0, shown.stderr
    assert path.read_bytes() == before
    for number in (NUMBER, LNT_NUMBER):
        assert number not in shown.stdout + plain.stdout
    names = [one["title"] for one in json.loads(plain.stdout)["directories"]]
    if profile == "blank":
        assert "no application of Lingnan Tong or T-Union answers" in shown.stdout
    else:
        assert "100.00 yuan" in shown.stdout
    assert json.loads(plain.stdout)["ppse_lockout"] == (True if profile == "dual" else None)
    if profile == "dual":
        assert len(names) == 6
    sent = world.ykt("trace", "show", str(trace), "--json").stdout.splitlines()
    told = [json.loads(line)["name"] for line in sent if '"exchange"' in line]
    assert told
    assert set(told) <= {"SELECT", "READ BINARY", "READ RECORD", "GET BALANCE", "GET DATA"}
    assert '"EF 16' not in shown.stdout


def test_nothing_is_written_unless_the_number_is_named(world: World, folder: Path) -> None:
    path = new_card(world, folder)
    before = path.read_bytes()
    words = ("conform", "card", "--target", "pcsc:0?wait=10", "--ics", "dual", "--json",
             "--case", "C-0502", "--case", "C-0101")  # fmt: skip
    with world.serving(str(path), cwd=folder):
        plain = world.ykt(*words)
        other = world.ykt(*words, "--allow-writes", "--number", NUMBER[:-1] + "8")
        assert path.read_bytes() == before
        named = world.ykt(*words, "--allow-writes", "--number", NUMBER)
        assert path.read_bytes() != before
    assert {key: one["verdict"] for key, one in cases(plain.stdout).items()} == {
        "C-0101": "PASS", "C-0502": "INCONCLUSIVE",
    }  # fmt: skip
    assert "--allow-writes and --number" in cases(plain.stdout)["C-0502"]["reason"]
    assert "must not be written to" in cases(other.stdout)["C-0101"]["reason"]
    assert NUMBER not in other.stdout.replace("--number", "")
    assert {one["verdict"] for one in cases(other.stdout).values()} == {"ERROR"}
    assert {one["verdict"] for one in cases(named.stdout).values()} == {"PASS"}
    assert (plain.returncode, other.returncode, named.returncode) == (2, 2, 0)


def test_words_for_writing_that_do_not_fit(world: World, folder: Path) -> None:
    start = ("conform", "card", "--ics", "dual", "--target")
    for words, said in (
        (("pcsc:0", "--allow-writes"), "needs --number"),
        (("pcsc:0", "--number", NUMBER), "goes with --allow-writes"),
        (("sim:dual", "--allow-writes", "--number", NUMBER), "for cards in real readers"),
    ):
        done = world.ykt(*start, *words)
        assert (done.returncode, said in done.stderr) == (3, True), done.stderr


def test_two_cards_in_two_slots(world: World, folder: Path) -> None:
    path = new_card(world, folder)
    with world.serving(str(path), "sim:tunion?balance=700", cwd=folder):
        assert "100.00 yuan" in world.ykt("card", "show", "pcsc:00 00").stdout
        assert "7.00 yuan" in world.ykt("card", "show", "pcsc:00 01").stdout


def test_cards_are_inserted_and_removed(world: World, folder: Path) -> None:
    import signal  # noqa: PLC0415

    control = ("--control", str(folder / "control"))
    with world.serving("sim:dual", "--removed", cwd=folder) as child:

        def seen() -> bool:
            return "ATR" in world.ykt("reader", "list").stdout

        assert not seen()
        gone = world.ykt("reader", "wait", "0", "--timeout", "0.2")
        assert (gone.returncode, "within 0.2 s" in gone.stderr) == (1, True)
        waiting = world.start(*pcscd.YKT, "reader", "wait", "0", "--atr", "3B8A*")
        assert "slot 0 sim:dual: in" in world.ykt("card", "insert", *control).stdout
        assert "ATR 3B8A" in waiting.communicate(timeout=PATIENCE)[0]
        assert "slot 0 sim:dual: out" in world.ykt("card", "remove", *control).stdout
        until(lambda: not seen(), "the card is out")
        world.signal(child, signal.SIGUSR1)
        until(seen, "the card is in again")
        world.signal(child, signal.SIGUSR2)
        until(lambda: not seen(), "the card is out again")
        told = world.ykt("card", "slots", *control, "--json")
        assert json.loads(told.stdout)["slots"][0]["inserted"] is False
    nobody = world.ykt("card", "insert", *control)
    assert (nobody.returncode, "no ykt card serve answers" in nobody.stderr) == (1, True)


def test_calibration_splits_the_time(world: World, folder: Path) -> None:
    way = folder / "way.json"
    with world.serving("null:", cwd=folder):
        taken = world.ykt("reader", "calibrate", "0", "--rounds", "40", "--out", str(way))
        assert taken.returncode == 0, taken.stderr
    found = json.loads(way.read_text())
    assert found["reader"] == "Virtual PCD 00 00"
    assert 0 < found["fixed_ms"] < 50
    path = new_card(world, folder)
    words = ("conform", "card", "--ics", "dual", "--json", "--case", "C-2001", "--allow-writes",
             "--number", NUMBER, "--target")  # fmt: skip
    with world.serving(str(path), "null:", cwd=folder):
        refused = world.ykt("reader", "calibrate", "0")
        assert (refused.returncode, "is no null card" in refused.stderr) == (2, True)
        unsafe = world.ykt("reader", "calibrate", "0", "--command", "805401000F" + "00" * 15)
        assert (unsafe.returncode, "DEBIT may change the card" in unsafe.stderr) == (1, True)
        bound = world.ykt("reader", "calibrate", "0", "--command", "00A4040000", "--rounds", "20")
        assert "(upper bound)" in bound.stdout
        done = world.ykt(*words, "pcsc:0", "--calibration", str(way))
        reason = cases(done.stdout)["C-2001"]["reason"]
        assert (done.returncode, "ms on the way" in reason) == (0, True), reason
        assert json.loads(done.stdout)["timing"].startswith("Virtual PCD 00 00 T=1, calibrated")
        other = world.ykt(*words, "pcsc:1", "--calibration", str(way))
        assert (other.returncode, "calibrate this reader" in other.stderr) == (3, True)
