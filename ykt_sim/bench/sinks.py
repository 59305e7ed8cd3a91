"""Where a terminal of ours reports what it decided: a file, an address on this machine, stdout.

A report is one JSON object in one line: the decision's own entries (``outcome``, ``amount``
in fen, ``code``, ...), ``clearing`` and ``dispute``. The conformance suite reads the same.
"""

from __future__ import annotations

import errno
import http.client
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from ykt_sim.bench import files
from ykt_sim.bench.tap import TapResult
from ykt_sim.errors import LinkError, UsageError

#: Takes one line; raises LinkError when it is lost.
Sink = Callable[[str], object]
_WAIT_S: Final = 5.0
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def report_line(result: TapResult) -> str:
    """What is reported of a tap."""
    said: dict[str, Any] = msgspec.to_builtins(result.decision)
    for name, record in (("clearing", result.clearing), ("dispute", result.dispute)):
        if record is not None:
            said[name] = msgspec.to_builtins(record)
    return json.dumps(said, ensure_ascii=True)


def open_sink(where: str) -> Sink | None:
    """Open ``FILE``, ``http://127.0.0.1:PORT/`` or ``-``; None for nothing; UsageError."""
    if not where:
        return None
    if where == "-":
        return _print
    if "://" in where:
        return _Post(where)
    path = Path(where)
    files.must_have_folder(path)
    return lambda line: _append(path, line)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _append(path: Path, line: str) -> None:
    """One write: whoever reads the file meets whole lines, and what does not fit is not begun."""
    data = line.encode() + b"\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            begin = os.fstat(handle).st_size
            written = os.write(handle, data)
            if written < len(data):
                if os.fstat(handle).st_size == begin + written:
                    os.ftruncate(handle, begin)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(handle)
    except OSError as error:
        raise LinkError(f"{path}: {error.strerror or error}") from None


class _Post:
    """Posts each line. Neither a proxy nor another address is ever asked."""

    def __init__(self, where: str) -> None:
        parts = urlsplit(where)
        try:
            port = parts.port
        except ValueError:
            port = None
        if parts.scheme != "http" or port is None or parts.hostname not in _LOOPBACK:
            raise UsageError(f"{where!r}: reports go to this machine, http://127.0.0.1:PORT/")
        self._where, self._host, self._port = where, parts.hostname, port
        self._path = parts.path or "/"

    def __call__(self, line: str) -> None:
        server = http.client.HTTPConnection(self._host, self._port, timeout=_WAIT_S)
        try:
            server.request("POST", self._path, line.encode(), {"Content-Type": "application/json"})
            answer = server.getresponse()
            why = answer.read(200).decode("utf-8", "replace").strip()
        except (OSError, http.client.HTTPException) as error:
            raise LinkError(f"{self._where}: {error}") from None
        finally:
            server.close()
        if answer.status // 100 != 2:
            raise LinkError(f"{self._where}: answered {answer.status} {why}")
