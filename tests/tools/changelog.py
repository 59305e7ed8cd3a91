"""The fragments of `docs/changes` become a version's heading in `CHANGELOG.md`.

``python -m tests.tools.changelog`` shows it; ``--write`` puts it on top of the file, gives the
version to every file that holds one, and deletes the fragments. What a fragment is:
`docs/changes/README.md`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHANGES = "docs/changes"
CHANGELOG = "CHANGELOG.md"
TITLE = "# Changes of every version\n"
KINDS = ("added", "changed", "fixed")
_NAME = re.compile(r"(\d{3})\.([a-z]+)\.md")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
#: Files that hold the version, and what stands in front of it.
PLACES = {
    "pyproject.toml": 'version = "',
    "ykt_sim/version.py": '__version__: Final = "',
    "docs/conf.py": 'release = "',
}


class ReleaseError(Exception):
    """Something that keeps a release back; one line."""


def version_of(root: Path) -> str:
    """The version that every file says; ReleaseError when they differ."""
    found = {name: _said(root / name, front) for name, front in PLACES.items()}
    if len(set(found.values())) != 1:
        raise ReleaseError(f"versions differ: {found}")
    return found["pyproject.toml"]


def _said(path: Path, front: str) -> str:
    _, mark, rest = path.read_text("utf-8").partition(front)
    if not mark:
        raise ReleaseError(f"{path}: no line {front}...")
    return rest.partition('"')[0]


def fragments(root: Path) -> Iterator[tuple[str, str, str]]:
    """Kind, number and text of every fragment, in order of number.

    Raises:
        ReleaseError: a file that is none, or an empty one.
    """
    for path in sorted((root / CHANGES).iterdir()):
        if path.name == "README.md":
            continue
        name, text = _NAME.fullmatch(path.name), path.read_text("utf-8").strip()
        if name is None or name[2] not in KINDS:
            raise ReleaseError(f"{path.name}: expected NNN.KIND.md, KIND one of {', '.join(KINDS)}")
        if not text:
            raise ReleaseError(f"{path.name}: it is empty")
        yield name[2], name[1], text


def section(root: Path, version: str) -> str:
    """What the fragments say, under the version's heading."""
    found = list(fragments(root))
    parts = [f"## {version}"]
    for kind in KINDS:
        told = [text for one, _, text in found if one == kind]
        if told:
            parts.append(f"### {kind.capitalize()}")
            parts.append("\n".join(_item(text) for text in told))
    if len(parts) == 1:
        raise ReleaseError("no fragment: nothing has changed")
    return "\n\n".join(parts) + "\n"


def _item(text: str) -> str:
    """A text as an item of a list; lines behind the first are indented."""
    return "* " + "\n".join(f"  {line}" if line else "" for line in text.splitlines()).strip()


def release(root: Path, version: str) -> None:
    """Write the change log and the version, and delete the fragments."""
    old = version_of(root)
    if not _VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r}: a version is three numbers, like 1.2.3")
    if _numbers(version) < _numbers(old):
        raise ReleaseError(f"{version} is below {old}, the version that stands in the files")
    log = root / CHANGELOG
    before = log.read_text("utf-8") if log.exists() else TITLE
    if f"\n## {version}\n" in before:
        raise ReleaseError(f"{CHANGELOG} has {version} already")
    text = section(root, version)
    title, _, rest = before.partition("\n")
    log.write_text(f"{title}\n\n{text}{rest}", "utf-8")
    for name, front in PLACES.items():
        path = root / name
        path.write_text(
            path.read_text("utf-8").replace(f'{front}{old}"', f'{front}{version}"', 1), "utf-8"
        )
    for kind, number, _ in list(fragments(root)):
        (root / CHANGES / f"{number}.{kind}.md").unlink()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def main(words: list[str] | None = None, root: Path = ROOT) -> int:
    """Show or write; 1 when something keeps the release back."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.changelog", description=__doc__)
    parser.add_argument("version", nargs="?", help="the new version; without, the one that stands")
    parser.add_argument("--write", action="store_true", help="write it and delete the fragments")
    asked = parser.parse_args(words)
    try:
        version = asked.version or version_of(root)
        if asked.write:
            release(root, version)
        else:
            sys.stdout.write(section(root, version))
    except ReleaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
