"""Rules of the repository that no other tool checks.

Run as ``python tests/tools/check_repo.py``; prints one line per finding, exits 1 if there is any.
It looks at the files git tracks or would track; without git, at every file that is not a product
of a build.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_MODULE_LINES = 500
MODULE_ROOMS = ("ykt_sim", "conformance", "tests")
SKIPPED_DIRS = {".git", ".venv", "__pycache__", "_build", "build", "dist", "out"}

PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+")
# Not after a name, a dot, a tilde or a brace: a path inside the tree is no path of a machine.
MACHINE_PATH = re.compile(r"(?<![\w.~}])/(?:work|home|root)/")
PRIVATE_KEY = re.compile(r"-{5}BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-{5}")


def tracked_files(root: Path) -> list[Path]:
    """Return the files to look at, relative to root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return sorted(walked_files(root))
    paths = {Path(os.fsdecode(name)) for name in listing.split(b"\0") if name}
    return sorted(path for path in paths if (root / path).is_file())


def walked_files(root: Path) -> Iterator[Path]:
    """Yield every file below root, leaving out caches and products of a build."""
    for folder, names, files in os.walk(root):
        names[:] = [
            name
            for name in names
            if name not in SKIPPED_DIRS and not name.endswith(("_cache", ".egg-info"))
        ]
        yield from ((Path(folder) / name).relative_to(root) for name in files)


def check_length(path: Path, lines: list[str]) -> Iterator[str]:
    """A module that outgrows its limit has more than one subject."""
    if path.suffix == ".py" and path.parts[0] in MODULE_ROOMS and len(lines) > MAX_MODULE_LINES:
        yield f"{path}: {len(lines)} lines, at most {MAX_MODULE_LINES} are allowed"


def check_constraints(path: Path, lines: list[str]) -> Iterator[str]:
    """Constraints name packages and versions, never where they come from."""
    if not path.match("constraints*.txt"):
        return
    for number, line in enumerate(lines, 1):
        pin = line.strip()
        if "://" in line or (pin and not pin.startswith("#") and not PIN.fullmatch(pin)):
            yield f"{path}:{number}: want name==version and nothing else"


def check_text(path: Path, lines: list[str]) -> Iterator[str]:
    """No path of somebody's machine and no private key, in any text file."""
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: absolute path of a machine"
        if PRIVATE_KEY.search(line):
            yield f"{path}:{number}: private key"


def findings(root: Path) -> Iterator[str]:
    """Yield every finding in the repository at root."""
    for path in tracked_files(root):
        data = (root / path).read_bytes()
        if b"\0" in data:
            continue
        lines = data.decode("utf-8", errors="replace").splitlines()
        yield from check_length(path, lines)
        yield from check_constraints(path, lines)
        yield from check_text(path, lines)


def main() -> int:
    """Print all findings; 1 if there are any."""
    found = list(findings(Path(__file__).resolve().parents[2]))
    for line in found:
        sys.stderr.write(f"{line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
