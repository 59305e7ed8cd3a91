from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance import support as s
from ykt_conformance.report import folder, manifest
from ykt_conformance.report.verify import verify
from ykt_sim.errors import UsageError


@pytest.fixture
def written(tmp_path: Path) -> Path:
    place = tmp_path / "run"
    folder.prepare(place)
    folder.write(s.run(s.TearableCard, s.case("C-9001"), s.case("C-9002")), place)
    return place


def test_what_was_written_is_whole(written: Path) -> None:
    found = verify(written)
    assert found.whole
    assert found.files == len(manifest.files_of(written)) == 7
    assert verify(written, found.sha256.upper()).whole


def test_other_programs_can_check_it(written: Path) -> None:
    done = subprocess.run(["sha256sum", "--check", "--quiet", "MANIFEST"], cwd=written, check=False)
    assert done.returncode == 0


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def rewrite(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(change(lines)), encoding="utf-8")


TRACE = "trace.jsonl"


@pytest.mark.parametrize("name", ["results.json", "junit.xml", "ics.toml", TRACE])
def test_a_changed_byte_is_named(written: Path, name: str) -> None:
    flip(written / name)
    assert verify(written).problems == (f"{name}: changed",)


def test_a_shortened_file_is_named(written: Path) -> None:
    path = written / TRACE
    path.write_bytes(path.read_bytes()[:-1])
    assert verify(written).problems == (f"{TRACE}: changed",)


def test_a_missing_file_is_named(written: Path) -> None:
    (written / TRACE).unlink()
    assert verify(written).problems == (f"{TRACE}: missing",)


def test_a_file_too_many_is_named(written: Path) -> None:
    (written / "note.txt").write_text("hello")
    assert verify(written).problems == ("note.txt: not in MANIFEST",)


def test_a_renamed_file_is_named_twice(written: Path) -> None:
    (written / TRACE).rename(written / "other.jsonl")
    assert set(verify(written).problems) == {
        f"{TRACE}: missing", "other.jsonl: not in MANIFEST",
    }  # fmt: skip


def test_exchanged_files_are_named(written: Path) -> None:
    one, two = written / "junit.xml", written / "results.json"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert len(verify(written).problems) == 2


def test_a_link_in_place_of_a_file_is_named(written: Path, tmp_path: Path) -> None:
    path = written / TRACE
    copy = tmp_path / "copy.jsonl"
    path.rename(copy)
    path.symlink_to(copy)
    assert verify(written).problems == (f"{TRACE}: no regular file",)


def test_a_line_less_in_the_manifest_is_noticed(written: Path) -> None:
    rewrite(written / "MANIFEST", lambda lines: lines[1:])
    assert [problem.endswith("not in MANIFEST") for problem in verify(written).problems] == [True]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: ["x" + lines[0], *lines[1:]], "line 1 is damaged"),
        (lambda lines: [lines[0], *lines], "line 2 lists ics.toml again"),
        (lambda lines: ["0" * 64 + "  ../outside\n", *lines], "line 1 points outside"),
        (lambda lines: ["0" * 64 + "  /etc/hostname\n", *lines], "line 1 points outside the"),
        (lambda _lines: [], "lists nothing"),
    ],
)
def test_a_damaged_manifest_is_named(
    written: Path, change: Callable[[list[str]], list[str]], said: str
) -> None:
    rewrite(written / "MANIFEST", change)
    assert any(f"MANIFEST: {said}" in problem for problem in verify(written).problems)


def test_a_manifest_made_anew_is_told_by_its_own_hash(written: Path) -> None:
    before = verify(written).sha256
    flip(written / "results.json")
    manifest.write(written)
    assert verify(written).whole
    assert "is not the one that was written" in verify(written, before).problems[0]


def test_no_manifest_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no MANIFEST"):
        verify(tmp_path)
    (tmp_path / "progress.jsonl").touch()
    with pytest.raises(UsageError, match="a run ended early there"):
        verify(tmp_path)
    (tmp_path / "progress.jsonl").unlink()
    (tmp_path / "MANIFEST").symlink_to("/nowhere")
    with pytest.raises(UsageError, match="no MANIFEST"):
        verify(tmp_path)
