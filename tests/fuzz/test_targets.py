"""Every target over its seeds and over what was found and cured; what the runner asks and tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import __main__ as runner
from tests.fuzz.engines import answered
from tests.fuzz.registry import TARGETS
from tests.fuzz.scripts import CUT, KEEP, OWN, RESET, Step, script, steps
from tests.fuzz.target import FOUND, Target, TooLongError, refused
from ykt_sim.errors import CardError, OwnError, PackError, ProfileError

FINDINGS = [(target, path) for target in TARGETS.values() for path in target.found()]


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_hold(name: str) -> None:
    target = TARGETS[name]
    count = 0
    for seed in target.begins():
        assert len(seed) <= target.longest
        target.run(seed)
        count += 1
    assert count > 2


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 40, b"\n\n", b"\xff\xfe"])
def test_next_to_nothing(name: str, data: bytes) -> None:
    TARGETS[name].run(data)


@pytest.mark.parametrize(
    ("target", "path"), FINDINGS, ids=lambda one: getattr(one, "stem", None) or one.name
)
def test_what_was_found_is_cured(target: Target, path: Path) -> None:
    target.run(path.read_bytes())


def test_every_folder_of_findings_is_of_a_target() -> None:
    assert {path.name for path in FOUND.iterdir()} <= set(TARGETS)
    assert FINDINGS


def test_an_input_that_takes_too_long_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_data: bytes) -> None:
        while True:
            pass

    monkeypatch.setattr("tests.fuzz.target.INPUT_S", 0.05)
    with pytest.raises(TooLongError, match=r"more than 0\.05 s"):
        Target("endless", endless, list, 1).run(b"")


def test_a_script_says_what_was_put_into_it() -> None:
    commands = [b"", b"\x00" * 5, b"\x01" * 239, b"\x02" * 240, b"\x03" * 300]
    data = script(7, commands)
    assert data[0] == 7
    assert list(steps(data[1:])) == [Step(0, 0, command) for command in commands]
    assert [step.kind for step in steps(bytes([CUT + 7, OWN, OWN + 3, RESET + 1, KEEP]))] == [
        CUT, OWN, OWN, RESET, KEEP,
    ]  # fmt: skip
    assert [step.number for step in steps(bytes([CUT, CUT + 7, OWN, OWN + 3]))] == [1, 8, 0, 3]
    assert list(steps(b"\x09\x01")) == [Step(0, 0, b"\x01")]
    assert list(steps(b"\xff")) == [Step()]


@pytest.mark.parametrize(
    ("error", "allowed"),
    [
        (OwnError("ours"), ()),
        (PackError("ours"), (PackError,)),
        (CardError("the card's"), ()),
        (ProfileError(" "), ()),
        (ProfileError("x" * 5000), ()),
    ],
)
def test_a_refusal_that_is_none(error: Exception, allowed: tuple[type[Exception], ...]) -> None:
    with pytest.raises(AssertionError):
        refused(error, *allowed)


@pytest.mark.parametrize("answer", ["", "90", "4800", "00" * 257 + "9000", "6281"])
def test_an_answer_that_is_none(answer: str) -> None:
    with pytest.raises(AssertionError):
        answered(bytes.fromhex(answer))


def test_what_libfuzzer_says_is_understood() -> None:
    done = "#2000\tDONE   cov: 1418 ft: 4614 corp: 68/207b lim: 4 exec/s: 210 rss: 87Mb"
    assert runner.DONE.search(done)
    found = "artifact_prefix='x/'; Test unit written to x/found-crash-00"
    match = runner.UNIT.search(found)
    assert match
    assert match[1] == "x/found-crash-00"


def test_the_words_of_the_runner(capsys: pytest.CaptureFixture[str]) -> None:
    asked = runner.arguments(["card", "--seconds", "5"])
    assert (asked.targets, asked.seconds, asked.runs) == (["card"], 5, -1)
    with pytest.raises(SystemExit):
        runner.arguments(["cards"])
    assert "no target cards; there are card, psam" in capsys.readouterr().err


def test_seeds_are_in_an_order_that_no_file_system_chooses(tmp_path: Path) -> None:
    texts = [bytes((number,)) * 3 for number in range(40)]
    target = Target("none", len, lambda: texts, 8)
    there = Target("none", len, lambda: texts[::-1], 8)
    one, other = (runner.seeds(which, tmp_path / str(n)) for n, which in enumerate((target, there)))
    assert [path.name for path in one] == [path.name for path in other]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert {path.read_bytes() for path in one} == set(texts)
    assert sorted(one) == one
