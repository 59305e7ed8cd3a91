"""The process that is killed, here in this one and not killed."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from ykt_sim.bench import images
from ykt_sim.bench.make import make_card
from ykt_sim.bench.soak import worker
from ykt_sim.bench.soak.plan import BEGIN, Job, Visit
from ykt_sim.bench.soak.trouble import Trouble
from ykt_sim.bench.soak.worker import Told


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Does a job of some taps of one card; gives what was told."""
    card = tmp_path / "card.json"
    images.save_card(card, make_card("dual", balance=2000).snapshot())

    def do(count: int, trouble: Trouble = Trouble(), terminal: str = "bus-upgraded", amount=0):  # noqa: B008
        visits = tuple(
            Visit(str(card), BEGIN + timedelta(minutes=number), amount) for number in range(count)
        )
        job = Job(terminal, str(tmp_path / "state"), visits, trouble, 1)
        given, told = io.BytesIO(msgspec.json.encode(job)), io.BytesIO()
        monkeypatch.setattr(worker.sys, "stdin", SimpleNamespace(buffer=given))
        monkeypatch.setattr(worker.sys, "stdout", SimpleNamespace(buffer=told))
        worker.main()
        return [msgspec.json.decode(line, type=Told) for line in told.getvalue().splitlines()]

    return do


def test_each_tap_is_told(work, tmp_path: Path) -> None:
    first, second = work(2)
    assert (first.outcome, first.sequence, second.sequence) == ("accepted", 1, 2)
    assert len(first.tac) == 8
    (loaded,) = work(1, terminal="load-point", amount=500)
    assert (loaded.outcome, loaded.sequence) == ("accepted", 1)
    (refused,) = work(1, terminal="load-point", amount=0)
    assert (refused.outcome, refused.sequence, refused.tac) == ("refused", 0, "")
    assert refused.why
    names = sorted(one.name for one in (tmp_path / "state").iterdir())
    assert names == ["bus-upgraded.journal", "bus-upgraded.psam.json",
                     "load-point.journal", "load-point.psam.json"]  # fmt: skip
    journal = (tmp_path / "state" / "bus-upgraded.journal").read_text()
    assert journal.count('"entry":"shown"') == 2


@pytest.mark.parametrize("read_only", [False, True])
def test_a_bad_disk_breaks_taps_off_and_the_terminal_starts_anew(work, *, read_only: bool) -> None:
    work(1)
    told = work(14, Trouble(full=30, steps=25, read_only=read_only))
    outcomes = [one.outcome for one in told]
    assert outcomes[0] == outcomes[-1] == "accepted"
    assert set(outcomes) & {"broken", "retry"}
    words = "Read-only file system" if read_only else "No space left on device"
    assert any(words in one.why for one in told if one.outcome == "broken")
    refused = [one.refused for one in told]
    assert refused == sorted(refused)
    assert refused[-1] > 0
