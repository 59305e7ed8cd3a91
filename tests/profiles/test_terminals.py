"""Terminal profiles: all load, and errors name file and path."""

from __future__ import annotations

from pathlib import Path

import pytest

from ykt_sim.errors import ProfileError
from ykt_sim.profiles import terminals
from ykt_sim.profiles.registry import load_registry
from ykt_sim.profiles.terminals import load_terminal_profile, terminal_profile_names

NAMES = (
    "bus-alight",
    "bus-board",
    "bus-legacy",
    "bus-tunion",
    "bus-upgraded",
    "ferry-upgraded",
    "load-point",
    "metro-entry",
    "metro-exit",
)


def test_the_kinds_that_the_bench_needs() -> None:
    assert terminal_profile_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_profiles_are_sound(name: str) -> None:
    profile = load_terminal_profile(name)
    assert profile.name == name
    city = load_registry().city(profile.city)
    assert city is not None
    assert profile.acquirer.startswith("1")
    assert profile.acquirer[4:8] == profile.city
    assert profile.sam.serial.endswith(profile.sam.terminal)
    assert profile.terminal_8.endswith(profile.sam.terminal)
    assert len(profile.terminal_8) == 16


def test_psam_numbers_are_unique() -> None:
    numbers = [load_terminal_profile(name).sam.terminal for name in NAMES]
    assert len(set(numbers)) == len(numbers)


def test_gates_know_each_other() -> None:
    for entry, end in (("metro-entry", "metro-exit"), ("bus-board", "bus-alight")):
        board, alight = load_terminal_profile(entry), load_terminal_profile(end)
        assert board.fare == alight.fare
        assert board.station != alight.station
        assert alight.fare.distance is not None
        here = next(s for s in alight.fare.distance.stations if s.code == board.station)
        assert board.sam.terminal in here.terminals


def test_white_list() -> None:
    pairs = load_terminal_profile("bus-upgraded").white_pairs()
    assert ("02205810", "31048703") in pairs
    assert len(pairs) == len(load_registry().pairs())


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"no terminal profile 'tram'; there are bus-alight, "):
        load_terminal_profile("tram")


def test_a_file_is_read_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes((terminals._HERE / "bus-legacy.toml").read_bytes())
    assert load_terminal_profile(path) == load_terminal_profile("bus-legacy")
    with pytest.raises(ProfileError, match=r"none\.toml: No such file"):
        load_terminal_profile(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("bus-legacy", "version = 1", "version = 9", r"\$.version: this program reads 1"),
        ("bus-legacy", "flat = 200", 'flat = "2"', r"\$.fare.flat"),
        ("bus-legacy", "flat = 200", "flat = 70000", r"\$.fare: a fare is 0..65535"),
        ("bus-legacy", "flat = 200", "flt = 200", "flt"),
        (
            "bus-tunion",
            "minutes = 60",
            "minutes = 0",
            r"\$.fare.transfer.minutes: expected 1..1440",
        ),
        ("bus-tunion", "amount = 100", "amount = 70000", r"\$.fare: a fare is 0..65535"),
        (
            "metro-exit",
            "[fare]",
            "[fare]\ntransfer = { minutes = 9, amount = 1 }",
            r"\$.fare.transfer: belongs to single rides",
        ),
        ("bus-legacy", "lnt = 95", "lnt = 195", r"\$.fare: percent"),
        ("bus-legacy", 'city = "5810"', 'city = "581"', r"\$.city: expected 4 digits"),
        ("bus-legacy", '"12205810FFFFFFFF"', '"12205810GGGGGGGG"', r"\$.acquirer"),
        ("bus-legacy", 'priority = ["lnt"]', "priority = []", r"\$.applications.priority"),
        ("bus-legacy", 'priority = ["lnt"]', 'priority = ["lnt", "lnt"]', r"\$.applications.prio"),
        ("bus-legacy", 'entry = "direct"', 'entry = "any"', r"\$.applications.entry"),
        ("bus-legacy", 'vehicle = "A0203"', 'vehicle = "粤A"', r"\$.vehicle"),
        ("bus-legacy", 'direction = "single"', 'direction = "entry"', r"\$.ride.record"),
        ("bus-legacy", 'direction = "single"', 'direction = "load"', r"\$.load"),
        ("bus-legacy", 'terminal = "413158100101"', 'terminal = ""', r"\$.sam.terminal"),
        ("metro-exit", 'station = "00010009"', 'station = "0009"', r"\$.station: not among"),
        ("metro-exit", 'code = "00010005"', 'code = "00010001"', "a code stands twice"),
        ("metro-exit", 'direction = "exit"', 'direction = "single"', r"\$.direction"),
        ("metro-exit", "[fare]", "[fare]\nflat = 1", "either flat or distance"),
        ("load-point", '"123456"', '"1"', r"\$.load.pin.lnt"),
        ("load-point", "[load]", "[load", "load-point.toml"),
    ],
)
def test_errors_name_file_and_path(
    name: str, old: str, new: str, says: str, tmp_path: Path
) -> None:
    text = (terminals._HERE / f"{name}.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / f"{name}.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ProfileError, match=says) as caught:
        load_terminal_profile(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value).strip()
