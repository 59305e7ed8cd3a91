"""The disk that files are changed by: every change is one call, so a bad disk can be put there.

`disk` and `journal` change files by `device()` alone. A disk that is full, slow, read-only or
dies at a chosen change is a subclass of `Device`, given to `through`; it works on every system
and wants no mount.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

#: Bytes that are gathered before they are written.
_BUFFER: Final = 1 << 18


class Device:
    """The system's own disk. Every method raises OSError as the system does."""

    def open(self, path: Path, flags: int, mode: int) -> int:
        """Open a file, or make it where the flags say so; gives its descriptor."""
        return os.open(path, flags, mode)

    def write(self, handle: int, data: bytes | memoryview) -> int:
        """Write; gives how many bytes were taken, which may be fewer."""
        return os.write(handle, data)

    def sync(self, handle: int) -> None:
        """Wait until a file, or the names in a folder, are on stable storage."""
        os.fsync(handle)

    def cut(self, handle: int, size: int) -> None:
        """Make a file so long."""
        os.ftruncate(handle, size)

    def permit(self, path: Path, mode: int) -> None:
        """Set who may use a file."""
        path.chmod(mode)

    def replace(self, old: Path, new: Path) -> None:
        """Give a file another's name, in one step."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Take a name away."""
        path.unlink()


class _Raw(io.RawIOBase):
    """A descriptor as a stream whose bytes go by the device; closes it."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._handle

    def write(self, data: Any) -> int:
        return device().write(self._handle, data)

    def close(self) -> None:
        if not self.closed:
            try:
                super().close()
            finally:
                os.close(self._handle)


def stream(handle: int) -> BinaryIO:
    """A stream that writes to a descriptor by the device and owns it."""
    return io.BufferedWriter(_Raw(handle), _BUFFER)


class _Using:
    """The disk that is used now."""

    now = Device()


def device() -> Device:
    """The disk that is used now."""
    return _Using.now


@contextmanager
def through(other: Device) -> Iterator[None]:
    """Use another disk inside the block, in every thread of this program."""
    usual, _Using.now = _Using.now, other
    try:
        yield
    finally:
        _Using.now = usual


def sync_folder(folder: Path) -> None:
    """Wait until names given and taken in a folder are on stable storage.

    Windows has no such thing: there a rename is the file system's own transaction.
    """
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        device().sync(handle)
    finally:
        os.close(handle)
