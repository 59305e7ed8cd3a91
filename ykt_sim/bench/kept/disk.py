"""Files that a kill, a power cut or a second program must not spoil: locks, whole replacement.

A lock is a file ``.NAME.lock`` beside the
file it stands for, held by the system (``flock``; on Windows a locked byte), so a kill gives
it back; it says the holder's process number and is removed with the lock. What is written is
``.NAME.part`` until it is whole, and only the holder of the lock writes it: so what a kill
left of one is known, and goes with the next writing. Every change goes by `device`.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, Self

from ykt_sim.bench.kept.device import device, stream, sync_folder
from ykt_sim.errors import LockedError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

#: Seconds that a lock is waited for: longer than one tap takes, shorter than a user's patience.
WAIT_S: Final = 2.0
_LOOK_S: Final = 0.02
#: Permissions of a file that is nobody else's business.
PRIVATE: Final = 0o600
#: On Windows a locked byte cannot be read: one far behind the process number.
_LOCKED_BYTE: Final = 1 << 20
_DIGITS: Final = 20


class Lock:
    """The right to write a file, for one process at a time and one place in it.

    It is given back by `release`, at the end of a ``with`` block, by losing the object, or by
    the end of the process, however it ends.

    Args:
        path: of the file; a link is followed. It need not exist, its folder must.
        wait_s: seconds to wait for another holder.

    Attributes:
        path: of the file, without links.
        name: of the file, as it was given.

    Raises:
        LockedError: another holder still has it; names the file and the holder's process.
        OSError: the folder cannot be written, then the file cannot be either; or its file system
            knows no locks.
    """

    def __init__(self, path: Path, wait_s: float = WAIT_S) -> None:
        self._handle = -1
        self.name, self.path = path, Path(os.path.realpath(path))
        self._beside = self.path.with_name(f".{self.path.name}.lock")
        until = time.monotonic() + wait_s
        while True:
            handle, taken = self._open()
            if taken and _same(handle, self._beside):
                break
            holder = _read_holder(handle)
            os.close(handle)
            if not taken and time.monotonic() >= until:
                raise LockedError(f"{path}: in use by {_whose(holder)}, waited {wait_s:g} s for it")
            if not taken:
                time.sleep(_LOOK_S)
        self._handle = handle
        with suppress(OSError):  # on a full disk the lock holds all the same, without a name
            device().cut(handle, 0)
            device().write(handle, b"%d\n" % os.getpid())

    def _open(self) -> tuple[int, bool]:
        """Open the lock's file and try to take it."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        handle = -1
        try:
            handle = device().open(self._beside, flags, 0o666)
            return handle, _take(handle)
        except OSError as error:  # also a file system that knows no locks
            if handle >= 0:
                os.close(handle)
            raise OSError(error.errno, error.strerror, str(self.name)) from None

    def release(self) -> None:
        """Give it back; may be called twice."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            with suppress(OSError):  # Windows removes no file that is open: it stays, unlocked
                device().remove(self._beside)
            os.close(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()


def replace(
    lock: Lock, write: Callable[[BinaryIO], object], *, private: bool = False, durable: bool = True
) -> None:
    """Replace the file of a lock in one step; on stable storage when this returns.

    Args:
        lock: held on the file.
        write: writes the content; where it fails, the file stays as it was.
        private: a new file is for its owner only; an old one keeps its permissions.
        durable: False leaves it to the system when the content reaches the disk: nothing is
            lost by a kill, but the file may be old, empty or broken after a power cut.

    Raises:
        OSError: no space, no permission; the file is the old one, or already the new one where
            only the folder could not be synced.
    """
    part = lock.path.with_name(f".{lock.path.name}.part")
    mode = _mode_for(lock.path, private=private)
    with suppress(FileNotFoundError):
        device().remove(part)
    try:
        handle = device().open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
        with stream(handle) as out:
            write(out)
            out.flush()
            if durable:
                device().sync(handle)
        device().permit(part, mode)
        device().replace(part, lock.path)
        if durable:
            sync_folder(lock.path.parent)
    except BaseException as error:
        with suppress(OSError):
            device().remove(part)
        if isinstance(error, OSError) and error.filename in (None, str(part)):
            raise OSError(error.errno, error.strerror, str(lock.name)) from None
        raise


def version(lock: Lock) -> tuple[int, ...]:
    """What tells the file of a lock from what another program puts in its place, as numbers.

    A program that knows no lock, an editor or a copy, is noticed by it; raises OSError.
    """
    found = lock.path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


_BINARY: Final[int] = getattr(os, "O_BINARY", 0)


def _mode_for(path: Path, *, private: bool) -> int:
    with suppress(FileNotFoundError):
        return stat.S_IMODE(path.stat().st_mode)
    if private:
        return PRIVATE
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _take(handle: int) -> bool:
    """Lock an open file without waiting; False when somebody else has it."""
    try:
        if sys.platform == "win32":
            os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _same(handle: int, name: Path) -> bool:
    """Tell whether the file that was locked is still the one of that name."""
    try:
        there = name.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(handle), there)


def _read_holder(handle: int) -> str:
    with suppress(OSError):
        os.lseek(handle, 0, os.SEEK_SET)
        digits = os.read(handle, _DIGITS).strip()
        if digits.isdigit():
            return digits.decode()
    return ""


def _whose(holder: str) -> str:
    if holder == str(os.getpid()):
        return "this process itself"
    return f"process {holder}" if holder else "another process"
