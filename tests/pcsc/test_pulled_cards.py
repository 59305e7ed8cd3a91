"""A card pulled out of the reader at every command of a tap: no fen is lost or made."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tests import pcscd
from tests.pcsc.worlds import ALLOWED, AT, Field
from ykt_sim.card import CardImage

pcscd.require()

SCRIPT: Final = str(Path(__file__).with_name("pulled.py"))
BALANCE: Final = 5000
STEP: Final = 3


def pulled(folder: Path, profile: str, terminal: str, mode: str, first: int) -> list[Any]:
    folder.mkdir()
    with Field(folder) as world:
        world.terminal(terminal, "--report", str(folder / "taps.jsonl"))
        words = (str(folder), profile, mode, str(first), str(STEP))
        done = world.run(sys.executable, SCRIPT, *words, seconds=120)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("profile", "terminal", "fare", "commands"),
    [("dual", "bus-upgraded", 190, 7), ("tunion", "bus-tunion", 160, 8)],
)
def test_money_adds_up(
    profile: str, terminal: str, fare: int, commands: int, tmp_path: Path
) -> None:
    hands = [(mode, first) for mode in ("before", "after") for first in range(1, STEP + 1)]
    with ThreadPoolExecutor(len(hands)) as pool:
        jobs = [
            (mode, pool.submit(pulled, tmp_path / f"{mode}{first}", profile, terminal, mode, first))
            for mode, first in hands
        ]
        found = [(mode, one) for mode, job in jobs for one in job.result()]
    for mode, one in found:
        where = f"{mode} command {one['number']}: {one}"
        if not one["pulled"]:
            assert (one["torn"]["outcome"], one["after"]) == ("accepted", BALANCE - fare), where
            continue
        debited = mode == "after" and one["number"] == commands
        assert one["torn"]["outcome"] == "retry", where
        assert one["between"] == BALANCE - fare * debited, where
        assert (one["back"]["outcome"], one["back"]["amount"]) == ("accepted", fare), where
        assert one["back"]["recovered"] is debited, where
        assert one["back"]["clearing"]["amount"] == BALANCE - one["after"] == fare, where
        assert "dispute" not in one["back"], where
    for mode in ("before", "after"):
        numbers = {one["number"] for way, one in found if way == mode and one["pulled"]}
        assert numbers == set(range(1, commands + 1)), mode
    for path in tmp_path.glob("*/*-*.json"):
        CardImage.from_json(path.read_text())


def test_a_terminal_that_was_switched_off_remembers(tmp_path: Path) -> None:
    """The card has paid, the answer is lost, the terminal ends; another process settles it."""
    words = ("terminal", "run", "bus-tunion", "--card", "pcsc:0", "--once", "--at", AT,
             "--report", "taps.jsonl", "--state", "kept", *ALLOWED)  # fmt: skip
    with Field(tmp_path) as world:
        child = world.start(sys.executable, SCRIPT, str(tmp_path), "tunion", "after", "8", "1")
        codes = [world.ykt(*words, cwd=tmp_path).returncode for _ in range(2)]
        assert child.stdout is not None
        one = json.loads(child.stdout.readline())
    assert codes == [1, 0]
    assert (one["torn"]["outcome"], one["between"]) == ("retry", BALANCE - 160)
    assert (one["back"]["outcome"], one["back"]["recovered"]) == ("accepted", True)
    assert one["after"] == BALANCE - one["back"]["clearing"]["amount"] == BALANCE - 160
