"""Terminal profiles: all load, and errors name file and path."""

from __future__ import annotations

from pathlib import Path

import pytest

from ykt_sim.errors import ProfileError
from ykt_sim.profiles import loading
from ykt_sim.profiles.registry import load_registry
from ykt_sim.profiles.terminals import load_terminal_profile, terminal_profile_names

FOLDER = Path(loading.__file__).parent / "terminals"
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
    path.write_bytes((FOLDER / "bus-legacy.toml").read_bytes())
    assert load_terminal_profile(path) == load_terminal_profile("bus-legacy")
    with pytest.raises(ProfileError, match=r"none\.toml: No such file"):
        load_terminal_profile(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("bus-legacy", "version = 1", "version = 9", r"\$.version: this program reads 1"),
        ("bus-legacy", "flat = 200", 'flat = "2"', r"\$.fare.flat"),
        ("bus-legacy", "flat = 200", "flat = 70000", r"<= 65535`? - at `\$.fare.flat"),
        ("bus-legacy", "flat = 200", "flt = 200", "flt"),
        (
            "bus-tunion",
            "minutes = 60",
            "minutes = 0",
            r">= 1`? - at `\$.fare.transfer.minutes",
        ),
        (
            "bus-tunion",
            "amount = 100",
            "amount = 70000",
            r"<= 65535`? - at `\$.fare.transfer.amount",
        ),
        (
            "metro-exit",
            "[fare]",
            "[fare]\ntransfer = { minutes = 9, amount = 1 }",
            r"\$.fare.transfer: belongs to single rides",
        ),
        ("bus-legacy", "lnt = 95", "lnt = 195", r"<= 100`? - at `\$.fare.percent"),
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
        ("bus-legacy", "version = 1", "version = 1\nalready_paid_s = -1", r"\$.already_paid_s"),
        ("bus-legacy", "version = 1", "version = 1\nalready_paid_s = 86401", "0..86400 seconds"),
    ],
)
def test_errors_name_file_and_path(
    name: str, old: str, new: str, says: str, tmp_path: Path
) -> None:
    text = (FOLDER / f"{name}.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / f"{name}.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ProfileError, match=says) as caught:
        load_terminal_profile(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value).strip()


_BLACK = 'version = 1\nblack_list = ["0000000000000000", {}]'


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        *(
            (
                "bus-legacy",
                "version = 1",
                _BLACK.format(entry),
                r"\$.black_list\[1\]: expected 19 or",
            )
            for entry in (
                '""',
                '" "',
                '"310487039500000082"',
                '"3104870395000000827 "',
                '"31048703A5000000827"',
                '"3104 8703 9500 0000 827"',
                '"\uff13104870395000000827"',
            )
        ),
        ("bus-legacy", 'city = "5810"', 'city = "58  "', r"\$.city: expected 4 digits"),
        (
            "bus-legacy",
            "[fare]",
            '[white_list]\npairs = [["02205810", "310487"]]\n[fare]',
            r"\$.white_list.pairs\[0\]\[1\]: expected 8 digits, got '310487'",
        ),
        (
            "bus-tunion",
            "[fare]",
            "[white_list]\nregistered = false\n[fare]",
            r"\$.white_list: no pair at all",
        ),
        ("bus-tunion", 'own = ["00083010"]', 'own = ["0083010"]', r"\$.interoperability.own\[0\]"),
        (
            "bus-tunion",
            "percent = { tunion = 80 }",
            "monthly = [{ over = 8000, percent = 80 }]",
            r"\$.fare.monthly: needs keep_statistics",
        ),
        (
            "bus-tunion",
            "percent = { tunion = 80 }",
            "percent = { lnt = 80 }",
            r"\$.fare.percent.lnt: this terminal does not take",
        ),
        (
            "bus-legacy",
            "flat = 200",
            "flat = 200\nkeep_statistics = true",
            r"\$.fare.keep_statistics: needs composite",
        ),
        (
            "bus-tunion",
            "vehicle = ",
            'station = "01"\nvehicle = ',
            r"\$.station: belongs to a fare by",
        ),
        (
            "metro-exit",
            "over = 8000",
            "over = 30000",
            r"\$.fare.monthly\[1\].over: out of order: 20000",
        ),
        ("metro-exit", "over = 8000", "over = -1", r">= 0`? - at `\$.fare.monthly\[0\].over"),
        ("metro-exit", "keep_statistics = true", "", r"\$.fare.monthly: needs keep_statistics"),
        (
            "metro-exit",
            "up_to = 8000",
            "up_to = 4000",
            r"steps\[1\].up_to: out of order: 4000 follows",
        ),
        ("metro-exit", "up_to = 8000", "up_to = 80000", r"steps\[2\].up_to: out of order"),
        (
            "metro-exit",
            "amount = 300",
            "amount = 100",
            r"steps\[1\].amount: out of order: 100 follows",
        ),
        (
            "metro-exit",
            "amount = 300",
            "amount = -1",
            r">= 0`? - at `\$.fare.distance.steps\[1\].amount",
        ),
        ("metro-exit", 'code = "00010005"', 'code = "000100010"', "a code stands twice"),
        ("metro-exit", 'code = "00010005"', 'code = ""', r"stations\[1\].code: expected 1 to 14"),
        (
            "metro-exit",
            '"010000220105"',
            '"01000022105"',
            r"stations\[1\].terminals\[0\]: expected 12",
        ),
        ("metro-exit", '"010000220105"', '"010000220101"', "terminal 010000220101 stands twice"),
        (
            "metro-exit",
            '"010000220105"',
            '"010000220209"',
            r"stations\[1\].terminals: this terminal",
        ),
        (
            "metro-exit",
            'line_station = "00010009',
            'line_station = "00010005',
            r"\$.line_station: is",
        ),
        ("metro-exit", 'record = "2701"', 'record = "2702"', r"\$.ride.record: 2701 is rail"),
        ("metro-exit", 'tunion = "composite"', 'tunion = "simple"', r"\$.fare.keep_statistics"),
        ("metro-exit", 'lnt = "composite"', 'lnt = "simple"', r"\$.purchase.lnt: an exit looks"),
        ("metro-exit", 'lnt_sub_type = "ride"', "", r"\$.purchase.lnt_sub_type: entry and exit"),
        (
            "bus-alight",
            'tunion = "composite"',
            'tunion = "simple"',
            r"\$.purchase.tunion: a simple",
        ),
        ("load-point", 'kind = "load"', 'kind = "bus"', r"\$.kind: load goes with"),
        ("load-point", "minimum = 1", "minimum = 0", r"\$.load.minimum: expected 1 to the maximum"),
        ("load-point", "minimum = 1", "minimum = 100001", r"\$.load.minimum: expected 1 to the"),
        (
            "load-point",
            "maximum = 100000",
            "maximum = 16777216",
            r"<= 16777215`? - at `\$.load.maximum",
        ),
        (
            "load-point",
            '["lnt", "tunion"]',
            '["tunion"]',
            r"\$.load.pin.lnt: this terminal does not",
        ),
        (
            "bus-legacy",
            "[purchase]",
            "[purchase]\nkey_index = 256",
            r"<= 255`? - at `\$.purchase.key_index",
        ),
    ],
)
def test_contradictions_are_errors_that_name_the_place(
    name: str, old: str, new: str, says: str, tmp_path: Path
) -> None:
    test_errors_name_file_and_path(name, old, new, says, tmp_path)


def test_a_listed_card_of_either_length_is_taken(tmp_path: Path) -> None:
    text = (FOLDER / "bus-legacy.toml").read_text("utf-8")
    listed = _BLACK.format('"3104870395000000827"')
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("version = 1", listed, 1), "utf-8")
    assert load_terminal_profile(path).black_list == ("0000000000000000", "3104870395000000827")


def test_a_profile_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"version = 1\n# \xff\xff\xff\n")
    with pytest.raises(ProfileError, match=r"mine\.toml: not UTF-8 text at byte"):
        load_terminal_profile(path)
    path.write_bytes("version = 1\n# 广州\n".encode("gb18030"))
    with pytest.raises(ProfileError, match="missing required field"):
        load_terminal_profile(path)
