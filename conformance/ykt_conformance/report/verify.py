"""Proves that a run's folder is what was written, or names what changed."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from ykt_conformance.report.evidence import PROGRESS
from ykt_conformance.report.manifest import NAME, files_of, sha256_of
from ykt_sim.errors import UsageError

_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")


class Verified(msgspec.Struct, frozen=True):
    """What came of it.

    Attributes:
        files: how many files the manifest lists.
        sha256: of the manifest itself; to be compared with the one a run printed.
        problems: each names a file and what is wrong with it; empty when all is whole.
    """

    files: int
    sha256: str
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """True when nothing changed."""
        return not self.problems


def verify(folder: Path, expected: str = "") -> Verified:
    """Check a folder against its manifest.

    Args:
        folder: a run's folder.
        expected: SHA-256 of the manifest as the run printed it; not checked when empty.

    Raises:
        UsageError: no folder, or no manifest in it.
    """
    path = folder / NAME
    if path.is_symlink() or not path.is_file():
        early = (folder / PROGRESS).is_file()
        why = "a run ended early there, --resume goes on with it" if early else (
            "so no folder of a run"
        )  # fmt: skip
        raise UsageError(f"{folder}: no {NAME}, {why}")
    problems: list[str] = []
    sha256 = sha256_of(path)
    if expected and expected.lower() != sha256:
        problems.append(f"{NAME}: is not the one that was written, SHA-256 {sha256}")
    listed = _listed(path, problems)
    present = set(files_of(folder))
    for name, digest in listed.items():
        if name not in present:
            problems.append(f"{name}: missing")
        elif (folder / name).is_symlink() or not (folder / name).is_file():
            problems.append(f"{name}: no regular file")
        elif sha256_of(folder / name) != digest:
            problems.append(f"{name}: changed")
    problems += [f"{name}: not in {NAME}" for name in sorted(present - listed.keys())]
    return Verified(len(listed), sha256, tuple(problems))


def _listed(path: Path, problems: list[str]) -> dict[str, str]:
    listed: dict[str, str] = {}
    text = path.read_bytes().decode("utf-8", "replace")
    for number, line in enumerate(text.split("\n"), 1):
        if not line:
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            problems.append(f"{NAME}: line {number} is damaged")
            continue
        digest, name = found.groups()
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts:
            problems.append(f"{NAME}: line {number} points outside the folder")
        elif name in listed:
            problems.append(f"{NAME}: line {number} lists {name} again")
        else:
            listed[name] = digest
    if not listed:
        problems.append(f"{NAME}: lists nothing")
    return listed
