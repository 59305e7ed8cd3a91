"""Locks between processes, and files that are old or new, whatever happens."""

from __future__ import annotations

import errno
import gc
import importlib.util
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import pytest

from tests.bench.kept.crash import Death, Killed, dying
from ykt_sim.bench.kept import disk
from ykt_sim.bench.kept.disk import Lock
from ykt_sim.errors import LockedError

ROOT = Path(__file__).resolve().parents[3]
HOLDER = """
import sys
from pathlib import Path
from ykt_sim.bench.kept.disk import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Callable[[Path], subprocess.Popen[bytes]]]:
    """Starts a process that holds the lock of a file until its input ends, or a kill."""
    started: list[subprocess.Popen[bytes]] = []

    def start(path: Path) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def content(data: bytes) -> Callable[[BinaryIO], object]:
    return lambda stream: stream.write(data)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_process_at_a_time_and_the_holder_is_named(
    tmp_path: Path, holder: Callable[[Path], subprocess.Popen[bytes]]
) -> None:
    path = tmp_path / "card.json"
    process = holder(path)
    with pytest.raises(LockedError) as refused:
        Lock(path, wait_s=0.1)
    assert str(refused.value) == f"{path}: in use by process {process.pid}, waited 0.1 s for it"
    process.communicate()
    Lock(path, wait_s=0).release()
    assert names(tmp_path) == []


def test_a_lock_is_waited_for(
    tmp_path: Path, holder: Callable[[Path], subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    process = holder(tmp_path / "card.json")
    looks = []

    def look(_seconds: float) -> None:
        looks.append(names(tmp_path))
        process.communicate()

    monkeypatch.setattr(disk.time, "sleep", look)
    with Lock(tmp_path / "card.json", wait_s=60):
        assert looks == [[".card.json.lock"]]


def test_a_kill_gives_the_lock_back(
    tmp_path: Path, holder: Callable[[Path], subprocess.Popen[bytes]]
) -> None:
    path = tmp_path / "card.json"
    process = holder(path)
    process.kill()
    process.wait()
    assert names(tmp_path) == [".card.json.lock"]
    with Lock(path, wait_s=0) as lock:
        disk.replace(lock, content(b"new"))
    assert names(tmp_path) == ["card.json"]


def test_names_of_one_file_are_one_lock(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("old")
    (tmp_path / "link.json").symlink_to("card.json")
    with Lock(tmp_path / "link.json") as lock:
        assert lock.path == tmp_path / "card.json"
        with pytest.raises(LockedError, match=r"card\.json: in use by this process itself"):
            Lock(tmp_path / "card.json", wait_s=0)


def test_a_lock_that_is_lost_or_given_back_twice(tmp_path: Path) -> None:
    path = tmp_path / "a"
    lock = Lock(path)
    lock.release()
    lock.release()
    lost = Lock(path)
    del lost
    gc.collect()
    Lock(path, wait_s=0).release()


def test_a_lock_file_removed_in_between_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened, then given back by its holder: the name stands for another file by now."""
    path, beside = tmp_path / "a", tmp_path / ".a.lock"
    real = disk._take
    taken: list[int] = []

    def take(handle: int) -> bool:
        if not taken:
            beside.unlink()
        taken.append(handle)
        return real(handle)

    monkeypatch.setattr(disk, "_take", take)
    with Lock(path, wait_s=0):
        assert len(taken) == 2
        with pytest.raises(LockedError):
            Lock(path, wait_s=0)


def test_a_folder_that_cannot_be_written_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> int:
        raise OSError(30, "Read-only file system", "somewhere")

    with pytest.raises(FileNotFoundError, match=r"none/card\.json"):
        Lock(tmp_path / "none" / "card.json")
    monkeypatch.setattr(disk.os, "open", read_only)
    with pytest.raises(OSError, match=r"Read-only file system: '.*card\.json'$"):
        Lock(tmp_path / "card.json")


def test_a_file_system_without_locks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(_handle: int) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(disk, "_take", unable)
    with pytest.raises(OSError, match=r"No locks available: '.*card\.json'$"):
        Lock(tmp_path / "card.json")


def test_what_a_kill_left_of_a_file_goes_with_its_next_writing(tmp_path: Path) -> None:
    for name in (".a.part", ".b.part", "a.part", ".a.x.part"):
        (tmp_path / name).write_text("half")
    with Lock(tmp_path / "a") as lock:
        disk.replace(lock, content(b"whole"))
    assert names(tmp_path) == [".a.x.part", ".b.part", "a", "a.part"]
    assert (tmp_path / "a").read_bytes() == b"whole"


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    seen = []
    for at in range(200):
        path.write_text("old")
        with dying(Death(at)) as death:
            try:
                with Lock(path) as lock:
                    disk.replace(lock, content(b"the new one"))
            except Killed:
                pass
        seen.append(path.read_text())
        if not death.came:
            break
    turn = seen.index("the new one")
    assert set(seen[:turn]) == {"old"}
    assert set(seen[turn:]) == {"the new one"}
    assert 0 < turn < len(seen) - 1  # the sync of the folder comes behind the rename


@pytest.mark.parametrize("durable", [True, False])
def test_file_and_folder_are_synced_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, durable: bool
) -> None:
    done: list[str] = []
    sync, move = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def replace(part: Path, target: Path) -> Path:
        done.append("rename")
        return move(part, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    with Lock(tmp_path / "a") as lock:
        disk.replace(lock, content(b"x"), durable=durable)
    assert done == (["file", "rename", "folder"] if durable else ["rename"])


def test_who_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with Lock(path) as lock:
        disk.replace(lock, content(b"x"), private=True)
        assert path.stat().st_mode & 0o777 == 0o600
        path.chmod(0o664)
        disk.replace(lock, content(b"y"), private=True)
        assert path.stat().st_mode & 0o777 == 0o664


# -- Windows: the same module, with a system that locks bytes and syncs no folder ---------


class Msvcrt(ModuleType):
    """As much of Windows' module as is used; a byte is locked by a handle."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.locked: dict[tuple[int, int], int] = {}

    def locking(self, handle: int, mode: int, count: int) -> None:
        """Lock a byte where the handle stands."""
        assert (mode, count) == (self.LK_NBLCK, 1)
        where = os.fstat(handle).st_ino, os.lseek(handle, 0, os.SEEK_CUR)
        if where in self.locked:
            raise PermissionError(13, "Permission denied")
        self.locked[where] = handle


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Msvcrt]:
    system = Msvcrt()
    monkeypatch.setitem(sys.modules, "msvcrt", system)
    monkeypatch.setitem(sys.modules, "fcntl", None)  # importing it fails
    found = importlib.util.spec_from_file_location("disk_on_windows", disk.__file__)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setattr(sys, "platform", "win32")
    found.loader.exec_module(module)
    return module, system


def test_windows_locks_a_byte_and_reads_the_holder(
    tmp_path: Path, windows: tuple[Any, Msvcrt]
) -> None:
    module, system = windows
    lock = module.Lock(tmp_path / "a")
    ((_, where),) = system.locked
    assert where > 20  # the number of the process can be read
    with pytest.raises(LockedError, match="in use by this process itself"):
        module.Lock(tmp_path / "a", wait_s=0)
    module.replace(lock, content(b"whole"))
    assert (tmp_path / "a").read_bytes() == b"whole"


def test_windows_keeps_a_lock_file_that_is_open(
    tmp_path: Path, windows: tuple[Any, Msvcrt], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, system = windows

    def busy(_path: Path) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "unlink", busy)
    lock = module.Lock(tmp_path / "a")
    lock.release()
    assert names(tmp_path) == [".a.lock"]
    system.locked.clear()
    module.Lock(tmp_path / "a", wait_s=0).release()
