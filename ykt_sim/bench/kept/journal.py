"""A terminal's journal in files: locked, appended, synced, and cut into segments.

The newest segment has the journal's own name. When it has grown long it is copied to
``NAME.000001`` (the next number), whole, and only then replaced, in one step, by a new
segment that begins with a checkpoint. So at any moment every line is in a file that is
whole, and a restart reads one segment however old the terminal is.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from ykt_sim.bench import files
from ykt_sim.bench.kept import disk
from ykt_sim.bench.kept.device import device, sync_folder
from ykt_sim.errors import JournalError, LockedError
from ykt_sim.terminal.journal import MARK, Recovered, checkpoint, checkpoint_size, reread

#: Bytes behind its checkpoint that a segment has before it is cut: some 750 taps, read in a
#: twentieth of a second.
LIMIT: Final = 1 << 20
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_NUMBER: Final = re.compile(r"\d{6,}")


class JournalFile:
    """An append-only file; every line is on stable storage when `append` returns.

    Opening it reads it back. What a kill left of a line is cut off, so that the next line
    begins on its own; nothing else is ever taken away.

    Args:
        path: the file; made when absent, for its owner only.
        durable: False does not wait for the disk: a power cut may take the last lines.
        limit: bytes behind its checkpoint after which a segment is cut.

    Attributes:
        recovered: what it told when it was opened.

    Raises:
        LockedError: another process has it.
        JournalError: it cannot be read or written, or is no journal.
        UsageError: what is there is no regular file.
    """

    def __init__(self, path: Path, *, durable: bool = True, limit: int = LIMIT) -> None:
        self._given, self._durable, self._limit = path, durable, limit
        self._fd = -1
        self._size = self._base = 0
        files.must_be_plain(path)
        try:
            self._lock = disk.Lock(path)
        except OSError as error:
            raise self._wrong(error) from None
        try:
            data = self._open()
            self.recovered = self._known(data)
            if self._size - self._base >= limit:
                self._cut(data, self.recovered)
        except OSError as error:
            self.close()
            raise self._wrong(error) from None
        except BaseException:
            self.close()
            raise

    def append(self, line: bytes) -> None:
        """Write a line and wait until it is stored, or raise JournalError and have none of it."""
        try:
            written = 0
            while written < len(line):
                written += device().write(self._fd, line[written:])
            if self._durable:
                device().sync(self._fd)
        except OSError as error:
            with suppress(OSError):
                device().cut(self._fd, self._size)
            raise self._wrong(error) from None
        self._size += len(line)

    def rotate(self) -> None:
        """Begin a new segment if this one is long; to be called between taps.

        Where there is no room for that, the segment goes on; raises JournalError when the
        journal itself is lost.
        """
        if self._size - self._base < self._limit:
            return
        try:
            data = self._lock.path.read_bytes()
            self._cut(data, self._known(data))
        except OSError as error:
            raise self._wrong(error) from None

    def _cut(self, data: bytes, found: Recovered) -> None:
        line = checkpoint(found)
        number = _numbers(self._lock.path)[-1:] or [0]
        try:
            same = number[0] > 0 and data.startswith(self._segment(number[0]).read_bytes())
            with disk.Lock(self._segment(number[0] + (not same))) as older:
                self._replace(older, data)
            os.close(self._fd)
            self._fd = -1
            self._replace(self._lock, line)
        except (OSError, LockedError):
            self._base = self._size  # the lines are where they were: tried again later
        else:
            self._base = self._size = len(line)
        if self._fd < 0:
            self._reopen()

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        self._lock.release()

    def _open(self) -> bytes:
        """Open the newest segment; gives what is whole of it."""
        path = self._lock.path
        data = path.read_bytes() if path.exists() else b""
        if MARK not in data and not MARK.startswith(data[: len(MARK)]):
            raise JournalError(f"{self._given}: no journal: no line of it begins with YKTJ1")
        whole = data.rfind(b"\n") + 1
        if whole < len(data) and MARK.startswith(data[whole : whole + len(MARK)]):
            data = data[:whole]
        self._size, self._base = len(data), checkpoint_size(data)
        self._reopen()
        if os.fstat(self._fd).st_size > self._size:
            device().cut(self._fd, self._size)
        return data

    def _known(self, data: bytes) -> Recovered:
        """What a segment tells, with the ones before it where its checkpoint cannot be read.

        A kill between the copy of a segment and the new one leaves both: read once.
        """
        found = reread(data)
        older = [] if checkpoint_size(data) else _numbers(self._lock.path)
        for number in reversed(older):
            before = self._segment(number).read_bytes()
            if not data.startswith(before):
                data = before + data
                found = reread(data)
            if checkpoint_size(data):
                break
        return found

    def _reopen(self) -> None:
        self._fd = device().open(self._lock.path, _FLAGS, disk.PRIVATE)
        if self._durable:
            sync_folder(self._lock.path.parent)

    def _replace(self, lock: disk.Lock, data: bytes) -> None:
        disk.replace(lock, lambda stream: stream.write(data), private=True, durable=self._durable)

    def _segment(self, number: int) -> Path:
        return self._lock.path.with_name(f"{self._lock.path.name}.{number:06d}")

    def _wrong(self, error: OSError) -> JournalError:
        return JournalError(f"{self._given}: {error.strerror or error}")


def _numbers(path: Path) -> list[int]:
    """Numbers of the earlier segments, in order."""
    start = f"{path.name}."
    ends = (
        one.name.removeprefix(start) for one in path.parent.iterdir() if one.name.startswith(start)
    )
    return sorted(int(end) for end in ends if _NUMBER.fullmatch(end))
