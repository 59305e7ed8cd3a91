"""A recorded card in the system's PC/SC reader: our terminal, our replay, other hands."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import pcscd
from tests.pcscd import PATIENCE, YKT, World, until, world
from tests.trace.corpus import FOLDER

__all__ = ["world"]
pcscd.require()

BUS = FOLDER / "synthetic" / "dual-bus-upgraded.jsonl"
TAP = """
import json
from ykt_sim.bench import Bench
from ykt_sim.bench.targets import open_target
card = open_target("pcsc:0?wait=20", permit=None)
result = Bench("bus-upgraded").tap(card, now="{now}")
card.close()
decision = result.decision
print(json.dumps([decision.outcome, decision.amount, decision.balance_after,
                  result.clearing.evidence if result.clearing else ""]))
"""


@contextmanager
def playing(world: World, *words: str) -> Iterator[list[str]]:
    """``ykt trace serve --vpcd`` in there; its output afterwards."""
    child = world.start(*YKT, "trace", "serve", str(BUS), "--vpcd", *words)
    said: list[str] = []
    try:
        until(lambda: world.cards() == 1 or child.poll() is not None, "the card is seen")
        yield said
    finally:
        world.signal(child, signal.SIGTERM)
        said.append(child.communicate(timeout=PATIENCE)[0])
        until(lambda: world.cards() == 0, "the card is out")


@pytest.mark.parametrize("now", ["20241101083000", "20250303101112"])
def test_our_terminal_charges_a_recorded_card(world: World, now: str) -> None:
    """The PSAM finds MAC2 right: the evidence of the clearing record is a MAC2."""
    with playing(world, "--keys", "testkeys") as said:
        done = world.run(sys.executable, "-c", TAP.format(now=now))
        assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["accepted", 190, 4460, "mac2"]
    assert ", 0 of them not known" in said[0]


def test_a_replay_meets_its_own_recording(world: World, tmp_path: Path) -> None:
    """Guarded as any card in a reader, and allowed as one in a virtual reader."""
    words = ("trace", "replay", str(BUS), "--against", "pcsc:0", "--keys", "testkeys")
    with playing(world, "--keys", "testkeys"):
        held = world.ykt(*words)
        assert held.returncode == 1
        assert "may change the card" in held.stdout
        out = tmp_path / "new.jsonl"
        done = world.ykt(*words, "--allow-writes", "--number", "virtual", "--out", str(out))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "codes: 5 valid, 0 wrong" in done.stdout
        assert out.exists()


def test_exact_over_pcsc(world: World) -> None:
    with playing(world, "--exact") as said:
        done = world.ykt("trace", "replay", str(BUS), "--against", "pcsc:0", "--exact",
                         "--allow-writes", "--number", "virtual")  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 of them not known" in said[0]
