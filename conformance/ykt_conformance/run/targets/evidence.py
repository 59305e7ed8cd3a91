"""What a terminal decided, where it cannot be told over the card's own wire.

A terminal that meets our cards through a reader says what it decided by one of these ways,
each time with the same JSON object (`run.targets.outside`):

``FILE``                    its software appends one object a line; read from its end on
``http://127.0.0.1:PORT/``  its software posts one object, or one a line, to us; the path is a
                            token, given with the address or else made and said at the start
``prompt``                  the operator reads the terminal's display and types it
nothing                     it does not tell

A source never waits longer than it is asked to. What it cannot read is a `LinkError` that
says which line is wrong; the next line is read all the same.
"""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from ykt_conformance.drive.limits import Limits
from ykt_conformance.drive.terminal import TerminalReport
from ykt_conformance.run.targets.outside import MAX_REPORT, REPORT_S, read_report
from ykt_conformance.run.targets.posted import PostedEvidence
from ykt_sim.errors import LinkError, UsageError

Say = Callable[[str], object]
#: Seconds between two looks at a file.
_LOOK_S: Final = 0.02
_CHUNK: Final = 1 << 16
_ASKED: Final = "what did it show? a YUAN (accepted), r CODE (refused), t (tap again)"
_WORDS: Final = {"a": "accepted", "r": "refused", "t": "retry"}


class Evidence(Protocol):
    """A source of decisions.

    Attributes:
        quiet_s: seconds without a command after which no decision is waited for any more.
        late_s: seconds a decision may come after the card has left.
        counts: the time until the decision is the terminal's; False where it is a person's.
    """

    quiet_s: float
    late_s: float
    counts: bool

    def begin(self) -> None:
        """A terminal has begun to talk to the card that is shown."""
        ...

    def poll(self, seconds: float) -> TerminalReport | None:
        """The next decision, waited for at most so long; raises LinkError for one that is none."""
        ...

    def close(self) -> None:
        """Give it up."""
        ...


def open_evidence(where: str, limits: Limits, say: Say) -> Evidence:
    """Open a source by its word; see the module.

    Raises:
        UsageError: an address that is not on this machine, or that is taken.
    """
    if not where:
        return NoEvidence(limits)
    if where == "prompt":
        return PromptEvidence(limits, say)
    if "://" in where:
        return PostedEvidence(where, limits, say)
    return FileEvidence(Path(where), limits)


class NoEvidence:
    """A terminal that does not tell."""

    late_s = 0.0
    counts = True

    def __init__(self, limits: Limits) -> None:
        self.quiet_s = limits.answer_s

    def begin(self) -> None:
        """Nothing to do."""

    def poll(self, seconds: float) -> None:
        """Nothing comes."""
        time.sleep(seconds)

    def close(self) -> None:
        """Nothing to give up."""


class FileEvidence:
    """A file that grows. What is in it when we start is old; it need not be there yet."""

    late_s = REPORT_S
    counts = True

    def __init__(self, path: Path, limits: Limits) -> None:
        self.quiet_s = limits.answer_s
        self._path = path
        self._handle: Any = None
        self._lines = 0  # that have been read, also before our time
        self._rest = b""
        self._old = False  # the next line began before our time
        self._waiting: list[tuple[int, bytes]] = []
        if path.is_dir():
            raise UsageError(f"{path}: evidence is a file, this is a folder")
        try:
            if self._open():
                self._skip()
        except LinkError as error:
            raise UsageError(str(error)) from None

    def begin(self) -> None:
        """Nothing to do."""

    def poll(self, seconds: float) -> TerminalReport | None:
        """The next decision in the file."""
        end = time.monotonic() + seconds
        while True:
            if not self._waiting:
                self._read()
            while self._waiting:
                number, line = self._waiting.pop(0)
                if line.strip():
                    return self._report(number, line)
            left = end - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(_LOOK_S, left))

    def close(self) -> None:
        """Close the file."""
        if self._handle is not None:
            self._handle.close()
        self._handle = None

    def _report(self, number: int, line: bytes) -> TerminalReport:
        try:
            return read_report(line.decode("utf-8", "replace"))
        except LinkError as error:
            raise LinkError(f"{self._path} line {number}: {error}") from None

    def _open(self) -> bool:
        try:
            self._handle = self._path.open("rb", buffering=0)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise LinkError(f"{self._path}: {error.strerror or error}") from None
        return True

    def _skip(self) -> None:
        """Go to the end; a line that is half written there is old as a whole."""
        last = b"\n"
        while chunk := self._handle.read(_CHUNK):
            self._lines += chunk.count(b"\n")
            last = chunk[-1:]
        self._old = last != b"\n"

    def _read(self) -> None:
        """Take what was written, from the old file first when there is a new one."""
        if self._handle is None and not self._open():
            return
        here = os.fstat(self._handle.fileno())
        if here.st_size < self._handle.tell():
            self._handle.seek(0)
            self._anew()
        self._take()
        try:
            there = self._path.stat()
        except OSError:
            return  # moved away, and the new one is not there yet
        if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
            self._take()
            if self._rest and not self._old:
                self._waiting.append((self._lines + 1, self._rest))
            self.close()
            self._anew()
            if self._open():
                self._take()

    def _anew(self) -> None:
        self._lines, self._rest, self._old = 0, b"", False

    def _take(self) -> None:
        while chunk := self._handle.read(_CHUNK):
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            for line in whole:
                self._lines += 1
                if not self._old:
                    self._waiting.append((self._lines, line))
                self._old = False
            if len(self._rest) > MAX_REPORT:
                self._rest, self._old = b"", True
                raise LinkError(
                    f"{self._path} line {self._lines + 1}: longer than {MAX_REPORT} bytes"
                )


class PromptEvidence:
    """The operator types what the terminal shows.

    Args:
        limits: ``prompt_s`` bounds the wait.
        say: takes lines for the operator.
        stream: where the operator types; standard input when None.
    """

    counts = False

    def __init__(self, limits: Limits, say: Say, stream: int | None = None) -> None:
        self.quiet_s = self.late_s = limits.prompt_s
        self._say = say
        self._stream = sys.stdin.fileno() if stream is None else stream
        self._rest = b""
        self._ended = False
        self._asked = False

    def begin(self) -> None:
        """Ask."""
        self._asked = True
        self._say(_ASKED)

    def poll(self, seconds: float) -> TerminalReport | None:
        """What was typed; what is no answer is asked for again."""
        end = time.monotonic() + seconds
        while True:
            line, newline, rest = self._rest.partition(b"\n")
            if newline:
                self._rest = rest
                text = line.decode("utf-8", "replace").strip()
                report = read_answer(text)
                if report is not None:
                    self._asked = False
                    return report
                if text and self._asked:
                    self._say(f"{text[:40]!r} is no answer; {_ASKED}")
                continue
            if self._ended:
                if self._asked:
                    raise LinkError("the operator cannot be asked: standard input has ended")
                time.sleep(max(0.0, end - time.monotonic()))
                return None
            left = max(0.0, end - time.monotonic())
            if not select.select([self._stream], [], [], left)[0]:
                return None
            more = os.read(self._stream, 4096)
            self._ended = not more
            self._rest = (self._rest + more)[-MAX_REPORT:]

    def close(self) -> None:
        """Nothing to give up: standard input is not ours."""


def read_answer(text: str) -> TerminalReport | None:
    """``a 2.00``, ``r 2449`` or ``t``; None for anything else."""
    word, _, rest = text.strip().partition(" ")
    outcome, rest = _WORDS.get(word.lower()), rest.strip()
    if outcome is None:
        return None
    amount = 0
    if outcome == "accepted":
        yuan, _, cents = rest.partition(".")
        digits = yuan + cents.ljust(2, "0")
        if not (yuan and digits.isascii() and digits.isdigit() and len(cents) <= 2):
            return None
        amount, rest = int(digits), ""
    return TerminalReport({"outcome": outcome, "amount": amount, "code": rest})
