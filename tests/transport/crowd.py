"""A crowd at a server: connections that say nothing, half a line, or never stop."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

#: Seconds that an honest client has among them: a server that waits for any of them has more.
PATIENCE_S = 8.0
#: What each of the crowd says, and how many there are.
KINDS = pytest.mark.parametrize(
    ("said", "count"),
    [
        pytest.param(b"", 1000, id="1000 silent"),
        pytest.param(b"00A4", 1000, id="1000 half lines"),
        pytest.param(b"A" * 200_000, 20, id="20 that never end a line"),
        pytest.param(b"\x00\xff\n" * 300, 20, id="20 that talk nonsense and do not listen"),
    ],
)
#: Files that the tests themselves have open, at most.
_OURS = 200


@contextmanager
def crowd(family: int, address: Any, said: bytes, count: int) -> Iterator[None]:
    """Many connections that stay as long as the server lets them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * count + _OURS
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    with ExitStack() as opened:
        opened.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(min(count, (max(soft, min(wanted, hard)) - _OURS) // 2)):
            one = opened.enter_context(socket.socket(family))
            one.settimeout(PATIENCE_S)
            one.connect(address)
            one.settimeout(0)
            with suppress(OSError):  # sent away already, or it takes no more of it
                one.send(said)
        yield
