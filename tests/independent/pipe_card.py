"""The card under test as a stranger meets it: a process that turns hex lines into hex lines."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ("-m", "ykt_sim.cli.main", "card", "pipe", "--profile", "blank", "--seed", "1")
PATIENCE = 60.0


class PipeCard:
    """A transmit callable over a child process; ``reset`` pulls the power."""

    def __init__(self) -> None:
        """Start the card; a watchdog ends it should a test wait for an answer too long."""
        self._child = subprocess.Popen(
            [sys.executable, *COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
            bufsize=1,
        )
        self._watchdog = threading.Timer(PATIENCE, self._child.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self.log: list[tuple[str, str]] = []

    def _line(self, text: str) -> bytes:
        if self._child.stdin is None or self._child.stdout is None:
            raise RuntimeError("the card was started without pipes")
        try:
            self._child.stdin.write(text + "\n")
            self._child.stdin.flush()
            answer = self._child.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        self.log.append((text, answer))
        if not answer:
            raise RuntimeError(f"the card gave no answer to {text!r}, exit {self._child.poll()}")
        return bytes.fromhex(answer)

    def __call__(self, command: bytes) -> bytes:
        """One command, one answer with its status word."""
        return self._line(command.hex().upper())

    def reset(self) -> bytes:
        """Power off and on; the answer to reset."""
        return self._line("reset")

    def close(self) -> None:
        """End the card, and wait for it."""
        self._watchdog.cancel()
        with self._child:
            if self._child.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    self._child.stdin.close()
            try:
                self._child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._child.kill()
