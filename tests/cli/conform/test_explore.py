"""`ykt conform explore`: what ends it, the line that plays it again, and what it hides."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import msgspec

from tests.cli.conftest import Run
from ykt_conformance.explore.terminal import Explored
from ykt_sim.cli.conform import scenes
from ykt_sim.meaning.duty.finding import breaks


def test_an_exploration_that_finds_nothing_ends_with_0(run: Run) -> None:
    done = run("conform", "explore", "card", "--target", "sim:lnt", "--steps", "60", "--seed", "1")
    assert done.exit_code == 0
    assert "no divergence" in done.stdout
    assert "covered:" in done.stdout


def test_a_divergence_ends_with_1_and_the_line_it_prints_shows_it_again(
    run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "found"
    words = ("--target", "sim:dual?deviate=balance-three-bytes", "--seed", "1")
    done = run("conform", "explore", "card", *words, "--steps", "3000", "--out", str(out))
    assert done.exit_code == 1
    assert "R-BAL-LENGTH" in done.stdout
    again = next(line for line in done.stdout.splitlines() if line.startswith("again: "))
    played = run(*shlex.split(again.removeprefix("again: "))[1:], "--json")
    assert played.exit_code == 1
    assert json.loads(played.stdout)["divergence"]["rule"] == "R-BAL-LENGTH"
    steps = str(out / "steps.txt")
    assert run("conform", "explore", "card", *words, "--replay", steps).exit_code == 1
    trace = str(out / "trace.jsonl")
    assert run("conform", "trace", trace, "--ics", "dual", "--case", "C-0401").exit_code in (1, 2)
    taken = run("conform", "explore", "card", *words, "--steps", "9", "--out", str(out))
    assert taken.exit_code == 3
    assert "--force" in taken.stderr


def test_an_exploration_wants_known_rules_and_a_form_of_a_card(run: Run) -> None:
    words = ("conform", "explore", "card", "--steps", "5", "--target")
    assert "no rule R-FLY" in run(*words, "sim:dual", "--ignore", "R-FLY").stderr
    assert "not of a card" in run(*words, "sim:dual", "--ics", "bus-legacy").stderr
    done = run(*words, "sim:dual", "--replay", "fly")
    assert (done.exit_code, "expected one of" in done.stderr) == (3, True)


def test_an_exploration_masks_numbers_and_says_how_it_is_played_again(run: Run) -> None:
    words = ("conform", "explore", "card", "--target", "sim:dual?deviate=balance-three-bytes",
             "--replay", "select tunion; send 805C000204", "--fresh", "--timeout", "7")  # fmt: skip
    done, whole = run(*words), run(*words, "--unmask")
    assert done.exit_code == whole.exit_code == 1
    assert "0300000000017" not in done.stdout
    assert "0300000000017" in whole.stdout
    again = next(line for line in done.stdout.splitlines() if line.startswith("again: "))
    assert "--fresh --timeout 7" in again
    assert "0300000000017" not in run(*words, "--json").stdout


def test_an_exploration_of_a_terminal_prints_the_line_that_shows_it_again(
    run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "found"
    words = ("--target", "sim:bus-upgraded?deviate=torn-forgotten", "--seed", "1",
             "--ignore", "D-TORN-BACK")  # fmt: skip
    verb = ("conform", "explore", "terminal")
    done = run(*verb, *words, "--steps", "2000", "--out", str(out))
    assert done.exit_code == 1
    assert "D-TORN-TWICE" in done.stdout
    again = next(line for line in done.stdout.splitlines() if line.startswith("again: "))
    played = run(*shlex.split(again.removeprefix("again: "))[1:], "--json")
    assert played.exit_code == 1
    assert json.loads(played.stdout)["finding"]["rule"] == "D-TORN-TWICE"
    number = re.search(r'"(iin|number)":"\d{8,10}"', (out / "trace.jsonl").read_text("utf-8"))
    assert number is not None
    scene = str(out / "scene.txt")
    assert run(*verb, *words, "--replay", scene).exit_code in (0, 1)
    taken = run(*verb, *words, "--steps", "9", "--out", str(out))
    assert (taken.exit_code, "--force" in taken.stderr) == (3, True)


def test_an_exploration_of_a_sound_terminal_ends_with_0(run: Run) -> None:
    words = ("conform", "explore", "terminal", "--target", "sim:metro-entry", "--seed", "1")
    done = run(*words, "--scenes", "8")
    assert (done.exit_code, "no finding" in done.stdout) == (0, True), done.output
    assert "covered:" in done.stdout


def test_an_exploration_of_a_terminal_masks_card_numbers(run: Run) -> None:
    words = ("conform", "explore", "terminal", "--seed", "1", "--target",
             "sim:bus-upgraded?deviate=clearing-card-wrong", "--replay",
             "card A tunion black=next; tap A")  # fmt: skip
    hidden, whole = run(*words), run(*words, "--unmask")
    assert hidden.exit_code == whole.exit_code == 1
    number = "3105170066600000018"
    assert number[3:] in whole.stdout
    assert number[3:] not in hidden.stdout + run(*words, "--json").stdout


def test_an_exploration_of_a_terminal_wants_known_rules_and_a_form_of_a_terminal(run: Run) -> None:
    words = ("conform", "explore", "terminal", "--steps", "5")
    target = ("--target", "sim:bus-upgraded")
    assert "no rule D-FLY" in run(*words, *target, "--ignore", "D-FLY").stderr
    assert "not of a terminal" in run(*words, *target, "--ics", "dual").stderr
    assert run(*words).exit_code == 3
    assert run(*words, *target, "--listen", "tcp:127.0.0.1:1").exit_code == 3
    assert "give --ics" in run(*words, "--listen", "tcp:127.0.0.1:0").stderr
    for played, said in (("fly", "expected clock"), (sys.executable, "not UTF-8 text")):
        done = run(*words, *target, "--replay", played)
        assert (done.exit_code, said in done.stderr) == (3, True), done.stderr


def test_a_psam_is_explored_by_name_and_what_is_found_is_played_again(
    run: Run, tmp_path: Path
) -> None:
    done = run("conform", "explore", "psam", "--target", "sam:bus-upgraded", "--steps", "200",
               "--seed", "1", "--out", str(tmp_path / "found"))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "no divergence" in done.stdout
    assert "PSAM INIT FOR PURCHASE" in done.stdout
    # Its own terminal number is not that of another terminal's form.
    words = ("conform", "explore", "psam", "--target", "sam:bus-upgraded", "--ics", "metro-exit",
             "--seed", "1")  # fmt: skip
    done = run(*words, "--steps", "3000")
    assert done.exit_code == 1, done.output
    again = next(line for line in done.stdout.splitlines() if line.startswith("again: "))
    played = run(*shlex.split(again.removeprefix("again: "))[1:], "--json")
    assert json.loads(played.stdout)["divergence"]["rule"] in done.stdout
    assert run(*words, "--replay", "fly").exit_code == 3


def test_a_psam_wants_a_target_that_is_one_and_the_form_of_a_terminal(run: Run) -> None:
    for words, said in (
        (("sim:dual",), "starts with one of sam:"),
        (("sam:fly",), "fly"),
        (("sam:bus-upgraded", "--ics", "dual"), "ICS of a card"),
        (("pipe:true",), "--ics"),
    ):
        done = run("conform", "explore", "psam", "--target", *words)
        assert done.exit_code == 3
        assert said in done.stderr, done.stderr


def test_a_terminal_that_goes_on_living_is_given_the_whole_run_as_well() -> None:
    found = Explored(
        target="t", seed=1, taps=9, scenes=4, seconds=0, scene=3, steps=("card A lnt", "tap A"),
        finding=breaks("TAC", 1, "x"), shrunk=True,
    )  # fmt: skip
    words = scenes._Words(
        target="", listen="tcp:127.0.0.1:9", present="auto", ics="x.toml", taps=None, scenes=None,
        minutes=1, ignored=(), played=None, scene=0, out=None, force=False, seed=1, unmask=False,
        as_json=False,
    )  # fmt: skip
    assert scenes._again(found, words).endswith("--seed 1 --scene 3 --replay 'card A lnt; tap A'")
    assert "--seed 1 --scenes 4  # terminal just" in scenes._whole(found, words)
    assert scenes._whole(msgspec.structs.replace(found, given=True), words) == ""
    assert scenes._whole(found, msgspec.structs.replace(words, listen="", target="sim:x")) == ""
