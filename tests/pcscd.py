"""The real PC/SC service with vsmartcard's virtual reader, in namespaces of our own.

`World` starts pcscd in new mount, network and process namespaces: it has its own
``/run/pcscd`` and its own loopback, so it meets no other pcscd, any number of them run side
by side, and when the first process ends the kernel ends all the others.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
NO_SKIP: Final = bool(os.environ.get("CI") or os.environ.get("YKT_NO_SKIP") == "1")
PORT: Final = 35963
READER: Final = "Virtual PCD 00 00"
SECOND: Final = "Virtual PCD 00 01"
YKT: Final = (sys.executable, "-m", "ykt_sim.cli.main")
#: Seconds within which anything here happens, or the test fails.
PATIENCE: Final = 120.0

_DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
_CONFIG = f"""FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:{PORT:#x}
LIBPATH {_DRIVER}
CHANNELID {PORT:#x}
"""
_FIRST = "mount -t tmpfs none /run && mkdir /run/pcscd && ip link set lo up && exec sleep infinity"


def missing() -> str:
    """Why PC/SC cannot be tested here; empty when it can."""
    programs = ("pcscd", "unshare", "nsenter", "ip")
    absent = [name for name in programs if shutil.which(name) is None]
    if not Path(_DRIVER).exists():
        absent.append("vsmartcard-vpcd")
    try:
        import smartcard.scard  # noqa: F401, PLC0415 - only whether it is there
    except ImportError:
        absent.append("pyscard")
    if absent:
        return f"PC/SC tests need {', '.join(absent)}"
    words = ["unshare", "-m", "-n", "-p", "-f", "true"]
    tried = subprocess.run(words, capture_output=True, check=False)
    if tried.returncode:
        return f"PC/SC tests need the right to make namespaces: {tried.stderr.decode().strip()}"
    return ""


def require() -> None:
    """Skip the module where PC/SC cannot be tested; in CI that is a failure."""
    why = missing()
    if why and NO_SKIP:
        pytest.fail(why)
    if why:
        pytest.skip(why, allow_module_level=True)


def until(what: Callable[[], object], message: str, seconds: float = PATIENCE) -> None:
    """Wait until something is true, or fail."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds:g} s: {message}")
        time.sleep(0.02)


class World:
    """Namespaces with a pcscd of their own.

    Args:
        folder: for the reader's configuration and the service's log.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: list[subprocess.Popen[str]] = []
        self.service: subprocess.Popen[str] | None = None
        self._first = 0

    def __enter__(self) -> Self:
        words = ["unshare", "-m", "-n", "-p", "-f", "--kill-child", "--mount-proc", "sh", "-c"]
        self._outer = subprocess.Popen([*words, _FIRST], stderr=subprocess.DEVNULL)
        path = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        until(path.read_text, "the namespaces are made")
        self._first = int(path.read_text().split()[0])
        until(self._asleep, "the namespaces are set up")
        config = self.folder / "readers"
        config.mkdir(exist_ok=True)
        (config / "vpcd").write_text(_CONFIG)
        self.start_service()
        return self

    def _asleep(self) -> bool:
        return Path(f"/proc/{self._first}/cmdline").read_bytes().startswith(b"sleep")

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._first, signal.SIGKILL)  # the first process: the kernel ends the rest
        self._outer.wait(PATIENCE)
        for child in self.children:
            child.kill()
            child.wait(PATIENCE)
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    stream.close()

    # -- the service ---------------------------------------------------------------------

    def start_service(self) -> None:
        """Start pcscd and wait until it answers."""
        words = ["pcscd", "-f", "-c", str(self.folder / "readers")]
        with (self.folder / "pcscd.log").open("a") as log:
            self.service = subprocess.Popen(self.inside(words), stdout=log, stderr=log, text=True)
        self.children.append(self.service)
        socket = Path(f"/proc/{self._first}/root/run/pcscd/pcscd.comm")
        until(socket.exists, "pcscd is up")

    def stop_service(self) -> None:
        """Kill pcscd without warning."""
        assert self.service is not None
        self.sh("kill -9 $(cat /run/pcscd/pcscd.pid); rm -f /run/pcscd/*")
        self.service.wait(PATIENCE)

    # -- programs ------------------------------------------------------------------------

    def inside(self, words: Sequence[str]) -> list[str]:
        """The words that run a program in here, in our working directory."""
        enter = ["nsenter", "-t", str(self._first), "-m", "-n", "-p"]
        return [*enter, "env", "-C", str(Path.cwd()), f"PYTHONPATH={ROOT}", *words]

    def start(self, *words: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start a program in here; ended with the world."""
        child = subprocess.Popen(
            self._in(cwd, words), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.children.append(child)
        return child

    def run(
        self, *words: str, cwd: Path | None = None, feed: str = "", seconds: float = PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in here to its end."""
        return subprocess.run(
            self._in(cwd, words), text=True, input=feed, capture_output=True, timeout=seconds,
            check=False,
        )  # fmt: skip

    def _in(self, cwd: Path | None, words: Sequence[str]) -> list[str]:
        return self.inside(words if cwd is None else ["env", "-C", str(cwd), *words])

    def sh(self, script: str) -> str:
        """Run a shell script in here; gives what it prints."""
        done = self.run("sh", "-c", script)
        return done.stdout + done.stderr

    def ykt(
        self, *words: str, cwd: Path | None = None, feed: str = "", seconds: float = PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        """Run our command line in here."""
        return self.run(*YKT, *words, cwd=cwd, feed=feed, seconds=seconds)

    def cards(self) -> int:
        """How many readers hold a card, by what PC/SC says."""
        return self.ykt("reader", "list").stdout.count("ATR ")

    @contextmanager
    def serving(self, *words: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
        """``ykt card serve`` with these words, its card in the reader, until the block ends."""
        control = ("--control", str(cwd / "control"))
        child = self.start(*YKT, "card", "serve", *control, *words, cwd=cwd)
        until(lambda: (cwd / "control").exists() or child.poll() is not None, "serve is up")
        if child.poll() is not None:
            pytest.fail(f"serve ended: {child.communicate()[0]}")
        if "--removed" not in words:
            cards = sum(not word.startswith("--") for word in words)
            until(lambda: self.cards() == cards, "the cards are seen")
        try:
            yield child
        finally:
            self.signal(child, signal.SIGTERM)
            child.wait(PATIENCE)

    def signal(self, child: subprocess.Popen[str], number: int) -> None:
        """Send a signal to a program that `start` started; nsenter stands before it."""
        with suppress(ProcessLookupError, FileNotFoundError, IndexError):
            inner = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
            os.kill(int(inner[0]), number)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A PC/SC service for one module's tests; import it where it is used."""
    with World(tmp_path_factory.mktemp("pcscd")) as found:
        yield found
