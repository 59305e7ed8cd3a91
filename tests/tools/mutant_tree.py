"""A copy of the checkout in which modules are broken and tests are run."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

from tests.tools.check_repo import tracked_files
from tests.tools.mutations import Point

#: A run may take this many times as long as without a mutation, and these seconds more.
PATIENCE: Final = (4.0, 20.0)
#: One test may take this long; then its process is ended, and another takes over. [s]
TEST_LIMIT: Final = 90
#: A mutant that eats memory is stopped before the machine is. [bytes]
MEMORY: Final = 4 << 30
#: Folders that hold packages: the copy's are imported, never those that are installed.
PACKAGES_IN: Final = (".", "conformance")
#: Exit codes of pytest: all passed; no test was left to run; some failed.
_PASSED: Final = frozenset({0, 5})
_SOME_FAILED: Final = 1
_LAST_FAILED: Final = Path(".pytest_cache", "v", "cache", "lastfailed")


def say(words: str) -> None:
    """A line on standard error, at once."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


class Tree:
    """A copy of the files that git tracks or would track below ``root``.

    Attributes:
        folder: where the copy is.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._baselines: dict[tuple[str, ...], tuple[float, list[str]]] = {}
        for path in tracked_files(root):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, folder / path)

    def killer(self, point: Point, tests: Sequence[str]) -> str:
        """The test that notices the change, or how else it was noticed; "" if nothing does.

        A test that fails must fail once more alone, and pass without the change: on a busy machine
        some fail by chance.
        """
        try:
            compile(point.mutated, point.module, "exec")
        except SyntaxError:
            return "does not compile"
        seconds, chance = self._baseline(tests)
        try:
            self._write(point.module, point.mutated)
            while True:
                code, failed = self._run([*tests, "-x"], chance, seconds)
                if code is None or not failed:
                    return "hangs" if code is None else "" if code in _PASSED else "ends pytest"
                if self._noticed(point, failed, seconds):
                    return failed[0]
                if set(failed) <= set(chance):
                    raise SystemExit(f"left out, and it fails all the same: {' '.join(failed)}")
                chance = [*chance, *failed]
        finally:
            self._write(point.module, point.source)

    def _noticed(self, point: Point, failed: list[str], seconds: float) -> bool:
        if self._run(failed, (), seconds)[0] in _PASSED:
            return False
        self._write(point.module, point.source)
        sound = self._run(failed, (), seconds)[0] in _PASSED
        self._write(point.module, point.mutated)
        return sound

    def failing(self, points: Iterable[Point], tests: Sequence[str]) -> list[str] | None:
        """The tests that fail with all these changes in place, one a module at most.

        None if they cannot be told, since nothing runs to its end.
        """
        seconds, chance = self._baseline(tests)
        points = list(points)
        try:
            for point in points:
                self._write(point.module, point.mutated)
            code, failed = self._run([*tests, "--tb=no"], chance, seconds)
        finally:
            for point in points:
                self._write(point.module, point.source)
        return failed if failed or code in _PASSED else None

    def stop(self) -> None:
        """End what runs in this tree, with all its children."""
        if self._child and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)

    def _baseline(self, tests: Sequence[str]) -> tuple[float, list[str]]:
        """Time in seconds that tests may take, and those that fail with nothing broken."""
        tests = tuple(tests)
        if tests not in self._baselines:
            began = time.monotonic()
            code, failed = self._run(tests, (), None)
            if code not in {*_PASSED, _SOME_FAILED}:
                raise SystemExit(f"with nothing broken, pytest does not run {' '.join(tests)}")
            for name in failed:
                say(f"left out, it fails with nothing broken: {name}")
            allowed = (time.monotonic() - began) * PATIENCE[0] + PATIENCE[1]
            self._baselines[tests] = allowed, failed
        return self._baselines[tests]

    def _run(
        self, words: Iterable[str], skipped: Iterable[str], seconds: float | None
    ) -> tuple[int | None, list[str]]:
        """Exit code of pytest, None if it took too long; and the tests that failed."""
        last = self.folder / _LAST_FAILED
        last.unlink(missing_ok=True)
        skips = (f"--deselect={name}" for name in skipped)
        packages = os.pathsep.join(str(self.folder / name) for name in PACKAGES_IN)
        self._child = child = subprocess.Popen(
            [
                sys.executable, "-m", "pytest", "-q", *words, *skips,
                "-o", f"faulthandler_timeout={TEST_LIMIT}",
                "-o", "faulthandler_exit_on_timeout=true",
            ],
            cwd=self.folder, env={**os.environ, "PYTHONPATH": packages},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        resource.prlimit(child.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None, []
        finally:
            self.stop()
            child.wait()
        return child.returncode, list(json.loads(last.read_bytes())) if last.is_file() else []

    def _write(self, module: str, text: bytes) -> None:
        """Write a module; what was compiled of it goes, since time and size may be the same."""
        path = self.folder / module
        path.write_bytes(text)
        compiled = Path(cache_from_source(str(path)))
        for old in compiled.parent.glob(f"{path.stem}.*.pyc"):
            old.unlink()
