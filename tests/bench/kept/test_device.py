"""One disk for all changes of files, and another in its place."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ykt_sim.bench import images
from ykt_sim.bench.kept import device, disk
from ykt_sim.bench.kept.device import Device, through
from ykt_sim.bench.kept.journal import JournalFile
from ykt_sim.bench.make import make_card


class Full(Device):
    """Takes so many bytes and no more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, handle: int, data: bytes | memoryview) -> int:
        taken = super().write(handle, data[: self.room]) if self.room else 0
        self.room -= taken
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return taken


class Told(Device):
    """Says which methods were called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattribute__(self, name: str) -> object:
        if name in vars(Device) and not name.startswith("_"):
            object.__getattribute__(self, "calls").append(name)
        return object.__getattribute__(self, name)


def test_another_disk_inside_the_block_only() -> None:
    usual, other = device.device(), Device()
    with through(other):
        assert device.device() is other
        with through(usual):
            assert device.device() is usual
        assert device.device() is other
    assert device.device() is usual


def test_every_change_of_a_file_goes_by_it(tmp_path: Path) -> None:
    told = Told()
    with through(told), disk.Lock(tmp_path / "a") as lock:
        disk.replace(lock, lambda out: out.write(b"content"))
    own = ["open", "cut", "write"]  # of the lock
    assert told.calls == [
        *own, "remove", "open", "write", "sync", "permit", "replace", "sync", "remove",
    ]  # fmt: skip
    told.calls.clear()
    with through(told):
        file = JournalFile(tmp_path / "journal")
        file.append(b"YKTJ1 ...\n")
        file.close()
    assert told.calls == [*own, "open", "sync", "write", "sync", "remove"]


@pytest.mark.parametrize("room", [0, 7, 300_000, 599_999])
def test_what_does_not_fit_leaves_the_old_file(tmp_path: Path, room: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    lock = disk.Lock(path)
    with (
        through(Full(room)),
        pytest.raises(OSError, match="No space left on device") as refused,
    ):
        disk.replace(lock, lambda out: [out.write(b"x" * 1000) for _ in range(600)])
    lock.release()
    assert refused.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_what_fits_piece_by_piece_is_whole(tmp_path: Path) -> None:
    class Slow(Device):
        def write(self, handle: int, data: bytes | memoryview) -> int:
            return super().write(handle, data[:100])

    path, image = tmp_path / "card.json", make_card("dual").snapshot()
    with through(Slow()):
        images.save_card(path, image)
    assert images.load_card(path) == image
