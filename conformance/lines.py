"""A link that speaks lines of hex: the protocol of ``ykt card pipe``.

Out: a command APDU in hex, or ``reset``. In: the answer with its status word, or the ATR.
Every wait is bounded; what is not an answer is an error that quotes it.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

from ykt_sim.errors import LinkError, SilentError

#: Characters of a line; 256 bytes of data and a status word need 516.
MAX_LINE: Final = 4096
_SHOWN: Final = 40


class Wire(Protocol):
    """Bytes to and from the other side."""

    def write(self, data: bytes) -> None:
        """Send all of it; raises OSError."""
        ...

    def read(self, timeout: float) -> bytes:
        """Give what there is, empty at the end; raises TimeoutError or OSError."""
        ...

    def close(self) -> None:
        """Give the other side up."""
        ...

    def why(self) -> str:
        """What the other side said of its end; empty when nothing is known."""
        ...


class ProcessWire:
    """A child process, its standard input and output."""

    def __init__(self, words: Sequence[str]) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        try:
            self._child = subprocess.Popen(  # noqa: S603 - the user names the command
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            self._errors.close()
            raise LinkError(f"{words[0]}: {error.strerror or error}") from None
        self._selector = selectors.DefaultSelector()
        self._out = self._child.stdout
        if self._out is not None:
            self._selector.register(self._out, selectors.EVENT_READ)

    def write(self, data: bytes) -> None:
        """Send a line."""
        if self._child.stdin is not None:
            self._child.stdin.write(data)

    def read(self, timeout: float) -> bytes:
        """Read what has come within the time."""
        if not self._selector.select(timeout):
            raise TimeoutError
        return os.read(self._out.fileno(), MAX_LINE) if self._out is not None else b""

    def close(self) -> None:
        """End the child: its input ends, then by signals to the group it leads."""
        with suppress(OSError):
            if self._child.stdin is not None:
                self._child.stdin.close()
        try:
            self._child.wait(1)
        except subprocess.TimeoutExpired:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(OSError):
                    os.killpg(self._child.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    self._child.wait(1)
                    break
        self._selector.close()
        if self._out is not None:
            self._out.close()
        self._errors.close()

    def why(self) -> str:
        """Exit code and the last line on standard error."""
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(1)
        self._errors.seek(0)
        lines = self._errors.read(1 << 16).decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        code = self._child.returncode
        ended = "" if code is None else f"exit code {code}"
        return ": ".join(part for part in (ended, last[:200]) if part)


class SocketWire:
    """A TCP connection."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout)
        except OSError as error:
            raise LinkError(f"{host}:{port}: {error.strerror or error}") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: bytes) -> None:
        """Send a line."""
        self._socket.sendall(data)

    def read(self, timeout: float) -> bytes:
        """Receive what comes within the time."""
        self._socket.settimeout(max(timeout, 0.001))
        return self._socket.recv(MAX_LINE)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def why(self) -> str:
        """Nothing more is known of the other side."""
        return ""


class LineLink:
    """A link over a wire.

    Args:
        wire: to the target.
        answer_s: seconds to wait for an answer.
        start_s: seconds to wait for the first one, while the target starts.
    """

    def __init__(self, wire: Wire, answer_s: float, start_s: float) -> None:
        self._wire = wire
        self._answer_s = answer_s
        self._next_s = max(start_s, answer_s)
        self._rest = b""
        self._broken = ""

    def power_on(self) -> bytes:
        """Reset the target; gives its ATR."""
        return self._ask("reset")

    def transmit(self, apdu: bytes) -> bytes:
        """One command; raises SilentError, or LinkError for what is no answer."""
        answer = self._ask(apdu.hex().upper())
        if len(answer) < 2:
            raise LinkError(f"answered {answer.hex()!r}, a status word has two bytes")
        return answer

    def close(self) -> None:
        """Give the target up."""
        self._broken = self._broken or "closed"
        self._wire.close()

    def _ask(self, line: str) -> bytes:
        if self._broken:
            raise LinkError(self._broken)
        try:
            self._wire.write(line.encode() + b"\n")
            answer = self._line()
        except SilentError:
            self._broken = "no answer to an earlier command"
            raise
        except TimeoutError:
            self._broken = "no answer to an earlier command"
            raise SilentError("no answer in time") from None
        except OSError as error:
            raise LinkError(self._ended(str(error.strerror or error))) from None
        text = answer.decode("ascii", "replace").strip()
        self._next_s = self._answer_s
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise LinkError(f"answered {text[:_SHOWN]!r}, which is not hex") from None

    def _ended(self, what: str) -> str:
        why = self._wire.why()
        self._broken = f"the target ended: {why}" if why else f"the target ended: {what}"
        return self._broken

    def _line(self) -> bytes:
        end = time.monotonic() + self._next_s
        while b"\n" not in self._rest:
            if len(self._rest) > MAX_LINE:
                self._broken = f"answered a line of more than {MAX_LINE} characters"
                raise LinkError(self._broken)
            left = end - time.monotonic()
            if left <= 0:
                raise SilentError(f"no answer within {self._next_s:g} s")
            try:
                more = self._wire.read(left)
            except TimeoutError:
                continue
            if not more:
                raise LinkError(self._ended("it closed the connection"))
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line
