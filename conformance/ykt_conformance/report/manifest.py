"""``MANIFEST``: the SHA-256 of every file of a run's folder, as ``sha256sum -c`` reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Final

NAME: Final = "MANIFEST"
#: A laboratory's signature of the manifest (`report.signature`).
SIGNATURE: Final = "MANIFEST.sig"
#: Files that the manifest cannot list.
OWN: Final = (NAME, SIGNATURE)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_of(folder: Path) -> list[str]:
    """Every file below a folder but the manifest and its signature, as sorted paths with ``/``."""
    found = (
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )
    return sorted(name for name in found if name not in OWN)


def write(folder: Path, *, but: Collection[str] = ()) -> str:
    """Write the manifest of a folder; gives the SHA-256 of the manifest itself.

    Whoever keeps that one number apart can later tell that nothing was exchanged.

    Args:
        folder: of the run.
        but: files that are about to go.
    """
    names = (name for name in files_of(folder) if name not in but)
    lines = [f"{sha256_of(folder / name)}  {name}\n" for name in names]
    path = folder / NAME
    path.write_text("".join(lines), encoding="utf-8")
    return sha256_of(path)
