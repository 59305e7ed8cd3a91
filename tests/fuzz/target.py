"""What a target of the fuzzer is: a check that takes any bytes, and seeds to begin with.

A check passes whatever it is given when the program keeps its promise, and raises otherwise:
what the program may refuse with is caught inside, everything else is a finding. `Target.run` also
bounds what an input may cost: in time of the processor, which does not depend on who else is busy.
"""

from __future__ import annotations

import atexit
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import NamedTuple, NoReturn

from ykt_sim.errors import FileError, OwnError, UsageError, YktError

ROOT = Path(__file__).resolve().parents[2]
#: Inputs that were found and cured once, a folder for each target.
FOUND = Path(__file__).parent / "found"
#: Seconds of the processor that an input may cost. The worst of those known costs half a second.
INPUT_S = 10.0
#: Where files cost no disk, on Linux.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


class Target(NamedTuple):
    """One thing that takes bytes from strangers.

    Attributes:
        name: of its folder of findings too.
        check: takes any bytes; raises when the program breaks its promise.
        seeds: inputs from the project's own files.
        longest: bytes of an input that the fuzzer makes; seeds are cut there.
    """

    name: str
    check: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    longest: int

    def run(self, data: bytes) -> None:
        """Check an input; also raises TooLongError when it takes longer than `INPUT_S`."""
        before = signal.signal(signal.SIGPROF, _too_long)
        signal.setitimer(signal.ITIMER_PROF, INPUT_S)
        try:
            self.check(data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def begins(self) -> Iterator[bytes]:
        """The seeds as the fuzzer takes them."""
        for seed in self.seeds():
            yield seed[: self.longest]

    def found(self) -> Iterator[Path]:
        """Inputs that were found and cured."""
        folder = FOUND / self.name
        return iter(sorted(folder.iterdir())) if folder.is_dir() else iter(())


class TooLongError(BaseException):
    """An input takes longer than it may; no handler of the program must swallow it."""


def _too_long(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise TooLongError(f"more than {INPUT_S:g} s of the processor for one input")


def refused(error: YktError, *allowed: type[YktError]) -> None:
    """A refusal is one of those allowed, says something, and puts the blame elsewhere."""
    assert isinstance(error, allowed or (FileError, UsageError)), repr(error)
    assert not isinstance(error, OwnError), repr(error)
    assert str(error).strip(), repr(error)
    assert len(str(error)) < 2000, f"a refusal of {len(str(error))} characters"


@cache
def _folder() -> Path:
    made = tempfile.TemporaryDirectory(
        prefix="ykt-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None
    )
    atexit.register(made.cleanup)
    return Path(made.name)


def as_file(name: str, data: bytes) -> Path:
    """A file of that name and content, in a folder of this process; written over each time."""
    path = _folder() / name
    path.write_bytes(data)
    return path


def files(*patterns: str) -> Iterator[bytes]:
    """The content of files of the project by pattern, in order of their names."""
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                yield path.read_bytes()
