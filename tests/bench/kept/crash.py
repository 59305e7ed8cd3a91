"""A disk that dies at a chosen moment: every write, rename and sync after it is lost.

What a kill leaves behind is seen byte by byte without killing anything: inside `dying`, the
calls that change files are counted; at the chosen one a write is done in part, or nothing is,
and from then on everything that would change a file raises `Killed`, as clean-up never runs
in a process that is gone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

_OS: Final = ("replace", "unlink", "fsync", "truncate", "ftruncate")
_PATH: Final = ("replace", "unlink", "chmod")


class Killed(BaseException):
    """The process is gone."""


class Death:
    """When it comes.

    Args:
        at: pieces written and other changes, counted together from 0, that are still done.
        piece: bytes of a piece.

    Attributes:
        came: it did.
    """

    def __init__(self, at: int, piece: int = 1) -> None:
        self.left, self._piece = at, piece
        self.came = False

    def write(self, handle: int, data: Any, real: Any) -> int:
        """Write as many bytes as there is life for."""
        pieces = [data[at : at + self._piece] for at in range(0, len(data), self._piece)]
        for piece in pieces:
            self.step()
            real(handle, piece)
        return len(data)

    def step(self) -> None:
        """One other change."""
        if self.came or self.left == 0:
            self.came = True
            raise Killed
        self.left -= 1


class _Stream:
    """What `open` gives for a descriptor inside `dying`: every byte is counted."""

    def __init__(self, handle: int, death: Death, real: Any) -> None:
        self._handle, self._death, self._real = handle, death, real

    def write(self, data: bytes) -> int:
        return self._death.write(self._handle, data, self._real)

    def flush(self) -> None:
        """Nothing is held back."""

    def fileno(self) -> int:
        return self._handle

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


@contextmanager
def dying(module: Any, death: Death) -> Iterator[Death]:
    """Let the disk die under a module's hands, and whatever it calls."""
    with pytest.MonkeyPatch.context() as patch:
        real = os.write

        def stepped(holder: Any, name: str) -> None:
            wanted = getattr(holder, name)

            def call(*args: Any, **words: Any) -> Any:
                if not str(args[0]).endswith(".lock"):
                    death.step()
                return wanted(*args, **words)

            patch.setattr(holder, name, call)

        for name in _OS:
            stepped(os, name)
        for name in _PATH:
            stepped(Path, name)
        patch.setattr(os, "write", lambda handle, data: death.write(handle, data, real))
        patch.setattr(module, "open", lambda handle, _: _Stream(handle, death, real), raising=False)
        yield death
