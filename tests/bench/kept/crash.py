"""A disk that dies at a chosen moment: every write, rename and sync after it is lost.

What a kill leaves behind is seen byte by byte without killing anything: inside `dying`, the
calls that change files are counted; at the chosen one a write is done in part, or nothing is,
and from then on everything that would change a file raises `Killed`, as clean-up never runs
in a process that is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ykt_sim.bench.kept.device import Device, through


class Killed(BaseException):
    """The process is gone."""


class Death(Device):
    """When it comes. Files of locks are let alone: the system gives a dead process's locks back.

    Args:
        at: pieces written and other changes, counted together from 0, that are still done.
        piece: bytes of a piece.

    Attributes:
        came: it did.
    """

    def __init__(self, at: int, piece: int = 1) -> None:
        self.left, self._piece = at, piece
        self.came = False

    def write(self, handle: int, data: bytes | memoryview) -> int:
        """Write as many bytes as there is life for."""
        for at in range(0, len(data), self._piece):
            self.step()
            super().write(handle, data[at : at + self._piece])
        return len(data)

    def sync(self, handle: int) -> None:
        self.step()

    def cut(self, handle: int, size: int) -> None:
        self.step()
        super().cut(handle, size)

    def permit(self, path: Path, mode: int) -> None:
        self.step()
        super().permit(path, mode)

    def replace(self, old: Path, new: Path) -> None:
        self.step()
        super().replace(old, new)

    def remove(self, path: Path) -> None:
        if path.suffix != ".lock":
            self.step()
        super().remove(path)

    def step(self) -> None:
        """One change."""
        if self.came or self.left == 0:
            self.came = True
            raise Killed
        self.left -= 1


@contextmanager
def dying(death: Death) -> Iterator[Death]:
    """Let the disk die inside the block."""
    with through(death):
        yield death
