"""What a terminal decided, where it cannot be told over the card's own wire.

A terminal that meets our cards through a reader says what it decided by one of these ways,
each time with the same JSON object (`run.targets.outside`):

``FILE``                    its software appends one object a line; read from its end on
``http://127.0.0.1:PORT/``  its software posts one object, or one a line, to us
``prompt``                  the operator reads the terminal's display and types it
nothing                     it does not tell

A source never waits longer than it is asked to. What it cannot read is a `LinkError` that
says which line is wrong; the next line is read all the same.
"""

from __future__ import annotations

import http.server
import os
import queue
import select
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from ykt_conformance.drive.limits import Limits
from ykt_conformance.drive.terminal import TerminalReport
from ykt_conformance.run.targets.outside import MAX_REPORT, REPORT_S, read_report
from ykt_sim.errors import LinkError, UsageError

Say = Callable[[str], object]
#: Seconds between two looks at a file.
_LOOK_S: Final = 0.02
_HTTP_S: Final = 10.0
_CHUNK: Final = 1 << 16
_LINGER, _LINGER_S = 1 << 24, 1.0
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
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
        return HttpEvidence(where, limits, say)
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


class HttpEvidence:
    """A small server on this machine only."""

    late_s = REPORT_S
    counts = True

    def __init__(self, address: str, limits: Limits, say: Say) -> None:
        self.quiet_s = limits.answer_s
        self._come: queue.SimpleQueue[TerminalReport] = queue.SimpleQueue()
        host, port = _loopback(address)
        handler = type("Handler", (_Handler,), {"come": self._come})
        try:
            self._server = http.server.ThreadingHTTPServer((host, port), handler)
        except OSError as error:
            raise UsageError(f"{address}: {error.strerror or error}") from None
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="evidence", daemon=True
        )
        self._thread.start()
        say(f"decisions are taken at http://{host}:{self.port}/")

    @property
    def port(self) -> int:
        """Where we listen; chosen by the system when 0 was asked for."""
        return int(self._server.server_address[1])

    def begin(self) -> None:
        """Nothing to do."""

    def poll(self, seconds: float) -> TerminalReport | None:
        """The next decision that was posted."""
        try:
            return self._come.get(timeout=seconds) if seconds > 0 else self._come.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_HTTP_S)


def _loopback(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "http" or port is None or parts.path not in ("", "/") or parts.query:
        raise UsageError(f"{address!r}: expected http://127.0.0.1:PORT/")
    if parts.hostname not in _LOOPBACK:
        raise UsageError(f"{address!r}: only this machine, http://127.0.0.1:{port}/")
    return "127.0.0.1", port  # the server speaks IPv4


class _Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """An HTTP status and why."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Takes reports by POST to ``/``; a body that is wrong in one line is not taken at all."""

    come: queue.SimpleQueue[TerminalReport]
    timeout = _HTTP_S
    server_version = "ykt-sim"
    sys_version = ""

    def do_POST(self) -> None:
        """Take a body of reports."""
        try:
            if self.path != "/":
                raise _Refusal(404, "there is only /")
            if "Origin" in self.headers:  # any page in a browser on this machine could post
                raise _Refusal(400, "decisions come from the terminal, not from a web page")
            for report in _reports(self._body()):
                self.come.put(report)
        except _Refusal as refusal:
            self._answer(refusal.status, str(refusal))
            return
        except (LinkError, OSError) as error:
            self._answer(400, str(error))
            return
        self._answer(204)

    def _other(self) -> None:
        """Any other method."""
        status = 405 if self.path == "/" else 404
        self._answer(status, "reports are posted to /")

    do_GET = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _other  # noqa: N815

    def _body(self) -> bytes:
        said = self.headers.get("Content-Length", "")
        if not (said.isascii() and said.isdigit()):
            raise _Refusal(400, "a body with a Content-Length is needed")
        if len(said) > 9 or int(said) > MAX_REPORT:
            raise _Refusal(413, f"at most {MAX_REPORT} bytes")
        body = self.rfile.read(int(said))
        if len(body) < int(said):
            raise _Refusal(400, "the body ends early")
        return body

    def _answer(self, status: int, why: str = "") -> None:
        text = f"{why}\n".encode() if why else b""
        self.close_connection = True
        with suppress(OSError):
            self.send_response(status)
            if status == 405:
                self.send_header("Allow", "POST")
            if status != 204:
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(text)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)
            self._linger()

    def _linger(self) -> None:
        """Say that no more comes, and take what is on its way until the other side closes too.

        A connection that is closed with bytes unread is reset, and who was still sending
        (a refusal needs no body, so it is early) loses the answer.
        """
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        left, end = _LINGER, time.monotonic() + _LINGER_S
        while left > 0 and (seconds := end - time.monotonic()) > 0:
            self.connection.settimeout(seconds)
            data = self.rfile.read1(min(left, _CHUNK))
            if not data:
                return
            left -= len(data)

    def log_message(self, *_: object) -> None:
        """Say nothing: the run's output is the operator's."""


def _reports(body: bytes) -> list[TerminalReport]:
    """One object however it is laid out, or one in each line."""
    text = body.decode("utf-8", "replace").strip()
    try:
        return [read_report(text)]
    except LinkError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.strip().endswith("}") for line in lines):
            raise
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(read_report(line))
        except LinkError as error:
            raise LinkError(f"line {number}: {error}") from None
    return found


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
