"""Decisions that a terminal's software posts to a small server of ours, on this machine only.

Any program of this machine can reach the port, so the path of the address is a token: given with
the address, or else made and said at the start. Connections and waiting reports are bounded.
"""

from __future__ import annotations

import hmac
import http.server
import queue
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from ykt_conformance.drive.limits import Limits
from ykt_conformance.drive.terminal import TerminalReport
from ykt_conformance.run.targets.outside import MAX_REPORT, REPORT_S, read_report
from ykt_sim.bench.chance import rng
from ykt_sim.errors import LinkError, UsageError
from ykt_sim.transport.door import BACKLOG, Guests

_HTTP_S: Final = 10.0
_CHUNK: Final = 1 << 16
_LINGER, _LINGER_S = 1 << 24, 1.0
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
#: Bytes of a token that we make, and reports that may wait.
_TOKEN: Final = 16
_WAITING: Final = 1000


class PostedEvidence:
    """A small server on this machine only."""

    late_s = REPORT_S
    counts = True

    def __init__(self, address: str, limits: Limits, say: Callable[[str], object]) -> None:
        self.quiet_s = limits.answer_s
        self._come = _Box()
        host, port, path = _loopback(address)
        self._path = path if len(path) > 1 else f"/{rng(None)(_TOKEN).hex()}"
        handler = type("Handler", (_Handler,), {"come": self._come, "token": self._path})
        try:
            self._server = _Server((host, port), handler)
        except OSError as error:
            raise UsageError(f"{address}: {error.strerror or error}") from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="evidence", daemon=True
        )
        self._thread.start()
        say(f"decisions are taken at {self.address}")

    @property
    def address(self) -> str:
        """Where reports are posted, with the token."""
        return f"http://127.0.0.1:{self.port}{self._path}"

    @property
    def port(self) -> int:
        """Where we listen; chosen by the system when 0 was asked for."""
        return int(self._server.server_address[1])

    def begin(self) -> None:
        """Nothing to do."""

    def poll(self, seconds: float) -> TerminalReport | None:
        """The next decision that was posted."""
        return self._come.take(seconds)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_HTTP_S)


class _Box:
    """Decisions that have come and were not asked for yet; no more than `_WAITING` of them."""

    def __init__(self) -> None:
        self._reports: queue.Queue[TerminalReport] = queue.Queue()
        self._lock = threading.Lock()

    def put(self, reports: list[TerminalReport]) -> bool:
        """Take all of them, or none where there is no room."""
        with self._lock:
            if self._reports.qsize() + len(reports) > _WAITING:
                return False
            for report in reports:
                self._reports.put(report)
            return True

    def take(self, seconds: float) -> TerminalReport | None:
        """The next one, waited for at most so long."""
        try:
            return self._reports.get(block=seconds > 0, timeout=max(seconds, 0))
        except queue.Empty:
            return None


class _Server(http.server.HTTPServer):
    """One thread a connection, and no more of them than guests are let in."""

    request_queue_size = BACKLOG

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._guests = Guests()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection beside the others."""
        self._guests.serve(request, lambda found: self.finish_request(found, client_address))


def _loopback(address: str) -> tuple[str, int, str]:
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "http" or port is None or parts.query or parts.fragment:
        raise UsageError(f"{address!r}: expected http://127.0.0.1:PORT/ or ...:PORT/TOKEN")
    if not re.fullmatch(r"|/|/[\w.~-]{8,128}", parts.path, re.ASCII):
        raise UsageError(f"{address!r}: a token has 8 to 128 letters, digits, '-', '.', '_', '~'")
    if parts.hostname not in _LOOPBACK:
        raise UsageError(f"{address!r}: only this machine, http://127.0.0.1:{port}/")
    return "127.0.0.1", port, parts.path  # the server speaks IPv4


class _Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """An HTTP status and why."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Takes reports by POST to the token; a body that is wrong in one line is not taken at all."""

    come: _Box
    token: str
    timeout = _HTTP_S
    server_version = "ykt-sim"
    sys_version = ""

    def do_POST(self) -> None:
        """Take a body of reports."""
        try:
            if not self._knows_token():
                raise _Refusal(403, "reports are posted to the address that was told at the start")
            if "Origin" in self.headers:  # any page in a browser on this machine could post
                raise _Refusal(400, "decisions come from the terminal, not from a web page")
            if not self.come.put(_reports(self._body())):
                raise _Refusal(503, f"{_WAITING} reports wait already that no card asked for")
        except _Refusal as refusal:
            self._answer(refusal.status, str(refusal))
            return
        except (LinkError, OSError) as error:
            self._answer(400, str(error))
            return
        self._answer(204)

    def _other(self) -> None:
        """Any other method."""
        status = 405 if self._knows_token() else 403
        self._answer(status, "reports are posted to the address that was told at the start")

    do_GET = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _other  # noqa: N815

    def _knows_token(self) -> bool:
        return hmac.compare_digest(self.path.encode("utf-8", "replace"), self.token.encode())

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
