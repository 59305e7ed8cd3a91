"""`make release-check`: wheel and sdist are built, and each is tried in an empty environment.

Both come from the files that git tracks or would track, so nothing else of a working tree gets
in. Each is installed alone into a new environment, in a folder far from the sources, and used: the
version, the demo, every module, a run of the suite.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.tools.changelog import ROOT, version_of
from tests.tools.check_repo import tracked_files

#: Files without which a distribution is none: what the licence asks for, data of both packages.
WANTED = (
    "LICENSE", "NOTICE", "ykt_sim/profiles/cards/dual.toml", "ykt_sim/profiles/testkeys.toml",
    "ykt_conformance/ics/forms/dual.toml", "ykt_sim/py.typed", "ykt_conformance/py.typed",
)  # fmt: skip
#: A terminal that a case must find wrong.
_WRONG = "sim:bus-upgraded?deviate=mac1-zero"
#: What is done with an installed `ykt`, words and exit code.
USED = (
    (("demo", "--out", "demo"), 0),
    (("card", "new", "--profile", "dual", "--balance", "88.00", "--out", "card.json"), 0),
    (("tap", "--card", "card.json", "--terminal", "bus-upgraded"), 0),
    (("conform", "card", "--target", "sim:dual", "--seed", "1", "--out", "run"), 0),
    (("conform", "terminal", "--target", _WRONG, "--case", "T-0103"), 1),
)  # fmt: skip
#: Imports every module of both packages; one that needs a package that is not asked for says so.
MODULES = """
import importlib, pkgutil, sys
optional = {"smartcard", "aalpy"}
count = 0
for top in ("ykt_sim", "ykt_conformance"):
    package = importlib.import_module(top)
    for found in pkgutil.walk_packages(package.__path__, top + "."):
        if found.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in optional:
                raise
        count += 1
sys.stdout.write(f"{count} modules\\n")
"""


class CheckError(Exception):
    """A distribution that is not fit to be given away; what and why."""


def build(sources: Path, out: Path) -> list[Path]:
    """Wheel and sdist of a tree; CheckError when they are not two."""
    run([sys.executable, "-m", "hatchling", "build", "--directory", str(out)], sources)
    found = sorted(out.iterdir(), key=lambda path: path.suffix, reverse=True)
    if [path.suffix for path in found] != [".whl", ".gz"]:
        raise CheckError(f"expected a wheel and an sdist, found {[path.name for path in found]}")
    return found


def export(root: Path, into: Path) -> None:
    """The files of the project, as they are in the working tree."""
    for path in tracked_files(root):
        copy = into / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((root / path).read_bytes())


def names(path: Path) -> Iterator[str]:
    """Names inside a distribution."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            yield from wheel.namelist()
    else:
        with tarfile.open(path) as sdist:
            yield from sdist.getnames()


def lacking(path: Path) -> list[str]:
    """Which of the wanted files a distribution has not."""
    found = [f"/{name}" for name in names(path)]
    return [name for name in WANTED if not any(one.endswith(f"/{name}") for one in found)]


def run(words: Sequence[str], folder: Path, code: int = 0) -> str:
    """Run a program; gives what it said. CheckError for another exit code."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        list(words), cwd=folder, env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode != code:
        tail = "\n".join(done.stdout.splitlines()[-20:])
        raise CheckError(f"{' '.join(words)}: exit code {done.returncode}\n{tail}")
    return done.stdout


def tried(path: Path, version: str, folder: Path) -> str:
    """Install one distribution into an empty environment and use it; gives what it has."""
    if missing := lacking(path):
        raise CheckError(f"{path.name}: without {', '.join(missing)}")
    venv.create(folder / "env", with_pip=True)
    bin_ = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(bin_ / "python"), "-m", "pip", "--disable-pip-version-check", "-q"]
    run([*pip, "install", "-c", str(ROOT / "constraints.txt"), str(path)], folder)
    run([*pip, "check"], folder)
    said = run([str(bin_ / "ykt"), "--version"], folder).strip()
    if said != f"ykt, version {version}":
        raise CheckError(f"{path.name}: says {said!r}, expected version {version}")
    count = run([str(bin_ / "python"), "-c", MODULES], folder).splitlines()[-1]
    for words, code in USED:
        run([str(bin_ / "ykt"), *words], folder, code)
    return f"{path.name}: {path.stat().st_size >> 10} KiB, {count}, used {len(USED)} ways"


def main() -> int:
    """Build both and try each; 1 when one is not fit."""
    argparse.ArgumentParser(
        prog="python -m tests.tools.release_check", description=__doc__
    ).parse_args()
    with tempfile.TemporaryDirectory(prefix="ykt-release-") as name:
        work = Path(name)
        try:
            version = version_of(ROOT)
            export(ROOT, work / "sources")
            for number, path in enumerate(build(work / "sources", work / "dist")):
                folder = work / f"try-{number}"
                folder.mkdir()
                sys.stdout.write(tried(path, version, folder) + "\n")
                sys.stdout.flush()
        except CheckError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
