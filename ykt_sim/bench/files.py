"""Files: whole texts in, whole texts out, nothing half written.

A file is replaced in one step, so whoever reads it finds the old or the new text, also
after a crash or a power cut.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ykt_sim import textfile
from ykt_sim.bench.kept import disk
from ykt_sim.errors import UsageError


def read_text(path: Path) -> str:
    """Read text in any encoding of `textfile`; UsageError names a file that holds none."""
    try:
        return textfile.read_text(path)
    except textfile.NoTextError as error:
        raise UsageError(f"{path}: {error}") from None


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Replace a file by UTF-8 text in one step; see `write_by`."""
    write_by(path, lambda stream: stream.write(text.encode()), private=private)


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file in one step; see `write_by`."""
    write_by(path, lambda stream: stream.write(data))


def write_by(path: Path, write: Callable[[BinaryIO], object], *, private: bool = False) -> None:
    """Replace a file in one step by what a function writes.

    A link is followed, permissions are kept; a new file that is ``private`` is for its owner
    only. What is not a regular file (``/dev/stdout``, a pipe) is simply written to. Where the
    function fails, the file stays as it was.

    Raises:
        LockedError: somebody else is writing it (`kept.disk.Lock`).
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            write(stream)
        return
    with disk.Lock(path) as lock:
        disk.replace(lock, write, private=private)


def must_be_new(path: Path, *, force: bool) -> None:
    """Raise UsageError when a regular file would be overwritten without ``--force``."""
    if not force and path.is_file():
        raise UsageError(f"{path} exists already; --force overwrites it")


def must_be_plain(path: Path) -> None:
    """Raise UsageError when what is there is no regular file: nothing can be kept in it."""
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: no regular file, nothing can be kept in it")


def must_have_folder(path: Path) -> None:
    """Raise UsageError when the folder of a file to be written later does not exist."""
    if not path.parent.is_dir():
        raise UsageError(f"{path}: no such folder")


def input_lines() -> Iterator[tuple[int, str]]:
    """Lines of standard input that say something, with their numbers from 1.

    Blank lines and what follows a ``#`` are left out.
    """
    for number, raw in enumerate(sys.stdin.buffer, 1):
        line = statement(raw)
        if line:
            yield number, line


def statement(raw: bytes) -> str:
    """Give a line without its comment and the blanks around it."""
    text = textfile.decode_line(raw, textfile.UTF_8).lstrip("\ufeff")
    return text.partition("#")[0].strip()
