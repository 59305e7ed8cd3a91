"""Kill `ykt`, or fill its disk, at any moment, and see that nothing is lost.

Run as ``python -m tests.tools.kills [--number N] [--seed N]`` (``make kills``) on a system that
forks. Each victim (`tests.tools.victims`) is killed once to three times in a row, then said once
more; its books are read. A kill comes before a drawn moment that changes a file or says
something, or when a timer of the kernel ends, wherever that is. A bad disk is full or read-only
from a drawn moment on for some more: the run must end with one clear line. One line of JSON
says how many there were of each and what was wrong.

``--victim WORD`` takes those whose name has that; ``--every N`` kills at every N-th moment of
each as well; ``--rotation`` counts the bytes of a journal's rotation instead, each of which
was the last.
"""

from __future__ import annotations

import argparse
import errno
import itertools
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from random import Random  # noqa: TID251 - its seed is an option
from typing import Any, Final, NamedTuple

from tests.bench.kept.test_journal import rotation_moments
from tests.tools.victims import VICTIMS, Run, Victim
from tests.transport.driver import Driver
from ykt_sim.cli.main import cli

#: Calls that change a file, each a moment, as is a line of output.
_OS: Final = ("write", "fsync", "ftruncate")
_PATH: Final = ("replace", "unlink", "chmod")
#: Of these a full disk still does all.
_FULL_DOES: Final = ("ftruncate", "replace", "unlink", "chmod")
#: Seconds that a run may take.
_PATIENCE: Final = 120
#: The socket by which a card that is served is ended.
_SOCKET: Final = "control"
#: Moments of a run that nobody has counted yet, and more than any has.
_MANY: Final = 400


class Harm(NamedTuple):
    """What is done to a run.

    Attributes:
        kind: ``none``, ``step``: killed before a moment; ``clock``: killed after so many seconds;
            ``full``, ``read-only``: from a moment on.
        at: the moment from 0, or seconds.
        long: moments that the disk is bad.
    """

    kind: str = "none"
    at: float = 0
    long: int = 0


class Moments:
    """Counts moments in the process that is harmed."""

    def __init__(self, harm: Harm) -> None:
        self._harm = harm
        self.count = 0

    def step(self) -> bool:
        """One moment; True while the disk is bad."""
        harm, now = self._harm, self.count
        self.count += 1
        if harm.kind == "step" and now == harm.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return harm.kind in ("full", "read-only") and harm.at <= now < harm.at + harm.long

    def change(self, *, does: bool, path: object = None) -> None:
        """One that changes a file; ``does``: a full disk does it all the same.

        As the system does, the error names the file where the call did.
        """
        if self.step() and not (does and self._harm.kind == "full"):
            number = errno.ENOSPC if self._harm.kind == "full" else errno.EROFS
            raise OSError(number, os.strerror(number), path)


class _Stream:
    """What `Path.open` gives for writing: each write and flush is a moment."""

    def __init__(self, stream: Any, moments: Moments) -> None:
        self._stream, self._moments = stream, moments

    def write(self, data: Any) -> Any:
        self._moments.change(does=False)
        return self._stream.write(data)

    def flush(self) -> None:
        self._moments.change(does=False)
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def counted(moments: Moments) -> None:
    """Have every change of a file, and every output, be a moment."""

    def before(holder: Any, name: str) -> None:
        real = getattr(holder, name)

        def call(*args: Any, **words: Any) -> Any:
            moments.change(does=name in _FULL_DOES, path=args[0] if name in _PATH else None)
            return real(*args, **words)

        setattr(holder, name, call)

    for name in _OS:
        before(os, name)
    for name in _PATH:
        before(Path, name)
    opened, said = Path.open, sys.stdout.write

    def open_(path: Path, mode: str = "r", *args: Any, **words: Any) -> Any:
        if not set(mode) & set("wax"):
            return opened(path, mode, *args, **words)
        moments.change(does=path.exists(), path=path)
        return _Stream(opened(path, mode, *args, **words), moments)

    def write(text: str) -> int:
        moments.step()
        return said(text)

    Path.open = open_  # type: ignore[method-assign,assignment]
    sys.stdout.write = write  # type: ignore[method-assign]


def _child(folder: Path, one: Victim, number: int, harm: Harm, port: int) -> None:
    """Say the words in this process; never comes back."""
    code = 3
    try:
        os.chdir(folder)
        words = list(one.words(folder, number))
        if port:
            words += ["--vpcd", f"127.0.0.1:{port}"]
        sys.stdout, sys.stdin = Path("said").open("w"), Path("stdin").open()  # noqa: SIM115
        sys.stderr = Path("errors").open("a")  # noqa: SIM115
        moments = Moments(harm)
        one.inside(moments.step)
        counted(moments)
        if harm.kind == "clock":
            signal.setitimer(signal.ITIMER_REAL, harm.at)  # whose signal nobody catches
        try:
            cli(words, prog_name="ykt")
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.flush()
        Path("moments").write_bytes(b"%d" % moments.count)
    finally:
        os._exit(code)


def _played(one: Victim, driver: Driver, child: int) -> list[str]:
    """Play the reader until the child is gone or has answered everything."""
    answers: list[str] = []
    driver.server.settimeout(0.02)
    while True:
        try:
            driver.card, _ = driver.server.accept()
            break
        except TimeoutError:
            if _gone(child):
                return answers
    driver.card.settimeout(_PATIENCE)
    if one.play is not None:
        with suppress(OSError):
            one.play(driver, answers)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)
    return answers


def _gone(child: int) -> bool:
    """Whether a child has ended; it is still to be waited for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def run(folder: Path, one: Victim, number: int, harm: Harm) -> Run:
    """Say a victim's words in a child, with harm done to it."""
    (folder / "stdin").write_text(one.stdin)
    driver = Driver() if one.play is not None else None
    child = os.fork()
    if child == 0:
        _child(folder, one, number, harm, driver.address.port if driver else 0)
    answers = None
    if driver is not None:
        answers = _played(one, driver, child)
    _, status = os.waitpid(child, 0)
    if driver is not None:
        driver.close()
    output = (folder / "said").read_bytes() if answers is None else "\n".join(answers).encode()
    for name in ("said", "stdin", _SOCKET):
        (folder / name).unlink(missing_ok=True)
    # A card that is served ends by the signal that it waits for.
    code = os.waitstatus_to_exitcode(status)
    return Run(os.WIFSIGNALED(status), output, 0 if driver and code == 143 else code)


def tried(one: Victim, *harms: Harm) -> tuple[list[Run], list[str], int]:
    """One victim with what is done to it; gives its runs, what was wrong, and its moments."""
    folder = Path(tempfile.mkdtemp(prefix="kill"))
    one.prepare(folder)
    runs, found = [], list[str]()
    for number, harm in enumerate((*harms, Harm()), 1):
        runs.append(run(folder, one, number, harm))
        if not one.settles or harm.kind == "none":
            found += one.books(folder, runs)
        errors = (folder / "errors").read_text() if (folder / "errors").exists() else ""
        if "Traceback" in errors or "internal fault" in errors:
            found.append(f"no clear line: {errors.strip()}")
        if harm.kind in ("full", "read-only") and runs[-1].code and not _clear(folder, errors):
            found.append(f"exit code {runs[-1].code}, no clear line: {errors.strip()}")
        (folder / "errors").unlink(missing_ok=True)
        if found:
            break
    if not found and runs[-1].code:
        found.append(f"exit code {runs[-1].code}: {errors.strip()}")
    moments = int((folder / "moments").read_text()) if (folder / "moments").exists() else _MANY
    if not found:
        # A file that is written once, as a trace is, has no next writing that takes its lock away.
        left = (one for one in folder.rglob(".*") if one.parent.name != "traces")
        found += [f"{one.name} was left" for one in left]
    if found:
        found.append(f"kept in {folder}")
    else:
        shutil.rmtree(folder)
    return runs, [f"{one.name}, {harms}: {why}" for why in found], moments


def _clear(folder: Path, errors: str) -> bool:
    """One line names a file of the folder and says what is wrong with the disk."""
    names = [_SOCKET, *(one.name for one in folder.rglob("*"))]  # it may not have come to be
    return any(
        re.search("error: |note: ", line)
        and ("No space left" in line or "Read-only" in line or "cannot be" in line)
        and any(name in line for name in names)
        for line in errors.splitlines()
    )


class Report:
    """How much harm was done, by victim and kind, and what was wrong."""

    def __init__(self) -> None:
        self.kills: dict[str, dict[str, int]] = {}
        self.wrong: list[str] = []

    def take(self, one: Victim, *harms: Harm) -> int:
        """Try them; gives how many of them came."""
        runs, wrong, _ = tried(one, *harms)
        self.wrong += wrong
        came = 0
        for harm, done in zip(harms, runs, strict=False):
            bad = harm.kind in ("full", "read-only")
            if done.killed or bad:
                by = self.kills.setdefault(one.name, {})
                by[harm.kind] = by.get(harm.kind, 0) + 1
                came += done.killed
        return came

    def all(self) -> int:
        """Kills in all."""
        return sum(by.get(kind, 0) for by in self.kills.values() for kind in ("step", "clock"))

    def told(self) -> str:
        """The report in one line of JSON."""
        return json.dumps({"kills": self.all(), "by": self.kills, "wrong": self.wrong})


class Measure:
    """How long a victim lives unharmed: seconds and moments."""

    def __init__(self, one: Victim) -> None:
        begun = time.monotonic()
        _, wrong, self.moments = tried(one)
        self.seconds = time.monotonic() - begun
        if wrong:
            raise SystemExit("\n".join(wrong))


def draw(report: Report, number: int, seed: int, victims: tuple[Victim, ...], clock: float) -> None:
    """Do harm as it is drawn until there were so many kills, or something is wrong.

    Args:
        report: takes what came.
        number: of kills.
        seed: of what is drawn.
        victims: come in turn.
        clock: share of kills by a timer.
    """
    chance = Random(seed)  # noqa: S311 - repeatable
    lives = {one.name: Measure(one) for one in victims}
    told = time.monotonic()

    def harm(life: Measure) -> Harm:
        kind = "clock" if chance.random() < clock else "step"
        if chance.random() < 0.15:
            at, long = chance.randrange(life.moments), chance.randint(1, life.moments)
            return Harm(chance.choice(("full", "read-only")), at, long)
        if kind == "clock":
            return Harm(kind, chance.uniform(0.001, life.seconds))
        return Harm(kind, chance.randrange(life.moments + 2))

    for one in itertools.cycle(victims):
        if report.all() >= number or report.wrong:
            return
        report.take(one, *(harm(lives[one.name]) for _ in range(chance.choice((1, 1, 2, 3)))))
        if time.monotonic() > told + 60:
            told = time.monotonic()
            print(report.told(), file=sys.stderr, flush=True)  # noqa: T201


def sweep(report: Report, every: int, victims: tuple[Victim, ...]) -> None:
    """Kill at every so many-th moment of each victim."""
    for number, one in enumerate(victims):
        for at in itertools.count(number % every, every):
            if not report.take(one, Harm("step", at)):
                break


def main() -> int:
    """Read the words, kill, print the report; 1 when something was wrong."""
    words = argparse.ArgumentParser(description="Kill ykt, or fill its disk, at any moment.")
    words.add_argument("--number", type=int, default=200, help="kills (200)")
    words.add_argument("--seed", type=int, default=0, help="draws them (0)")
    words.add_argument("--clock", type=float, default=0.3, help="share of kills by a timer (0.3)")
    words.add_argument(
        "--victim", default="", help="only those whose name has this (a regular expression)"
    )
    words.add_argument("--every", type=int, help="kill at every so many-th moment first")
    words.add_argument("--rotation", action="store_true", help="every byte of a rotation instead")
    said = words.parse_args()
    if said.rotation:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"moments": rotation_moments(Path(folder), piece=1)}))  # noqa: T201
        return 0
    report = Report()
    victims = tuple(one for one in VICTIMS if re.search(said.victim, one.name))
    if said.every:
        sweep(report, said.every, victims)
    if said.number:
        draw(report, said.number, said.seed, victims, said.clock)
    print(report.told())  # noqa: T201
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
