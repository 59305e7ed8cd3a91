"""`ykt soak`: words, what is told, exit codes, what is kept."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ykt_sim.bench.soak.plan import Kinds
from ykt_sim.bench.soak.run import Soaked, SoakSetup
from ykt_sim.cli.terminal import soak as verb

WORDS = ("soak", "--card", "dual", "--terminal", "bus-upgraded")


class Fake:
    """In the place of `bench.soak.run.Soak`."""

    lost: tuple[str, ...] = ()
    given: SoakSetup
    stopped = False

    def __init__(self, setup: SoakSetup, progress: Callable[[Soaked], object]) -> None:
        Fake.given = setup
        (setup.folder / "state").mkdir(parents=True)
        (setup.folder / "card-1.json").write_text("{}")
        progress(Soaked(1, taps=3))

    def stop(self) -> None:
        Fake.stopped = True

    def run(self) -> Soaked:
        if self.given.card == "lnt":
            os.kill(os.getpid(), signal.SIGINT)
        return Soaked(
            self.given.seed, taps=1234, outcomes={"refused": 4, "accepted": 1230}, processes=20,
            kills=17, refused=3, jumps=2, cards=4, numbers=1300, segments=3, paid=123400,
            loaded=5000, lost=self.lost,
        )  # fmt: skip


@pytest.fixture
def soaks(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(verb, "Soak", Fake)
    monkeypatch.setattr(verb.tempfile, "mkdtemp", lambda prefix: _made(tmp_path / prefix))
    return run


def _made(path: Path) -> str:
    path.mkdir()
    return str(path)


def test_nothing_lost(soaks, tmp_path: Path) -> None:
    result = soaks(*WORDS, "--seed", "7")
    assert result.exit_code == 0
    assert result.stdout == (
        "1,234 taps (accepted 1,230, refused 4), seed 7\n"
        "  20 processes, 17 of them killed; the disk refused 3 changes; the clock jumped 2 times\n"
        "  cards: 4, PSAM numbers: 1,300, journal files: 3\n"
        "  paid 1234.00 yuan, loaded 50.00\n"
        "lost: nothing 无丢失\n"
    )
    assert list(tmp_path.iterdir()) == []
    assert Fake.given == SoakSetup(
        "dual", ("bus-upgraded",), tmp_path / "ykt-soak-", 7, taps=1000, kinds=Kinds()
    )


def test_something_lost_is_kept(soaks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Fake, "lost", ("card 1: holds 5 fen",))
    result = soaks(*WORDS)
    assert result.exit_code == 1
    folder = tmp_path / "ykt-soak-"
    assert result.stdout.splitlines()[-2:] == [
        "LOST 丢失: card 1: holds 5 fen", f"kept in {folder}",
    ]  # fmt: skip
    assert (folder / "card-1.json").exists()


def test_json_and_a_folder(soaks, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = soaks(
        *WORDS, "--terminal", "metro-exit", "--json", "--out", str(out), "--minutes", "0.5",
        "--kills", "--clock-jumps",
    )  # fmt: skip
    told = json.loads(result.stdout)
    assert (told["taps"], told["lost"], told["kept"]) == (1234, [], str(out))
    assert out.exists()
    given = Fake.given
    assert (given.taps, given.minutes, given.terminals) == (0, 0.5, ("bus-upgraded", "metro-exit"))
    assert given.kinds == Kinds(disk_full=False, slow_disk=False)
    assert 0 <= told["seed"] < 1 << 32


def test_ctrl_c_ends_it_and_says_what_was_lost(soaks, tmp_path: Path) -> None:
    result = soaks("soak", "--card", "lnt", "--terminal", "bus-legacy")
    assert result.exit_code == 130
    assert Fake.stopped
    assert "lost: nothing" in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--taps", "5", "--minutes", "1"), "give one of --taps and --minutes"),
        (("--taps", "0"), "0"),
        (("--minutes", "0"), "0"),
    ],
)
def test_wrong_words(soaks, words: tuple[str, ...], said: str) -> None:
    result = soaks(*WORDS, *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_soak_that_cannot_begin_leaves_nothing(
    run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(verb.tempfile, "mkdtemp", lambda prefix: _made(tmp_path / prefix))
    result = run("soak", "--card", "dual", "--terminal", "load-point")
    assert result.exit_code == 2
    assert "a load point comes with every soak" in result.stderr
    assert list(tmp_path.iterdir()) == []
