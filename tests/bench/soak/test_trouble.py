"""A disk that is full, read-only, slow, or the last one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ykt_sim.bench.soak import trouble
from ykt_sim.bench.soak.trouble import BadDisk, Trouble

FLAGS = os.O_RDWR | os.O_CREAT


class Dead(BaseException):
    """Nobody comes back from a kill."""


@pytest.fixture(autouse=True)
def killed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    signals: list[int] = []

    def kill(_pid: int, number: int) -> None:
        signals.append(number)
        raise Dead

    monkeypatch.setattr(trouble.os, "kill", kill)
    return signals


def all_steps(disk: BadDisk, folder: Path) -> list[int]:
    """Do each kind of change once, in the order of the class; gives the error of each, or 0."""
    here, there = folder / "here", folder / "there"
    here.write_bytes(b"")
    handle = os.open(here, FLAGS)

    def said(call: object, *words: object) -> int:
        try:
            call(*words)  # type: ignore[operator]
        except OSError as error:
            return error.errno or -1
        return 0

    found = [
        said(disk.open, here, FLAGS, 0o600), said(disk.open, folder / "new", FLAGS, 0o600),
        said(disk.write, handle, b"12345678"), said(disk.sync, handle),
        said(disk.cut, handle, 3), said(disk.permit, here, 0o600),
        said(disk.replace, here, there), said(disk.remove, there if there.exists() else here),
    ]  # fmt: skip
    os.close(handle)
    return found


def test_without_trouble_it_is_a_disk(tmp_path: Path) -> None:
    disk = BadDisk(Trouble())
    assert all_steps(disk, tmp_path) == [0] * 8
    assert disk.refused == 0
    assert [one.name for one in tmp_path.iterdir()] == ["new"]


def test_a_full_disk_takes_no_new_file_and_half_of_what_is_written(tmp_path: Path) -> None:
    disk = BadDisk(Trouble(full=1, steps=8))
    no = errno.ENOSPC
    assert all_steps(disk, tmp_path) == [0, no, no, no, 0, 0, 0, 0]
    assert disk.refused == 3
    handle = os.open(tmp_path / "a", FLAGS)
    disk = BadDisk(Trouble(full=1, steps=1))
    with pytest.raises(OSError, match="No space left"):
        disk.write(handle, b"12345678")
    assert disk.write(handle, b"12345678") == 8  # there is room again
    os.close(handle)
    assert (tmp_path / "a").read_bytes() == b"123412345678"


def test_a_read_only_disk_takes_nothing(tmp_path: Path) -> None:
    disk = BadDisk(Trouble(full=2, steps=7, read_only=True))
    assert all_steps(disk, tmp_path) == [0, *[errno.EROFS] * 7]
    assert (tmp_path / "here").read_bytes() == b""
    disk = BadDisk(Trouble(full=1, steps=1, read_only=True))
    with pytest.raises(OSError, match="Read-only"):
        disk.open(tmp_path / "here", FLAGS, 0o600)


def test_a_slow_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(trouble.time, "sleep", waited.append)
    assert all_steps(BadDisk(Trouble(slow=0.25)), tmp_path) == [0] * 8
    assert waited == [0.25]


@pytest.mark.parametrize(("at", "left"), [(1, b"1234"), (2, b"12345678"), (3, b"12345678123")])
def test_a_kill_leaves_half_of_what_was_being_written(
    tmp_path: Path, killed: list[int], at: int, left: bytes
) -> None:
    disk = BadDisk(Trouble(kill=at))
    handle = os.open(tmp_path / "a", FLAGS)
    for data in (b"12345678", b"", b"123456")[: at - 1]:
        disk.write(handle, data)
    with pytest.raises(Dead):
        disk.write(handle, (b"12345678", b"", b"123456")[at - 1])
    os.close(handle)
    assert (tmp_path / "a").read_bytes() == left
    assert killed == [getattr(trouble.signal, "SIGKILL", trouble.signal.SIGTERM)]


def test_a_line_told_is_a_step() -> None:
    disk = BadDisk(Trouble(kill=2))
    assert not disk.step()
    with pytest.raises(Dead):
        disk.step()
