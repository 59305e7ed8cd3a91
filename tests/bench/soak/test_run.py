"""A soak: processes that are killed, and nothing lost; and what is lost is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ykt_sim.bench.soak import run
from ykt_sim.bench.soak.plan import Job, Kinds
from ykt_sim.bench.soak.run import Soak, Soaked, SoakSetup
from ykt_sim.bench.soak.worker import Told
from ykt_sim.errors import ProfileError, UsageError

REAL = run._child
CALM = Kinds(kills=False, disk_full=False, slow_disk=False, clock_jumps=False)


def setup(folder: Path, taps: int = 15, kinds: Kinds = Kinds(), **more: object) -> SoakSetup:  # noqa: B008
    return SoakSetup("dual", ("bus-upgraded",), folder, seed=8, taps=taps, kinds=kinds, **more)  # type: ignore[arg-type]


def test_nothing_is_lost(tmp_path: Path) -> None:
    seen: list[int] = []
    kinds = Kinds(slow_disk=False)
    found = Soak(setup(tmp_path / "new", kinds=kinds), lambda so: seen.append(so.taps)).run()
    assert found.lost == ()
    assert found.kills > 0 < found.refused
    assert found.taps == sum(found.outcomes.values()) == seen[-1] >= 15
    assert found.outcomes["accepted"] > 0
    assert found.processes == len(seen)
    assert found.paid > 0
    assert found.segments == 1
    files = sorted(one.name for one in (tmp_path / "new").rglob("*"))
    assert files == [
        "bus-upgraded.journal", "bus-upgraded.psam.json", *(f"card-{n}.json" for n in range(1, 5)),
        "state",
    ]  # fmt: skip


def spoiled(monkeypatch: pytest.MonkeyPatch, spoil: object) -> None:
    """The first process is real; behind it something goes wrong."""
    done: list[Job] = []

    def child(job: Job) -> tuple[list[Told], int, str]:
        found = REAL(job)
        done.append(job)
        return spoil(job, *found) if len(done) == 1 else found  # type: ignore[operator]

    monkeypatch.setattr(run, "_child", child)


def test_a_card_that_is_put_back_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_back(job: Job, *found: object) -> object:
        path = Path(job.visits[0].card)
        path.write_text(path.read_text().replace('"actual": ', '"actual": 1'))
        return found

    spoiled(monkeypatch, put_back)
    found = Soak(setup(tmp_path, kinds=CALM)).run()
    assert any("the records say" in one for one in found.lost)
    assert found.processes == 1 + 2  # it stops, and settles


def test_a_process_that_ends_by_itself_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled(monkeypatch, lambda _job, told, *_: (told, 1, "KeyError: 'x'"))
    found = Soak(setup(tmp_path, taps=3, kinds=CALM)).run()
    assert found.lost == ("process 1 ended with 1: KeyError: 'x'",)


def test_a_terminal_that_stays_out_of_use_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_back(job: Job, *found: object) -> object:
        path = next(Path(job.state).glob("*.psam.json"))
        path.write_text("{")
        return found

    spoiled(monkeypatch, put_back)
    found = Soak(setup(tmp_path, taps=2, kinds=CALM)).run()
    assert found.lost[0].startswith("bus-upgraded: out of use with nothing in its way: ")
    assert "psam.json" in found.lost[0]


def test_a_kill_that_nobody_planned_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled(monkeypatch, lambda _job, told, *_: (told, -9, ""))
    found = Soak(setup(tmp_path, taps=3, kinds=CALM)).run()
    assert found.lost == ("process 1 ended with -9: ",)
    assert found.kills == 0


def test_a_process_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_PATIENCE", 0.0)
    monkeypatch.setattr(run, "_PER_TAP", 0.0)
    found = Soak(setup(tmp_path, taps=1, kinds=CALM)).run()
    assert found.lost[0] == "process 1 ended with 1: it did not end"


def test_cards_are_loaded_and_worn_ones_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without processes: a card has little left, is loaded in vain, and is replaced."""
    jobs: list[Job] = []

    def child(job: Job) -> tuple[list[Told], int, str]:
        jobs.append(job)
        if len(jobs) == 1:
            path = Path(job.visits[0].card)
            body = json.loads(path.read_text())
            next(value for key, value in body["cells"] if key[0] == "money")["actual"] = 1999
            path.write_text(json.dumps(body))
        return [Told("refused")] * len(job.visits), 0, ""

    monkeypatch.setattr(run, "_child", child)
    monkeypatch.setattr(run.Account, "check", lambda *_: None)
    found = Soak(setup(tmp_path, taps=60, kinds=CALM)).run()
    poor = jobs[0].visits[0].card
    loads = [job for job in jobs if job.terminal == "load-point"]
    assert len(loads) == 6
    assert {(visit.card, visit.amount) for job in loads for visit in job.visits} == {(poor, 5000)}
    after = [job for job in jobs[jobs.index(loads[-1]) + 1 :] if job.terminal != "load-point"][:-2]
    assert after
    assert poor not in {visit.card for job in after for visit in job.visits}
    assert found.cards == 5


def test_it_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soak = Soak(setup(tmp_path, taps=1000, kinds=CALM))

    def child(job: Job) -> tuple[list[Told], int, str]:
        soak.stop()
        return [Told("refused")] * len(job.visits), 0, ""

    monkeypatch.setattr(run, "_child", child)
    found = soak.run()
    assert 0 < found.taps <= 31
    assert found.processes == 1


def test_a_time_instead_of_a_number(tmp_path: Path) -> None:
    found = Soak(SoakSetup("dual", ("bus-upgraded",), tmp_path, 1, minutes=1e-9)).run()
    assert (found.taps, found.lost, found.outcomes) == (0, (), {})
    assert found.cards == 0


@pytest.mark.parametrize(
    ("card", "terminals", "error", "said"),
    [
        ("blank", ("bus-upgraded",), UsageError, "without a number"),
        ("dual", ("load-point",), UsageError, "a load point comes with every soak"),
        ("dual", ("bus-upgraded", "bus-upgraded"), UsageError, "one journal"),
        ("none", ("bus-upgraded",), ProfileError, "none"),
    ],
)
def test_what_cannot_be_soaked(
    tmp_path: Path, card: str, terminals: tuple[str, ...], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        Soak(SoakSetup(card, terminals, tmp_path / "new", 1, taps=1))
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(UsageError, match="begins in an empty folder"):
        Soak(setup(tmp_path))
    assert Soaked(1).outcomes == {}
