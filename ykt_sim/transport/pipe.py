"""A child process that speaks lines of hex: the other side of ``ykt card pipe``.

The protocol itself, and the way over TCP, are in `ykt_sim.transport.lines`.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress

from ykt_sim.errors import LinkError
from ykt_sim.transport.lines import MAX_LINE


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
