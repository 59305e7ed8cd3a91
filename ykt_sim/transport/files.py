"""The few files a running terminal keeps: its journal, appended and synced."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ykt_sim.errors import JournalError

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class JournalFile:
    """An append-only file; every line is on stable storage when `append` returns.

    Args:
        path: the file; made when absent.
        good: bytes that recovery found whole; a torn write behind them is cut off, so that
            the next line begins on its own. None keeps the file as it is.
    """

    def __init__(self, path: Path, *, good: int | None = None) -> None:
        self._path = path
        try:
            self._fd = os.open(path, _FLAGS, 0o644)
            if good is not None and path.stat().st_size > good:
                os.truncate(path, good)
        except OSError as error:
            raise JournalError(f"{path}: {error.strerror or error}") from None

    def append(self, line: bytes) -> None:
        """Write a line and wait until it is stored; raises JournalError."""
        try:
            written = 0
            while written < len(line):
                written += os.write(self._fd, line[written:])
            os.fsync(self._fd)
        except OSError as error:
            raise JournalError(f"{self._path}: {error.strerror or error}") from None

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def read_journal(path: Path) -> bytes:
    """Bytes of a journal; empty when there is none yet. Raises JournalError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror or error}") from None
