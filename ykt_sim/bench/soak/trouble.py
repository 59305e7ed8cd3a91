"""A bad disk: full or read-only for a while, slow, or the last thing a process ever sees."""

from __future__ import annotations

import errno
import os
import signal
import time
from pathlib import Path
from typing import Final

import msgspec

from ykt_sim.bench.kept.device import Device

#: The signal that no program can catch; where there is none, `os.kill` ends a process likewise.
_KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)


class Trouble(msgspec.Struct, frozen=True):
    """What goes wrong in the life of a process; a step is a change of a file, or a line told.

    Attributes:
        kill: the step that the process does not survive, from 1; a write is done by half. 0 never.
        full: the first step with a full disk, from 1; 0 never.
        steps: how many steps it stays full.
        read_only: it is not full then but read-only.
        slow: seconds that each wait for the disk takes longer.
    """

    kill: int = 0
    full: int = 0
    steps: int = 0
    read_only: bool = False
    slow: float = 0.0


class BadDisk(Device):
    """The system's disk with trouble.

    Args:
        trouble: what goes wrong, and when.

    Attributes:
        refused: calls that failed.
    """

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._step = self.refused = 0

    def step(self) -> bool:
        """One step that cannot be done by half; True while the disk is bad."""
        trouble = self._trouble
        self._step += 1
        if self._step == trouble.kill:
            os.kill(os.getpid(), _KILL)
        return trouble.full <= self._step < trouble.full + trouble.steps

    def open(self, path: Path, flags: int, mode: int) -> int:
        """A full disk takes no new file."""
        if self.step() and (self._trouble.read_only or not path.exists()):
            raise self._refusal()
        return super().open(path, flags, mode)

    def write(self, handle: int, data: bytes | memoryview) -> int:
        """A full disk takes the first half; so does one whose process dies here."""
        if self._step + 1 == self._trouble.kill:
            super().write(handle, data[: len(data) // 2])
        if self.step():
            if not self._trouble.read_only:
                super().write(handle, data[: len(data) // 2])
            raise self._refusal()
        return super().write(handle, data)

    def sync(self, handle: int) -> None:
        """Full disks say so here too."""
        time.sleep(self._trouble.slow)
        if self.step():
            raise self._refusal()
        super().sync(handle)

    def cut(self, handle: int, size: int) -> None:
        """Done while full, as the three below; a read-only disk does none of them."""
        if self.step() and self._trouble.read_only:
            raise self._refusal()
        super().cut(handle, size)

    def permit(self, path: Path, mode: int) -> None:
        """See `cut`."""
        if self.step() and self._trouble.read_only:
            raise self._refusal()
        super().permit(path, mode)

    def replace(self, old: Path, new: Path) -> None:
        """See `cut`."""
        if self.step() and self._trouble.read_only:
            raise self._refusal()
        super().replace(old, new)

    def remove(self, path: Path) -> None:
        """See `cut`."""
        if self.step() and self._trouble.read_only:
            raise self._refusal()
        super().remove(path)

    def _refusal(self) -> OSError:
        self.refused += 1
        number = errno.EROFS if self._trouble.read_only else errno.ENOSPC
        return OSError(number, os.strerror(number))
