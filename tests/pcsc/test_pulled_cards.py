"""A card pulled out of the reader at every command of a tap: no fen is lost or made."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tests import pcscd
from tests.pcsc.worlds import Field
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
